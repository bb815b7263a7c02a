"""How much each layer can bear."""

import pytest

from kdcore.figures import sensitivity, theme

MEASURED = {"1": [(0.0, 0.95), (0.5, 0.945), (0.9, 0.5)], "3": [(0.0, 0.95), (0.5, 0.8), (0.9, 0.945)]}
BITS = {"1": [(1, 0.3), (4, 0.942), (8, 0.945), (32, 0.95)]}


def test_a_line_is_what_was_measured_of_a_layer():
    first, second = sensitivity.figure(MEASURED, "sparsity").data
    assert list(first.x) == [0, 50, 90]
    assert first.y == pytest.approx([95, 94.5, 50])
    assert second.line.dash != first.line.dash


def test_to_the_right_a_layer_is_changed_the_more():
    drawn = sensitivity.figure(BITS, "bits")
    assert drawn.layout.xaxis.autorange == "reversed"
    assert list(drawn.layout.xaxis.tickvals) == [1, 4, 8, 32]
    assert drawn.layout.xaxis.type == "log", "32 bits lie far from the others"
    assert (drawn.layout.annotations[0].x, drawn.layout.annotations[0].y) == (0, 30), "log10 of 1 bit"
    assert sensitivity.figure(MEASURED, "sparsity").layout.annotations[0].x == 90


def test_the_chosen_layer_stands_out():
    lines = sensitivity.figure(MEASURED, "sparsity", "3").data
    assert [line.line.color for line in lines] == [theme.MUTED.light, theme.INK.light]


def test_labels_have_names_by_which_the_browser_moves_them_apart():
    labels = sensitivity.figure(MEASURED, "sparsity").layout.annotations
    assert [(label.name, label.text) for label in labels] == [("layer 1", "layer 1"), ("layer 2", "layer 2")]


def test_the_reading_stops_at_the_first_loss_of_more_than_a_point():
    assert sensitivity.reading(MEASURED, "sparsity").endswith("no more than a point: layer 1 to 50 %, layer 2 to 0 %.")
    assert sensitivity.reading(BITS, "bits").endswith("layer 1 to 4 bits.")


def test_the_table_has_every_measurement():
    table = sensitivity.table(MEASURED, "sparsity")
    assert list(table["Accuracy"]) == ["95.0 %", "94.5 %", "50.0 %", "95.0 %", "80.0 %", "94.5 %"]
    assert list(sensitivity.table(BITS, "bits").iloc[:, 1]) == ["1 bit", "4 bits", "8 bits", "32 bits"]
