"""Points of accuracy against cost: which are the best for their cost, and which one was clicked."""

from hypothesis import given
from hypothesis import strategies as st

from kdcore.figures.points import Axes, Point, clicked, pareto
from kdcore.interval import Interval


def point(name, cost, accuracy):
    return Point(name, cost, cost, cost, Interval(accuracy, None))


def beats(one, other):
    """Whether one is at least as good in both, and better in one."""
    mine, theirs = (one.cost, -one.accuracy.mean), (other.cost, -other.accuracy.mean)
    return mine != theirs and mine[0] <= theirs[0] and mine[1] <= theirs[1]


places = st.tuples(st.integers(1, 9), st.integers(0, 9).map(lambda tenths: tenths / 10))
planes = st.lists(places, max_size=30).map(lambda made: [point(str(i), *place) for i, place in enumerate(made)])


@given(planes)
def test_the_line_has_just_the_places_that_nothing_beats(found):
    best = pareto(found)
    unbeaten = [each for each in found if not any(beats(other, each) for other in found)]
    assert [(each.cost, each.accuracy) for each in best] == sorted(
        {(each.cost, each.accuracy) for each in unbeaten}, key=lambda place: place[0]
    )
    assert set(best) <= set(found)


@given(planes)
def test_along_the_line_cost_and_accuracy_rise(found):
    best = pareto(found)
    costs, marks = [each.cost for each in best], [each.accuracy.mean for each in best]
    assert costs == sorted(set(costs))
    assert marks == sorted(set(marks))


@given(planes, st.randoms())
def test_the_line_does_not_depend_on_the_order(found, chance):
    shuffled = chance.sample(found, len(found))
    assert [each[1:] for each in pareto(shuffled)] == [each[1:] for each in pareto(found)]


def test_of_two_equals_the_first_is_on_the_line():
    assert [each.name for each in pareto([point("one", 2, 0.9), point("two", 2, 0.9)])] == ["one"]


@given(planes.filter(bool))
def test_a_click_on_a_point_finds_what_lies_there(found):
    axes = Axes.around(found)
    for each in found:
        hit = clicked(found, each.cost, axes.height(each))
        assert (hit.cost, hit.accuracy) == (each.cost, each.accuracy)


def test_of_several_at_one_place_a_click_finds_the_one_on_top():
    drawn = [point("under", 2, 0.9), point("over", 2, 0.9), point("far", 3, 0.5)]
    assert clicked(drawn, 2.1, 11).name == "over"
    assert clicked([], 1, 1) is None
