"""Quantisation: worked by hand, never further off than half a step, and zeros stay zeros."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from kdcore.compress.quantize import Rounding, activation_range, fake, quantize

BITS = st.integers(1, 16)
WAYS = st.fixed_dictionaries(
    {
        "levels": st.sampled_from(["even", "ternary"]),
        "scheme": st.sampled_from(["symmetric", "affine"]),
        "per": st.sampled_from(["tensor", "channel"]),
    }
)


def weights(largest: float = 9.0) -> st.SearchStrategy[np.ndarray]:
    """Of a few values, many of them 0 or equal, or of any."""
    some = st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.5]) | st.floats(-largest, largest, width=32)
    return arrays(np.float32, array_shapes(min_dims=2, max_dims=4, max_side=4), elements=some)


def test_symmetric_by_hand():
    """3 bits: 7 levels, -3 to 3 steps of 6 / 3 = 2."""
    coded = quantize(np.array([[-6, 0.9, 0, 3.1, 5.5]], np.float32), 3)
    assert coded.codes.tolist() == [[0, 3, 3, 5, 6]]
    assert coded.values.tolist() == [[-6, 0, 0, 4, 6]]


def test_two_bits_are_three_levels():
    assert quantize(np.array([[-1, 0.4, 0.6]], np.float32), 2).values.tolist() == [[-1, 0, 1]]


def test_affine_by_hand():
    """2 bits from -1 to 2: steps of 1; the code 1 means 0."""
    coded = quantize(np.array([[-1, 0, 0.6, 2]], np.float32), 2, scheme="affine")
    assert coded.codes.tolist() == [[0, 1, 2, 3]]
    assert coded.zero.item() == 1
    assert coded.values.tolist() == [[-1, 0, 1, 2]]


def test_affine_of_positive_weights_begins_at_zero():
    assert quantize(np.array([[2, 3]], np.float32), 2, scheme="affine").values.tolist() == [[2, 3]]


def test_binary_by_hand():
    """mean(1, 2, 6) = 3; two codes."""
    coded = quantize(np.array([[-1, 2, 6]], np.float32), 1)
    assert coded.values.tolist() == [[-3, 3, 3]]
    assert (coded.bits, coded.codes.tolist()) == (1, [[0, 1, 1]])


def test_binary_of_pruned_weights_takes_a_second_bit():
    coded = quantize(np.array([[-1, 0, 5], [0, 0, 0]], np.float32), 1)
    assert coded.values.tolist() == [[-3, 0, 3], [0, 0, 0]]
    assert (coded.bits, coded.codes.max()) == (2, 2)


def test_ternary_by_hand():
    """mean = 3, threshold 2.1; a = mean(5, 4) = 4.5. Two zeros more change nothing."""
    row = [-5.0, 2, 1, 4]
    for more in ([], [0.0, 0.0]):
        coded = quantize(np.array([row + more], np.float32), 8, levels="ternary")
        assert coded.values.tolist() == [[-4.5, 0, 0, 4.5, *more]]
        assert coded.bits == 2


def test_each_channel_has_a_scale_of_its_own_or_all_have_one():
    filters = np.array([[[[1.0, 0.1]]], [[[100.0, 10.0]]]], np.float32)
    assert quantize(filters, 4).scale.shape == (2, 1, 1, 1)
    np.testing.assert_allclose(quantize(filters, 4).scale.ravel(), [1 / 7, 100 / 7], rtol=1e-6)
    assert quantize(filters, 4, per="tensor").scale.shape == (1, 1, 1, 1)
    assert quantize(filters, 4, per="tensor").values[0].tolist() == [[[0, 0]]]


@given(weights(), BITS, WAYS)
def test_codes_are_of_the_tensors_shape_and_fit_the_bits(array, bits, ways):
    coded = quantize(array, bits, **ways)
    assert coded.codes.shape == array.shape
    assert (coded.codes.dtype, coded.scale.dtype, coded.values.dtype) == (np.int32, np.float32, np.float32)
    assert coded.codes.min() >= 0
    assert coded.codes.max() < 2**coded.bits
    assert coded.bits in (bits, 2)
    assert len(np.unique(coded.values[0])) <= 2**coded.bits


@given(weights(), BITS, WAYS)
def test_zeros_stay_exactly_zero(array, bits, ways):
    found = quantize(array, bits, **ways).values
    assert not found[array == 0].any()
    assert (found * array >= 0).all()  # and no weight changes its sign


@given(weights(), st.integers(2, 16), st.sampled_from(["tensor", "channel"]))
def test_symmetric_is_off_by_half_a_step_at_most(array, bits, per):
    """And the largest of each row is not off at all, but for the last digits."""
    coded = quantize(array, bits, per=per)
    assert (np.abs(coded.values - array) <= 0.501 * coded.scale).all()
    np.testing.assert_allclose(np.abs(coded.values).max(), np.abs(array).max(), rtol=1e-5, atol=1e-30)


@given(weights(), BITS, st.sampled_from(["tensor", "channel"]))
def test_affine_is_off_by_a_step_at_most(array, bits, per):
    """Half a step by rounding, and half a step as 0 has to be a whole number."""
    coded = quantize(array, bits, scheme="affine", per=per)
    assert (np.abs(coded.values - array) <= 1.001 * coded.scale).all()


@given(weights())
def test_sixteen_bits_are_almost_all(array):
    for scheme in ("symmetric", "affine"):
        np.testing.assert_allclose(quantize(array, 16, scheme=scheme).values, array, atol=1e-3)


@given(weights(), BITS, WAYS.filter(lambda ways: ways["scheme"] == "symmetric"))
def test_what_is_rounded_stays_as_it_is(array, bits, ways):
    """Levels around 0; an affine range may be a little narrower the second time, as 0 has to be a whole number."""
    once = quantize(array, bits, **ways).values
    np.testing.assert_allclose(quantize(once, bits, **ways).values, once, rtol=1e-5)


@given(weights(largest=2.0**126), BITS, WAYS)
def test_no_weight_is_too_large(array, bits, ways):
    coded = quantize(array, bits, **ways)
    assert np.isfinite(coded.values).all()
    assert 0 <= coded.codes.min() <= coded.codes.max() < 2**coded.bits


@given(arrays(np.float32, (2, 3), elements=st.floats(-(2.0**-120), 2.0**-120, width=32)), BITS, WAYS)
def test_no_weight_is_too_small(array, bits, ways):
    coded = quantize(array, bits, **ways)
    assert np.abs(coded.values - array).max() <= 1.001 * max(coded.scale.max(), np.abs(array).max())
    assert 0 <= coded.codes.min() <= coded.codes.max() < 2**coded.bits


def test_binary_is_the_closest_of_its_kind():
    """No other a, the same for all, comes closer than the mean magnitude."""
    row = np.random.default_rng(0).normal(size=(1, 99)).astype(np.float32)
    error = ((quantize(row, 1).values - row) ** 2).sum()
    assert all(((a * np.sign(row) - row) ** 2).sum() > error for a in (0.7, 0.75, 0.85, 0.9))


@pytest.mark.parametrize("bits", [-1, 0, 17])
def test_bits_that_are_none(bits):
    with pytest.raises(ValueError, match=f"bits is {bits}: choose from 1 to 16"):
        quantize(np.ones((2, 2), np.float32), bits)


# What goes into a layer


def test_range_by_hand():
    """From -1 to 254: steps of 1."""
    scale, zero = activation_range(np.array([[-1, 254], [3, 7]], np.float32))
    assert (scale, zero) == (1, 1)
    assert fake(np.array([0.4, 2.6, -9, 1e30]), scale, zero).tolist() == [0, 3, -1, 254]


@given(arrays(np.float32, (3, 4), elements=st.floats(-50, 50, width=32)), st.integers(2, 8))
def test_what_the_range_was_measured_on_is_off_by_a_step_at_most(x, bits):
    scale, zero = activation_range(x, bits)
    found = fake(x, scale, zero, bits)
    assert found.dtype == np.float32
    assert (np.abs(found - x) <= 1.001 * scale).all()
    assert not found[x == 0].any()


def test_calibration_needs_data():
    with pytest.raises(ValueError, match="calibration was given 0 numbers: it needs data"):
        activation_range(np.zeros((0, 64), np.float32))


@pytest.mark.parametrize("per", ["tensor", "channel"])
@pytest.mark.parametrize(
    "how", [{"bits": 3}, {"bits": 1}, {"bits": 5, "scheme": "affine"}, {"bits": 2, "levels": "ternary"}]
)
def test_many_networks_are_rounded_as_each_alone(how, per):
    stack = np.float32(np.random.default_rng(0).normal(size=(3, 4, 5)) * [[[1]], [[10]], [[0.1]]])
    found = Rounding(**how, per=per)(stack)
    assert found.dtype == np.float32
    for each, alone in zip(found, stack, strict=True):
        assert np.array_equal(each, quantize(alone, **how, per=per).values), "bit for bit"
