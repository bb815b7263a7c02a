"""How long a run will take yet."""

import pytest

from kdcore.experiment import Experiment
from kdcore.store import Run
from pages._ui.runs import Shown
from pages._ui.status import time_left


def under_way(*epochs: tuple[float, float]) -> Shown:
    """A run whose epochs came at these times, with this progress."""
    rows = tuple({"event": "epoch", "at": at, "progress": progress} for at, progress in epochs)
    progress = epochs[-1][1] if epochs else 0.0
    return Shown("k", rows, Run("k", Experiment().model_dump(mode="json"), "running", "2026-01-01", progress=progress))


@pytest.mark.parametrize("epochs", [(), ((0, 0.0),), ((0, 0.1), (0, 0.1))])
def test_nothing_is_guessed_from_nothing(epochs):
    assert time_left(under_way(*epochs)) == ""


def test_what_is_left_takes_as_long_as_the_last_epochs_did():
    assert time_left(under_way((0, 0.0), (60, 0.5))) == "about 60 s left"
    assert time_left(under_way((0, 0.5), (1, 0.75))) == "a few seconds left"


def test_a_pause_is_forgotten():
    slow = [(1000 * n, n / 1000) for n in range(10)]
    quick = [(10_000 + n, (10 + n) / 1000) for n in range(50)]
    assert time_left(under_way(*slow, *quick)) == "about 16 min left"
