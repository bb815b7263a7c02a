"""Weight sharing: few values, each the mean of its weights; zeros stay zeros."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from kdcore.compress.share import share

SOME = st.sampled_from([0.0, -0.0, 1.0, -1.0]) | st.floats(-9, 9, width=32)
WEIGHTS = arrays(np.float32, array_shapes(max_dims=4, max_side=4), elements=SOME)


def test_clusters_by_hand():
    """Two clusters, begun at 1 and 11: {1, 2, 3} and {10, 11}."""
    coded = share(np.array([[1, 10, 2], [3, 11, 2]], np.float32), 1)
    assert coded.codebook.tolist() == [2, 10.5]
    assert coded.codes.tolist() == [[0, 1, 0], [0, 1, 0]]


def test_zeros_keep_a_value_of_their_own():
    """One of two values is 0, so one is left for all others."""
    coded = share(np.array([0, -1, 4, 0, 6], np.float32), 1)
    assert coded.values.tolist() == [0, 3, 3, 0, 3]


def test_few_values_stay_as_they_are():
    array = np.array([[0.1, -0.7, 0], [0.1, 0.3, -0.0]], np.float32)
    assert share(array, 2).values.tolist() == array.tolist()
    assert share(array, 8).bits == 8


def test_no_weight_is_nearer_to_another_value():
    array = np.random.default_rng(0).normal(size=(20, 30)).astype(np.float32)
    coded = share(array, 3)
    distance = np.abs(array[..., None] - coded.codebook)
    assert len(coded.codebook) == 8
    np.testing.assert_allclose(distance.min(-1), np.abs(array - coded.values), atol=1e-5)
    means = [array[coded.codes == code].mean() for code in range(8)]
    np.testing.assert_allclose(coded.codebook, means, atol=2e-2)


def test_clusters_begin_from_the_smallest_to_the_largest():
    """Two lone large weights keep a value each: a start among the many small ones would overlook one of them."""
    small = np.random.default_rng(0).normal(size=500) * 0.01
    coded = share(np.array([*small, 5.0, -5.0], np.float32), 2)
    assert {-5.0, 5.0} <= set(coded.codebook.tolist())


def test_same_weights_same_codes():
    array = np.random.default_rng(0).normal(size=(40, 50)).astype(np.float32)
    one, again = share(array, 4), share(array, 4)
    assert one.codebook.tobytes() == again.codebook.tobytes()
    assert one.codes.tobytes() == again.codes.tobytes()


@settings(max_examples=50, deadline=None)
@given(WEIGHTS, st.integers(1, 8))
def test_any_weights(array, bits):
    coded = share(array, bits)
    assert (coded.codes.shape, coded.codes.dtype, coded.codebook.dtype) == (array.shape, np.int32, np.float32)
    assert 1 <= len(coded.codebook) <= 2**bits
    assert (np.diff(coded.codebook) > 0).all()
    assert not coded.values[array == 0].any()
    assert coded.values.min() >= array.min() - 1e-6
    assert coded.values.max() <= array.max() + 1e-6
    if len(np.unique(array)) <= 2**bits:
        np.testing.assert_array_equal(coded.values, array)


def test_zero_is_one_zero():
    assert not np.signbit(share(np.array([-0.0, 1, 2], np.float32), 3).codebook).any()


@pytest.mark.parametrize("bits", [0, 9])
def test_bits_that_are_none(bits):
    with pytest.raises(ValueError, match=f"bits is {bits}: shared weights take 1 to 8 bits"):
        share(np.ones(3, np.float32), bits)
