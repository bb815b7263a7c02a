"""Where families learn: the teachers first, then students of any family, with and without what the teachers say."""

from collections.abc import Callable, Generator
from dataclasses import replace

import numpy as np
import torch

from kdcore import families
from kdcore.classical import machines, nets, soft, trees
from kdcore.classical.pupils import Learned, Learning, alone, taught
from kdcore.cohort import Lesson
from kdcore.data.load import Split
from kdcore.families import Boosting, Family, Forest, KernelSVM, LinearSVM, Net, SoftTree, Tree
from kdcore.softness import soften
from kdcore.transfer import Role, Transfer

Arms = dict[str, list[Learned]]  # what learned from "labels", and the "distilled" students: one for each seed

LEARN: dict[type[Family], Callable[..., Learning]] = {
    SoftTree: soft.learn,
    Tree: trees.learn,
    Forest: trees.learn,
    Boosting: trees.learn,
    LinearSVM: machines.learn,
    KernelSVM: machines.learn,
}


class School:
    """The data of an order, its teachers, and what these say of every training example."""

    def __init__(self, order: Transfer, data: Split):
        self._order, self._x, self._y = order, data.train_x, data.train_y
        self._lesson = Lesson(torch.from_numpy(self._x), torch.from_numpy(self._y), len(order.facts.classes))

    def learn(self, text: str, role: Role) -> Generator[float, None, Arms]:
        """Train a family's teachers, who are heard from then on, or its students; tells which share is done. Raises
        Impossible."""
        family, seeds = families.read(text), self._order.seeds
        if role == "teacher":
            teachers = yield from self._teachers(family)
            self._hear(teachers)
            return {"labels": teachers}
        students = yield from self._students(family)
        return {"labels": students[:seeds], "distilled": students[seeds:]}

    def _teachers(self, family: Family) -> Learning:
        if isinstance(family, Net):
            return nets.learn_teachers(self._order.experiment, self._lesson)
        pupils = alone(self._y, self._lesson.classes, len(self._y), self._order.seeds)
        return LEARN[type(family)](family, self._x, pupils)

    def _students(self, family: Family) -> Learning:
        order = self._order
        if isinstance(family, Net):
            return nets.learn_students(order.with_net(family), self._lesson)
        soft_labels = soften(self._lesson.teacher_logits.numpy(), order.temperature)
        pupils = alone(self._y, self._lesson.classes, order.labels, order.seeds)
        pupils += taught(self._y, soft_labels, order.labels, order.experiment.pool, order.soft_weight)
        return LEARN[type(family)](family, self._x, pupils)

    def _hear(self, teachers: list[Learned]) -> None:
        """Ask them, once, of every training example; networks are kept for methods that look inside."""
        logits = np.stack([teacher.answer(self._x) for teacher in teachers]).astype(np.float32)
        nets_themselves = (teachers[0].inner,) if isinstance(families.read(self._order.teacher), Net) else ()
        self._lesson = replace(self._lesson, teacher_logits=torch.from_numpy(logits), teachers=nets_themselves)
