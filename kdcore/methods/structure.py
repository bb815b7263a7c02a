"""Structure and parameters: the student begins with weights of the teacher's, in the place of random ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from kdcore.methods import inherit
from kdcore.methods.later import losses
from kdcore.methods.method import Seen, Shapes, Value, knob, register
from kdcore.methods.soft_targets import SoftTargets
from kdcore.words import N_, _

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Sequential

    from kdcore.methods.method import Extras

Start = Literal["copied", "selected", "low_rank"]


@register
class Structure(SoftTargets):
    """Begin as a part of the teacher, and learn on: from its soft targets, or from labels alone.

        first weights:  W' = B^T W A,   b' = B^T b,   see `inherit` for the bases A and B of the units that are left
        outputs:  term = T^2 * KL(softmax(z_t / T) || softmax(z_s / T))
        labels:   term = CE(z_s, y), so that the whole loss is the hard one

    Logits (..., batch, classes) -> (...,): the sum over classes, the mean over the batch, in nats. Only the first
    weights differ from those of the other students, which are random; batches and steps are the same. A student of the
    teacher's shape and activation begins with exactly its answers. Units are weighed by inputs, not by their labels.
    Copied layers: Sanh et al. 2019, "DistilBERT", who take every other layer of a teacher as wide as the student.
    Selected units: as in pruning; papers differ in what they call important. Xu et al. 2024, "Initializing Models with
    Larger Ones", take evenly spaced ones. Low-rank slices: Ashkboos et al. 2024, "SliceGPT", where no activation stands
    between the bases; here one does.
    """

    name = "structure"
    title = N_("Begin with the teacher's weights")
    about = N_("Begin as a part of the teacher in the place of random weights, then learn as others do.")
    kind = "structure"
    equation = (
        r"W' = B^{\top} W A,\quad b' = B^{\top} b,\quad "
        r"\text{term} = T^2 \sum_c p_c \log\frac{p_c}{q_c}\ \text{or}\ \mathrm{CE}(z_s, y)"
    )
    paper = "Sanh, Debut, Chaumond, Wolf: DistilBERT, a distilled version of BERT, 2019"
    link = "https://arxiv.org/abs/1910.01108"
    is_heir = True

    class Knobs(Value):
        start: Start = knob(
            "selected",
            N_("Start"),
            N_(
                "copied: whole layers where the shapes are the same. selected: the most important units of each layer. "
                "low_rank: the directions in which the units of a layer say most."
            ),
        )
        then: Literal["outputs", "labels"] = knob(
            "outputs", N_("Then"), N_("What it learns from afterwards: the teacher's soft targets, or labels alone.")
        )

    def needed(self, knobs: Knobs) -> tuple[Literal["labels", "features", "second net"], ...]:
        return ("labels", "second net") if knobs.then == "labels" else self.needs

    def told(self, knobs: Knobs) -> Literal["soft targets", "labels"]:
        return "labels" if knobs.then == "labels" else "soft targets"

    def term(self, seen: Seen, knobs: Knobs, extras: Extras) -> Tensor:
        if knobs.then == "labels":
            return losses.hard_loss(seen.student, losses.hard_labels(seen.labels, seen.student))
        return super().term(seen, knobs, extras)

    def begin(self, student: Sequential, teacher: Sequential, said: Sequence[Tensor], knobs: Knobs) -> Sequential:
        if knobs.start == "copied":
            inherit.copy(student, teacher)
        else:
            basis = inherit.selected if knobs.start == "selected" else inherit.slices
            inherit.reduce(student, teacher, said, basis)
        return student

    def problem(
        self, student_shapes: Shapes, teacher_shapes: Shapes, classes: int, batch_size: int, knobs: Knobs
    ) -> str | None:
        if student_shapes and teacher_shapes and len(student_shapes[0]) != len(teacher_shapes[0]):
            return _("an MLP and a CNN have no layers in common; choose the same kind for teacher and student")
        if bool(student_shapes) != bool(teacher_shapes):
            who = _("the teacher") if student_shapes else _("the student")
            advice = _("{who} has no hidden layers, and there is nothing to pass on; give it one, such as 64")
            return advice.format(who=who)
        if knobs.start == "copied" and not _alike(student_shapes, teacher_shapes, classes):
            return _("no layer of the student has the shape of the teacher's; choose the start selected or low_rank")
        return super().problem(student_shapes, teacher_shapes, classes, batch_size, knobs)


def _alike(student: Shapes, teacher: Shapes, classes: int) -> bool:
    """Whether any layer can be copied. Hidden layers are told by their units or channels, as in `Method.problem`."""
    own, others = _weights(student, classes), _weights(teacher, classes)
    return any(own[n] == others[m] for n, m in enumerate(inherit.beside(len(own), len(others))))


def _weights(shapes: Shapes, classes: int) -> list[tuple]:
    """What decides the shape of each layer's weights: its inputs, the same for both in the first, and its outputs."""
    inputs = [None, *(shape[0] for shape in shapes[:-1]), *shapes[-1:]]  # the output layer reads channels at all places
    return list(zip(inputs, [*(shape[0] for shape in shapes), classes], strict=True))
