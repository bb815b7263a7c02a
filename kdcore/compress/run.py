"""A compression is run: teachers are trained, and every variant is made from its parent, many networks at once.

Stages ask for training (see `stages`). Whatever asks at the same time for networks of one shape and equally many
epochs learns as one cohort, each member in its own form: pruned, rounded or shared.
"""

from collections import defaultdict
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from time import perf_counter

import numpy as np
import torch

from kdcore import shapes
from kdcore.cohort import Member, train
from kdcore.compress.answers import calibrated, module
from kdcore.compress.hold import Form, Hold
from kdcore.compress.measured import Bench
from kdcore.compress.stages import Net, Stage, Task, work
from kdcore.compression import Compression, Distil, Pipeline, Prune, Quantize, name
from kdcore.data.altered import fetched
from kdcore.data.load import Split, load
from kdcore.events import Row
from kdcore.experiment import Experiment, Network, Training, Value
from kdcore.lesson import whole
from kdcore.nets import Cohort, build
from kdcore.train import origin

OTHER = 1000  # added to a seed: random weights that nothing else begins with


@dataclass
class Variant:
    """A variant under way: the stage's work for each seed, what it waits for, and the networks that are done."""

    pipeline: Pipeline
    works: list[Stage]
    tasks: dict[int, Task] = field(default_factory=dict)  # by seed
    nets: dict[int, Net] = field(default_factory=dict)
    seconds: float = 0.0
    impossible: str = ""  # why it cannot be made of these networks

    def go_on(self, seed: int, trained: dict[str, np.ndarray] | None) -> None:
        """Take the trained weights (None to begin) up to the next task, or to the end."""
        self.tasks.pop(seed, None)
        try:
            self.tasks[seed] = self.works[seed].send(trained)
        except StopIteration as end:
            self.nets[seed] = end.value
        except ValueError as error:
            self.impossible = str(error)
            self.tasks.clear()


def compress(order: Compression) -> Iterator[Row]:
    """Train the experiment's teachers and make every variant of them; yields the rows described in `events`.

    The same order gives the same networks wherever it runs, up to the last digits of arithmetic. Raises
    DataUnavailable.
    """
    torch.set_num_threads(1)  # as in `train`
    experiment, seeds = order.experiment, range(order.seeds)
    yield _started(order)
    for progress in fetched(experiment):
        yield {"event": "download"} | vars(progress)
    data = load(experiment.data)
    school = School(experiment, data, order)

    # 1. the teachers learn, exactly as in a run of the experiment
    began = perf_counter()
    blank = [_untrained(experiment, experiment.teacher, seed) for seed in seeds]
    task = Task(blank[0], experiment.teacher_training.epochs, Form(), taught=False)
    trained = yield from school.teach([(seed, replace(task, net=net)) for seed, net in zip(seeds, blank, strict=True)])
    teachers = [replace(net, weights=weights) for net, weights in zip(blank, trained, strict=True)]
    school.ask(teachers)
    bench = Bench(data, experiment, teachers)
    yield bench.examples()
    yield from bench.rows((), teachers, perf_counter() - began, {"epochs": task.epochs}, school.progress)

    # 2. every variant as soon as its parent is there; those that need training wait for company
    made: dict[Pipeline, list[Net]] = {(): teachers}
    to_come = [pipeline for pipeline in order.variants() if pipeline]
    under_way: list[Variant] = []
    while to_come or under_way:
        for pipeline in [each for each in to_come if each[:-1] in made]:
            to_come.remove(pipeline)
            under_way.append(_begun(pipeline, made[pipeline[:-1]], blank, experiment))
        for variant in [each for each in under_way if each.impossible]:
            under_way.remove(variant)
            to_come = [each for each in to_come if each[: len(variant.pipeline)] != variant.pipeline]
            yield {"event": "impossible", "name": name(variant.pipeline), "detail": variant.impossible}
        for variant in [each for each in under_way if len(each.nets) == len(seeds)]:
            under_way.remove(variant)
            nets = _finished(variant, data)
            made[variant.pipeline] = nets
            epochs = _epochs(variant.pipeline, experiment)
            trained_with = {"epochs": epochs} if epochs else None
            yield from bench.rows(variant.pipeline, nets, variant.seconds, trained_with, school.progress)
            school.measured()
        if waiting := _company(under_way):
            began = perf_counter()
            trained = yield from school.teach([(seed, variant.tasks[seed]) for variant, seed in waiting])
            share = (perf_counter() - began) / len(waiting)
            for (variant, seed), weights in zip(waiting, trained, strict=True):
                variant.seconds += share
                if not variant.impossible:
                    variant.go_on(seed, weights)
    yield {"event": "finished"}


def _company(under_way: list[Variant]) -> list[tuple[Variant, int]]:
    """Who trains next: all that want to learn equally long in networks of one shape; the shortest first."""
    groups = defaultdict(list)
    for variant in under_way:
        for seed, task in variant.tasks.items():
            groups[task.epochs, task.as_student, task.net.layers].append((variant, seed))
    return groups[min(groups, key=lambda group: group[:2])] if groups else []


def _begun(pipeline: Pipeline, parents: list[Net], blank: list[Net], experiment: Experiment) -> Variant:
    stage = pipeline[-1]
    works = [
        work(stage, net, start, _fresh(stage, experiment, seed), seed)
        for seed, (net, start) in enumerate(zip(parents, blank, strict=True))
    ]
    variant = Variant(pipeline, works)
    for seed in range(len(parents)):
        if not variant.impossible:
            variant.go_on(seed, None)
    return variant


def _fresh(stage: Value, experiment: Experiment, seed: int) -> Net | None:
    """Another untrained network, where a stage needs one."""
    if isinstance(stage, Distil):
        return _untrained(experiment, experiment.teacher.model_copy(update={"widths": stage.widths}), seed)
    if isinstance(stage, Prune) and stage.rewind == "fresh":
        return _untrained(experiment, experiment.teacher, OTHER + seed)
    return None


def _finished(variant: Variant, data: Split) -> list[Net]:
    nets = [variant.nets[seed] for seed in sorted(variant.nets)]
    stage = variant.pipeline[-1]
    is_coarse = isinstance(stage, Quantize) and stage.activations
    return [calibrated(net, data.validation_x) for net in nets] if is_coarse else nets


class School:
    """Trains whoever asks, as one cohort; knows the data, the teachers' opinion, and how much is done."""

    def __init__(self, experiment: Experiment, data: Split, order: Compression):
        self._experiment = experiment
        self._lesson = whole(experiment, data)
        self._all = sum(_epochs(pipeline, experiment) + 1 for pipeline in order.variants())
        self._seeds, self._done = order.seeds, 0.0

    @property
    def progress(self) -> float:
        return min(1.0, self._done / self._all)

    def measured(self) -> None:
        """A variant was measured, which counts like an epoch."""
        self._done += 1

    def ask(self, teachers: list[Net]) -> None:
        """What the teachers say of every example, once."""
        answers = Cohort([module(net) for net in teachers]).evaluate(self._lesson.x)
        self._lesson = replace(self._lesson, teacher_logits=answers)

    def opinion(self, seed: int) -> torch.Tensor:
        """The logits of this seed's teacher, (examples, classes)."""
        return self._lesson.teacher_logits[seed]

    def teach(self, tasks: list[tuple[int, Task]]) -> Generator[Row, None, list[dict[str, np.ndarray]]]:
        """Train all at once, each with its seed; they are of one shape and learn equally long."""
        like = tasks[0][1]
        training = self._training(like)
        members = [self._member(seed, task, training.learning_rate) for seed, task in tasks]
        cohort = Cohort([module(task.net).train() for _seed, task in tasks])
        hold = Hold(cohort, [task.form for _seed, task in tasks], like.net.values)
        per_epoch = -(-len(self._lesson.x) // training.batch_size)
        for _step in train(cohort, members, training, self._lesson, hold, wants_terms=False):
            self._done += len(tasks) / self._seeds / per_epoch
            yield {"event": "batch", "progress": self.progress}
        return [hold.weights(m) for m in range(len(tasks))]

    def _training(self, task: Task) -> Training:
        basis = self._experiment.training if task.as_student else self._experiment.teacher_training
        return basis.model_copy(update={"epochs": task.epochs})

    def _member(self, seed: int, task: Task, rate: float) -> Member:
        weight = self._experiment.soft_weight if task.taught else 0.0
        return Member(seed, len(self._lesson.x), rate, weight, self._experiment.temperature, teacher=seed)


def _epochs(pipeline: Pipeline, experiment: Experiment) -> int:
    """How long a variant's last stage learns, summed over rounds; without a stage it is the teacher."""
    if not pipeline:
        return experiment.teacher_training.epochs
    return getattr(pipeline[-1], "epochs", 0) * getattr(pipeline[-1], "rounds", 1)


def _untrained(experiment: Experiment, network: Network, seed: int) -> Net:
    """A network as it is before training."""
    layers = tuple(shapes.layers(network, experiment.facts.shape, len(experiment.facts.classes)))
    weights = build(layers, network, seed).state_dict()
    return Net(layers, network, {name: weight.numpy() for name, weight in weights.items()})


def _started(order: Compression) -> Row:
    return {
        "event": "started",
        "key": order.key,
        "compression": order.model_dump(mode="json"),
        **origin("cpu"),
        "seeds": list(range(order.seeds)),
        "classes": list(order.experiment.facts.classes),
        "variants": [name(pipeline) for pipeline in order.variants()],
    }
