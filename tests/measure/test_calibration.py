"""Calibration: the gap between confidence and accuracy, bin by bin."""

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kdcore.measure.calibration import expected_calibration_error

SURE_75, SURE_90 = [log(3), 0.0], [log(9), 0.0]  # softmax gives class 0 this many percent


def test_two_bins_by_hand():
    """Four answers at 75 %, two right: gap 0.25. Four at 90 %, all right: gap 0.10. Half the examples each: 0.175."""
    logits = np.array([SURE_75] * 4 + [SURE_90] * 4)
    labels = np.array([0, 0, 1, 1, 0, 0, 0, 0])
    assert expected_calibration_error(logits, labels) == pytest.approx(0.175)


def test_calibrated_answers_cost_nothing():
    """75 % sure, and three of four right."""
    assert expected_calibration_error(np.array([SURE_75] * 4), np.array([0, 0, 0, 1])) == pytest.approx(0, abs=1e-12)


def test_gaps_of_different_bins_do_not_cancel():
    """71 % sure and always right: not sure enough by 0.29. 79 % sure and half of them right: too sure by 0.29.

    One of 15 bins ends at 11/15 = 73 %, between the two."""
    logits = np.array([[log(0.71 / 0.29), 0.0]] * 4 + [[log(0.79 / 0.21), 0.0]] * 4)
    labels = np.array([0, 0, 0, 0, 0, 0, 1, 1])
    assert expected_calibration_error(logits, labels) == pytest.approx(0.29)


def test_gaps_within_a_bin_do():
    """Bin (0.733, 0.8] holds 75 % and 79 %: two of four right, against a mean confidence of 77 %."""
    logits = np.array([SURE_75] * 2 + [[log(0.79 / 0.21), 0.0]] * 2)
    assert expected_calibration_error(logits, np.array([0, 0, 1, 1])) == pytest.approx(0.27)


def test_sure_and_always_wrong_is_the_worst():
    assert expected_calibration_error(np.array([[100.0, 0.0]] * 3), np.array([1, 1, 1])) == pytest.approx(1)


def test_a_cohort_is_measured_as_one_by_one():
    random = np.random.default_rng(0)
    logits, labels = random.normal(0, 3, (4, 50, 3)), random.integers(0, 3, 50)
    together = expected_calibration_error(logits, labels)
    assert together.shape == (4,)
    np.testing.assert_allclose(together, [expected_calibration_error(one, labels) for one in logits])


@given(arrays(np.float32, (20, 3), elements=st.floats(-30, 30, width=32)), arrays(int, 20, elements=st.integers(0, 2)))
def test_it_lies_between_the_whole_gap_and_1(logits, labels):
    """One bin for all would give |accuracy - mean confidence|; more bins can only show more."""
    error = expected_calibration_error(logits, labels)
    exact = logits.astype(np.float64)
    confidence = (np.exp(exact - exact.max(-1, keepdims=True))).sum(-1) ** -1
    whole = abs((logits.argmax(-1) == labels).mean() - confidence.mean())
    assert whole - 1e-9 <= error <= 1 + 1e-9
