"""Codes and what they stand for."""

import numpy as np

from kdcore.compress.coded import Coded, values


def test_levels_by_hand():
    codes = np.array([[0, 1, 2, 3], [0, 1, 2, 3]], np.int32)
    coded = Coded(codes, 2, np.array([[0.5], [2]], np.float32), np.array([[1], [3]]))
    assert coded.values.tolist() == [[-0.5, 0, 0.5, 1], [-6, -4, -2, 0]]
    assert coded.values.dtype == np.float32


def test_binary_has_no_zero():
    coded = Coded(np.array([[0, 1]], np.int32), 1, np.float32(3), np.float32(0.5))
    assert coded.values.tolist() == [[-1.5, 1.5]]


def test_shared_weights_are_looked_up():
    coded = Coded(np.array([[2, 0, 2]], np.int32), 2, codebook=np.array([0, 9, -1.5], np.float32))
    assert coded.values.tolist() == [[-1.5, 0, -1.5]]


def test_levels_are_rounded_once():
    """In float32 alone a zero far from the code would cost digits; one number for the zero's type and another."""
    codes, scale = np.arange(2**16, dtype=np.int32)[None], np.float32(1.1)
    exact = (np.float64(scale) * (codes - 30_001)).astype(np.float32)
    for zero in (np.int32(30_001), np.float32(30_001)):
        np.testing.assert_array_equal(Coded(codes, 16, scale, zero).values, exact)


def test_values_of_a_network():
    bias = np.array([1], np.float32)
    coded = Coded(np.array([[1]], np.int32), 1, codebook=np.array([0, 5], np.float32))
    found = values({"1.weight": coded, "1.bias": bias})
    assert found["1.weight"].tolist() == [[5]]
    assert found["1.bias"] is bias
