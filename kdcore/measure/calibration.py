"""Does a network know how sure it may be? Of its answers given with 80 % confidence, 80 % should be right."""

import numpy as np
from scipy.special import softmax

BINS = 15


def expected_calibration_error(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The mean gap between confidence and accuracy, a share between 0 (calibrated) and 1.

        ECE = sum_b |B_b| / n * |accuracy(B_b) - confidence(B_b)|

    The confidence of an answer is its softmax probability; B_b holds the answers with a confidence in
    ((b - 1) / 15, b / 15]. logits (..., n, classes), labels (n,) -> (...,).
    Guo et al. 2017, "On Calibration of Modern Neural Networks", section 2.
    """
    probabilities = softmax(logits.astype(np.float64), axis=-1)
    confidence = probabilities.max(-1)  # (..., n)
    is_right = probabilities.argmax(-1) == labels
    which = np.ceil(confidence * BINS)  # 1 to 15
    gaps = [np.where(which == b, is_right - confidence, 0).mean(-1) for b in range(1, BINS + 1)]
    return np.abs(gaps).sum(0)
