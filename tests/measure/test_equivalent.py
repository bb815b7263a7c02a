"""What distillation is worth in size: read off the curve of students from labels, and how sure that is."""

from math import inf

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kdcore.interval import interval
from kdcore.measure.equivalent import equivalent
from kdcore.measure.verdict import verdict

SIZES = (2, 4, 8, 16, 32, 64)
LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
LUCK = np.array([-0.01, 0.0, 0.01])  # of three seeds, shared by both lanes: it cancels in pairs
APART = np.array([0.002, 0.0, -0.002])  # what does not cancel


def scratch(levels=LEVELS):
    return [level + LUCK for level in levels]


def test_between_two_sizes_it_is_read_off_on_a_log_scale():
    """75 % lies halfway between 8 units (70 %) and 16 units (80 %): the geometric mean, 11.3."""
    found = equivalent(SIZES, scratch(), 1, 0.75 + LUCK + APART)
    assert found.size == pytest.approx(8 * 2**0.5)
    assert found.factor == pytest.approx(2 * 2**0.5)
    assert found.is_shown


@given(st.integers(0, 5), st.floats(0.1, 8), st.lists(st.floats(0.001, 0.1), min_size=5, max_size=5))
def test_a_curve_shifted_by_a_factor_gives_back_the_factor(place, factor, climbs):
    assume(SIZES[0] <= SIZES[place] * factor <= SIZES[-1])
    levels = np.cumsum([0.4, *climbs])
    shifted = np.interp(np.log(SIZES[place] * factor), np.log(SIZES), levels)
    found = equivalent(SIZES, scratch(levels), place, shifted + LUCK + APART)
    assert found.factor == pytest.approx(factor, rel=1e-5)
    assert found.low <= found.size * (1 + 1e-5)
    assert found.size <= found.high * (1 + 1e-5)


def test_the_interval_ends_where_the_paired_interval_just_touches_zero():
    """Pairs spread by 0.2 points: half width 4.303 * 0.002 / sqrt(3) = 0.497 points, and 10 points are an octave."""
    found = equivalent(SIZES, scratch(), 1, 0.75 + LUCK + APART)
    half = interval(0.75 + APART).half_width
    assert found.low == pytest.approx(8 * 2 ** (0.5 - half / 0.1), rel=0.01)
    assert found.high == pytest.approx(8 * 2 ** (0.5 + half / 0.1), rel=0.01)


@given(st.floats(-0.03, 0.03), st.integers(0, 5))
def test_where_no_difference_is_shown_no_factor_is(gain, place):
    """The curve rises, so that nothing is levelled, and the spread is the same everywhere."""
    ours = LEVELS[place] + gain + LUCK + APART
    outcome = verdict(scratch()[place], ours).outcome
    assert equivalent(SIZES, scratch(), place, ours).is_shown == (outcome != "no_difference")


def test_beyond_the_largest_there_is_no_size():
    found = equivalent(SIZES, scratch(), 3, 0.97 + LUCK + APART)
    assert (found.size, found.low, found.high) == pytest.approx((inf, 64, inf))
    assert found.is_shown


def test_an_interval_that_reaches_beyond_is_open():
    """94.9 % lies just under what 64 units reach, within the error of the pairs."""
    found = equivalent(SIZES, scratch(), 3, 0.949 + LUCK + APART)
    assert 60 < found.size < 64
    assert found.high == inf
    assert 16 < found.low < found.size


def test_worse_than_the_smallest_has_no_size_either():
    found = equivalent(SIZES, scratch(), 2, 0.45 + LUCK + APART)
    assert (found.size, found.low, found.high) == pytest.approx((0, 0, 2))
    assert found.is_shown


def test_small_students_that_may_learn_nothing_do_not_blur_what_larger_ones_show():
    """One seed of the smallest ones failed: at 2 units alone no difference is shown, however large it is."""
    curve = scratch()
    curve[0] = np.array([0.1, 0.8, 0.1])
    found = equivalent(SIZES, curve, 2, 0.85 + LUCK + APART)
    assert found.low == pytest.approx(16 * 2 ** (0.5 - interval(0.85 + APART).half_width / 0.1), rel=0.01)
    assert found.is_shown


def test_a_fall_of_the_curve_is_levelled():
    """80 % and 70 % are both taken for 75 %, which is reached by 8 units already."""
    found = equivalent((4, 8, 16, 32), scratch((0.6, 0.8, 0.7, 0.9)), 0, 0.75 + LUCK + APART)
    assert found.size == pytest.approx(8)


def test_one_seed_or_no_spread_shows_nothing():
    one = equivalent(SIZES, [[level] for level in LEVELS], 1, [0.75])
    assert (one.low, one.is_shown) == (None, False)
    assert one.size == pytest.approx(8 * 2**0.5)
    assert not equivalent(SIZES, scratch(), 1, 0.75 + LUCK).is_shown


def test_pairs_that_are_far_apart_show_nothing():
    found = equivalent(SIZES, scratch(), 2, np.array([0.6, 0.75, 0.9]))
    assert found.low < 8 < found.high
    assert not found.is_shown


def test_sizes_must_rise():
    with pytest.raises(ValueError, match="rise"):
        equivalent((2, 2), scratch((0.5, 0.6)), 0, LUCK)
