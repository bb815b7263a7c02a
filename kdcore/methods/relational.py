"""Relational distillation: keep the teacher's distances and angles between examples."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from kdcore.methods.later import functional
from kdcore.methods.layers import Layers, layers_knob, rows
from kdcore.methods.method import Method, Seen, Value, knob, register
from kdcore.methods.vectors import centred
from kdcore.words import N_

if TYPE_CHECKING:
    from torch import Tensor

    from kdcore.methods.method import Extras

SAME = 1e-6  # share of squared lengths


@register
class Relational(Method):
    """Let examples lie to each other as they do for the teacher: the same figure, of any size, anywhere.

        distances d_ij = |f_i - f_j| / mean of those above 0
        angles a_ijk = cos of the angle at i between j and k = <e_ij, e_ik>,   e_ij = (f_i - f_j) / |f_i - f_j|
        term = distance_weight * mean over ij of l(d_s - d_t) + angle_weight * mean over ijk of l(a_s - a_t)

    l is smooth L1: x^2 / 2 up to 1, then |x| - 1/2. Hidden layers (..., batch, ...) after activation, a map as one
    vector, and the sum over pairs of layers -> (...,). The means are over batch^2 and batch^3, zeros on the diagonals
    too, as in RepDistiller (weights 25 and 50). Distances do not mind the scale, angles
    neither scale nor place. Two examples have always the same distance, 1: it takes three to make a figure.
    Park et al. 2019, section 3. All is made of the products of two examples, less the mean of the batch, so that the
    width of a layer costs little: |f_i - f_j|^2 = <f_i, f_i> + <f_j, f_j> - 2 <f_i, f_j>, as in RepDistiller. That
    loses digits where two are close: those nearer than a thousandth of their length count as one, without an angle.
    """

    name = "relational"
    title = N_("Relational distillation")
    about = N_("Keep the teacher's distances and angles between the examples of a batch.")
    kind = "inside"
    equation = (
        r"\lambda_D \overline{\ell(d^s_{ij} - d^t_{ij})} + \lambda_A \overline{\ell(a^s_{ijk} - a^t_{ijk})},\quad "
        r"d_{ij} = \frac{\|f_i - f_j\|}{\mu},\ a_{ijk} = \cos \angle f_j f_i f_k"
    )
    paper = "Park, Kim, Lu, Cho: Relational Knowledge Distillation, CVPR 2019"
    link = "https://arxiv.org/abs/1904.05068"
    needs = ("features", "second net")
    least_batch = 3
    most_batch = 128  # angles are batch^3 numbers a student

    class Knobs(Value):
        layers: Layers = layers_knob("last")
        distance: float = knob(25.0, N_("Distances"), N_("Weight of distances between two examples."), ge=0, le=1000)
        angle: float = knob(50.0, N_("Angles"), N_("Weight of angles between three examples."), ge=0, le=1000)

    def term(self, seen: Seen, knobs: Knobs, extras: Extras) -> Tensor:
        terms = []
        for student, teacher in rows(seen, knobs.layers):
            (d_s, a_s), (d_t, a_t) = figure(student), figure(teacher)
            distance, angle = _smooth_l1(d_s, d_t).mean((-2, -1)), _smooth_l1(a_s, a_t).mean((-3, -2, -1))
            terms.append(knobs.distance * distance + knobs.angle * angle)
        return sum(terms)


def figure(features: Tensor) -> tuple[Tensor, Tensor]:
    """How examples (..., batch, units) lie to each other.

    Distances, those above 0 with mean 1, (..., batch, batch); cosines at i between j and k, (..., batch, batch, batch).
    """
    f = centred(features, -2)
    product = f @ f.mT
    own = product.diagonal(dim1=-2, dim2=-1)
    lengths = own.unsqueeze(-1) + own.unsqueeze(-2)
    square = lengths - 2 * product
    is_one = square <= SAME * lengths
    # 1. distances, and no gradient where there is none
    distance = square.masked_fill(is_one, 1).sqrt().masked_fill(is_one, 0)
    mean = distance.sum((-2, -1), keepdim=True) / (~is_one).sum((-2, -1), keepdim=True).clamp(min=1)
    # 2. <f_j - f_i, f_k - f_i>, divided by both lengths
    inner = product.unsqueeze(-3) - product.unsqueeze(-1) - product.unsqueeze(-2) + own[..., None, None]
    inverse = 1 / distance.masked_fill(is_one, inf)
    return distance / mean.masked_fill(mean == 0, inf), inner * inverse.unsqueeze(-1) * inverse.unsqueeze(-2)


def _smooth_l1(student: Tensor, teacher: Tensor) -> Tensor:
    return functional.smooth_l1_loss(student, teacher, reduction="none")
