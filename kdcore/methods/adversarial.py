"""Adversarial distillation: answer so that a judge, who learns as well, takes you for the teacher."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Literal

from kdcore.methods.later import functional
from kdcore.methods.layers import common_size, linear, maps, pairs, predicted, regressors
from kdcore.methods.method import Method, Seen, Shapes, Value, knob, register, strength
from kdcore.methods.vectors import unit
from kdcore.words import N_

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from kdcore.methods.method import Extras

UNITS = 64  # of the judge's hidden layer


@register
class Adversarial(Method):
    """Be taken for the teacher by a judge who learns to tell the two of you apart.

        term = strength * mean of log(1 - J(a_s)) + mean of ( - log J(a_t) - log(1 - J(a_s)) )
               the student's part: J is fixed       the judge's part: a_s is fixed

    J, from 0 to 1, is how sure the judge is to see the teacher: a network of its own with one hidden layer of 64 units,
    which begins anew with each student. a is what it is shown of an example: the softened probabilities
    softmax(z / T); or the last hidden layers, brought to length 1, of which the student's goes through a regressor that
    helps the student (see `layers`). Both are the extras. (..., batch, ...) -> (...,), the mean over the batch, in
    nats. A judge who can but guess pays 2 log 2, and the student - log 2.
    Goodfellow et al. 2014 have the judge, here with a student in the place of the picture-maker. Xu, Hsu, Huang 2017
    show a judge logits, and ask it for the class as well; they add the distance of the logits. Belagiannis, Farshad,
    Galasso 2018 show it features, add that distance, too, and hold the judge back, which otherwise soon wins. In all of
    them the student lowers what the judge raises, as here: the pull on an answer is J times the slope of J's score, and
    a judge who has won leaves the student to its labels. Much code has it lower - log J(a_s) instead, as Goodfellow
    advises where nobody else tells the picture-maker anything: then the pull is (1 - J) times the slope, strongest
    where the judge is surest, and a student with labels forgets them. The usual strength is ours, by validation
    examples of digits: with 1 the layers of small CNNs still follow the judge more than the labels. Nothing is added
    here: a judge does not mind which example an answer belongs to, so that labels must say so. With a share of 1 the
    student may learn to sound like the teacher, about nothing.
    """

    name = "adversarial"
    title = N_("Adversarial transfer")
    about = N_("Be taken for the teacher by a judge, a small network that learns to tell the two apart.")
    kind = "scheme"
    equation = (
        r"\text{student: } \lambda \log(1 - J(a_s)),\quad "
        r"\text{judge: } -\log J(a_t) - \log(1 - J(a_s)),\quad a = \sigma(z / T)"
    )
    paper = "Xu, Hsu, Huang: Learning Loss for Knowledge Distillation with Conditional Adversarial Networks, 2017"
    link = "https://arxiv.org/abs/1709.00513"
    needs = ("second net",)
    copy_is_not_best = N_("The judge starts at random, and what it takes for the teacher is not yet the teacher.")

    class Knobs(Value):
        look: Literal["probabilities", "features"] = knob(
            "probabilities",
            N_("The judge sees"),
            N_("probabilities: the softened answers. features: the last hidden layers, without their length."),
        )
        strength: float = strength(0.1)

    def needed(self, knobs: Knobs) -> tuple[Literal["labels", "features", "second net"], ...]:
        return ("features", *self.needs) if knobs.look == "features" else self.needs

    def extras(
        self, student_shapes: Shapes, teacher_shapes: Shapes, classes: int, generator: Generator, knobs: Knobs
    ) -> dict[str, Tensor]:
        if knobs.look == "probabilities":
            return judge(classes, generator)
        ((student, teacher),) = pairs(student_shapes, teacher_shapes, "last")
        inputs = teacher[0] * prod(common_size(student, teacher))
        return regressors(student_shapes, teacher_shapes, "last", generator) | judge(inputs, generator)

    def term(self, seen: Seen, knobs: Knobs, extras: Extras) -> Tensor:
        student, teacher = shown(seen, knobs.look, extras)
        fixed = {name: each.detach() for name, each in extras.items()}
        of_student = -surprise(scores(student, fixed), is_teacher=False)
        of_judge = surprise(scores(teacher, extras), True) + surprise(scores(student.detach(), extras), False)
        return knobs.strength * of_student + of_judge


def judge(inputs: int, generator: Generator) -> dict[str, Tensor]:
    """A judge's weights before it has seen anything."""
    inner, outer = linear(inputs, UNITS, generator), linear(UNITS, 1, generator)
    return {"inner_weight": inner[0], "inner_bias": inner[1], "outer_weight": outer[0], "outer_bias": outer[1]}


def shown(seen: Seen, look: Literal["probabilities", "features"], extras: Extras) -> tuple[Tensor, Tensor]:
    """What the judge is shown of student and teacher: (..., batch, inputs) each, hidden layers of length 1."""
    if look == "probabilities":
        temperature = seen.temperature[..., None, None]
        return (seen.student / temperature).softmax(-1), (seen.teacher / temperature).softmax(-1)
    ((student, teacher),) = maps(seen, "last")
    return unit(predicted(student, extras, 0).flatten(-3)), unit(teacher.flatten(-3))


def scores(x: Tensor, judge: Extras) -> Tensor:
    """How much each example looks like the teacher to the judge, (..., batch): J = 1 / (1 + e^-score)."""
    hidden = (x @ judge["inner_weight"].mT + judge["inner_bias"].unsqueeze(-2)).relu()
    return (hidden @ judge["outer_weight"].mT + judge["outer_bias"].unsqueeze(-2)).squeeze(-1)


def surprise(scores: Tensor, is_teacher: bool) -> Tensor:
    """What it costs that this is, or is not, the teacher: the mean of - log J, or of - log(1 - J)."""
    return functional.softplus(-scores if is_teacher else scores).mean(-1)
