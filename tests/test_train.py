"""A run tells its whole story in rows, the same ones every time, and touches test examples only at the end."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from kdcore import train
from kdcore.data.download import Progress
from kdcore.events import CONTROLS, LANES, first
from kdcore.experiment import Experiment, unflatten
from kdcore.export import read_safetensors
from kdcore.measure.snapshots import unpack
from kdcore.recordings import recorded
from kdcore.settings import SettingProblem
from kdcore.train import fit

RECORDINGS = Path(__file__).parents[1] / "pages" / "recordings"
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
            row = {name: value for name, value in row.items() if name != "processor_s"}
            row |= {"table": [{k: v for k, v in line.items() if k != "latency_ms"} for line in row["table"]]}
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
        assert ("payload" in row) == (row.get("name") == "soft_labels" or str(row.get("name")).endswith("safetensors"))
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
    stack = train.untrained
    monkeypatch.setattr(
        train, "untrained", lambda *args, **kwargs: cohorts.append(stack(*args, **kwargs)) or cohorts[-1]
    )
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
    assert 0 < first(rows, "finished")["processor_s"] < 600
    assert all(0 < line["latency_ms"] < 100 and 0 <= e <= 1 for line in table for e in line["ece"])
    assert all(value >= 0 for line in table[1:] for value in line["kl"])


def test_table_and_confusion_are_of_test_examples_and_of_the_teacher_of_the_seed(rows):
    data, finished, said = train.load(experiment().data), first(rows, "finished"), {}
    for line in finished["table"]:
        lane, best = line["lane"], finished["exported_seed"]
        weights, _about = read_safetensors(first(rows, "snapshot", name=f"{lane}.safetensors")["payload"])
        hidden = np.maximum(data.test_x.reshape(360, 64) @ weights["1.weight"].T + weights["1.bias"], 0)
        said[lane] = (hidden @ weights["3.weight"].T + weights["3.bias"]).argmax(-1)
        assert line["test_accuracy"][best] == pytest.approx((said[lane] == data.test_y).mean(), abs=1.5 / 360)
        if lane != "teacher":
            assert line["agreement"][best] == pytest.approx((said[lane] == said["teacher"]).mean(), abs=1.5 / 360)
        counts = np.array(first(rows, "snapshot", name="confusion")["data"][lane])
        assert counts.trace() == pytest.approx(360 * sum(line["test_accuracy"]))
        assert counts.sum(1).tolist() == (3 * np.bincount(data.test_y)).tolist()
    assert best != 1, "in the middle of the seeds it would not show whose teacher is whose"


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


def test_an_infinite_loss_is_a_divergence_too(monkeypatch):
    monkeypatch.setattr(train, "hard_loss", lambda _logits, _labels: torch.tensor([1, torch.inf, 1]))
    failed = list(fit(experiment()))[-1]
    assert (failed["reason"], failed["lane"], failed["epoch"], failed["seeds"]) == ("diverged", "teacher", 1, [1])


def test_two_dimensional_data_gets_boundaries():
    rows = list(fit(experiment(data__name="moons")))
    picture = first(rows, "snapshot", name="boundary")["data"]
    assert len(picture["teacher"]) == len(picture["teacher"][0]) == picture["size"]
    assert {c for line in picture["distilled"] for c in line} <= {0, 1}
    assert first(rows, "snapshot", name="examples")["data"]["rows"][0]["shape"] == [2]


@pytest.fixture(scope="module")
def long_rows():
    """As many epochs as are kept at most, of one seed."""
    return list(fit(experiment(training__epochs=100, seeds=1)))


@pytest.mark.parametrize("name", ["rows", "long_rows"])
def test_soft_labels_of_the_exported_seed_are_kept_over_time(name, request):
    rows = request.getfixturevalue(name)
    soft = unpack(first(rows, "snapshot", name="soft_labels")["payload"])
    best = first(rows, "finished")["exported_seed"]
    assert soft.classes == tuple("0123456789")
    assert soft.x.shape == (360, 1, 8, 8)
    for lane in LANES:  # all validation examples of digits are kept, so accuracies are those of the epochs' rows
        for i, epoch in enumerate(soft.epochs) if lane != "teacher" else [(None, 3)]:
            accuracy = (soft.logits(lane, i).argmax(-1) == soft.label).mean()
            assert accuracy == pytest.approx(epochs(rows, lane)[epoch]["val_accuracy"][best], abs=1 / 360)
    np.testing.assert_allclose(soft.logits("distilled", -1), soft.distilled, rtol=1e-3, atol=1e-2)


def test_soft_labels_of_digits_stay_below_300_kb(long_rows):
    payload = first(long_rows, "snapshot", name="soft_labels")["payload"]
    assert unpack(payload).epochs.tolist() == [0, 1, 2, 3, 4, 6, 10, 16, 25, 40, 63, 100]
    assert len(payload) <= 300_000


def test_the_recorded_run_is_still_what_its_experiment_gives():
    """It was made before there were controls and classes left out; without these nothing has changed."""
    (before,) = [row for row in recorded(RECORDINGS, Experiment().key) if row["event"] == "finished"]
    for line, now in zip(before["table"], first(fit(Experiment()), "finished")["table"], strict=True):
        np.testing.assert_allclose(now["test_accuracy"], line["test_accuracy"], atol=2 / 360 + 1e-9)


def students_of(rows):
    return {row["lane"] for row in rows if row["event"] == "epoch"} - {"teacher"}


def test_controls_are_lanes_of_their_own_and_change_no_other(rows):
    more = list(fit(experiment(controls=True)))
    assert students_of(more) == set(LANES[1:] + CONTROLS)
    assert list(more[0]["epochs"]) == [line["lane"] for line in more[-1]["table"]] == [*LANES, *CONTROLS]
    for lane in LANES:
        for one, other in zip(epochs(rows, lane), epochs(more, lane), strict=True):
            assert one["val_accuracy"] == pytest.approx(other["val_accuracy"], abs=2 / 360)
            assert one["val_loss"] == pytest.approx(other["val_loss"], rel=1e-3)
    ends = {lane: tuple(epochs(more, lane)[-1]["val_loss"]) for lane in (*LANES, *CONTROLS)}
    assert len(set(ends.values())) == len(ends)
    assert [row["progress"] for row in more if row["event"] == "batch"][-1] == pytest.approx(1)


def test_students_never_see_a_class_left_out(monkeypatch):
    calls = []
    learn = train.train
    monkeypatch.setattr(train, "train", lambda *given: calls.append(given) or learn(*given))
    rows = list(fit(experiment(left_out="3-8", data__labels=None)))
    (_teacher, teachers, _training, taught), (_student, students, _training, lesson) = calls
    assert set(taught.y.tolist()) == set(range(10))
    assert set(lesson.y.tolist()) == set(range(10)) - {3, 8}
    assert {member.labels for member in students} == {len(lesson.y)}
    assert {member.labels for member in teachers} == {len(taught.y)}
    assert lesson.teacher_logits.shape == (3, len(lesson.y), 10)
    assert [row["progress"] for row in rows if row["event"] == "batch"][-1] == pytest.approx(1)


def test_what_was_left_out_is_told_and_mostly_recognised_after_correction():
    more = {"data__labels": None, "teacher__widths": "64", "teacher_training__epochs": 20, "training__epochs": 40}
    rows = list(fit(experiment(left_out="3", student__widths="32", **more)))
    told = rows[-1]["left_out"]
    assert told["classes"] == [3]
    assert sum(told["prior"]) == pytest.approx(1)
    for lane, line in told["lanes"].items():
        (measured,) = [row["test_accuracy"] for row in rows[-1]["table"] if row["lane"] == lane]
        assert line["accuracy"] == pytest.approx(measured, abs=1e-6)
    assert told["lanes"]["scratch"]["unseen"] == [0, 0, 0]
    distilled = told["lanes"]["distilled"]
    assert min(distilled["corrected_unseen"]) > 0.85
    assert min(distilled["corrected_seen"]) > 0.85


def test_a_run_with_all_classes_tells_nothing_of_any_left_out(rows):
    assert "left_out" not in rows[-1]


def test_downloads_are_told(monkeypatch):
    progress = Progress("train.gz", 5, 10)
    monkeypatch.setattr(train, "fetched", lambda experiment: iter([progress]))
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
