"""All runs on one plane: what is compared, picked, pinned and taken away, whatever the store and the address hold."""

from contextlib import closing
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from visits import visit

from kdcore import settings
from kdcore.experiment import unflatten
from kdcore.store import Reader, Run, Writer
from pages._ui.trade_offs import sought
from pages._ui.trade_offs.gathered import gathered
from pages._ui.trade_offs.pareto import BRUSHED
from pages._ui.trade_offs.sought import MOST_PINS, Sought
from tests.figures import sweep_rows
from tests.figures.test_entries import finished

RECORDED = "5ef882e9cfdb3c4b"


def look(**view):
    app = visit("trade_offs.py", question="pareto", **{f"look__{name}": text for name, text in view.items()})
    assert not app.exception
    return app


def said(app):
    return " ".join(element.value for element in (*app.caption, *app.warning))


def compared(app):
    """How many networks there are, as the fold that holds the filters says."""
    (title,) = (fold.label for fold in app.expander if fold.label.startswith("Compared"))
    return int(title.split()[1].replace(",", ""))


def put(*orders, rows=None):
    """Finished runs of three lanes."""
    rows = rows or finished(teacher=[0.95, 0.96], scratch=[0.8, 0.82], distilled=[0.9, 0.91])
    told = [{"event": "started"}, {"event": "epoch"}, *({"event": "finished"} | row for row in rows)]
    made = [Run(each.key, each.model_dump(mode="json"), "finished", f"2026-{i:04}") for i, each in enumerate(orders)]
    with closing(Writer(settings.store_url())) as writer:
        writer.write(made, {run.key: told for run in made})
    return [run.key for run in made]


@pytest.fixture
def many(lab):
    """A class's runs: thirty temperatures, and five on other data."""
    made = [unflatten({"temperature": 1 + i / 2, "seeds": 2}) for i in range(30)]
    return put(*made, *(unflatten({"data.name": "moons", "temperature": t, "seeds": 2}) for t in range(1, 6)))


def test_with_an_empty_store_the_recorded_runs_are_compared(lab):
    app = look()
    known = gathered()
    assert compared(app) == len(known.by_data["digits"]) > 50
    assert {entry.kind for entry in known.entries} >= {"experiment", "compression"}
    assert "are the best for their cost (the line)" in said(app)
    assert "All accuracies are of test examples" in said(app)
    assert f"0 of these were measured in this lab, {compared(app)} are of recorded runs" in said(app)
    assert not app.warning


def test_runs_of_the_store_come_first_and_are_read_once(many, monkeypatch):
    recorded = sum(entry.run not in many for entry in gathered().entries)
    assert len(gathered().entries) == 35 * 3 + recorded
    assert gathered().entries[0].run == many[-1], "the newest"
    assert gathered() is gathered()
    asked = []
    monkeypatch.setattr("kdcore.store.Reader.told", lambda _reader, keys, *_fields: asked.append(keys))
    assert len(gathered().entries) == 35 * 3 + recorded
    assert asked == []


def test_a_store_with_more_runs_than_are_read_is_told_so(many, monkeypatch):
    monkeypatch.setattr("pages._ui.trade_offs.gathered.MOST_RUNS", 10)
    assert sum(entry.run in many for entry in gathered().entries) == 10 * 3
    assert "Only the newest" in said(look(data="moons"))


def test_a_new_run_is_there_at_once_and_nothing_else_is_read_again(many, lab, monkeypatch):
    before, asked = len(gathered().entries), []
    (key,) = put(unflatten({"temperature": 99, "seeds": 2}))
    told = Reader.told
    monkeypatch.setattr(
        "kdcore.store.Reader.told", lambda reader, keys, *rest: asked.extend(keys) or told(reader, keys, *rest)
    )
    assert len(gathered().entries) == before + 3
    assert asked == [key]


def test_what_is_compared_is_of_one_data_set_and_as_asked_for(many):
    assert compared(look(data="moons")) == 15
    assert compared(look(where="temperature>=15", kinds="experiment")) == 6
    assert compared(look(where="temperature>=15 distilled", kinds="experiment")) == 2
    assert compared(look(where="temperature>=15", roles="teacher,scratch", kinds="experiment")) == 4
    assert compared(look(runs=f"{many[0]},{many[1]}")) == 6
    assert compared(look(kinds="sweep", data="moons")) == 0


def test_a_filter_goes_into_the_address(many):
    app = look()
    app.text_input(key="pareto.where").input("temperature>2").run()
    app.multiselect(key="pareto.roles").select("distilled").run()
    app.radio(key="pareto.against").set_value("flops").run()
    view = {name: app.query_params[f"look.{name}"] for name in ("where", "roles", "against")}
    assert view == {"where": "temperature>2", "roles": "distilled", "against": "flops"}
    assert compared(app) == compared(look(where="temperature>2", roles="distilled"))


def test_a_pin_and_its_label_go_into_the_address_and_lead_to_its_run(many):
    app = look(pins=f"{many[0]}:teacher")
    chosen, best = app.multiselect(key="pareto.pins").options[:2]
    assert chosen.startswith("teacher 256-256 (Runs of Distil · temperature 1")
    app.multiselect(key="pareto.pins").select(best).run()
    first, second = app.query_params["look.pins"].split(";")
    assert first == f"{many[0]}:teacher"
    assert gathered().by_id[second].accuracy.mean > 0.95, "one of the line"
    app.text_input(key=f"pareto.label.{first}").input("  <b>mine</b>;~  or  not ").run()
    assert app.query_params["look.pins"] == f"{first}~{quote('<b>mine</b>;', safe=' ')}~ or not;{second}"
    assert app.text_input(key=f"pareto.label.{first}").value == "<b>mine</b>;~ or not"
    assert not app.exception


def test_pins_and_runs_that_do_not_exist_are_told_in_a_sentence(lab):
    missing = "0" * 16
    app = look(pins=f"{missing}:teacher;{RECORDED}:distilled", runs=missing)
    assert f"no finished run here has measured “{missing}:teacher”" in said(app)
    assert f"there is no finished run {missing} here" in said(app)
    assert "distilled 64 is pinned, but is not among the networks that are compared now" in said(app)


def test_what_the_address_says_wrongly_is_told_and_the_rest_is_followed(lab):
    app = look(pins="nonsense", kinds="experiment,x", against="flops", where="tempratur>2", other="x", drag="lasso")
    for words in ("look.pins is nonsense", "look.kinds is experiment,x", "tempratur is 2", "look.other is x"):
        assert f"Ignored in the address: {words}" in said(app)
    assert (app.radio(key="pareto.against").value, app.radio(key="pareto.drag").value) == ("flops", "lasso")


def test_what_is_dragged_over_is_listed(many):
    app = look(where="temperature<=2")
    assert "Drag over points to list them here" in said(app)
    app.session_state[BRUSHED] = (f"{many[0]}:teacher", f"{many[1]}:distilled", "gone:teacher", f"{many[29]}:teacher")
    app.run()
    assert "2 networks are selected." in said(app)
    (table,) = (each.value for each in app.dataframe if "Seeds" in each.value and "Pinned" not in each.value)
    assert list(table["Network"]) == ["teacher 256-256", "distilled 64"]


def test_a_pinned_cell_leads_to_its_sweep(lab):
    started = sweep_rows.started(("temperature", (1.0, 4.0)), ("soft_weight", (0.5, 0.9)))
    order, key = started["sweep"], "a" * 16
    run = Run(key, order, "finished", "2026")
    cells = [sweep_rows.begun(1.0, 0.5), sweep_rows.cell(1.0, 0.5), sweep_rows.cell(4.0, 0.9)]
    with closing(Writer(settings.store_url())) as writer:
        writer.write([run], {key: [started, *cells, {"event": "finished", "processor_s": 1}]})
    app = look(pins=f"{key}:4,0.9|distilled", kinds="sweep", runs=key)
    assert compared(app) == 4
    assert "A sweep writes no files" in said(app)
    assert "2 networks of sweeps" not in said(app)
    assert "4 networks of sweeps are not here" in said(look(kinds="sweep", runs=key, against="latency_ms"))


labels = st.text(max_size=30).map(sought.short)
ids = st.builds("{}:{}".format, st.just("0" * 16), st.text("abc=,+|.0 ", min_size=1, max_size=9))


@given(
    st.builds(
        Sought,
        data=st.sampled_from(["digits", "moons"]),
        kinds=st.lists(st.sampled_from(["experiment", "sweep"]), unique=True).map(tuple),
        where=st.text(max_size=20),
        runs=st.lists(st.text("0123abcd", min_size=16, max_size=16), unique=True, max_size=3).map(tuple),
        pins=st.dictionaries(ids, labels, max_size=MOST_PINS).map(lambda pins: tuple(pins.items())),
    )
)
def test_what_is_sought_is_read_from_the_address_as_it_was_written(asked):
    assert sought.read(sought.written(asked))[0] == asked


def test_a_label_of_ones_own_is_a_short_line():
    told = f"{'0' * 16}:teacher~{quote('two' + chr(10) + 'lines ' + 60 * 'x')}"
    ((_id, label),) = sought.read({"pins": told})[0].pins
    assert label == "two lines " + 30 * "x"


def test_a_pin_is_put_and_taken_and_no_more_than_there_is_room_for():
    one = Sought().toggled("a").toggled("b").labelled("a", "mine")
    assert one.pins == (("a", "mine"), ("b", ""))
    assert one.toggled("b").pins == (("a", "mine"),)
    full = Sought().pinned([str(i) for i in range(MOST_PINS)])
    assert full.toggled("more").pins == full.pins
