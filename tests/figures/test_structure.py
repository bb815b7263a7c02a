"""Which classes are seen in which: as squares, as a map, and how certain the answers are at any temperature."""

import math
from dataclasses import replace

import numpy as np
import pytest

from kdcore.figures import matrix, over_temperature, similarity
from kdcore.figures.squares import off_diagonal


def test_squares_are_mean_answers_off_the_diagonal(soft):
    others, itself = matrix.figure(soft, 1.0).data[:2]
    assert np.array(others.z) == pytest.approx(np.array([[0, 20, 10], [30, 0, 10], [10, 10, 0]]), abs=1e-4)
    assert np.array(itself.z).diagonal() == pytest.approx([70, 60, 80])


def test_all_lanes_share_one_scale(soft):
    drawn = matrix.figure(soft, 1.0)
    assert drawn.layout.coloraxis.cmax == pytest.approx(100 / 3)  # of scratch, which has no idea


def test_an_earlier_epoch_shows_the_students_as_they_were(soft):
    drawn = matrix.figure(soft, 1.0, 0)
    assert np.array(drawn.data[4].z) == pytest.approx(off_diagonal(np.full((3, 3), 100 / 3)))
    assert "students after epoch 0" in drawn.layout.title.text
    assert "at the end of training" in matrix.figure(soft, 1.0).layout.title.text


def test_the_reading_names_the_largest_and_how_alike_the_students_see(soft):
    reading = matrix.reading(replace(soft, scratch=soft.teacher[:, [0, 2, 1]]), 1.0)
    assert "sees 30.0 % of a in b" in reading
    assert "distilled 1.00" in reading
    assert "from labels -0.29" in reading


def test_without_any_idea_there_is_nothing_to_correlate(soft):
    assert "from labels –" in matrix.reading(soft, 1.0)


def test_two_classes_have_nothing_to_correlate(soft):
    pair = {lane: getattr(soft, lane)[:4, :2] for lane in ("teacher", "scratch", "distilled")}
    reading = matrix.reading(replace(soft, classes=("a", "b"), label=soft.label[:4], **pair), 1.0)
    assert "correlates" not in reading


def test_a_class_without_examples_leaves_its_row_empty(soft):
    few = replace(soft, label=np.array([0, 0, 0, 2, 2, 2], np.uint8))
    assert np.isnan(np.array(matrix.figure(few, 1.0).data[0].z)[1, 0])
    assert "%" in matrix.reading(few, 1.0)
    assert "nan" not in similarity.reading(few, 1.0)
    assert np.isfinite(similarity.figure(few, 1.0).layout.xaxis.range).all()


def test_the_matrix_table_sums_to_one_in_every_row(soft):
    table = matrix.table(soft, 4.0)
    assert table.groupby(["Lane", "True class"])["Mean probability"].sum().to_numpy() == pytest.approx(1)


def test_a_copy_has_the_same_map_and_no_idea_is_one_spot(soft):
    points = [np.array([trace.x, trace.y]) for trace in similarity.figure(soft, 1.0).data[1::2]]
    teacher, scratch, distilled = points
    assert teacher == pytest.approx(distilled)
    assert np.ptp(scratch, axis=1) == pytest.approx([0, 0], abs=1e-6)


def test_on_the_map_of_three_classes_distances_are_those_of_the_roots(soft):
    """Three points lie in a plane, so that nothing is lost."""
    points = similarity.figure(soft, 1.0).data[1]
    roots = np.sqrt([[0.7, 0.2, 0.1], [0.3, 0.6, 0.1]])
    apart = math.dist((points.x[0], points.y[0]), (points.x[1], points.y[1]))
    assert apart == pytest.approx(np.linalg.norm(roots[0] - roots[1]), abs=1e-6)


def test_the_most_alike_are_named_and_come_first(soft):
    assert "teacher a and b (0.90 of 1)" in similarity.reading(soft, 1.0)
    assert list(similarity.table(soft, 1.0).iloc[0])[:3] == ["Teacher", "a", "b"]


def test_curves_go_from_certain_to_no_idea(soft):
    entropies, tops = over_temperature.figure(soft, 4.0).data[:2]
    assert list(entropies.y) == sorted(entropies.y)
    assert list(tops.y) == sorted(tops.y, reverse=True)
    assert entropies.x[0] == pytest.approx(0.2)
    assert entropies.x[-1] == pytest.approx(20)
    assert math.log(3) - entropies.y[-1] == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize(("temperature", "ends"), [(0.1, (0.1, 20)), (4.0, (0.2, 20)), (100.0, (0.2, 100))])
def test_the_axes_reach_a_temperature_beyond_the_stops(soft, temperature, ends):
    drawn = over_temperature.figure(soft, temperature)
    assert (drawn.data[0].x[0], drawn.data[0].x[-1]) == pytest.approx(ends)
    assert drawn.layout.xaxis2.range == drawn.layout.xaxis.range == pytest.approx([math.log10(end) for end in ends])


def test_a_marker_stands_where_the_temperature_does(soft):
    marker = over_temperature.figure(soft, 1.0).data[2]
    assert list(marker.x) == [1.0]
    p = np.array([[0.7, 0.2, 0.1], [0.3, 0.6, 0.1], [0.1, 0.1, 0.8]])
    assert marker.y[0] == pytest.approx(-(p * np.log(p)).sum(axis=1).mean(), abs=1e-6)


def test_the_readings_of_certainty_are_those_of_the_table(soft):
    table = over_temperature.table(soft, 3.3)
    line = table[table["Temperature"] == 3.3].iloc[0]
    assert f"teacher {line['Teacher, entropy (nats)']:.2f} " in over_temperature.reading(soft, 3.3)
    assert "no idea at all is 1.10" in over_temperature.reading(soft, 3.3)
