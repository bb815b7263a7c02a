"""A small app of a test's own, served as Streamlit serves it, and what its tests in a browser have in common."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
HERE = Path(__file__).parent
PATIENCE_S = 30

needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium on this machine")


@contextmanager
def app_server(script: str, environment: dict[str, str], base: str = "") -> Iterator[str]:
    """Serve a script of this folder on a free port, under a base path where one is given; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    flags = [f"--server.port={port}", "--server.headless=true", "--browser.gatherUsageStats=false"]
    flags += [f"--server.baseUrlPath={base}"] if base else []
    command = [sys.executable, "-m", "streamlit", "run", script, *flags]
    environment = os.environ | {"PYTHONPATH": str(HERE.parents[1])} | environment
    server = subprocess.Popen(command, cwd=HERE, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}/{base}".rstrip("/")
    try:
        wait_until(lambda: _answers(f"{address}/_stcore/health"), seconds=60)
        yield address
    finally:
        server.terminate()
        server.wait(PATIENCE_S)


def wait_until(condition: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=1).ok
    except (requests.ConnectionError, requests.Timeout):
        return False
