"""The plane as each lane sees it."""

import numpy as np

from kdcore.figures import boundary


def test_points_in_the_area_of_another_class_are_counted(boundary_row):
    reading = boundary.reading([boundary_row])
    assert "Of 4 validation points the teacher gets 1 wrong" in reading  # (-0.9, 0.2) is right, and lies left
    assert "student from labels 3" in reading


def test_agreement_is_a_share_of_the_plane(boundary_row):
    assert "agrees on 33.3 % of the plane, the distilled one on 100.0 %" in boundary.reading([boundary_row])


def test_an_area_is_its_class_and_how_sure_the_lane_is(boundary_row):
    shade = np.array(boundary.figure([boundary_row]).data[0].z)
    assert shade[0].tolist() == [127, 127, 254]  # sure of 0; guessing between the two, on the side of 1; sure of 1


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
