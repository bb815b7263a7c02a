"""A run: from an experiment to a stream of events. Read `fit` from top to bottom; the rest is in reading order."""

import os
import platform
from collections.abc import Generator, Iterator
from dataclasses import asdict
from datetime import UTC, datetime

import torch
from torch import Tensor

from kdcore import settings, shapes
from kdcore.cohort import Lesson, Member, Step, train
from kdcore.data.download import fetch
from kdcore.data.load import load
from kdcore.events import Row
from kdcore.experiment import Experiment
from kdcore.losses import hard_labels, hard_loss
from kdcore.measure.snapshots import Diary
from kdcore.nets import Cohort, build
from kdcore.results import Lane, results
from kdcore.settings import SettingProblem
from kdcore.words import _

OVERHEAD_FLOPS = 20_000_000  # a step costs about as much as this many operations before it computes anything


def fit(experiment: Experiment, dtype: torch.dtype = torch.float32) -> Iterator[Row]:
    """Run an experiment: train a teacher a seed, then both students of each seed beside each other, and measure.

    Yields the rows described in `events`. The same experiment gives the same rows wherever it runs, up to the last
    digits of its arithmetic. Whoever consumes the rows sets the pace: between two rows nothing happens.
    Raises DataUnavailable, and SettingProblem where there is no such device.
    """
    device = _device()
    torch.set_num_threads(1)  # so that sums are taken in the same order everywhere; and runs share the cores better
    yield _started(experiment, device)
    for progress in fetch(experiment.data.name):
        yield {"event": "download"} | asdict(progress)
    data = load(experiment.data)
    on_device = {"device": device, "dtype": dtype}
    lesson = Lesson(
        x=torch.from_numpy(data.train_x).to(**on_device),
        y=torch.from_numpy(data.train_y).to(device),
        classes=len(experiment.facts.classes),
    )
    check = _Check(torch.from_numpy(data.validation_x).to(**on_device), torch.from_numpy(data.validation_y))
    progress = _Progress(experiment)

    # 1. the teachers, one a seed, learn from all labels
    members = teachers(experiment)
    teacher = _cohort(experiment, "teacher", members, **on_device)
    lanes = {"teacher": Lane("teacher", teacher, slice(None))}
    steps = train(teacher, members, experiment.teacher_training, lesson)
    if (yield from _watched(steps, teacher, lanes, check, progress)):
        return

    # 2. their opinion of every training example is asked for once
    lesson = Lesson(lesson.x, lesson.y, lesson.classes, teacher.evaluate(lesson.x))

    # 3. the students, two a seed, the same in all but what they are told
    members = students(experiment)
    student = _cohort(experiment, "student", members, **on_device)
    parts = {"scratch": slice(None, experiment.seeds), "distilled": slice(experiment.seeds, None)}
    pupils = {lane: Lane("student", student, part) for lane, part in parts.items()}
    diary = Diary(data.validation_x, data.validation_y, experiment.training.epochs)
    steps = _noted(train(student, members, experiment.training, lesson), pupils, diary)
    if (yield from _watched(steps, student, pupils, check, progress)):
        return

    # 4. what came of it; the test examples are looked at here, for the first time
    yield from results(experiment, data, lanes | pupils, diary)


def teachers(experiment: Experiment) -> list[Member]:
    """A teacher for each seed; it sees all labels."""
    rate = experiment.teacher_training.learning_rate
    return [Member(seed, experiment.facts.train, rate) for seed in range(experiment.seeds)]


def students(experiment: Experiment) -> list[Member]:
    """The students: for each seed one that learns from labels (soft_weight 0), then for each seed the distilled one."""
    return [
        Member(seed, experiment.labels, experiment.training.learning_rate, weight, experiment.temperature, seed)
        for weight in (0.0, experiment.soft_weight)
        for seed in range(experiment.seeds)
    ]


class _Check:
    """The validation examples, and how a cohort does on them."""

    def __init__(self, x: Tensor, y: Tensor):
        self._x, self._y = x, y.to(x.device)

    def __call__(self, cohort: Cohort) -> dict[str, Tensor]:
        """Accuracy and cross-entropy of every member, (members,) each."""
        logits = cohort.evaluate(self._x)
        accuracy = (logits.argmax(-1) == self._y).double().mean(-1)
        return {"val_accuracy": accuracy, "val_loss": hard_loss(logits, hard_labels(self._y, logits))}


class _Progress:
    """How much of a run is done, from 0 to 1, in estimated arithmetic."""

    def __init__(self, experiment: Experiment):
        facts, seeds = experiment.facts, experiment.seeds
        self._cost = {"teacher": _step_cost(experiment, "teacher", seeds)}
        self._cost["scratch"] = self._cost["distilled"] = _step_cost(experiment, "student", 2 * seeds)
        teacher_steps = experiment.teacher_training.epochs * -(-facts.train // experiment.teacher_training.batch_size)
        student_steps = experiment.training.epochs * -(-experiment.labels // experiment.training.batch_size)
        self._total = teacher_steps * self._cost["teacher"] + student_steps * self._cost["distilled"]
        self._done = 0.0

    def step(self, lane: str) -> None:
        """A step of the cohort of this lane was taken."""
        self._done += self._cost[lane]

    @property
    def share(self) -> float:
        return self._done / self._total


def _step_cost(experiment: Experiment, who: str, members: int) -> float:
    """Operations of one training step: forward and backward are three times forward."""
    training = experiment.teacher_training if who == "teacher" else experiment.training
    return OVERHEAD_FLOPS + 3 * shapes.flops(experiment.layers(who)) * training.batch_size * members


def _noted(steps: Iterator[Step], lanes: dict[str, Lane], diary: Diary) -> Iterator[Step]:
    """The same steps; before the first, and after each epoch that is to be remembered, the diary is written."""
    ask = {name: lane.logits for name, lane in lanes.items()}
    diary.note(ask)
    for step in steps:
        if step.terms and step.epoch in diary.epochs:
            diary.note(ask)
        yield step


def _watched(
    steps: Iterator[Step], cohort: Cohort, lanes: dict[str, Lane], check: _Check, progress: _Progress
) -> Generator[Row, None, bool]:
    """Rows of a cohort's training: a `batch` after each step; before the first and after each epoch an `epoch` for
    each lane, or `failed` where a loss is no longer a number. Returns whether it failed."""
    yield from (_epoch(lane, 0, check(cohort), members.part, progress) for lane, members in lanes.items())
    for step in steps:
        progress.step(next(iter(lanes)))
        yield {"event": "batch", "progress": progress.share}
        if step.terms is None:
            continue
        measured = check(cohort) | {"train_loss" if name == "loss" else name: t for name, t in step.terms.items()}
        rows = [_epoch(lane, step.epoch, measured, members.part, progress) for lane, members in lanes.items()]
        yield from rows
        if wrong := [row for row in rows if _diverged(row)]:
            yield {"event": "failed", "reason": "diverged", "lane": wrong[0]["lane"], "epoch": step.epoch} | {
                "seeds": _diverged(wrong[0])
            }
            return True
    return False


def _epoch(lane: str, epoch: int, measured: dict[str, Tensor], part: slice, progress: _Progress) -> Row:
    """The row of one lane and epoch, with a number for each seed. The terms apart concern the distilled lane only."""
    row = {"event": "epoch", "lane": lane, "epoch": epoch, "progress": progress.share}
    shown = ("val_accuracy", "val_loss", "train_loss") + (("hard", "soft") if lane == "distilled" else ())
    return row | {name: measured[name][part].tolist() if name in measured else None for name in shown}


def _diverged(row: Row) -> list[int]:
    """The seeds whose loss is not a number, or infinite."""
    losses = torch.tensor([row["val_loss"], row["train_loss"]])
    return (~losses.isfinite()).any(0).nonzero().flatten().tolist()


def _cohort(experiment: Experiment, who: str, members: list[Member], device: str, dtype: torch.dtype) -> Cohort:
    """The untrained networks of these members, stacked."""
    layers, network = experiment.layers(who), getattr(experiment, who)
    return Cohort([build(layers, network, member.seed) for member in members], device, dtype)


def _device() -> str:
    """The device of the settings, if torch finds it here."""
    name = settings.device()
    if name == "cuda" and not torch.cuda.is_available():
        raise SettingProblem(_("KD_DEVICE is cuda: torch finds no such device on this machine; choose cpu"))
    return name


def _started(experiment: Experiment, device: str) -> Row:
    """What is run, where and when."""
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}"
    epochs = experiment.training.epochs
    return {
        "event": "started",
        "key": experiment.key,
        "experiment": experiment.model_dump(mode="json"),
        "machine": f"{machine}, {device}",
        "date": datetime.now(UTC).date().isoformat(),
        "seeds": list(range(experiment.seeds)),
        "epochs": {"teacher": experiment.teacher_training.epochs, "scratch": epochs, "distilled": epochs},
    }
