"""Hints: the student's hidden layer learns to say what the teacher's says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdcore.methods.later import losses
from kdcore.methods.layers import Layers, layers_knob, maps, predicted, regressors
from kdcore.methods.method import Method, Seen, Shapes, Value, knob, register, strength
from kdcore.words import N_

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from kdcore.methods.method import Extras


@register
class Hints(Method):
    """A regressor must be able to tell the teacher's hidden layer from the student's.

        hint = strength * sum over pairs of mean (W h_s + b - h_t)^2
        term = hint                                              in one stage (stage = 0), labels beside it
        term = hint, and no labels, while progress < stage       in two stages
               T^2 * KL(softmax(z_t / T) || softmax(z_s / T))    after that, labels beside it

    Hidden layers after activation (..., batch, units) or (..., batch, channels, height, width) -> (...,): the mean over
    batch, the teacher's channels and places. W and b, the extras, are learned with the student: see `layers`.
    Romero et al. 2015, section 2.2 and algorithm 1: two stages. In the first only the layers up to the hint learn, as
    no gradient comes to those above; in the second all of them learn labels and soft targets. Theirs has half the
    *sum* of squares, for the middle layers, and a regressor that ends in the layer's activation. Here the first stage
    is a share of the epochs, rounded up, so that all methods have as many. The optimiser goes on from one stage to the
    other with its momentum, and to it layers above the hint had gradients of 0: so AdamW makes their weights smaller
    all the same. In one stage, hint and labels from the start, it is RepDistiller's (weight 100), whose regressor ends
    in batch norm and ReLU. Here it is linear; were it the identity, a perfect copy would cost nothing.
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
        stage: float = knob(
            0.0,
            N_("First stage"),
            N_(
                "Share of the training in which the hint is all that is learned, without labels; soft targets and "
                "labels follow. At 0 there is one stage: hint and labels all the time."
            ),
            ge=0,
            le=0.5,
        )

    def extras(
        self, student_shapes: Shapes, teacher_shapes: Shapes, classes: int, generator: Generator, knobs: Knobs
    ) -> dict[str, Tensor]:
        return regressors(student_shapes, teacher_shapes, knobs.layers, generator)

    def hears_labels(self, knobs: Knobs, progress: float) -> bool:
        return progress >= knobs.stage

    def term(self, seen: Seen, knobs: Knobs, extras: Extras) -> Tensor:
        if 0 < knobs.stage <= seen.progress:
            target = losses.soft_labels(seen.teacher, seen.temperature)
            return losses.soft_loss(seen.student, target, seen.temperature)
        terms = []
        for n, (student, teacher) in enumerate(maps(seen, knobs.layers)):
            terms.append((predicted(student, extras, n) - teacher).square().mean((-4, -3, -2, -1)))
        return knobs.strength * sum(terms)
