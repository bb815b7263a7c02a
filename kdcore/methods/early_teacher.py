"""An early teacher: one that was stopped before it was too sure for a small student."""

from __future__ import annotations

from typing import Literal

from kdcore.methods.method import Guide, Value, knob, register
from kdcore.methods.soft_targets import SoftTargets
from kdcore.words import N_


@register
class EarlyTeacher(SoftTargets):
    """Say of every class what the teacher said when a share of its training was over.

        term = T^2 * KL(softmax(z_e / T) || softmax(z_s / T)),   z_e: the teacher's logits after share * epochs

    Logits (..., batch, classes) -> (...,): the sum over classes, the mean over the batch, in nats. It is the
    very teacher of the seed on its way, which is trained once more up to there; agreement and KL are still measured
    with what became of it. A share of 1 is soft targets.
    Cho, Hariharan 2019: a large teacher at its best need not be the one that teaches a small student best. There the
    learning rate falls in steps, and the schedule is made shorter with the epochs; here the rate is constant, so that
    the early teacher is just an earlier one. The paper's other remedy, to let the student go on without a teacher
    towards the end of its training, is not part of it.
    """

    name = "early_teacher"
    title = N_("Early-stopped teacher")
    about = N_("Say of every class what the teacher said before its training was over.")
    kind = "scheme"
    equation = r"T^2\,\mathrm{KL}\big(\sigma(z_e / T) \,\|\, \sigma(z_s / T)\big)"
    paper = "Cho, Hariharan: On the Efficacy of Knowledge Distillation, ICCV 2019"
    link = "https://arxiv.org/abs/1910.01348"

    class Knobs(Value):
        share: float = knob(
            0.3,
            N_("Share of its training"),
            N_("After which share of its epochs the teacher is asked; at 1 it is the usual teacher."),
            ge=0.05,
            le=1,
        )

    def told(self, knobs: Knobs) -> Literal["soft targets"]:
        return "soft targets"

    def guides(self, knobs: Knobs) -> tuple[Guide, ...]:
        return (Guide(share=knobs.share),)
