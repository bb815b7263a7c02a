"""The networks of `guides`, trained between teachers and students; and what students hear of them.

    said = heard_first(lesson, seeds)            # what the teachers say of every example
    for round in rounds(courses):
        cohort, *told = ready(experiment, round, whole, said)
        ...                                      # train(cohort, *told)
        said = said.also(round, cohort)
    lesson, rows = spoken(said, courses)         # what students learn from, and which opinion is whose
    cohort = beginners(experiment, seats, lesson)

A run does so for its lanes, and a part of a sweep for all its courses: helpers of one kind learn in one cohort.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import NamedTuple

import torch
from torch import Tensor, nn

from kdcore import teaching
from kdcore.cohort import Lesson, Member
from kdcore.experiment import Experiment, Training, Who
from kdcore.guides import OTHER, Course, Helper, Round, heard, heir
from kdcore.lesson import explained, student
from kdcore.methods.method import TEACHER
from kdcore.nets import Cohort, build
from kdcore.padded import widened

LOOKED_AT = 512  # examples by which a teacher's hidden units are weighed


@dataclass(frozen=True)
class Said:
    """What is said of the students' examples, a row of `lesson.teacher_logits` for each who speaks and each seed."""

    lesson: Lesson
    seeds: int
    rows: dict[tuple[Helper, int], int]

    def also(self, round: Round, cohort: Cohort) -> "Said":
        """With the opinions of a round's helpers, who are asked once, behind the others'."""
        first, seats = len(self.lesson.teacher_logits), product(range(self.seeds), round.helpers)
        own = {(helper, seed): first + n for n, (seed, helper) in enumerate(seats)}
        logits = torch.cat([self.lesson.teacher_logits, explained(self.lesson, [cohort]).teacher_logits])
        lesson = replace(self.lesson, teacher_logits=logits, teachers=(*self.lesson.teachers, cohort))
        return Said(lesson, self.seeds, self.rows | own)


class Ready(NamedTuple):
    """All that `cohort.train` has to be given."""

    cohort: Cohort
    members: list[Member]
    training: Training
    lesson: Lesson


def heard_first(lesson: Lesson, seeds: int) -> Said:
    """What the teacher of each seed says, which the lesson holds."""
    return Said(lesson, seeds, {(Helper(TEACHER, None), seed): seed for seed in range(seeds)})


def ready(experiment: Experiment, round: Round, whole: Lesson, said: Said) -> Ready:
    """A round's helpers before they learn. Teachers do from the whole lesson, others from what students are shown.

    `experiment` is one of those whose students they help; where their widths differ, one in whose student all lie.
    """
    seats = list(product(range(said.seeds), round.helpers))
    if round.who == "teacher":
        lesson, rate = whole, experiment.teacher_training.learning_rate
        members = [Member(_seed(seed, helper), len(whole.y), rate) for seed, helper in seats]
    else:
        lesson = said.lesson
        members = [_pupil(helper, seed, said) for seed, helper in seats]
    nets = {
        (seed, helper): _net(helper.experiment or experiment, experiment, round.who, _seed(seed, helper))
        for seed, helper in seats
    }
    count = experiment.classes if round.who == "teacher" else ()
    cohort = Cohort([nets[seat] for seat in seats], str(lesson.x.device), lesson.x.dtype, count)
    return Ready(cohort, members, round.training(experiment), lesson)


def spoken(said: Said, courses: Iterable[Course]) -> tuple[Lesson, dict[tuple[Course, int], int]]:
    """What students learn from, and the row of opinions that each hears, by course and seed. One that has several
    guides hears what its method makes of theirs: rows that come after those of all who speak."""
    logits, rows = said.lesson.teacher_logits, {}
    mixed: list[Tensor] = []
    for course, seed in product(courses, range(said.seeds)):
        first, *others = [said.rows[helper, seed] for helper in heard(course)]
        if others:
            method, knobs = teaching.read(course.experiment.method)
            mixed.append(method.opinion(logits[[first, *others]], course.experiment.temperature, knobs))
            first = len(logits) + len(mixed) - 1
        rows[course, seed] = first
    if mixed:
        logits = torch.cat([logits, torch.stack(mixed)])
    return replace(said.lesson, teacher_logits=logits), rows


def beginners(experiment: Experiment, seats: Sequence[tuple[int, Course]], lesson: Lesson) -> Cohort:
    """Students, told by seed and course, before they learn: those of a seed and a width begin alike, but for heirs of
    the teacher. They lie in the experiment's student, which is the widest. Heirs need `lesson.teachers`."""
    nets: dict[tuple, nn.Sequential] = {}
    for seed, course in seats:
        if (begun := _begun(seed, course)) not in nets:
            net = _net(course.experiment, experiment, "student", seed, lesson if heir(course) else None)
            nets[begun] = net
    return Cohort([nets[_begun(*seat)] for seat in seats], str(lesson.x.device), lesson.x.dtype)


def _begun(seed: int, course: Course) -> tuple:
    """What students have in common that begin alike."""
    return seed, course.experiment.student.widths, heir(course)


def _net(experiment: Experiment, wide: Experiment, who: Who, seed: int, heir_of: Lesson | None = None) -> nn.Sequential:
    """The network of one experiment; it lies in that of another one, where that has a wider student, see `padded`."""
    own = build(experiment.layers(who), experiment.network(who), seed)
    if heir_of:
        own = _begun_by_teacher(own, experiment, seed, heir_of)
    if experiment.student.widths == wide.student.widths:
        return own
    return widened(own, build(wide.layers(who), wide.network(who), seed))


@torch.no_grad()
def _begun_by_teacher(net: nn.Sequential, experiment: Experiment, seed: int, lesson: Lesson) -> nn.Sequential:
    """A student with the first weights that it has from the teacher of its seed. Of the teacher's answers only the
    student's classes count."""
    method, knobs = teaching.read(experiment.method)
    teacher = lesson.teachers[0]
    said = [layer[0].cpu().float() for layer in teacher.part([seed]).features(lesson.x[None, :LOOKED_AT])]
    net_of_teacher = teacher.member(seed)
    if experiment.classes:
        answers, own = net_of_teacher[-1], list(experiment.classes)
        answers.weight, answers.bias = nn.Parameter(answers.weight[own]), nn.Parameter(answers.bias[own])
    return method.begin(net, net_of_teacher, said, knobs)


def _seed(seed: int, helper: Helper) -> int:
    """The seed of a helper's first weights, and of a teacher's all."""
    return seed + OTHER * helper.guide.other


def _pupil(helper: Helper, seed: int, said: Said) -> Member:
    """An assistant or a generation: it learns as the distilled student does, from who is its teacher."""
    member = student(helper.experiment, "distilled", seed, said.lesson.own)
    return replace(member, teacher=said.rows[helper.taught_by, seed])
