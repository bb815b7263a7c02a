"""Variational information distillation: predict the teacher's layer, and say how well each channel can be."""

from __future__ import annotations

from math import expm1, log
from typing import TYPE_CHECKING

from kdcore.methods.later import functional, torch
from kdcore.methods.layers import Layers, layers_knob, maps, pairs, predicted, regressors
from kdcore.methods.method import Method, Seen, Shapes, Value, register, strength
from kdcore.words import N_

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from kdcore.methods.method import Extras

LEAST = 1e-5  # variance
FIRST = 5.0  # variance at the start


@register
class Variational(Method):
    """Hints with a doubt for each channel: what the student cannot say, it is not blamed for.

        term = strength * sum over pairs of mean 1/2 ( (W h_s + b - h_t)^2 / v + log v ),   v = log(1 + e^scale) + 1e-5

    A lower bound of the information that the student's layer has of the teacher's: minus the logarithm of a normal
    density, less its constant. Hidden layers after activation (..., batch, units) or (..., batch, channels, height,
    width) -> (...,): the mean over batch, the teacher's channels and places. W, b and scale, one of the teacher's
    channels each, are the extras; v starts at 5. Where it is small the term is below 0.
    Ahn et al. 2019, section 2, who sum over channels and places; their code averages, and RepDistiller's is theirs
    (weight 1). Their regressor is three 1x1 convolutions with ReLU between, here it is one.
    """

    name = "variational"
    title = N_("Variational information")
    about = N_("Predict the teacher's hidden layer, with a doubt for each channel that is learned, too.")
    kind = "inside"
    equation = r"\beta \sum_{(s,t)} \overline{\tfrac12 \left(\frac{(W h_s + b - h_t)^2}{v} + \log v\right)}"
    paper = "Ahn, Hu, Damianou, Lawrence, Dai: Variational Information Distillation for Knowledge Transfer, CVPR 2019"
    link = "https://arxiv.org/abs/1904.05835"
    needs = ("features", "second net")
    copy_is_not_best = N_("The regressor starts at random, and must first learn that there is nothing to do.")

    class Knobs(Value):
        layers: Layers = layers_knob("all")
        strength: float = strength(1.0)

    def extras(
        self, student_shapes: Shapes, teacher_shapes: Shapes, classes: int, generator: Generator, knobs: Knobs
    ) -> dict[str, Tensor]:
        found = pairs(student_shapes, teacher_shapes, knobs.layers)
        start = log(expm1(FIRST - LEAST))
        scales = {f"scale{n}": torch.full((teacher[0],), start) for n, (_student, teacher) in enumerate(found)}
        return regressors(student_shapes, teacher_shapes, knobs.layers, generator) | scales

    def term(self, seen: Seen, knobs: Knobs, extras: Extras) -> Tensor:
        terms = []
        for n, (student, teacher) in enumerate(maps(seen, knobs.layers)):
            variance = functional.softplus(extras[f"scale{n}"])[..., None, :, None, None] + LEAST
            squares = (predicted(student, extras, n) - teacher).square()
            terms.append((squares / variance + variance.log()).mean((-4, -3, -2, -1)) / 2)
        return knobs.strength * sum(terms)
