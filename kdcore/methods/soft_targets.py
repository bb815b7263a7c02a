"""Soft targets: the student learns the teacher's opinion of every class. What is called distillation without more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdcore.methods.later import losses
from kdcore.methods.method import Method, Seen, register
from kdcore.words import N_

if TYPE_CHECKING:
    from torch import Tensor

    from kdcore.methods.method import Extras


@register
class SoftTargets(Method):
    """Say of every class what the teacher says, right ones and wrong ones.

        term = T^2 * KL(p || q) = T^2 * sum_c p_c (log p_c - log q_c),   p = softmax(z_t / T),   q = softmax(z_s / T)

    Logits (..., batch, classes) -> (...,): the sum over classes, the mean over the batch, in nats. This is
    `losses.soft_loss`, the loss of every distilled student of this lab.
    Hinton, Vinyals, Dean 2015, section 2. Known code differs: torchdistill drops T^2 where there are no labels and
    weights the hard loss by its alpha; PyTorch's tutorial has the soft cross-entropy, T^2 times the teacher's entropy
    more with the same gradient; Keras has T^2 only for KL, TextBrewer never; haitongli's and TAKD's code average over
    the classes too.
    """

    name = "soft_targets"
    title = N_("Soft targets")
    about = N_("Say of every class what the teacher says, softened by the temperature.")
    kind = "outputs"
    equation = r"T^2 \sum_c p_c \log\frac{p_c}{q_c},\quad p = \sigma(z_t / T),\ q = \sigma(z_s / T)"
    paper = "Hinton, Vinyals, Dean: Distilling the Knowledge in a Neural Network, 2015"
    link = "https://arxiv.org/abs/1503.02531"
    needs = ("second net",)

    def term(self, seen: Seen, knobs: Method.Knobs, extras: Extras) -> Tensor:
        return losses.soft_loss(seen.student, losses.soft_labels(seen.teacher, seen.temperature), seen.temperature)
