"""The lab's mind: which runs there are, where each stands, and what is stored of them.

It works in turns, in one thread. A turn takes what has come in (commands of pages, reports of workers), changes values
in memory, and makes them true with one commit; only then are the commands answered. So whatever was acknowledged
is stored, and what could not be stored was refused.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Protocol
from uuid import uuid4

from pydantic import ValidationError

from kdcore import order
from kdcore.engine.answer import Answer, refused
from kdcore.engine.queue import Queue
from kdcore.events import Row
from kdcore.store import Run, StoreProblem, Writer

ATTEMPTS = 2
PAUSE_LIMIT_S = 900  # then a paused run goes on by itself: its slot is everybody's
RETRY_S = 2.0  # how soon what could not be stored is tried again
FASTEST = 1000.0  # epochs per second that can be asked for
WAIT_STEP_S = 5  # a rough wait is rounded to this, so that it is not stored anew in every turn

logger = logging.getLogger(__name__)

Reply = Callable[[Answer], None]


class Trainer(Protocol):
    """What the lab needs of a cluster."""

    slots: int

    def start(self, job: str, experiment: dict[str, Any], attempt: int, speed: float) -> None: ...
    def adjust(self, job: str, address: str, **changes: Any) -> None: ...
    def cancel(self, job: str) -> None: ...
    def close(self) -> None: ...


@dataclass
class Job:
    """An attempt under way: its name in the cluster, and the worker it has begun on."""

    name: str
    worker: str | None = None
    paused_at: float | None = None


class Lab:
    """Takes commands and reports, decides, and stores. `clock` counts seconds, from anywhere."""

    def __init__(self, writer: Writer, slots: int, clock: Callable[[], float] = monotonic):
        self._writer, self._clock = writer, clock
        self._cluster: Trainer | None = None
        self._queue = Queue(slots)
        self._runs: dict[str, Run] = {}  # that wait or are under way, and those whose end is not stored yet
        self._stored: dict[str, Run] = {}  # the same as the store has them
        self._rows: dict[str, list[Row]] = defaultdict(list)  # not stored yet
        self._jobs: dict[str, Job] = {}  # by the run's key
        self._replies: list[tuple[Reply, Answer]] = []
        self._restore()

    # ---- turns

    def turn(self, inputs: Iterable[Callable[[], None]]) -> float | None:
        """Take in what has come, act, store, answer. Returns after how many seconds the next turn is due at the
        latest; None if there is nothing to do until something comes."""
        for take in inputs:
            take()
        self._end_long_pauses()
        self._fill_slots()
        self._number_the_waiting()
        self._store()
        if self._rows or self._unsaved():
            return RETRY_S
        pauses = [job.paused_at for job in self._jobs.values() if job.paused_at is not None]
        return max(0.0, min(pauses) + PAUSE_LIMIT_S - self._clock()) if pauses else None

    def ready(self, cluster: Trainer) -> None:
        """The cluster is there: from now on runs can begin."""
        self._cluster, self._queue.slots = cluster, cluster.slots

    def close(self) -> None:
        """Put runs under way back into the queue; an orderly end costs them no attempt."""
        for key in list(self._jobs):
            self._give_up(key)
            self._change(key, status="queued", paused=False, progress=0.0)
        self._store()
        self._writer.close()
        if self._cluster:
            self._cluster.close()

    # ---- commands

    def command(self, request: Any, reply: Reply) -> None:
        """Carry out a request of a page, to be answered at the end of this turn."""
        try:
            answer = self._answer(request)
        except StoreProblem as problem:
            answer = refused("store", str(problem))
        self._replies.append((reply, answer))

    def _answer(self, request: Any) -> Answer:
        match request:
            case {"do": "submit", "experiment": dict(settings), "browser": str(browser)}:
                try:
                    chosen, again = order.read(settings), request.get("again") is True
                    return self._submit(chosen, browser, request.get("speed", 0.0), again)
                except ValidationError as error:
                    return refused("bad_request", " ".join(map(str, order.problems(error))))
            case {"do": "control", "key": str(key), "browser": str(browser), "action": str(action)}:
                return self._control(key, browser, action, request.get("value"))
        return refused("bad_request", str(request)[:200])

    def _submit(self, chosen: order.Order, browser: str, speed: Any, again: bool) -> Answer:
        if not _is_speed(speed):
            return refused("bad_request", f"speed {speed}")
        key = chosen.key
        run = self._runs.get(key)
        if run is None or run.ended:
            found = self._writer.run(key)
            if found and found.status == "finished" and not again:
                return Answer(True, "finished")
            settings, now = chosen.model_dump(mode="json"), datetime.now(UTC).isoformat()
            run = Run(key, settings, "queued", now, speed=float(speed))
        if not self._queue.ask(key, browser):
            return refused("too_many")
        self._runs[key] = replace(run, browsers=self._queue.browsers(key))
        return Answer(True, run.status)

    def _control(self, key: str, browser: str, action: str, value: Any) -> Answer:
        run = self._runs.get(key)
        if run is None or run.ended:
            return refused("not_running" if self._writer.run(key) else "no_such_run")
        if browser not in run.browsers:
            return refused("not_yours")
        if action == "stop":
            return self._withdraw(key, browser)
        if action == "speed" and _is_speed(value):
            self._adjust(key, speed=float(value))
            return Answer(True, run.status)
        if action not in ("pause", "resume", "step"):
            return refused("bad_request", f"{action} {value}")
        if key not in self._jobs:
            return refused("not_running")
        if action == "step":
            self._adjust(key, paused=True, steps=1)
        else:
            self._adjust(key, paused=action == "pause")
        return Answer(True, run.status)

    def _withdraw(self, key: str, browser: str) -> Answer:
        """Take back one browser's wish; the run ends when it was the last one."""
        if self._queue.withdraw(key, browser):
            self._fail(key, "stopped")
        else:
            self._change(key, browsers=self._queue.browsers(key))
        return Answer(True, self._runs[key].status)

    def _adjust(self, key: str, steps: int = 0, **changes: Any) -> None:
        """Change pause or speed of a run, and of its gate where it has begun."""
        self._change(key, **changes)
        if job := self._jobs.get(key):
            job.paused_at = self._clock() if self._runs[key].paused else None
            if job.worker:
                self._cluster.adjust(job.name, job.worker, steps=steps, **changes)

    # ---- reports of the cluster

    def heard(self, message: Row) -> None:
        """A message of a job: that it has begun, or rows and progress."""
        key = self._key_of(message["job"])
        if key and "begun" in message:
            self._begun(key, message["begun"])
        elif key:
            self._rows[key] += message["rows"]
            self._change(key, progress=message["progress"])

    def ended(self, name: str, rows: list[Row]) -> None:
        """A job is over; these are its last rows."""
        key = self._key_of(name)
        if key and rows:
            self._rows[key] += rows[:-1]
            self._conclude(key, rows[-1])
        elif key:
            self._fail(key, "error", "the run ended without a result")

    def lost(self, name: str) -> None:
        """The worker of a job has gone: begin anew, in the same slot, if this was the first time."""
        key = self._key_of(name)
        if key is None:
            return
        attempt = self._runs[key].attempt
        logger.warning("run %s lost its worker in attempt %s of %s", key, attempt, ATTEMPTS)
        if attempt == ATTEMPTS:
            self._fail(key, "worker_lost")
        else:
            self._give_up(key)
            self._change(key, attempt=attempt + 1, paused=False, progress=0.0)
            self._start(key)

    def _key_of(self, name: str) -> str | None:
        """The run of a job; None for one that was stopped or given up."""
        key = name.partition("-")[0]
        return key if key in self._jobs and self._jobs[key].name == name else None

    def _begun(self, key: str, worker: str) -> None:
        job, run = self._jobs[key], self._runs[key]
        if job.worker:  # a scheduler of others has started a killed worker's task again
            self.lost(job.name)
            return
        job.worker = worker
        self._cluster.adjust(job.name, worker, paused=run.paused, speed=run.speed)

    # ---- what follows from it

    def _restore(self) -> None:
        """Queue again what waited, and what was under way when the engine was killed; the latter first."""
        for run in sorted(self._writer.unfinished(), key=lambda run: run.status == "queued"):
            self._runs[run.key] = self._stored[run.key] = run
            self._queue.restore(run.key, run.browsers)
            if run.status == "running" and run.attempt == ATTEMPTS:
                self._fail(run.key, "worker_lost")
            elif run.status == "running":
                self._change(run.key, status="queued", attempt=run.attempt + 1, paused=False, progress=0.0)

    def _end_long_pauses(self) -> None:
        for key, job in self._jobs.items():
            if job.paused_at is not None and self._clock() - job.paused_at >= PAUSE_LIMIT_S:
                self._adjust(key, paused=False)

    def _fill_slots(self) -> None:
        while self._cluster and (key := self._queue.next(self._clock())):
            self._change(key, status="running", position=None, wait_s=None)
            self._start(key)

    def _start(self, key: str) -> None:
        run = self._runs[key]
        job = self._jobs[key] = Job(f"{key}-{uuid4().hex[:8]}")
        self._cluster.start(job.name, run.experiment, run.attempt, run.speed)

    def _number_the_waiting(self) -> None:
        for place in self._queue.places(self._clock()):
            wait_s = None if place.wait_s is None else WAIT_STEP_S * max(1, round(place.wait_s / WAIT_STEP_S))
            self._change(place.key, position=place.position, wait_s=wait_s)

    def _conclude(self, key: str, last: Row) -> None:
        """A run is over; `last` is its `finished` or `failed`."""
        finished = last["event"] == "finished"
        self._give_up(key)
        self._queue.end(key, self._clock() if finished else None)
        self._rows[key].append(last)
        progress = 1.0 if finished else self._runs[key].progress
        gone = {"position": None, "wait_s": None, "paused": False}
        self._change(key, status=last["event"], reason=last.get("reason"), progress=progress, **gone)

    def _fail(self, key: str, reason: str, detail: str = "") -> None:
        self._conclude(key, {"event": "failed", "reason": reason, "detail": detail})

    def _give_up(self, key: str) -> None:
        """Forget the job of a run, and end it if it is still going on."""
        if job := self._jobs.pop(key, None):
            self._cluster.cancel(job.name)

    def _change(self, key: str, **changes: Any) -> None:
        self._runs[key] = replace(self._runs[key], **changes)

    # ---- the commit

    def _store(self) -> None:
        """One commit for all that has changed; then the commands of this turn are answered."""
        changed = self._unsaved()
        if changed or self._rows:
            try:
                self._writer.write(changed, self._rows)
            except StoreProblem as problem:
                logger.warning("%s", problem)
                self._not_stored(str(problem))
            else:
                self._rows.clear()
                self._runs = {key: run for key, run in self._runs.items() if not run.ended}
                self._stored = dict(self._runs)
        for reply, answer in self._replies:
            reply(answer)
        self._replies.clear()

    def _unsaved(self) -> list[Run]:
        return [run for key, run in self._runs.items() if run != self._stored.get(key)]

    def _not_stored(self, detail: str) -> None:
        """Refuse what was asked for in this turn, and fail the runs that have lost rows; the rest is tried again."""
        self._replies = [(reply, _if_stored(answer, detail)) for reply, answer in self._replies]
        for key, run in list(self._runs.items()):
            if key not in self._stored:
                self._forget(key)
            elif key in self._rows and run.reason != "store":
                del self._rows[key]
                self._fail(key, "store", detail)

    def _forget(self, key: str) -> None:
        """Undo a wish that could not be stored."""
        self._give_up(key)
        self._queue.end(key)
        self._runs.pop(key)
        self._rows.pop(key, None)


def _is_speed(value: Any) -> bool:
    return isinstance(value, int | float) and 0 <= value <= FASTEST


def _if_stored(answer: Answer, detail: str) -> Answer:
    return refused("store", detail) if answer.accepted else answer
