"""A search as lines, an axis for each setting; and how much each setting mattered."""

import json
import re

import pytest

from kdcore.figures import importance, parallel, theme, trials
from kdcore.figures.trials import Scale
from tests.figures.search_rows import finished, rows, started, trial

SHARES = {"training.optimizer": 0.1, "temperature": 0.7}


def lines(figure):
    """Of each trace its lines, as lists of heights."""
    found = []
    for trace in figure.data:
        apart = [[]]
        for height in trace.y:
            apart = [*apart, []] if height is None else [*apart[:-1], [*apart[-1], height]]
        found.append(apart[:-1])
    return found


def test_a_line_goes_from_setting_to_setting_and_ends_at_its_accuracy():
    worst, middle, best, _diverged, top = lines(parallel.figure(rows()))
    assert [len(each) for each in (worst, middle, best)] == [3, 2, 3]
    assert worst[0] == pytest.approx([0, 0, 0]), "temperature 1, adam, 50 %"
    assert best[-1] == pytest.approx([4 / 7, 0, 1]), "temperature 16 of 1 to 128 on a log scale, adam, 90 %"
    assert top == [best[-1]], "once more, on top of all others"


def test_a_trial_that_diverged_has_a_line_without_an_end():
    diverged = parallel.figure(rows()).data[3]
    assert [x for x in diverged.x if x is not None] == [0, 1]
    assert diverged.line.dash == "dot"
    assert "diverged" in diverged.hovertext[0]


def test_the_chosen_trial_lies_on_top():
    assert lines(parallel.figure(rows(), 1))[-1] == [pytest.approx([1 / 7, 1, 0.25])]
    assert lines(parallel.figure(rows(), 99)) == lines(parallel.figure(rows()))


def test_values_are_written_on_their_axes():
    notes = parallel.figure(rows()).layout.annotations
    written = {(note.x, round(note.y, 6)): note.text for note in notes if note.yanchor != "bottom"}
    assert written[0, 0] == "1"
    assert written[0, round(3.3219281 / 7, 6)] == "10"
    assert (written[1, 0], written[1, 1]) == ("adam", "sgd")
    assert (written[2, 0.0], written[2, 0.5]) == ("50", "70")
    assert [note.text for note in notes if note.yanchor == "bottom"] == [
        "Temperature",
        "Student:<br>optimiser",
        "Validation<br>accuracy (%)",
    ]


@pytest.mark.parametrize(
    ("scale", "texts"),
    [
        (Scale(0, 1), ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        (Scale(3e-4, 0.1, log=True), ["0.0003", "0.001", "0.01", "0.1"]),
        (Scale(0.5, 32, log=True), ["0.5", "1", "2", "5", "10", "32"]),
        (Scale(7, 7), ["7"]),
        (Scale(10, 500), ["10", "100", "200", "300", "400", "500"]),
        (Scale(choices=("64",)), ["64"]),
    ],
)
def test_ticks_are_the_ends_and_round_numbers_between(scale: Scale, texts: list[str]):
    assert [text for _place, text in scale.ticks()] == texts


def test_a_click_finds_the_trial_of_the_nearest_line():
    assert parallel.nearest(rows(), 0, 0.3) == 2, "temperature 4 lies at 2 / 7"
    assert parallel.nearest(rows(), 2, 0.82) == 5
    assert parallel.nearest(rows(), 1, 0.0) == 4, "of all that have adam the best"


def test_the_reading_tells_the_best_and_where_the_best_third_lies():
    assert parallel.reading(rows()) == (
        "Best of 8 trials: temperature 16, student: optimiser adam, 90.0 ±0.0 % of validation examples right. "
        "The best third lies at temperature 8 to 32, student: optimiser adam or sgd."
    )
    assert parallel.reading([started(), trial(0, 1.0, "adam", None)]) == "No trial has finished yet."
    assert "third" not in parallel.reading([started(), trial(0, 1.0, "adam", 0.5)])


def test_the_table_begins_with_the_best_and_ends_with_what_diverged():
    table = parallel.table(rows())
    assert list(table["Trial"])[:2] == [4, 5]
    assert (table["Trial"].iloc[-1], table["Distilled"].iloc[-1]) == (8, "diverged")


def test_a_search_that_has_just_begun_can_be_drawn():
    for few in ([], [started()], [started(), trial(0, 1.0, "adam", None)]):
        parallel.figure(few)
    assert parallel.table([started()]).empty


def test_of_equal_trials_the_first_is_the_best():
    equal = [started(), trial(0, 1.0, "adam", 0.5), trial(1, 2.0, "adam", 0.7), trial(2, 4.0, "adam", 0.7)]
    assert trials.best(equal)["number"] == 1


def test_the_setting_that_matters_most_is_on_top_and_the_rest_is_said_to_be_together():
    drawn = importance.figure(rows(SHARES))
    assert drawn.data[0].x == pytest.approx([70, 10])
    assert drawn.layout.yaxis.autorange == "reversed"
    assert importance.reading(rows(SHARES)) == (
        "Temperature: 70.0 % of the differences between the trials' validation accuracies go with this setting alone, "
        "20.0 % with several settings together; estimated by a random forest from 8 trials."
    )
    assert list(importance.table(rows(SHARES))["Share"]) == ["70.0 %", "10.0 %"]
    assert importance.shares([started(), finished(None)]) == {}


def test_every_colour_has_a_dark_counterpart():
    for figure in (parallel.figure(rows()), importance.figure(rows(SHARES))):
        found = set(re.findall(r'"(#[0-9A-Fa-f]{6}|rgba?\([^"]*\))"', json.dumps(figure.to_plotly_json(), default=str)))
        assert found - {"rgba(0, 0, 0, 0)"} <= theme.DARK.keys()
