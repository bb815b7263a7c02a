"""A run tells its whole story in rows, the same ones every time, and touches test examples only at the end."""

import itertools
import json

import pytest
import torch

from kdcore import train
from kdcore.data.download import Progress
from kdcore.events import LANES, first
from kdcore.experiment import Experiment, unflatten
from kdcore.export import read_safetensors
from kdcore.settings import SettingProblem
from kdcore.train import fit

SMALL = {
    "teacher.widths": "32",
    "student.widths": "8",
    "teacher_training.epochs": 3,
    "training.epochs": 5,
    "seeds": 3,
}


def experiment(**settings) -> Experiment:
    return unflatten(SMALL | {name.replace("__", "."): value for name, value in settings.items()})


def epochs(rows, lane):
    return [row for row in rows if row["event"] == "epoch" and row["lane"] == lane]


def timeless(rows):
    """Rows without what a clock measured, and files as what is in them, as their headers come in any order."""
    for row in rows:
        if row["event"] == "finished":
            row = row | {"table": [{k: v for k, v in line.items() if k != "latency_ms"} for line in row["table"]]}
        if "payload" in row:
            weights, about = read_safetensors(row["payload"])
            row = row | {"payload": ({name: array.tolist() for name, array in weights.items()}, about)}
        yield row


@pytest.fixture(scope="module")
def rows():
    return list(fit(experiment()))


def test_the_story_in_order(rows):
    kinds = [kind for kind, _group in itertools.groupby(row["event"] for row in rows if row["event"] != "batch")]
    assert kinds == ["started", "epoch", "snapshot", "finished"]
    assert [row["epoch"] for row in epochs(rows, "teacher")] == [0, 1, 2, 3]
    assert [row["epoch"] for row in epochs(rows, "scratch")] == [0, 1, 2, 3, 4, 5]
    assert all(len(row["val_accuracy"]) == 3 for row in rows if row["event"] == "epoch")


def test_rows_are_json_but_for_the_weights(rows):
    for row in rows:
        assert ("payload" in row) == str(row.get("name")).endswith("safetensors")
        json.dumps({key: value for key, value in row.items() if key != "payload"}, allow_nan=False)


def test_progress_rises_to_one(rows):
    progress = [row["progress"] for row in rows if row["event"] == "batch"]
    assert progress == sorted(progress)
    assert progress[0] > 0
    assert progress[-1] == pytest.approx(1)


def test_same_experiment_same_rows(rows):
    assert list(timeless(fit(experiment()))) == list(timeless(rows))


def test_another_seed_of_the_data_gives_other_rows(rows):
    assert epochs(fit(experiment(data__seed=1)), "scratch") != epochs(rows, "scratch")


def test_both_students_of_a_seed_start_the_same(rows):
    scratch, distilled = epochs(rows, "scratch"), epochs(rows, "distilled")
    assert scratch[0]["val_loss"] == distilled[0]["val_loss"]
    assert scratch[1]["val_loss"] != distilled[1]["val_loss"]


def test_without_soft_labels_both_students_are_the_same():
    rows = list(fit(experiment(soft_weight=0)))
    for scratch, distilled in zip(epochs(rows, "scratch"), epochs(rows, "distilled"), strict=True):
        assert scratch["val_loss"] == distilled["val_loss"]


def test_more_seeds_leave_the_first_ones_as_they_were():
    few, many = list(fit(experiment(seeds=2), torch.float64)), list(fit(experiment(seeds=3), torch.float64))
    for one, other in zip(epochs(few, "distilled"), epochs(many, "distilled"), strict=True):
        assert one["val_loss"] == pytest.approx(other["val_loss"][:2], abs=1e-9)


def test_the_teacher_is_only_asked(monkeypatch):
    """Its parameters are the same, bit for bit, after the students learned from it."""
    cohorts = []
    stack = train._cohort
    monkeypatch.setattr(train, "_cohort", lambda *args, **kwargs: cohorts.append(stack(*args, **kwargs)) or cohorts[-1])
    weights = None
    for row in fit(experiment(teacher__dropout=0.3)):
        if weights is None and row.get("lane") == "scratch":
            weights = cohorts[0].matrix.clone()
    assert torch.equal(cohorts[0].matrix, weights)
    assert not cohorts[0].matrix.requires_grad


def test_students_are_given_what_their_own_teacher_says_of_each_example(monkeypatch):
    calls = []
    learn = train.train
    monkeypatch.setattr(train, "train", lambda *given: calls.append(given) or learn(*given))
    rows = list(fit(experiment()))
    assert rows[-1]["event"] == "finished"
    (teacher, teachers, _training, taught), (_student, students, _training, lesson) = calls
    assert torch.equal(lesson.x, taught.x)
    assert torch.equal(lesson.y, taught.y)
    assert [teachers[member.teacher].seed for member in students] == [member.seed for member in students]
    for n in range(0, len(lesson.x), 25):  # asked for one example alone, nothing can be mixed up
        torch.testing.assert_close(lesson.teacher_logits[:, n], teacher.evaluate(lesson.x[n : n + 1])[:, 0])
    torch.testing.assert_close(lesson.teacher_logits, teacher.evaluate(lesson.x))


def test_test_examples_are_read_once_after_all_training(monkeypatch):
    data = train.load(experiment().data)
    read_at = []

    class Watched:
        def __getattr__(self, name):
            if name.startswith("test"):
                read_at.append(len(rows))
            return getattr(data, name)

    monkeypatch.setattr(train, "load", lambda _data: Watched())
    rows = []
    for row in fit(experiment()):
        rows.append(row)  # noqa: PERF402 - how many there are so far is looked at meanwhile
    last_epoch = max(n for n, row in enumerate(rows) if row["event"] in ("epoch", "batch"))
    assert read_at
    assert min(read_at) > last_epoch


def test_the_table_measures_every_lane(rows):
    table = first(rows, "finished")["table"]
    assert [line["lane"] for line in table] == list(LANES)
    assert table[0]["agreement"] is None
    assert table[1]["parameters"] == table[2]["parameters"] == 64 * 8 + 8 + 80 + 10
    assert table[0]["size_bytes"] > 4 * table[0]["parameters"]
    assert all(0 < line["latency_ms"] < 100 and 0 <= e <= 1 for line in table for e in line["ece"])
    assert all(value >= 0 for line in table[1:] for value in line["kl"])


def test_the_exported_seed_is_best_on_validation(rows):
    accuracies = epochs(rows, "distilled")[-1]["val_accuracy"]
    assert accuracies[first(rows, "finished")["exported_seed"]] == max(accuracies)


@pytest.mark.parametrize(("who", "lane"), [("teacher", "teacher"), ("student", "scratch")])
def test_divergence_ends_the_run_and_says_where(who, lane):
    training = "teacher_training" if who == "teacher" else "training"
    wild = {f"{who}.widths": "64-64-64", f"{training}.optimizer": "sgd", f"{training}.learning_rate": 10}
    rows = list(fit(unflatten(SMALL | wild | {"data.name": "blobs", "data.labels": None})))
    failed = rows[-1]
    assert (failed["event"], failed["reason"], failed["lane"]) == ("failed", "diverged", lane)
    assert failed["seeds"]
    assert epochs(rows, lane)[-1]["epoch"] == failed["epoch"], "the rows up to that epoch are kept"


def test_two_dimensional_data_gets_boundaries():
    rows = list(fit(experiment(data__name="moons")))
    picture = first(rows, "snapshot", name="boundary")["data"]
    assert len(picture["teacher"]) == len(picture["teacher"][0]) == picture["size"]
    assert {c for line in picture["distilled"] for c in line} <= {0, 1}
    assert first(rows, "snapshot", name="examples")["data"]["rows"][0]["shape"] == [2]


def test_downloads_are_told(monkeypatch):
    progress = Progress("train.gz", 5, 10)
    monkeypatch.setattr(train, "fetch", lambda name: iter([progress]))
    rows = fit(experiment())
    assert next(rows)["event"] == "started"
    assert next(rows) == {"event": "download", "file": "train.gz", "done_bytes": 5, "total_bytes": 10}


def test_cnn_lanes():
    rows = list(fit(experiment(student__kind="cnn", student__widths="4", teacher__kind="cnn", teacher__widths="6-8")))
    assert rows[-1]["event"] == "finished"


def test_a_device_that_torch_does_not_find_is_told_at_once(monkeypatch):
    monkeypatch.setenv("KD_DEVICE", "cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SettingProblem, match="KD_DEVICE is cuda: torch finds no such device on this machine"):
        next(fit(experiment()))
