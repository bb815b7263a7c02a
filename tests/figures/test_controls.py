"""Structure or smoothing: one verdict."""

import pytest

from kdcore.figures import controls


def accuracies(rows, **lanes):
    """The rows with other test accuracies."""
    for line in rows[-1]["table"]:
        line["test_accuracy"] = lanes.get(line["lane"], line["test_accuracy"])
    return rows


def test_every_comparison_has_its_seeds_its_mean_and_its_interval(controls_rows):
    dots, mean = controls.figure(controls_rows).data[4:6]  # the third: distilled minus from labels
    assert dots.x == pytest.approx([10, 12, 14])
    assert mean.x[0] == pytest.approx(12)
    assert mean.error_x.value == pytest.approx(4.97, abs=0.01)


def test_it_is_structure_where_both_fakes_are_beaten(controls_rows):
    reading = controls.reading(controls_rows)
    assert reading.startswith("It is structure: it matters which wrong class gets how much. ")
    assert "over 3 paired seeds: they beat evenly smoothed labels (+12.0 ±5.0 points); they beat shuffled" in reading


def test_smoothing_may_be_all_where_no_difference_to_it_is_shown(controls_rows):
    reading = controls.reading(accuracies(controls_rows, smoothed=[0.81, 0.8, 0.85]))
    assert reading.startswith("Smoothing may be all.")
    assert "no difference to evenly smoothed labels is shown (+0.0 ±4.3 points); they beat shuffled soft" in reading


def test_structure_is_not_shown_where_no_difference_to_shuffled_labels_is(controls_rows):
    """Differences -5, +5 and +8 points: fewer than can be told from luck, but no evidence that the fake is as good."""
    rows = accuracies(controls_rows, shuffled=[0.85, 0.77, 0.76])
    reading = controls.reading(rows)
    assert reading.startswith("Structure is not shown.")
    assert "no difference to shuffled soft labels is shown (+2.7 ±16.9 points)" in reading
    assert "as well" not in reading
    assert controls.reading(accuracies(rows, smoothed=[0.81, 0.8, 0.85])).startswith("Structure is not shown")


def test_a_losing_student_is_said_to_lose(controls_rows):
    reading = controls.reading(accuracies(controls_rows, smoothed=[0.9, 0.93, 0.94]))
    assert "they are worse than evenly smoothed labels (-10.3 ±1.4 points)" in reading


def test_without_spread_nothing_is_claimed(controls_rows):
    lanes = {"scratch": [0.6, 0.7], "teacher": [0.9, 0.9], "distilled": [0.7, 0.8]}
    rows = accuracies(controls_rows, **lanes, smoothed=[0.65, 0.75], shuffled=[0.65, 0.75])
    reading = controls.reading(rows)
    assert reading.startswith("Structure is not shown. True soft labels over 2 paired seeds: no difference to evenly")
    assert reading.count("(+5.0 points on each seed, and without any spread there is no interval)") == 2


def test_one_seed_may_be_luck_whoever_wins(controls_rows):
    lanes = {"scratch": 0.5, "smoothed": 0.74, "shuffled": 0.68, "distilled": 0.7, "teacher": 0.9}
    rows = accuracies(controls_rows, **{lane: [share] for lane, share in lanes.items()})
    assert controls.reading(rows) == (
        "Only one seed: -4.0 points of test accuracy for true soft labels minus evenly smoothed ones, and +2.0 minus "
        "shuffled ones, which may be luck. Try two seeds or more."
    )
    drawn = controls.figure(rows)
    assert drawn.data[1].error_x.value == 0
    assert "1 paired seed (dot)" in drawn.layout.title.text
    assert "95 %" not in drawn.layout.title.text
    assert not [column for column in controls.table(rows) if "95 %" in column]


def test_several_seeds_have_an_interval(controls_rows):
    assert "3 paired seeds (dots), 95 % interval" in controls.figure(controls_rows).layout.title.text


def test_the_table_has_every_seed(controls_rows):
    line = controls.table(controls_rows).iloc[2]
    assert line["Comparison"] == "distilled minus from labels"
    assert [line[f"Seed {seed}"] for seed in range(3)] == pytest.approx([10, 12, 14])


def test_a_run_without_controls_has_a_sentence_in_its_place(rows):
    finished = {"event": "finished", "table": [{"lane": "scratch", "test_accuracy": [0.5]}]}
    assert controls.figure([*rows, finished]).layout.annotations[0].text == controls.reading([*rows, finished])
    assert controls.table([]).empty
