"""Attention transfer: look where the teacher looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kdcore.methods.layers import Layers, common_size, layers_knob, maps, pairs
from kdcore.methods.method import Method, Seen, Shapes, Value, knob, register, strength
from kdcore.methods.vectors import unit
from kdcore.words import N_, _

if TYPE_CHECKING:
    from torch import Tensor

    from kdcore.methods.method import Extras


@register
class AttentionTransfer(Method):
    """Be active in those places of a picture where the teacher is.

        attention map a = mean over channels of h^2, as a vector over places;   A = a / |a|
        code:   term = strength * sum over pairs of the mean over batch and places of (A_s - A_t)^2
        paper:  term = strength * sum over pairs of the mean over the batch of |A_s - A_t|

    Maps (..., batch, channels, height, width) after activation -> (...,). Channels may differ in number, as only their
    mean counts, and a positive scale of an example changes nothing. A layer of an MLP is a single place: all attention
    is on it, whatever it says, and there is nothing to transfer; so it is refused.
    Zagoruyko, Komodakis 2017, section 3.1, equation 2: the norm of the difference, not its square. Their code, and
    RepDistiller's (weight 1000), average the squares: which is smaller, and pulls less as the maps come close.
    """

    name = "attention"
    title = N_("Attention transfer")
    about = N_("Be active in those places of a picture where the teacher is. For CNNs.")
    kind = "inside"
    equation = (
        r"\beta \sum_{(s,t)} \overline{(A_s - A_t)^2},\quad A = \frac{a}{\|a\|},\ a_{xy} = \frac{1}{C} \sum_c h_{cxy}^2"
    )
    paper = "Zagoruyko, Komodakis: Paying More Attention to Attention, ICLR 2017"
    link = "https://arxiv.org/abs/1612.03928"
    needs = ("features", "second net")

    class Knobs(Value):
        layers: Layers = layers_knob("all")
        form: Literal["code", "paper"] = knob(
            "code", N_("Form"), N_("code: the mean of squared differences. paper: the length of the difference.")
        )
        strength: float = strength(1000.0)

    def term(self, seen: Seen, knobs: Knobs, extras: Extras) -> Tensor:
        found = maps(seen, knobs.layers)
        return knobs.strength * sum(distance(attention(s), attention(t), knobs.form) for s, t in found)

    def problem(
        self, student_shapes: Shapes, teacher_shapes: Shapes, classes: int, batch_size: int, knobs: Knobs
    ) -> str | None:
        if found := super().problem(student_shapes, teacher_shapes, classes, batch_size, knobs):
            return found
        compared = pairs(student_shapes, teacher_shapes, knobs.layers)
        if all(common_size(*pair) == (1, 1) for pair in compared):
            return _("Attention is shared out among places, and these layers have only one; choose two CNNs")
        return None


def attention(layer: Tensor) -> Tensor:
    """How much goes on in each place: (..., channels, height, width) -> (..., places), of length 1."""
    return unit(layer.square().mean(-3).flatten(-2))


def distance(student: Tensor, teacher: Tensor, form: Literal["code", "paper"]) -> Tensor:
    """(..., batch, places) -> (...,)."""
    difference = student - teacher
    return difference.square().mean((-2, -1)) if form == "code" else difference.norm(dim=-1).mean(-1)
