"""What a method is: a term of the student's loss, its knobs, and what has to be known of it.

    loss of a student = (1 - soft_weight) * hard + soft_weight * term

The hard loss is the cross-entropy with the labels; what the term asks for is the method's idea. What a paper multiplies
it by is one of the method's knobs: at soft_weight 0.5 labels and term have the shares of a paper that adds them up.
"""

from __future__ import annotations

import difflib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from kdcore.experiment import Value
from kdcore.words import N_, _

if TYPE_CHECKING:
    from torch import Generator, Tensor
    from torch.nn import Sequential

    Extras = Mapping[str, Tensor]

Shapes = Sequence[tuple[int, ...]]  # of each hidden layer, for one example: (units,) or (channels, height, width)

KINDS = {
    "outputs": N_("Outputs"),
    "inside": N_("Inside"),
    "structure": N_("Structure and parameters"),
    "scheme": N_("Schemes"),
    "control": N_("Controls"),
}
NEEDS = {"labels": N_("labels"), "features": N_("hidden layers"), "second net": N_("a second network")}


@dataclass(frozen=True, eq=False)
class Seen:
    """What a method may look at: how student and teacher answer one batch.

    One student, or with members in front a cohort of them. Features are what hidden layers say after their activation.
    The teacher's tensors are cut loose here, so that no method can send a gradient to it.
    """

    student: Tensor  # logits (..., batch, classes)
    teacher: Tensor | None  # the same, None where there is no second network
    labels: Tensor  # (..., batch)
    temperature: Tensor  # (...,)
    features: tuple[Tensor, ...] = ()  # (..., batch, units) or (..., batch, channels, height, width)
    teacher_features: tuple[Tensor, ...] = ()
    progress: float = 0.0  # how much of the training is over, from 0 to 1; it rises with each epoch
    peer: Tensor | None = None  # logits of the network that learns beside the student, where the method has one

    def __post_init__(self) -> None:
        object.__setattr__(self, "teacher", None if self.teacher is None else self.teacher.detach())
        object.__setattr__(self, "teacher_features", tuple(each.detach() for each in self.teacher_features))


@dataclass(frozen=True)
class Guide:
    """A network that students listen to: the teacher of their seed, or one that is trained first, for each seed.

    A teacher learns as the teacher of the seed does, from labels; an assistant or a student learns as the distilled
    student does, from the guide that taught it. `other` counts the first weights of a seed: 0 for those that all lanes
    have, 1, 2, ... for others.
    """

    who: Literal["teacher", "assistant", "student"] = "teacher"  # whose layers and training it has
    other: int = 0
    share: float = 1.0  # of its epochs
    taught_by: Guide | None = None


TEACHER = Guide()  # of the seed


class Method(ABC):
    """A way to teach. Its words are marked for the catalogue, and translated where they are shown."""

    name: ClassVar[str]  # in addresses and files
    title: ClassVar[str]
    about: ClassVar[str]  # in a sentence: what it asks of the student
    kind: ClassVar[Literal["outputs", "inside", "structure", "scheme", "control"]]  # of KINDS
    equation: ClassVar[str]  # of its term, in LaTeX
    paper: ClassVar[str]  # who, what, where, when
    link: ClassVar[str]
    needs: ClassVar[tuple[Literal["labels", "features", "second net"], ...]]  # of NEEDS; its term sees nothing else
    least_batch: ClassVar[int] = 1  # how many examples a batch must have for all of the term to tell something
    most_batch: ClassVar[int] = 4096  # how many it may have, where the term takes far more memory than the examples
    least_classes: ClassVar[int] = 2  # how many classes the data must have for that
    copy_is_not_best: ClassVar[str] = ""  # why a perfect copy of the teacher does not cost least, where it does not
    is_heir: ClassVar[bool] = False  # whether its student begins with weights of the teacher's, see `begin`
    has_peer: ClassVar[bool] = False  # whether a second network of the student's own shape learns beside it

    class Knobs(Value):
        """What can be set of it, as of an experiment."""

    @abstractmethod
    def term(self, seen: Seen, knobs: Knobs, extras: Extras) -> Tensor:
        """What the student is told, as a loss: (...,), one for each member, the mean over the batch.

        Autograd follows it to the student's logits and features, and to the extras, (..., *shape) of each.
        """

    def extras(
        self, student_shapes: Shapes, teacher_shapes: Shapes, classes: int, generator: Generator, knobs: Knobs
    ) -> dict[str, Tensor]:
        """What one student learns beside its own weights, to be thrown away afterwards; as it is at the start."""
        return {}

    def needed(self, knobs: Knobs) -> tuple[Literal["labels", "features", "second net"], ...]:
        """Of NEEDS, with these knobs: some methods look at hidden layers only where they are told to."""
        return self.needs

    def hears_labels(self, knobs: Knobs, progress: float) -> bool:
        """Whether the student is told the labels, too, when so much of the training is over; if not, it has the term
        alone, with the weight that it always has."""
        return True

    def told(self, knobs: Knobs) -> Literal["term", "soft targets", "labels"]:
        """What the student is told beside the labels: the term; soft targets, which then are the term, of a method that
        asks nothing else but chooses who gives them; or nothing, so that it learns from labels alone."""
        return "term"

    def guides(self, knobs: Knobs) -> tuple[Guide, ...]:
        """Whom the student listens to. All but the teacher of its seed are trained before it, and thrown away."""
        return (TEACHER,)

    def opinion(self, said: Tensor, temperature: float, knobs: Knobs) -> Tensor:
        """What it hears where several guides speak, as one: their logits (guides, ...) -> logits (...)."""
        return said.mean(0)

    def begin(self, student: Sequential, teacher: Sequential, said: Sequence[Tensor], knobs: Knobs) -> Sequential:
        """An heir with its first weights, in place of its random ones. `said` is what the teacher's hidden layers say
        of some training examples: (examples, units) or (examples, channels, height, width) each."""
        return student

    def problem(
        self, student_shapes: Shapes, teacher_shapes: Shapes, classes: int, batch_size: int, knobs: Knobs
    ) -> str | None:
        """Why it cannot teach here, in a sentence; None where it can."""
        if "features" in self.needed(knobs) and not (student_shapes and teacher_shapes):
            who = _("the teacher") if student_shapes else _("the student")
            advice = _("{method} compares hidden layers, and {who} has none; give it one, such as 64")
            return advice.format(method=_(self.title), who=who)
        if batch_size < self.least_batch:
            advice = _("{method} compares the examples of a batch, and needs {least} of them; the batch size is {size}")
            return advice.format(method=_(self.title), size=batch_size, least=self.least_batch)
        if batch_size > self.most_batch:
            advice = _("{method} compares them all with one another, and can with {most}; the batch size is {size}")
            return advice.format(method=_(self.title), size=batch_size, most=self.most_batch)
        if classes < self.least_classes:
            advice = _("{method} has nothing to compare with {classes} classes; choose data with at least {least}")
            return advice.format(method=_(self.title), classes=classes, least=self.least_classes)
        return None


METHODS: dict[str, Method] = {}


def register(method: type[Method]) -> type[Method]:
    """Make a method known to all lists, controls and tests."""
    if method.name in METHODS:
        raise ValueError(f"There are two methods of the name {method.name!r}")
    METHODS[method.name] = method()
    return method


def named(name: str) -> Method:
    """The method of this name. Raises ValueError with a sentence."""
    if name in METHODS:
        return METHODS[name]
    close = difflib.get_close_matches(name[:80], METHODS, n=1)
    hint = _(" Did you mean {name}?").format(name=close[0]) if close else ""
    there = _("There is no method {name}.").format(name=name[:80])
    raise ValueError(there + hint + _(" There are: {names}").format(names=", ".join(METHODS)))


def knob(default: Any, title: str, help: str, **limits: Any) -> Any:
    """A knob with its default, its name on screen, one line of explanation, and its bounds."""
    return Field(default, title=title, description=help, **limits)


def strength(default: float) -> Any:
    """The knob for what a paper multiplies its whole term by."""
    return knob(
        default,
        N_("Strength"),
        N_("Multiplies the method's term. At a soft-label share of 0.5 it weighs so many times what labels weigh."),
        ge=0,
        le=10_000,
    )
