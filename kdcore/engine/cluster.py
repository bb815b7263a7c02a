"""Where runs are trained: a Dask cluster, the engine's own or an existing one. All that is known of Dask is in here.

Dask starts the task of a killed worker again by itself, without a word. Attempts are counted by the lab, so the own
cluster is told not to; on a foreign one the lab sees that a job begins a second time, and gives that task up. Those of
a sweep's parts are counted by `Parts`.
"""

import logging
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import Thread
from time import sleep
from typing import Any, Protocol
from uuid import uuid4

import dask
from distributed import Client, Future, KilledWorker, LocalCluster

from kdcore import order, settings
from kdcore.engine import worker
from kdcore.engine.parts import Parts, Task
from kdcore.events import Row
from kdcore.grid import Sweep
from kdcore.words import _

# Dask has its workers give freed memory back at once, and as every step of training asks for it again, the system takes
# longer to hand out pages than a step takes. So up to this many freed bytes stay with the worker (glibc listens).
KEEPS_MEMORY = {"MALLOC_TRIM_THRESHOLD_": 2**30, "MALLOC_MMAP_THRESHOLD_": 2**30}
CALM = {  # Dask measures itself fifty times a second; without that, and its keepsakes, an idle engine is idle
    "distributed.scheduler.allowed-failures": 0,
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.scheduler.work-stealing": False,
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.profile.enabled": False,
    "distributed.admin.low-level-log-length": 100,  # messages kept after they were delivered
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.tick.cycle": "10s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.diagnostics.nvml": False,
    "distributed.nanny.pre-spawn-environ": {"OMP_NUM_THREADS": 1, "MKL_NUM_THREADS": 1} | KEEPS_MEMORY,
}
LOST: Row = {"event": "failed", "reason": "worker_lost", "detail": ""}
LOOK_S = 1.0  # how often it is seen which workers there are
CONNECT_S = 5  # how long an existing scheduler may take to answer


class ClusterProblem(Exception):
    """There is no cluster to train on; the text is the sentence to show."""


class Reported(Protocol):
    """What the cluster needs of the lab."""

    def ready(self, cluster: "Cluster") -> None: ...
    def heard(self, message: Row) -> None: ...
    def ended(self, job: str, rows: list[Row]) -> None: ...
    def lost(self, job: str) -> None: ...


@dataclass
class _Given:
    """A task that a worker was given; where the worker is lost, an existing cluster may have given it to another."""

    task: Task
    worker: str
    future: Future
    has_begun: bool = False


class Cluster:
    """Gives each worker that is free a task, those of whole runs before the parts of sweeps, and reports to the lab.

    All this is done in the lab's thread: what Dask has to say in threads of its own is said `later`, in the lab's turn.
    """

    def __init__(self, fit: str, lab: Reported, later: Callable[[Callable[[], None]], None]):
        self._fit, self._lab, self._later = fit, lab, later
        self._module = fit.partition(":")[0]
        self._jobs: dict[str, tuple[dict[str, Any], int, float]] = {}  # the order as JSON, the attempt, the speed
        self._sweeps: dict[str, Parts] = {}
        self._waiting: list[Task] = []  # whole runs
        self._given: dict[str, _Given] = {}  # by the name that Dask has for it; that of a whole run is the job's
        # one thread for each worker, so that pause and go on arrive in this order, and a dead worker holds up nobody
        self._controls: dict[str, ThreadPoolExecutor] = defaultdict(partial(ThreadPoolExecutor, 1))
        address = settings.scheduler()
        self._client = _connected(address) if address else _embedded(self._module)
        self._workers = list(self._client.nthreads())
        self._has_own = not address
        self.slots = settings.slots() if self._has_own else max(1, len(self._workers))
        self._client.subscribe_topic(worker.TOPIC, lambda event: later(partial(self._heard, event[1])))
        Thread(target=self._look, daemon=True).start()

    # ---- what the lab asks for

    def start(self, job: str, told: dict[str, Any], attempt: int, speed: float) -> None:
        """Begin a job as soon as a worker is free."""
        self._jobs[job] = told, attempt, speed
        if isinstance(order.read(told), Sweep):
            self._sweeps[job] = Parts(job, speed)
        else:
            self._waiting.append(Task(job, "rows"))
        self._give_out()

    def adjust(self, job: str, address: str, steps: int = 0, **changes: Any) -> None:
        """Change the gates of a job, wherever it has begun."""
        if sweep := self._sweeps.get(job):
            sweep.paused, sweep.speed = changes.get("paused", sweep.paused), changes.get("speed", sweep.speed)
        begun = {name: given for name, given in self._given.items() if given.task.job == job and given.has_begun}
        self._set(begun, steps=steps, **changes)
        self._give_out()

    def cancel(self, job: str) -> None:
        """Give a job up: its workers notice at the next row."""
        self._jobs.pop(job, None)
        self._sweeps.pop(job, None)
        self._waiting = [task for task in self._waiting if task.job != job]
        for name in [name for name, given in self._given.items() if given.task.job == job]:
            self._given.pop(name).future.cancel()

    def close(self) -> None:
        """Let go of the workers; those of our own end here, in the middle of what they do."""
        own = self._client.cluster
        self._client.close(timeout=1)
        if own:
            with suppress(TimeoutError):
                own.close(timeout=2)

    # ---- tasks for workers

    def _give_out(self) -> None:
        """A task for each worker that has none; a part of a paused sweep has stepped aside. The sweep that has the
        fewest workers comes first."""
        paused = {job for job, sweep in self._sweeps.items() if sweep.paused}
        busy = {given.worker for given in self._given.values() if given.task.job not in paused}
        for address in [address for address in self._workers if address not in busy]:
            sweeps = [sweep for sweep in self._sweeps.values() if sweep.may_begin]
            if self._waiting:
                task = self._waiting.pop(0)
                self._give(task, address, task.job, worker.work, self._fit)
            elif sweeps:
                task, what = min(sweeps, key=lambda sweep: len(sweep.under_way)).begin()
                name, function = f"{task.job}-{uuid4().hex[:8]}", f"{self._module}:{task.kind}"
                self._give(task, address, name, worker.part, function, *what)

    def _give(self, task: Task, address: str, name: str, run: Callable[..., Any], function: str, *what: Any) -> None:
        told, attempt, speed = self._jobs[task.job]
        sweep = self._sweeps.get(task.job)
        future = self._client.submit(
            run,
            *(function, told, attempt, sweep.speed if sweep else speed, *what),
            key=name,
            pure=False,
            retries=0,
            priority=-1 if sweep else 0,
            # left to itself, Dask has the worker that has the teachers' answers train all the parts, one by one
            **({"workers": [address], "allow_other_workers": True} if task.kind == "learn" else {}),
        )
        self._given[name] = _Given(task, address, future)
        future.add_done_callback(partial(self._report, task))

    def _set(self, given: dict[str, _Given], **changes: Any) -> None:
        """Change the gates of tasks that have begun."""
        for name, each in given.items():
            run = self._client.run, worker.adjust, name
            self._controls[each.worker].submit(*run, workers=[each.worker], on_error="ignore", **changes)

    def _look(self) -> None:
        """See, as long as there is work, which workers there are: some may have gone, or joined."""
        while True:
            sleep(LOOK_S)
            if self._jobs:
                with suppress(Exception):  # a scheduler that does not answer is asked again
                    self._later(partial(self._count, list(self._client.nthreads())))

    def _count(self, workers: list[str]) -> None:
        if not self._has_own and len(workers) != len(self._workers):
            self.slots = max(1, len(workers))
            self._lab.ready(self)
        self._workers = workers
        self._take_back()
        self._give_out()

    def _take_back(self) -> None:
        """Parts whose worker has gone: Dask would wait for it, if at that moment there was no other."""
        for name, given in list(self._given.items()):
            if given.task.kind == "learn" and given.worker not in self._workers:
                self._given.pop(name).future.cancel()
                self._begin_again(given)

    # ---- what is heard of them

    def _heard(self, message: Row) -> None:
        """A message of a task: that it has begun, or rows and progress."""
        given = self._given.get(message["job"])
        if given is None:  # was given up
            return
        sweep = self._sweeps.get(given.task.job)
        if sweep is None:
            given.worker, given.has_begun = message.get("begun", given.worker), True
            self._lab.heard(message)
        elif "begun" in message:
            self._begun(message["job"], given, sweep, message["begun"])
        else:
            told = message["rows"], message["progress"], message.get("processor_s", 0.0)
            self._lab.heard(sweep.heard(given.task, *told))

    def _begun(self, name: str, given: _Given, sweep: Parts, address: str) -> None:
        """A part has begun, perhaps a second time: a scheduler of others gives that of a killed worker to another.
        With the outline, the job has begun."""
        is_second, given.worker, given.has_begun = given.has_begun, address, True
        if given.task.kind == "outline":
            self._lab.heard({"job": sweep.job, "begun": address})
        elif is_second and not sweep.lost(given.task):
            self._lab.ended(sweep.job, [LOST])
        else:
            self._set({name: given}, paused=sweep.paused, speed=sweep.speed)

    def _report(self, task: Task, future: Future) -> None:
        """In a thread of Dask's: a task has ended. The answers of teachers stay where they are."""
        try:
            error = future.exception()
            result = None if error else future if task.kind == "teach" else future.result()
        except Exception as problem:
            error, result = problem, None
        self._later(partial(self._ended, str(future.key), result, error))

    def _ended(self, name: str, result: Any, error: Exception | None) -> None:
        given = self._given.pop(name, None)
        if given is None:  # was given up
            return
        job, sweep = given.task.job, self._sweeps.get(given.task.job)
        if isinstance(error, KilledWorker | CancelledError):
            self._workers = [address for address in self._workers if address != given.worker]
            if sweep is None or given.task.kind == "outline":
                self._lab.lost(job)
            else:
                self._begin_again(given)
        elif error:  # a worker that cannot import the lab, say
            self._lab.ended(job, [error.args[0] if isinstance(error, worker.Failed) else worker.failure(error)])
        elif sweep is None:
            self._lab.ended(job, result)
        elif last := sweep.ended(given.task, result[0] if given.task.kind == "outline" else result):
            self._lab.ended(job, [last])
        self._give_out()

    def _begin_again(self, given: _Given) -> None:
        """The worker of a part is lost; if that has happened to it before, the run has failed."""
        if sweep := self._sweeps.get(given.task.job):
            if given.has_begun and not sweep.lost(given.task):
                self._lab.ended(sweep.job, [LOST])
            else:
                sweep.again(given.task)


def _embedded(module: str) -> Client:
    """A cluster of processes of our own on this machine, which have imported what they will run."""
    dask.config.set(CALM)
    cluster = LocalCluster(
        n_workers=settings.slots(),
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        security=True,  # certificates for this cluster only: nobody else can speak to it
        dashboard_address=None,
        scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # else it takes port 8787, dashboard or not
        memory_limit=0,
        preload=[module, worker.__name__],
        silence_logs=logging.CRITICAL,
    )
    return Client(cluster)


def _connected(address: str) -> Client:
    """A client of an existing cluster; certificates are found by Dask's own configuration."""
    try:
        return Client(address, timeout=CONNECT_S)
    except (OSError, ValueError) as error:
        advice = _("KD_SCHEDULER is {value}: no Dask scheduler answers there ({reason})")
        raise ClusterProblem(advice.format(value=address, reason=error)) from error
