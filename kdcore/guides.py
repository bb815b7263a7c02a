"""Networks between teacher and student: which are to be trained before the students, and in which order.

    teacher -> assistant -> student                      the lane "assisted"
    teacher -> generation 1 -> generation 2 -> student   the lane "distilled" of the method born_again:generations=3
    teacher, two more teachers -> student                that of several:teachers=3

Each student has guides, see `methods.method`. Those that are not there yet are helpers. Students who ask for the same
helper share it; helpers that wait for nobody but those before them are a round, and learn as one cohort.
"""

from collections.abc import Iterable
from math import ceil
from typing import NamedTuple

from kdcore import shapes, teaching
from kdcore.events import CONTROLS
from kdcore.experiment import SOFT_TARGETS, Experiment, Training, Who
from kdcore.methods.method import TEACHER, Guide

ASSISTANT = Guide("assistant", taught_by=TEACHER)
OTHER = 1000  # so many seeds on, more than an experiment has, are the seeds of other first weights


class Course(NamedTuple):
    """How a student is trained, beside its seed: a lane of an experiment, without what does not concern it."""

    lane: str
    experiment: Experiment


class Helper(NamedTuple):
    """A guide, and the experiment whose settings it is trained with; a teacher's are those of all students it has."""

    guide: Guide
    experiment: Experiment | None

    @property
    def taught_by(self) -> "Helper | None":
        return self.guide.taught_by and _helper(self.guide.taught_by, self.experiment)

    @property
    def wait(self) -> int:
        """How many rounds come before its own."""
        before = self.guide.taught_by
        return 0 if before in (None, TEACHER) else 1 + self.taught_by.wait


class Round(NamedTuple):
    """Helpers that learn in one cohort; the order of members is all helpers of seed 0, then all of seed 1, ..."""

    who: Who
    share: float
    helpers: tuple[Helper, ...]

    def training(self, experiment: Experiment) -> Training:
        """How they are trained. `experiment` is any of those whose students they help."""
        own = experiment.teacher_training if self.who == "teacher" else experiment.training
        return own.model_copy(update={"epochs": max(1, round(self.share * own.epochs))})

    def examples(self, experiment: Experiment, seen: int) -> int:
        """How many they learn from, where a student sees so many."""
        return experiment.lessons if self.who == "teacher" else seen

    def members(self, experiment: Experiment) -> int:
        return len(self.helpers) * experiment.seeds

    def networks(self, experiment: Experiment) -> int:
        """How many learn in a step: they, and peers of those that have one."""
        return experiment.seeds * sum(_with_peer(each.experiment) for each in self.helpers)

    def steps(self, experiment: Experiment, seen: int) -> int:
        """How many steps they take."""
        training = self.training(experiment)
        return training.epochs * ceil(self.examples(experiment, seen) / training.batch_size)


def heard(course: Course) -> tuple[Helper, ...]:
    """Whom the student listens to; one that hears labels alone has the teacher of its seed for name's sake."""
    return tuple(_helper(guide, course.experiment) for guide in _guides(course))


def rounds(courses: Iterable[Course]) -> list[Round]:
    """All helpers of these students, each once, in the order in which they can be trained."""
    found: dict[Helper, None] = {}
    for course in courses:
        for helper in heard(course):
            line = [helper]
            while line[-1].taught_by:
                line.append(line[-1].taught_by)
            found |= dict.fromkeys(line)
    alike: dict[tuple[int, Who, float], list[Helper]] = {}
    for helper in found:
        if helper.guide != TEACHER:
            alike.setdefault((helper.wait, helper.guide.who, helper.guide.share), []).append(helper)
    return [Round(who, share, tuple(alike[wait, who, share])) for wait, who, share in sorted(alike)]


def networks(course: Course) -> int:
    """How many learn in a step for one student: it, and a peer where its method has one."""
    return 1 if course.lane == "scratch" or course.lane in CONTROLS else _with_peer(course.experiment)


def parameters(experiment: Experiment) -> int:
    """How many weights and biases of helpers are learned for one distilled student, and thrown away."""
    own = rounds([Course("distilled", experiment)])
    return sum(len(each.helpers) * shapes.parameters(experiment.layers(each.who)) for each in own)


def heir(course: Course) -> str | None:
    """The method by which the student begins with weights of the teacher's, where there is one."""
    if course.lane != "distilled" or not course.experiment.soft_share:
        return None
    return course.experiment.method if teaching.read(course.experiment.method).method.is_heir else None


def _guides(course: Course) -> tuple[Guide, ...]:
    if course.lane == "assisted":
        return (ASSISTANT,)
    if course.lane != "distilled" or not course.experiment.soft_share:
        return (TEACHER,)
    method, knobs = teaching.read(course.experiment.method)
    return method.guides(knobs)


def _with_peer(experiment: Experiment | None) -> int:
    """One that this experiment's method teaches, where there is one, and its peer."""
    is_taught = experiment is not None and experiment.soft_share > 0
    return 1 + (is_taught and teaching.read(experiment.method).method.has_peer)


def _helper(guide: Guide, experiment: Experiment | None) -> Helper:
    """A guide with the settings that decide what becomes of it, so that equal ones are one."""
    if guide.who == "teacher" or experiment is None:
        return Helper(guide, None)
    if guide.who == "student" and experiment.method != SOFT_TARGETS:
        return Helper(guide, experiment.model_copy(update={"method": SOFT_TARGETS}))
    return Helper(guide, experiment)
