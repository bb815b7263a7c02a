"""Weights before and after, counted."""

import numpy as np
import pytest

from kdcore.figures import weights

BEFORE = {
    "1.weight": np.array([[-1.0, -0.1, 0.1], [0.2, 0.2, 1.0]], np.float32),
    "1.bias": np.array([5.0, 5.0], np.float32),
    "3.weight": np.array([[0.5, -0.25]], np.float32),
    "3.bias": np.array([9.0], np.float32),
}
AFTER = BEFORE | {"1.weight": np.array([[-1.0, -0.0, 0.0], [0.0, 0.0, 1.0]], np.float32)}


def test_bars_are_before_and_the_line_after_on_one_scale():
    drawn = weights.figure(BEFORE, AFTER, "prune")
    area, line = drawn.data[:2]
    assert area.x == pytest.approx(line.x)
    assert (sum(area.y), sum(line.customdata)) == (6, 6)
    assert {x: n for x, n in zip(np.round(line.x, 2), line.customdata, strict=True) if n} == {-0.99: 1, 0: 4, 0.99: 1}
    assert {x: n for x, n in zip(np.round(area.x, 2), area.y, strict=True) if n}[0.20] == 2


def test_zero_lies_in_the_middle_of_a_bar():
    assert 0 in weights.figure(BEFORE, AFTER, "prune").data[0].x


def test_every_layer_has_a_panel_and_biases_have_none():
    drawn = weights.figure(BEFORE, AFTER, "prune")
    assert [trace.xaxis for trace in drawn.data] == ["x", "x", "x2", "x2"]
    titles = [each.text for each in drawn.layout.annotations]
    assert titles[:2] == [
        "<b>layer 1</b> 6 weights<br>66.7 % zero, 3 values",
        "<b>layer 2</b> 2 weights<br>0.0 % zero, 2 values",
    ]
    assert titles[2:] == ["■ teacher", "▲ pruned"]


def test_an_empty_bin_is_below_a_log_axis():
    drawn = weights.figure(BEFORE, AFTER, "prune")
    assert 0 < min(drawn.data[1].y) < 10 ** drawn.layout.yaxis.range[0] < 1


def test_networks_with_other_layers_are_compared_as_a_whole():
    thin = {"1.weight": np.ones((2, 1), np.float32), "2.weight": np.ones((1, 3)), "4.weight": np.zeros((1, 2))}
    drawn = weights.figure(BEFORE, thin, "low_rank")
    assert len(drawn.data) == 2
    assert (sum(drawn.data[0].y), sum(drawn.data[1].customdata)) == (8, 7)
    assert drawn.layout.annotations[0].text.startswith("<b>all layers</b> 7 weights")


def test_all_zero_is_drawn():
    nothing = {"1.weight": np.zeros((2, 2), np.float32)}
    area, line = weights.figure(nothing, nothing, "prune").data
    assert sum(line.customdata) == 4
    assert area.width > 0


def test_the_reading_counts_zeros_and_values():
    assert weights.reading(BEFORE, AFTER, "prune") == (
        "pruned 90 %: of 8 weights 50.0 % are zero, and the layers have 5 different values in all; the teacher had 8 "
        "weights, 0.0 % of them zero, and 7 values."
    )


def test_the_table_has_both_of_each_layer():
    table = weights.table(BEFORE, AFTER, "prune")
    assert list(table["Zero"]) == ["0.0 %", "66.7 %", "0.0 %", "0.0 %"]
    assert list(table["Largest"]) == ["1", "1", "0.5", "0.5"]
