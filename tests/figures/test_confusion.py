"""Mistakes are coloured, on one scale; right answers are not."""

import numpy as np
import pytest

from kdcore.figures import confusion


def test_squares_are_shares_of_the_true_class_with_an_empty_diagonal(confusion_row):
    mistakes = confusion.figure([confusion_row]).data[2]  # two traces a lane: scratch's mistakes
    assert np.array(mistakes.z) == pytest.approx(np.array([[0, 40], [20, 0]]))
    assert np.array(mistakes.customdata).tolist() == [[6, 4], [2, 8]]


def test_all_lanes_share_one_scale(confusion_row):
    figure = confusion.figure([confusion_row])
    assert figure.layout.coloraxis.cmax == 40
    assert {trace.coloraxis for trace in figure.data if trace.coloraxis} == {"coloraxis"}


def test_panels_stand_side_by_side_and_on_a_phone_one_under_another(confusion_row):
    layout = confusion.figure([confusion_row]).layout
    assert layout.xaxis.domain[1] < layout.xaxis2.domain[0]
    phone = layout.meta["phone"]
    assert phone["xaxis.domain"] == phone["xaxis2.domain"] == [0, 1]
    assert phone["yaxis2.domain"][1] < phone["yaxis.domain"][0]
    assert phone["height"] > layout.height


def test_with_an_assistant_there_are_five_panels_in_two_rows(confusion_row):
    confusion_row["data"] |= {lane: [[5, 5], [0, 10]] for lane in ("assistant", "assisted", "smoothed")}
    layout = confusion.figure([confusion_row]).layout
    assert layout.yaxis4.domain[1] < layout.yaxis3.domain[0] == layout.yaxis.domain[0]
    assert layout.xaxis4.domain == layout.xaxis.domain
    assert [axis.showticklabels for axis in (layout.yaxis, layout.yaxis2, layout.yaxis4)] == [True, False, True]
    assert "assisted takes cat for dog (50.0 %)" in confusion.reading([confusion_row])
    assert "Student of the assistant" in set(confusion.table([confusion_row])["Lane"])
    assert "smoothed" not in confusion.reading([confusion_row])


def test_the_scale_is_as_long_as_one_panel_even_where_three_are_stacked(confusion_row):
    layout = confusion.figure([confusion_row]).layout
    room = layout.meta["phone"]["height"] - layout.margin.t - layout.margin.b
    low, high = layout.meta["phone"]["yaxis.domain"]
    bar = layout.coloraxis.colorbar
    assert (bar.lenmode, bar.y, bar.yanchor) == ("pixels", high, "top")
    assert bar.len == pytest.approx((high - low) * room)


def test_names_are_turned_only_where_they_do_not_fit(confusion_row):
    axis = confusion.figure([confusion_row]).layout.xaxis
    assert (axis.tickangle, axis.autotickangles) == (None, (0, 90))


def test_the_reading_names_the_most_frequent_mistake_of_each_lane(confusion_row):
    reading = confusion.reading([confusion_row])
    assert "teacher takes cat for dog (10.0 %)" in reading
    assert "from labels takes cat for dog (40.0 %)" in reading


def test_a_lane_without_mistakes_is_said_to_have_none(confusion_row):
    confusion_row["data"]["teacher"] = [[10, 0], [0, 10]]
    assert "teacher none" in confusion.reading([confusion_row])


def test_the_table_lists_the_answers_that_were_given(confusion_row):
    table = confusion.table([confusion_row])
    assert table["Times"].sum() == 60
    assert list(table.iloc[1]) == ["Teacher", "cat", "dog", 1, 0.1]


def test_before_the_end_there_is_a_sentence_in_its_place():
    assert "ended" in confusion.reading([])
    assert confusion.figure([]).layout.annotations[0].text == confusion.reading([])
    assert confusion.table([]).empty
