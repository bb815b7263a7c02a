"""Sweeps whose parts are shared out over the workers of the engine's own cluster."""

import os
import signal
from collections.abc import Iterator
from itertools import pairwise

import pytest
from engines import engine_process, use_home, wait_for
from fakes import a_map, wish

from kdcore.engine import client
from kdcore.events import Row, latest
from kdcore.grid import Sweep
from kdcore.store import Reader


@pytest.fixture(scope="module", autouse=True)
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One engine with two workers for all tests."""
    with pytest.MonkeyPatch.context() as patch:
        use_home(patch, tmp_path_factory.mktemp("lab"), slots=2)
        with engine_process():
            yield


def ask(order, browser: str = "ann") -> str:
    assert client.submit(order, browser).accepted
    return order.key


def rows(reader: Reader, order: Sweep) -> list[Row]:
    return [row for _n, row in reader.events(order.key)]


def cells(reader: Reader, order: Sweep) -> list[Row]:
    return [row for row in rows(reader, order) if row["event"] == "cell"]


def place(cell: Row) -> tuple[int, int]:
    """Its group, and the part."""
    return cell["x"], cell["y"]


def ended(reader: Reader, order: Sweep):
    return wait_for(lambda: (run := reader.run(order.key)) and run.ended and run)


def test_rows_of_all_parts_are_those_of_one_run(reader: Reader):
    order = a_map("short")
    ask(order)
    run, found = ended(reader, order), rows(reader, order)
    assert (run.status, run.progress) == ("finished", 1.0)
    assert [row["event"] for row in found if row["event"] != "cell"] == ["started", "teacher", "teacher", "finished"]
    assert (found[0]["event"], found[-1]["event"]) == ("started", "finished")
    told = {(*place(row), row["epoch"]): row["taught"] for row in cells(reader, order)}
    assert told == {(*part, n): f"answers of {part[0]}" for part in ((0, 0), (0, 1), (1, 0)) for n in range(4)}


def test_parts_of_the_same_teachers_learn_on_both_workers_at_the_same_time(reader: Reader):
    order = a_map("half_a_second", groups=1)
    ask(order)
    ended(reader, order)
    told = cells(reader, order)
    assert len({row["worker"] for row in told}) == 2
    switches = sum(place(one) != place(other) for one, other in pairwise(told))
    assert switches > 5, "the parts' rows come mixed"
    progress = [row["progress"] for row in told]
    assert progress == sorted(progress)


def test_pause_step_and_stop_reach_every_part(reader: Reader):
    order = a_map("endless")
    ask(order)
    wait_for(lambda: len(set(map(place, cells(reader, order)))) == 2)
    client.control(order.key, "ann", "pause")
    reached = standing_still(reader, order)
    client.control(order.key, "ann", "step")
    wait_for(lambda: len(cells(reader, order)) == reached + 2)
    assert standing_still(reader, order) == reached + 2
    other = wish("short", 7)
    ask(other, "bob")
    assert ended(reader, other).status == "finished", "the workers of a paused sweep are free"
    client.control(order.key, "ann", "resume")
    wait_for(lambda: len(cells(reader, order)) > reached + 10)
    client.control(order.key, "ann", "stop")
    assert reader.run(order.key).reason == "stopped"


def standing_still(reader: Reader, order: Sweep) -> int:
    """How many rows there are when no more have come for longer than tens would take."""
    seen: list[int] = []

    def same() -> bool:
        seen.append(len(cells(reader, order)))
        return seen.count(seen[-1]) > 40

    wait_for(same)
    return seen[-1]


def test_a_single_run_does_not_wait_for_a_sweep(reader: Reader):
    sweep, run = a_map("half_a_second", 2), wish("short", 8)
    ask(sweep)
    wait_for(lambda: len(cells(reader, sweep)) > 4)
    ask(run, "bob")
    assert ended(reader, run).status == "finished"
    assert not reader.run(sweep.key).ended
    assert ended(reader, sweep).status == "finished"


def test_a_killed_worker_costs_its_part_and_nothing_else(reader: Reader):
    order = a_map("half_a_second", 1)
    ask(order)
    told = wait_for(
        lambda: {row["y"]: row for row in cells(reader, order) if row["x"] == 0 and row["epoch"] > 2} or None
    )
    victim = next(iter(told.values()))
    os.kill(victim["worker"], signal.SIGKILL)
    run, found = ended(reader, order), rows(reader, order)
    assert (run.status, run.attempt) == ("finished", 1)
    assert len([row for row in found if row["event"] == "started"]) == 1
    for part in {place(row) for row in found if row["event"] == "cell"}:
        epochs = [row["epoch"] for row in cells(reader, order) if place(row) == part]
        assert epochs.count(25) == 1
        assert epochs.count(0) == (2 if part == place(victim) else 1)


def test_a_part_that_costs_two_workers_fails_the_run_and_the_next_goes_well(reader: Reader):
    order = a_map("frail")
    ask(order)
    run = ended(reader, order)
    assert (run.status, run.reason) == ("failed", "worker_lost")
    ask(a_map("short", 3))
    assert ended(reader, a_map("short", 3)).status == "finished"


def test_an_exception_in_a_part_is_told_as_the_last_row(reader: Reader):
    order = a_map("broken")
    ask(order)
    assert ended(reader, order).reason == "error"
    assert "ZeroDivisionError: the learning rate is 0" in latest(rows(reader, order))[-1]["detail"]
