"""Standardised logits: a student too small for the teacher's large scores need only give them the same shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdcore.methods.later import losses
from kdcore.methods.method import Method, Seen, Value, register, strength
from kdcore.methods.vectors import centred
from kdcore.words import N_

if TYPE_CHECKING:
    from torch import Tensor

    from kdcore.methods.method import Extras

TINY = 1e-7


@register
class Standardised(Method):
    """Soft targets of logits that have mean 0 and deviation 1 within each example.

        term = strength * T^2 * KL(softmax(n(z_t) / T) || softmax(n(z_s) / T)),   n(z) = (z - mean z) / (std z + 1e-7)

    Logits (..., batch, classes) -> (...,): the sum over classes, the mean over the batch, in nats. The standard
    deviation is the unbiased one, over classes - 1. So each example gets a temperature of its own, T * std z, and a
    student whose logits are a * z_t + b with a > 0 costs nothing. Of two logits only the order is left, which has no
    gradient: with two classes it is refused.
    Sun et al. 2024. The 1e-7 is of their code, not of the paper; so is the weight 9, beside T = 2.
    """

    name = "standardised"
    title = N_("Standardised logits")
    about = N_("Soft targets of logits with mean 0 and deviation 1: their shape counts, not their size.")
    kind = "outputs"
    equation = (
        r"\lambda T^2\, \mathrm{KL}\big(\sigma(n(z_t) / T) \,\|\, \sigma(n(z_s) / T)\big),\quad "
        r"n(z) = \frac{z - \bar z}{\mathrm{std}(z)}"
    )
    paper = "Sun, Ren, Li, Wang, Cao: Logit Standardization in Knowledge Distillation, CVPR 2024"
    link = "https://arxiv.org/abs/2403.01427"
    needs = ("second net",)
    least_classes = 3

    class Knobs(Value):
        strength: float = strength(9.0)

    def term(self, seen: Seen, knobs: Knobs, extras: Extras) -> Tensor:
        student, teacher = standard(seen.student), standard(seen.teacher)
        target = losses.soft_labels(teacher, seen.temperature)
        return knobs.strength * losses.soft_loss(student, target, seen.temperature)


def standard(logits: Tensor) -> Tensor:
    """Logits with mean 0 and unbiased standard deviation 1 over the classes; 0 where they are all alike."""
    return centred(logits) / (logits.std(-1, keepdim=True) + TINY)
