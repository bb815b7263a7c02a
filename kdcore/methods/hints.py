"""Hints: the student's hidden layer learns to say what the teacher's says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdcore.methods.layers import Layers, layers_knob, maps, predicted, regressors
from kdcore.methods.method import Method, Seen, Shapes, Value, register, strength
from kdcore.words import N_

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from kdcore.methods.method import Extras


@register
class Hints(Method):
    """A regressor must be able to tell the teacher's hidden layer from the student's.

        term = strength * sum over pairs of mean (W h_s + b - h_t)^2

    Hidden layers after activation (..., batch, units) or (..., batch, channels, height, width) -> (...,): the mean over
    batch, the teacher's channels and places. W and b, the extras, are learned with the student: see `layers`. One
    stage: hint and labels from the start, as in RepDistiller (weight 100).
    Romero et al. 2015, section 2.2: half the *sum* of squares, in a first stage of its own, for the middle layers, and
    a regressor that ends in the layer's activation. RepDistiller's ends in batch norm and ReLU. Here it is linear; were
    it the identity, a perfect copy would cost nothing.
    """

    name = "hints"
    title = N_("Hints")
    about = N_("Have a hidden layer from which the teacher's can be told, by a linear regressor that learns along.")
    kind = "inside"
    equation = r"\beta \sum_{(s,t)} \overline{(W h_s + b - h_t)^2}"
    paper = "Romero, Ballas, Kahou, Chassang, Gatta, Bengio: FitNets: Hints for Thin Deep Nets, ICLR 2015"
    link = "https://arxiv.org/abs/1412.6550"
    needs = ("features", "second net")
    copy_is_not_best = N_("The regressor starts at random, and must first learn that there is nothing to do.")

    class Knobs(Value):
        layers: Layers = layers_knob("middle")
        strength: float = strength(100.0)

    def extras(
        self, student_shapes: Shapes, teacher_shapes: Shapes, classes: int, generator: Generator, knobs: Knobs
    ) -> dict[str, Tensor]:
        return regressors(student_shapes, teacher_shapes, knobs.layers, generator)

    def term(self, seen: Seen, knobs: Knobs, extras: Extras) -> Tensor:
        terms = []
        for n, (student, teacher) in enumerate(maps(seen, knobs.layers)):
            terms.append((predicted(student, extras, n) - teacher).square().mean((-4, -3, -2, -1)))
        return knobs.strength * sum(terms)
