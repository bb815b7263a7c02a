"""Similarity preserving: what is alike for the teacher is alike for the student."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdcore.methods.layers import Layers, layers_knob, rows
from kdcore.methods.method import Method, Seen, Value, register, strength
from kdcore.methods.vectors import unit
from kdcore.words import N_

if TYPE_CHECKING:
    from torch import Tensor

    from kdcore.methods.method import Extras


@register
class SimilarityPreserving(Method):
    """Find those examples of a batch alike which the teacher finds alike.

        G = F F^T, each row divided by its length;   F (batch, units) is what a layer says of the batch
        term = strength * sum over pairs of the sum of (G_s - G_t)^2 / batch^2

    Hidden layers (..., batch, ...) after activation, a map as one vector -> (...,). G is (batch, batch) for any layer:
    so widths may differ, no regressor is needed, and what the layer says may be rotated.
    Tung, Mori 2019, section 3, equations 2 to 4; RepDistiller is the same (weight 3000). Rows are normalised, not the
    whole of G.
    """

    name = "similarity"
    title = N_("Similarity preserving")
    about = N_("Find those examples alike which the teacher finds alike, by the products of what a layer says of them.")
    kind = "inside"
    equation = (
        r"\frac{\gamma}{B^2} \sum_{(s,t)} \|\hat G_s - \hat G_t\|_F^2,\quad "
        r"G = F F^\top,\ \hat G_i = \frac{G_i}{\|G_i\|}"
    )
    paper = "Tung, Mori: Similarity-Preserving Knowledge Distillation, ICCV 2019"
    link = "https://arxiv.org/abs/1907.09682"
    needs = ("features", "second net")
    least_batch = 2

    class Knobs(Value):
        layers: Layers = layers_knob("last")
        strength: float = strength(3000.0)

    def term(self, seen: Seen, knobs: Knobs, extras: Extras) -> Tensor:
        found = rows(seen, knobs.layers)
        return knobs.strength * sum(
            (likeness(student) - likeness(teacher)).square().mean((-2, -1)) for student, teacher in found
        )


def likeness(features: Tensor) -> Tensor:
    """How alike all examples are to each, a row of length 1: (..., batch, units) -> (..., batch, batch)."""
    return unit(features @ features.mT)
