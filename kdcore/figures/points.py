"""Points on a plane of accuracy against cost: which are the best for their cost, where they lie, which was clicked.

Both axes of such a plane are on a log scale: to the left each step divides the cost, and upwards each step divides the
errors. So 98 % and 99 %, where one has half the errors of the other, lie as far apart as 80 % and 90 %, and a network
that can do nothing leaves room for the others. y is therefore the share of errors, and its ticks tell the accuracy.
"""

from collections.abc import Callable, Iterable, Sequence
from math import log10
from typing import NamedTuple

import numpy as np

from kdcore.figures import numbers
from kdcore.interval import Interval
from kdcore.words import N_, _

HEADROOM = 0.2  # of the plane, for labels


class Cost(NamedTuple):
    """What a network costs: the question, the axis, how an amount is written, and what it is an amount of."""

    question: str
    axis: str
    write: Callable[[float], str]
    unit: str = "{cost}"


AGAINST = {
    "size_bytes": Cost(N_("How accurate at which size?"), N_("Bytes of the written file (log scale)"), numbers.size),
    "flops": Cost(
        N_("How accurate for how much work?"),
        N_("FLOPs for one example (log scale)"),
        numbers.count,
        N_("{cost} FLOPs"),
    ),
    "latency_ms": Cost(
        N_("How accurate at which speed?"),
        N_("Time for one example, one thread (log scale)"),
        lambda ms: numbers.seconds(ms / 1000),
    ),
    "nonzero": Cost(
        N_("How accurate with how many weights?"),
        N_("Weights not zero (log scale)"),
        numbers.count,
        N_("{cost} weights not zero"),
    ),
}


class Point(NamedTuple):
    """A network on the plane: its cost, from which to which that was measured, and its accuracy."""

    name: str
    cost: float
    low: float
    high: float
    accuracy: Interval

    @property
    def errors(self) -> float:
        """In per cent."""
        return 100 * (1 - self.accuracy.mean)


class Axes(NamedTuple):
    """What the axes cover: costs, and errors in per cent from the top to the bottom."""

    costs: tuple[float, float]
    errors: tuple[float, float]

    @classmethod
    def around(cls, found: Sequence[Point]) -> "Axes":
        """A little more than all points take, and at the top some room for labels."""
        least, most = min(point.cost for point in found), max(point.cost for point in found)
        errors = [point.errors for point in found if point.errors > 0] or [1.0]
        room = max((most / least) ** 0.06 * 1.1, (2 * least / most) ** 0.5)
        top, bottom = min(errors) / 1.3, min(max(errors) * 1.3, 110)
        if any(not point.errors for point in found):
            top /= 2  # there those without any error are drawn
        return cls((least / room, most * room), (top / (bottom / top) ** HEADROOM, bottom))

    def height(self, point: Point) -> float:
        """The errors at which a point is drawn: one without any, for which a log scale has no place, above all."""
        top, bottom = self.errors
        return point.errors or top * (bottom / top) ** HEADROOM

    def place(self, point: Point) -> tuple[float, float]:
        """Where a point lies, as shares of the plane's width and height, from its top left."""
        return _share(point.cost, *self.costs), _share(self.height(point), *self.errors)


def pareto(found: Iterable[Point]) -> list[Point]:
    """The points to which none is at least as good in both, the cheapest first; of two equal ones the first."""
    best: list[Point] = []
    for point in sorted(found, key=lambda point: (point.cost, -point.accuracy.mean)):
        if not best or point.accuracy.mean > best[-1].accuracy.mean:
            best.append(point)
    return best


def clicked(drawn: Sequence[Point], x: float, y: float) -> Point | None:
    """The point at the place that was clicked, as the browser tells it: cost, and errors in per cent.

    Points come in the order in which they were drawn: of several at one place it is the last, which is on top.
    """
    if not drawn:
        return None
    found, axes, place = drawn[::-1], Axes.around(drawn), np.log([x, y])
    scale = [np.log(high / low) for low, high in axes]
    spots = np.log([[point.cost, axes.height(point)] for point in found])
    return found[np.square((spots - place) / scale).sum(axis=1).argmin()]


def cost_of(point: Point, against: str) -> str:
    """What a point costs, in words."""
    return _(AGAINST[against].unit).format(cost=AGAINST[against].write(point.cost))


def _share(value: float, low: float, high: float) -> float:
    return log10(value / low) / log10(high / low)
