"""An engine for tests: the real process with its own cluster, on a store in a temporary folder, running `fakes.fit`."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kdcore import settings

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60  # generous: a busy machine is slow, not wrong


def wait_for(condition: Callable[[], Any]) -> Any:
    """The condition's value as soon as it is true."""
    deadline = time.monotonic() + PATIENCE_S
    while not (value := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
    return value


def use_home(patch: pytest.MonkeyPatch, home: Path, slots: int = 1) -> None:
    """Everything in this folder, and the fakes where a new process finds them."""
    for name in ("KD_STORE", "KD_SCHEDULER", "KD_DEVICE"):
        patch.delenv(name, raising=False)
    patch.setenv("KD_HOME", str(home))
    patch.setenv("KD_SLOTS", str(slots))
    patch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(Path(__file__).parent)]))


@contextmanager
def engine_process(fit: str = "fakes:fit") -> Iterator[subprocess.Popen]:
    """An engine that takes commands; it is stopped at the end, by closing its input."""
    command = [sys.executable, "-m", "kdcore.engine", "--fit", fit]
    engine = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        wait_for(lambda: (settings.home() / "engine.json").exists() or engine.poll() is not None)
        yield engine
    finally:
        engine.communicate(timeout=PATIENCE_S)
