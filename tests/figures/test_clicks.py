"""The plane to click into: a spot wherever one clicks, and every class in its own shape."""

from kdcore.figures import clicks

POINTS = [(-0.5, 0.25, 0), (1, 1, 2), (0, 0, 2)]


def test_every_spot_of_the_plane_tells_where_it_is():
    net, *_classes = clicks.figure(POINTS, "ABC").data
    assert (net.x0, net.x0 + net.dx * (len(net.z[0]) - 1)) == (-1, 1)
    assert net.z.shape == (clicks.SPOTS, clicks.SPOTS)
    assert net.hoverinfo == "none", "with skip, a click there would not be told"


def test_points_do_not_stand_in_the_way_of_a_click():
    _net, *classes = clicks.figure(POINTS, "ABC").data
    assert [list(zip(each.x, each.y, strict=True)) for each in classes] == [[(-0.5, 0.25)], [], [(1, 1), (0, 0)]]
    assert {each.hoverinfo for each in classes} == {"skip"}
    assert len({each.marker.symbol for each in classes}) == 3


def test_the_reading_counts():
    assert clicks.reading(POINTS, "ABC") == "3 points: A 1, B 0, C 2."
    assert clicks.reading(POINTS[:1], "AB") == "1 point: A 1, B 0."
