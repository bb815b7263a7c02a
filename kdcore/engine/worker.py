"""What a Dask worker does for a run: take the rows of `fit(experiment)`, one after the other, and send them on.

Rows go out as they come, on one topic for all runs. Two kinds stay until the end and travel as the task's result:
those with bytes, which would pile up in the scheduler's log, and the last one, so that a run's end and what it leaves
are stored in one commit.
"""

import importlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from time import monotonic, thread_time
from typing import Any

from distributed import Worker, get_worker, rejoin, secede

from kdcore import order
from kdcore.data.download import DataUnavailable
from kdcore.engine.gate import Gate
from kdcore.events import Row
from kdcore.settings import SettingProblem

TOPIC = "distillery"
ROWS_EVERY_S = 0.05  # at most this often rows are sent,
PROGRESS_EVERY_S = 0.25  # and mere progress

Aside = AbstractContextManager[None]

GIVES_WAY = 10  # by how much a worker of our own is nicer than a page, which has somebody who waits for its answer

gates: dict[str, Gate] = {}  # of the tasks in this process


class Failed(Exception):
    """A task of a sweep could not be done; its argument is the last row of the run."""


def dask_setup(_worker: Worker) -> None:
    """Pages are answered first. Dask calls this as a worker of our own begins, where such priorities exist."""
    if hasattr(os, "nice"):
        os.nice(GIVES_WAY)


def work(fit: str, told: dict[str, Any], attempt: int, speed: float) -> list[Row]:
    """Run `fit` (as "module:function") in a Dask task; the rows that are not sent but kept are its result."""
    with _sending(speed) as (outbox, gate):
        _pass_on(_rows(fit, told), attempt, outbox, gate)
        return outbox.kept


def part(
    function: str, told: dict[str, Any], attempt: int, speed: float, which: Sequence[int], taught: Sequence[Any] = ()
) -> list[Any]:
    """Do a task of a sweep, as "module:function"; its rows are sent, and what it returns stays with this worker.

    That is in a list, and so is what a group's teachers left: Dask tells the engine the type of a result, and that of
    tensors takes long to import. Raises Failed. While the run is paused, others may use this worker: all workers may
    hold parts of one run.
    """
    began = thread_time()
    with _sending(speed) as (outbox, gate):
        try:
            value = _pass_on(find(function)(order.read(told), *which, *taught), attempt, outbox, gate, aside=_aside)
        except Exception as error:
            raise Failed(failure(error)) from None
        if outbox.kept:
            raise Failed(outbox.kept[-1])
        outbox.post(rows=[], progress=1.0, processor_s=thread_time() - began)
        return [value]


def adjust(task: str, **settings: Any) -> None:
    """Change the gate of a task in this process; the engine calls it by `client.run`."""
    if gate := gates.get(task):
        gate.set(**settings)


@contextmanager
def _sending(speed: float) -> Iterator[tuple["Outbox", Gate]]:
    """What a task sends its rows by, and the gate that they pass; first of all, it says that it has begun."""
    worker = get_worker()
    task = worker.get_current_task()
    gate = gates[task] = Gate(partial(_wanted, worker, task), speed)
    outbox = Outbox(lambda **parts: worker.log_event(TOPIC, {"job": task, **parts}))
    try:
        outbox.post(begun=worker.address)
        yield outbox, gate
    finally:
        del gates[task]


def _pass_on(
    rows: Iterator[Row], attempt: int, outbox: "Outbox", gate: Gate, aside: Callable[[], Aside] = nullcontext
) -> Any:
    """Send rows on as they may pass the gate; returns what their generator returns. Where they are held by a pause,
    they wait `aside`."""
    rows = iter(rows)
    while True:
        try:
            row = next(rows)
        except StopIteration as end:
            outbox.send()
            return end.value
        if gate.holds(row):
            outbox.send()
        with aside() if gate.is_closed else nullcontext():
            passes = gate.passes(row)
        if not passes:
            outbox.send()
            return None
        outbox.add(row | {"attempt": attempt} if row["event"] == "started" else row)


@contextmanager
def _aside() -> Iterator[None]:
    """Leave the worker's thread to other tasks meanwhile."""
    secede()
    try:
        yield
    finally:
        rejoin()


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


def _rows(fit: str, told: dict[str, Any]) -> Iterator[Row]:
    """The rows of `fit`; an exception becomes the last row."""
    try:
        yield from find(fit)(order.read(told))
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
    return task is not None and task.state in ("executing", "long-running")  # the latter: it has stepped aside
