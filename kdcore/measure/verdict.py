"""Does the teacher help? The paired difference over seeds, and what may be concluded from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from kdcore.interval import Interval, interval
from kdcore.words import N_, _, decimal

SAME = 1e-9  # accuracies closer than this are equal but for rounding

SENTENCES = {
    "helps": N_(
        "Distillation helps: {difference} points of test accuracy over {seeds} paired seeds "
        "(95 % interval {low} to {high})."
    ),
    "hurts": N_(
        "Distillation hurts: {difference} points of test accuracy over {seeds} paired seeds "
        "(95 % interval {low} to {high})."
    ),
    "no_difference": N_(
        "No difference shown: {difference} points of test accuracy over {seeds} paired seeds "
        "(95 % interval {low} to {high})."
    ),
    "no_spread": N_(
        "No difference shown: {difference} points of test accuracy on each of {seeds} paired seeds, "
        "and without any spread there is no interval."
    ),
    "one_seed": N_("Only one seed: {difference} points of test accuracy, which may be luck. Try two seeds or more."),
}

ASSISTED = {  # the same of the assisted student beside the distilled one
    "helps": N_("The assistant helps: {difference} points more than without it (95 % interval {low} to {high})."),
    "hurts": N_("The assistant hurts: {difference} points compared to without it (95 % interval {low} to {high})."),
    "no_difference": N_("No difference shown by the assistant: {difference} points (95 % interval {low} to {high})."),
    "no_spread": N_("No difference shown by the assistant: {difference} points on each seed."),
    "one_seed": N_("With the assistant it is {difference} points more, which may be luck too."),
}


@dataclass(frozen=True)
class Verdict:
    """What the seeds say of distilled minus scratch. `difference` is a share of the test examples, 0.049 say."""

    outcome: Literal["helps", "hurts", "no_difference", "one_seed"]
    difference: Interval
    seeds: int


def verdict(scratch: Sequence[float], distilled: Sequence[float]) -> Verdict:
    """Compare two lanes seed by seed: test accuracies, in the same order of seeds.

        d_s = distilled_s - scratch_s,   interval = mean(d) ± t(n - 1) * standard deviation(d) / sqrt(n)

    It helps where the whole 95 % interval lies above 0, and hurts where it lies below. Both students of a seed start
    from the same weights and see the same batches, so the luck they share cancels in d_s: a pair shows a difference
    that two separate bands would hide. Where all d_s are equal there is no spread to judge the mean by (a small test
    set counts in whole examples, and two seeds agree easily): then nothing is claimed, however large the mean.
    """
    difference = interval([d - s for s, d in zip(scratch, distilled, strict=True)])
    seeds = len(scratch)
    if difference.half_width is None:
        return Verdict("one_seed", difference, seeds)
    if difference.half_width < SAME or difference.low <= 0 <= difference.high:
        return Verdict("no_difference", difference, seeds)
    return Verdict("helps" if difference.mean > 0 else "hurts", difference, seeds)


def sentence(verdict: Verdict, sentences: Mapping[str, str] = SENTENCES) -> str:
    """The verdict in words, in percentage points."""
    mean, low, high = (100 * x for x in (verdict.difference.mean, verdict.difference.low, verdict.difference.high))
    half_width = 100 * (verdict.difference.half_width or 0)
    has_spread = half_width >= 100 * SAME
    digits = 2 if has_spread and half_width < 0.1 else 1
    difference = decimal(mean, digits, "+") + (f" ±{decimal(half_width, digits)}" if has_spread else "")
    kind = "no_spread" if verdict.outcome == "no_difference" and not has_spread else verdict.outcome
    values = {"difference": difference, "low": decimal(low, digits, "+"), "high": decimal(high, digits, "+")}
    return _(sentences[kind]).format(seeds=verdict.seeds, **values)
