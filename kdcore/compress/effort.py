"""What a plane will cost, before it is made: the teachers' training, learning on, and what measuring takes.

Counted as in `cost`: in steps, each of which costs something before it computes anything, and in operations. Variants
that learn on in one cohort share their steps. It is a guess: some layers are only known when their weights are.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from kdcore import cost, shapes
from kdcore.compress.low_rank import pair, rank_of
from kdcore.compression import Compression, Distil, LowRank, Pipeline, Prune, Quantize, Value
from kdcore.experiment import Experiment
from kdcore.measure.latency import BATCHES, CALLS, REPEATS, WARM_UP
from kdcore.shapes import Layer

Layers = tuple[Layer, ...]

STEPS = 2  # empty steps: what one costs here, where networks have a few layers and are held in a form
ROUNDING = 1.7  # how long a step takes that rounds all weights, beside one that does not
MEASURING_STEPS = 200  # empty steps: what it takes to measure a network that computes nothing
ASKED = REPEATS * (CALLS + WARM_UP) * sum(BATCHES)  # examples, for the latency of one network
ASKING = 0.45  # how long an operation takes in ONNX Runtime, beside one of training
PER_PARAMETER = 55_000  # operations: its bytes are written, zipped and read back in ways of all kinds


class Effort(NamedTuple):
    """Steps, and operations without those that stand for a step's own costs."""

    steps: float
    operations: float

    @property
    def total(self) -> float:
        """All in operations."""
        return self.steps * cost.OVERHEAD_FLOPS + self.operations


def effort(order: Compression) -> Effort:
    """Of the whole plane."""
    experiment = order.experiment
    variants, weight = order.variants(), cost.WEIGHT[experiment.teacher.kind]
    learned = [lesson for pipeline in variants for lesson in _lessons(pipeline, experiment)]
    steps = {lesson.company: lesson.steps for lesson in learned}
    learning = sum(order.seeds * weight * lesson.operations for lesson in learned)
    measuring = sum(_measuring(_layers(pipeline, experiment), weight) for pipeline in variants)
    return Effort(STEPS * sum(steps.values()) + MEASURING_STEPS * len(variants), learning + measuring)


@dataclass(frozen=True)
class _Lesson:
    """A training that a stage asks for; who is of one company learns together."""

    company: tuple
    steps: int
    operations: float  # of one network


def _lessons(pipeline: Pipeline, experiment: Experiment) -> Iterator[_Lesson]:
    """What the last stage of a pipeline asks for; without a stage it is the teacher."""
    stage = pipeline[-1] if pipeline else None
    is_student = isinstance(stage, Distil)
    training = experiment.training if is_student else experiment.teacher_training
    epochs = getattr(stage, "epochs", 0) if stage else training.epochs
    layers = _layers(pipeline, experiment)
    steps = epochs * -(-experiment.facts.train // training.batch_size)
    slower = ROUNDING if isinstance(stage, Quantize) else 1
    for count in range(getattr(stage, "rounds", 1) if epochs else 0):
        operations = slower * 3 * shapes.flops(layers) * training.batch_size * steps
        yield _Lesson((epochs, is_student, layers, count, not pipeline), steps, operations)


def _measuring(layers: Layers, weight: float) -> float:
    """Operations of measuring a network of these layers."""
    return ASKED * ASKING * weight * shapes.flops(layers) + PER_PARAMETER * shapes.parameters(layers)


def _layers(pipeline: Pipeline, experiment: Experiment) -> Layers:
    """The layers of a variant, as far as they can be told without its weights."""
    layers = tuple(experiment.layers("teacher"))
    for stage in pipeline:
        layers = _after(stage, layers, experiment)
    return layers


def _after(stage: Value, layers: Layers, experiment: Experiment) -> Layers:
    if isinstance(stage, Distil):
        student = experiment.teacher.model_copy(update={"widths": stage.widths})
        return tuple(shapes.layers(student, experiment.facts.shape, layers[-1].outputs))
    if isinstance(stage, Prune) and stage.scope == "units":
        return _narrow(layers, 1 - stage.sparsity)
    if isinstance(stage, LowRank) and stage.by == "budget":
        return tuple(part for layer in layers for part in _thin(layer, stage.keep))
    return layers


def _narrow(layers: Layers, stay: float) -> Layers:
    """Hidden layers with so large a share of their units, and what follows them with as many inputs less."""
    found, share = [], 1.0
    for layer in layers:
        outputs = max(round(layer.outputs * stay), 1) if layer.hidden else layer.outputs
        found.append(replace(layer, inputs=round(layer.inputs * share), outputs=outputs))
        share = outputs / layer.outputs
    return tuple(found)


def _thin(layer: Layer, keep: float) -> Layers:
    """The two layers that stand for one, where they are smaller."""
    rank = rank_of(layer, None, keep, "budget") if layer.hidden and keep < 1 else 0
    return pair(layer, rank) if rank else (layer,)
