"""Many experiments at once: see `plan` for how their students come into few cohorts, and here how those are trained.

    for group in plan(experiments):
        taught = yield from teach(group)               # its teachers
        for part in group.parts:
            yield from learn(group, part, taught)      # a cohort of students, wherever and whenever

Group, part and what was taught can be pickled, so that another process may train a part. Every experiment gets what its
own run would give it: members of a cohort do not know of each other.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from math import ceil

import numpy as np
import torch
from scipy.special import softmax
from torch import Tensor

from kdcore import cost, shapes
from kdcore.between import Said, beginners, heard_first, ready, spoken
from kdcore.cohort import Lesson, train
from kdcore.data.altered import of_classes
from kdcore.data.load import Split, load
from kdcore.events import Row, finite
from kdcore.experiment import SOFT_TARGETS, Data, Experiment
from kdcore.guides import Course, Helper, rounds
from kdcore.inside import Inside
from kdcore.lesson import explained, shown, student, teachers, untrained, whole
from kdcore.losses import hard_labels, hard_loss
from kdcore.measure.calibration import expected_calibration_error
from kdcore.measure.fidelity import agreement, kl
from kdcore.measure.snapshots import moments
from kdcore.nets import Cohort
from kdcore.otherwise import extra_parameters
from kdcore.plan import Group, Part, course, plan
from kdcore.train import chosen_device

__all__ = ["Group", "Part", "Taught", "learn", "plan", "teach"]

UNSURE = 4  # validation examples whose soft labels are kept, those of which a teacher is least sure
AT_ONCE = 2**22  # numbers that are measured at once
DIGITS = 3  # of a probability that is kept
SECONDS_DIGITS = 4
LOOKS = 20  # in how many parts training falls, after each of which a student may stop early, but for the first quarter
IN_A_ROW = 3  # how many looks must show it steady
STEADY = 0.002  # accuracy, a share, within which it counts as the same


@dataclass(frozen=True, eq=False)
class Taught:
    """What students need of their teachers, on the cpu: their weights, (seeds, parameters), as each part asks them
    about its own examples; what they say of test examples, (seeds, examples, classes); and the places of the validation
    examples of which that of seed 0 is least sure.

    `diverged` are the seeds whose teachers came to nothing; there is nothing to learn then.
    """

    unsure: tuple[int, ...] = ()
    test_logits: np.ndarray | None = None
    weights: Tensor | None = None
    diverged: tuple[int, ...] = ()


def teach(group: Group, dtype: torch.dtype = torch.float32) -> Generator[Row, None, Taught]:
    """Train a group's teachers. Yields `batch` rows, with a progress from 0 to 1 of this alone, and at last `teacher`.

    Raises DataUnavailable, and SettingProblem where there is no such device.
    """
    torch.set_num_threads(1)  # so that sums are taken in the same order everywhere
    experiment, seeds = group.experiment, group.experiment.seeds
    data = _loaded(experiment.data)
    lesson, data = whole(experiment, data, chosen_device(), dtype), of_classes(data, experiment.classes)
    members = teachers(experiment)
    cohort = untrained(experiment, "teacher", members, str(lesson.x.device), dtype)
    told = {"event": "teacher", "parameters": shapes.parameters(experiment.layers("teacher"))}
    done, each = 0.0, cost.step(experiment, "teacher", experiment.lessons) / cost.of_teachers(experiment)
    for step in train(cohort, members, experiment.teacher_training, lesson, wants_terms=False):
        done += each
        yield {"event": "batch", "progress": min(1.0, done)}
        if step.terms is not None and (lost := _diverged(cohort).nonzero()[0].tolist()):
            nothing = {"val_accuracy": [None] * seeds, "test_accuracy": [None] * seeds}
            yield told | nothing | {"diverged": lost, "examples": []}
            return Taught(diverged=tuple(lost))
    validation, test = _answers(cohort, data.validation_x), _answers(cohort, data.test_x)
    unsure = np.argsort(softmax(validation[0], axis=-1).max(-1), kind="stable")[:UNSURE].tolist()
    yield told | {
        "val_accuracy": _accuracy(validation, data.validation_y).tolist(),
        "test_accuracy": _accuracy(test, data.test_y).tolist(),
        "diverged": [],
        "examples": [_example(data, i, _belief(validation[0, i])) for i in unsure],
    }
    return Taught(tuple(unsure), test, cohort.matrix.cpu().clone())


def learn(
    group: Group,
    part: Part,
    taught: Taught,
    tested: bool = True,
    early: bool = False,
    inside: bool = False,
    dtype: torch.dtype = torch.float32,
) -> Generator[Row, None, None]:
    """Train a part's students. Yields `batch` rows, with a progress from 0 to 1 of this alone, and `cell` rows, which
    tell their experiment by its place in the list that was planned.

    An experiment is done after its last epoch; or `early`, once all its lanes have come to rest, see `_Rest`.
    Test examples are looked at where `tested`, when it is done; where hidden layers are, `inside`, there is a row of
    that name as well. Raises DataUnavailable and SettingProblem as `teach`.
    """
    if taught.diverged:
        yield from (_without_teachers(part, each, taught) for each in range(len(part.places)))
        return
    torch.set_num_threads(1)  # as in `teach`
    experiment, courses, seeds = part.experiment, part.courses, part.experiment.seeds
    data = of_classes(_loaded(experiment.data), experiment.classes)
    lesson = _heard(group.experiment, experiment.inputs, taught, chosen_device(), dtype)
    said, helped_s = yield from _with_helpers(part, heard_first(lesson, seeds))
    lesson, rows = spoken(said, courses)
    seats = list(product(range(seeds), courses))
    pupils = [student(own.experiment, own.lane, seed, lesson.own) for seed, own in seats]
    members = [replace(pupil, teacher=rows[own, seed]) for pupil, (seed, own) in zip(pupils, seats, strict=True)]
    cohort = beginners(experiment, seats, lesson)
    layers = Inside(data, lesson.teachers[0], cohort, len(courses)) if inside else None
    under_way, rest = dict(enumerate(_lanes(part))), _Rest(experiment.training.epochs, early)  # lanes by experiment
    told_at = {*moments(rest.last), *rest.looks}
    seen = members[0].examples
    total = cost.of_part(part, seen)
    done = cost.of_helpers(part.rounds, experiment, seen) / total
    each = cost.step(experiment, "student", seen, part.networks) / total
    for step in train(cohort, members, experiment.training, lesson, wants_terms=False):
        done += each
        yield {"event": "batch", "progress": min(1.0, done)}
        if step.terms is None or step.epoch not in told_at:
            continue
        logits = _answers(cohort, data.validation_x)
        measured = {"val_accuracy": _accuracy(logits, data.validation_y)}
        at_rest = rest.look(step.epoch, measured["val_accuracy"].reshape(seeds, -1).mean(0))
        ended = {number for number, lanes in under_way.items() if at_rest[list(lanes.values())].all()}
        if ended:
            measured["val_loss"] = _losses(logits, data.validation_y)
            if cohort.matrix.is_cpu:  # elsewhere nobody waits for what is computed
                measured["seconds"] = (step.seconds.numpy() + _before(helped_s, seats)).round(SECONDS_DIGITS)
            measured["soft"] = _belief(logits[:, list(taught.unsure)])
            if tested:  # here test examples are looked at, for the first time
                measured |= _tested(_answers(cohort, data.test_x), taught.test_logits, data.test_y)
        measured["diverged"] = _diverged(cohort)
        told = {"epoch": step.epoch, "progress": 1.0 if len(ended) == len(under_way) else min(1.0, done)}
        yield from _cells(part, under_way, ended, measured, told)
        if layers:
            yield from layers.rows({part.places[number]: under_way[number] for number in sorted(ended)})
        under_way = {number: lanes for number, lanes in under_way.items() if number not in ended}
        if not under_way:
            return
        needed = {k for lanes in under_way.values() for k in lanes.values()}
        step.leave.update(m for m in range(len(members)) if m % len(courses) not in needed)


def _with_helpers(part: Part, said: Said) -> Generator[Row, None, tuple[Said, dict[tuple[Helper, int], float]]]:
    """Train a part's helpers, round after round; returns what is said when they have joined in, and how many processor
    seconds each took, by helper and seed."""
    experiment, x, done = part.experiment, said.lesson.x, 0.0
    seen = min(experiment.labels + experiment.pool, said.lesson.own)
    total = cost.of_part(part, seen)
    lesson, taken_s = said.lesson, {}
    if any(helpers.who == "teacher" for helpers in part.rounds):
        lesson = whole(experiment, _loaded(experiment.data), str(x.device), x.dtype)
    for helpers in part.rounds:
        cohort, *told = ready(experiment, helpers, lesson, said)
        each = cost.step_of(helpers, experiment, seen) / total
        for step in train(cohort, *told, wants_terms=False):
            done, seconds = done + each, step.seconds
            yield {"event": "batch", "progress": min(1.0, done)}
        seats = product(helpers.helpers, range(experiment.seeds))
        taken_s |= zip(seats, seconds.view(experiment.seeds, -1).T.flatten().tolist(), strict=True)
        said = said.also(helpers, cohort)
    return said, taken_s


def _before(helped_s: dict[tuple[Helper, int], float], seats: Sequence[tuple[int, Course]]) -> np.ndarray:
    """How many processor seconds were taken for each student before it, by all who had to be there first, (members,).
    What several need is counted for each of them."""
    needed = {course: [each for own in rounds([course]) for each in own.helpers] for _seed, course in seats}
    return np.array([sum(helped_s[helper, seed] for helper in needed[course]) for seed, course in seats])


@lru_cache(maxsize=1)
def _heard(one: Experiment, inputs: str, taught: Taught, device: str, dtype: torch.dtype) -> Lesson:
    """What students of a group are shown, which differs with their inputs only, and what its teachers say of it. They
    are asked once, not again for each part that is trained here. `one` is the group's experiment."""
    lesson = shown(one.model_copy(update={"inputs": inputs}), _loaded(one.data), device, dtype)
    teacher = untrained(one, "teacher", teachers(one), device, dtype)
    teacher.matrix.copy_(taught.weights)
    return explained(lesson, [teacher])


def _cells(
    part: Part, under_way: dict[int, dict[str, int]], ended: set[int], measured: dict[str, np.ndarray], told: Row
) -> Iterator[Row]:
    """A row for each experiment under way, which are numbers with the courses of their lanes: what was `measured` of
    its students, (members, ...) each, but soft labels of seed 0 only. All of it where it has ended."""
    seeds = part.experiment.seeds
    by_course = {name: values.reshape(seeds, -1, *values.shape[1:]).swapaxes(0, 1) for name, values in measured.items()}
    lost = by_course.pop("diverged")
    values = {name: _plain(own[:, 0] if name == "soft" else own) for name, own in by_course.items()}
    for number, lanes in under_way.items():
        row = {"event": "cell", "cell": part.places[number], **told}
        row["diverged"] = lost[list(lanes.values())].any(0).nonzero()[0].tolist()
        for name in values if number in ended else ("val_accuracy",):
            row[name] = {lane: values[name][k] for lane, k in lanes.items()}
        if number in ended:
            experiment = part.experiments[number]
            stopped = {"stopped": told["epoch"]} if told["epoch"] < experiment.training.epochs else {}
            row |= {"done": True, **_costs(experiment), **stopped}
        yield row


def _plain(values: np.ndarray) -> list:
    """The same as a list, with None for what is no number."""
    return values.tolist() if np.isfinite(values).all() else finite(values.tolist())


class _Rest:
    """Whether students have come to rest: after their last epoch; or early, where at three looks in a row their mean
    accuracy over seeds was the same to 0.2 points, and is no better now than it was before."""

    def __init__(self, last: int, early: bool):
        self.last = last
        self.looks = range(max(1, last // 4), last, max(1, last // LOOKS)) if early else range(0)
        self._seen: list[np.ndarray] = []  # at each look, (courses,)

    def look(self, epoch: int, accuracy: np.ndarray) -> np.ndarray:
        """Which courses have come to rest, (courses,), given the mean accuracy of each at this epoch."""
        if epoch == self.last:
            return np.ones(len(accuracy), dtype=bool)
        if epoch not in self.looks:
            return np.zeros(len(accuracy), dtype=bool)
        self._seen.append(accuracy)
        if len(self._seen) < IN_A_ROW:
            return np.zeros(len(accuracy), dtype=bool)
        seen = np.stack(self._seen)
        is_steady = np.ptp(seen[-IN_A_ROW:], axis=0) <= STEADY
        return is_steady & (seen[:-1].max(0) >= accuracy)


def _loaded(data: Data) -> Split:
    """The same examples are asked for by teachers and by each part of their students, however many of them have
    labels, and nobody writes into them."""
    return _kept(data.model_copy(update={"labels": None}))


@lru_cache(maxsize=1)
def _kept(data: Data) -> Split:
    return load(data)


def _lanes(part: Part) -> list[dict[str, int]]:
    """Of each experiment: which of the courses each of its lanes has."""
    number = {course: k for k, course in enumerate(part.courses)}
    return [{lane: number[course(each, lane)] for lane in each.students} for each in part.experiments]


def _answers(cohort: Cohort, x: np.ndarray) -> np.ndarray:
    """(examples, *shape) -> logits (members, examples, classes)"""
    return cohort.evaluate(torch.from_numpy(x).to(cohort.matrix)).cpu().numpy()


def _accuracy(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The share of these examples that each member answers rightly, (members,)."""
    return (logits.argmax(-1) == labels).mean(-1)


def _losses(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Each member's cross-entropy, (members,)."""
    z = torch.from_numpy(logits)
    return hard_loss(z, hard_labels(torch.from_numpy(labels), z)).numpy()


def _tested(logits: np.ndarray, teacher: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """What is measured of members on test examples, (members,) each, beside the teachers' answers (seeds, examples,
    classes); some courses at a time, as it takes memory."""
    of_seed = logits.reshape(len(teacher), -1, *logits.shape[1:])  # (seeds, courses, examples, classes)
    parts = ceil(logits.size / AT_ONCE)
    found: dict[str, list[np.ndarray]] = {name: [] for name in ("test_accuracy", "agreement", "kl", "ece")}
    for own in np.array_split(of_seed, min(parts, of_seed.shape[1]), axis=1):
        found["test_accuracy"].append(_accuracy(own, labels))
        found["agreement"].append(agreement(teacher[:, None], own))
        found["kl"].append(kl(teacher[:, None], own))
        found["ece"].append(expected_calibration_error(own, labels))
    return {name: np.concatenate(parts, axis=1).ravel() for name, parts in found.items()}


def _costs(experiment: Experiment) -> Row:
    """What a student costs, which does not depend on its seed."""
    layers = experiment.layers("student")
    extra = {} if experiment.method == SOFT_TARGETS else {"extra_parameters": extra_parameters(experiment)}
    return {"parameters": shapes.parameters(layers), "flops": shapes.flops(layers)} | extra


def _without_teachers(part: Part, number: int, taught: Taught) -> Row:
    """The only row of an experiment whose teachers came to nothing."""
    experiment = part.experiments[number]
    nothing = {lane: [None] * experiment.seeds for lane in experiment.students}
    return {
        "event": "cell",
        "cell": part.places[number],
        "epoch": experiment.training.epochs,
        "progress": 1.0,
        "done": True,
        "diverged": list(taught.diverged),
        **dict.fromkeys(("val_accuracy", "test_accuracy", "val_loss", "agreement", "kl", "ece"), nothing),
        "soft": {},
        **_costs(experiment),
    }


def _example(data: Split, index: int, belief: np.ndarray) -> Row:
    """A validation example, and how much a teacher believes in each class."""
    x = data.validation_x[index]
    pixels = x.ravel().astype(np.float64).round(DIGITS).tolist()
    label = int(data.validation_y[index])
    return {"index": index, "label": label, "x": pixels, "shape": list(x.shape), "probabilities": belief.tolist()}


def _belief(logits: np.ndarray) -> np.ndarray:
    """Probabilities at temperature 1, rounded, (..., classes)."""
    with np.errstate(invalid="ignore"):  # of those that diverged
        return softmax(logits.astype(np.float64), axis=-1).round(DIGITS)


def _diverged(cohort: Cohort) -> np.ndarray:
    """Which members have weights that are no numbers, (members,). A loss that is none leaves its member such."""
    if cohort.matrix.sum().isfinite():  # which none of them would have left so
        return np.zeros(len(cohort), dtype=bool)
    return (~cohort.matrix.isfinite().all(1)).cpu().numpy()
