"""A map tells of every cell what the run of that cell's experiment would: each student trained once, none disturbed."""

import json
import pickle

import numpy as np
import pytest
import torch

from kdcore import many, plan, sweep
from kdcore.events import first
from kdcore.experiment import Experiment, flatten, unflatten
from kdcore.grid import QUESTIONS, Sweep
from kdcore.lesson import teachers
from kdcore.measure.snapshots import moments
from kdcore.train import fit

SMALL = {"teacher.widths": "16", "student.widths": "8", "teacher_training.epochs": 2, "training.epochs": 6, "seeds": 2}
MAPS = {
    "temperature and share": {"x": ("temperature", (1, 8)), "y": ("soft_weight", (0, 0.9))},
    "labels and learning rate": {"x": ("data.labels", (20, "all")), "y": ("training.learning_rate", (3e-3, 3e-2))},
    "teachers": {"x": ("teacher.width", (8, 16)), "y": ("teacher_training.epochs", (1, 2)), "assistant": True},
    "students": {"x": ("student.width", (4, 8)), "y": ("student.depth", (2,)), "panel": ("temperature", (1, 4))},
    "students and assistants": {
        "x": ("student.widths", ("9-2", "4-6")),
        "student.activation": "gelu",
        "assistant": True,
    },
    "wrong and missing labels": {"x": ("label_noise", (0, 0.4)), "y": ("unlabelled", (0, 50)), "data.labels": 30},
    "assistants": {"x": ("temperature", (1, 8)), "y": ("data.labels", (20, 40)), "assistant": True},
}


def a_map(name: str, **settings) -> Sweep:
    told = {"data.labels": 40} | MAPS[name] | settings
    axes = {axis: told.pop(axis) for axis in ("x", "y", "panel") if axis in told}
    axes = {axis: {"setting": setting, "values": values} for axis, (setting, values) in axes.items()}
    return Sweep(experiment=unflatten(SMALL | told), **axes)


def run(order: Sweep, dtype=torch.float32) -> list[dict]:
    return [row for row in sweep.sweep(order, dtype) if row["event"] != "batch"]


def place(row):
    return row["x"], row["y"], row["panel"]


def done(rows):
    return {place(row): row for row in rows if row.get("done")}


@pytest.mark.parametrize(("name", "most"), [*((name, plan.MOST_MEMBERS) for name in MAPS), ("assistants", 1)])
def test_a_cell_equals_the_run_of_its_experiment(name, most, monkeypatch):
    monkeypatch.setattr(plan, "MOST_MEMBERS", most)
    order = a_map(name, **{"student.dropout": 0.2} if name == "temperature and share" else {})
    rows = run(order, torch.float64)
    cells = done(rows)
    assert len(cells) == len(order.cells())
    for *where, cell in order.cells()[:: len(cells) - 1]:  # opposite corners
        single = list(fit(cell, torch.float64))
        table = {line["lane"]: line for line in first(single, "finished")["table"]}
        for row in (row for row in rows if row["event"] == "cell" and place(row) == tuple(where)):
            for lane, values in row["val_accuracy"].items():
                expected = first(single, "epoch", lane=lane, epoch=row["epoch"])["val_accuracy"]
                assert values == pytest.approx(expected, abs=1e-9)
        ours = cells[tuple(where)]
        assert set(ours["val_accuracy"]) == set(cell.students)
        for lane in cell.students:
            last = first(single, "epoch", lane=lane, epoch=6)
            assert ours["val_loss"][lane] == pytest.approx(last["val_loss"], abs=1e-9)
            for measure in ("test_accuracy", "agreement", "kl", "ece"):
                assert ours[measure][lane] == pytest.approx(table[lane][measure], abs=1e-9)
        assert (ours["parameters"], ours["flops"]) == (table["scratch"]["parameters"], table["scratch"]["flops"])
        taught = first(rows, "teacher", group=ours["group"])
        assert taught["test_accuracy"] == pytest.approx(table["teacher"]["test_accuracy"], abs=1e-9)
        assert taught["parameters"] == table["teacher"]["parameters"]


def test_in_single_precision_a_cell_equals_its_run_to_two_examples():
    order = a_map("temperature and share")
    cells = done(run(order))
    for *where, cell in order.cells()[::3]:
        expected = first(fit(cell), "epoch", lane="distilled", epoch=6)["val_accuracy"]
        assert cells[tuple(where)]["val_accuracy"]["distilled"] == pytest.approx(expected, abs=2 / 360)


@pytest.mark.parametrize("name", ["students", "students and assistants"])
def test_students_of_other_widths_are_one_cohort(name):
    """So that the test above, that each learns what it would alone, is about narrow networks in wide ones."""
    (group,) = a_map(name).groups()
    (part,) = group.parts
    assert part.experiment.student.widths in ((8, 8), (9, 6))


def test_teachers_are_trained_once_and_no_student_twice(monkeypatch):
    calls = []
    learn = many.train
    monkeypatch.setattr(many, "train", lambda *given, **more: calls.append(given) or learn(*given, **more))
    order = a_map("temperature and share")
    run(order)
    (_teacher, taught, _training, _all), (_student, students, _training, lesson) = calls
    assert taught == teachers(order.experiment)
    assert len(set(students)) == len(students) == order.students == 2 * 3
    assert lesson.teacher_logits.shape == (2, 1077, 10)


def test_parts_that_are_trained_here_read_the_data_and_ask_the_teachers_once(monkeypatch):
    asked = {"load": 0, "explained": 0}

    def counted(name, call):
        def count(*given):
            asked[name] += 1
            return call(*given)

        return count

    for name in asked:
        monkeypatch.setattr(many, name, counted(name, getattr(many, name)))
    order = a_map("labels and learning rate", **{"data.seed": 7})  # which nobody else has asked for
    assert len(order.groups()[0].parts) == 2
    run(order)
    assert asked == {"load": 1, "explained": 1}


def test_the_map_fills_in_at_moments_that_all_cells_share():
    order = a_map("temperature and share")
    rows = run(order)
    assert rows[0]["event"] == "started"
    assert (rows[0]["cells"], rows[0]["students"], rows[0]["seeds"]) == (4, 6, [0, 1])
    assert Sweep.model_validate(rows[0]["sweep"]) == order
    told = [(row["epoch"], row["x"], row["y"]) for row in rows if row["event"] == "cell"]
    assert told == [(epoch, x, y) for epoch in moments(6)[1:] for x, y, _panel, _cell in order.cells()]
    assert [row["event"] for row in rows][-2:] == ["cell", "finished"]
    json.dumps(rows, allow_nan=False)


def test_what_teachers_and_students_say_of_the_examples_they_are_least_sure_of_is_kept():
    rows = run(a_map("temperature and share"))
    examples = first(rows, "teacher")["examples"]
    surest = [max(example["probabilities"]) for example in examples]
    assert surest == sorted(surest)
    assert [len(example["x"]) for example in examples] == 4 * [64]
    for row in done(rows).values():
        for beliefs in row["soft"].values():
            assert [sum(belief) for belief in beliefs] == pytest.approx(4 * [1], abs=0.006)
    alone = run(a_map("temperature and share", seeds=1))
    assert first(alone, "teacher")["examples"] == examples
    for where, row in done(alone).items():
        assert np.ptp([row["soft"]["distilled"], done(rows)[where]["soft"]["distilled"]], axis=0).max() < 0.002


@pytest.mark.parametrize("name", ["temperature and share", "teachers"])
def test_progress_rises_to_one(name):
    progress = [row["progress"] for row in sweep.sweep(a_map(name)) if row["event"] == "batch"]
    assert progress == sorted(progress)
    assert progress[0] > 0
    assert 1 - 1e-9 < progress[-1] <= 1


def test_jobs_done_elsewhere_and_in_another_order_tell_the_same():
    order = a_map("labels and learning rate")
    here = done(run(order))
    told = pickle.loads(pickle.dumps((order, drained(sweep.teach(order, 0)))))
    (group,) = order.groups()
    rows = [row for p in reversed(range(len(group.parts))) for row in sweep.learn(told[0], 0, p, told[1])]
    there, here = (
        {where: row | {"progress": 1, "seconds": None} for where, row in found.items()} for found in (done(rows), here)
    )
    assert there == here


def drained(rows):
    """What a generator returns."""
    while True:
        try:
            next(rows)
        except StopIteration as end:
            return end.value


def test_a_cell_that_diverges_is_marked_and_spares_the_others():
    wild = {"data.name": "blobs", "training.optimizer": "sgd", "student.widths": "64-64-64", "training.epochs": 20}
    axes = {"setting": "training.learning_rate", "values": (1e-2, 10)}, {"setting": "temperature", "values": (4,)}
    rows = run(Sweep(experiment=unflatten(SMALL | wild), x=axes[0], y=axes[1]))
    cells = done(rows)
    assert cells[10, 4, None]["diverged"] == [0, 1]
    assert cells[10, 4, None]["val_loss"]["scratch"] == [None, None]
    assert cells[0.01, 4, None]["diverged"] == []
    assert min(cells[0.01, 4, None]["val_accuracy"]["distilled"]) > 0.5, "of five classes"
    json.dumps(rows, allow_nan=False)


def test_cells_whose_teachers_diverge_are_done_at_once_and_spare_the_others():
    wild = {"teacher.widths": "64-64-64", "teacher_training.optimizer": "sgd", "teacher_training.epochs": 20}
    base = unflatten(SMALL | wild | {"data.name": "blobs"})
    rows = run(Sweep(experiment=base, x={"setting": "teacher_training.learning_rate", "values": (1e-2, 10)}))
    lost, fine = done(rows)[10, None, None], done(rows)[0.01, None, None]
    assert lost["diverged"] == first(rows, "teacher", group=lost["group"])["diverged"] != []
    assert lost["val_accuracy"] == {"scratch": [None, None], "distilled": [None, None]}
    assert fine["diverged"] == first(rows, "teacher", group=fine["group"])["diverged"] == []
    assert rows[-1]["event"] == "finished"


def test_a_cell_that_has_come_to_rest_stops_and_is_what_its_run_was_at_that_epoch():
    rates = {"setting": "training.learning_rate", "values": (1e-3, 3e-2)}
    base = unflatten(SMALL | {"data.labels": 40, "training.epochs": 40})
    rows = run(Sweep(experiment=base, x=rates, y={"setting": "soft_weight", "values": (0, 0.9)}, early=True))
    told = [row for row in rows if row.get("done")]
    stopped = {place(row) for row in told if "stopped" in row}
    assert 0 < len(stopped) < len(told) == len(done(rows)) == 4
    for row in told:
        assert row["epoch"] == row.get("stopped", 40)
        assert (row["epoch"] < 40) == (place(row) in stopped)
        if not row["y"]:
            continue
        single = fit(unflatten(flatten(base) | {"training.learning_rate": row["x"], "soft_weight": row["y"]}))
        expected = first(single, "epoch", lane="distilled", epoch=row["epoch"])["val_accuracy"]
        assert row["val_accuracy"]["distilled"] == pytest.approx(expected, abs=2 / 360)


def test_students_come_to_rest_when_they_are_steady_and_no_better_than_before():
    rest = many._Rest(40, early=True)
    seen = {10: (0.1, 0.90, 0.9), 12: (0.2, 0.90, 0.9), 14: (0.3, 0.901, 0.901), 16: (0.3, 0.9, 0.905), 18: (0.3, 0, 0)}
    found = [rest.look(epoch, np.array(accuracy)).tolist() for epoch, accuracy in seen.items()]
    assert found == [3 * [False], 3 * [False], 3 * [False], [False, True, False], [True, False, False]]
    assert rest.look(40, np.zeros(3)).all()
    assert not many._Rest(40, early=False).looks


def test_the_quicker_teacher_of_the_first_map_knows_digits_as_well_as_that_of_the_lab():
    quicker = QUESTIONS["map"].sweep.experiment
    rows = [list(many.teach(plan.plan([each])[0])) for each in (quicker, Experiment(seeds=quicker.seeds))]
    ours, theirs = (np.mean(first(told, "teacher")["val_accuracy"]) for told in rows)
    assert ours >= theirs - 0.01
