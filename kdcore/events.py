"""Training is a stream of events: plain rows, in the order in which things happened.

| event    | what it says                                                                                        |
| -------- | --------------------------------------------------------------------------------------------------- |
| started  | key, experiment, machine, date, seeds, epochs of each lane; a second attempt says `started` again    |
| download | file, done_bytes, total_bytes (0 where unknown): data that are not on this machine yet              |
| batch    | progress of the run (0 to 1) after a step of optimisation; for pacing, never stored                  |
| epoch    | lane, epoch (0 is before training), and per seed: validation accuracy and loss, loss terms           |
| snapshot | something to keep, by name: JSON under `data`, or bytes under `payload`                              |
| variant  | a compressed network: name, parent, and what was measured of it; see `compress.measured`            |
| impossible | a variant that cannot be made of these networks, or a family that cannot learn: why, as detail      |
| teacher  | of a sweep: accuracies of a group's teachers per seed, and four examples of which they are not sure   |
| cell     | of a sweep: its x, y and panel, an epoch, and per lane and seed its accuracy; at last all measures     |
| inside   | of a comparison of methods: of a cell, what last hidden layers say of some examples, see `inside`       |
| copy     | of an article's example: a learning rate, a lane, a step, and how well each seed copies by then        |
| trial    | of a search: its number, the values it was given, and per lane and seed its validation accuracy       |
| family   | of a transfer: a family that has learned, as teacher or student, and per arm and seed its accuracy    |
| finished | the table: per lane what was measured on the test examples; and what of classes left out was known;  |
|          | of a search the best trial, once tested, and how much each setting matters; of a calibration its two  |
|          | numbers                                                                                              |
| failed   | reason: diverged, stopped, worker_lost, data, store or error; with what is known of it               |

Rows hold codes and numbers; sentences are formed where they are shown.
"""

import json
import math
from base64 import b64decode, b64encode
from collections.abc import Container, Iterable
from typing import Any

Row = dict[str, Any]

LANES = ("teacher", "scratch", "distilled")  # what every run has
ASSISTED = ("assisted",)  # where there is an assistant: the student that it teaches
ASSISTANT = "assistant"  # and its own lane
CONTROLS = ("smoothed", "shuffled")  # students told other things than the teacher's answers, where asked for
ENDS = ("finished", "failed")


def compared(present: Container[str]) -> tuple[str, ...]:
    """The lanes that stand beside each other in pictures: those of every run and, where present, those of assistants.
    Controls have a picture of their own."""
    return LANES + tuple(lane for lane in (ASSISTANT, *ASSISTED) if lane in present)


def latest(rows: Iterable[Row]) -> list[Row]:
    """The rows of the last attempt: from the last `started` on.

    What follows an end belongs to a new attempt too: one that was stopped before it began has its `failed` only.
    """
    found: list[Row] = []
    for row in rows:
        if row["event"] == "started" or (found and found[-1]["event"] in ENDS):
            found = []
        found.append(row)
    return found


def first(rows: Iterable[Row], event: str, **values: Any) -> Row | None:
    """The first row of this kind with these values, or None."""
    return next((row for row in rows if row["event"] == event and values.items() <= row.items()), None)


def to_line(row: Row) -> str:
    """A row as a line of JSON; bytes are written as {"base64": ...}, numbers that are none as null."""
    return json.dumps(finite(row), default=lambda payload: {"base64": b64encode(payload).decode()}, allow_nan=False)


def from_line(line: str) -> Row:
    """The row that `to_line` wrote."""
    row = json.loads(line)
    if "payload" in row:
        row["payload"] = b64decode(row["payload"]["base64"])
    return row


def finite(value: Any) -> Any:
    """The value with None for NaN and the infinities, which JSON does not know."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: finite(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [finite(part) for part in value]
    return value
