"""A sweep is run: group after group its teachers, and then the students of their cells, as few cohorts.

A cell's row tells how its students do on validation examples, at some epochs on the way; so a map fills in while it
learns, and every cell of it is what the run of that cell's experiment would show.

Here one follows the other. Wherever they are done elsewhere, the rows of `outline`, `teach` and `learn` are the same.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict
from functools import partial
from time import process_time

import torch

from kdcore import cost, many
from kdcore.data.altered import fetched
from kdcore.events import Row
from kdcore.grid import AXES, Cell, Sweep
from kdcore.many import Taught
from kdcore.train import chosen_device, origin


def sweep(order: Sweep, dtype: torch.dtype = torch.float32) -> Iterator[Row]:
    """Train the students of every cell; yields the rows described in `events`.

    Raises DataUnavailable, and SettingProblem where there is no such device.
    """
    began = process_time()
    costs = yield from outline(order)
    total, done = sum(map(sum, costs)), 0.0
    for g, (teachers, *parts) in enumerate(costs):
        taught = yield from _changed(teach(order, g, dtype), partial(_of_whole, done / total, teachers / total))
        done += teachers
        for p, students in enumerate(parts):
            rows = learn(order, g, p, taught, dtype)
            yield from _changed(rows, partial(_of_whole, done / total, students / total))
            done += students
    yield {"event": "finished", "processor_s": round(process_time() - began, 2)}


def outline(order: Sweep) -> Generator[Row, None, list[list[float]]]:
    """The first rows; and what each group will cost, its teachers and then each of its parts, in operations.

    Raises DataUnavailable, and SettingProblem where there is no such device.
    """
    yield {
        "event": "started",
        "key": order.key,
        "sweep": order.model_dump(mode="json"),
        **origin(chosen_device()),
        "seeds": list(range(order.experiment.seeds)),
        "cells": len(order.cells()),
        "students": order.students,
    }
    for cell in order.cells():
        for file in fetched(cell.experiment):
            yield {"event": "download"} | asdict(file)
    return [[cost.of_teachers(group.experiment), *map(cost.of_part, group.parts)] for group in order.groups()]


def teach(order: Sweep, g: int, dtype: torch.dtype = torch.float32) -> Generator[Row, None, Taught]:
    """The rows of the teachers of group g, with a progress of their own; and what they know in the end."""
    return (yield from _changed(many.teach(order.groups()[g], dtype), partial(_placed, order.cells(), g)))


def learn(
    order: Sweep, g: int, p: int, taught: Taught, dtype: torch.dtype = torch.float32
) -> Generator[Row, None, None]:
    """The rows of part p of group g, with a progress of its own."""
    group = order.groups()[g]
    is_comparison = [axis.setting for axis in order.axes.values()] == ["method"]
    rows = many.learn(group, group.parts[p], taught, early=order.early, inside=is_comparison, dtype=dtype)
    yield from _changed(rows, partial(_placed, order.cells(), g))


def _of_whole(start: float, share: float, row: Row) -> Row:
    """The row with its progress, of teachers or of a part, as that of the sweep."""
    return row | {"progress": min(1.0, start + share * row["progress"])} if "progress" in row else row


def _placed(cells: list[Cell], g: int, row: Row) -> Row:
    """The row as one of a sweep: its group, and where its cell stands."""
    if row["event"] == "batch":
        return row
    place = dict(zip(AXES, cells[row["cell"]], strict=False)) if "cell" in row else {}
    rest = {name: value for name, value in row.items() if name not in ("event", "cell")}
    return {"event": row["event"], **place, "group": g, **rest}


def _changed(
    rows: Generator[Row, None, Taught | None], change: Callable[[Row], Row]
) -> Generator[Row, None, Taught | None]:
    """The rows, each changed, and what they end in."""
    while True:
        try:
            row = next(rows)
        except StopIteration as end:
            return end.value
        yield change(row)
