"""The tasks of a sweep, without workers: which may begin, what they add up to, and what is lost."""

import pytest

from kdcore.engine.parts import Parts, Task


@pytest.fixture
def parts() -> Parts:
    """A sweep of two groups, with two parts and one, whose outline is there."""
    parts = Parts("job")
    outline, _ = parts.begin()
    assert not parts.may_begin
    assert parts.ended(outline, [[1.0, 4.0, 3.0], [1.0, 1.0]]) is None
    return parts


def done(parts: Parts) -> Task:
    """The next task, from beginning to end."""
    task, _ = parts.begin()
    parts.ended(task, "answers")
    return task


def test_the_parts_of_a_group_come_before_the_teachers_of_the_next(parts: Parts):
    order = [(task.kind, *task.which) for task in iter(lambda: parts.ready and done(parts), [])]
    assert order == [("teach", 0), ("learn", 0, 0), ("learn", 0, 1), ("teach", 1), ("learn", 1, 0)]


def test_a_part_is_told_what_its_teachers_said(parts: Parts):
    done(parts)
    assert parts.begin() == (Task("job", "learn", (0, 0)), ((0, 0), "answers"))


def test_progress_and_time_of_all_tasks_are_added_up(parts: Parts):
    (one, _), (other, _) = parts.begin(), parts.begin()
    assert parts.heard(one, [], 0.5, 0.0) == {"job": "job", "rows": [], "progress": 0.05}
    row = {"event": "cell", "progress": 1.0}
    assert parts.heard(other, [row], 1.0, 2.0)["rows"] == [{"event": "cell", "progress": pytest.approx(0.15)}]
    parts.heard(one, [], 1.0, 1.25)
    for task in (one, other):
        parts.ended(task, "answers")
    while parts.ready:
        task, _ = parts.begin()
        last = parts.ended(task, None)
    assert last == {"event": "finished", "processor_s": 3.25}


def test_the_last_task_ends_the_sweep_only_if_no_other_is_under_way(parts: Parts):
    for _task in ("teach", "learn", "learn", "teach"):
        done(parts)
    last, _ = parts.begin()
    assert not parts.ready
    assert parts.ended(last, None)["event"] == "finished"


def test_a_lost_part_begins_anew_once_and_before_the_others(parts: Parts):
    done(parts)
    task, _ = parts.begin()
    parts.heard(task, [], 1.0, 0.0)
    assert parts.lost(task)
    parts.again(task)
    assert parts.begin()[0] == task
    assert parts.heard(task, [], 0.0, 0.0)["progress"] == 0.0, "what was lost is no progress"
    assert not parts.lost(task)


def test_a_paused_sweep_has_one_task_to_step(parts: Parts):
    parts.paused = True
    assert parts.may_begin
    parts.begin()
    assert parts.ready
    assert not parts.may_begin
