"""The plane as each lane sees it."""

import numpy as np
import pytest

from kdcore.events import LANES
from kdcore.figures import boundary


def test_points_in_the_area_of_another_class_are_counted(boundary_row):
    reading = boundary.reading([boundary_row])
    assert "of 4 validation points 1 lie in the area of another class for the teacher" in reading  # (-0.9, 0.2)
    assert "3 for the student from labels" in reading


def test_what_is_counted_is_the_area_that_all_seeds_agree_on_not_their_answers(boundary_row):
    layout, reading = boundary.figure([boundary_row]).layout, boundary.reading([boundary_row])
    assert reading.startswith("All seeds together")
    assert "all seeds together" in layout.title.text
    assert "in another class's area" in layout.title.text
    assert "1 of 4 crossed" in layout.annotations[0].text
    assert "wrong" not in f"{layout} {reading}"


def test_agreement_is_a_share_of_the_plane(boundary_row):
    assert "agrees on 33.3 % of the plane, the distilled one on 100.0 %" in boundary.reading([boundary_row])


def test_the_student_of_an_assistant_has_a_plane_too(boundary_row):
    data = boundary_row["data"]
    for lane, other in (("assistant", "teacher"), ("assisted", "scratch")):
        data |= {lane: data[other], f"{lane}_confidence": data[f"{other}_confidence"]}
    reading = boundary.reading([boundary_row])
    assert reading.endswith("For the student of the assistant they are 3, and it agrees on 33.3 % of the plane.")
    assert "student of the assistant" not in boundary.reading([boundary_row | {"data": _without(data, "assisted")}])
    assert "Student of the assistant" in boundary.table([boundary_row])
    assert "assisted" in str(boundary.figure([boundary_row]).layout.annotations[4].text)


def _without(data: dict, lane: str) -> dict:
    return {name: value for name, value in data.items() if name != lane}


def test_an_area_is_its_class_and_how_sure_the_lane_is(boundary_row):
    shade = np.array(boundary.figure([boundary_row]).data[0].z)
    assert shade[0].tolist() == [127, 128, 254]  # sure of 0; guessing between the two, on the side of 1; sure of 1


@pytest.mark.parametrize("classes", [2, 3, 5])
@pytest.mark.parametrize("sure", [0, 1])
def test_a_spot_has_a_colour_of_its_own_class(boundary_row, classes, sure):
    """The scale is cut where one class's colours meet the next one's, so no spot may lie on or across a cut."""
    plane = [list(range(classes))] * classes
    confidence = np.full((classes, classes), 1 if sure else 1 / classes).tolist()
    data = {**boundary_row["data"], "classes": list("abcde")[:classes], "size": classes}
    for lane in LANES:
        data |= {lane: plane, f"{lane}_confidence": confidence}
    area = boundary.figure([{**boundary_row, "data": data}]).data[0]
    for k, shade in enumerate(np.array(area.z)[0].astype(int)):
        start, end = area.zmax * k / classes, area.zmax * (k + 1) / classes
        assert start < shade < end or k == shade == 0
        assert (end - shade if sure else shade - start) <= 2, "at the end of its part that says how sure"


def test_wrong_points_are_crossed_out(boundary_row):
    crosses = boundary.figure([boundary_row]).data[3]  # an area, two classes, then the crosses
    assert (list(crosses.x), list(crosses.y)) == ([-0.9], [0.2])


def test_all_lanes_share_one_scale(boundary_row):
    layout = boundary.figure([boundary_row]).layout
    assert layout.xaxis.range == layout.xaxis2.range == layout.xaxis3.range == (-1, 1)


def test_the_table_says_what_each_point_was_taken_for(boundary_row):
    table = boundary.table([boundary_row])
    assert list(table.columns) == ["x", "y", "True class", "Teacher", "Student from labels", "Distilled student"]
    assert list(table.iloc[3][["True class", "Teacher"]]) == ["right", "left"]


def test_before_the_end_there_is_a_sentence_in_its_place():
    assert boundary.figure([]).layout.annotations[0].text == boundary.reading([])
    assert boundary.table([]).empty
