"""The fair queue, without processes: browsers ask, turns are taken, jobs end."""

from hypothesis import given
from hypothesis import strategies as st

from kdcore.engine.queue import WAITING_EACH, Place, Queue


def asked(queue: Queue, *wishes: tuple[str, str]) -> Queue:
    for key, browser in wishes:
        assert queue.ask(key, browser)
    return queue


def started(queue: Queue, now: float = 0.0) -> list[str]:
    return list(iter(lambda: queue.next(now), None))


def test_whoever_asks_first_begins_first_and_no_more_begin_than_there_are_slots():
    queue = asked(Queue(2), ("a1", "ann"), ("b1", "bob"), ("c1", "cid"))
    assert started(queue) == ["a1", "b1"]
    queue.end("a1")
    assert started(queue) == ["c1"]


def test_a_browser_has_one_job_running_although_slots_are_free():
    queue = asked(Queue(3), ("a1", "ann"), ("a2", "ann"))
    assert started(queue) == ["a1"]
    queue.end("a1")
    assert started(queue) == ["a2"]


def test_a_third_waiting_job_is_refused_until_one_begins():
    queue = asked(Queue(1), ("a1", "ann"), ("a2", "ann"))
    assert not queue.ask("a3", "ann")
    assert started(queue) == ["a1"]
    assert queue.ask("a3", "ann")


def test_everybodys_first_wish_comes_before_anybodys_second():
    queue = asked(Queue(1), ("a1", "ann"), ("a2", "ann"), ("b1", "bob"), ("b2", "bob"), ("c1", "cid"))
    assert queue.waiting() == ["a1", "b1", "c1", "a2", "b2"]


def test_who_has_just_had_a_turn_lets_the_others_go_first():
    queue = asked(Queue(1), ("a1", "ann"))
    assert started(queue) == ["a1"]
    asked(queue, ("a2", "ann"), ("b1", "bob"))
    queue.end("a1")
    assert started(queue) == ["b1"]


def test_two_who_ask_the_same_share_one_job():
    queue = asked(Queue(2), ("x", "ann"), ("x", "bob"))
    assert started(queue) == ["x"]
    assert queue.browsers("x") == ("ann", "bob")


def test_asking_again_changes_nothing():
    queue = asked(Queue(1), ("x", "ann"), ("x", "ann"))
    assert queue.browsers("x") == ("ann",)


def test_joining_what_runs_costs_nothing():
    queue = asked(Queue(1), ("x", "ann"))
    started(queue)
    asked(queue, ("b1", "bob"), ("b2", "bob"), ("x", "bob"))
    assert queue.browsers("x") == ("ann", "bob")


def test_joining_what_waits_counts_as_waiting():
    queue = asked(Queue(1), ("x", "ann"), ("b1", "bob"), ("b2", "bob"))
    assert not queue.ask("x", "bob")


def test_a_shared_job_ends_only_with_the_last_wish():
    queue = asked(Queue(1), ("x", "ann"), ("x", "bob"))
    assert not queue.withdraw("x", "ann")
    assert queue.withdraw("x", "bob")


def test_when_the_first_wisher_goes_the_job_takes_the_turn_of_the_next():
    queue = asked(Queue(2), ("x", "ann"), ("x", "bob"))
    started(queue)
    queue.withdraw("x", "ann")
    asked(queue, ("a1", "ann"), ("b1", "bob"))
    assert started(queue) == ["a1"]


def test_a_shared_job_may_begin_in_the_turn_of_whoever_is_free():
    queue = asked(Queue(2), ("a1", "ann"))
    started(queue)
    asked(queue, ("x", "ann"), ("x", "bob"))
    assert started(queue) == ["x"]


def test_no_wait_is_told_before_a_job_has_finished():
    queue = asked(Queue(1), ("a1", "ann"), ("b1", "bob"))
    started(queue)
    assert queue.places(now=5) == [Place("b1", 1, None)]


def test_the_wait_is_what_the_running_jobs_have_left_and_one_typical_time_for_each_before():
    queue = asked(Queue(1), ("a1", "ann"))
    started(queue, now=100)
    queue.end("a1", finished_at=110)  # a typical job takes 10 s
    asked(queue, ("b1", "bob"), ("c1", "cid"), ("d1", "dan"))
    started(queue, now=120)
    assert queue.places(now=124) == [Place("c1", 1, 6), Place("d1", 2, 16)]


def test_no_wait_is_told_while_the_running_job_takes_longer_than_usual():
    queue = asked(Queue(1), ("a1", "ann"))
    started(queue, now=0)
    queue.end("a1", finished_at=10)
    asked(queue, ("b1", "bob"), ("c1", "cid"), ("d1", "dan"))
    started(queue, now=20)
    for now in (30, 31):
        assert queue.places(now) == [Place("c1", 1, None), Place("d1", 2, None)]


def test_a_free_slot_is_no_hope_for_who_has_a_job_running():
    queue = asked(Queue(2), ("a1", "ann"))
    started(queue, now=0)
    queue.end("a1", finished_at=10)
    asked(queue, ("a2", "ann"), ("a3", "ann"))
    started(queue, now=20)
    assert queue.places(now=24) == [Place("a3", 1, 6)]


def test_two_slots_halve_the_wait():
    queue = asked(Queue(2), ("a1", "ann"))
    started(queue, now=0)
    queue.end("a1", finished_at=10)
    asked(queue, *((name, name) for name in "bcdef"))
    started(queue, now=20)
    assert [place.wait_s for place in queue.places(now=20)] == [10, 10, 20]


def test_jobs_that_did_not_finish_teach_nothing_about_the_wait():
    queue = asked(Queue(1), ("a1", "ann"))
    started(queue)
    queue.end("a1")
    asked(queue, ("b1", "bob"))
    assert queue.places(now=5)[0].wait_s is None


def test_after_a_restart_all_are_back_whatever_the_limits():
    queue = Queue(1)
    for key in ("a1", "a2", "a3"):
        queue.restore(key, ("ann",))
    assert queue.waiting() == ["a1", "a2", "a3"]


MOVES = st.tuples(st.sampled_from(["ask", "next", "end", "withdraw"]), st.integers(0, 7), st.sampled_from("abc"))


@given(slots=st.integers(1, 3), moves=st.lists(MOVES, max_size=60))
def test_whatever_happens_the_limits_hold(slots: int, moves: list[tuple[str, int, str]]):
    queue = Queue(slots)
    running = set()
    for move, number, browser in moves:
        key = str(number)
        if move == "ask":
            queue.ask(key, browser)
        elif move == "next" and (begun := queue.next(0.0)):
            running.add(begun)
        elif (move == "end" and key in running) or (
            move == "withdraw" and browser in queue.browsers(key) and queue.withdraw(key, browser)
        ):
            queue.end(key)
            running.discard(key)
        assert len(running) <= slots
        waiting = queue.waiting()
        assert not set(waiting) & running
        assert all(sum(who in queue.browsers(key) for key in waiting) <= WAITING_EACH for who in "abc")
    while queue.waiting():  # nothing is forgotten: with time, all get their turn
        for key in running:
            queue.end(key)
        running = set(started(queue))
        assert running
