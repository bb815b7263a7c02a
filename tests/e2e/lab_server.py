"""The server as a user starts it, and the browser that drives it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil
from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
PATIENCE_S = 60  # for what takes a moment here, and longer where other work is going on


class Server:
    """`streamlit run app.py` as a user starts it, with a home of its own."""

    def __init__(self, home: Path):
        self.home = home
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.start()

    def start(self) -> None:
        options = ["--server.port", str(self.port), "--server.headless", "true"]
        command = [sys.executable, "-m", "streamlit", "run", "app.py", *options]
        environment = os.environ | {"KD_HOME": str(self.home), "KD_SLOTS": "1"}
        with (self.home / "server.log").open("ab") as log:
            self.process = psutil.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        until(self._answers, "the server answers")

    def engine(self) -> psutil.Process | None:
        """The engine's process, a child of the server."""
        alive = [child for child in self.process.children() if child.status() != psutil.STATUS_ZOMBIE]
        return next((child for child in alive if "kdcore.engine" in child.cmdline()), None)

    def family(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(PATIENCE_S)
        except (psutil.TimeoutExpired, subprocess.TimeoutExpired):
            self.process.kill()

    def _answers(self) -> bool:
        try:
            return urlopen(f"{self.url}/_stcore/health", timeout=2).status == 200
        except (URLError, OSError):
            return False


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def go(page: Page, address: str) -> None:
    """Open an address and wait for the first chart."""
    page.goto(address)
    page.wait_for_selector(".js-plotly-plot .main-svg", timeout=1000 * PATIENCE_S)


def until(condition: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, f"waited {patience_s} s in vain until {what}"
        time.sleep(0.05)


@contextmanager
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server to do harm to."""
    found = Server(tmp_path)
    try:
        yield found
    finally:
        found.stop()
