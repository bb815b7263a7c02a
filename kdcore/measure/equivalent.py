"""What is distillation worth in size? How large a student from labels must be to do as well as a distilled one."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.special import stdtrit

from kdcore.interval import CONFIDENCE
from kdcore.measure.verdict import SAME

STEPS = 256  # between two sizes that were measured; an end of an interval is found to within one of them


@dataclass(frozen=True)
class Equivalent:
    """The size of the student from labels that does as well, and the ends of its 95 % interval.

    `size` is infinite where even the largest that was measured does worse, and 0 where even the smallest does better.
    So are `high` and `low` where the interval has no end; both are None where there is no interval (one seed, or no
    spread). `smallest` and `largest` are what was measured.
    """

    own: float  # of the distilled student
    size: float
    low: float | None
    high: float | None
    smallest: float
    largest: float

    @property
    def factor(self) -> float:
        """How many times its own size."""
        return self.size / self.own

    @property
    def is_shown(self) -> bool:
        """Whether the interval of the factor leaves out 1."""
        return self.low is not None and not self.low * (1 + SAME) < self.own < self.high * (1 - SAME)


def equivalent(
    sizes: Sequence[float], scratch: Sequence[Sequence[float]], place: int, distilled: Sequence[float]
) -> Equivalent:
    """Compare a distilled student of size `sizes[place]` with students from labels of all sizes, seed by seed.

    scratch: (sizes, seeds), distilled: (seeds,), shares of examples answered rightly. The sizes rise.

    1. More weights should do no harm. Where the mean accuracy from labels falls as sizes rise, the fall is taken for
       chance and levelled (isotonic regression); between two sizes it is interpolated on a log scale of size.
    2. The size that does as well is the smallest at which this curve reaches the distilled mean.
    3. At each size m the seeds show a difference, or none:

           d_s(m) = distilled_s - scratch_s(m),   |mean(d(m))| > t(n - 1) * standard deviation(d(m)) / sqrt(n)

       The mean is taken from the curve of step 1, the spread from the seeds, interpolated likewise. Where the distilled
       student is shown to do better at its own size, the lower end is as far up as one can walk from there while it
       still is: the curve does not fall, so all smaller ones do worse as well. The upper end is as far down as one can
       walk from the largest while it is shown to do worse; and likewise the other way round. So the factor leaves out 1
       just where a difference is shown at the same size, and the interval is open where nothing was measured. This is
       Fieller's (1954) way to bound a ratio, step by step: a seed whose curve never gets so far needs no size of its
       own, as it would for a mean over seeds of their factors.

    Raises ValueError where sizes do not rise from above 0.
    """
    steps, curve, own = np.log(sizes), np.asarray(scratch, float), np.asarray(distilled, float)
    if not (np.isfinite(steps).all() and (np.diff(steps) > 0).all()):
        raise ValueError(f"sizes that rise from above 0 were expected, not {list(sizes)}")
    means = isotonic_regression(curve.mean(1)).x
    low, high = _interval(steps, means, curve, own, place)
    return Equivalent(sizes[place], _reached(steps, means, own.mean()), low, high, sizes[0], sizes[-1])


def _reached(steps: np.ndarray, means: np.ndarray, level: float) -> float:
    """The smallest size at which a curve that never falls reaches this level."""
    place = int((means < level - SAME).sum())
    if place == len(means):
        return inf
    if place == 0:
        return exp(steps[0]) if means[0] <= level + SAME else 0.0
    share = min(1.0, (level - means[place - 1]) / (means[place] - means[place - 1]))
    return exp(steps[place - 1] + share * (steps[place] - steps[place - 1]))


def _interval(
    steps: np.ndarray, means: np.ndarray, curve: np.ndarray, own: np.ndarray, place: int
) -> tuple[float | None, float | None]:
    """The ends of step 3."""
    seeds, here = len(own), place * STEPS
    if seeds < 2:
        return None, None
    finer = np.interp(np.arange((len(steps) - 1) * STEPS + 1) / STEPS, np.arange(len(steps)), steps)
    others = np.stack([np.interp(finer, steps, each) for each in curve.T], axis=1)  # (finer sizes, seeds)
    error = (own - others).std(axis=1, ddof=1) / seeds**0.5
    half_width = stdtrit(seeds - 1, (1 + CONFIDENCE) / 2) * error
    if half_width[here] < SAME:
        return None, None
    difference = own.mean() - np.interp(finer, steps, means)
    better, worse = difference > half_width, difference < -half_width
    lowest = here if better[here] else 0
    highest = here if worse[here] else len(finer) - 1
    up = _unbroken(better[lowest:])
    down = _unbroken(worse[highest::-1])
    return (exp(finer[lowest + up - 1]) if up else 0.0), (exp(finer[highest - down + 1]) if down else inf)


def _unbroken(flags: np.ndarray) -> int:
    """How many are true before the first that is not."""
    return len(flags) if flags.all() else int(flags.argmin())
