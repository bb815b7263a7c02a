"""DIST: not the teacher's probabilities, but their ups and downs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdcore.methods.method import Method, Seen, Value, knob, register
from kdcore.methods.vectors import centred, unit
from kdcore.words import N_

if TYPE_CHECKING:
    from torch import Tensor

    from kdcore.methods.method import Extras

SHORTEST = 1e-8  # what varies less does not vary


@register
class DIST(Method):
    """Rank as the teacher does: the classes of an example, and the examples of a class.

        inter = 1 - mean over examples of the correlation of p and q over classes
        intra = 1 - mean over classes of the correlation of p and q over the batch
        term = tau^2 * (inter_weight * inter + intra_weight * intra)

    p and q are softmax(z / tau) of teacher and student, the correlation is Pearson's, and tau is the lab's temperature.
    Logits (..., batch, classes) -> (...,), no unit. It asks less than KL: q may be any a * p + b with a > 0.
    Two things always correlate by 1 or -1: with two classes only intra tells something, and it takes three examples.
    Huang et al. 2022. tau^2 is in the released code, not in the listing of the paper's appendix. They add 1e-8 to the
    product of lengths that they divide by; here what varies less than that correlates with nothing.
    """

    name = "dist"
    title = N_("DIST")
    about = N_("Correlate with the teacher: over the classes of an example, and over the examples of a class.")
    kind = "outputs"
    equation = (
        r"\tau^2 (\beta\, d_B + \gamma\, d_C),\quad "
        r"d_B = 1 - \frac{1}{B} \sum_i \rho(p_{i\cdot}, q_{i\cdot}),\quad "
        r"d_C = 1 - \frac{1}{C} \sum_c \rho(p_{\cdot c}, q_{\cdot c})"
    )
    paper = "Huang, You, Wang, Qian, Xu: Knowledge Distillation from A Stronger Teacher, NeurIPS 2022"
    link = "https://arxiv.org/abs/2205.10536"
    needs = ("second net",)
    least_batch = 3

    class Knobs(Value):
        inter: float = knob(
            1.0, N_("Between classes"), N_("Weight of the order of classes within an example (beta)."), ge=0, le=100
        )
        intra: float = knob(
            1.0, N_("Within a class"), N_("Weight of the order of examples within a class (gamma)."), ge=0, le=100
        )

    def term(self, seen: Seen, knobs: Knobs, extras: Extras) -> Tensor:
        q, p = ((z / seen.temperature[..., None, None]).softmax(-1) for z in (seen.student, seen.teacher))
        inter = 1 - correlation(q, p, -1).mean(-1)
        intra = 1 - correlation(q, p, -2).mean(-1)
        return seen.temperature**2 * (knobs.inter * inter + knobs.intra * intra)


def correlation(a: Tensor, b: Tensor, dim: int) -> Tensor:
    """Pearson's correlation along a dimension, which goes; 0 where one of the two does not vary."""
    return (unit(centred(a, dim), dim, SHORTEST) * unit(centred(b, dim), dim, SHORTEST)).sum(dim)
