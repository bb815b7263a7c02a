"""A sweep as a value: cells, students counted once, cohorts that fit memory, keys, and bad input in sentences."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from kdcore import cost, grid, order, shapes
from kdcore.experiment import Experiment, unflatten
from kdcore.grid import Axis, Course, Sweep, notes

LABELS = Axis(setting="data.labels", values=(20, 50, 1077))
TEMPERATURES = Axis(setting="temperature", values=(1, 4))


def test_cells_are_experiments_row_after_row():
    sweep = Sweep(experiment=Experiment(seeds=2), x=TEMPERATURES, y=Axis(setting="soft_weight", values=(0.5, 1)))
    assert [(x, y) for x, y, _cell in sweep.cells()] == [(1, 0.5), (4, 0.5), (1, 1), (4, 1)]
    for x, y, cell in sweep.cells():
        assert cell == Experiment(seeds=2, temperature=x, soft_weight=y)


def test_labels_are_counted_in_whole_numbers_and_all_is_all():
    budgets = [cell.data.labels for _x, _y, cell in Sweep(x=LABELS, y=TEMPERATURES).cells()]
    assert budgets == 2 * [20, 50, None]


def test_a_student_that_several_cells_share_is_trained_once():
    weights = Axis(setting="soft_weight", values=(0, 0.5))
    assert Sweep(experiment=Experiment(seeds=2), x=TEMPERATURES, y=weights).courses() == [
        Course(100, 3e-3),  # the baseline of all cells, and what cells at share 0 are
        Course(100, 3e-3, 0.5, 1),
        Course(100, 3e-3, 0.5, 4),
    ]
    rates = Axis(setting="training.learning_rate", values=(1e-3, 1e-2))
    assert Sweep(experiment=Experiment(seeds=2), x=TEMPERATURES, y=rates).students == 2 * (2 + 4)


def test_the_default_map_counts_seven_by_five_and_one_baseline():
    assert Sweep().students == 3 * (7 * 5 + 1)


def test_members_of_a_cohort_have_equally_many_labels():
    cohorts = Sweep(x=LABELS, y=TEMPERATURES).cohorts()
    assert [{course.labels for course in courses} for courses in cohorts] == [{20}, {50}, {1077}]


@given(st.integers(10_000, 10_000_000))
def test_a_cohort_is_as_large_as_memory_allows_and_no_course_is_lost(most: int):
    sweep = Sweep(experiment=Experiment(seeds=2), x=LABELS, y=TEMPERATURES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grid, "MOST_NUMBERS", most)
        cohorts = sweep.cohorts()
    assert [course for courses in cohorts for course in courses] == sweep.courses()
    weights = shapes.parameters(sweep.experiment.layers("student"))
    for courses in cohorts:
        assert len(courses) == 1 or 2 * len(courses) * (4 * weights + 6 * 10 * courses[0].labels) <= most


def test_an_axis_is_read_from_text_put_in_order_and_says_so():
    told = {"setting": "temperature", "values": "4, 1, 1, 16"}
    sweep = Sweep.model_validate({"x": told})
    assert sweep.x.values == (1, 4, 16)
    assert notes(sweep, {"x": told}) == ["x: each value is taken once, in order: 1, 4, 16"]
    assert notes(sweep, sweep.model_dump()) == []


def test_an_axis_with_one_value_is_a_line():
    assert len(Sweep(x=Axis(setting="temperature", values=(4,))).cells()) == 6


@given(st.lists(st.floats(0.1, 100), min_size=1, max_size=8), st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_a_sweep_survives_the_way_through_json(temperatures, weights):
    sweep = Sweep(x={"setting": "temperature", "values": temperatures}, y={"setting": "soft_weight", "values": weights})
    back = order.read(json.loads(sweep.model_dump_json()))
    assert back == sweep
    assert back.key == sweep.key


def test_equal_maps_have_equal_keys_and_others_do_not():
    assert Sweep(experiment=Experiment(seeds=3, temperature=9, soft_weight=0.1)).key == Sweep().key
    others = [Sweep(experiment=Experiment()), Sweep(x=TEMPERATURES), Sweep(x=Sweep().y, y=Sweep().x)]
    assert len({sweep.key for sweep in (*others, Sweep(), Experiment())}) == 5


def test_a_map_of_one_cell_costs_as_much_as_its_run_and_one_of_more_cells_costs_more():
    line = Axis(setting="temperature", values=(4,))
    single = Sweep(experiment=Experiment(), x=line, y=Axis(setting="soft_weight", values=(0.9,)))
    assert cost.of_sweep(single) == pytest.approx(cost.total(Experiment()))
    assert cost.of_sweep(Sweep(experiment=Experiment())) > cost.of_sweep(single)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"x": {"setting": "temperature", "values": [1, 0.01]}}, "temperature is 0.01: a number from 0.1 to 100 was"),
        ({"x": {"setting": "data.labels", "values": [10, 5000]}}, "data.labels is 5000: digits has 1077 training"),
        ({"x": {"setting": "data.labels", "values": [10.5]}}, "data.labels is 10.5: a whole number"),
        ({"x": {"setting": "temperature", "values": "1, two"}}, "x.values is two: numbers were expected, such as 0.5"),
        ({"x": {"setting": "temperature", "values": "nan"}}, "x.values is nan: numbers were expected"),
        ({"x": {"setting": "temperature", "values": " , "}}, "x.values is empty: numbers were expected"),
        ({"x": {"setting": "temperature"}}, "numbers were expected"),
        ({"x": {"setting": "epochs", "values": [1]}}, "x.setting is epochs: choose one of temperature, soft_weight"),
        ({"x": 4}, "x is 4: a setting and its values were expected"),
        ({"x": {"setting": "soft_weight", "values": [1]}}, "y.setting is soft_weight: the other axis has it already"),
        ({"x": {"setting": "temperature", "values": [1], "step": 1}}, "x.step is 1: there is no such setting; choose"),
        ({"z": 1, "x": TEMPERATURES}, "z is 1: there is no such setting; choose of experiment, x, y"),
        ({"experiment": {"seeds": 0}}, "seeds is 0: a whole number from 1 to 16 was expected"),
        ({"experiment": {"temprature": 1}}, "temprature is 1: there is no such setting; did you mean temperature?"),
        ({"experiment": {"data": {"labels": 5000}}}, "data.labels is 5000: digits has 1077 training examples"),
        ({"experiment": 5}, "experiment is 5: settings as JSON were expected"),
        ({"experiment": {"controls": True}}, "controls is true: a map has no lanes for it"),
        ({"experiment": {"left_out": [3]}}, "left_out is 3: a map has no lanes for it"),
    ],
)
def test_an_impossible_map_is_refused_in_a_sentence(told: dict, sentence: str):
    with pytest.raises(ValidationError) as caught:
        Sweep.model_validate(told)
    (problem,) = order.problems(caught.value)
    assert sentence in str(problem)


def test_more_students_than_the_limit_are_refused_and_the_setting_is_named(monkeypatch):
    told = {
        "experiment": unflatten({"seeds": 16}),
        "x": {"setting": "temperature", "values": range(1, 17)},
        "y": {"setting": "soft_weight", "values": [v / 16 for v in range(1, 17)]},
    }
    assert len(Sweep(**told).cells()) == 256
    monkeypatch.setenv("KD_MOST_STUDENTS", "4095")
    with pytest.raises(ValidationError) as caught:
        Sweep(**told)
    (problem,) = order.problems(caught.value)
    assert str(problem) == (
        "students is 4096: 4095 are the most for a map; choose fewer values or seeds, or raise KD_MOST_STUDENTS"
    )
    monkeypatch.setenv("KD_MOST_STUDENTS", "{many}")
    with pytest.raises(ValidationError) as caught:
        Sweep()
    assert "KD_MOST_STUDENTS is {many}: a whole number of at least 1 was" in str(order.problems(caught.value)[0])
