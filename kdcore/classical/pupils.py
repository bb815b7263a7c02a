"""Who learns what, whatever its family: the examples and targets of one training, and what comes of it.

Families that descend no loss are told probabilities: the label, or a mixture of it with the teacher's soft label,

    target = (1 - soft_weight) * one_hot(label) + soft_weight * softmax(teacher's logits / temperature)

For a cross-entropy at temperature 1 it is all the same whether losses are mixed, as a network's, or targets. At other
temperatures a network's soft loss has the factor T^2 besides, which no target can have.
"""

import pickle
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch

from kdcore.cohort import labelled

FLOOR = 1e-4  # a class that is less likely counts as if it were so likely: there is no logarithm of 0


class Impossible(Exception):
    """This family cannot learn here; the text is the sentence to show."""


class Pupil(NamedTuple):
    """One training: all its random choices come from the seed. It sees these of the training examples, `rows` (own,),
    and is told their `targets` (own, classes), which are probabilities."""

    seed: int
    rows: np.ndarray
    targets: np.ndarray


@dataclass(frozen=True, eq=False)
class Learned:
    """What has been trained. `answer` tells its logits, examples (n, *shape) -> (n, classes); where it has
    probabilities, their logarithms. `count` is how many nodes, parameters or support vectors it has, and `seconds` what
    its training took, of the processor's time. `inner` is what may be looked at."""

    answer: Callable[[np.ndarray], np.ndarray]
    size_bytes: int
    count: int
    seconds: float
    inner: Any = None


Learning = Generator[float, None, list[Learned]]  # tells which share is done, and ends in what was trained


def alone(y: np.ndarray, classes: int, labels: int, seeds: int) -> list[Pupil]:
    """For each seed one that learns from so many labels alone; y (examples,) of all training examples."""
    return [Pupil(seed, rows := _rows(y, labels, seed), np.eye(classes)[y[rows]]) for seed in range(seeds)]


def taught(y: np.ndarray, soft_labels: np.ndarray, labels: int, unlabelled: int, soft_weight: float) -> list[Pupil]:
    """For each seed one that learns from the same labels, and from the teacher's soft labels (seeds, examples, classes)
    of these and of so many other examples. Of the others it hears nothing else."""
    found = []
    for seed, soft in enumerate(soft_labels):
        rows = _rows(y, labels, seed, unlabelled if soft_weight else 0)
        share = np.where(np.arange(len(rows)) < labels, soft_weight, 1.0)[:, None]
        found.append(Pupil(seed, rows, (1 - share) * np.eye(soft.shape[-1])[y[rows]] + share * soft[rows]))
    return found


def _rows(y: np.ndarray, labels: int, seed: int, unlabelled: int = 0) -> np.ndarray:
    """Which examples it sees: those that a network of the same seed sees; see `cohort.labelled`."""
    return labelled(torch.from_numpy(y), labels, torch.Generator().manual_seed(seed), unlabelled).numpy()


def flat(x: np.ndarray) -> np.ndarray:
    """Examples as rows of numbers: (n, *shape) -> (n, features)."""
    return x.reshape(len(x), -1)


def log(probabilities: np.ndarray) -> np.ndarray:
    """Their logarithms, in nats."""
    return np.log(np.maximum(probabilities, FLOOR))


def pickled(model: Any) -> int:
    """How many bytes a model of scikit-learn is, as Python writes it; its names and settings are a part of them."""
    return len(pickle.dumps(model, protocol=pickle.HIGHEST_PROTOCOL))
