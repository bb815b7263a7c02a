"""Many experiments at once: see `plan` for how their students come into few cohorts, and here how those are trained.

    for group in plan(experiments):
        taught = yield from teach(group)               # its teachers
        for part in group.parts:
            yield from learn(group, part, taught)      # a cohort of students, wherever and whenever

Group, part and what was taught can be pickled, so that another process may train a part. Every experiment gets what its
own run would give it: members of a cohort do not know of each other.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.special import softmax
from torch import Tensor

from kdcore import cost, shapes
from kdcore.cohort import Lesson, Member, train
from kdcore.data.load import Split, load
from kdcore.events import Row, finite
from kdcore.experiment import Experiment, Who
from kdcore.lesson import explained, student, teachers, untrained, whole
from kdcore.losses import hard_labels, hard_loss
from kdcore.measure.calibration import expected_calibration_error
from kdcore.measure.fidelity import agreement, kl
from kdcore.measure.snapshots import moments
from kdcore.nets import Cohort
from kdcore.plan import Course, Group, Part, course, plan
from kdcore.train import chosen_device

__all__ = ["Group", "Part", "Taught", "learn", "plan", "teach"]

UNSURE = 4  # validation examples whose soft labels are kept, those of which a teacher is least sure
AT_ONCE = 2**22  # numbers that are measured at once
DIGITS = 3  # of a probability that is kept
LOOKS = 20  # in how many parts training falls, after each of which a student may stop early, but for the first quarter
IN_A_ROW = 3  # how many looks must show it steady
STEADY = 0.002  # accuracy, a share, within which it counts as the same


@dataclass(frozen=True, eq=False)
class Taught:
    """What students need of their teachers, on the cpu: what they say of training and test examples, (seeds, examples,
    classes), and the places of the validation examples of which that of seed 0 is least sure.

    `diverged` are the seeds whose teachers came to nothing; there is nothing to learn then, and no logits.
    """

    unsure: tuple[int, ...] = ()
    train_logits: Tensor | None = None
    test_logits: np.ndarray | None = None
    diverged: tuple[int, ...] = ()


def teach(group: Group, dtype: torch.dtype = torch.float32) -> Generator[Row, None, Taught]:
    """Train a group's teachers. Yields `batch` rows, with a progress from 0 to 1 of this alone, and at last `teacher`.

    Raises DataUnavailable, and SettingProblem where there is no such device.
    """
    experiment, seeds = group.experiment, group.experiment.seeds
    data, lesson = _prepared(experiment, dtype)
    members = teachers(experiment)
    cohort = untrained(experiment, "teacher", members, str(lesson.x.device), dtype)
    told = {"event": "teacher", "parameters": shapes.parameters(experiment.layers("teacher"))}
    done, total = 0.0, cost.of_teachers(experiment)
    for step in train(cohort, members, experiment.teacher_training, lesson):
        done += cost.step(experiment, "teacher", experiment.facts.train)
        yield {"event": "batch", "progress": min(1.0, done / total)}
        if step.terms and (lost := _diverged(cohort, step.terms["loss"]).nonzero().flatten().tolist()):
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
    return Taught(tuple(unsure), explained(lesson, [cohort]).teacher_logits.cpu(), test)


def learn(
    group: Group,
    part: Part,
    taught: Taught,
    tested: bool = True,
    early: bool = False,
    dtype: torch.dtype = torch.float32,
) -> Generator[Row, None, None]:
    """Train a part's students. Yields `batch` rows, with a progress from 0 to 1 of this alone, and `cell` rows, which
    tell their experiment by its place in the list that was planned.

    An experiment is done after its last epoch; or `early`, once all its lanes have come to rest, see `_Rest`.
    Test examples are looked at where `tested`, when it is done. Raises DataUnavailable and SettingProblem as `teach`.
    """
    if taught.diverged:
        yield from (_without_teachers(part, each, taught) for each in range(len(part.places)))
        return
    experiment, courses, seeds = part.experiment, part.courses, part.experiment.seeds
    data, lesson = _prepared(experiment, dtype)
    device = str(lesson.x.device)
    lesson = replace(lesson, teacher_logits=taught.train_logits.to(device))
    done, total = 0.0, cost.of_part(part)

    def stepped(who: Who, members: Sequence[Member]) -> Row:
        nonlocal done
        done += cost.step(experiment, who, members[0].examples, len(members))
        return {"event": "batch", "progress": min(1.0, done / total)}

    # 1. assistants learn from the teachers; their opinions stand behind those of the teachers
    if part.assistants:
        members = [student(each, "distilled", seed, len(lesson.y)) for seed in range(seeds) for each in part.assistants]
        assistant = untrained(experiment, "assistant", members, device, dtype)
        for _step in train(assistant, members, experiment.training, lesson):
            yield stepped("assistant", members)
        opinions = torch.cat([lesson.teacher_logits, explained(lesson, [assistant]).teacher_logits])
        lesson = replace(lesson, teacher_logits=opinions)

    # 2. the students; each experiment that is under way, by its number, with the courses of its lanes
    members = [_member(part, course, seed, len(lesson.y)) for seed in range(seeds) for course in courses]
    cohort = untrained(experiment, "student", members, device, dtype)
    under_way, rest = dict(enumerate(_lanes(part))), _Rest(experiment.training.epochs, early)
    told_at = {*moments(rest.last), *rest.looks}
    for step in train(cohort, members, experiment.training, lesson):
        batch = stepped("student", members)
        yield batch
        if not step.terms or step.epoch not in told_at:
            continue
        logits = _answers(cohort, data.validation_x)
        measured = {"val_accuracy": _accuracy(logits, data.validation_y)}
        at_rest = rest.look(step.epoch, measured["val_accuracy"].reshape(seeds, -1).mean(0))
        ended = {each for each, lanes in under_way.items() if at_rest[list(lanes.values())].all()}
        final: Row = {}
        # 3. what came of those that are done; test examples are looked at here, for the first time
        if ended:
            measured["val_loss"] = _losses(logits, data.validation_y)
            measured["soft"] = _belief(logits[:, list(taught.unsure)])
            if tested:
                measured |= _tested(_answers(cohort, data.test_x), taught.test_logits, data.test_y, len(courses))
            final = {"done": True, **_costs(experiment), **({"stopped": step.epoch} if step.epoch < rest.last else {})}
        measured["diverged"] = _diverged(cohort, step.terms["loss"]).cpu().numpy()
        progress = 1.0 if len(ended) == len(under_way) else batch["progress"]
        by_seed = {name: values.reshape(seeds, len(courses), *values.shape[1:]) for name, values in measured.items()}
        for each, lanes in under_way.items():
            row = {"event": "cell", "cell": part.places[each], "epoch": step.epoch, "progress": progress}
            yield finite(
                row | (_told(by_seed, lanes) | final if each in ended else _told(by_seed, lanes, "val_accuracy"))
            )
        # 4. students leave that are needed no more
        under_way = {each: lanes for each, lanes in under_way.items() if each not in ended}
        if not under_way:
            return
        needed = {k for lanes in under_way.values() for k in lanes.values()}
        step.leave.update(m for m in range(len(members)) if m % len(courses) not in needed)


def _told(by_seed: dict[str, np.ndarray], lanes: dict[str, int], *only: str) -> Row:
    """What was measured, (seeds, courses, ...) each, as an experiment's row tells it of its lanes: a number for each
    seed, but the soft labels of seed 0 only; and which seeds are no good."""
    row: Row = {"diverged": by_seed["diverged"][:, list(lanes.values())].any(1).nonzero()[0].tolist()}
    for name in only or [name for name in by_seed if name != "diverged"]:
        values = by_seed[name][0] if name == "soft" else by_seed[name].swapaxes(0, 1)
        row[name] = {lane: values[k].tolist() for lane, k in lanes.items()}
    return row


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


def _prepared(experiment: Experiment, dtype: torch.dtype) -> tuple[Split, Lesson]:
    """The data, and the lesson of the teachers. One thread: sums are then taken in the same order everywhere."""
    torch.set_num_threads(1)
    data = load(experiment.data)
    return data, whole(experiment, data, chosen_device(), dtype)


def _member(part: Part, course: Course, seed: int, examples: int) -> Member:
    """A course's student of one seed; the assisted one is taught by its assistant of that seed."""
    member = student(course.experiment, course.lane, seed, examples)
    if course.lane != "assisted":
        return member
    place = seed * len(part.assistants) + part.assistants.index(course.experiment)
    return replace(member, teacher=part.experiment.seeds + place)


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


def _tested(logits: np.ndarray, teacher: np.ndarray, labels: np.ndarray, courses: int) -> dict[str, np.ndarray]:
    """What is measured of members on test examples, (members,) each; a few at a time, as it takes memory."""
    at_once = max(1, AT_ONCE // logits[0].size)
    found: dict[str, list[np.ndarray]] = {name: [] for name in ("test_accuracy", "agreement", "kl", "ece")}
    for members in np.array_split(np.arange(len(logits)), -(-len(logits) // at_once)):
        own, opinions = logits[members], teacher[members // courses]
        found["test_accuracy"].append(_accuracy(own, labels))
        found["agreement"].append(agreement(opinions, own))
        found["kl"].append(kl(opinions, own))
        found["ece"].append(expected_calibration_error(own, labels))
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _costs(experiment: Experiment) -> Row:
    """What a student costs, which does not depend on its seed."""
    layers = experiment.layers("student")
    return {"parameters": shapes.parameters(layers), "flops": shapes.flops(layers)}


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


def _diverged(cohort: Cohort, loss: Tensor) -> Tensor:
    """Which members have a loss or weights that are no numbers, (members,)."""
    return ~(loss.isfinite() & cohort.matrix.isfinite().all(1))
