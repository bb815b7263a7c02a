"""Below the comparison on Methods: what the open method changes, and the examples of the articles."""

from itertools import islice
from urllib.parse import parse_qsl

import pytest
from visits import said, visit

from kdcore.articles import COPIES, EXAMPLES, Copying
from kdcore.copying import copying
from kdcore.events import first
from kdcore.experiment import Experiment, unflatten
from kdcore.grid import Sweep
from kdcore.sweep import sweep
from pages._ui import runs
from pages._ui.methods import address

SMALL = {"teacher_training.epochs": 2, "training.epochs": 3, "seeds": 2, "data.labels": 40}
ORDER = address.comparison(
    unflatten(SMALL | {"teacher.kind": "cnn", "student.kind": "cnn", "teacher.widths": "3", "student.widths": "2"}),
    ("soft_targets", "relational"),
)
HERE = address.written(address.Address(ORDER))


@pytest.fixture(scope="module")
def rows() -> list[dict]:
    return [row for row in sweep(ORDER) if row["event"] != "batch"]


def test_the_open_method_shows_what_it_changes(lab, rows):
    lab.put(ORDER, rows)
    app = visit("methods.py", open="relational", **HERE)
    assert not app.exception
    assert "Correlation of a student's distances with its teacher's" in said(app)
    assert "Cosine of a student's maps" in said(app)
    assert "after Relational distillation" in said(app)


@pytest.mark.parametrize(
    ("kept", "opened", "words"),
    [
        (lambda row: True, "dkd", "Tick it on the left and press Compare"),
        (lambda row: row["event"] not in ("inside", "finished"), "relational", "drawn when its student has learned"),
        (lambda row: row["event"] != "inside", "relational", "Nothing was kept of it"),
    ],
)
def test_where_there_is_nothing_to_see_it_says_why(lab, rows, kept, opened, words):
    lab.put(ORDER, [row for row in rows if kept(row)])
    app = visit("methods.py", open=opened, **HERE)
    assert words in said(app)
    assert "Correlation of a student's distances" not in said(app)


@pytest.mark.parametrize(
    ("opened", "networks"),
    [("born_again", "networks that are trained"), ("mutual", "peer"), ("annealed", None), ("soft_targets", None)],
)
def test_an_open_scheme_says_whose_curve_is_not_there(lab, opened, networks):
    told = said(visit("methods.py", open=opened))
    assert ("the curve is the student's" in told) == bool(networks)
    assert not networks or networks in told


def test_every_example_of_the_articles_is_told_and_opened(lab):
    app = visit("methods.py")
    assert not app.exception
    for example in (*EXAMPLES, COPIES):
        assert example.title in said(app)
        assert example.shows in said(app)
    links = {link.proto.label: link.proto.query_string for link in app.get("page_link")}
    for run in (run for example in EXAMPLES for run in example.runs):
        if isinstance(run.order, Sweep):
            app.button(key=f"preset.{run.title}").click().run()
            assert address.read(app.query_params) == address.Address(run.order)
            assert app.sidebar.checkbox(key="methods.of.structure").value
        else:
            told = dict(parse_qsl(links[f"Open on Distil: {run.title}"]))
            assert Experiment.from_query(told) == (run.order, [])


def test_copying_was_recorded_and_can_be_run_again(lab):
    assert first(runs.find(Copying().key).rows, "finished")
    app = visit("methods.py")
    assert "Mean squared error at the end" in said(app)
    assert "On average an entry differs" in said(app)
    app.button(key="copying").click().run()
    assert lab.commands == [("submit", Copying(), 0)]


def test_copying_is_drawn_while_it_runs_and_a_failure_is_told(lab):
    told = list(islice((row for row in copying(Copying()) if row["event"] != "batch"), 5))
    lab.put(Copying(), told, "running", progress=0.1)
    app = visit("methods.py")
    assert "Teachers and students learn to copy." in app.main.get("progress")[0].proto.text
    assert "On average an entry differs" not in said(app)
    lab.put(Copying(), [*told, {"event": "failed", "reason": "error", "detail": "no luck"}], "failed")
    runs._ended.cache_clear()
    app = visit("methods.py")
    assert "The run failed: no luck" in said(app)
