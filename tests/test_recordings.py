"""Recordings: what is looked at of one without reading all of it."""

from kdcore.recordings import glimpse, keep, keys, recorded

KEY = "0123456789abcdef"
ROWS = [
    {"event": "started", "key": KEY},
    {"event": "epoch", "text": '{"event": "finished"'},
    {"event": "snapshot", "name": "w", "payload": b"bytes"},
    {"event": "finished", "table": [1]},
    {"event": "finishedly"},
]


def test_some_events_are_read_without_the_others(tmp_path):
    keep(tmp_path, ROWS)
    assert keys(tmp_path) == [KEY]
    assert recorded(tmp_path, KEY) == tuple(ROWS)
    assert glimpse(tmp_path, KEY, "started", "finished") == [ROWS[0], ROWS[3]]
