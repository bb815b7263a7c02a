"""Confidence penalty: pay for being sure. A control: what it gives, no teacher was needed for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdcore.methods.later import losses
from kdcore.methods.method import Method, Seen, Value, knob, register
from kdcore.words import N_

if TYPE_CHECKING:
    from torch import Tensor

    from kdcore.methods.method import Extras


@register
class ConfidencePenalty(Method):
    """Learn the labels, and keep the entropy of the answers high.

        term = - log q_y - penalty * H(q),   H(q) = - sum_c q_c log q_c,   q = softmax(z_s)

    Logits (..., batch, classes) -> (...,): the mean over the batch, in nats, without a temperature. Together with the
    hard loss this is a penalty of soft_weight * penalty. Up to a constant -H(q) is KL(q || even), and label smoothing
    has the same two the other way round: KL(even || q).
    Pereyra et al. 2017, section 3. Below 0 the term is right: entropy is as much as log(classes).
    """

    name = "confidence_penalty"
    title = N_("Confidence penalty")
    about = N_("Learn from labels, and be rewarded for doubt: the entropy of the answer. No teacher is asked.")
    kind = "control"
    equation = r"-\log q_y - \beta H(q),\quad H(q) = -\sum_c q_c \log q_c,\ q = \sigma(z_s)"
    paper = "Pereyra et al.: Regularizing Neural Networks by Penalizing Confident Output Distributions, 2017"
    link = "https://arxiv.org/abs/1701.06548"
    needs = ("labels",)
    copy_is_not_best = N_("It never sees the teacher, and pays for a doubt of its own.")

    class Knobs(Value):
        penalty: float = knob(
            0.1, N_("Penalty"), N_("How many nats of surprise at the label a nat of entropy makes up for."), ge=0, le=10
        )

    def term(self, seen: Seen, knobs: Knobs, extras: Extras) -> Tensor:
        log_q = seen.student.log_softmax(-1)
        entropy = -(log_q.exp() * log_q).sum(-1).mean(-1)
        hard = losses.hard_loss(seen.student, losses.hard_labels(seen.labels, seen.student))
        return hard - knobs.penalty * entropy
