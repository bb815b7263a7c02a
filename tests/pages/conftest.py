"""Pages as a visitor without a browser sees them: the script, its widgets, and a store of the test's own."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from visits import MAP, PLANE, SMALL

from kdcore import settings, words
from kdcore.calibrate import Calibration
from kdcore.compress.run import compress
from kdcore.engine import client
from kdcore.engine.answer import Answer
from kdcore.order import Order
from kdcore.store import Run, Writer
from kdcore.sweep import sweep
from kdcore.train import fit
from pages._ui import expected, order_bar, run_bar, runs
from pages._ui.soft import training

BROWSER = "0" * 32


class Lab:
    """A store to fill, and the commands that pages gave to an engine that only takes note of them."""

    def __init__(self):
        self.commands: list[tuple] = []
        self.calibrations = 0  # how often a page asked for one by itself
        self.answer = Answer(True, "queued")

    def put(self, experiment: Order, rows: list[dict], status: str = "finished", **values) -> None:
        values = {"created": "2026-01-01", "browsers": (BROWSER,)} | values
        run = Run(experiment.key, experiment.model_dump(mode="json"), status, **values)
        with closing(Writer(settings.store_url())) as writer:
            writer.write([run], {experiment.key: rows})

    def note(self, *command) -> Answer:
        if isinstance(command[1], Calibration):
            self.calibrations += 1
        else:
            self.commands.append(command)
        return self.answer


@pytest.fixture
def lab(tmp_path, monkeypatch) -> Iterator[Lab]:
    monkeypatch.setenv("KD_HOME", str(tmp_path))
    monkeypatch.setattr(words, "_translations", words._translations)  # put back what pages change
    found = Lab()
    monkeypatch.setattr(
        client,
        "submit",
        lambda experiment, _browser, speed=0, again=False: found.note(
            "submit again" if again else "submit", experiment, speed
        ),
    )
    monkeypatch.setattr(client, "control", lambda key, browser, *action: found.note(key, *action))
    for module in (run_bar, training, order_bar, expected):  # without a browser there is no cookie
        monkeypatch.setattr(module, "browser", lambda: BROWSER)
    yield found
    runs.reader.cache_clear()


@pytest.fixture(scope="session")
def plane_rows() -> list[dict]:
    """The rows of a small real compression."""
    return [row for row in compress(PLANE) if row["event"] != "batch"]


@pytest.fixture(scope="session")
def map_rows() -> list[dict]:
    """The rows of a small real sweep."""
    return [row for row in sweep(MAP) if row["event"] != "batch"]


@pytest.fixture(scope="session")
def small_rows() -> list[dict]:
    """The rows of a small real run."""
    return [row for row in fit(SMALL) if row["event"] != "batch"]
