"""A run: from an experiment to a stream of events. Read `fit` from top to bottom; the rest is in reading order."""

import os
import platform
from collections.abc import Generator, Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from time import process_time

import torch
from torch import Tensor

from kdcore import cost, settings
from kdcore.between import beginners, heard_first, ready, spoken
from kdcore.cohort import Step, train
from kdcore.data.altered import fetched, of_classes
from kdcore.data.load import load
from kdcore.events import ASSISTANT, Row, finite
from kdcore.experiment import Experiment
from kdcore.guides import Course, Round, rounds
from kdcore.lesson import explained, shown, students, teachers, untrained, whole
from kdcore.losses import hard_labels, hard_loss
from kdcore.measure.snapshots import Diary
from kdcore.nets import Cohort
from kdcore.results import Lane, results
from kdcore.settings import SettingProblem
from kdcore.words import _


def fit(experiment: Experiment, dtype: torch.dtype = torch.float32) -> Iterator[Row]:
    """Run an experiment: train a teacher a seed, then both students of each seed beside each other, and measure.

    Yields the rows described in `events`. The same experiment gives the same rows wherever it runs, up to the last
    digits of its arithmetic. Whoever consumes the rows sets the pace: between two rows nothing happens.
    Raises DataUnavailable, and SettingProblem where there is no such device.
    """
    began, device = process_time(), chosen_device()
    torch.set_num_threads(1)  # so that sums are taken in the same order everywhere; and runs share the cores better
    yield _started(experiment, device)
    for progress in fetched(experiment):
        yield {"event": "download"} | asdict(progress)
    data = load(experiment.data)
    on_device = {"device": device, "dtype": dtype}
    lesson, seen = whole(experiment, data, **on_device), shown(experiment, data, **on_device)
    data = of_classes(data, experiment.classes)
    check = _Check(torch.from_numpy(data.validation_x).to(**on_device), torch.from_numpy(data.validation_y))
    pupils = students(experiment, seen.own)
    courses = [Course(lane, experiment) for lane in experiment.students]
    progress = _Progress(cost.total(experiment, pupils[0].examples))

    # 1. the teachers, one a seed, learn from all labels
    members = teachers(experiment)
    teacher = untrained(experiment, "teacher", members, **on_device)
    taught = {"teacher": Lane("teacher", teacher, slice(None))}
    steps = train(teacher, members, experiment.teacher_training, lesson)
    each = cost.step(experiment, "teacher", experiment.lessons)
    if (yield from _watched(steps, teacher, taught, check, progress, each)):
        return

    # 2. their opinion of every example that students are shown is asked for once; then helpers learn, see `between`
    said = heard_first(explained(seen, [teacher]), experiment.seeds)
    for helpers in rounds(courses):
        cohort, *told = ready(experiment, helpers, lesson, said)
        steps, each = train(cohort, *told), cost.step_of(helpers, experiment, pupils[0].examples)
        if helpers.who == "assistant":
            taught[ASSISTANT] = Lane("assistant", cohort, slice(None))
            lost = yield from _watched(steps, cohort, {ASSISTANT: taught[ASSISTANT]}, check, progress, each)
        else:
            lost = yield from _unseen(steps, helpers, progress, each)
        if lost:
            return
        said = said.also(helpers, cohort)

    # 3. the students of each seed, the same in all but what they are told; but an heir begins as its method says
    lesson, rows = spoken(said, courses)
    seats = [(seed, course) for course in courses for seed in range(experiment.seeds)]
    pupils = [replace(pupil, teacher=rows[course, seed]) for pupil, (seed, course) in zip(pupils, seats, strict=True)]
    student = beginners(experiment, seats, lesson)
    parts = [slice(first, first + experiment.seeds) for first in range(0, len(pupils), experiment.seeds)]
    lanes = {lane: Lane("student", student, part) for lane, part in zip(experiment.students, parts, strict=True)}
    diary = Diary(data.validation_x, data.validation_y, experiment.training.epochs)
    steps = _noted(train(student, pupils, experiment.training, lesson), lanes, diary)
    each = cost.step(experiment, "student", pupils[0].examples)
    if (yield from _watched(steps, student, lanes, check, progress, each)):
        return

    # 4. what came of it; the test examples are looked at here, for the first time
    *kept, finished = results(experiment, data, taught | lanes, diary)
    yield from kept
    yield finished | {"processor_s": round(process_time() - began, 2)}


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
    """How much of a run is done, from 0 to 1, in estimated operations."""

    def __init__(self, total: float):
        self._total, self._done = total, 0.0

    def step(self, operations: float) -> None:
        """A step that costs so much was taken."""
        self._done += operations

    @property
    def share(self) -> float:
        return self._done / self._total


def _noted(steps: Iterator[Step], lanes: dict[str, Lane], diary: Diary) -> Iterator[Step]:
    """The same steps; before the first, and after each epoch that is to be remembered, the diary is written."""
    ask = {name: lane.logits for name, lane in lanes.items()}
    diary.note(ask)
    for step in steps:
        yield step
        if step.terms and step.epoch in diary.epochs:
            diary.note(ask)


def _watched(
    steps: Iterator[Step],
    cohort: Cohort,
    lanes: dict[str, Lane],
    check: _Check,
    progress: _Progress,
    each: float,
) -> Generator[Row, None, bool]:
    """Rows of a cohort's training: a `batch` after each step, which costs `each`; before the first and after each epoch
    an `epoch` for each lane, or `failed` where a loss is no longer a number. Returns whether it failed."""
    yield from (_epoch(lane, 0, check(cohort), group.part, progress) for lane, group in lanes.items())
    for step in steps:
        progress.step(each)
        yield {"event": "batch", "progress": progress.share}
        if step.terms is None:
            continue
        measured = check(cohort) | {"train_loss" if name == "loss" else name: t for name, t in step.terms.items()}
        rows = [_epoch(lane, step.epoch, measured, group.part, progress) for lane, group in lanes.items()]
        yield from rows
        if wrong := [row for row in rows if _diverged(row)]:
            yield {"event": "failed", "reason": "diverged", "lane": wrong[0]["lane"], "epoch": step.epoch} | {
                "seeds": _diverged(wrong[0])
            }
            return True
    return False


def _unseen(steps: Iterator[Step], helpers: Round, progress: _Progress, each: float) -> Generator[Row, None, bool]:
    """The same of helpers that have no lane: of their epochs nothing is told. Where one fails it is told of the lane
    that learns alike, which is the teacher's or the distilled student's."""
    for step in steps:
        progress.step(each)
        yield {"event": "batch", "progress": progress.share}
        if step.terms and not (loss := step.terms["loss"]).isfinite().all():
            lost = (~loss.isfinite()).nonzero().flatten() // len(helpers.helpers)
            lane = "teacher" if helpers.who == "teacher" else "distilled"
            row = {"event": "failed", "reason": "diverged", "lane": lane, "epoch": step.epoch}
            yield row | {"seeds": lost.unique().tolist()}
            return True
    return False


def _epoch(lane: str, epoch: int, measured: dict[str, Tensor], part: slice, progress: _Progress) -> Row:
    """The row of one lane and epoch, with a number for each seed. The terms apart concern the distilled lane only; the
    hard one is None for each seed where it is told no label."""
    row = {"event": "epoch", "lane": lane, "epoch": epoch, "progress": progress.share}
    shown = ("val_accuracy", "val_loss", "train_loss") + (("hard", "soft") if lane == "distilled" else ())
    told = {name: measured[name][part].tolist() if name in measured else None for name in shown}
    return row | told | ({"hard": finite(told["hard"])} if "hard" in told else {})


def _diverged(row: Row) -> list[int]:
    """The seeds whose loss is not a number, or infinite."""
    losses = torch.tensor([row["val_loss"], row["train_loss"]])
    return (~losses.isfinite()).any(0).nonzero().flatten().tolist()


def chosen_device() -> str:
    """The device of the settings, if torch finds it here."""
    name = settings.device()
    if name == "cuda" and not torch.cuda.is_available():
        raise SettingProblem(_("KD_DEVICE is cuda: torch finds no such device on this machine; choose cpu"))
    return name


def origin(device: str) -> Row:
    """What this runs on, in a line, and when: so every run begins to tell of itself."""
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}, {device}"
    return {"machine": machine, "date": datetime.now(UTC).date().isoformat()}


def _started(experiment: Experiment, device: str) -> Row:
    """What is run, where and when."""
    return {
        "event": "started",
        "key": experiment.key,
        "experiment": experiment.model_dump(mode="json"),
        **origin(device),
        "seeds": list(range(experiment.seeds)),
        "epochs": dict.fromkeys(experiment.lanes, experiment.training.epochs)
        | {"teacher": experiment.teacher_training.epochs},
    }
