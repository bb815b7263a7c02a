"""A fair queue: everybody's first wish comes before anybody's second, and equal wishes share one job.

A value without processes or clocks: the time comes in from outside, in seconds.
"""

import heapq
from collections import Counter, deque
from dataclasses import dataclass
from math import inf
from statistics import fmean

WAITING_EACH = 2  # how many jobs a browser may have waiting; running it may have one


@dataclass
class _Job:
    browsers: list[str]  # who wants it
    turn_of: str | None = None  # whose turn it took when it was started; None while it waits
    started: float = 0.0


@dataclass(frozen=True)
class Place:
    """Where a waiting job stands: 1 is next; the wait is rough, and None where nothing is known of it."""

    key: str
    position: int
    wait_s: float | None


class Queue:
    """Who waits for what, and what is under way. Jobs are known by their key, people by their browser."""

    def __init__(self, slots: int):
        self.slots = slots
        self._jobs: dict[str, _Job] = {}  # in the order in which they were first asked for
        self._turns: dict[str, int] = {}  # browser -> number of the last turn it had
        self._seconds: deque[float] = deque(maxlen=20)  # how long the last finished jobs took

    def ask(self, key: str, browser: str) -> bool:
        """Wish for a job; False where this browser has too many waiting. To join one that runs costs nothing."""
        job = self._jobs.get(key)
        if job and (job.turn_of or browser in job.browsers):
            job.browsers += [browser] * (browser not in job.browsers)
            return True
        waiting = [other for other in self._jobs.values() if not other.turn_of and browser in other.browsers]
        if len(waiting) >= WAITING_EACH:
            return False
        self._jobs.setdefault(key, _Job([])).browsers.append(browser)
        return True

    def restore(self, key: str, browsers: tuple[str, ...]) -> None:
        """Put back a job from before a restart, whatever the limits."""
        self._jobs[key] = _Job(list(browsers))

    def next(self, now: float) -> str | None:
        """Start the next job whose turn it is; None where no slot is free, or all who wait have one running."""
        busy = {job.turn_of for job in self._jobs.values() if job.turn_of}
        if self._running() >= self.slots:
            return None
        for key in self.waiting():
            job = self._jobs[key]
            free = [browser for browser in job.browsers if browser not in busy]
            if free:
                job.turn_of, job.started = min(free, key=self._last_turn), now
                self._turns[job.turn_of] = max(self._turns.values(), default=0) + 1
                return key
        return None

    def withdraw(self, key: str, browser: str) -> bool:
        """Take back a wish; True where it was the last one, and stays until the job is ended."""
        job = self._jobs[key]
        if job.browsers == [browser]:
            return True
        job.browsers.remove(browser)
        if job.turn_of == browser:
            job.turn_of = job.browsers[0]
        return False

    def end(self, key: str, finished_at: float | None = None) -> None:
        """Forget a job, if it is there; one that finished teaches how long jobs take."""
        job = self._jobs.pop(key, None)
        if job and finished_at is not None:
            self._seconds.append(finished_at - job.started)

    def browsers(self, key: str) -> tuple[str, ...]:
        """Who wants this job; nobody if there is no such job."""
        return tuple(self._jobs[key].browsers) if key in self._jobs else ()

    def waiting(self) -> list[str]:
        """What waits, in order: all first wishes before all second ones; in each, whose last turn was longest ago."""
        before: Counter[str] = Counter()
        ranks = {}
        for key, job in self._jobs.items():
            if not job.turn_of:
                ranks[key] = (min(before[browser] for browser in job.browsers), min(map(self._last_turn, job.browsers)))
                before.update(job.browsers)
        return sorted(ranks, key=ranks.__getitem__)

    def places(self, now: float) -> list[Place]:
        """Position and rough wait of each waiting job: as if each took as long as the last finished ones did.

        Nobody knows when a job ends that has taken longer already, nor who will have a slot that is free: those who
        wait then have a job running.
        """
        typical = fmean(self._seconds) if self._seconds else 0.0
        left = [typical - (now - job.started) for job in self._jobs.values() if job.turn_of]
        soonest = [seconds if seconds > 0 else inf for seconds in left] + [inf] * (self.slots - len(left))
        heapq.heapify(soonest)
        found = []
        for position, key in enumerate(self.waiting(), 1):
            found.append(Place(key, position, soonest[0] if soonest[0] < inf else None))
            heapq.heapreplace(soonest, soonest[0] + typical)
        return found

    def _running(self) -> int:
        return sum(job.turn_of is not None for job in self._jobs.values())

    def _last_turn(self, browser: str) -> int:
        return self._turns.get(browser, 0)
