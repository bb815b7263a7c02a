"""What a worker sends on while a run goes on, and what it keeps for the end."""

import json

import fakes
import pytest

from kdcore.data.download import advice
from kdcore.engine.worker import Outbox, failure, find
from kdcore.settings import SettingProblem


class Post:
    """Collects what was posted."""

    def __init__(self):
        self.rows, self.progress = [], []

    def __call__(self, rows, progress):
        self.rows += rows
        self.progress.append(progress)


def sent(rows: list[dict]) -> tuple[Post, Outbox]:
    post = Post()
    outbox = Outbox(post)
    for row in rows:
        outbox.add(row)
    outbox.send()
    return post, outbox


def test_rows_are_sent_in_order_and_steps_only_as_progress():
    rows = list(fakes.short(fakes.wish("short")))
    post, _ = sent(rows)
    assert post.rows == [row for row in rows if row["event"] in ("started", "epoch")]
    assert post.progress[-1] == 1.0


def test_bytes_and_the_last_row_are_kept_for_the_end():
    _, outbox = sent(list(fakes.short(fakes.wish("short"))))
    assert [row["event"] for row in outbox.kept] == ["snapshot", "finished"]
    assert outbox.kept[0]["payload"] == fakes.WEIGHTS


def test_a_burst_of_rows_goes_out_in_few_messages():
    post, _ = sent([{"event": "epoch", "epoch": n, "progress": n / 1000} for n in range(1000)])
    assert [row["epoch"] for row in post.rows] == list(range(1000))
    assert len(post.progress) < 100


def test_missing_data_have_a_reason_of_their_own():
    with pytest.raises(fakes.DataUnavailable) as raised:
        list(fakes.without_data(fakes.wish("without_data")))
    row = failure(raised.value)
    assert row["reason"] == "data"
    assert "/data" in row["detail"]
    assert advice(**json.loads(json.dumps(row["data"]))) == row["detail"]


def test_a_wrong_setting_is_told_in_its_own_sentence():
    row = failure(SettingProblem("KD_DEVICE is abacus"))
    assert row == {"event": "failed", "reason": "error", "detail": "KD_DEVICE is abacus"}


def test_any_other_exception_is_an_error_with_its_name():
    assert failure(KeyError("x")) == {"event": "failed", "reason": "error", "detail": "KeyError: 'x'"}


def test_what_to_run_is_found_by_its_path():
    assert find("fakes:short") is fakes.short
