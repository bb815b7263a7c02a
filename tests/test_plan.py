"""Which experiments share teachers, which students a cohort, and how large that may be."""

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kdcore import plan as planning
from kdcore import shapes
from kdcore.experiment import Experiment, unflatten
from kdcore.guides import ASSISTANT
from kdcore.plan import course, plan


def experiments(setting: str, *values, **more) -> list[Experiment]:
    return [unflatten({"seeds": 2, setting: value} | more) for value in values]


@pytest.mark.parametrize("setting", ["temperature", "soft_weight", "training.learning_rate"])
def test_students_of_any_loss_and_learning_rate_are_one_cohort(setting):
    (group,) = plan(experiments(setting, 0.25, 0.5))
    (part,) = group.parts
    assert part.places == (0, 1)
    assert part.members == 2 * (4 if setting == "training.learning_rate" else 3)


@pytest.mark.parametrize(
    ("setting", "values"),
    [
        ("data.labels", (20, 50)),
        ("unlabelled", (0, 50)),
        ("student.widths", ("8", "8-8")),
        ("student.activation", ("relu", "tanh")),
        ("training.epochs", (5, 10)),
        ("training.optimizer", ("adam", "sgd")),
        ("training.label_smoothing", (0, 0.1)),
    ],
)
def test_students_that_cannot_be_stacked_share_their_teachers(setting, values):
    (group,) = plan(experiments(setting, *values))
    assert [part.places for part in group.parts] in ([(0,), (1,)], [(1,), (0,)])


def test_narrow_students_lie_in_wide_ones_where_that_is_cheaper():
    (group,) = plan(experiments("student.widths", "512", "8", "2", "8", temperature=3))
    narrow, wide = group.parts
    assert (narrow.places, wide.places) == ((1, 2, 3), (0,))
    assert (narrow.experiment.student.widths, wide.experiment.student.widths) == ((8,), (512,))
    assert narrow.members == 2 * 2 * 2


@pytest.mark.parametrize("other", [{"student.dropout": 0.1}, {"student.activation": "sigmoid"}])
def test_students_that_would_not_be_the_same_in_wider_ones_keep_apart(other):
    (group,) = plan(experiments("student.widths", "8", "16", **other))
    assert [part.places for part in group.parts] == [(0,), (1,)]


@pytest.mark.parametrize(
    ("setting", "values"),
    [
        ("teacher.widths", ("8", "16")),
        ("teacher_training.epochs", (3, 30)),
        ("label_noise", (0, 0.2)),
        ("data.name", ("digits", "moons")),
        ("data.seed", (0, 1)),
        ("seeds", (1, 2)),
    ],
)
def test_experiments_that_differ_in_what_teachers_learn_have_their_own(setting, values):
    groups = plan(experiments(setting, *values))
    assert [len(group.parts) for group in groups] == [1, 1]


def test_the_cheapest_teachers_come_first():
    groups = plan(experiments("teacher.widths", "512-512", "8", "64"))
    assert [group.parts[0].places for group in groups] == [(1,), (2,), (0,)]


def test_who_hears_labels_only_is_a_student_from_labels():
    base = unflatten({"soft_weight": 0, "assistant": True})
    assert {course(base, lane) for lane in base.students} == {course(Experiment(temperature=9), "scratch")}
    assert len({course(unflatten({"assistant": True}), lane) for lane in base.students}) == 3


def test_each_assistant_is_trained_once():
    (group,) = plan(experiments("temperature", 1, 4, 4, assistant=True))
    (part,) = group.parts
    (helpers,) = part.rounds
    assert [(each.guide, each.experiment.temperature) for each in helpers.helpers] == [(ASSISTANT, 1), (ASSISTANT, 4)]
    assert part.members == 2 * (1 + 2 * 2)


@settings(max_examples=25)
@given(st.lists(st.floats(0.1, 100), min_size=1, max_size=30), st.integers(1, 20), st.integers(10_000, 10_000_000))
def test_a_part_is_as_large_as_it_may_be_and_holds_all_that_its_experiments_need(temperatures, members, numbers):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "MOST_MEMBERS", members)
        patch.setattr(planning, "MOST_NUMBERS", numbers)
        asked = experiments("temperature", *temperatures)
        (group,) = plan(asked)
    assert [place for part in group.parts for place in part.places] == list(range(len(asked)))
    weights = shapes.parameters(asked[0].layers("student"))
    for part in group.parts:
        assert part.experiments == tuple(asked[place] for place in part.places)
        assert set(part.courses) == {course(each, lane) for each in part.experiments for lane in each.students}
        assert len(set(part.courses)) == len(part.courses)
        assert len(part.courses) <= 2 or (part.members <= members and part.members * 4 * weights <= numbers)


def test_a_group_can_be_sent_elsewhere():
    (group,) = plan(experiments("temperature", 1, 4, assistant=True))
    assert pickle.loads(pickle.dumps(group)) == group
