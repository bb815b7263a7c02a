"""Classes left out: a bias found without labels, and shares counted on paper."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

from kdcore.measure.left_out import BY_HAND, bias, left_out, recognised

LAST_OUT = np.array([False, False, True])


def random_logits(seed: int, spread: float) -> np.ndarray:
    return spread * np.random.default_rng(seed).standard_normal((2, 40, 3))


def test_bias_of_one_example_is_a_difference_of_logarithms():
    """softmax((0, 0, b)) = (1/4, 1/4, 1/2) at b = log 2, and with a logit of -5 there it takes 5 more."""
    logits = np.array([[[0.0, 0.0, -5.0]]])
    found = bias(logits, np.array([0.25, 0.25, 0.5]), LAST_OUT)
    np.testing.assert_allclose(found, [[0, 0, 5 + np.log(2)]], atol=1e-4)


@given(st.integers(0, 1000), st.floats(0, 10))
def test_with_its_bias_a_class_left_out_is_expected_as_often_as_it_occurs(seed, spread):
    shares = np.array([0.5, 0.3, 0.2])
    for is_out in (LAST_OUT, np.array([True, False, True])):
        logits = random_logits(seed, spread)
        found = bias(logits, shares, is_out)
        expected = softmax(logits + found[:, None], axis=-1).mean(1)
        np.testing.assert_allclose(expected[:, is_out], np.broadcast_to(shares[is_out], (2, is_out.sum())), rtol=1e-3)
        assert (found[:, ~is_out] == 0).all()


def test_no_network_no_bias():
    """Each seed has its own: one that expects the class as often as it occurs already needs none."""
    logits = np.log([[[0.4, 0.4, 0.2]], [[0.45, 0.45, 0.1]]])
    found = bias(logits, np.array([0.4, 0.4, 0.2]), LAST_OUT)
    np.testing.assert_allclose(found[:, 2], [0, np.log(0.2 / 0.8 * 0.9 / 0.1)], atol=1e-4)


def test_shares_are_counted_over_examples_seen_and_unseen():
    logits = np.eye(3)[[[0, 1, 2, 0], [1, 1, 1, 1]]]
    found = recognised(logits, np.array([0, 1, 2, 2]), LAST_OUT)
    assert found == {"accuracy": [0.75, 0.25], "seen": [1, 0.5], "unseen": [0.5, 0]}


def test_a_student_that_knows_the_class_but_never_expects_it_is_put_right():
    labels = np.arange(30) % 3
    logits = 4 * np.eye(3)[labels] - [0, 0, 9]
    lanes = {"distilled": np.stack([logits, logits])}
    found = left_out((2,), labels, lanes, labels, lanes, labels)
    line = found["lanes"]["distilled"]
    assert found["classes"] == [2]
    assert found["prior"] == pytest.approx([1 / 3] * 3)
    assert (line["unseen"], line["corrected_unseen"]) == ([0, 0], [1, 1])
    assert (line["seen"], line["corrected_seen"], line["corrected_accuracy"]) == ([1, 1], [1, 1], [1, 1])
    assert [seed[2] for seed in line["bias"]] == pytest.approx([9, 9], abs=0.1)
    tried = dict(zip(BY_HAND, line["by_hand"]["unseen"], strict=True))
    assert (tried[0], tried[9], tried[20]) == ([0, 0], [1, 1], [1, 1])
    tried = dict(zip(BY_HAND, line["by_hand"]["seen"], strict=True))
    assert (tried[0], tried[9], tried[20]) == ([1, 1], [1, 1], [0, 0])


def test_the_bias_is_chosen_on_validation_and_used_on_test():
    labels = np.arange(30) % 3
    calm, wild = 4 * np.eye(3)[labels] - [0, 0, 9], 4 * np.eye(3)[labels] - [0, 0, 30]
    line = left_out((2,), labels, {"a": calm[None]}, labels, {"a": wild[None]}, labels)["lanes"]["a"]
    assert line["bias"][0][2] == pytest.approx(9, abs=0.1)
    assert line["corrected_unseen"] == [0]
    assert line["by_hand"]["unseen"][BY_HAND.index(9)] == [1], "who chooses by hand looks at validation examples too"
