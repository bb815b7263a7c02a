"""How faithfully the student answers as the teacher does; being right is another question."""

import numpy as np

from kdcore.softness import divergence


def agreement(teacher_logits: np.ndarray, student_logits: np.ndarray) -> np.ndarray:
    """The share of examples on which both give the same class. (..., n, classes) -> (...,)"""
    return (teacher_logits.argmax(-1) == student_logits.argmax(-1)).mean(-1)


def kl(teacher_logits: np.ndarray, student_logits: np.ndarray) -> np.ndarray:
    """How much of the teacher's whole opinion the student misses: the mean over examples, in nats, at temperature 1.

        KL(p || q) = sum_c p_c (log p_c - log q_c),   p = softmax(z_t),   q = softmax(z_s)

    (..., n, classes) -> (...,). 0 exactly where the logits differ by a constant per example, never negative.
    """
    return divergence(teacher_logits, student_logits, 1).mean(-1)
