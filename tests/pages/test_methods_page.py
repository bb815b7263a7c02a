"""The page that compares methods: follows its address, fills while one watches, opens each method."""

import json
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import pytest
from visits import said, visit

from kdcore import teaching
from kdcore.events import first
from kdcore.experiment import Experiment, bounds, flatten, unflatten
from kdcore.figures import numbers
from kdcore.figures.ways import MOST
from kdcore.methods import METHODS
from kdcore.sweep import sweep
from pages._ui import runs
from pages._ui.methods import address, gist, knobs, opened, results
from pages._ui.methods.choice import KEPT
from pages._ui.trade_offs import notebook, take

ROOT = Path(__file__).parents[2]
BASE = unflatten(
    {"teacher.widths": "16", "student.widths": "4", "teacher_training.epochs": 8, "training.epochs": 6, "seeds": 2}
)
METHODS_OF = ("soft_targets", "dkd:target=2,others=4", "label_smoothing")
ORDER = address.comparison(BASE, METHODS_OF)
HERE = address.written(address.Address(ORDER))
NINE = ",".join(each for each in METHODS if each != "attention")


def look(query: dict[str, str] = HERE, **more: str):
    """Open the page at an address."""
    app = visit("methods.py", **query, **more)
    assert not app.exception
    return app


@pytest.fixture(scope="module")
def rows() -> list[dict]:
    """The rows of a small real comparison."""
    return [row for row in sweep(ORDER) if row["event"] != "batch"]


@pytest.fixture
def drawn(lab, rows):
    """The same, finished and stored."""
    lab.put(ORDER, rows)
    return runs.find(ORDER.key)


def test_opens_with_the_usual_comparison(lab):
    app = look({})
    assert app.title[0].value == "Which way of teaching?"
    assert (app.query_params, list(app.warning)) == ({}, [])
    ticked = [box.key for box in app.sidebar.checkbox if box.value]
    assert ticked == [f"methods.of.{name}" for name in address.USUAL]


def test_every_method_can_be_ticked_and_opened(lab):
    app = look({})
    assert {box.key for box in app.sidebar.checkbox} == {f"methods.of.{name}" for name in METHODS}
    for name, method in METHODS.items():
        app.selectbox(key="methods.open").select(name).run()
        assert not app.exception
        assert "".join(each.value for each in app.latex).count(method.equation.split(",\\quad")[0])
        assert method.link in said(app)
        assert "def term(self, seen: Seen" in app.code[-1].value
        turned = [each.key for each in (*app.select_slider, *app.selectbox) if each.key.startswith("methods.knob.")]
        assert len(turned) == len(method.Knobs.model_fields)
    assert app.query_params == {"open": name}
    app.selectbox(key="methods.open").select("born_again").run()
    assert app.select_slider(key="methods.knob.born_again.generations").options == list("12345678")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("methods", "dkdd,hints", "methods is dkdd: choose one of soft_targets"),
        ("methods", "dkdd,hints", "did you mean dkd?"),
        ("methods", "hints,dkd:x=1", "there is no knob x; choose of target, others"),
        ("methods", "hints,dkd:target=101", "target: a number from 0 to 100 was expected"),
        ("methods", "hints,dkd:target", "write each knob once, such as dkd:target=2,others=4"),
        ("methods", "hints,soft_targets:x=1", "soft_targets has no knobs"),
        ("methods", "hints,attention", "methods is attention: Attention is shared out among places"),
        ("methods", "hints,hints:layers=last", "each method stands beside the others once"),
        ("methods", " ,", "one method at least is compared, such as soft_targets"),
        ("method", "dkd", "here it is one of several, told as methods=dkd,hints"),
        ("open", "dkdd", "one of soft_targets, logit_matching"),
        ("measure", "loss", "one of val_accuracy, test_accuracy was expected"),
        ("seeds", "99", "a whole number from 1 to 16 was expected"),
        ("x", "temperature:1,2", "there is no such setting"),
        ("controls", "true", "a map has no lanes for it"),
    ],
)
def test_what_says_nothing_in_the_address_is_ignored_with_a_sentence(lab, name, value, words):
    found = address.read({name: value})
    (problem,) = found.ignored
    assert words in str(problem)
    assert address.written(found) == ({"methods": "hints"} if "hints" in value and name == "methods" else {})


def test_more_than_eight_are_the_first_eight(lab):
    found = address.read({"methods": NINE})
    assert len(found.methods) == MOST == 8
    assert len(found.ignored) == len(METHODS) - 1 - MOST
    assert "methods at most are compared; take one away first" in str(found.ignored[0])
    app = look(address.written(address.Address(found.chosen)))
    app.sidebar.checkbox(key="methods.of.confidence_penalty").check().run()
    assert "8 methods at most are compared" in app.sidebar.error[0].value
    assert not app.sidebar.checkbox(key="methods.of.confidence_penalty").value


def test_the_last_method_stays(lab):
    app = look({"methods": "hints"})
    app.sidebar.checkbox(key="methods.of.hints").uncheck().run()
    assert "one method at least" in app.sidebar.error[0].value
    assert app.query_params == {"methods": "hints"}


def test_what_cannot_teach_here_says_why(lab):
    app = look({"data.name": "moons", "methods": "soft_targets"})
    assert app.sidebar.checkbox(key="methods.of.dkd").disabled
    assert "has nothing to compare with 2 classes" in said(app)
    assert not app.sidebar.checkbox(key="methods.of.hints").disabled


def test_why_not_is_a_sentence(lab):
    app = visit("methods.py", **{"teacher.kind": "cnn", "teacher.widths": "16-32"})
    assert "An MLP and a CNN have no layers in common; choose the same kind for teacher and student." in said(app)


def test_ticking_and_turning_knobs_goes_into_the_address(lab):
    app = look({"methods": "soft_targets,hints", "open": "dkd"})
    slider = "methods.knob.dkd.others"
    assert app.select_slider(key=slider).disabled
    app.sidebar.checkbox(key="methods.of.dkd").check().run()
    app.select_slider(key=slider).set_value(20.0).run()
    told = {"methods": "soft_targets,hints,dkd:others=20", "open": "dkd"}
    assert app.query_params == told
    app.selectbox(key="methods.open").select("hints").run()
    app.selectbox(key="methods.knob.hints.layers").select("last").run()
    assert app.query_params == {"methods": "soft_targets,hints:layers=last,dkd:others=20", "open": "hints"}
    app.sidebar.checkbox(key="methods.of.hints").uncheck().run()
    assert app.query_params["methods"] == "soft_targets,dkd:others=20"


def test_an_address_is_read_as_it_was_written(lab):
    asked = address.Address(address.comparison(Experiment(seeds=2), METHODS_OF), "test_accuracy", "dkd")
    assert address.read(address.written(asked)) == asked
    assert address.written(address.Address(address.usual())) == {}


@pytest.mark.parametrize("name", METHODS)
def test_every_stop_of_every_slider_is_a_value_of_its_knob(name):
    known = METHODS[name].Knobs
    for knob, info in known.model_fields.items():
        low, high = bounds(info)
        if high is not None:
            found = knobs.stops(low, high, info.default)
            assert {low, info.default, high} <= set(found)
            assert len(found) < 30
            for value in map(type(info.default), found):
                known.model_validate({knob: value})


def test_the_settings_of_another_run_can_be_taken_with_the_methods_that_can_teach_there(lab, small_rows):
    other = unflatten(flatten(Experiment()) | {"data.name": "moons", "method": "hints", "seeds": 6})
    lab.put(other, small_rows)
    app = look({"methods": "hints,dkd"})
    app.selectbox(key="methods.run").select(other.key).run()
    assert app.query_params == {"data.name": "moons", "methods": "hints"}, "seeds and epochs stay the page's own"
    for name in KEPT:
        assert app.number_input(key=f"methods.{name}")


def test_compare_asks_the_engine(lab):
    app = look()
    app.button(key="methods").click().run()
    assert lab.commands == [("submit", ORDER, 0)]


def test_the_answer_is_of_the_best_on_validation_and_of_its_test_examples(drawn):
    told = look().main.markdown[0].value
    done = [first(drawn.rows, "cell", x=text, done=True) for text in METHODS_OF]
    best = max(done, key=lambda row: sum(row["val_accuracy"]["distilled"]))["x"]
    assert f"Best of 3 methods on validation examples: {METHODS[teaching.read(best).method.name].title}" in told
    assert "paired seeds" in told or "on one seed" in told
    assert ("over soft targets" in told or "to soft targets" in told) == (best != "soft_targets")


def test_a_live_comparison_fills(lab, rows):
    begun = [row for row in rows if not row.get("done") and row["event"] != "finished"]
    lab.put(ORDER, begun, "running", progress=0.4)
    app = look()
    assert "0 of 3 methods are finished." in app.main.get("progress")[0].proto.text
    assert not app.dataframe or "Test accuracy" not in app.dataframe[-1].value
    app.button(key="methods.stop").click().run()
    assert lab.commands == [(ORDER.key, "stop")]


def test_test_examples_are_told_of_only_when_all_is_over(rows):
    half = [row for row in rows if row["event"] != "finished"]
    assert "Best so far of 3 finished methods" in gist.gist(half)
    assert "tested" not in gist.gist(half)


def test_all_numbers_begin_with_the_student_from_labels(drawn):
    found = results.table(drawn.rows)
    assert found["Method"].tolist() == [
        "Student from labels",
        "Soft targets",
        "Decoupled distillation (target weight 2, others' weight 4)",
        "Label smoothing",
    ]
    assert found["Needs"].tolist() == ["labels", "a second network", "labels, a second network", "labels"]
    assert found["Gain over soft targets"][1] == "–"
    row = first(drawn.rows, "cell", x="label_smoothing", done=True)
    own, labels = (row["test_accuracy"][lane] for lane in ("distilled", "scratch"))
    gain = 100 * sum(a - b for a, b in zip(own, labels, strict=True)) / 2
    assert f"{gain:+.1f} ±" in found["Gain over labels"][3]
    told = [numbers.seconds(sum(row["seconds"][lane])) for lane in ("scratch", "distilled")]
    assert (found["Time"][0], found["Time"][3]) == tuple(told)
    older = [{name: value for name, value in row.items() if name != "seconds"} for row in drawn.rows]
    assert set(results.table(older)["Time"]) == {"–"}


def test_the_notebook_draws_the_gains(drawn, tmp_path, monkeypatch):
    frame = take.table(drawn.rows)
    frame.to_csv(tmp_path / "all.csv", index=False)
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    for cell in json.loads(notebook.write("Methods", "", "all.csv", notebook.forest(["method"])))["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert isinstance(names["figure"], go.Figure)
    (bars,) = names["figure"].data
    students = frame.pivot_table(index=["method", "seed"], columns="lane", values="val_accuracy")
    gains = 100 * (students["distilled"] - students["scratch"]).groupby(level="method").mean()
    assert dict(zip(bars.y, bars.x, strict=True)) == pytest.approx(gains.to_dict())
    assert isinstance(frame, pd.DataFrame)


def test_the_source_of_every_method_is_shown():
    assert all("def term" in opened.source(method) for method in METHODS.values())
