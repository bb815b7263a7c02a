"""A sweep as a value: what may be varied, its cells, keys, notes, and bad input in sentences."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from kdcore import cost, grid, order
from kdcore.experiment import Experiment, fields, unflatten
from kdcore.grid import QUESTIONS, Axis, Sweep, notes

TEMPERATURES = Axis(setting="temperature", values=(1, 4))
MAP = QUESTIONS["map"].sweep


def axis(setting: str, values) -> dict:
    return {"setting": setting, "values": values}


def test_cells_are_experiments_row_after_row_and_panel_after_panel():
    panel, shares = Axis(setting="training.optimizer", values="sgd, adam"), Axis(setting="soft_weight", values=(0.5, 1))
    sweep = Sweep(experiment=Experiment(seeds=2), x=TEMPERATURES, y=shares, panel=panel)
    places = [tuple(cell[:-1]) for cell in sweep.cells()]
    assert places[:4] == [(1, 0.5, "sgd"), (4, 0.5, "sgd"), (1, 1, "sgd"), (4, 1, "sgd")]
    assert places[4:] == [(x, y, "adam") for x, y, _panel in places[:4]]
    for x, y, optimizer, cell in sweep.cells():
        told = {"seeds": 2, "temperature": x, "soft_weight": y, "training.optimizer": optimizer}
        assert cell == unflatten(told)


@pytest.mark.parametrize(
    ("setting", "told", "values", "settings"),
    [
        ("data.labels", "all, 50, 20", (20, 50, "all"), [20, 50, None]),
        ("student.widths", "16, 32-32, linear", ("16", "32-32", "linear"), [(16,), (32, 32), ()]),
        ("student.widths", [[16], [32, 32]], ("16", "32-32"), [(16,), (32, 32)]),
        ("training.optimizer", "sgd, adam, sgd", ("sgd", "adam"), ["sgd", "adam"]),
        ("training.epochs", [30, 10], (10, 30), [10, 30]),
        ("label_noise", "0.5, 0", (0, 0.5), [0, 0.5]),
        ("assistant", "false, true", ("false", "true"), [False, True]),
        ("temperature", 4, (4,), [4]),
    ],
)
def test_an_axis_reads_any_setting(setting, told, values, settings):
    sweep = Sweep(x=axis(setting, told))
    assert sweep.x.values == values
    group, _dot, name = setting.rpartition(".")
    cells = [cell.experiment for cell in sweep.cells()]
    assert [getattr(getattr(cell, group) if group else cell, name) for cell in cells] == settings


def test_what_may_be_varied_is_every_setting_but_those_that_make_cells_incomparable():
    assert set(grid.settings()) - set(grid.SHAPED) == set(fields()) - set(grid.FIXED)
    assert all(info.title and info.description for info in grid.settings().values())


def test_width_and_depth_are_hidden_layers_and_the_other_is_that_of_the_experiment():
    base = unflatten({"student.widths": "8-4", "teacher.widths": "linear"})
    shapes = {
        ("student.width", 16): (16, 16),
        ("student.depth", 1): (8,),
        ("student.depth", 0): (),
        ("teacher.width", 16): (16,),
    }
    for (setting, value), widths in shapes.items():
        cell = grid.with_values(base, {setting: value})
        assert getattr(cell, setting.partition(".")[0]).widths == widths
    both = Sweep(experiment=base, x=axis("student.depth", "3"), y=axis("student.width", "5"))
    assert both.cells()[0].experiment.student.widths == (5, 5, 5)


def test_notes_tell_of_values_put_in_order_of_a_single_one_and_of_small_teachers():
    told = axis("temperature", "4, 1, 1, 16")
    sweep = Sweep.model_validate({"x": told})
    assert notes(sweep, {"x": told}) == ["x: each value is taken once, in order: 1, 4, 16"]
    assert notes(sweep, sweep.model_dump()) == notes(sweep) == []
    assert notes(Sweep(x=axis("temperature", "4"))) == ["x has one value, 4: nothing differs along it"]
    small = Sweep(x=axis("teacher.width", "2, 256"))
    assert notes(small) == ["the teacher has fewer parameters than the student in 1 of 2 cells"]


numbers = st.lists(st.floats(0.1, 100), min_size=1, max_size=5)


@settings(max_examples=20)
@given(numbers, st.lists(st.sampled_from(["linear", "8", "32-32"]), min_size=1), st.booleans())
def test_a_sweep_survives_the_way_through_json(temperatures, widths, early):
    sweep = Sweep(x=axis("temperature", temperatures), panel=axis("student.widths", widths), early=early)
    back = order.read(json.loads(sweep.model_dump_json()))
    assert back == sweep
    assert back.key == sweep.key


def test_equal_maps_have_equal_keys_and_others_do_not():
    on_axes = MAP.experiment.model_copy(update={"temperature": 9.0, "soft_weight": 0.1})
    like = MAP.model_copy(update={"experiment": on_axes})
    assert like.key == MAP.key
    changes = [
        {"experiment": Experiment()},
        {"x": TEMPERATURES},
        {"x": MAP.y, "y": MAP.x},
        {"early": True},
        {"y": None},
    ]
    others = [MAP.model_copy(update=change) for change in changes]
    assert len({sweep.key for sweep in (*others, MAP, Experiment())}) == 7


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_questions_can_be_asked(name):
    sweep = QUESTIONS[name].sweep
    assert order.read(sweep.model_dump(mode="json")) == sweep
    assert 3 <= sweep.experiment.seeds <= 5
    assert cost.of_sweep(sweep) > 0


@pytest.mark.parametrize("told", [{}, {"assistant": True}, {"unlabelled": 200}])
def test_a_map_of_one_cell_costs_as_much_as_its_run_and_one_of_more_cells_costs_more(told):
    base = unflatten(told)
    assert cost.of_sweep(Sweep(experiment=base, x=axis("temperature", "4"))) == pytest.approx(cost.total(base))
    assert cost.of_sweep(Sweep(experiment=base, x=TEMPERATURES)) > cost.total(base)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"x": axis("temperature", [1, 0.01])}, "x.values is 0.01: as temperature, a number from 0.1 to 100 was"),
        (
            {"x": axis("temperature", "1, two")},
            "x.values is two: as temperature, a number from 0.1 to 100 was expected",
        ),
        ({"x": axis("temperature", "nan")}, "x.values is nan: as temperature, a number from 0.1 to 100 was expected"),
        ({"x": axis("temperature", " , ")}, "x.values is empty: as temperature, a number"),
        ({"y": axis("data.labels", [10.5])}, "y.values is 10.5: as data.labels, a whole number of at least 2"),
        ({"y": axis("data.labels", [10, 5000])}, "y.values is 5000: as data.labels, digits has 1077 training"),
        ({"y": axis("temperature", "all")}, "y.values is all: as temperature, a number from 0.1 to 100"),
        ({"y": axis("student.widths", "9-x")}, "y.values is 9-x: as student.widths, up to 6 widths"),
        ({"y": axis("student.depth", "7")}, "y.values is 7: as student.depth, a whole number from 0 to 6"),
        (
            {"panel": axis("training.optimizer", "adm")},
            "panel.values is adm: as training.optimizer, choose one of adam",
        ),
        (
            {"experiment": {"student": {"kind": "cnn", "widths": [4]}}, "y": axis("student.depth", "1, 4")},
            "y.values is 4-4-4-4: as student.depth, a CNN on these pictures has 1 to 3 layers",
        ),
        ({"x": axis("temperature", None) | {"values": []}}, "x.values is empty"),
        ({"x": {"setting": "temperature"}}, "x.values is empty: values were expected, such as 0.5, 1, 2"),
        ({"x": axis("temprature", [1])}, "x.setting is temprature: there is no such setting to vary; the nearest name"),
        ({"x": axis("epochs", [1])}, "the nearest name is training.epochs"),
        ({"x": axis("classes", "0-1, 2-3")}, "x.setting is classes: cells in which it differs could not be compared"),
        ({"x": axis("controls", "false, true")}, "x.setting is controls: a map has no lanes for it"),
        ({"x": axis("seeds", [1])}, "x.setting is seeds: cells in which it differs could not be compared"),
        ({"x": 4}, "x is 4: a setting and its values were expected"),
        (
            {"x": axis("soft_weight", [1]), "y": axis("soft_weight", [1])},
            "y.setting is soft_weight: another axis has it",
        ),
        ({"x": axis("student.width", [1]), "y": axis("student.widths", "1")}, "y.setting is student.widths: another"),
        ({"x": axis("temperature", [1]) | {"step": 1}}, "x.step is 1: there is no such setting; choose of setting"),
        ({"z": 1}, "z is 1: there is no such setting; choose of experiment, x, y, panel, early"),
        ({"early": "perhaps"}, "early is perhaps: true or false was expected"),
        ({"experiment": {"seeds": 0}}, "seeds is 0: a whole number from 1 to 16 was expected"),
        ({"experiment": {"temprature": 1}}, "temprature is 1: there is no such setting; did you mean temperature?"),
        ({"experiment": {"data": {"labels": 5000}}}, "data.labels is 5000: digits has 1077 training examples"),
        ({"experiment": 5}, "experiment is 5: settings as JSON were expected"),
        ({"experiment": {"controls": True}}, "controls is true: a map has no lanes for it"),
        ({"experiment": {"left_out": [3]}}, "left_out is 3: a map has no lanes for it"),
    ],
)
def test_an_impossible_map_is_refused_in_a_sentence(told: dict, sentence: str):
    told = {"x": axis("soft_weight", [0, 1])} | told
    with pytest.raises(ValidationError) as caught:
        Sweep.model_validate(told)
    (problem,) = order.problems(caught.value)
    assert sentence in str(problem)


def test_more_students_than_the_limit_are_refused_and_the_setting_is_named(monkeypatch):
    told = {
        "experiment": unflatten({"seeds": 16}),
        "x": axis("temperature", range(1, 17)),
        "y": axis("soft_weight", [v / 16 for v in range(1, 17)]),
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
        Sweep(x=TEMPERATURES)
    assert "KD_MOST_STUDENTS is {many}: a whole number of at least 1 was" in str(order.problems(caught.value)[0])
