"""A Dask cluster as others would have it: scheduler and workers are processes of their own, and speak TLS."""

import os
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from socket import socket

from distributed.security import Security

ROOT = Path(__file__).parents[2]


class DaskCluster(AbstractContextManager):
    """Started with so many workers of one thread each; more may join, and any may be killed.

    `environment` is what a client needs: the scheduler's address as KD_SCHEDULER, and certificates as Dask's own
    configuration has them.
    """

    def __init__(self, folder: Path, workers: int):
        with socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self._address = f"tls://127.0.0.1:{port}"
        self.environment = _certificates(folder) | {"KD_SCHEDULER": self._address}
        self._folder = folder
        self._scheduler = self._start("dask_scheduler", "--host", self._address)
        self.workers = [self._worker() for _each in range(workers)]

    def join(self) -> subprocess.Popen:
        """One more worker."""
        self.workers.append(self._worker())
        return self.workers[-1]

    def __exit__(self, *_problem: object) -> None:
        for process in (self._scheduler, *self.workers):
            process.kill()
            process.wait()

    def _worker(self) -> subprocess.Popen:
        preload = "--preload", "kdcore.work", "--local-directory", str(self._folder)
        return self._start("dask_worker", self._address, "--nthreads", "1", "--no-nanny", *preload)

    def _start(self, what: str, *arguments: str) -> subprocess.Popen:
        settings = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"} | self.environment
        quiet = "--no-dashboard", "--dashboard-address", "127.0.0.1:0"
        command = [sys.executable, "-m", f"distributed.cli.{what}", *arguments, *quiet]
        return subprocess.Popen(command, env=os.environ | settings, cwd=self._folder, stderr=subprocess.DEVNULL)


def _certificates(folder: Path) -> dict[str, str]:
    """One certificate for all, in files, and where Dask is to look for it."""
    security = Security.temporary()
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    certificate.write_text(security.tls_ca_file)
    key.write_text(security.tls_client_key)
    tls = "DASK_DISTRIBUTED__COMM__TLS__"
    found = {f"{tls}CA_FILE": str(certificate), "DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "true"}
    for role in ("SCHEDULER", "WORKER", "CLIENT"):
        found |= {f"{tls}{role}__CERT": str(certificate), f"{tls}{role}__KEY": str(key)}
    return found
