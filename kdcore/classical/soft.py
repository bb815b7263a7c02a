"""Soft decision trees as teachers and students: they descend a cross-entropy, and are told targets; see `soft_tree`."""

from collections.abc import Sequence
from copy import copy
from functools import partial
from time import process_time

import numpy as np
import torch

from kdcore.classical.pupils import Learned, Learning, Pupil
from kdcore.classical.soft_tree import Growth, SoftTrees, fit
from kdcore.families import SoftTree
from kdcore.measure.size import size_bytes

BATCH_SIZE = 16
WEIGHTS = ("filters", "biases", "answers")  # of a tree


def learn(family: SoftTree, x: np.ndarray, pupils: Sequence[Pupil]) -> Learning:
    """Grow a tree for each of them, all at once; x (examples, *shape) are all training examples. All take equally many
    steps: who sees fewer examples sees them again in an epoch. What they took together is shared among them."""
    began = process_time()
    examples, classes = torch.from_numpy(x), pupils[0].targets.shape[1]
    trees = SoftTrees(x[0].size, classes, family.depth, [pupil.seed for pupil in pupils])
    longest = max(len(pupil.rows) for pupil in pupils)
    rows = torch.stack(
        [torch.from_numpy(np.resize(pupil.rows, longest)) for pupil in pupils]
    )  # repeated, where shorter
    targets = torch.zeros(len(pupils), len(x), classes)
    for own, pupil in zip(targets, pupils, strict=True):
        own[pupil.rows] = torch.from_numpy(pupil.targets).float()
    for step in fit(trees, examples, targets, Growth(epochs=family.epochs, batch_size=BATCH_SIZE), rows):
        yield step.done
    seconds = (process_time() - began) / len(pupils)
    return [_learned(trees, member, seconds) for member in range(len(pupils))]


def _learned(trees: SoftTrees, member: int, seconds: float) -> Learned:
    """One of the trees, by itself."""
    tree = copy(trees)
    tree.seeds = trees.seeds[member : member + 1]
    for name in WEIGHTS:
        setattr(tree, name, getattr(trees, name)[member : member + 1].detach().clone())
    weights = {name: getattr(tree, name)[0].numpy() for name in WEIGHTS}
    count = sum(weight.size for weight in weights.values())
    return Learned(partial(_logits, tree), size_bytes(weights), count, seconds, tree)


def _logits(tree: SoftTrees, x: np.ndarray) -> np.ndarray:
    return tree.log_probabilities(torch.from_numpy(x))[0].numpy()
