"""What became of each class."""

import pytest

from kdcore.figures import changed, theme
from tests.figures.compression_rows import CODED, PRUNED, rows, started, variant


def test_bars_are_recall_less_that_of_the_teacher_in_points():
    drawn = changed.figure(rows(), CODED)
    (bars,) = drawn.data
    assert bars.x == pytest.approx([-10.1, 1])
    assert bars.error_x.array == pytest.approx([1.27, 0], abs=0.01), "12.7 times the standard error of two seeds"
    assert [each.text for each in drawn.layout.annotations] == ["-10.1 ±1.3", "+1.0 ±0.0"]
    assert list(drawn.layout.yaxis.ticktext) == ["cat", "dog"]
    assert bars.marker.color == theme.ROLES["shared"].colour.light


def test_a_dotted_line_is_where_all_classes_together_are():
    lines = changed.figure(rows(), CODED).layout.shapes
    assert [(line.x0, line.line.dash) for line in lines] == [(0, None), (pytest.approx(-0.5), "dot")]


def test_nothing_lost_is_drawn():
    drawn = changed.figure(rows(), PRUNED)
    assert drawn.data[0].x == pytest.approx([0, 0])
    assert drawn.layout.xaxis.range[0] < 0 < drawn.layout.xaxis.range[1]


def test_the_reading_names_who_pays():
    assert changed.reading(rows(), CODED) == (
        "Test accuracy changes by -0.5 points. The class that fares worst is cat: -10.1 ±1.3."
    )


@pytest.mark.parametrize(
    "recall",
    [
        [[0.8, 0.9], [0.9, 0.9]],  # the seeds disagree
        [[0.8, 0.9], [0.8, 0.9]],  # without a spread there is no interval
        [[0.95, 0.9], [0.951, 0.9]],  # one that gains
    ],
)
def test_what_the_seeds_do_not_show_is_not_told(recall):
    made = [started(), variant("", (0.9, 0.9), recall=2 * [[0.9, 0.9]]), variant(PRUNED, (0.9, 0.9), recall=recall)]
    assert changed.reading(made, PRUNED) == (
        "Test accuracy changes by +0.0 points. The seeds show no class that fares worse than that."
    )


def test_one_seed_has_no_interval_and_no_worst_class():
    made = [started(), variant("", (0.9,), recall=[[0.9, 0.9]]), variant(PRUNED, (0.8,), recall=[[0.5, 0.9]])]
    assert changed.figure(made, PRUNED).layout.annotations[0].text == "-40.0"
    assert "no class that fares worse" in changed.reading(made, PRUNED)


def test_a_wide_interval_reaches_no_further_than_a_recall_can_change():
    made = [started(), variant("", recall=2 * [[0.9, 0.9]]), variant(PRUNED, recall=[[0.2, 0.9], [0.8, 0.9]])]
    assert changed.figure(made, PRUNED).layout.xaxis.range[0] > -115


def test_a_class_without_test_examples_is_left_out():
    made = [started(), variant("", recall=2 * [[None, 0.5]]), variant(PRUNED, recall=2 * [[None, 0.25]])]
    assert changed.figure(made, PRUNED).data[0].x == pytest.approx([-25])
    assert list(changed.table(made, PRUNED)["Class"]) == ["dog"]


def test_the_table_has_both_recalls():
    (cat, _dog) = changed.table(rows(), CODED).to_dict("records")
    assert (cat["Teacher"], cat["Variant"], cat["Change (points)"]) == ("90.0 ±0.0 %", "79.9 ±1.3 %", "-10.1 ±1.3")


def test_a_variant_that_is_not_finished_has_a_sentence_in_its_place():
    assert changed.figure(rows()[:2], CODED).layout.annotations[0].text == changed.reading(rows()[:2], CODED)
    assert changed.table(rows()[:2], CODED).empty
