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
    assert reading.startswith("It is structure: over 3 paired seeds")
    assert "+12.0 ±5.0 points" in reading


def test_smoothing_may_be_all_where_it_does_as_well(controls_rows):
    rows = accuracies(controls_rows, smoothed=[0.81, 0.8, 0.85])
    assert controls.reading(rows).startswith("Smoothing may be all")


def test_structure_is_not_shown_where_shuffled_labels_do_as_well(controls_rows):
    rows = accuracies(controls_rows, shuffled=[0.81, 0.8, 0.85])
    assert "but shuffled ones do at least as well" in controls.reading(rows)
    assert controls.reading(accuracies(rows, smoothed=[0.81, 0.8, 0.85])).startswith("Structure is not shown")


def test_one_seed_may_be_luck(controls_rows):
    lanes = ("scratch", "smoothed", "shuffled", "distilled", "teacher")
    rows = accuracies(controls_rows, **{lane: [0.5 + 0.1 * k] for k, lane in enumerate(lanes)})
    assert "may be luck" in controls.reading(rows)
    assert controls.figure(rows).data[1].error_x.value == 0


def test_the_table_has_every_seed(controls_rows):
    line = controls.table(controls_rows).iloc[2]
    assert line["Comparison"] == "distilled minus from labels"
    assert [line[f"Seed {seed}"] for seed in range(3)] == pytest.approx([10, 12, 14])


def test_a_run_without_controls_has_a_sentence_in_its_place(rows):
    finished = {"event": "finished", "table": [{"lane": "scratch", "test_accuracy": [0.5]}]}
    assert controls.figure([*rows, finished]).layout.annotations[0].text == controls.reading([*rows, finished])
    assert controls.table([]).empty
