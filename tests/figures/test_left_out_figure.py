"""What is recognised of classes that were never seen."""

import pytest

from kdcore.figures import left_out, theme


def test_bars_are_before_and_after_in_per_cent(left_out_rows):
    bars = {
        bar.hovertemplate.split(":")[0]: bar
        for bar in left_out.figure(left_out_rows).data
        if bar.type == "bar" and bar.xaxis == "x"
    }
    assert list(bars["distilled, as it is"].y) == [60]
    assert list(bars["distilled, with the bias"].y) == [100]
    assert list(bars["from labels, with the bias"].y) == [50]


def test_an_interval_does_not_reach_beyond_all(left_out_rows):
    after = [bar for bar in left_out.figure(left_out_rows).data if bar.type == "bar" and bar.xaxis == "x2"][-1]
    assert after.y[0] + after.error_y.array[0] == 100
    assert after.y[0] - after.error_y.arrayminus[0] >= 0


def test_curves_show_any_bias_and_markers_the_one_by_hand(left_out_rows):
    *_rest, curve, marker = (t for t in left_out.figure(left_out_rows, 1.2).data if t.xaxis == "x3")
    assert list(curve.x) == [0, 1, 2]
    assert list(curve.y) == pytest.approx([60, 80, 100])
    assert (marker.x[0], marker.y[0]) == (1, pytest.approx(80))
    assert not [t for t in left_out.figure(left_out_rows).data if t.type == "scatter" and t.mode == "markers"]


def test_the_bias_by_frequency_is_a_line_of_each_lane_in_its_colour(left_out_rows):
    lines = [(line.xref, line.x0, line.line.color) for line in left_out.figure(left_out_rows).layout.shapes]
    biases = {"teacher": 0.1, "scratch": 9.0, "distilled": 1.5}
    for axis in ("x3", "x4"):
        assert [line[1:] for line in lines if line[0] == axis] == [
            (pytest.approx(bias), theme.ROLES[lane].colour.light) for lane, bias in biases.items()
        ]


def test_of_several_classes_the_bias_is_called_a_mean(left_out_rows):
    assert "mean of classes" not in left_out.figure(left_out_rows).layout.title.text
    left_out_rows[-1]["left_out"]["classes"] = [0, 1]
    drawn = left_out.figure(left_out_rows)
    assert "dotted: by frequency (mean of classes)" in drawn.layout.title.text
    assert drawn.layout.shapes[-1].x0 == pytest.approx(1.5 / 2)


def test_the_reading_names_the_class_and_what_each_student_knows_of_it(left_out_rows):
    reading = left_out.reading(left_out_rows)
    assert "of dog, which no student saw" in reading
    assert "from labels 0.0 ±0.0 % as it is, 50.0 ±0.0 % with" in reading
    assert "by hand" not in reading
    assert "With 1 by hand the distilled student recognises 80.0 ±0.0 % of these" in left_out.reading(
        left_out_rows, 1.2
    )


def test_the_table_has_bars_and_curves(left_out_rows):
    table = left_out.table(left_out_rows)
    assert len(table) == 3 * 2 * (2 + 3)
    assert list(table.iloc[1])[2:] == ["test", "by frequency", "100.0 ±0.0 %"]


def test_a_run_that_leaves_nothing_out_has_a_sentence_in_its_place(rows):
    finished = {"event": "finished", "table": []}
    assert left_out.figure([*rows, finished]).layout.annotations[0].text == left_out.reading([*rows, finished])
    assert left_out.table([]).empty
