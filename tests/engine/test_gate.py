"""The gate between rows: what passes, what is held, and what wakes it."""

from threading import Thread

import pytest

from kdcore.engine import gate as gates
from kdcore.engine.gate import Gate

BATCH = {"event": "batch", "progress": 0.5}


def epoch(number: int, lane: str = "scratch") -> dict:
    return {"event": "epoch", "lane": lane, "epoch": number}


def wanted() -> bool:
    return True


def test_an_open_gate_lets_everything_pass():
    gate = Gate(wanted)
    assert all(gate.passes(row) for row in ({"event": "started"}, epoch(0), BATCH, epoch(1), {"event": "finished"}))


def test_a_paused_run_is_held_at_any_row():
    gate = Gate(wanted)
    gate.set(paused=True)
    assert all(gate.holds(row) for row in (BATCH, epoch(0), {"event": "finished"}))


def test_a_held_run_goes_on_as_soon_as_it_may(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(gates, "LOOK_S", 1e6)  # it is woken, and does not just happen to look
    gate = Gate(wanted)
    gate.set(paused=True)
    passed = []
    runner = Thread(target=lambda: passed.append(gate.passes(BATCH)), daemon=True)
    runner.start()
    runner.join(0.1)
    assert not passed
    gate.set(paused=False)
    runner.join(30)
    assert passed == [True]


def test_a_run_that_is_not_wanted_any_more_is_sent_home():
    gate = Gate(lambda: False)
    assert not gate.passes(BATCH)


def test_a_held_run_notices_that_it_is_not_wanted_any_more():
    hopes = iter([True, True])
    gate = Gate(lambda: next(hopes, False))
    gate.set(paused=True)
    assert not gate.passes(BATCH)


def test_a_step_lets_one_epoch_of_both_lanes_pass():
    gate = Gate(wanted)
    gate.set(paused=True)
    gate.set(steps=1)
    assert gate.passes(BATCH)
    assert gate.passes(epoch(1))
    assert gate.passes(epoch(1, "distilled"))
    assert gate.holds(BATCH)
    assert gate.holds(epoch(2))


def test_two_steps_let_two_epochs_pass():
    gate = Gate(wanted)
    gate.set(paused=True)
    gate.set(steps=1)
    gate.set(steps=1)
    assert gate.passes(epoch(1))
    assert gate.passes(epoch(2))
    assert gate.holds(epoch(3))


def test_steps_left_over_do_not_outlive_the_pause():
    gate = Gate(wanted)
    gate.set(paused=True)
    gate.set(steps=3)
    gate.set(paused=False)
    gate.set(paused=True)
    assert gate.holds(epoch(1))


def test_a_slow_run_waits_before_an_epoch_only_and_not_between_its_lanes():
    gate = Gate(wanted, speed=0.001)
    assert gate.passes(epoch(0))
    assert gate.holds(epoch(1))
    assert not gate.holds(epoch(0, "distilled"))
    assert not gate.holds(BATCH)


def test_speed_may_change_on_the_way():
    gate = Gate(wanted, speed=0.001)
    gate.passes(epoch(0))
    gate.set(speed=0.0)
    assert not gate.holds(epoch(1))


def test_cells_of_an_epoch_pass_together_and_a_step_is_one_epoch_of_them():
    gate = Gate(wanted)
    gate.set(paused=True, steps=1)
    cells = [{"event": "cell", "epoch": number} for number in (1, 1, 2)]
    assert [gate.passes(cells[0]), gate.passes(cells[1])] == [True, True]
    assert gate.is_closed
    assert gate.holds(cells[2])
