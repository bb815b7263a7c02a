"""What a search has tried so far, and the scales on which its settings lie.

A trial of which a seed diverged has no accuracy to be compared, and is never the best.
"""

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import Any, NamedTuple

from kdcore.events import Row, first, latest
from kdcore.figures import numbers
from kdcore.figures.cells import title
from kdcore.interval import Interval, interval

ROOM = 0.12  # of an axis, between the numbers on it


def trials(rows: Sequence[Row]) -> list[Row]:
    """The trials that were told, in the order of their numbers."""
    return sorted((row for row in latest(rows) if row["event"] == "trial"), key=lambda row: row["number"])


def finished(rows: Sequence[Row]) -> list[Row]:
    """The trials that have an accuracy."""
    return [row for row in trials(rows) if is_finished(row)]


def is_finished(row: Row) -> bool:
    """Whether all students of a trial came to their end."""
    return bool(row["val_accuracy"]) and not row["diverged"]


def accuracy(row: Row, lane: str = "distilled") -> Interval:
    """The validation accuracy of a finished trial's students, over its seeds."""
    return interval(row["val_accuracy"][lane])


def best(rows: Sequence[Row], lane: str = "distilled") -> Row | None:
    """The finished trial that does best on validation examples; the first of equal ones."""
    return max(finished(rows), key=lambda row: accuracy(row, lane).mean, default=None)


def told(values: dict[str, Any]) -> str:
    """Some settings and their values in words: 'temperature 4, soft-label share 0.9'."""
    return ", ".join(f"{lowered(setting)} {shown(value)}" for setting, value in values.items())


def lowered(setting: str) -> str:
    """A setting within a sentence."""
    words = title(setting)
    return words[:1].lower() + words[1:]


def shown(value: Any) -> str:
    """The value of a setting, as it is read."""
    return value if isinstance(value, str) else numbers.significant(value, 3)


class Scale(NamedTuple):
    """Where the values of a setting lie on its axis, from 0 to 1."""

    low: float = 0.0
    high: float = 1.0
    log: bool = False
    choices: tuple[str, ...] = ()

    def place(self, value: Any) -> float:
        """How high up the axis a value lies; the only one there is lies in the middle."""
        if self.choices:
            return self.choices.index(value) / (len(self.choices) - 1) if len(self.choices) > 1 else 0.5
        low, high, here = (log10(number) if self.log else number for number in (self.low, self.high, value))
        return (here - low) / (high - low) if high > low else 0.5

    def ticks(self) -> list[tuple[float, str]]:
        """What is written on the axis, and where: both ends, and round numbers between them where there is room."""
        if self.choices:
            return [(self.place(choice), choice) for choice in self.choices]
        found: dict[float, str] = {}
        for number in (self.low, self.high, *(_decades(*self[:2]) if self.log else _round(*self[:2]))):
            place = self.place(number)
            if all(abs(place - other) >= ROOM for other in found):
                found[place] = shown(number)
        return sorted(found.items())


def scales(rows: Sequence[Row]) -> dict[str, Scale]:
    """The scale of every setting that is searched, in the order in which they were told."""
    search = (first(latest(rows), "started") or {}).get("search") or {"settings": ()}
    return {
        each["setting"]: Scale(each["low"], each["high"], each["log"], tuple(each["choices"]))
        for each in search["settings"]
    }


def scale_of_accuracy(rows: Sequence[Row]) -> Scale:
    """From the worst finished trial to the best, in whole per cent."""
    means = [100 * accuracy(row).mean for row in finished(rows)]
    return Scale(floor(min(means)), ceil(max(means))) if means else Scale(0, 100)


def _decades(low: float, high: float) -> list[float]:
    """Powers of ten from low to high; where there are few, their doubles and halves as well."""
    powers = [10.0**n for n in range(ceil(log10(low)), floor(log10(high)) + 1)]
    if len(powers) > 2:
        return powers
    steps = [part * 10.0**n for n in range(floor(log10(low)), ceil(log10(high)) + 1) for part in (2, 5)]
    return powers + [step for step in steps if low <= step <= high]


def _round(low: float, high: float) -> list[float]:
    """At most five steps of 1, 2 or 5 times a power of ten."""
    if high == low:
        return []
    power = 10.0 ** floor(log10((high - low) / 5))
    step = next(part * power for part in (1, 2, 5, 10) if part * power * 5 >= high - low)
    return [n * step for n in range(ceil(low / step), floor(high / step) + 1)]
