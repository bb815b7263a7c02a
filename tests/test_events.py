"""Rows: the last attempt counts, and a line of JSON holds all of a row."""

import json

from kdcore.events import first, from_line, latest, to_line

STARTED = {"event": "started"}


def epoch(n: int) -> dict:
    return {"event": "epoch", "epoch": n, "lane": "teacher"}


def test_the_last_attempt_counts():
    assert latest([STARTED, epoch(0), STARTED, epoch(0), epoch(1)]) == [STARTED, epoch(0), epoch(1)]
    assert latest([]) == []


def test_a_new_attempt_that_was_stopped_before_it_began_shows_nothing_of_the_one_before():
    diverged, stopped = {"event": "failed", "reason": "diverged"}, {"event": "failed", "reason": "stopped"}
    assert latest([STARTED, epoch(0), diverged]) == [STARTED, epoch(0), diverged]
    assert latest([STARTED, epoch(0), diverged, stopped]) == [stopped]
    assert latest([STARTED, epoch(0), diverged, stopped, STARTED]) == [STARTED]


def test_first_of_a_kind():
    rows = [STARTED, epoch(0), epoch(1)]
    assert first(rows, "epoch") == epoch(0)
    assert first(rows, "epoch", epoch=1) == epoch(1)
    assert first(rows, "finished") is None


def test_a_line_brings_back_the_row_with_its_bytes():
    row = {"event": "snapshot", "name": "x.safetensors", "payload": bytes(range(256))}
    assert from_line(to_line(row)) == row
    assert "\n" not in to_line(row)
    assert from_line(to_line(epoch(3))) == epoch(3)


def test_a_line_is_json_also_where_numbers_are_none():
    row = {"event": "epoch", "val_loss": [0.5, float("nan"), float("inf")], "deep": {"loss": -float("inf")}}
    line = to_line(row)
    json.loads(line, parse_constant=lambda name: 1 / 0)
    assert from_line(line) == {"event": "epoch", "val_loss": [0.5, None, None], "deep": {"loss": None}}
