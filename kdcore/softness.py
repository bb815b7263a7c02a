"""What a soft label is made of and what it does: the arithmetic of temperature, in numpy, on logits that are stored.

Nothing is trained here. `kdcore.losses` computes the same in torch while a student learns; a test holds them together.
All logarithms are natural: nats.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from scipy.special import log_softmax

from kdcore.words import N_

STOPS = (0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12, 14, 17, 20)  # temperatures worth a look
ORDERS = {
    "entropy": N_("most doubt of the teacher first"),
    "disagreement": N_("most disagreement first"),
    "class": N_("by class"),
    "rescued": N_("teacher right, from labels wrong, distilled right"),
}


def soften(logits: np.ndarray, temperature: float | np.ndarray) -> np.ndarray:
    """Probabilities (..., classes) at a temperature T.

    p_k = exp(z_k / T) / sum_j exp(z_j / T)        z: logits

    Above 1 the second and third guesses grow; towards 0 the first one takes all.
    """
    return np.exp(log_soften(logits, temperature))


def log_soften(logits: np.ndarray, temperature: float | np.ndarray) -> np.ndarray:
    """Logarithms of the same (..., classes)."""
    return log_softmax(np.asarray(logits, dtype=float) / temperature, axis=-1)


def entropy(logits: np.ndarray, temperature: float | np.ndarray) -> np.ndarray:
    """How undecided an answer is: - sum_k p_k log p_k, from 0 (certain) to log(classes) (no idea).

    (..., classes) -> (...,) in nats.
    """
    log_p = log_soften(logits, temperature)
    return -(np.exp(log_p) * log_p).sum(axis=-1)


def divergence(teacher_logits: np.ndarray, student_logits: np.ndarray, temperature: float | np.ndarray) -> np.ndarray:
    """How far a student's softened answer is from its teacher's: KL(p || q) = sum_k p_k (log p_k - log q_k).

    (..., classes) -> (...,) in nats, without the T^2 of the loss.
    """
    log_p, log_q = (log_soften(logits, temperature) for logits in (teacher_logits, student_logits))
    return np.maximum((np.exp(log_p) * (log_p - log_q)).sum(axis=-1), 0)  # rounding may leave it a hair below


class Example(NamedTuple):
    """An example with both answers to it, and what its loss is made of."""

    teacher_logits: np.ndarray  # (classes,)
    student_logits: np.ndarray
    label: int
    names: Sequence[str]  # of the classes
    temperature: float
    soft_weight: float
    label_smoothing: float = 0.0


class Terms(NamedTuple):
    """What one example costs a student, in nats: both terms before they are weighted, and their weighted sum."""

    hard: float
    soft: float  # contains T^2
    total: float


def terms(example: Example) -> Terms:
    """The loss of one example.

    (1 - soft_weight) * CE(z_s, y) + soft_weight * T^2 * KL(softmax(z_t / T) || softmax(z_s / T))

    y: see `target`.
    """
    temperature, soft_weight = example.temperature, example.soft_weight
    hard = float(target(example) @ -log_soften(example.student_logits, 1))
    soft = temperature**2 * float(divergence(example.teacher_logits, example.student_logits, temperature))
    return Terms(hard, soft, (1 - soft_weight) * hard + soft_weight * soft)


def target(example: Example) -> np.ndarray:
    """The label as probabilities y (classes,): (1 - e) for it and e / classes for each, with e the label smoothing."""
    classes, e = len(example.student_logits), example.label_smoothing
    return (1 - e) * (np.arange(classes) == example.label) + e / classes


class Gradients(NamedTuple):
    """How each weighted term of one example pulls at each of the student's logits, (..., classes)."""

    hard: np.ndarray
    soft: np.ndarray  # with T^2, as in the loss
    without: np.ndarray  # the soft term if T^2 were left out


def gradients(example: Example, temperature: float | np.ndarray) -> Gradients:
    """The slope of the loss of one example in its student logits (classes,), at any temperature.

    hard: (1 - soft_weight) * (softmax(z_s) - y)           y: the label, see `target`
    soft: soft_weight * T^2 * (q - p) / T                  p, q: softened answers of teacher and student

    Once T is large beside the logits q - p shrinks as 1 / T, and 1 / T stands before it too: without T^2 the pull
    fades as 1 / T^2.
    Temperatures (n, 1) give gradients (n, classes), of which the hard one is the same n times.
    """
    teacher, student, soft_weight = example.teacher_logits, example.student_logits, example.soft_weight
    hard = (1 - soft_weight) * (soften(student, 1) - target(example)) * np.ones_like(temperature)
    without = soft_weight * (soften(student, temperature) - soften(teacher, temperature)) / temperature
    return Gradients(hard, temperature**2 * without, without)


def by_class(logits: np.ndarray, labels: np.ndarray, temperature: float) -> np.ndarray:
    """The mean softened answer to the examples of each true class: logits (examples, classes) -> (classes, classes).

    A class without examples has a row of NaN.
    """
    told = labels[:, None] == np.arange(logits.shape[-1])  # (examples, classes)
    with np.errstate(invalid="ignore"):
        return told.T @ soften(logits, temperature) / told.sum(axis=0)[:, None]


def overlap(answers: np.ndarray) -> np.ndarray:
    """How alike answers are: sum_k sqrt(p_k q_k), from 0 (nothing in common) to 1 (equal); (n, classes) -> (n, n).

    The Bhattacharyya coefficient. With `by_class`: which classes are taken to be alike.
    """
    roots = np.sqrt(answers)
    return roots @ roots.T


def order(by: str, answers: Mapping[str, np.ndarray], labels: np.ndarray) -> np.ndarray:
    """Numbers of the examples in an order of `ORDERS`; of `rescued` only those that are, the teacher's doubt first.

    answers of each lane (examples, classes), labels (examples,).
    """
    doubt = entropy(answers["teacher"], 1)
    if by == "entropy":
        return np.argsort(-doubt, kind="stable")
    if by == "disagreement":
        return np.argsort(-disagreement(answers), kind="stable")
    if by == "class":
        return np.lexsort((-doubt, labels))
    right = {lane: logits.argmax(axis=-1) == labels for lane, logits in answers.items()}
    rescued = np.flatnonzero(right["teacher"] & ~right["scratch"] & right["distilled"])
    return rescued[np.argsort(-doubt[rescued], kind="stable")]


def disagreement(answers: Mapping[str, np.ndarray]) -> np.ndarray:
    """How far the lanes are apart on each example: the sum over pairs of lanes of the total variation.

    sum_k |p_k - q_k| / 2 at temperature 1; answers of each lane (examples, classes) -> (examples,).
    """
    beliefs = [soften(logits, 1) for logits in answers.values()]
    return sum(np.abs(p - q).sum(axis=-1) / 2 for p, q in combinations(beliefs, 2))
