"""A sweep is run: teachers are trained once, and then the students of all cells as few cohorts.

A cell's row tells how its distilled students and those from labels alone do on validation examples, at some epochs on
the way; so a map fills in while it learns, and every cell of it is what the run of that cell's experiment would show.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, replace
from time import process_time

import torch
from torch import Tensor

from kdcore import cost
from kdcore.cohort import Lesson, Member, train
from kdcore.data.download import fetch
from kdcore.data.load import load
from kdcore.events import Row
from kdcore.experiment import Experiment
from kdcore.grid import Course, Sweep, distilled, scratch
from kdcore.measure.snapshots import moments
from kdcore.nets import Cohort, build
from kdcore.train import chosen_device, origin, teachers

Marks = dict[Course, tuple[list[float], list[int]]]  # accuracy of each seed, and the seeds that diverged


def sweep(order: Sweep, dtype: torch.dtype = torch.float32) -> Iterator[Row]:
    """Train the students of every cell; yields the rows described in `events`.

    Raises DataUnavailable, and SettingProblem where there is no such device.
    """
    began, device, experiment = process_time(), chosen_device(), order.experiment
    torch.set_num_threads(1)  # as in `train`
    yield _started(order, device)
    for file in fetch(experiment.data.name):
        yield {"event": "download"} | asdict(file)
    data = load(experiment.data)
    x, validation_x, test_x = (
        torch.from_numpy(x).to(device, dtype) for x in (data.train_x, data.validation_x, data.test_x)
    )
    y, validation_y, test_y = (torch.from_numpy(y).to(device) for y in (data.train_y, data.validation_y, data.test_y))
    lesson = Lesson(x, y, len(experiment.facts.classes))

    # 1. the teachers, as in a run of the experiment; they are asked about every example once
    members, done, total = teachers(experiment), 0.0, cost.of_sweep(order)
    teacher = _cohort(experiment, "teacher", members, device, dtype)
    for step in train(teacher, members, experiment.teacher_training, lesson):
        done += cost.step(experiment, "teacher", experiment.facts.train)
        yield {"event": "batch", "progress": min(1.0, done / total)}
        if step.terms and (lost := _diverged(teacher, step.terms["loss"]).nonzero().flatten().tolist()):
            yield {"event": "failed", "reason": "diverged", "lane": "teacher", "epoch": step.epoch, "seeds": lost}
            return
    yield {
        "event": "teacher",
        "val_accuracy": _right(teacher, validation_x, validation_y).tolist(),
        "test_accuracy": _right(teacher, test_x, test_y).tolist(),
    }
    lesson = replace(lesson, teacher_logits=teacher.evaluate(lesson.x))

    # 2. the students, cohort after cohort; those of a later one may be compared with those of an earlier
    last = experiment.training.epochs
    validated: dict[int, Marks] = defaultdict(dict)  # by epoch
    tested: Marks = {}
    for courses in order.cohorts():
        present = set(courses)
        cells = [cell for cell in order.cells() if distilled(cell[-1]) in present]
        members = [Member(seed, *course, teacher=seed) for course in courses for seed in range(experiment.seeds)]
        student = _cohort(experiment, "student", members, device, dtype)
        for step in train(student, members, experiment.training, lesson):
            done += cost.step(experiment, "student", courses[0].labels, len(members))
            progress = min(1.0, done / total)
            yield {"event": "batch", "progress": progress}
            if not step.terms or step.epoch not in moments(last):
                continue
            lost = _diverged(student, step.terms["loss"])
            validated[step.epoch] |= _by_course(courses, _right(student, validation_x, validation_y), lost)
            # 3. what came of them; the test examples are looked at here, for the first time
            if step.epoch == last:
                tested |= _by_course(courses, _right(student, test_x, test_y), lost)
            for right, up, cell in cells:
                row = {"event": "cell", "x": right, "y": up, "epoch": step.epoch, "progress": progress}
                row |= _compared(cell, validated[step.epoch], "val_accuracy", "scratch")
                if step.epoch == last:
                    row |= {"done": True} | _compared(cell, tested, "test_accuracy", "scratch_test")
                yield row
    yield {"event": "finished", "processor_s": round(process_time() - began, 2)}


def _right(cohort: Cohort, x: Tensor, y: Tensor) -> Tensor:
    """The share of these examples that each member answers rightly, (members,)."""
    return (cohort.evaluate(x).argmax(-1) == y).double().mean(-1)


def _compared(cell: Experiment, marks: Marks, ours: str, baseline: str) -> Row:
    """The accuracies of a cell's distilled students and of those from labels alone, and the seeds that are no good."""
    (own, own_lost), (other, other_lost) = marks[distilled(cell)], marks[scratch(cell)]
    return {ours: own, baseline: other, "diverged": sorted({*own_lost, *other_lost})}


def _by_course(courses: list[Course], accuracy: Tensor, lost: Tensor) -> Marks:
    """What was measured of a cohort's members, apart by course."""
    by_seed = zip(accuracy.view(len(courses), -1), lost.view(len(courses), -1), strict=True)
    found = [(own.tolist(), gone.nonzero().flatten().tolist()) for own, gone in by_seed]
    return dict(zip(courses, found, strict=True))


def _diverged(cohort: Cohort, loss: Tensor) -> Tensor:
    """Which members have a loss or weights that are no numbers, (members,)."""
    return ~(loss.isfinite() & cohort.matrix.isfinite().all(1))


def _cohort(experiment: Experiment, who: str, members: list[Member], device: str, dtype: torch.dtype) -> Cohort:
    """The untrained networks of these members, stacked; those of a seed begin alike."""
    nets = [build(experiment.layers(who), getattr(experiment, who), seed) for seed in range(experiment.seeds)]
    return Cohort([nets[member.seed] for member in members], device, dtype)


def _started(order: Sweep, device: str) -> Row:
    """What is run, where and when."""
    return {
        "event": "started",
        "key": order.key,
        "sweep": order.model_dump(mode="json"),
        **origin(device),
        "seeds": list(range(order.experiment.seeds)),
        "cells": len(order.cells()),
        "students": order.students,
    }
