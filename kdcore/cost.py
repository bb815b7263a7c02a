"""What a run will cost, before it is run: in operations, and in seconds, judged by a run that was measured.

    operations of a step = overhead + members * FLOPs of the network * (3 * batch size + validation examples / steps)

Forward and backward are three times forward; after each epoch, which has so many steps, the validation examples are
looked at. An operation of a convolution counts more than once, as it waits for memory. It is a guess all the same.
"""

from kdcore import shapes
from kdcore.experiment import Experiment, Training
from kdcore.grid import Sweep

OVERHEAD_FLOPS = 20_000_000  # a step costs about as much as this many operations before it computes anything
WEIGHT = {"mlp": 1, "cnn": 5}  # how long an operation takes beside one of an MLP


def step(experiment: Experiment, who: str, examples: int, members: int | None = None) -> float:
    """Operations of one training step of all teachers, all students or so many, who see so many examples each."""
    training = _training(experiment, who)
    members = members or experiment.seeds * (1 if who == "teacher" else len(experiment.students))
    looked_at = 3 * training.batch_size + experiment.facts.validation / _steps(training, examples)
    each = WEIGHT[getattr(experiment, who).kind] * shapes.flops(experiment.layers(who))
    return OVERHEAD_FLOPS + members * each * looked_at


def total(experiment: Experiment, labels: int | None = None) -> float:
    """Operations of a whole run, where a student sees `labels` examples; as many as it may unless that is known."""
    seen = {"teacher": experiment.facts.train, "student": labels or experiment.labels}
    trainings = [(who, _training(experiment, who), examples) for who, examples in seen.items()]
    return sum(each.epochs * _steps(each, n) * step(experiment, who, n) for who, each, n in trainings)


def of_sweep(sweep: Sweep) -> float:
    """Operations of a whole map: its teachers', and those of its cohorts of students."""
    experiment, examples = sweep.experiment, sweep.experiment.facts.train
    teachers = experiment.teacher_training.epochs * _steps(experiment.teacher_training, examples)
    found = teachers * step(experiment, "teacher", examples)
    for courses in sweep.cohorts():
        labels, members = courses[0].labels, len(courses) * experiment.seeds
        steps = experiment.training.epochs * _steps(experiment.training, labels)
        found += steps * step(experiment, "student", labels, members)
    return found


def seconds(experiment: Experiment, measured: Experiment, took_s: float) -> float:
    """How long a run may take where another one took so long."""
    return took_s * total(experiment) / total(measured)


def _training(experiment: Experiment, who: str) -> Training:
    return experiment.teacher_training if who == "teacher" else experiment.training


def _steps(training: Training, examples: int) -> int:
    """Steps of an epoch."""
    return -(-examples // training.batch_size)
