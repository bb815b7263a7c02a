"""The page on trade-offs: asks several questions, follows its address, fills while one watches."""

import io
import json

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from visits import MAP, listed, said, visit

from kdcore.calibrate import Calibration
from kdcore.engine.answer import refused
from kdcore.events import first
from kdcore.experiment import Experiment, flatten, unflatten
from kdcore.figures import cells
from kdcore.grid import QUESTIONS, Sweep, settings
from kdcore.interval import interval
from pages._ui import expected, runs
from pages._ui.trade_offs import address, map, take
from pages._ui.trade_offs.choice import begun

HERE = address.written("map", MAP)


def look(query: dict[str, str] = HERE, **more: str):
    """Open the page at an address."""
    app = visit("trade_offs.py", **query, **more)
    assert not app.exception
    return app


@pytest.fixture
def drawn(lab, map_rows):
    """The small map, finished and stored."""
    lab.put(MAP, map_rows)
    return runs.find(MAP.key)


def test_opens_with_the_question_of_the_map(lab):
    app = look({})
    assert app.title[0].value == "Which temperature, and how much of the teacher?"
    assert app.query_params == {}
    assert not app.warning


def test_the_verdict_is_of_the_best_cell_on_validation_and_of_its_test_examples(drawn, map_rows):
    done = [row for row in map_rows if row.get("done")]
    best = max(done, key=lambda row: np.mean(row["val_accuracy"]["distilled"]))
    words = look().main.markdown[0].value
    assert f"temperature {best['x']:g}, soft-label share {best['y']:g}" in words
    assert f"tested once: {100 * np.mean(best['test_accuracy']['distilled']):.1f}" in words
    assert "2 paired seeds" in words


def test_a_recorded_map_knows_what_was_asked_for(lab, map_rows):
    recorded = runs.Shown(MAP.key, tuple(map_rows))
    assert recorded.order == MAP
    assert recorded.experiment == MAP.experiment


def test_the_address_holds_all_that_is_looked_at(drawn):
    seen = {"measure": "gain", "cell": "4,0.5"}
    app = look(**seen)
    assert app.query_params == HERE | seen
    assert app.radio(key="trade.measure").value == "gain"
    assert (listed(app, "trade.cell.x").value, listed(app, "trade.cell.y").value) == (4, 0.5)
    assert "One cell: temperature 4, soft-label share 0.5" in [each.value for each in app.subheader]


def test_what_is_changed_goes_into_the_address(drawn):
    app = look(cell="1,0.5")
    listed(app, "trade.cell.x").select(4.0).run()
    app.radio(key="trade.measure").set_value("kl").run()
    assert app.query_params == HERE | {"cell": "4,0.5", "measure": "kl"}


def test_a_cell_is_trained_alone_by_its_own_settings(drawn):
    cell = map.experiment(drawn, cells.Place(4.0, 0.5))
    assert (cell.temperature, cell.soft_weight, cell.seeds) == (4, 0.5, 2)
    assert cell.key in {each.experiment.key for each in MAP.cells()}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("question", "why", "one of map, size, capacity, labels, noise, free, search, pareto was expected"),
        ("measure", "weight", "one of val_accuracy, gain"),
        ("lane", "x", "one of distilled, assisted, scratch was expected"),
        ("against", "x", "one of parameters, size_bytes, flops was expected"),
        ("cell", "", "the values of a cell's axes were expected"),
        ("x", "temperature", "a setting and its values were expected, such as temperature:0.5,1,2"),
        ("x", "none", "a setting and its values were expected"),
        ("x", "student.width:4,8", "this question varies other settings; ask of any two with question=free"),
        ("panel", "data.labels:10,20", "this question varies other settings"),
        ("x", "temperature:hot", "x.values is hot: as temperature, a number from 0.1 to 100 was expected"),
        ("y", "soft_weight:", "y.values is empty"),
        ("early", "perhaps", "true or false was expected"),
        ("seeds", "99", "a whole number from 1 to 16 was expected"),
        ("widths", "1", "there is no such setting"),
    ],
)
def test_what_says_nothing_in_the_address_is_ignored_with_a_sentence(lab, name, value, words):
    found = address.read({name: value})
    (problem,) = found.ignored
    assert words in str(problem)
    assert address.written(found.question, found.chosen, found.view) == {}


def test_one_wrong_part_of_an_address_leaves_the_rest(lab):
    found = address.read(HERE | {"training.epochs": "many"})
    assert [problem.field for problem in found.ignored] == ["training.epochs"]
    assert found.chosen.x == MAP.x
    assert found.chosen.experiment == unflatten(flatten(MAP.experiment) | {"training.epochs": 100})


def test_the_page_tells_what_it_ignores(drawn):
    app = look(measure="x", cell="9,9")
    assert "Ignored in the address: measure is x: one of val_accuracy" in app.warning[0].value
    assert "there is no cell “9,9” on this map" in said(app)


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_address_is_read_as_it_was_written(lab, question):
    usual = QUESTIONS[question].sweep
    assert address.written(question, usual) == ({} if question == "map" else {"question": question})
    other = Sweep(**dict(usual) | {"experiment": Experiment(seeds=2, unlabelled=10), "early": True})
    seen = address.View("gain", "assisted", "4,0.9", "flops", {"across": "accuracy"})
    assert address.read(address.written(question, other, seen)) == address.Address(question, other, seen)


def test_too_large_a_grid_is_told_in_a_sentence_that_names_the_way_out(lab, monkeypatch):
    monkeypatch.setenv("KD_MOST_STUDENTS", "20")
    found = address.read({"x": "temperature:1,2,3", "y": "soft_weight:0,1", "seeds": "4"})
    assert "KD_MOST_STUDENTS" in str(found.ignored[0])
    assert said(look({"x": "temperature:1,2,3", "y": "soft_weight:0,1", "seeds": "4"})).count("KD_MOST_STUDENTS")


def test_values_are_typed_and_read(lab):
    app = look({})
    app.text_input(key="trade.values.x").set_value("4, 1, 1").run()
    assert app.query_params == {"x": "temperature:1,4"}
    app.text_input(key="trade.values.x").set_value("hot").run()
    assert "x.values is hot" in app.sidebar.error[0].value
    assert app.text_input(key="trade.values.x").value == "hot"
    assert app.query_params == {"x": "temperature:1,4"}, "until it can be read, the sweep stays"
    app.text_input(key="trade.values.x").set_value("2, 4").run()
    assert not app.sidebar.error
    app.number_input(key="trade.seeds").set_value(5).run()
    app.toggle(key="trade.early").set_value(True).run()
    assert app.query_params == {"x": "temperature:2,4", "seeds": "5", "early": "true"}


def test_a_free_sweep_takes_any_setting_with_values_to_begin_with(lab):
    app = look({"question": "free"})
    app.selectbox(key="trade.setting.x").select("student.activation").run()
    app.selectbox(key="trade.setting.y").select("none").run()
    app.selectbox(key="trade.setting.panel").select("data.labels").run()
    told = {"x": "student.activation:relu,tanh,gelu,sigmoid", "y": "none", "panel": "data.labels:20,50,100,200,all"}
    assert app.query_params == {"question": "free", **told}


def test_every_setting_that_can_be_varied_has_values_to_begin_with(lab):
    for setting in settings():
        base = unflatten({"data.name": "moons" if setting == "data.noise" else "digits"})
        assert len(Sweep(experiment=base, x=begun(setting)).x.values) > 1
        assert "mnist" not in begun(setting)["values"], "nothing is downloaded unasked"


def test_the_settings_of_another_run_can_be_taken(lab, small_rows):
    other = unflatten(flatten(Experiment()) | {"student.widths": "8", "seeds": 6})
    lab.put(other, small_rows)
    app = look({})
    app.selectbox(key="trade.run").select(other.key).run()
    assert app.query_params == {"student.widths": "8"}, "the seeds stay those of the question"


def test_train_the_map_asks_the_engine(lab):
    app = look()
    assert "10 students" in said(app), "four that are distilled and one from labels, of two seeds each"
    app.button(key="trade").click().run()
    assert lab.commands == [("submit", MAP, 0)]
    lab.answer = refused("engine_down")
    app.button(key="trade").click().run()
    assert "engine" in app.warning[0].value


def test_it_is_told_how_long_it_may_take(lab):
    usual = QUESTIONS["map"].sweep
    assert 0 < expected.seconds(MAP) < expected.seconds(usual), "judged by a recorded run"
    app = look()
    assert lab.calibrations == 1, "this machine's speed is not known"
    app.run()
    assert lab.calibrations == 1, "it is asked for once"
    lab.put(Calibration(), [{"event": "finished", "overhead_s": 1.0, "flops_per_s": 1e30}])
    steps = 8 * 17 + 6 * 7  # batches of 64 of 1077 examples for 8 epochs, of 16 of 100 for 6
    runs.reader.cache_clear()
    assert expected.seconds(MAP) == pytest.approx(steps)
    look()
    assert lab.calibrations == 1, "it is known"


def test_a_live_map_fills_and_can_be_paused_and_stopped(lab, map_rows):
    begun = [row for row in map_rows if not row.get("done") and row["event"] not in ("finished",)]
    lab.put(MAP, begun, "running", progress=0.4)
    app = look()
    assert "0 of 6 cells are finished." in app.main.get("progress")[0].proto.text
    assert len(listed(app, "trade.cell.x").options) == 2
    app.button(key="trade.pause").click().run()
    app.button(key="trade.stop").click().run()
    assert lab.commands == [(MAP.key, "pause"), (MAP.key, "stop")]
    lab.put(MAP, begun, "running", progress=0.4, paused=True)
    app = look()
    assert "paused" in app.main.get("progress")[0].proto.text
    app.button(key="trade.resume").click().run()
    assert lab.commands[-1] == (MAP.key, "resume")


def test_before_the_first_cell_there_is_a_sentence(lab, map_rows):
    lab.put(MAP, map_rows[:1], "running", progress=0.1)
    app = look()
    assert "The teachers learn." in app.main.get("progress")[0].proto.text


def test_test_examples_are_told_of_only_when_all_is_over(lab, map_rows):
    half = [row for row in map_rows if row["event"] != "finished"][:-2]
    lab.put(MAP, half, "running", progress=0.9)
    told = look().main.markdown[0].value
    assert "Best so far of 4 finished cells on validation examples" in told
    assert "tested" not in told


def test_a_stopped_map_keeps_what_was_measured(lab, map_rows):
    half = [row for row in map_rows if row["event"] != "finished"][:-2]
    lab.put(MAP, [*half, {"event": "failed", "reason": "stopped"}], "failed", reason="stopped")
    app = look()
    assert "Stopped. What was measured stays. Press Train the map" in said(app)
    assert "Best of 6 cells" in said(app)


def test_the_table_has_a_line_for_every_student(drawn):
    frame = take.table(drawn.rows)
    assert len(frame) == 6 * 2 * 2
    row = first(drawn.rows, "cell", x=4.0, y=0.5, done=True)
    line = frame[(frame["temperature"] == 4) & (frame["soft_weight"] == 0.5) & (frame["lane"] == "distilled")]
    assert line["test_accuracy"].tolist() == row["test_accuracy"]["distilled"]
    again = pd.read_parquet(io.BytesIO(take.parquet(frame)))
    pd.testing.assert_frame_equal(again, frame)
    mixed = frame.assign(labels=[10.0, "all"] * (len(frame) // 2))
    assert set(pd.read_parquet(io.BytesIO(take.parquet(mixed)))["labels"]) == {"10.0", "all"}


@pytest.mark.parametrize("kind", ["heat", "lines"])
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_the_notebook_runs_beside_its_table_and_draws_the_picture(drawn, tmp_path, monkeypatch, kind, axes):
    frame = take.table(drawn.rows)
    named = ["temperature", "soft_weight", "student.width"][:axes]
    frame["student.width"] = np.where(frame["seed"] < 9, 4, 8)
    if axes == 1:
        frame = frame[frame["soft_weight"] == 0.5]
    frame.to_csv(tmp_path / "map.csv", index=False)
    monkeypatch.chdir(tmp_path)
    book = json.loads(take.notebook.write("Map", take.about(drawn), "map.csv", getattr(take.notebook, kind)(named)))
    names: dict = {}
    for cell in book["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert isinstance(names["figure"], go.Figure)
    if kind == "heat" and axes == 2:
        told = {(row["x"], row["y"]): row for row in drawn.rows if row.get("done")}
        (heat,) = names["figure"].data
        shown = dict(zip(heat.x, np.array(heat.z)[list(heat.y).index("0.5")], strict=True))
        assert shown["4.0"] == pytest.approx(100 * np.mean(told[4.0, 0.5]["val_accuracy"]["distilled"]))
    if kind == "lines" and axes == 1:
        (row,) = (row for row in drawn.rows if row.get("done") and (row["x"], row["y"]) == (4.0, 0.5))
        line = next(line for line in names["figure"].data if line.name == "distilled")
        half = dict(zip(line.x, line.error_y.array, strict=True))["4.0"]
        assert half == pytest.approx(100 * interval(row["val_accuracy"]["distilled"]).half_width)


def test_every_question_has_a_page(lab):
    for question in address.QUESTIONS:
        app = look({"question": question})
        assert app.title[0].value == address.TITLES[question]
