"""What a sweep has measured so far: of each cell, of the teachers, and which cell does best on validation examples.

A cell is told at several epochs, and again where a part of the sweep was begun anew: the newest row counts. Seeds that
diverged are no part of any mean; a cell that has some is drawn as such, and never the best.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from math import isfinite
from typing import Any, NamedTuple, TypeVar

from kdcore.events import Row, first, latest
from kdcore.experiment import Experiment, written
from kdcore.grid import AXES, SHAPED, settings
from kdcore.interval import Interval, interval
from kdcore.measure.verdict import verdict
from kdcore.words import N_, _

Found = TypeVar("Found")

OWNERS = {
    "teacher": N_("Teacher"),
    "teacher_training": N_("Teacher"),
    "student": N_("Student"),
    "training": N_("Student"),
}
BASELINE = "scratch"


class Measure(NamedTuple):
    """A measure of a cell: its name on screen, the factor from a row's number to the screen's, unit and decimals."""

    title: str
    factor: float
    unit: str
    digits: int
    of_lanes: bool = True  # of each lane and seed; else one number a cell


MEASURES = {
    "val_accuracy": Measure(N_("Validation accuracy"), 100, " %", 1),
    "gain": Measure(N_("Gain over labels alone"), 100, "", 1),
    "val_loss": Measure(N_("Validation loss"), 1, "", 3),
    "agreement": Measure(N_("Agreement with the teacher"), 100, " %", 1),
    "kl": Measure(N_("KL to the teacher"), 1, "", 3),
    "ece": Measure(N_("Calibration error"), 100, " %", 1),
    "parameters": Measure(N_("Parameters"), 1, "", 0, of_lanes=False),
    "flops": Measure(N_("FLOPs"), 1, "", 0, of_lanes=False),
}


class Place(NamedTuple):
    """Where a cell stands: the values of its axes, None where there is no such axis."""

    x: Any
    y: Any = None
    panel: Any = None

    def __str__(self) -> str:
        """As an address has it: '4,0.9' or '64-32,100,50'."""
        there = max((i for i, value in enumerate(self) if value is not None), default=0)
        return ",".join(map(written, self[: there + 1]))


class Axis(NamedTuple):
    """An axis as it was asked for."""

    setting: str
    values: tuple[Any, ...]


def remembered(ask: Callable[[Sequence[Row]], Found]) -> Callable[[Sequence[Row]], Found]:
    """Answers once what is asked of the same rows again: a page asks often before there is anything new. Only of a
    tuple, which cannot change, and told apart by which one it is, as to compare thousands of rows takes time too."""
    kept: deque[tuple[Sequence[Row], Found]] = deque(maxlen=4)

    @wraps(ask)
    def answer(rows: Sequence[Row]) -> Found:
        for known, found in tuple(kept):
            if known is rows:
                return found
        found = ask(rows)
        if isinstance(rows, tuple):
            kept.append((rows, found))
        return found

    return answer


@remembered
def axes(rows: Sequence[Row]) -> dict[str, Axis]:
    """The axes that the sweep has, by 'x', 'y' and 'panel'; none before it has begun."""
    told = (first(latest(rows), "started") or {}).get("sweep") or {}
    return {name: Axis(told[name]["setting"], tuple(told[name]["values"])) for name in AXES if told.get(name)}


@remembered
def cells(rows: Sequence[Row]) -> dict[Place, Row]:
    """The newest row of each cell, in the order in which they were first told."""
    return {place(row): row for row in latest(rows) if row["event"] == "cell"}


def curve(rows: Sequence[Row], where: Place) -> list[Row]:
    """The rows of one cell, the newest of each epoch, in the order of epochs."""
    found = {row["epoch"]: row for row in latest(rows) if row["event"] == "cell" and place(row) == where}
    return [found[epoch] for epoch in sorted(found)]


def place(row: Row) -> Place:
    """Where a row's cell stands."""
    return Place(*(row.get(name) for name in AXES))


def find(rows: Sequence[Row], text: str | None) -> Place | None:
    """The place that is written so; None where no such cell was told yet."""
    return next((where for where in cells(rows) if str(where) == text), None)


@remembered
def teachers(rows: Sequence[Row]) -> dict[Any, Row]:
    """The row of each group's teachers."""
    return {row.get("group"): row for row in latest(rows) if row["event"] == "teacher"}


@remembered
def lanes(rows: Sequence[Row]) -> tuple[str, ...]:
    """The students that are compared, in the order in which a cell tells them."""
    told = next((row for row in latest(rows) if row["event"] == "cell"), None)
    return tuple(told["val_accuracy"]) if told else ()


def experiment(rows: Sequence[Row]) -> Experiment:
    """What all cells have in common."""
    return Experiment.model_validate(first(latest(rows), "started")["sweep"]["experiment"])


def seeds(rows: Sequence[Row]) -> int:
    """How often everything is repeated."""
    return len((first(latest(rows), "started") or {}).get("seeds", ()))


def measure(row: Row, name: str, lane: str = "distilled") -> Interval | None:
    """A measure of a cell: mean over the seeds that did not diverge; None where there is none, or not yet."""
    if name == "gain":
        return gain(row, lane)
    found = values(row, name, lane)
    return interval(found) if found else None


def values(row: Row, name: str, lane: str = "distilled") -> list[float]:
    """The numbers of a measure, a seed each, without those of seeds that diverged; empty where there are none."""
    told = row.get(name)
    if isinstance(told, dict):
        told = told.get(lane)
    each = told if isinstance(told, list) else [told]
    lost = row.get("diverged") or ()
    return [value for seed, value in enumerate(each) if value is not None and isfinite(value) and seed not in lost]


def gain(row: Row, lane: str = "distilled") -> Interval | None:
    """The paired gain of a lane over the student from labels, in validation accuracy."""
    ours, theirs = values(row, "val_accuracy", lane), values(row, "val_accuracy", BASELINE)
    if not ours or len(ours) != len(theirs):
        return None
    return interval([own - other for own, other in zip(ours, theirs, strict=True)])


def is_proven(row: Row, lane: str = "distilled") -> bool:
    """Whether the seeds, none of which diverged, show a difference to the student from labels; see `verdict`."""
    if gain(row, lane) is None or row["diverged"]:
        return False
    ours, theirs = values(row, "val_accuracy", lane), values(row, "val_accuracy", BASELINE)
    return verdict(theirs, ours).outcome in ("helps", "hurts")


def best(rows: Sequence[Row], lane: str = "distilled", where: Callable[[Row], bool] = lambda row: True) -> Row | None:
    """The finished cell that does best on validation examples, of those that `where` takes; the first of equal ones."""
    able = [
        row
        for row in cells(rows).values()
        if row.get("done") and not row["diverged"] and values(row, "val_accuracy", lane) and where(row)
    ]
    return max(able, key=lambda row: measure(row, "val_accuracy", lane).mean, default=None)


def is_measured(rows: Sequence[Row], name: str, lane: str = "distilled") -> bool:
    """Whether any cell has this measure by now."""
    return any(measure(row, name, lane) is not None for row in cells(rows).values())


def described(rows: Sequence[Row], where: Place) -> str:
    """A cell in words, or a whole row of cells: 'temperature 4, soft-label share 0.9'."""
    return settled(axes(rows), where)


def settled(named: Mapping[str, Axis], where: Place) -> str:
    """The same, where the axes are known."""
    told = [(named[name].setting, value) for name, value in zip(AXES, where, strict=True) if value is not None]
    return ", ".join(f"{_lowered(title(setting))} {written(value)}" for setting, value in told)


def title(setting: str) -> str:
    """A setting as an axis calls it; one that both networks have says whose it is."""
    words = _(settings()[setting].title)
    group = setting.partition(".")[0] if setting not in SHAPED else ""
    return _("{owner}: {setting}").format(owner=_(OWNERS[group]), setting=words.lower()) if group in OWNERS else words


def capital(words: str) -> str:
    """At the beginning of a sentence."""
    return words[:1].upper() + words[1:]


def _lowered(words: str) -> str:
    """Within a sentence."""
    return words[:1].lower() + words[1:]
