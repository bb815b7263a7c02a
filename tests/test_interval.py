"""Student's interval against the table that everybody knows, and against scipy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kdcore.interval import interval


def test_one_value_has_no_interval():
    assert interval([0.5]).half_width is None
    assert interval([0.5]).low == interval([0.5]).high == 0.5


def test_two_values_by_hand():
    """t(1) = 12.706; the standard deviation of 0 and 2 is sqrt(2), divided by sqrt(2) it is 1."""
    assert interval([0, 2]).half_width == pytest.approx(12.706, abs=1e-3)
    assert interval([0, 2]).mean == 1


@given(st.lists(st.floats(-1, 1), min_size=3, max_size=16).filter(lambda values: max(values) - min(values) > 1e-3))
def test_as_scipy(values):
    low, high = stats.t.interval(0.95, len(values) - 1, loc=sum(values) / len(values), scale=stats.sem(values))
    assert interval(values).low == pytest.approx(low, abs=1e-9)
    assert interval(values).high == pytest.approx(high, abs=1e-9)
