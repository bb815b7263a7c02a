"""One cell of a sweep: how its students learn beside their teachers, as the curves of a run."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from kdcore.events import Row, first, latest
from kdcore.figures import cells, curves, numbers, theme
from kdcore.figures.cells import Place
from kdcore.interval import interval
from kdcore.words import _

LEAST = 5e-4  # the probability of what was rounded to 0


def figure(rows: Sequence[Row], where: Place) -> go.Figure:
    """Validation accuracy at the epochs that were looked at, and that of the trained teachers throughout."""
    return curves.figure(as_run(rows, where), "accuracy")


def reading(rows: Sequence[Row], where: Place) -> str:
    """Where every lane stands at the last of these epochs."""
    told = {lane: values for lane, values in _at_end(rows, where).items() if values}
    if not told:
        return _("The curves begin with the first epoch.")
    words, epoch = _("{lane} {accuracy}"), cells.curve(rows, where)[-1]["epoch"]
    parts = [
        words.format(lane=_(theme.ROLES[lane].label), accuracy=numbers.percent(interval(values)))
        for lane, values in told.items()
    ]
    sentence = _("Right on the validation examples after epoch {epoch} of the students: {parts}.")
    return sentence.format(epoch=epoch, parts=", ".join(parts))


def table(rows: Sequence[Row], where: Place) -> pd.DataFrame:
    """Every lane, epoch and seed."""
    return curves.table(as_run(rows, where), "accuracy")


def as_run(rows: Sequence[Row], where: Place) -> list[Row]:
    """A cell as the rows of a run, as far as its curves go: what was told of students, and the teachers' level."""
    found, started = cells.curve(rows, where), first(latest(rows), "started")
    if not found:
        return []
    last = found[-1]["epoch"]
    run = {"key": f"{started['key']}/{where}", "attempt": started.get("attempt", 1), "seeds": started["seeds"]}
    told = [{"event": "started", **run, "epochs": dict.fromkeys(("teacher", *found[-1]["val_accuracy"]), last)}]
    if teacher := cells.teachers(rows).get(found[-1].get("group")):
        told += [_epoch("teacher", epoch, teacher["val_accuracy"]) for epoch in (found[0]["epoch"], last)]
    for row in found:
        told += [_epoch(lane, row["epoch"], values) for lane, values in row["val_accuracy"].items()]
    return told


def examples(rows: Sequence[Row], where: Place) -> list[Row]:
    """What the first seed's networks answer on four examples, as a run keeps it for `soft_labels`; empty until the
    cell is finished."""
    row = cells.cells(rows)[where]
    teacher = cells.teachers(rows).get(row.get("group"))
    if not row.get("soft") or not (teacher and teacher.get("examples")):
        return []
    classes = cells.experiment(rows).class_names
    kept = [
        {name: example[name] for name in ("index", "label", "x", "shape")}
        | {"teacher": _logits(example["probabilities"])}
        | {lane: _logits(soft[i]) for lane, soft in row["soft"].items()}
        for i, example in enumerate(teacher["examples"])
    ]
    return [{"event": "snapshot", "name": "examples", "data": {"classes": classes, "rows": kept}}]


def _at_end(rows: Sequence[Row], where: Place) -> dict[str, list[float]]:
    """Accuracies of all lanes, as far as the cell has got."""
    row = cells.cells(rows)[where]
    teacher = cells.teachers(rows).get(row.get("group"))
    told = {"teacher": cells.values(teacher, "val_accuracy")} if teacher else {}
    return told | {lane: cells.values(row, "val_accuracy", lane) for lane in row["val_accuracy"]}


def _epoch(lane: str, epoch: int, values: Sequence[float | None]) -> Row:
    return {"event": "epoch", "lane": lane, "epoch": epoch, "val_accuracy": values, "val_loss": None}


def _logits(probabilities: Sequence[float]) -> list[float]:
    """Logits that lead to these probabilities."""
    return np.log(np.maximum(probabilities, LEAST)).tolist()
