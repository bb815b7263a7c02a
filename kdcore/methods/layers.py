"""Which hidden layers are compared, and how two of different shapes can be.

A layer of an MLP, (..., batch, units), counts as a map of one place with a channel for each unit. Of two maps of
different sizes the larger is averaged down to the smaller (adaptive average pooling, as in RepDistiller). Where
channels differ in number, a regressor predicts the teacher's from the student's: a linear map, the same at each place
(a 1x1 convolution). It is learned with the student, and thrown away.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from kdcore.methods.later import functional, torch
from kdcore.methods.method import Seen, Shapes, knob
from kdcore.words import N_

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from kdcore.methods.method import Extras

Layers = Literal["first", "middle", "last", "all"]
One = TypeVar("One")


def layers_knob(default: Layers) -> Any:
    """The knob for the pairs of layers."""
    return knob(
        default,
        N_("Layers"),
        N_(
            "Which hidden layers are compared. first, middle or last: that of the student with that of the teacher. "
            "all: each of the student's with the teacher's at the same share of its depth."
        ),
    )


def pairs(student: Sequence[One], teacher: Sequence[One], layers: Layers) -> list[tuple[One, One]]:
    """One of the student's layers with one of the teacher's, or all: the last with the last, and what is below at the
    same share of the depth, rounded up. The middle one of 2 is the first."""
    own, others = len(student), len(teacher)
    if layers == "all":
        return [(layer, teacher[-(-(n + 1) * others // own) - 1]) for n, layer in enumerate(student)]
    place = {"first": 0, "middle": 0.5, "last": 1}[layers]
    return [(student[int(place * (own - 1))], teacher[int(place * (others - 1))])]


def maps(seen: Seen, layers: Layers) -> list[tuple[Tensor, Tensor]]:
    """Each pair as maps of one size: (..., batch, channels, height, width)."""
    found = []
    for pair in pairs(seen.features, seen.teacher_features, layers):
        student, teacher = (_as_map(layer, seen) for layer in pair)
        size = common_size(student.shape[-3:], teacher.shape[-3:])
        found.append((_pooled(student, size), _pooled(teacher, size)))
    return found


def rows(seen: Seen, layers: Layers) -> list[tuple[Tensor, Tensor]]:
    """Each pair as rows, all that a layer says of an example in one vector: (..., batch, units)."""
    batch = seen.labels.dim() - 1
    found = pairs(seen.features, seen.teacher_features, layers)
    return [(student.flatten(batch + 1), teacher.flatten(batch + 1)) for student, teacher in found]


def common_size(student: Sequence[int], teacher: Sequence[int]) -> tuple[int, int]:
    """Height and width at which two layers of these shapes are compared."""
    height, width = (min(sides) for sides in zip(_sides(student), _sides(teacher), strict=True))
    return height, width


def regressors(student_shapes: Shapes, teacher_shapes: Shapes, layers: Layers, generator: Generator) -> Extras:
    """A regressor for each pair: "weight0" (teacher's channels, student's channels), "bias0", "weight1", ..."""
    found = {}
    for n, (student, teacher) in enumerate(pairs(student_shapes, teacher_shapes, layers)):
        found[f"weight{n}"], found[f"bias{n}"] = linear(student[0], teacher[0], generator)
    return found


def predicted(student: Tensor, extras: Extras, pair: int) -> Tensor:
    """The teacher's channels of a pair, as the regressor predicts them: (..., batch, channels, height, width)."""
    weight, bias = extras[f"weight{pair}"], extras[f"bias{pair}"]
    return torch.einsum("...ts,...bshw->...bthw", weight, student) + bias[..., None, :, None, None]


def linear(inputs: int, outputs: int, generator: Generator) -> tuple[Tensor, Tensor]:
    """Weight (outputs, inputs) and bias (outputs,) as those of `torch.nn.Linear` begin: even in +-1 / sqrt(inputs)."""
    limit = 1 / sqrt(inputs)
    weight, bias = (torch.rand(*shape, generator=generator) for shape in ((outputs, inputs), (outputs,)))
    return (2 * weight - 1) * limit, (2 * bias - 1) * limit


def _sides(shape: Sequence[int]) -> tuple[int, int]:
    """Height and width of a layer; units are in one place."""
    return (shape[1], shape[2]) if len(shape) == 3 else (1, 1)


def _as_map(layer: Tensor, seen: Seen) -> Tensor:
    is_map = layer.dim() - seen.labels.dim() == 3
    return layer if is_map else layer[..., None, None]


def _pooled(layer: Tensor, size: tuple[int, int]) -> Tensor:
    if layer.shape[-2:] == size:
        return layer
    return functional.adaptive_avg_pool2d(layer.flatten(0, -4), size).unflatten(0, layer.shape[:-3])
