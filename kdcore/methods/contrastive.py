"""Contrastive distillation: be able to tell which of the teacher's representations is of the same example."""

from __future__ import annotations

from math import inf, prod
from typing import TYPE_CHECKING

from kdcore.methods.later import torch
from kdcore.methods.layers import Layers, layers_knob, linear, pairs, rows
from kdcore.methods.method import Method, Seen, Shapes, Value, knob, register, strength
from kdcore.methods.vectors import unit
from kdcore.words import N_

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from kdcore.methods.method import Extras


@register
class Contrastive(Method):
    """Say of an example what only the teacher says of it, and not of examples of other classes.

        u = E_s f_s + b_s, of length 1;   v = E_t f_t + b_t, of length 1;   s_ij = <u_i, v_j> / cosine_temperature
        term = strength * mean over i of ( - log e^s_ii / (e^s_ii + sum over j of e^s_ij)
                                           - log e^s_ii / (e^s_ii + sum over j of e^s_ji) ),   all j with y_j != y_i

    Hidden layers (..., batch, ...) after activation, a map as one vector, summed over pairs of layers -> (...,), in
    nats. The two embeddings E, b are the extras, learned with the student: (dimensions, units).
    Tian, Krishnan, Isola 2020, section 3. Theirs is not this: they draw 16,384 negatives of other classes for each
    example from a memory bank, which keeps for all training examples a running mean (momentum 0.5) of both embeddings,
    and tell the one right from the many wrong by noise-contrastive estimation, their equation 18. Here the negatives
    are the other examples of the batch, as they are embedded now, and one is told from all by softmax (InfoNCE): no
    memory, no stale vectors, gradients to negatives too; but few of them, so that a small batch teaches less. An
    example whose batch has only its own class tells nothing. RepDistiller's weight is 0.8, its temperature 0.07.
    """

    name = "contrastive"
    title = N_("Contrastive distillation")
    about = N_("Have a hidden layer that shows which of the teacher's is of the same example, and of no other class.")
    kind = "inside"
    equation = (
        r"-\beta\, \frac{1}{B} \sum_i (\log a_i + \log b_i),\quad "
        r"a_i = \frac{e^{s_{ii}}}{e^{s_{ii}} + \sum_j e^{s_{ij}}},\quad "
        r"b_i = \frac{e^{s_{ii}}}{e^{s_{ii}} + \sum_j e^{s_{ji}}},\quad "
        r"s_{ij} = \frac{u_i \cdot v_j}{\tau},\ y_j \neq y_i"
    )
    paper = "Tian, Krishnan, Isola: Contrastive Representation Distillation, ICLR 2020"
    link = "https://arxiv.org/abs/1910.10699"
    needs = ("labels", "features", "second net")
    least_batch = 2
    copy_is_not_best = N_("Student and teacher are embedded by two maps that start at random, and must learn to agree.")

    class Knobs(Value):
        layers: Layers = layers_knob("last")
        dimensions: int = knob(
            128, N_("Dimensions"), N_("Of the space in which student and teacher are compared."), ge=2, le=512
        )
        cosine_temperature: float = knob(
            0.07,
            N_("Temperature of cosines"),
            N_("Divides the cosines of two examples: the lower, the more the nearest others count."),
            ge=0.01,
            le=10,
        )
        strength: float = strength(0.8)

    def extras(
        self, student_shapes: Shapes, teacher_shapes: Shapes, classes: int, generator: Generator, knobs: Knobs
    ) -> dict[str, Tensor]:
        found = {}
        for n, shapes in enumerate(pairs(student_shapes, teacher_shapes, knobs.layers)):
            for who, shape in zip(("student", "teacher"), shapes, strict=True):
                weight, bias = linear(prod(shape), knobs.dimensions, generator)
                found |= {f"{who}_weight{n}": weight, f"{who}_bias{n}": bias}
        return found

    def term(self, seen: Seen, knobs: Knobs, extras: Extras) -> Tensor:
        is_same = seen.labels.unsqueeze(-1) == seen.labels.unsqueeze(-2)
        left_out = is_same & ~torch.eye(is_same.shape[-1], dtype=torch.bool, device=is_same.device)
        terms = []
        for n, (student, teacher) in enumerate(rows(seen, knobs.layers)):
            u, v = embedded(student, extras, "student", n), embedded(teacher, extras, "teacher", n)
            cosines = (u @ v.mT / knobs.cosine_temperature).masked_fill(left_out, -inf)
            terms += [cosines.log_softmax(dim).diagonal(dim1=-2, dim2=-1) for dim in (-1, -2)]
        return -knobs.strength * sum(terms).mean(-1)


def embedded(features: Tensor, extras: Extras, who: str, pair: int) -> Tensor:
    """Where an example lies in the common space: (..., batch, units) -> (..., batch, dimensions), of length 1."""
    weight, bias = extras[f"{who}_weight{pair}"], extras[f"{who}_bias{pair}"]
    return unit(features @ weight.mT + bias.unsqueeze(-2))
