"""What a Dask worker does for a run: take the rows of `fit(experiment)`, one after the other, and send them on.

Rows go out as they come, on one topic for all runs. Two kinds stay until the end and travel as the task's result:
those with bytes, which would pile up in the scheduler's log, and the last one, so that a run's end and what it leaves
are stored in one commit.
"""

import importlib
from collections.abc import Callable, Iterator
from functools import partial
from time import monotonic
from typing import Any

from distributed import Worker, get_worker

from kdcore import order
from kdcore.data.download import DataUnavailable
from kdcore.engine.gate import Gate
from kdcore.events import Row
from kdcore.settings import SettingProblem

TOPIC = "distillery"
ROWS_EVERY_S = 0.05  # at most this often rows are sent,
PROGRESS_EVERY_S = 0.25  # and mere progress

gates: dict[str, Gate] = {}  # of the runs in this process


def work(fit: str, experiment: dict[str, Any], attempt: int, speed: float) -> list[Row]:
    """Run `fit` (as "module:function") in a Dask task; the rows that are not sent but kept are its result."""
    worker = get_worker()
    job = worker.get_current_task()
    gate = gates[job] = Gate(partial(_wanted, worker, job), speed)
    outbox = Outbox(lambda **parts: worker.log_event(TOPIC, {"job": job, **parts}))
    try:
        outbox.post(begun=worker.address)
        for row in _rows(fit, experiment, attempt):
            if gate.holds(row):
                outbox.send()
            if not gate.passes(row):
                break
            outbox.add(row)
        outbox.send()
        return outbox.kept
    finally:
        del gates[job]


def adjust(job: str, **settings: Any) -> None:
    """Change the gate of a run in this process; the engine calls it by `client.run`."""
    if gate := gates.get(job):
        gate.set(**settings)


def find(path: str) -> Callable[..., Any]:
    """The function that "module:function" names."""
    module, _colon, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


class Outbox:
    """Gathers rows and posts them in batches."""

    def __init__(self, post: Callable[..., None]):
        self.post = post
        self.kept: list[Row] = []
        self._rows: list[Row] = []
        self._progress = 0.0
        self._sent = -PROGRESS_EVERY_S

    def add(self, row: Row) -> None:
        self._progress = row.get("progress", self._progress)
        if "payload" in row or row["event"] in ("finished", "failed"):
            self.kept.append(row)
        elif row["event"] != "batch":
            self._rows.append(row)
        if monotonic() - self._sent >= (ROWS_EVERY_S if self._rows else PROGRESS_EVERY_S):
            self.send()

    def send(self) -> None:
        self.post(rows=self._rows, progress=self._progress)
        self._rows, self._sent = [], monotonic()


def _rows(fit: str, experiment: dict[str, Any], attempt: int) -> Iterator[Row]:
    """The rows of `fit`; an exception becomes the last row."""
    try:
        for row in find(fit)(order.read(experiment)):
            yield row | {"attempt": attempt} if row["event"] == "started" else row
    except Exception as error:
        yield failure(error)


def failure(error: Exception) -> Row:
    """The last row of a run that an exception has ended."""
    if isinstance(error, DataUnavailable):
        return {"event": "failed", "reason": "data", "detail": str(error), "data": error.values}
    if isinstance(error, SettingProblem):
        return {"event": "failed", "reason": "error", "detail": str(error)}
    return {"event": "failed", "reason": "error", "detail": f"{type(error).__name__}: {error}"}


def _wanted(worker: Worker, job: str) -> bool:
    """Whether the scheduler still wants this task: not after `future.cancel()`, nor when the engine has gone."""
    task = worker.state.tasks.get(job)
    return task is not None and task.state == "executing"
