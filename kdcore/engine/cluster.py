"""Where runs are trained: a Dask cluster, the engine's own or an existing one. All that is known of Dask is in here.

Dask starts the task of a killed worker again by itself, without a word. Attempts are counted by the lab, so the own
cluster is told not to; on a foreign one the lab sees that a job begins a second time, and gives that task up.
"""

import logging
from collections.abc import Callable
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import dask
from distributed import Client, Future, KilledWorker, LocalCluster

from kdcore import settings
from kdcore.engine import worker
from kdcore.events import Row
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
CONNECT_S = 5  # how long an existing scheduler may take to answer


class ClusterProblem(Exception):
    """There is no cluster to train on; the text is the sentence to show."""


class Cluster:
    """Starts jobs, and reports, in threads of Dask's: each message to `heard`, the last rows of a job to `ended`, and
    to `lost` that the process of a job has gone."""

    def __init__(
        self,
        fit: str,
        heard: Callable[[Row], None],
        ended: Callable[[str, list[Row]], None],
        lost: Callable[[str], None],
    ):
        self._fit, self._ended, self._lost = fit, ended, lost
        self._futures: dict[str, Future] = {}
        self._controls = ThreadPoolExecutor(1)  # one, so that pause and go on arrive in this order
        address = settings.scheduler()
        self._client = _connected(address) if address else _embedded(fit.partition(":")[0])
        self.slots = max(1, len(self._client.nthreads())) if address else settings.slots()
        self._client.subscribe_topic(worker.TOPIC, lambda event: heard(event[1]))

    def start(self, job: str, experiment: dict[str, Any], attempt: int, speed: float) -> None:
        """Give a job to a worker."""
        task = (worker.work, self._fit, experiment, attempt, speed)
        future = self._futures[job] = self._client.submit(*task, key=job, pure=False, retries=0)
        future.add_done_callback(self._report)

    def adjust(self, job: str, address: str, **changes: Any) -> None:
        """Change the gate of a job that has begun."""
        run = (self._client.run, worker.adjust, job)
        self._controls.submit(*run, workers=[address], on_error="ignore", **changes)

    def cancel(self, job: str) -> None:
        """Give a job up: its worker notices at the next row."""
        if future := self._futures.pop(job, None):
            future.cancel()

    def close(self) -> None:
        """Let go of the workers; those of our own end here, in the middle of what they do."""
        own = self._client.cluster
        self._client.close(timeout=1)
        if own:
            with suppress(TimeoutError):
                own.close(timeout=2)

    def _report(self, future: Future) -> None:
        """Fetch the kept rows of a job that has ended, let go of it, and report."""
        job = str(future.key)
        if job not in self._futures:  # was given up
            return
        try:
            rows = future.result()
        except (KilledWorker, CancelledError):
            rows = None
        except Exception as error:  # a worker that cannot import the lab, say
            rows = [worker.failure(error)]
        self._futures.pop(job, None)
        if rows is None:
            self._lost(job)
        else:
            self._ended(job, rows)


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
        preload=[module],
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
