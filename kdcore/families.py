"""Families of teachers and students: networks, trees and support-vector machines, each with a few knobs.

A family is chosen as text, such as 'forest:trees=50,depth=6'. What is said here can be read without scikit-learn and
without torch; how each is trained is in `classical`.

Soft labels reach each family by the means that it has, and `means` names them. Those that know no loss to descend are
told a mixture of both kinds of labels, one vector of probabilities for each example:

    target = (1 - soft_weight) * one_hot(label) + soft_weight * softmax(teacher's logits / temperature)
"""

from functools import lru_cache
from math import log2, sqrt
from typing import Any, ClassVar, Literal

from pydantic import Field

from kdcore import cost, named, shapes
from kdcore.data.facts import Facts
from kdcore.experiment import Network, Value, Widths
from kdcore.words import N_

EXAMPLE = "forest:trees=50,depth=6"
FOLDS = 3  # a support-vector machine learns to tell probabilities from examples that it has not learned from
COPIES = 3  # as which an example is shown to it, on average, with soft labels: a guess
LEAST_SHARE = 0.05  # an example is not shown as one of a class that has less of its target

MEANS = {
    "descent": N_(
        "Gradient steps on the loss of Distil: cross-entropy with the label, and the temperature squared times the "
        "divergence from the soft label."
    ),
    "cross_entropy": N_(
        "Gradient steps on the cross-entropy of its leaves with a target that mixes label and soft label."
    ),
    "probabilities": N_(
        "Regression: it predicts a target that mixes label and soft label, a number for each class, with the least "
        "squared error; the highest wins. From labels alone the target is 1 for the label and 0 for all others."
    ),
    "logits": N_(
        "Regression: it predicts the logarithms of a target that mixes label and soft label, with the least squared "
        "error; the highest wins. From labels alone it predicts 1 for the label and 0 for all others."
    ),
    "weights": N_(
        "It is shown each example once for each class, weighted by that class's share of a target that mixes label and "
        "soft label; shares below 5 % are left out. Its probabilities are calibrated on three folds (Platt's sigmoid)."
    ),
}
PARTS = {"nodes": N_("nodes"), "parameters": N_("parameters"), "support_vectors": N_("support vectors")}


def _knob(default: Any, title: str, help: str, **limits: Any) -> Any:
    return Field(default, title=title, description=help, **limits)


def _depth(default: int, most: int = 30) -> Any:
    return _knob(default, N_("Depth"), N_("How many questions are asked, at most, before it answers."), ge=1, le=most)


def _on() -> Any:
    return _knob(
        "probabilities",
        N_("Predicts"),
        N_("What it learns to predict of a soft label: the probability of each class, or its logarithm."),
    )


def _c() -> Any:
    help = N_("What an example on the wrong side costs, beside a wide margin.")
    return _knob(1.0, N_("Cost C"), help, ge=0.001, le=1000)


class Family(Value):
    """A family with its knobs set. `means` says, as a word of MEANS, how soft labels reach it."""

    title: ClassVar[str]
    means: ClassVar[str]
    parts: ClassVar[str] = "nodes"  # of PARTS: what its size is counted in
    is_calibrated: ClassVar[bool] = False  # whether it needs FOLDS examples of each class

    def seconds(self, rows: int, facts: Facts, is_soft: bool) -> float:
        """Roughly how long a processor takes for one training with so many examples, with or without soft labels.

        Measured once on digits with 100 and with all labels: a guess, by which progress is told and too much refused.
        """
        raise NotImplementedError


class Tree(Family):
    """One decision tree: questions about one number at a time."""

    title: ClassVar[str] = N_("Decision tree")
    depth: int = _depth(8)
    on: Literal["probabilities", "logits"] = _on()

    @property
    def means(self) -> str:
        return self.on

    def seconds(self, rows: int, facts: Facts, is_soft: bool) -> float:
        return 1e-3 + 1.5e-9 * rows * log2(rows) * facts.features * len(facts.classes)


class Forest(Tree):
    """Many trees, each of other examples, whose answers are averaged (Breiman 2001)."""

    title: ClassVar[str] = N_("Random forest")
    trees: int = _knob(50, N_("Trees"), N_("How many trees answer together."), ge=1, le=500)
    depth: int = _depth(12)

    def seconds(self, rows: int, facts: Facts, is_soft: bool) -> float:
        return self.trees * (7e-4 + 1.7e-9 * rows * log2(rows) * sqrt(facts.features) * len(facts.classes))


class Boosting(Tree):
    """Trees one after the other for each class, each of what those before it got wrong."""

    title: ClassVar[str] = N_("Gradient boosting")
    trees: int = _knob(40, N_("Trees"), N_("How many trees follow each other, for each class."), ge=1, le=500)
    depth: int = _depth(4)
    rate: float = _knob(0.1, N_("Learning rate"), N_("How much of each tree's answer is added."), ge=0.01, le=1)

    def seconds(self, rows: int, facts: Facts, is_soft: bool) -> float:
        return self.trees * len(facts.classes) * (5e-4 + 3e-9 * rows * facts.features * self.depth)


class LinearSVM(Family):
    """The flat boundary between two classes with the widest margin, one for each class against all others."""

    title: ClassVar[str] = N_("Linear SVM")
    means: ClassVar[str] = "weights"
    parts: ClassVar[str] = "parameters"
    is_calibrated: ClassVar[bool] = True
    c: float = _c()

    def seconds(self, rows: int, facts: Facts, is_soft: bool) -> float:
        return 2e-2 + 1e-6 * rows * (COPIES if is_soft else 1) * facts.features


class KernelSVM(LinearSVM):
    """A boundary that bends: it weighs how alike an example is to some of those that it has learned from."""

    title: ClassVar[str] = N_("Kernel SVM")
    parts: ClassVar[str] = "support_vectors"
    kernel: Literal["rbf", "poly"] = _knob(
        "rbf", N_("Kernel"), N_("How likeness is measured: rbf by distance, poly by the product of all numbers, cubed.")
    )

    def seconds(self, rows: int, facts: Facts, is_soft: bool) -> float:
        return 4e-2 + 1.5e-9 * (rows * (COPIES if is_soft else 1)) ** 2 * facts.features


class SoftTree(Family):
    """A tree each of whose nodes sends an example both ways, more or less (Frosst, Hinton 2017)."""

    title: ClassVar[str] = N_("Soft decision tree")
    means: ClassVar[str] = "cross_entropy"
    parts: ClassVar[str] = "parameters"
    depth: int = _depth(5, most=10)
    epochs: int = _knob(100, N_("Epochs"), N_("How many times it goes through all its examples."), ge=1, le=500)

    def seconds(self, rows: int, facts: Facts, is_soft: bool) -> float:
        return self.epochs * rows * (2.5e-5 + 2e-9 * 2**self.depth * (facts.features + len(facts.classes)))


class Net(Family):
    """A neural network, trained as on Distil: as a teacher there, or as a student there."""

    title: ClassVar[str] = N_("Neural network")
    means: ClassVar[str] = "descent"
    parts: ClassVar[str] = "parameters"
    kind: Literal["mlp", "cnn"] = _knob("mlp", N_("Kind"), N_("MLP: layers of units. CNN: filters slid over an image."))
    widths: Widths = _knob((64,), N_("Hidden layers"), N_("Units or channels of each hidden layer."), max_length=6)
    epochs: int = _knob(100, N_("Epochs"), N_("How many times it goes through all its examples."), ge=1, le=500)

    @property
    def network(self) -> Network:
        """Its shape, as an experiment has it."""
        return Network(kind=self.kind, widths=self.widths)

    def seconds(self, rows: int, facts: Facts, is_soft: bool) -> float:
        flops = shapes.flops(shapes.layers(self.network, facts.shape, len(facts.classes)))
        return self.epochs * rows * (3e-6 + 5e-11 * cost.WEIGHT[self.kind] * flops)


FAMILIES: dict[str, type[Family]] = {
    "net": Net,
    "soft_tree": SoftTree,
    "tree": Tree,
    "forest": Forest,
    "boosting": Boosting,
    "linear_svm": LinearSVM,
    "kernel_svm": KernelSVM,
}


@lru_cache(maxsize=512)
def read(text: str, field: str = "students") -> Family:
    """The family that a text describes. Raises pydantic's error about this field, which says what would work."""
    return named.read(text, FAMILIES, field, EXAMPLE)[1]


def write(family: Family) -> str:
    """The text that `read` reads: one for each family and its knobs."""
    name = next(name for name, each in FAMILIES.items() if each is type(family))
    return named.write(name, family)
