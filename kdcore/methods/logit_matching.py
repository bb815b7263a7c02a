"""Logit matching: the student copies the teacher's raw scores, before any softmax."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdcore.methods.method import Method, Seen, register
from kdcore.words import N_

if TYPE_CHECKING:
    from torch import Tensor

    from kdcore.methods.method import Extras


@register
class LogitMatching(Method):
    """Give every class the score that the teacher gives it.

        term = mean over batch and classes of (z_s - z_t)^2

    Logits (..., batch, classes) -> (...,). There is no temperature. Unlike softmax it minds a constant that is added
    to all logits of an example, which changes no answer. Soft targets with a high temperature are nearly the same:
    their limit is the squared distance of *centred* logits, divided by twice the number of classes.
    Ba, Caruana 2014, section 2.2, who take half the sum over the classes: classes / 2 times as much.
    """

    name = "logit_matching"
    title = N_("Logit matching")
    about = N_("Give every class the teacher's raw score, by squared differences.")
    kind = "outputs"
    equation = r"\frac{1}{C} \sum_c (z_{s,c} - z_{t,c})^2"
    paper = "Ba, Caruana: Do Deep Nets Really Need to be Deep?, NIPS 2014"
    link = "https://arxiv.org/abs/1312.6184"
    needs = ("second net",)

    def term(self, seen: Seen, knobs: Method.Knobs, extras: Extras) -> Tensor:
        return (seen.student - seen.teacher).square().mean((-1, -2))
