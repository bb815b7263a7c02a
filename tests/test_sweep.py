"""A map tells of every cell what the run of that cell's experiment would: each student trained once, none disturbed."""

import json

import pytest
import torch

from kdcore import grid, sweep, train
from kdcore.events import first
from kdcore.experiment import unflatten
from kdcore.grid import Sweep
from kdcore.measure.snapshots import moments
from kdcore.train import fit

SMALL = {"teacher.widths": "16", "student.widths": "8", "teacher_training.epochs": 2, "training.epochs": 6, "seeds": 2}
MAPS = {
    "temperature and share": (("temperature", (1, 8)), ("soft_weight", (0, 0.9))),
    "labels and learning rate": (("data.labels", (20, 50)), ("training.learning_rate", (3e-3, 3e-2))),
}


def a_map(name: str, **settings) -> Sweep:
    axes = [{"setting": setting, "values": values} for setting, values in MAPS[name]]
    return Sweep(experiment=unflatten(SMALL | settings), x=axes[0], y=axes[1])


def run(order: Sweep, dtype=torch.float32) -> list[dict]:
    return [row for row in sweep.sweep(order, dtype) if row["event"] != "batch"]


def done(rows):
    return {(row["x"], row["y"]): row for row in rows if row.get("done")}


@pytest.mark.parametrize("memory", [grid.MOST_NUMBERS, 1], ids=["together", "course after course"])
@pytest.mark.parametrize("name", MAPS)
def test_a_cell_equals_the_run_of_its_experiment(name, memory, monkeypatch):
    monkeypatch.setattr(grid, "MOST_NUMBERS", memory)
    order = a_map(name, **{"student.dropout": 0.2})
    rows = run(order, torch.float64)
    for x, y, cell in order.cells():
        single = list(fit(cell, torch.float64))
        table = {line["lane"]: line["test_accuracy"] for line in first(single, "finished")["table"]}
        for row in (row for row in rows if row["event"] == "cell" and (row["x"], row["y"]) == (x, y)):
            for lane, values in (("distilled", row["val_accuracy"]), ("scratch", row["scratch"])):
                expected = first(single, "epoch", lane=lane, epoch=row["epoch"])["val_accuracy"]
                assert values == pytest.approx(expected, abs=1e-9)
        assert done(rows)[x, y]["test_accuracy"] == pytest.approx(table["distilled"], abs=1e-9)
        assert done(rows)[x, y]["scratch_test"] == pytest.approx(table["scratch"], abs=1e-9)
        assert first(rows, "teacher")["test_accuracy"] == pytest.approx(table["teacher"], abs=1e-9)


def test_in_single_precision_a_cell_equals_its_run_to_two_examples():
    order = a_map("temperature and share")
    rows = run(order)
    for x, y, cell in order.cells():
        expected = first(fit(cell), "epoch", lane="distilled", epoch=6)["val_accuracy"]
        assert done(rows)[x, y]["val_accuracy"] == pytest.approx(expected, abs=2 / 360)


def test_teachers_are_trained_once_and_no_student_twice(monkeypatch):
    calls = []
    learn = sweep.train
    monkeypatch.setattr(sweep, "train", lambda *given: calls.append(given) or learn(*given))
    order = a_map("temperature and share")
    run(order)
    (_teacher, teachers, _training, _all), (_student, students, _training, lesson) = calls
    assert teachers == train.teachers(order.experiment)
    assert len(set(students)) == len(students) == order.students == 2 * 3
    assert lesson.teacher_logits.shape == (2, 1077, 10)


def test_the_map_fills_in_at_moments_that_all_cells_share():
    order = a_map("temperature and share")
    rows = run(order)
    assert rows[0]["event"] == "started"
    assert (rows[0]["cells"], rows[0]["students"], rows[0]["seeds"]) == (4, 6, [0, 1])
    assert Sweep.model_validate(rows[0]["sweep"]) == order
    told = [(row["epoch"], row["x"], row["y"]) for row in rows if row["event"] == "cell"]
    assert told == [(epoch, x, y) for epoch in moments(6)[1:] for x, y, _cell in order.cells()]
    assert [row["event"] for row in rows][-2:] == ["cell", "finished"]
    assert set(done(rows)) == {(x, y) for x, y, _cell in order.cells()}
    json.dumps(rows, allow_nan=False)


@pytest.mark.parametrize("name", MAPS)
def test_progress_rises_to_one(name):
    progress = [row["progress"] for row in sweep.sweep(a_map(name)) if row["event"] == "batch"]
    assert progress == sorted(progress)
    assert progress[0] > 0
    assert 1 - 1e-9 < progress[-1] <= 1


def test_a_cell_that_diverges_is_marked_and_spares_the_others():
    wild = {"data.name": "blobs", "training.optimizer": "sgd", "student.widths": "64-64-64", "training.epochs": 20}
    axes = {"setting": "training.learning_rate", "values": (1e-2, 10)}, {"setting": "temperature", "values": (4,)}
    cells = done(run(Sweep(experiment=unflatten(SMALL | wild), x=axes[0], y=axes[1])))
    assert cells[10, 4]["diverged"] == [0, 1]
    assert cells[0.01, 4]["diverged"] == []
    assert min(cells[0.01, 4]["val_accuracy"]) > 0.5, "of five classes"


def test_teachers_that_diverge_end_it():
    wild = {"teacher.widths": "64-64-64", "teacher_training.optimizer": "sgd", "teacher_training.learning_rate": 10}
    last = run(a_map("temperature and share", **wild, **{"data.name": "blobs", "teacher_training.epochs": 20}))[-1]
    assert (last["event"], last["reason"], last["lane"]) == ("failed", "diverged", "teacher")
    assert last["seeds"]
