"""A map of four cells: one hurts, one may be luck, one is proven to help, and of one a seed diverged."""

import json
import re

import numpy as np
import pytest

from kdcore.figures import cell, cells, curves, heat, soft_labels, theme
from kdcore.figures.cells import MEASURES, Place
from kdcore.interval import interval
from tests.figures import sweep_rows

ROWS = sweep_rows.rows()
HURTS, LUCK, LOST, BEST = Place(1, 0.5), Place(1, 0.9), Place(4, 0.5), Place(4, 0.9)


def z(figure, trace=0):
    return np.array(figure.data[trace].z, float)


def hatched(figure):
    return {
        (x, base + 0.48)
        for bars in figure.data
        if bars.type == "bar"
        for x, base in zip(bars.x, bars.base, strict=True)
    }


def texts(figure):
    return {text: (trace.x[0], trace.y[0]) for trace in figure.data if trace.type == "scatter" for text in trace.text}


def test_a_cell_has_the_colour_of_its_mean_without_seeds_that_diverged():
    assert z(heat.figure(ROWS)) == pytest.approx(np.array([[62, 90], [74.33333333, 82]]))
    assert z(heat.figure(ROWS, "gain")) == pytest.approx(np.array([[-10, 19], [2.33333333, 10]]))
    assert z(heat.figure(ROWS, "val_accuracy", "scratch")) == pytest.approx(np.array([[72, 71], [72, 72]]))


def test_without_a_proven_difference_a_cell_is_hatched_and_the_others_are_not():
    assert hatched(heat.figure(ROWS)) == {(0, 1), (1, 0)}, "one may be luck, one has lost a seed"
    assert not hatched(heat.figure(ROWS, lane="scratch")), "it is not compared with itself"


def test_the_star_is_on_the_best_that_lost_no_seed_and_the_cross_on_that_which_did():
    assert {text: (round(x), round(y)) for text, (x, y) in texts(heat.figure(ROWS)).items()} == {
        "★": (1, 1),
        "✕": (1, 0),
    }
    assert cells.place(cells.best(ROWS)) == BEST


def test_the_colours_of_a_gain_are_centred_at_none():
    axis = heat.figure(ROWS, "gain").layout.coloraxis
    assert axis.cmin == -axis.cmax
    assert [colour for _at, colour in axis.colorscale][2] == theme.PAPER.light


def test_a_click_tells_its_cell():
    assert heat.at(ROWS, 1, 0) == LOST
    assert heat.at(ROWS, 0, 1) == LUCK
    assert heat.at(ROWS[:3], 0, 1) is None, "it was not told yet"


def test_a_third_axis_makes_a_panel_for_each_of_its_values_and_clicks_tell_them_apart():
    panels = ("data.labels", (20, "all"))
    begun = sweep_rows.started(("temperature", (1, 4)), ("soft_weight", (0.5, 0.9)), panels)
    rows = [begun, sweep_rows.teacher()]
    rows += [sweep_rows.cell(x, y, panel) for panel in (20, "all") for y in (0.5, 0.9) for x in (1, 4)]
    drawn = heat.figure(rows, chosen=Place(4, 0.9, "all"))
    assert [trace.type for trace in drawn.data].count("heatmap") == 2
    assert [note.text for note in drawn.layout.annotations] == ["Label budget: 20", "Label budget: all"]
    second = [trace for trace in drawn.data if trace.type == "heatmap"][1]
    assert heat.at(rows, second.x[1], second.y[1]) == Place(4, 0.9, "all")
    (frame,) = drawn.layout.shapes
    assert (frame.xref, frame.y0) == ("x2", second.y[1] - 0.5)


@pytest.mark.parametrize("count", [3, 4, 7])
def test_any_number_of_panels_lies_within_the_figure(count):
    values = tuple(range(10, 10 + count))
    rows = [sweep_rows.started(("temperature", (1, 4)), None, ("data.labels", values))]
    drawn = heat.figure([*rows, *(sweep_rows.cell(1, None, value) for value in values)])
    assert sum(trace.type == "heatmap" for trace in drawn.data) == count


def test_without_y_there_is_one_row():
    rows = [sweep_rows.started(("temperature", (1, 4))), sweep_rows.teacher(), sweep_rows.cell(1), sweep_rows.cell(4)]
    assert z(heat.figure(rows)).shape == (1, 2)
    assert heat.at(rows, 1, 0) == Place(4)


def test_values_that_are_no_numbers_stand_in_their_order():
    axis = ("student.widths", ("64-32", "8"))
    rows = [sweep_rows.started(axis), sweep_rows.cell("64-32"), sweep_rows.cell("8")]
    assert list(heat.figure(rows).layout.xaxis.ticktext) == ["64-32", "8"]


def test_a_measure_that_there_is_not_yet_or_never_gets_a_sentence():
    assert "is measured when a cell is finished" in heat.reading(ROWS[:6], "kl")
    without = [{name: value for name, value in row.items() if name != "kl"} for row in ROWS]
    assert "have no such measure: KL" in heat.reading(without, "kl")
    assert "have no such measure" in heat.figure(without, "kl").layout.annotations[0].text


@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_is_drawn_read_and_tabled_in_colours_of_both_pages(measure):
    drawn = heat.figure(ROWS, measure, chosen=BEST)
    found = set(re.findall(r'"(#[0-9A-Fa-f]{6}|rgba?\([^"]*\))"', json.dumps(drawn.to_plotly_json(), default=str)))
    assert found - {"rgba(0, 0, 0, 0)"} <= theme.DARK.keys()
    assert "temperature" in heat.reading(ROWS, measure)
    assert len(heat.table(ROWS, measure)) == 4


def test_the_reading_counts_gains_and_losses_that_are_shown():
    assert "Of 4 cells 1 show a gain over the student from labels, and 1 a loss." in heat.reading(ROWS)


def test_hover_tells_mean_interval_and_seeds():
    text = heat.figure(ROWS).data[0].hovertext[1][1]
    band = 100 * interval([0.79, 0.82, 0.85]).half_width
    assert f"82.0 ±{band:.1f} %" in text
    assert "seeds: 79.0, 82.0, 85.0" in text
    assert "+10.0 ±" in text


def test_a_cell_told_again_counts_as_it_was_told_last():
    again = [*ROWS[:-1], sweep_rows.begun(4, 0.9, epoch=1, accuracy=0.3)]
    assert z(heat.figure(again))[1, 1] == pytest.approx(30)
    assert [row["epoch"] for row in cells.curve(again, BEST)] == [0, 1, 10]


def test_teachers_that_diverged_leave_their_cells_without_a_colour():
    rows = [sweep_rows.started(("temperature", (1, 4)))]
    none = [None, None, None]
    rows += [
        sweep_rows.cell(1),
        sweep_rows.begun(4, diverged=[0, 1, 2]) | {"val_accuracy": {"scratch": none, "distilled": none}},
    ]
    assert np.isnan(z(heat.figure(rows))[0, 1])
    assert heat.table(rows).iloc[1]["Validation accuracy"] == "–"


def test_a_cells_curves_are_those_of_a_run_beside_its_teachers_level():
    told = cell.as_run(ROWS, BEST)
    assert [(row["lane"], row["epoch"]) for row in told[1:3]] == [("teacher", 0), ("teacher", 10)]
    assert curves.table(told)["Mean"].iloc[-1] == pytest.approx(0.82)
    assert "distilled 82.0" in cell.reading(ROWS, BEST)
    assert cell.figure(ROWS, BEST).layout.meta["epochs"]["distilled"] == 10


def test_a_cells_soft_labels_are_the_probabilities_that_were_told():
    table = soft_labels.table(cell.examples(ROWS, BEST))
    assert table["Probability at 1"].iloc[:3].tolist() == pytest.approx([0.7, 0.2, 0.1], abs=0.005)
    assert cell.examples(ROWS[:6], BEST) == [], "not before it is finished"


@pytest.mark.parametrize(
    ("where", "text"), [(BEST, "4,0.9"), (Place(4), "4"), (Place("64-32", None, "all"), "64-32,all,all")]
)
def test_a_place_is_written_for_an_address(where, text):
    assert str(where) == text


def test_a_place_is_found_by_its_text():
    assert cells.find(ROWS, "4,0.9") == BEST
    assert cells.find(ROWS, "4,0.95") is None
    assert cells.find(ROWS, None) is None
