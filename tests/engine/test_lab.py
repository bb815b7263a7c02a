"""The lab's mind on a real store, with a cluster that does nothing by itself: the test says what its workers report."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kdcore.engine.answer import Answer, sentence
from kdcore.engine.lab import PAUSE_LIMIT_S, RETRY_S, Lab
from kdcore.events import latest
from kdcore.experiment import Experiment, Training
from kdcore.store import StoreProblem, Writer

FINISHED = {"event": "finished", "table": []}


class Cluster:
    """Notes what it is told."""

    def __init__(self, slots: int):
        self.slots = slots
        self.jobs: list[tuple[str, int]] = []  # name and attempt
        self.speeds: list[float] = []  # that they began with
        self.adjusted: list[dict[str, Any]] = []
        self.cancelled: list[str] = []

    def start(self, job: str, experiment: dict[str, Any], attempt: int, speed: float) -> None:
        self.jobs.append((job, attempt))
        self.speeds.append(speed)

    def adjust(self, job: str, address: str, **changes: Any) -> None:
        self.adjusted.append({"job": job, "address": address, **changes})

    def cancel(self, job: str) -> None:
        self.cancelled.append(job)

    def close(self) -> None:
        self.cancelled = [job for job, _attempt in self.jobs]

    @property
    def last(self) -> str:
        return self.jobs[-1][0]


class Disk(Writer):
    """A store whose disk can be full."""

    full = False

    def write(self, *arguments: Any) -> None:
        if self.full:
            raise StoreProblem("the disk is full")
        super().write(*arguments)


class Bench:
    """A lab with its cluster, its store and a clock that stands still."""

    def __init__(self, folder: Path, slots: int = 1):
        self.url, self.now = f"sqlite:///{folder}/store.sqlite", 0.0
        self.cluster = Cluster(slots)
        self.open()

    def open(self) -> None:
        self.store = Disk(self.url)
        self.lab = Lab(self.store, self.cluster.slots, clock=lambda: self.now)
        self.lab.ready(self.cluster)
        self.lab.turn([])

    def kill(self) -> None:
        self.store.close()  # the lab is not told
        self.open()

    def ask(self, **request: Any) -> Answer:
        answers: list[Answer] = []
        self.lab.turn([lambda: self.lab.command(request, answers.append)])
        return answers[0]

    def submit(self, number: int, browser: str = "ann") -> Answer:
        return self.ask(do="submit", experiment=wish(number).model_dump(mode="json"), browser=browser)

    def control(self, number: int, action: str, value: Any = None, browser: str = "ann") -> Answer:
        return self.ask(do="control", key=wish(number).key, browser=browser, action=action, value=value)

    def report(self, take: Callable[..., None], *values: Any) -> None:
        self.lab.turn([lambda: take(*values)])

    def begin(self) -> None:
        self.report(self.lab.heard, {"job": self.cluster.last, "begun": "tls://worker"})

    def rows(self, *rows: dict[str, Any]) -> None:
        self.report(self.lab.heard, {"job": self.cluster.last, "rows": rows, "progress": 0.5})

    def end(self, *rows: dict[str, Any]) -> None:
        self.report(self.lab.ended, self.cluster.last, list(rows))

    def run(self, number: int):
        return self.store.run(wish(number).key)

    def events(self, number: int) -> list[str]:
        return [row["event"] for _n, row in self.store.events(wish(number).key)]


def wish(number: int) -> Experiment:
    return Experiment(training=Training(epochs=number))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_what_is_acknowledged_is_stored(bench: Bench):
    assert bench.submit(1) == Answer(True, "queued")
    assert bench.run(1).status == "running"
    assert bench.run(1).browsers == ("ann",)
    assert bench.run(1).experiment == wish(1).model_dump(mode="json")


def test_a_run_from_wish_to_end(bench: Bench):
    bench.submit(1)
    bench.begin()
    bench.rows({"event": "started"}, {"event": "epoch"})
    assert bench.run(1).progress == 0.5
    bench.end({"event": "snapshot", "name": "w", "payload": b"123"}, FINISHED)
    assert bench.events(1) == ["started", "epoch", "snapshot", "finished"]
    assert bench.store.blob(wish(1).key, "w") == b"123"
    assert (bench.run(1).status, bench.run(1).progress) == ("finished", 1.0)


def test_before_the_cluster_is_there_runs_wait(bench: Bench, tmp_path: Path):
    bench.store.close()
    lab = Lab(Writer(bench.url), slots=1)
    answers = []
    request = {"do": "submit", "experiment": wish(1).model_dump(mode="json"), "browser": "ann"}
    lab.turn([lambda: lab.command(request, answers.append)])
    assert answers == [Answer(True, "queued")]
    assert bench.run(1).status == "queued"
    lab.ready(bench.cluster)
    lab.turn([])
    assert bench.run(1).status == "running"


def test_a_finished_run_is_answered_at_once_and_never_trained_twice(bench: Bench):
    bench.submit(1)
    bench.end(FINISHED)
    assert bench.submit(1, "bob") == Answer(True, "finished")
    assert len(bench.cluster.jobs) == 1


def test_a_finished_run_is_trained_again_where_that_is_asked_for(bench: Bench):
    bench.submit(1)
    bench.end({"event": "snapshot", "name": "w", "payload": b"old"}, FINISHED)
    settings = wish(1).model_dump(mode="json")
    assert bench.ask(do="submit", experiment=settings, browser="bob", again=True) == Answer(True, "queued")
    bench.rows({"event": "started"})
    bench.end({"event": "snapshot", "name": "w", "payload": b"new"}, FINISHED)
    assert bench.run(1).status == "finished"
    assert bench.store.blob(wish(1).key, "w") == b"new"


def test_a_failed_run_is_started_again_and_its_rows_go_on_counting(bench: Bench):
    bench.submit(1)
    bench.rows({"event": "started"})
    bench.end({"event": "failed", "reason": "diverged"})
    assert (bench.run(1).status, bench.run(1).reason) == ("failed", "diverged")
    assert bench.submit(1) == Answer(True, "queued")
    bench.rows({"event": "started"})
    assert (bench.run(1).status, bench.run(1).reason) == ("running", None)
    assert [n for n, _row in bench.store.events(wish(1).key)] == [1, 2, 3]


def test_a_run_asked_for_again_and_stopped_before_it_began_has_nothing_of_the_one_before(bench: Bench):
    bench.submit(1)
    bench.rows({"event": "started"}, {"event": "epoch"})
    bench.end({"event": "failed", "reason": "diverged"})
    bench.submit(2)
    assert bench.submit(1) == Answer(True, "queued")
    assert (bench.run(1).status, bench.run(1).reason, bench.run(1).progress) == ("queued", None, 0.0)
    bench.control(1, "stop")
    (row,) = latest(row for _n, row in bench.store.events(wish(1).key))
    assert (row["event"], row["reason"], bench.run(1).reason) == ("failed", "stopped", "stopped")


def test_two_browsers_share_a_run(bench: Bench):
    bench.submit(1)
    assert bench.submit(1, "bob") == Answer(True, "running")
    assert bench.run(1).browsers == ("ann", "bob")
    assert len(bench.cluster.jobs) == 1


def test_who_waits_is_told_where_and_roughly_how_long(bench: Bench):
    bench.submit(1)
    bench.now = 42
    bench.end(FINISHED)
    bench.submit(2)
    bench.submit(3, "bob")
    bench.submit(4, "cid")
    assert (bench.run(3).position, bench.run(3).wait_s) == (1, 40)
    assert (bench.run(4).position, bench.run(4).wait_s) == (2, 85)
    bench.end(FINISHED)
    assert (bench.run(3).status, bench.run(3).position, bench.run(3).wait_s) == ("running", None, None)


def test_a_wait_is_never_told_as_nothing(bench: Bench):
    bench.submit(1)
    bench.now = 42
    bench.end(FINISHED)
    bench.submit(2)
    bench.submit(3, "bob")
    for later, wait_s in ((40, 5), (2, None)):
        bench.now += later
        bench.lab.turn([])
        assert bench.run(3).wait_s == wait_s


def test_a_third_waiting_run_is_refused_in_a_sentence(bench: Bench):
    for number in (1, 2, 3):
        assert bench.submit(number).accepted
    answer = bench.submit(4)
    assert answer.refusal == "too_many"
    assert "two runs waiting" in sentence(answer)
    assert bench.run(4) is None


def test_a_lost_worker_means_a_second_attempt_and_then_a_failure(bench: Bench):
    bench.submit(1)
    bench.begin()
    bench.report(bench.lab.lost, bench.cluster.last)
    assert [attempt for _name, attempt in bench.cluster.jobs] == [1, 2]
    assert (bench.run(1).status, bench.run(1).attempt, bench.run(1).progress) == ("running", 2, 0.0)
    bench.report(bench.lab.lost, bench.cluster.last)
    assert (bench.run(1).status, bench.run(1).reason) == ("failed", "worker_lost")
    assert bench.events(1) == ["failed"]
    assert len(bench.cluster.jobs) == 2


def test_rows_of_an_attempt_given_up_are_not_taken(bench: Bench):
    bench.submit(1)
    first = bench.cluster.last
    bench.report(bench.lab.lost, first)
    bench.report(bench.lab.heard, {"job": first, "rows": [{"event": "epoch"}], "progress": 0.9})
    bench.report(bench.lab.ended, first, [FINISHED])
    bench.report(bench.lab.lost, first)
    assert (bench.events(1), bench.run(1).attempt, bench.run(1).status) == ([], 2, "running")


def test_a_job_that_begins_a_second_time_by_itself_counts_as_lost(bench: Bench):
    bench.submit(1)
    first = bench.cluster.last
    bench.begin()
    bench.begin()
    assert bench.cluster.cancelled == [first]
    assert bench.run(1).attempt == 2


def test_a_run_that_ends_without_a_word_has_failed(bench: Bench):
    bench.submit(1)
    bench.end()
    assert (bench.run(1).status, bench.run(1).reason) == ("failed", "error")


def test_stopping_ends_the_job_and_frees_the_slot(bench: Bench):
    bench.submit(1)
    bench.submit(2)
    first = bench.cluster.last
    assert bench.control(1, "stop") == Answer(True, "failed")
    assert bench.cluster.cancelled == [first]
    assert (bench.run(1).reason, bench.events(1)) == ("stopped", ["failed"])
    assert bench.run(2).status == "running"


def test_stopping_a_shared_run_only_takes_back_ones_own_wish(bench: Bench):
    bench.submit(1)
    bench.submit(1, "bob")
    assert bench.control(1, "stop") == Answer(True, "running")
    assert bench.run(1).browsers == ("bob",)
    assert bench.control(1, "stop", browser="bob") == Answer(True, "failed")


def test_a_waiting_run_can_be_stopped(bench: Bench):
    bench.submit(1)
    bench.submit(2)
    bench.control(2, "stop")
    assert bench.run(2).reason == "stopped"
    bench.end(FINISHED)
    assert len(bench.cluster.jobs) == 1


def test_pause_step_speed_and_going_on_reach_the_worker(bench: Bench):
    bench.submit(1)
    bench.begin()
    bench.cluster.adjusted.clear()
    for action, value in (("pause", None), ("step", None), ("speed", 2), ("resume", None)):
        assert bench.control(1, action, value).accepted
    job = {"job": bench.cluster.last, "address": "tls://worker"}
    assert bench.cluster.adjusted == [
        job | {"steps": 0, "paused": True},
        job | {"steps": 1, "paused": True},
        job | {"steps": 0, "speed": 2.0},
        job | {"steps": 0, "paused": False},
    ]
    assert (bench.run(1).paused, bench.run(1).speed) == (False, 2.0)


def test_what_was_set_before_a_job_began_reaches_it_then(bench: Bench):
    bench.submit(1)
    bench.control(1, "pause")
    bench.control(1, "speed", 5)
    assert bench.cluster.adjusted == []
    bench.begin()
    assert bench.cluster.adjusted[0] | {"paused": True, "speed": 5.0} == bench.cluster.adjusted[0]


def test_a_run_begins_at_the_speed_it_was_asked_for_with(bench: Bench):
    request = {"do": "submit", "experiment": wish(1).model_dump(mode="json"), "browser": "ann"}
    assert bench.ask(**request, speed=-2).refusal == "bad_request"
    assert bench.ask(**request, speed="slow").refusal == "bad_request"
    assert bench.ask(**request, speed=2).accepted
    assert bench.cluster.speeds == [2.0]
    assert bench.submit(1, "bob").accepted
    assert bench.run(1).speed == 2.0


def test_a_long_pause_ends_by_itself_for_the_slot_is_everybodys(bench: Bench):
    bench.submit(1)
    bench.begin()
    bench.control(1, "pause")
    assert bench.lab.turn([]) == PAUSE_LIMIT_S
    bench.now = PAUSE_LIMIT_S - 1
    assert bench.lab.turn([]) == 1
    assert bench.run(1).paused
    bench.now = PAUSE_LIMIT_S
    assert bench.lab.turn([]) is None
    assert not bench.run(1).paused
    assert bench.cluster.adjusted[-1]["paused"] is False


@pytest.mark.parametrize(
    ("refusal", "number", "action", "value", "browser"),
    [
        ("no_such_run", 9, "pause", None, "ann"),
        ("not_yours", 1, "pause", None, "bob"),
        ("not_yours", 1, "stop", None, "bob"),
        ("not_running", 2, "pause", None, "ann"),
        ("not_running", 3, "stop", None, "ann"),
        ("bad_request", 1, "explode", None, "ann"),
        ("bad_request", 1, "speed", -1, "ann"),
        ("bad_request", 1, "speed", "fast", "ann"),
        ("bad_request", 1, "speed", 1001, "ann"),
        ("bad_request", 1, "speed", float("nan"), "ann"),
    ],
)
def test_a_control_that_makes_no_sense_is_refused(bench: Bench, refusal, number, action, value, browser):
    bench.submit(3)
    bench.end(FINISHED)
    bench.submit(1)
    bench.submit(2)
    answer = bench.control(number, action, value, browser)
    assert answer.refusal == refusal
    assert sentence(answer)


def test_what_cannot_be_understood_is_refused(bench: Bench):
    assert bench.ask(do="dance").refusal == "bad_request"
    answer = bench.ask(do="submit", experiment={"temperatur": 2}, browser="ann")
    assert answer.refusal == "bad_request"
    assert "temperature" in sentence(answer)


def test_after_a_kill_what_waited_waits_and_what_ran_is_tried_again_first(bench: Bench):
    bench.submit(1)
    bench.submit(2, "bob")
    bench.rows({"event": "started"}, {"event": "epoch"})
    bench.kill()
    assert (bench.run(1).status, bench.run(1).attempt) == ("running", 2)
    assert (bench.run(2).status, bench.run(2).attempt, bench.run(2).browsers) == ("queued", 1, ("bob",))
    assert bench.events(1) == ["started", "epoch"]


def test_a_run_that_brings_the_engine_down_twice_has_failed(bench: Bench):
    bench.submit(1)
    bench.kill()
    bench.kill()
    assert (bench.run(1).status, bench.run(1).reason) == ("failed", "worker_lost")


def test_an_orderly_end_costs_no_attempt(bench: Bench):
    bench.submit(1)
    bench.begin()
    bench.lab.close()
    bench.open()
    assert (bench.run(1).status, bench.run(1).attempt) == ("running", 1)


def test_a_wish_that_cannot_be_stored_is_refused_and_leaves_nothing(bench: Bench):
    bench.store.full = True
    answer = bench.submit(1)
    assert answer.refusal == "store"
    assert "the disk is full" in sentence(answer)
    assert bench.cluster.cancelled == [bench.cluster.last]
    bench.store.full = False
    assert bench.lab.turn([]) is None
    assert bench.run(1) is None
    assert bench.submit(1) == Answer(True, "queued")


def test_a_run_whose_rows_cannot_be_stored_fails_and_that_is_stored_when_it_can_be(bench: Bench):
    bench.submit(1)
    bench.begin()
    bench.rows({"event": "started"})
    bench.store.full = True
    bench.rows({"event": "epoch"})
    assert bench.cluster.cancelled == [bench.cluster.last]
    assert bench.lab.turn([]) == RETRY_S
    bench.store.full = False
    bench.lab.turn([])
    assert (bench.run(1).status, bench.run(1).reason) == ("failed", "store")
    assert bench.events(1) == ["started", "failed"]


def test_a_full_disk_does_not_end_runs_that_have_nothing_to_store(bench: Bench):
    bench.submit(1)
    bench.begin()
    bench.store.full = True
    assert bench.control(1, "pause").refusal == "store"
    bench.store.full = False
    bench.rows({"event": "epoch"})
    assert bench.run(1).status == "running"


def test_a_failed_run_asked_for_again_on_a_full_disk_stays_what_it_was(bench: Bench):
    bench.submit(1)
    bench.control(1, "stop")
    bench.store.full = True
    assert bench.submit(1).refusal == "store"
    bench.store.full = False
    bench.lab.turn([])
    assert (bench.run(1).reason, bench.events(1)) == ("stopped", ["failed"])


def test_a_refusal_stays_the_same_on_a_full_disk(bench: Bench):
    for number in (1, 2, 3):
        bench.submit(number)
    bench.rows({"event": "epoch"})
    bench.store.full = True
    assert bench.submit(4).refusal == "too_many"
