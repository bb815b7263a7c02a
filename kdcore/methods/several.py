"""Several teachers: what they say on average is better than what most of them say alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kdcore.methods.method import TEACHER, Guide, Value, knob, register
from kdcore.methods.soft_targets import SoftTargets
from kdcore.words import N_

if TYPE_CHECKING:
    from torch import Tensor


@register
class Several(SoftTargets):
    """Say of every class what some teachers say on average.

        probabilities:  p = (1/K) sum_k softmax(z_k / T)          logits:  p = softmax((1/K) sum_k z_k / T)
        term = T^2 * KL(p || softmax(z_s / T))

    Logits (..., batch, classes) -> (...,): the sum over classes, the mean over the batch, in nats. One of the teachers
    is that of the student's seed; the others have its shape, labels and training, but other first weights and batches,
    and each seed has its own. The average of logits is sure where one teacher is very sure; that of probabilities where
    all agree.
    Hinton, Vinyals, Dean 2015, section 1: the arithmetic or the geometric mean of the predictions of an ensemble; the
    second one, scaled to a sum of 1, is the average of logits. You et al. 2017, "Learning from Multiple Teacher
    Networks", average probabilities at T, and compare hidden layers as well.
    """

    name = "several"
    title = N_("Several teachers")
    about = N_("Say of every class what several teachers say on average.")
    kind = "scheme"
    equation = (
        r"T^2\,\mathrm{KL}\big(p \,\|\, \sigma(z_s / T)\big),\quad "
        r"p = \tfrac{1}{K} \sum_k \sigma(z_k / T)\ \text{or}\ \sigma\big(\tfrac{1}{K} \sum_k z_k / T\big)"
    )
    paper = "Hinton, Vinyals, Dean: Distilling the Knowledge in a Neural Network, 2015"
    link = "https://arxiv.org/abs/1503.02531"

    class Knobs(Value):
        teachers: int = knob(
            3, N_("Teachers"), N_("How many there are for each seed, that of all methods among them."), ge=2, le=8
        )
        average: Literal["probabilities", "logits"] = knob(
            "probabilities",
            N_("Average"),
            N_("Of what: probabilities at the temperature, or logits, where one who is very sure counts for more."),
        )

    def told(self, knobs: Knobs) -> Literal["soft targets"]:
        return "soft targets"

    def guides(self, knobs: Knobs) -> tuple[Guide, ...]:
        return (TEACHER, *(Guide("teacher", other=number) for number in range(1, knobs.teachers)))

    def opinion(self, said: Tensor, temperature: float, knobs: Knobs) -> Tensor:
        """Logits z with softmax(z / T) = p; of probabilities z = T log p."""
        if knobs.average == "logits":
            return super().opinion(said, temperature, knobs)
        p = (said / temperature).log_softmax(-1).logsumexp(0)
        return temperature * p.log_softmax(-1)
