"""What can be looked at of a family that has learned: the questions of a tree, the filters and paths of a soft one.

It is that of seed 0. Figures and pages draw it without scikit-learn and torch.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from kdcore.classical.pupils import Learned
from kdcore.classical.soft_tree_portrait import portrait
from kdcore.classical.trees import SHOWN_DEPTH
from kdcore.data.facts import Facts
from kdcore.data.load import Split
from kdcore.families import Family, SoftTree, Tree
from kdcore.measure.pictures import EXAMPLES
from kdcore.softness import disagreement, entropy
from kdcore.words import _

Arms = dict[str, Learned]  # of seed 0


def snapshot(family: Family, arms: Arms, data: Split, facts: Facts) -> tuple[str, dict[str, Any]] | None:
    """The name of a snapshot and its data; None of a family of which there is nothing to see."""
    if found := _SHOWN.get(type(family)):
        name, make = found
        return name, make(arms, data, facts)
    return None


def feature_names(facts: Facts) -> list[str]:
    """What each number of an example is."""
    if facts.columns:
        return list(facts.columns)
    if not facts.is_image:
        return [f"x{n}" for n in range(1, facts.features + 1)]
    _channels, height, width = facts.shape
    place = _("row {row}, column {column}")
    return [place.format(row=row + 1, column=column + 1) for row in range(height) for column in range(width)]


def _tree(arms: Arms, data: Split, facts: Facts) -> dict[str, Any]:
    """The trees as text."""
    texts = {arm: tree.inner(feature_names(facts), facts.classes) for arm, tree in arms.items()}
    return {"depth": SHOWN_DEPTH} | texts


def _soft_tree(arms: Arms, data: Split, facts: Facts) -> dict[str, Any]:
    """The trees' portraits, and the validation examples of which they think most differently; where there is but one,
    those of which it is least sure."""
    logits = {arm: tree.answer(data.validation_x) for arm, tree in arms.items()}
    how_much = disagreement(logits) if len(logits) > 1 else entropy(logits["labels"], 1)
    chosen = np.argsort(-how_much, kind="stable")[:EXAMPLES]
    x, among = torch.from_numpy(data.validation_x[chosen]), torch.from_numpy(data.validation_x)
    examples = [
        {"index": int(i), "label": int(data.validation_y[i]), "x": data.validation_x[i].ravel().round(4).tolist()}
        for i in chosen
    ]
    common = {"classes": list(facts.classes), "shape": list(facts.shape), "examples": examples}
    return common | {arm: portrait(tree.inner, 0, x, among) for arm, tree in arms.items()}


_SHOWN: dict[type[Family], tuple[str, Callable[[Arms, Split, Facts], dict[str, Any]]]] = {
    Tree: ("tree", _tree),
    SoftTree: ("soft_tree", _soft_tree),
}
