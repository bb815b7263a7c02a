"""Every network that was measured in any run: what it is, how often it is right on test examples, and what it costs.

An entry is a lane of an experiment, a variant of a compression, or a lane of a sweep's cell. Entries of runs on the
same data can be compared, as far as they have seen the same: how many labels, and which split into training and test.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean, median
from typing import Any

from pydantic import ValidationError

from kdcore.events import Row
from kdcore.experiment import Experiment, flatten, written
from kdcore.figures import cells, stages, theme
from kdcore.figures.differences import differences
from kdcore.figures.points import Point
from kdcore.grid import AXES, SHAPED, with_values
from kdcore.interval import Interval, interval
from kdcore.words import N_, _

KINDS = {"experiment": N_("Runs of Distil"), "compression": N_("Compressions"), "sweep": N_("Sweeps")}
TOLD = {  # of each kind of run: the event that tells what was measured, and the fields of it that are needed
    "experiment": ("finished", "table"),
    "compression": ("variant", "test_accuracy", "name", "size_bytes", "flops", "latency_ms", "latency_on"),
    "sweep": ("cell", "test_accuracy", *AXES, "parameters", "flops", "diverged"),
}
FLOAT_BYTES = 4  # of a weight, where no file was written
TEACHER = "teacher"
OF_THE_SPLIT = ("data.seed", "data.noise", "label_noise", "teacher_data", "classes")  # what everyone has seen
OF_STUDENTS = ("data.labels", "unlabelled", "left_out", "inputs")  # and what students have; others see all labels

Costs = Mapping[str, tuple[float, float, float]]  # by what it is: the amount, and from which to which it was measured


@dataclass(frozen=True, eq=False)
class Entry:
    """A network, or the same one trained with several seeds.

    `name` tells it within its run: a lane, a variant, or a cell and a lane ('4,0.9|distilled'). A cost that was not
    measured is not there. `machine` is where latency was measured.
    """

    run: str
    kind: str
    name: str
    role: str
    settings: Mapping[str, Any]
    test_accuracy: tuple[float, ...]
    costs: Costs
    machine: str = ""

    @cached_property
    def id(self) -> str:
        return f"{self.run}:{self.name}"

    @cached_property
    def accuracy(self) -> Interval:
        return interval(self.test_accuracy)

    @property
    def is_student(self) -> bool:
        """Whether it saw no more labels than its run gives to students; compression has all of them."""
        return self.kind != "compression" and self.role != TEACHER

    @cached_property
    def split(self) -> tuple[str, ...]:
        """What everyone in its run has seen of the data."""
        return tuple(written(self.settings[name]) for name in OF_THE_SPLIT)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """What it was told of its examples."""
        return tuple(written(self.settings[name]) for name in OF_STUDENTS) if self.is_student else ()

    @property
    def label(self) -> str:
        """In few words: what it is, and of which size."""
        if self.kind == "compression":
            return stages.label("" if self.name == TEACHER else self.name)
        role = _(theme.ROLES[self.role].label)
        who = "student" if self.role != TEACHER else TEACHER
        return role if self.role == "assistant" else f"{role} {written(self.settings[f'{who}.widths'])}"

    @property
    def run_words(self) -> str:
        """Its run in words: what differs from the default."""
        return " · ".join(differences(self.settings)) or _("all settings as usual")

    def point(self, against: str) -> Point | None:
        """Where it lies on a plane; None where this cost was not measured."""
        return Point(self.id, *self.costs[against], self.accuracy) if against in self.costs else None


def kind(order: Mapping[str, Any]) -> str | None:
    """What sort of run was ordered, by what its dump says; None for one that measures no networks to compare."""
    marks = {"pipelines": "compression", "x": "sweep", "temperature": "experiment"}
    return next((kind for mark, kind in marks.items() if mark in order), None)


def entries(key: str, order: Mapping[str, Any], rows: Sequence[Row]) -> list[Entry]:
    """All networks of a run, from its order as it was dumped and its rows of `TOLD`; none of one that is not of today.

    What was told twice counts as it was told last. Cells with seeds that diverged are left out.
    """
    try:
        base = Experiment.model_validate(order.get("experiment", order))
    except ValidationError:
        return []
    made = {"experiment": _lanes, "compression": _variants, "sweep": _cells}[kind(order)](key, order, base, rows)
    return list({entry.name: entry for entry in made}.values())


def comparable(found: Sequence[Entry]) -> list[bool]:
    """Which have seen what most of them have: the same split as most, and students as many labels as most students."""
    split = _commonest(entry.split for entry in found)
    labels = _commonest(entry.labels for entry in found if entry.is_student and entry.split == split)
    return [entry.split == split and (not entry.is_student or entry.labels == labels) for entry in found]


def _commonest(values: Iterable[tuple[str, ...]]) -> tuple[str, ...] | None:
    """The first of the commonest."""
    return next((value for value, _count in Counter(values).most_common(1)), None)


def _lanes(key: str, _order: Mapping[str, Any], base: Experiment, rows: Sequence[Row]) -> Iterator[Entry]:
    settings = flatten(base)
    for row in rows:
        for line in row["table"]:
            costs = {name: (line[name],) * 3 for name in ("size_bytes", "flops", "latency_ms")}
            accuracy = tuple(line["test_accuracy"])
            yield Entry(key, "experiment", *2 * [line["lane"]], settings, accuracy, costs, line["latency_on"])


def _variants(key: str, _order: Mapping[str, Any], base: Experiment, rows: Sequence[Row]) -> Iterator[Entry]:
    settings = flatten(base)
    for row in rows:
        times, sizes = row["latency_ms"]["1"], row["size_bytes"]
        costs = {
            "size_bytes": (fmean(sizes), min(sizes), max(sizes)),
            "flops": (max(row["flops"], 1),) * 3,
            "latency_ms": (median(times), min(times), max(times)),
        }
        accuracy, role = tuple(row["test_accuracy"]), stages.family(row["name"])
        yield Entry(key, "compression", row["name"] or TEACHER, role, settings, accuracy, costs, row["latency_on"])


def _cells(key: str, order: Mapping[str, Any], base: Experiment, rows: Sequence[Row]) -> Iterator[Entry]:
    """What is told of a cell's students; nothing was written to a file, and nothing was timed."""
    named = {name: order[name]["setting"] for name in AXES if order.get(name)}
    shapes = {name: setting for name, setting in named.items() if setting in SHAPED}
    settings = flatten(base)
    for row in rows:
        if row["diverged"]:
            continue
        if shapes:
            settings = flatten(with_values(base, {setting: row[name] for name, setting in shapes.items()}))
        own = settings | {setting: row[name] for name, setting in named.items() if name not in shapes}
        size, flops = FLOAT_BYTES * row["parameters"], row["flops"]
        costs = {"size_bytes": (size, size, size), "flops": (flops, flops, flops)}
        place = str(cells.place(row))
        for lane, accuracy in row["test_accuracy"].items():
            yield Entry(key, "sweep", f"{place}|{lane}", lane, own, tuple(accuracy), costs)
