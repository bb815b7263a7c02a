"""Curves show means and intervals of what was measured, and nothing else."""

import math

import pytest

from kdcore.figures import curves
from kdcore.interval import interval
from tests.figures.made_up import epoch, started


def traces(figure, part):
    return {(t.meta["lane"], t.meta["metric"]): t for t in figure.data if t.meta and t.meta["part"] == part}


def test_a_curve_is_the_mean_over_seeds_in_per_cent(rows):
    mean = traces(curves.figure(rows), "mean")["distilled", "accuracy"]
    assert list(mean.x) == [0, 1, 2]
    assert mean.y == pytest.approx([15, 80, 85])


def test_the_band_is_the_95_percent_interval_of_the_mean():
    figure = curves.figure([started(), epoch("distilled", 0, [0.50, 0.52])])
    low, high, mean = (traces(figure, part)["distilled", "accuracy"] for part in ("low", "high", "mean"))
    half_width = 100 * 12.706 * 0.02 / 2  # t(1 degree of freedom) * range / 2, for two seeds
    assert (low.y[0], high.y[0]) == pytest.approx((51 - half_width, 51 + half_width), abs=0.01)
    assert mean.customdata[0] == [low.y[0], high.y[0]], "what is told where the reader points"


def test_no_band_of_accuracy_reaches_below_0_or_above_100(rows):
    rows = [*rows, epoch("scratch", 3, [0.1, 0.3], loss=[0.1, 0.3])]
    figure = curves.figure(rows)
    assert traces(figure, "high")["distilled", "accuracy"].y[2] == 100  # of 85 ±63.5
    assert traces(figure, "low")["scratch", "accuracy"].y[3] == 0
    assert curves.point(rows[-1])["accuracy"] == pytest.approx([0.2, 0, 1])
    assert curves.point(rows[-1])["loss"][2] > 1, "a loss has no upper end"
    bounds = curves.table(rows)[["Low (95 %)", "High (95 %)"]].iloc[-1]
    assert list(bounds) == pytest.approx([0.2147, 1], abs=1e-4)


def test_every_curve_is_named_at_its_end(rows):
    labels = {label.name: label for label in curves.figure(rows).layout.annotations}
    assert set(labels) == {"teacher accuracy", "scratch accuracy", "distilled accuracy"}
    assert (labels["scratch accuracy"].x, labels["scratch accuracy"].y) == pytest.approx((2, 70))
    assert "distilled" in labels["distilled accuracy"].text


def test_where_there_is_an_assistant_it_and_its_student_have_curves_too(rows):
    began = started() | {"epochs": started()["epochs"] | {"assistant": 2, "assisted": 2}}
    helped = [began, *rows[1:], epoch("assistant", 0, [0.4, 0.6]), epoch("assisted", 1, [0.2, 0.4])]
    mean = traces(curves.figure(helped), "mean")
    assert mean["assistant", "accuracy"].y == pytest.approx([50])
    assert mean["assisted", "accuracy"].y == pytest.approx([30])
    assert "assisted 30.0" in curves.reading(helped)
    assert "assisted" in set(curves.table(helped)["Curve"])
    assert set(traces(curves.figure(helped, "terms"), "mean")) == {("distilled", "hard"), ("distilled", "soft")}


def test_the_terms_chart_tells_hard_from_soft(rows):
    mean = traces(curves.figure(rows, "terms"), "mean")
    assert mean["distilled", "hard"].y == pytest.approx([0.4, 0.3])
    assert mean["distilled", "soft"].y == pytest.approx([1.1, 0.5])
    assert mean["distilled", "hard"].line.dash != mean["distilled", "soft"].line.dash


def test_a_second_attempt_begins_anew(rows):
    again = [*rows, started(attempt=2), epoch("teacher", 0, [0.3, 0.3])]
    figure = curves.figure(again)
    assert traces(figure, "mean")["teacher", "accuracy"].y == pytest.approx([30])
    assert not traces(figure, "mean")["distilled", "accuracy"].x
    assert figure.layout.meta["attempt"] != curves.figure(rows).layout.meta["attempt"]


def test_reading_and_table_tell_of_the_last_attempt_only(rows):
    again = [*rows, started(attempt=2), epoch("teacher", 0, [0.3, 0.3])]
    assert curves.reading(again) == "Right on the validation examples: teacher 30.0 ±0.0 % (epoch 0)."
    assert len(curves.table(again)) == 1


def test_the_axis_is_long_enough_for_the_run_and_its_ghost(rows):
    longer = [started(epochs=9)]
    assert curves.figure(rows).layout.xaxis.range == (0, 2)
    assert curves.figure(rows, ghost=longer).layout.xaxis.range == (0, 9)
    assert curves.figure([]).layout.xaxis.range is None


def test_a_ghost_lies_behind_and_is_never_added_to(rows):
    figure = curves.figure(rows, ghost=rows)
    ghosts, alone = figure.data[:3], curves.figure(rows)
    assert [ghost.meta for ghost in ghosts] == [None] * 3
    assert [ghost.y for ghost in ghosts] == [t.y for t in traces(alone, "mean").values()]
    assert len(figure.data) == len(alone.data) + 3


def test_one_seed_has_no_interval_to_show():
    figure = curves.figure([started(seeds=1), epoch("teacher", 0, [0.5])])
    assert "customdata" not in traces(figure, "mean")["teacher", "accuracy"].hovertemplate
    assert "interval" not in figure.layout.title.text


@pytest.mark.parametrize("broken", [math.nan, math.inf, None])
def test_an_epoch_that_diverged_leaves_the_curve_before_it(rows, broken):
    rows = [*rows, epoch("scratch", 3, [0.7, 0.7], loss=[0.5, broken])]
    assert list(traces(curves.figure(rows, "loss"), "mean")["scratch", "loss"].x) == [0, 1, 2]
    assert curves.point(rows[-1])["loss"] is None
    assert curves.point(rows[-1])["accuracy"] == pytest.approx([0.7, 0.7, 0.7])
    assert "epoch 2" in curves.reading(rows, "loss")


def test_a_point_carries_mean_and_bounds(rows):
    found, expected = curves.point(rows[6]), interval([0.5, 0.7])
    assert (found["lane"], found["epoch"]) == ("distilled", 1)
    assert expected.low < 0
    assert found["loss"] == pytest.approx([expected.mean, 0, expected.high]), "no surprise is below 0"
    assert curves.point(rows[5])["hard"] is None


def test_the_reading_tells_where_each_curve_stands(rows):
    reading = curves.reading(rows)
    assert "teacher 95.0 % (31.5 to 100) (epoch 1)" in reading
    assert "from labels 70.0 ±0.0 % (epoch 2)" in reading
    assert "hard 0.300" in curves.reading(rows, "terms")
    assert "T² with T = 4)" in curves.reading(rows, "terms")
    assert "both before they are weighted" in curves.reading(rows, "terms")
    assert "0.7 is a coin toss" in curves.reading(rows, "loss")
    assert "first epoch" in curves.reading([])


def test_the_table_holds_every_seed_of_every_epoch(rows):
    table = curves.table(rows)
    assert len(table) == 8
    assert list(table.iloc[-1][["Seed 0", "Seed 1"]]) == [0.8, 0.9]
    assert table.iloc[-1]["Mean"] == pytest.approx(0.85)
    assert len(curves.table(rows, "terms")) == 4
