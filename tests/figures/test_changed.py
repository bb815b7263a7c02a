"""What became of each class."""

import pytest

from kdcore.figures import changed, theme
from tests.figures.compression_rows import CODED, PRUNED, rows, started, variant


def test_bars_are_recall_less_that_of_the_teacher_in_points():
    drawn = changed.figure(rows(), CODED)
    (bars,) = drawn.data
    assert bars.x == pytest.approx([-10, 1])
    assert list(bars.text) == ["-10.0", "+1.0"]
    assert list(drawn.layout.yaxis.ticktext) == ["cat", "dog"]
    assert bars.marker.color == theme.ROLES["shared"].colour.light


def test_a_dotted_line_is_where_all_classes_together_are():
    lines = changed.figure(rows(), CODED).layout.shapes
    assert [(line.x0, line.line.dash) for line in lines] == [(0, None), (pytest.approx(-0.5), "dot")]


def test_nothing_lost_is_drawn():
    drawn = changed.figure(rows(), PRUNED)
    assert drawn.data[0].x == pytest.approx([0, 0])
    assert drawn.layout.xaxis.range[0] < 0 < drawn.layout.xaxis.range[1]


def test_the_reading_names_who_pays_and_who_gains():
    assert changed.reading(rows(), CODED) == (
        "Test accuracy changes by -0.5 points; the class that fares worst is cat (-10.0 points), best dog (+1.0)."
    )


def test_a_class_without_test_examples_is_left_out():
    made = [started(), variant("", recall=[None, 0.5]), variant(PRUNED, recall=[None, 0.25])]
    assert changed.figure(made, PRUNED).data[0].x == pytest.approx([-25])
    assert list(changed.table(made, PRUNED)["Class"]) == ["dog"]


def test_the_table_has_both_recalls():
    (cat, _dog) = changed.table(rows(), CODED).to_dict("records")
    assert (cat["Teacher"], cat["Variant"], cat["Change (points)"]) == ("90.0 %", "80.0 %", pytest.approx(-10))


def test_a_variant_that_is_not_finished_has_a_sentence_in_its_place():
    assert changed.figure(rows()[:2], CODED).layout.annotations[0].text == changed.reading(rows()[:2], CODED)
    assert changed.table(rows()[:2], CODED).empty
