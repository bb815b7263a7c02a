"""Neural networks as teachers and students: they learn as in an experiment, all of them at once; see `cohort`."""

from collections.abc import Sequence
from functools import partial
from time import process_time

import numpy as np
import torch

from kdcore import lesson, shapes
from kdcore.classical.pupils import Impossible, Learned, Learning
from kdcore.cohort import Lesson, Member, train
from kdcore.experiment import Experiment, Training, Who
from kdcore.measure.size import size_bytes
from kdcore.nets import Cohort
from kdcore.words import _


def learn_teachers(experiment: Experiment, told: Lesson) -> Learning:
    """Train the teacher of each seed; `inner` of each is the cohort of all."""
    return _learn(experiment, "teacher", lesson.teachers(experiment), experiment.teacher_training, told)


def learn_students(experiment: Experiment, told: Lesson) -> Learning:
    """Train for each seed the student that learns from labels alone, and then for each seed the one that is taught."""
    return _learn(experiment, "student", lesson.students(experiment, len(told.y)), experiment.training, told)


def _learn(experiment: Experiment, who: Who, members: Sequence[Member], training: Training, told: Lesson) -> Learning:
    """Train these members. What they took together is shared among them. Raises Impossible where one diverges."""
    began = process_time()
    cohort = lesson.untrained(experiment, who, members)
    steps = training.epochs * -(-members[0].examples // training.batch_size)
    for done, _step in enumerate(train(cohort, members, training, told, wants_terms=False), 1):
        yield done / steps
    if not cohort.matrix.isfinite().all():
        raise Impossible(_("its training diverged: weights are no longer numbers"))
    seconds = (process_time() - began) / len(members)
    count = shapes.parameters(experiment.layers(who))
    return [Learned(partial(_logits, cohort, m), _bytes(cohort, m), count, seconds, cohort) for m in range(len(cohort))]


def _logits(cohort: Cohort, member: int, x: np.ndarray) -> np.ndarray:
    return cohort.part([member]).evaluate(torch.from_numpy(x))[0].numpy()


def _bytes(cohort: Cohort, member: int) -> int:
    return size_bytes({name: weight.numpy() for name, weight in cohort.member(member).state_dict().items()})
