"""Full answers at a temperature."""

import numpy as np
import pytest

from kdcore.figures import soft_labels
from kdcore.softness import soften


def test_bars_are_softened_and_marks_are_not(examples_row):
    bars, marks = soft_labels.figure([examples_row], temperature=4).data[:2]
    assert np.array(bars.y) == pytest.approx(100 * soften(np.array([2.0, 1.0, 0.0]), 4))
    assert np.array(marks.y) == pytest.approx(100 * soften(np.array([2.0, 1.0, 0.0]), 1))


def test_at_temperature_one_there_is_nothing_to_mark(examples_row):
    assert {trace.type for trace in soft_labels.figure([examples_row], temperature=1).data} == {"bar"}


def test_bars_start_at_zero_on_one_scale(examples_row):
    layout = soft_labels.figure([examples_row], 4).layout
    assert layout.yaxis.range == layout.yaxis2.range == (0, 100)


def test_pictures_are_shown_and_points_are_written(examples_row):
    assert len(soft_labels.figure([examples_row]).layout.images) == 2
    for example in examples_row["data"]["rows"]:
        example.update(shape=[2], x=[0.25, -1.5])
    flat = soft_labels.figure([examples_row]).layout
    assert not flat.images
    assert "(0.25, -1.50)" in flat.annotations[0].text


def test_the_reading_tells_the_first_two_guesses(examples_row):
    reading = soft_labels.reading([examples_row], temperature=1)
    assert "of class a" in reading
    assert "teacher a (66.5 %), then b (24.5 %)" in reading


def test_the_table_has_every_probability(examples_row):
    table = soft_labels.table([examples_row], temperature=4)
    assert len(table) == 2 * 3 * 3
    assert table.groupby(["Example", "Lane"])["Probability at 4"].sum().to_numpy() == pytest.approx(1)


def test_before_the_end_there_is_a_sentence_in_its_place():
    assert soft_labels.figure([]).layout.annotations[0].text == soft_labels.reading([])
    assert soft_labels.table([]).empty
