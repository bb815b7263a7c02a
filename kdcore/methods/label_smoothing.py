"""Label smoothing: doubt without a teacher. A control: what it gives, no teacher was needed for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdcore.methods.later import losses
from kdcore.methods.method import Method, Seen, Value, knob, register
from kdcore.words import N_

if TYPE_CHECKING:
    from torch import Tensor

    from kdcore.methods.method import Extras


@register
class LabelSmoothing(Method):
    """Never be quite sure: a share of every label is spread evenly over all classes.

        term = - sum_c t_c log softmax(z_s)_c,   t = (1 - smoothing) * one_hot(y) + smoothing / classes

    Logits (..., batch, classes) -> (...,): the mean over the batch, in nats, without a temperature. Together with the
    hard loss this is a smoothing of soft_weight * smoothing. It is distillation from a teacher that knows the label
    and finds all wrong classes alike.
    Szegedy et al. 2016, section 7. `torch.nn.functional.cross_entropy(..., label_smoothing=...)` is the same.
    """

    name = "label_smoothing"
    title = N_("Label smoothing")
    about = N_("Learn from labels of which a share is spread evenly over all classes. No teacher is asked.")
    kind = "control"
    equation = r"-\sum_c t_c \log \sigma(z_s)_c,\quad t_c = (1 - \varepsilon)\, [c = y] + \frac{\varepsilon}{C}"
    paper = "Szegedy, Vanhoucke, Ioffe, Shlens, Wojna: Rethinking the Inception Architecture, CVPR 2016, section 7"
    link = "https://arxiv.org/abs/1512.00567"
    needs = ("labels",)
    copy_is_not_best = N_("It never sees the teacher, and asks for an even doubt that no teacher has.")

    class Knobs(Value):
        smoothing: float = knob(
            0.1, N_("Smoothing"), N_("Share of each label that is spread evenly over all classes."), ge=0, le=0.9
        )

    def term(self, seen: Seen, knobs: Knobs, extras: Extras) -> Tensor:
        return losses.hard_loss(seen.student, losses.hard_labels(seen.labels, seen.student, knobs.smoothing))
