"""A gate between the rows of a run: pause, go on, one epoch at a time, or so many epochs a second.

Training yields its rows; whoever takes them slowly makes it slow, and whoever takes no more has stopped it.
"""

import math
from collections.abc import Callable
from threading import Condition
from time import monotonic

from kdcore.events import Row

PACED = ("epoch", "cell")  # rows that say that an epoch is over
LOOK_S = 0.5  # a waiting run looks this often whether it is still wanted


class Gate:
    """Lets rows pass, or holds them. `wanted` says whether anybody still waits for this run."""

    def __init__(self, wanted: Callable[[], bool], speed: float = 0.0):
        self._wanted = wanted
        self._changed = Condition()
        self._paused = False
        self._steps = 0  # epochs that may pass although paused
        self._speed = speed  # epochs per second; 0 is as fast as it goes
        self._epoch: int | None = None  # the last that passed, and when
        self._passed = -math.inf

    def set(self, paused: bool | None = None, speed: float | None = None, steps: int = 0) -> None:
        """Change what is given, from any thread; a run that is held looks again at once."""
        with self._changed:
            self._paused = self._paused if paused is None else paused
            self._speed = self._speed if speed is None else speed
            self._steps = self._steps + steps if self._paused else 0
            self._changed.notify_all()

    @property
    def is_closed(self) -> bool:
        """Whether no row may pass until that is changed."""
        return self._paused and not self._steps

    def holds(self, row: Row) -> bool:
        """Whether this row would have to wait now."""
        return self._delay(row) > 0

    def passes(self, row: Row) -> bool:
        """Wait until the row may pass; False where the run is not wanted any more."""
        with self._changed:
            while self._wanted() and (delay := self._delay(row)) > 0:
                self._changed.wait(min(delay, LOOK_S))
            if row["event"] in PACED and row["epoch"] != self._epoch:
                self._epoch, self._passed = row["epoch"], monotonic()
                self._steps = max(0, self._steps - 1)
        return self._wanted()

    def _delay(self, row: Row) -> float:
        """Seconds until the row may pass: none for other lanes' and cells' rows of an epoch that has passed already."""
        is_epoch = row["event"] in PACED
        if is_epoch and row["epoch"] == self._epoch:
            return 0.0
        if self.is_closed:
            return math.inf
        return self._passed + 1 / self._speed - monotonic() if is_epoch and self._speed else 0.0
