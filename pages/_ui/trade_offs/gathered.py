"""Every network that was measured, in the store and in recordings, read once: what has ended does not change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from threading import Lock
from typing import Any

from kdcore import recordings, settings
from kdcore.events import first
from kdcore.figures.entries import TOLD, Entry, entries, kind
from kdcore.store import Run, StoreProblem
from pages._ui import runs

MOST_RUNS = 2000  # of the store, the newest

Ended = tuple[str, str, str, int]  # what tells a run from any other: store, key, and when and how often it was begun


@dataclass(frozen=True, eq=False)
class Gathered:
    """All entries, those of the newest runs first, and the order of each run. The same object until there are more.

    `recorded` are the keys of runs that came with the lab; `is_cut` says that the store has older ones beside these.
    """

    entries: tuple[Entry, ...]
    orders: Mapping[str, Mapping[str, Any]]
    recorded: frozenset[str]
    is_cut: bool

    @cached_property
    def by_id(self) -> Mapping[str, Entry]:
        return {entry.id: entry for entry in self.entries}

    @cached_property
    def by_run(self) -> Mapping[str, Entry]:
        """One entry of each run, to tell of it."""
        return {entry.run: entry for entry in reversed(self.entries)}

    @cached_property
    def by_data(self) -> Mapping[str, Sequence[Entry]]:
        """Those that may be compared."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            found.setdefault(entry.settings["data.name"], []).append(entry)
        return found


class _Kept:
    """What was read, for all sessions."""

    def __init__(self):
        self.lock = Lock()
        self.entries: dict[Ended, list[Entry]] = {}
        self.all: tuple[tuple[Ended, ...], Gathered] | None = None


_kept = _Kept()


def gathered() -> Gathered:
    """Whatever was measured by now."""
    store = settings.store_url()
    try:
        found = runs.reader(store).runs(MOST_RUNS + 1)
        newest = {
            (store, run.key, run.created, run.attempt): run
            for run in found[:MOST_RUNS]
            if run.status == "finished" and kind(run.experiment)
        }
        with _kept.lock:
            return _gathered(store, newest, len(found) > MOST_RUNS)
    except StoreProblem:  # `runs.problem` tells of it
        with _kept.lock:
            return _gathered(store, {}, False)


def _gathered(store: str, newest: Mapping[Ended, Run], is_cut: bool) -> Gathered:
    ids = tuple(newest)
    if _kept.all is None or _kept.all[0] != ids:
        fresh = [run for each, run in newest.items() if each not in _kept.entries]
        read = _read(store, fresh)
        _kept.entries = {
            each: _kept.entries[each] if each in _kept.entries else read[run.key] for each, run in newest.items()
        }
        found = [entry for each in newest for entry in _kept.entries[each]]
        orders = {run.key: run.experiment for run in newest.values()}
        recorded = {key: order for key, order in _recorded()[1].items() if key not in orders}
        found += [entry for entry in _recorded()[0] if entry.run in recorded]
        _kept.all = ids, Gathered(tuple(found), recorded | orders, frozenset(recorded), is_cut)
    return _kept.all[1]


def _read(store: str, fresh: Sequence[Run]) -> dict[str, list[Entry]]:
    """The entries of these runs; one question to the store for each kind of run."""
    found: dict[str, list[Entry]] = {}
    for each, told in TOLD.items():
        mine = [run for run in fresh if kind(run.experiment) == each]
        rows = runs.reader(store).told([run.key for run in mine], *told) if mine else {}
        found |= {run.key: entries(run.key, run.experiment, rows[run.key]) for run in mine}
    return found


@cache
def _recorded() -> tuple[list[Entry], dict[str, Mapping[str, Any]]]:
    """The entries of the recorded runs, and their orders."""
    found, orders = [], {}
    for key in recordings.keys(runs.RECORDINGS):
        rows = recordings.glimpse(runs.RECORDINGS, key, "started", *(event for event, *_fields in TOLD.values()))
        started = first(rows, "started")
        order = next((started[name] for name in ("experiment", "compression", "sweep") if name in started), {})
        if each := kind(order):
            event, needed, *_more = TOLD[each]
            orders[key] = order
            found += entries(key, order, [row for row in rows if row["event"] == event and needed in row])
    return found, orders
