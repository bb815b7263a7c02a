"""Decision trees, forests and boosted trees: they learn soft labels by regression.

A regression tree splits where the squared error of its targets falls most. With labels as 0 and 1 that is the usual
tree for classes: the variances of these numbers, summed over the classes, are the Gini impurity,

    sum_k p_k (1 - p_k),        p_k: the share of class k in a node

and what a leaf answers is these shares. So a tree or a forest from labels alone is exactly the classifier that one
would grow without a teacher, and with soft labels only the targets differ. For boosting it is not quite the same:
scikit-learn's classifier descends the cross-entropy, and ours, a chain of trees for each class, the squared error.

The forest is that of Breiman 2001, "Random Forests": each tree sees examples drawn with replacement, and at each split
some of the numbers, the square root of how many there are. Boosting is that of Friedman 2001, "Greedy Function
Approximation", with numbers sorted into bins, as in LightGBM.
"""

import re
from collections.abc import Callable, Sequence
from functools import partial
from time import process_time
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.tree import DecisionTreeRegressor, export_text

from kdcore.classical.pupils import Learned, Learning, Pupil, flat, log, pickled
from kdcore.families import Boosting, Forest, Tree

SHOWN_DEPTH = 4  # of a tree that is told as text
LEAST_IN_LEAF = 20


def learn(family: Tree, x: np.ndarray, pupils: Sequence[Pupil]) -> Learning:
    """Grow a tree, a forest, or chains of trees for each of them; x (examples, *shape) are all training examples."""
    found = []
    for pupil in pupils:
        began, by_log = process_time(), family.on == "logits" and is_soft(pupil.targets)
        model = _MODELS[type(family)](family, pupil.seed)
        model.fit(flat(x)[pupil.rows], log(pupil.targets) if by_log else pupil.targets)
        seconds = process_time() - began
        inner = partial(text, model, by_log) if type(family) is Tree else None
        found.append(Learned(partial(_logits, model, by_log), pickled(model), _nodes(model), seconds, inner))
        yield len(found) / len(pupils)
    return found


def is_soft(targets: np.ndarray) -> bool:
    """Whether there is more in them than labels."""
    return bool(((targets > 0) & (targets < 1)).any())


def text(model: DecisionTreeRegressor, by_log: bool, features: Sequence[str], classes: Sequence[str]) -> str:
    """The questions of a tree down to SHOWN_DEPTH, and what its leaves tell most, with the number that they predict."""

    def leaf(found: re.Match) -> str:
        told = np.array([float(number) for number in found[1].split(",")])
        most = int(told.argmax())
        return f"{classes[most]} ({np.exp(told[most]) if by_log else told[most]:.2f})"

    told = export_text(model, feature_names=list(features), max_depth=SHOWN_DEPTH, decimals=3)
    return re.sub(r"value: \[(.*?)\]", leaf, told)


class Chains:
    """For each class a chain of trees that predicts its number. A leaf of theirs holds LEAST_IN_LEAF examples or more,
    as is usual, but where there are few a fifth of all: or they would learn nothing at all from 20 labels."""

    def __init__(self, family: Boosting, seed: int):
        self._settings = {"max_iter": family.trees, "max_depth": family.depth, "learning_rate": family.rate}
        self._seed = seed

    def fit(self, x: np.ndarray, targets: np.ndarray) -> None:
        leaf = max(1, min(LEAST_IN_LEAF, len(x) // 5))
        self.chains = [self._chain(leaf).fit(x, target) for target in targets.T]

    def _chain(self, leaf: int) -> HistGradientBoostingRegressor:
        settings = self._settings | {"min_samples_leaf": leaf, "early_stopping": False, "random_state": self._seed}
        return HistGradientBoostingRegressor(**settings)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """(n, features) -> (n, classes)"""
        return np.stack([chain.predict(x) for chain in self.chains], 1)


def _tree(family: Tree, seed: int) -> DecisionTreeRegressor:
    return DecisionTreeRegressor(max_depth=family.depth, random_state=seed)


def _forest(family: Forest, seed: int) -> RandomForestRegressor:
    settings = {"max_depth": family.depth, "max_features": "sqrt", "random_state": seed}
    return RandomForestRegressor(family.trees, **settings)


_MODELS: dict[type[Tree], Callable[[Any, int], Any]] = {Tree: _tree, Forest: _forest, Boosting: Chains}


def _logits(model: Any, by_log: bool, x: np.ndarray) -> np.ndarray:
    """What a model says of examples (n, *shape), which has learned to predict logarithms or probabilities."""
    predicted = model.predict(flat(x))
    return predicted if by_log else log(predicted)


def _nodes(model: Any) -> int:
    """How many nodes all its trees have, leaves included."""
    if isinstance(model, Chains):  # scikit-learn does not tell it in public
        return sum(len(tree.nodes) for chain in model.chains for (tree,) in chain._predictors)
    return sum(tree.tree_.node_count for tree in getattr(model, "estimators_", [model]))
