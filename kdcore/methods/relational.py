"""Relational distillation: keep the teacher's distances and angles between examples."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from kdcore.methods.later import functional
from kdcore.methods.layers import Layers, layers_knob, rows
from kdcore.methods.method import Method, Seen, Value, knob, register
from kdcore.methods.vectors import unit
from kdcore.words import N_

if TYPE_CHECKING:
    from torch import Tensor

    from kdcore.methods.method import Extras


@register
class Relational(Method):
    """Let examples lie to each other as they do for the teacher: the same figure, of any size, anywhere.

        distances d_ij = |f_i - f_j| / mean of those above 0
        angles a_ijk = cos of the angle at i between j and k = <e_ij, e_ik>,   e_ij = (f_i - f_j) / |f_i - f_j|
        term = distance_weight * mean over ij of l(d_s - d_t) + angle_weight * mean over ijk of l(a_s - a_t)

    l is smooth L1: x^2 / 2 up to 1, then |x| - 1/2. Hidden layers (..., batch, ...) after activation, a map as one
    vector, and the sum over pairs of layers -> (...,). The means are over batch^2 and batch^3, zeros on the diagonals
    too, as in the released code and in RepDistiller (weights 25 and 50). Distances do not mind the scale, angles
    neither scale nor place. Two examples have always the same distance, 1: it takes three to make a figure.
    Park et al. 2019, section 3. Known code takes distances from products, |a|^2 + |b|^2 - 2ab, which loses digits
    where examples are close; here it is the difference.
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

    class Knobs(Value):
        layers: Layers = layers_knob("last")
        distance: float = knob(25.0, N_("Distances"), N_("Weight of distances between two examples."), ge=0, le=1000)
        angle: float = knob(50.0, N_("Angles"), N_("Weight of angles between three examples."), ge=0, le=1000)

    def term(self, seen: Seen, knobs: Knobs, extras: Extras) -> Tensor:
        terms = []
        for pair in rows(seen, knobs.layers):
            apart = [each.unsqueeze(-2) - each.unsqueeze(-3) for each in pair]  # f_i - f_j: (..., batch, batch, units)
            terms.append(knobs.distance * distance_loss(*apart) + knobs.angle * angle_loss(*apart))
        return sum(terms)


def distance_loss(student: Tensor, teacher: Tensor) -> Tensor:
    """Smooth L1 of all distances: (..., batch, batch, units) differences -> (...,)."""
    return _smooth_l1(distances(student), distances(teacher)).mean((-2, -1))


def angle_loss(student: Tensor, teacher: Tensor) -> Tensor:
    """Smooth L1 of all angles: (..., batch, batch, units) differences -> (...,)."""
    return _smooth_l1(angles(student), angles(teacher)).mean((-3, -2, -1))


def distances(apart: Tensor) -> Tensor:
    """Lengths of the differences, those above 0 with mean 1: (..., batch, batch)."""
    length = apart.norm(dim=-1)
    mean = length.sum((-2, -1), keepdim=True) / (length > 0).sum((-2, -1), keepdim=True).clamp(min=1)
    return length / mean.masked_fill(mean == 0, inf)


def angles(apart: Tensor) -> Tensor:
    """Cosines at example i between j and k: (..., batch, batch, batch)."""
    e = unit(apart)
    return e @ e.mT


def _smooth_l1(student: Tensor, teacher: Tensor) -> Tensor:
    return functional.smooth_l1_loss(student, teacher, reduction="none")
