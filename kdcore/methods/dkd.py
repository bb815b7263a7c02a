"""Decoupled distillation: how sure the teacher is, and what it thinks of the wrong classes, weighted apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdcore.methods.later import losses, torch
from kdcore.methods.method import Method, Seen, Value, knob, register
from kdcore.words import N_

if TYPE_CHECKING:
    from torch import Tensor

    from kdcore.methods.method import Extras


@register
class DKD(Method):
    """Soft targets taken apart, so that dark knowledge counts where the teacher is sure, too.

        target = KL of (p_y, 1 - p_y) from the student's          how sure of the right class y
        others = KL of the wrong classes among themselves         p_c / (1 - p_y) for c other than y
        term = min(1, progress / warmup) * T^2 * (target_weight * target + others_weight * others)

    Logits (..., batch, classes) -> (...,): the mean over the batch, in nats. For each example
    KL(p || q) = target + (1 - p_y) * others: so soft targets listen to the wrong classes the less, the surer the
    teacher is; here their weight is a constant. With two classes there is one wrong class and nothing to compare, so
    that it is refused.
    Zhao et al. 2022, section 3. Their code (mdistiller) takes 1000 off the right class's logit to be rid of it; here it
    is left out. Theirs also lets the term grow over the first 20 of 240 epochs, by epoch / 20 with the first counted
    as 1, so that large weights do no harm at the start; here that is a share of the training, at 0 the term is whole
    at once, and the first epoch counts as 0.
    """

    name = "dkd"
    title = N_("Decoupled distillation")
    about = N_("Match how sure the teacher is, and, with a weight of its own, what it thinks of the wrong classes.")
    kind = "outputs"
    equation = (
        r"T^2 \left(\alpha\, \mathrm{KL}(b_t \| b_s) + \beta\, \mathrm{KL}(\hat p_t \| \hat p_s)\right),\quad "
        r"b = (p_y, 1 - p_y),\ \hat p_c = \frac{p_c}{1 - p_y}"
    )
    paper = "Zhao, Cui, Song, Qiu, Liang: Decoupled Knowledge Distillation, CVPR 2022"
    link = "https://arxiv.org/abs/2203.08679"
    needs = ("labels", "second net")
    least_classes = 3

    class Knobs(Value):
        target: float = knob(
            1.0, N_("Target weight"), N_("Weight of how sure the teacher is of the right class (alpha)."), ge=0, le=100
        )
        others: float = knob(
            8.0, N_("Others' weight"), N_("Weight of what it thinks of the wrong classes (beta)."), ge=0, le=100
        )
        warmup: float = knob(
            0.0, N_("Warm-up"), N_("Share of the training in which the term grows from nothing to whole."), ge=0, le=1
        )

    def term(self, seen: Seen, knobs: Knobs, extras: Extras) -> Tensor:
        target, others = parts(seen)
        grown = min(1.0, seen.progress / knobs.warmup) if knobs.warmup else 1.0
        return grown * seen.temperature**2 * (knobs.target * target + knobs.others * others).mean(-1)


def parts(seen: Seen) -> tuple[Tensor, Tensor]:
    """What the target and the others of every example cost, in nats at the temperature: (..., batch) each."""
    right = seen.labels.unsqueeze(-1)
    wrong = torch.arange(seen.student.shape[-1] - 1, device=right.device)
    wrong = wrong + (wrong >= right)  # (..., batch, classes - 1): all numbers but the right one

    def taken_apart(logits: Tensor) -> tuple[Tensor, Tensor]:
        z = logits / seen.temperature[..., None, None]
        others = z.gather(-1, wrong)
        return torch.cat([z.gather(-1, right), others.logsumexp(-1, keepdim=True)], -1), others

    (target_s, others_s), (target_t, others_t) = taken_apart(seen.student), taken_apart(seen.teacher)
    return _divergence(target_s, target_t), _divergence(others_s, others_t)


def _divergence(student: Tensor, teacher: Tensor) -> Tensor:
    """KL of the teacher's softmax from the student's: (..., batch, any) -> (..., batch)."""
    soft = losses.soft_labels(teacher, 1.0)
    return losses.surprise(student, soft.p) - soft.entropy
