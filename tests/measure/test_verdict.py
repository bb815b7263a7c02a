"""The verdict: what paired seeds show, what they do not, and how it is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdcore.interval import Interval
from kdcore.measure.verdict import ASSISTED, SENTENCES, Verdict, sentence, verdict

ACCURACY = st.integers(0, 360).map(lambda right: right / 360)
PAIRS = st.lists(st.tuples(ACCURACY, ACCURACY), min_size=2, max_size=16)


def test_three_pairs_by_hand():
    """Differences 4, 5, 6 points: mean 5, standard deviation 1, t(2) = 4.3027, half width 4.3027 / sqrt(3) = 2.4841."""
    found = verdict([0.90, 0.80, 0.70], [0.94, 0.85, 0.76])
    assert found.outcome == "helps"
    assert found.seeds == 3
    assert found.difference.mean == pytest.approx(0.05)
    assert found.difference.half_width == pytest.approx(0.024841, abs=1e-6)
    assert sentence(found) == (
        "Distillation helps: +5.0 ±2.5 points of test accuracy over 3 paired seeds (95 % interval +2.5 to +7.5)."
    )


def test_pairs_show_what_two_bands_would_hide():
    """The lanes spread over 30 points and overlap; seed by seed the student always gains 1 to 2."""
    assert verdict([0.60, 0.70, 0.80, 0.90], [0.61, 0.72, 0.81, 0.92]).outcome == "helps"


def test_hurts():
    found = verdict([0.94, 0.85, 0.76], [0.90, 0.80, 0.70])
    assert found.outcome == "hurts"
    assert sentence(found) == (
        "Distillation hurts: -5.0 ±2.5 points of test accuracy over 3 paired seeds (95 % interval -7.5 to -2.5)."
    )


def test_no_difference_shown():
    """Differences -1, 0, +2 points: the interval holds 0."""
    found = verdict([0.90, 0.90, 0.90], [0.89, 0.90, 0.92])
    assert found.outcome == "no_difference"
    assert sentence(found) == (
        "No difference shown: +0.3 ±3.8 points of test accuracy over 3 paired seeds (95 % interval -3.5 to +4.1)."
    )


def test_one_seed_proves_nothing():
    found = verdict([0.80], [0.90])
    assert found.outcome == "one_seed"
    assert sentence(found) == (
        "Only one seed: +10.0 points of test accuracy, which may be luck. Try two seeds or more."
    )


@pytest.mark.parametrize("gain", [0.0, 0.05])
def test_without_spread_nothing_is_claimed(gain):
    """0.6 + 0.05 - 0.6 and 0.7 + 0.05 - 0.7 differ in the last bit: that is rounding, not spread."""
    found = verdict([0.6, 0.7, 0.8], [0.6 + gain, 0.7 + gain, 0.8 + gain])
    assert found.outcome == "no_difference"
    assert sentence(found) == (
        f"No difference shown: +{100 * gain:.1f} points of test accuracy on each of 3 paired seeds, "
        "and without any spread there is no interval."
    )


def test_two_decimals_where_the_interval_is_narrow():
    assert "+0.25 ±0.04 points" in sentence(Verdict("helps", Interval(0.0025, 0.0004), 8))
    assert "+4.9 ±0.4 points" in sentence(Verdict("helps", Interval(0.049, 0.004), 8))


def test_an_assistant_is_judged_beside_the_distilled_student():
    helps, same = Verdict("helps", Interval(0.02, 0.01), 8), Verdict("no_difference", Interval(0.01, 0.02), 8)
    told = sentence(helps, ASSISTED)
    assert told == "The assistant helps: +2.0 ±1.0 points more than without it (95 % interval +1.0 to +3.0)."
    assert sentence(same, ASSISTED).startswith("No difference shown by the assistant: +1.0 ±2.0 points")
    assert set(ASSISTED) == set(SENTENCES)


def test_zero_has_no_minus():
    assert "+0.0 ±1.0 points" in sentence(Verdict("no_difference", Interval(-0.0001, 0.01), 8))


def test_lanes_of_different_length_are_refused():
    with pytest.raises(ValueError, match="shorter"):
        verdict([0.5, 0.6], [0.5])


@given(PAIRS)
def test_swapping_the_lanes_turns_the_verdict_round(pairs):
    scratch, distilled = zip(*pairs, strict=True)
    there, back = verdict(scratch, distilled), verdict(distilled, scratch)
    assert back.difference.mean == pytest.approx(-there.difference.mean)
    assert back.outcome == {"helps": "hurts", "hurts": "helps"}.get(there.outcome, there.outcome)


@given(PAIRS)
def test_a_claim_means_that_zero_lies_outside_the_interval(pairs):
    found = verdict(*zip(*pairs, strict=True))
    claims = found.outcome in ("helps", "hurts")
    assert not (claims and found.difference.low <= 0 <= found.difference.high)
    assert claims or found.difference.low <= 0 <= found.difference.high or found.difference.half_width < 1e-9
