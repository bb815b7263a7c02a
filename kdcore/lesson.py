"""Who learns what: an experiment's settings as lessons and as members of cohorts.

The teachers learn from all labels. An assistant, where there is one, learns from the teacher just as the distilled
student does, by the same method, and the assisted student just so from the assistant. A share of the labels may be
wrong, for all of them. A teacher may learn from other data than its students, and know more classes than they.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from kdcore import teaching
from kdcore.cohort import Lesson, Member
from kdcore.data.altered import MADE, of_classes, taught
from kdcore.data.load import Split
from kdcore.events import CONTROLS
from kdcore.experiment import SOFT_TARGETS, Experiment, Who
from kdcore.nets import Cohort, build


def whole(experiment: Experiment, data: Split, device: str = "cpu", dtype: torch.dtype = torch.float32) -> Lesson:
    """All training examples, with the labels that are told: what the teachers learn from. `data` are the experiment's
    own, in all classes, whatever the teachers' are. Raises DataUnavailable."""
    x, y = taught(experiment, data)
    classes = len(experiment.facts.classes)
    told = mistaken(y, experiment.label_noise, classes, experiment.data.seed)
    return Lesson(x.to(device, dtype), told.to(device), classes)


def mistaken(y: Tensor, share: float, classes: int, seed: int) -> Tensor:
    """The labels (examples,) with this share of them replaced by another class, any as likely as any other.

    A larger share of the same seed holds the mistakes of the smaller one.
    """
    random = torch.Generator().manual_seed(seed)
    is_wrong = torch.randperm(len(y), generator=random) < round(share * len(y))
    another = (y + torch.randint(1, classes, y.shape, generator=random)) % classes
    return torch.where(is_wrong, another, y)


def shown(experiment: Experiment, data: Split, device: str = "cpu", dtype: torch.dtype = torch.float32) -> Lesson:
    """What students are shown of the data: no example of the classes left out, or only those of some classes; and
    after these as many made-up ones, where the distilled student is to learn from such."""
    own = of_classes(data, experiment.classes)
    x, y, classes = torch.from_numpy(own.train_x), torch.from_numpy(own.train_y), len(experiment.class_names)
    told = mistaken(y, experiment.label_noise, classes, experiment.data.seed)
    if experiment.left_out:
        rest = ~torch.isin(told, torch.tensor(experiment.left_out))
        x, told = x[rest], told[rest]
    made = 0
    if experiment.inputs in MADE:
        drawn = MADE[experiment.inputs](x, torch.Generator().manual_seed(experiment.data.seed))
        x, told, made = torch.cat([x, drawn]), torch.cat([told, torch.zeros_like(told)]), len(drawn)
    return Lesson(x.to(device, dtype), told.to(device), classes, made=made)


def explained(lesson: Lesson, teachers: Sequence[Cohort]) -> Lesson:
    """The lesson with what each teacher says of every example; they are asked once. Assistants may be among them."""
    logits = torch.cat([cohort.evaluate(lesson.x) for cohort in teachers])
    return replace(lesson, teacher_logits=logits, teachers=tuple(teachers))


def teachers(experiment: Experiment) -> list[Member]:
    """A teacher for each seed; it sees all labels."""
    rate = experiment.teacher_training.learning_rate
    return [Member(seed, experiment.lessons, rate) for seed in range(experiment.seeds)]


def students(experiment: Experiment, examples: int) -> list[Member]:
    """For each seed the student that learns from labels alone, then for each seed the distilled one, and so on through
    the lanes. `examples` is how many the lesson has that were not made up."""
    seeds = range(experiment.seeds)
    return [student(experiment, lane, seed, examples) for lane in experiment.students for seed in seeds]


def student(experiment: Experiment, lane: str, seed: int, examples: int) -> Member:
    """One student, of a lesson with so many examples, taught by the teacher of its seed, see `between` for others.

    One that hears no teacher (soft_weight 0) repeats its labelled examples where the others see unlabelled ones, so
    that all take equally many steps. One that is to learn without labels has as many other examples instead.
    """
    labels = min(experiment.labels, examples)
    pool = min(experiment.unlabelled, examples - labels)
    told = "soft targets" if lane in CONTROLS else teaching.told(experiment.method)
    soft_weight = 0.0 if lane == "scratch" or told == "labels" else experiment.soft_share
    if soft_weight and experiment.inputs != "own":
        labels, pool = 0, labels + pool
    return Member(
        seed,
        labels,
        experiment.training.learning_rate,
        soft_weight,
        experiment.temperature,
        teacher=seed,
        control=lane if lane in CONTROLS else None,
        unlabelled=pool if soft_weight else 0,
        repeats=0 if soft_weight else pool,
        method=experiment.method if soft_weight and told == "term" else SOFT_TARGETS,
    )


def untrained(
    experiment: Experiment,
    who: Who,
    members: Sequence[Member],
    device: str = "cpu",
    dtype: torch.dtype = torch.float32,
) -> Cohort:
    """The networks of these members before they learn, stacked; those of a seed begin alike."""
    layers, network = experiment.layers(who), experiment.network(who)
    nets = {seed: build(layers, network, seed) for seed in {member.seed for member in members}}
    count = experiment.classes if who == "teacher" else ()  # of what a general teacher says, to a special student
    return Cohort([nets[member.seed] for member in members], device, dtype, count)
