"""Which run a page shows: that of its settings, from the store; else the last one shown; else a recorded one."""

from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from threading import Lock

from pydantic import ValidationError

from kdcore import order, settings
from kdcore.events import Row, first, latest
from kdcore.experiment import Experiment
from kdcore.order import Order
from kdcore.recordings import recorded
from kdcore.store import Reader, Run, StoreProblem

ORDERS = ("experiment", "compression", "sweep", "search", "transfer", "copying")  # what a run may have been asked for
RECORDINGS = Path(__file__).parents[1] / "recordings"


@dataclass(frozen=True, eq=False)
class Shown:
    """A run to draw: the rows of its last attempt. `run` is None for a recording; `last` numbers the last event."""

    key: str
    rows: tuple[Row, ...]
    run: Run | None = None
    last: int = 0

    @property
    def is_recorded(self) -> bool:
        return self.run is None

    @property
    def is_live(self) -> bool:
        """Whether more rows are to come."""
        return self.run is not None and not self.run.ended

    @property
    def attempt(self) -> tuple[str, str, int, bool]:
        """What tells these rows from those of any other run or attempt, and from none: it says whether it has begun."""
        run = (self.run.created, self.run.attempt) if self.run else ("", 0)
        return (self.key, *run, bool(self.rows))

    @cached_property
    def order(self) -> Order:
        """What was asked for."""
        if self.run:
            return order.read(self.run.experiment)
        started = first(self.rows, "started")
        return order.read(next(started[name] for name in ORDERS if name in started))

    @property
    def experiment(self) -> Experiment:
        """The experiment that was run, whose teachers were compressed, or whose settings were varied."""
        return self.order if isinstance(self.order, Experiment) else self.order.experiment

    def payload(self, name: str) -> bytes | None:
        """The bytes that the run kept under this name."""
        if self.run:
            return reader(settings.store_url()).blob(self.key, name)
        return (first(self.rows, "snapshot", name=name) or {}).get("payload")


def find(key: str) -> Shown | None:
    """The run of this key: the stored one, or else the recorded one."""
    store = settings.store_url()
    try:
        if run := reader(store).run(key):
            return _ended(store, key, run.created, run.attempt, run.status) if run.ended else _stored(store, run)
    except StoreProblem:  # `problem` tells of it
        pass
    return recording(key)


def problem() -> str:
    """Why the store cannot be read, in a sentence; nothing where it can, or is not there yet."""
    try:
        reader(settings.store_url()).runs(0)
    except StoreProblem as error:
        return str(error)
    return ""


def default() -> Shown | None:
    """The recording that a first visitor sees."""
    return recording(Experiment().key)


def finished(limit: int = 200) -> list[Experiment]:
    """What has been run to its end: lately in the store, newest first, and recorded."""
    orders = [recording(path.name.partition(".")[0]).order for path in sorted(RECORDINGS.iterdir())]
    recorded_ones = [each for each in orders if isinstance(each, Experiment)]
    try:
        newest = reader(settings.store_url()).runs(limit)
    except StoreProblem:  # `problem` tells of it
        newest = []
    found = [(run.key, run.experiment) for run in newest if run.status == "finished"]
    return [experiment for key, told in found if (experiment := _readable(key, told))] + recorded_ones


@cache
def reader(store: str) -> Reader:
    """One reader of the store for all sessions."""
    return Reader(store)


class _Kept:
    """The rows of a run as far as they were read; watchers of the same run share them, and read only what is new."""

    def __init__(self):
        self.lock, self.rows, self.last = Lock(), [], 0
        self.latest: tuple[Row, ...] = ()  # of the last attempt; the same object until something new is told


def _readable(key: str, told: dict) -> Experiment | None:
    """The experiment of a run; None for one of an older lab, which is not found by its settings any more."""
    try:
        experiment = Experiment.model_validate(told)
    except ValidationError:
        return None
    return experiment if experiment.key == key else None


@lru_cache(maxsize=64)
def _kept(_store: str, _key: str, _created: str) -> _Kept:
    return _Kept()


def _stored(store: str, run: Run) -> Shown:
    kept = _kept(store, run.key, run.created)
    with kept.lock:
        for n, row in reader(store).events(run.key, kept.last):
            kept.rows.append(row)
            kept.last, kept.latest = n, ()
        kept.latest = kept.latest or tuple(latest(kept.rows))
        rows, last = kept.latest, kept.last
    if not run.ended and rows and rows[-1]["event"] in ("finished", "failed"):
        rows = ()  # those of an earlier run of the same settings: this one has not begun
    return Shown(run.key, rows, run, last)


@lru_cache(maxsize=64)
def _ended(store: str, key: str, created: str, attempt: int, status: str) -> Shown:
    """A run whose rows will not change: always the same object, so that figures made from it can be kept."""
    return _stored(store, reader(store).run(key))


@cache
def recording(key: str) -> Shown | None:
    """The recorded run of this key, whatever is stored."""
    rows = recorded(RECORDINGS, key)
    return Shown(key, rows) if rows else None
