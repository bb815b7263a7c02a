"""Cells of a sweep compared seed by seed: the luck that a seed brings to both cancels."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from kdcore.events import Row
from kdcore.figures.cells import BASELINE
from kdcore.figures.lines import points
from kdcore.measure.verdict import Verdict, verdict
from kdcore.words import N_, _

Seeds = Mapping[int, float]  # a number for each seed
SAYS = {
    "helps": N_("{points} points"),
    "hurts": N_("{points} points"),
    "no_difference": N_("no difference shown ({points} points)"),
    "one_seed": N_("{points} points, of one seed only"),
}


def measured(row: Row, measure: str, lane: str = "teacher") -> Seeds:
    """What a lane does in a cell, or what a group's teachers do, of the seeds that did not diverge."""
    found = row.get(measure) or ()
    told = (found.get(lane) or ()) if isinstance(found, dict) else found
    return {seed: value for seed, value in enumerate(told) if value is not None and seed not in row["diverged"]}


def gain(row: Row, measure: str, lane: str = "distilled") -> Seeds:
    """What a lane has over the student from labels."""
    return minus(measured(row, measure, lane), measured(row, measure, BASELINE))


def minus(one: Seeds, other: Seeds) -> Seeds:
    """The difference, of the seeds that both have."""
    return {seed: one[seed] - other[seed] for seed in one if seed in other}


def mean(many: Sequence[Seeds]) -> Seeds:
    """The mean of several, of the seeds that all have."""
    common = set.intersection(*map(set, many)) if many else set()
    return {seed: fmean(each[seed] for each in many) for seed in sorted(common)}


def judged(difference: Seeds) -> Verdict | None:
    """What the seeds show of a difference: 'helps' where it is above 0, 'hurts' where below; None without any seed."""
    return verdict([0.0] * len(difference), list(difference.values())) if difference else None


def told(found: Verdict) -> str:
    """A difference in points with its interval, and that none is shown where that is so."""
    return _(SAYS[found.outcome]).format(points=points(found.difference))
