"""Many ways of teaching in two pictures: what each gains, and how each learns."""

import json
import re

import pytest
from sweep_rows import begun, cell, started, teacher

from kdcore.figures import forest, theme, together
from kdcore.figures.ways import DASHES, MARKERS, MOST, short, title, ways

LABELS = (0.70, 0.72, 0.74)
METHODS = ("hints", "soft_targets", "dkd:others=4", "label_smoothing")


@pytest.fixture
def rows():
    """Hints gain 10 points on every seed but for a point, soft targets hurt, DKD may be luck, the last one learns."""
    return [
        started(("method", METHODS)),
        teacher(),
        *(begun(each, epoch=epoch, accuracy=0.1 * epoch) for epoch in (1, 2) for each in METHODS),
        cell("soft_targets", distilled=(0.60, 0.61, 0.65)),
        cell("hints", distilled=(0.79, 0.82, 0.85)),
        cell("dkd:others=4", distilled=(0.70, 0.79, 0.70)),
        begun("label_smoothing", epoch=5, accuracy=0.5),
    ]


def test_ways_stand_as_they_were_asked_for_each_with_its_looks(rows):
    found = ways(rows)
    assert [way.text for way in found] == list(METHODS)
    assert [way.title for way in found][2] == "Decoupled distillation (others' weight 4)"
    assert len(theme.SERIES) == len(set(DASHES)) == len(set(MARKERS)) == MOST
    assert len({(way.colour, way.dash, way.symbol) for way in found}) == len(found)


def test_a_gain_is_paired_and_has_its_interval(rows):
    hints = ways(rows)[0].gain("val_accuracy")
    assert (hints.mean, hints.half_width) == pytest.approx((0.10, 4.302653 * 0.01 / 3**0.5))  # t(2) = 4.3027
    bars = forest.figure(rows).data
    assert [bar.x[0] for bar in bars] == pytest.approx([10, -10, 1, 0])
    assert [bar.y[0] for bar in bars] == [0, 1, 2, 3]
    assert bars[0].error_x.array[0] == pytest.approx(100 * hints.half_width)


def test_what_still_learns_is_pale_and_says_at_which_epoch(rows):
    bars, found = forest.figure(rows).data, ways(rows)
    assert bars[0].marker.color == found[0].colour.light
    assert bars[3].marker.color == found[3].colour.faded(theme.GHOST_OPACITY).light
    assert "at epoch 5" in bars[3].hovertext[0]
    assert "pale: still learning" in forest.figure(rows).layout.title.text


def test_reading_and_table_say_the_same(rows):
    assert "Hints +10.0 ±2.5" in forest.reading(rows)
    table = forest.table(rows)
    assert table["Outcome"].tolist() == ["helps", "hurts", "no difference shown", "no difference shown"]
    assert table["Gain in points"].tolist() == ["+10.0", "-10.0", "+1.0", "+0.0"]


def test_test_examples_are_only_of_those_that_have_learned_all(rows):
    assert len(forest.figure(rows, "test_accuracy").data) == 3
    assert "test examples" in forest.reading(rows, "test_accuracy")


def test_seeds_that_diverged_are_no_part_of_a_gain(rows):
    rows[-1] = cell("label_smoothing", distilled=(0.80, 0.82, 0.1), diverged=[2])
    assert ways(rows)[3].gain("val_accuracy").mean == pytest.approx(0.1)


def test_every_way_has_a_curve_beside_teachers_and_labels(rows):
    curves = together.curves(rows)
    assert [curve.title for curve in curves][:3] == ["Teacher", "Student from labels", "Hints"]
    assert len(curves) == 2 + len(METHODS)
    assert list(curves[2].told) == [1, 2, 10]
    assert curves[2].told[10].mean == pytest.approx(0.82)
    assert curves[1].told[10].mean == pytest.approx(sum(LABELS) / 3)
    drawn = together.figure(rows)
    assert [trace.name for trace in drawn.data if trace.name] == [short(curve.title, 24) for curve in curves]
    assert drawn.layout.yaxis.autorangeoptions.clipmin == 20, "the first quarter of a curve may run out of it"
    assert "Hints 82.0 ±7.5 %" in together.reading(rows)
    assert len(together.table(rows)) == sum(len(curve.told) for curve in curves)


@pytest.mark.parametrize("module", [forest, together])
def test_before_the_first_row_there_is_a_sentence(module, rows):
    for none in ([], rows[:2]):
        assert module.figure(none).layout.annotations[0].text == module.reading(none)
        assert module.table(none).empty


@pytest.mark.parametrize("module", [forest, together])
def test_every_colour_has_a_dark_counterpart(module, rows):
    told = json.dumps(module.figure(rows).to_plotly_json(), default=str)
    found = set(re.findall(r'"(#[0-9A-Fa-f]{6}|rgba?\([^"]*\))"', told)) - {"rgba(0, 0, 0, 0)"}
    assert found <= theme.DARK.keys()


def test_what_is_set_of_a_method_is_told():
    assert title("hints:layers=last,strength=50") == "Hints (layers last, strength 50)"
    assert short("Hints (layers last, strength 50), and more") == "Hints (layers last, strength 50)…"
