"""The search among the trade-offs: fills while one watches, tells the best and what matters, and is asked by ranges."""

import io

import pandas as pd
import plotly.graph_objects as go
import pytest
from visits import listed, said, visit

from kdcore.experiment import unflatten
from kdcore.figures import trials
from kdcore.search import Search
from kdcore.searching import search
from pages._ui import runs
from pages._ui.trade_offs import address
from pages._ui.trade_offs import search as part

ASKED = Search(
    experiment=unflatten(
        {"teacher.widths": "16", "student.widths": "8", "teacher_training.epochs": 2, "training.epochs": 3, "seeds": 2}
    ),
    settings="temperature=0.5..32 log; training.optimizer=adam,sgd",
    trials=10,
)
HERE = address.written("search", ASKED)


@pytest.fixture(scope="module")
def rows() -> list[dict]:
    return [row for row in search(ASKED) if row["event"] != "batch"]


@pytest.fixture
def drawn(lab, rows):
    lab.put(ASKED, rows)
    return runs.find(ASKED.key)


def look(**more: str):
    app = visit("trade_offs.py", **(HERE | more))
    assert not app.exception
    return app


def test_the_best_is_told_with_what_its_test_examples_say(drawn, rows):
    words = said(look())
    best = trials.best(rows)
    assert f"Best of 10 trials on validation examples: {trials.told(best['values'])}. It was then tested once" in words
    assert "2 paired seeds" in words
    assert "Learns from earlier trials (TPE), seed 0." in words
    assert "go with this setting alone" in words


def test_while_it_runs_the_best_so_far_is_told_and_nothing_is_tested(lab, rows):
    lab.put(ASKED, rows[:5], status="running", progress=0.4)
    words = said(look())
    assert "Best so far on validation examples, of 4 trials" in words
    assert "test examples right" not in words
    assert "When the search is over" in words


def test_where_all_diverged_it_says_so(lab, rows):
    lost = [row | {"diverged": [0]} if row["event"] == "trial" else row for row in rows]
    lab.put(ASKED, [*lost[:-1], lost[-1] | {"best": None, "test_accuracy": None, "importance": None}])
    words = said(look())
    assert "None of 10 trials could be finished" in words
    assert "how much each setting matters cannot be told" in words


def test_a_trial_that_is_chosen_stands_in_the_address_and_leads_to_distil(drawn, rows):
    app = look()
    assert listed(app, "trade.trial").value == trials.best(rows)["number"]
    listed(app, "trade.trial").select(3).run()
    assert app.query_params == HERE | {"look.trial": "3"}
    link = next(each for each in app.main.get("page_link") if each.proto.label == "Train this on the Distil page")
    row = next(row for row in trials.trials(rows) if row["number"] == 3)
    assert part.experiment(drawn, 3) == ASKED.trial(row["values"])
    assert f"temperature={row['values']['temperature']:g}" in link.proto.query_string
    assert "there is no trial “99” so far" in said(look(look__trial="99"))


def test_ranges_are_changed_in_their_field_and_what_cannot_be_is_told_below_it(lab):
    app = look()
    app.text_area(key="trade.settings").set_value("soft_weight=0..1\ntemperature=1..4 log").run()
    assert app.query_params["settings"] == "soft_weight=0..1; temperature=1..4 log"
    app.text_area(key="trade.settings").set_value("soft_weight=1..0").run()
    assert app.query_params["settings"] == "soft_weight=0..1; temperature=1..4 log"
    assert "soft_weight is 1..0: the lowest value comes first" in app.sidebar.error[0].value
    assert app.text_area(key="trade.settings").value == "soft_weight=1..0"


def test_trials_sampler_and_seeds_are_changed_in_the_address(lab):
    app = look()
    app.number_input(key="trade.trials").set_value(20).run()
    app.radio(key="trade.sampler").set_value("random").run()
    app.number_input(key="trade.seeds").set_value(1).run()
    assert {name: app.query_params[name] for name in ("trials", "sampler", "seeds")} == {
        "trials": "20",
        "sampler": "random",
        "seeds": "1",
    }


def test_the_button_submits_the_search(lab):
    app = look()
    app.button(key="trade").click().run()
    assert ("submit", ASKED) in [command[:2] for command in lab.commands]


def test_the_notebook_draws_the_table(rows, monkeypatch):
    table = part.table(tuple(rows))
    assert len(table) == 10 * 2 * 2
    monkeypatch.setattr(go.Figure, "_repr_html_", lambda self: "", raising=False)
    frame = pd.read_csv(io.StringIO(table.to_csv(index=False)))
    names = {"go": go, "frame": frame}
    exec(part.CODE.format(settings=list(trials.scales(rows))), names)
    dimensions = {each.label: list(each.values) for each in names["figure"].data[0].dimensions}
    means = [trials.accuracy(row).mean for row in trials.trials(rows)]
    assert dimensions["val_accuracy"] == pytest.approx(means)
    assert len(dimensions) == 3
