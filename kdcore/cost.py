"""What a run will cost, before it is run: in operations, and in seconds, judged by a run that was measured.

    operations of a step = overhead + members * FLOPs of the network * (3 * batch size + validation examples / steps)

Forward and backward are three times forward; after each epoch, which has so many steps, the validation examples are
looked at. An operation of a convolution counts more than once, as it waits for memory. It is a guess all the same.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kdcore import shapes
from kdcore.experiment import Experiment, Training, Who
from kdcore.guides import Course, Round, networks, rounds

if TYPE_CHECKING:
    from kdcore.grid import Sweep
    from kdcore.plan import Part

OVERHEAD_FLOPS = 20_000_000  # a step costs about as much as this many operations before it computes anything
WEIGHT = {"mlp": 1, "cnn": 5}  # how long an operation takes beside one of an MLP


def step(experiment: Experiment, who: Who, examples: int, members: int | None = None) -> float:
    """Operations of one training step of all teachers, or of all students and their peers, or of so many networks of
    this kind, who see so many examples each."""
    training = _training(experiment, who)
    members = members or experiment.seeds * (sum(map(networks, _courses(experiment))) if who == "student" else 1)
    looked_at = 3 * training.batch_size + experiment.facts.validation / _steps(training, examples)
    each = WEIGHT[experiment.network(who).kind] * shapes.flops(experiment.layers(who))
    return OVERHEAD_FLOPS + members * each * looked_at


def total(experiment: Experiment, examples: int | None = None) -> float:
    """Operations of a whole run, where a student sees so many examples; as many as it may unless that is known."""
    seen = examples or experiment.labels + experiment.pool
    own = rounds(_courses(experiment))
    return of_teachers(experiment) + of_helpers(own, experiment, seen) + _all_steps(experiment, "student", seen)


def of_sweep(sweep: "Sweep") -> float:
    """Operations of a whole map: those of all its groups' teachers, and of their parts."""
    return sum(of_teachers(group.experiment) + sum(of_part(part) for part in group.parts) for group in sweep.groups())


def of_teachers(experiment: Experiment) -> float:
    """Operations of the training of an experiment's teachers."""
    return _all_steps(experiment, "teacher", experiment.lessons)


def of_part(part: "Part", examples: int | None = None) -> float:
    """Operations of the training of students that are one cohort, and before it of their helpers, where each sees so
    many examples; as many as it may unless that is known."""
    experiment, seen = part.experiment, examples or part.experiment.labels + part.experiment.pool
    return of_helpers(part.rounds, experiment, seen) + _all_steps(experiment, "student", seen, part.networks)


def of_helpers(own: Iterable[Round], experiment: Experiment, seen: int) -> float:
    """Operations of the training of rounds of helpers, of students who see so many examples."""
    return sum(each.steps(experiment, seen) * step_of(each, experiment, seen) for each in own)


def step_of(helpers: Round, experiment: Experiment, seen: int) -> float:
    """Operations of one training step of a round of them."""
    return step(experiment, helpers.who, helpers.examples(experiment, seen), helpers.networks(experiment))


def seconds(experiment: Experiment, measured: Experiment, took_s: float) -> float:
    """How long a run may take where another one took so long."""
    return took_s * total(experiment) / total(measured)


def _all_steps(experiment: Experiment, who: Who, examples: int, members: int | None = None) -> float:
    """Operations of a whole training."""
    training = _training(experiment, who)
    return training.epochs * _steps(training, examples) * step(experiment, who, examples, members)


def _courses(experiment: Experiment) -> list[Course]:
    return [Course(lane, experiment) for lane in experiment.students]


def _training(experiment: Experiment, who: Who) -> Training:
    return experiment.teacher_training if who == "teacher" else experiment.training


def _steps(training: Training, examples: int) -> int:
    """Steps of an epoch."""
    return -(-examples // training.batch_size)
