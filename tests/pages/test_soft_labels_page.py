"""The page on soft labels: opens on a recorded run, follows its address, and says what is missing."""

import pytest
from visits import SMALL, visit

from kdcore.events import first
from kdcore.experiment import Experiment, flatten, unflatten
from kdcore.figures import formula
from kdcore.measure.snapshots import unpack
from kdcore.store import Reader, StoreProblem
from kdcore.train import fit
from pages._ui import runs
from pages._ui.run_list import described
from pages._ui.soft import view
from pages._ui.soft.choice import soft_labels

DRAWN_7 = "Abgggf2A7cdge1C8g6C1feDag5C2gcDag4DdaC"


def look(**address: str):
    """Open the page at an address."""
    app = visit("soft_labels.py", **address)
    assert not app.exception
    return app


def said(app) -> str:
    elements = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error]
    return "\n".join(str(element.value) for element in elements)


def away(*_question) -> None:
    raise StoreProblem("The store is away.")


@pytest.fixture(scope="session")
def moons_rows() -> list[dict]:
    return [row for row in fit(moons()) if row["event"] != "batch"]


def moons() -> Experiment:
    return unflatten(flatten(SMALL) | {"data.name": "moons"})


def test_opens_on_the_recorded_run_with_an_answer_in_one_sentence(lab):
    app = look()
    assert app.title[0].value == "What does the teacher know beyond the right answer?"
    assert app.main.markdown[0].value.startswith("**Which classes are alike: at temperature T = 4 it gives")
    assert not app.warning
    assert app.query_params == {}


def test_the_address_holds_all_that_is_looked_at(lab):
    address = {"example": "17", "soften": "2.5", "epoch": "4", "sort": "class", "part": "training"}
    app = look(**address)
    now = app.session_state["soft.view"]
    assert (now.example, now.soften, now.epoch, now.sort, now.part) == (17, 2.5, 4, "class", "training")
    assert app.query_params == address
    assert "At T = 2.5 the teacher" in said(app)


def test_what_is_changed_goes_into_the_address(lab):
    app = look()
    app.selectbox(key="soft.sort").select("disagreement").run()
    app.radio(key="soft.part").set_value("structure").run()
    assert app.query_params == {"sort": "disagreement", "part": "structure"}
    assert "Most alike at T = 4" in said(app)


def test_an_address_that_changes_by_itself_is_followed(lab):
    app = look(soften="3")
    arrival = app.session_state["soft.arrival"]
    app.query_params["soften"] = "8"
    app.run()
    assert app.session_state["soft.view"].soften == 8
    assert app.session_state["soft.arrival"] == arrival + 1, "the parts that live in the browser are told"


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "1e9", "warm", ""])
def test_a_temperature_that_is_none_falls_back_with_a_notice(lab, value):
    app = look(soften=value)
    assert app.session_state["soft.view"].soften == 4
    assert "soften is" in app.warning[0].value
    assert "a temperature from 0.1 to 100 was expected" in app.warning[0].value


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("example", "99999", "a number from 0 to 359 was expected"),
        ("example", "-1", "a number from 0 to 359 was expected"),
        ("epoch", "7", "one of 0, 1, 2, 3"),
        ("sort", "<b>", "one of entropy, disagreement, class, rescued was expected"),
        ("part", "x", "one of formula, structure, training was expected"),
        ("drawn", "zzz", "a drawing for these networks was expected"),
    ],
)
def test_what_says_nothing_in_the_address_is_ignored_with_a_notice(lab, name, value, words):
    app = look(**{name: value})
    assert words in app.warning[0].value
    assert app.query_params == {}


def test_a_drawn_digit_in_the_address_is_answered(lab):
    app = look(drawn=DRAWN_7)
    assert "to 7 and" in said(app)
    assert "A drawn digit has no label" in said(app)
    assert app.query_params == {"drawn": DRAWN_7}


def test_an_empty_pad_gets_a_hint_and_no_prediction(lab):
    app = look()
    app.radio(key="soft.source").set_value("draw").run()
    assert "Draw a digit, and all three answer" in said(app)
    assert "the teacher gives" not in said(app)
    assert "A drawn digit has no label" in said(app), "nor is anything told of the example that is hidden"
    assert "Example number" not in said(app)


def test_the_formula_says_of_which_example_it_is(lab):
    app = look(example="63")
    soft = soft_labels(runs.default())
    assert f"Example number 63, label {soft.classes[soft.label[63]]}" in said(app)


def test_the_formula_is_that_of_the_loss_with_its_smoothed_labels(lab, small_rows, monkeypatch):
    told = []
    monkeypatch.setattr(formula, "lines", lambda example: told.append(example) or [])
    smoothed = unflatten(flatten(SMALL) | {"training.label_smoothing": 0.2})
    lab.put(smoothed, small_rows)
    look(**smoothed.to_query())
    assert (told[-1].label_smoothing, told[-1].soft_weight) == (0.2, smoothed.soft_weight)


def test_two_dimensional_data_are_points_to_click_or_to_choose(lab, moons_rows):
    lab.put(moons(), moons_rows)
    app = look(**moons().to_query(), part="training")
    numbers = app.selectbox(key="soft.example").options
    app.selectbox(key="soft.example").select_index(5).run()
    assert f"number {app.query_params['example']}:" in numbers[5]
    assert "One seed: of 400 validation points" in said(app)
    assert "with two classes only one is wrong" in said(app)
    assert "Of 400 validation points" in said(app), "the plane to choose from has a reading"
    assert any("True class" in table.value.columns for table in app.dataframe), "and its numbers"


def test_the_plane_stays_where_no_example_is_in_the_chosen_order(lab, moons_rows, monkeypatch):
    order = view.order
    monkeypatch.setattr(view, "order", lambda soft, sort: [] if sort == "rescued" else order(soft, sort))
    lab.put(moons(), moons_rows)
    app = look(**moons().to_query(), sort="rescued")
    assert "There is no such example in this run" in said(app)
    assert "Of 400 validation points" in said(app)


def test_a_run_without_soft_labels_says_so_and_offers_to_run_again(lab, small_rows):
    lab.put(SMALL, [row for row in small_rows if row.get("name") != "soft_labels"])
    app = look(**SMALL.to_query())
    assert "This run kept no soft labels" in app.info[0].value
    app.button(key="missing.train").click().run()
    assert lab.commands == [("submit again", SMALL, 0)]
    assert app.main.markdown[0].value.startswith("**Which classes are alike"), "the recorded run is there meanwhile"


def test_a_run_that_failed_at_its_end_is_not_taken_for_a_finished_one(lab, small_rows):
    lab.put(SMALL, [row for row in small_rows if row["event"] != "finished"], "failed", reason="killed")
    app = look(**SMALL.to_query())
    assert "no finished run yet" in app.info[0].value
    app.button(key="missing.train").click().run()
    assert lab.commands == [("submit", SMALL, 0)]


def test_soft_labels_that_cannot_be_read_are_told_and_tried_again(lab, small_rows, monkeypatch):
    lab.put(SMALL, small_rows)
    with monkeypatch.context() as broken:
        for question in ("blob", "runs"):
            broken.setattr(Reader, question, away)
        app = look(**SMALL.to_query())
        assert app.error[0].value == "The store is away."
        assert "Until the store can be read" in app.info[0].value
    app.run()
    assert not app.error
    assert "Until the store can be read" not in said(app)


def test_networks_that_cannot_be_read_are_told_and_tried_again(lab, small_rows, monkeypatch):
    lab.put(SMALL, small_rows)
    blob = Reader.blob
    only_soft_labels = lambda reader, key, name: blob(reader, key, name) if name == "soft_labels" else away()  # noqa: E731
    with monkeypatch.context() as broken:
        broken.setattr(Reader, "blob", only_soft_labels)
        app = look(**SMALL.to_query(), drawn=DRAWN_7)
        assert "The networks of this run cannot be read" in app.warning[0].value
    app.run()
    assert not app.exception
    assert not app.warning
    assert "the teacher gives" in said(app)


def test_a_shared_view_waits_for_its_run(lab):
    address = {"data.name": "mnist", "example": "390", "part": "structure", "drawn": "x"}
    app = look(**address)
    assert not app.warning, "the recorded digits are no judge of it"
    assert app.query_params == address
    assert app.session_state["soft.view"] == view.default(soft_labels(runs.default()), Experiment())
    app.selectbox(key="soft.sort").select("class").run()
    assert app.session_state["soft.view"].sort == "class", "the recorded run can be looked at meanwhile"
    assert app.query_params == address


def test_a_shared_view_is_there_as_soon_as_its_run_is(lab, moons_rows):
    address = moons().to_query() | {"example": "390", "soften": "2"}
    app = look(**address)
    lab.put(moons(), moons_rows)
    app.run()
    now = app.session_state["soft.view"]
    assert (now.example, now.soften) == (390, 2)
    assert app.query_params == address


def test_settings_that_were_never_run_can_be_run_here(lab):
    app = look(**SMALL.to_query())
    assert "no finished run yet" in app.info[0].value
    app.button(key="missing.train").click().run()
    assert lab.commands == [("submit", SMALL, 0)]
    assert app.query_params == SMALL.to_query(), "the address stays"


def test_any_finished_run_can_be_chosen(lab, small_rows):
    lab.put(SMALL, small_rows)
    app = look(soften="2")
    options = app.selectbox(key="soft.run").options
    assert described(SMALL) in options
    app.selectbox(key="soft.run").select(SMALL.key).run()
    assert app.query_params == SMALL.to_query()
    soft = unpack(first(small_rows, "snapshot", name="soft_labels")["payload"])
    assert app.session_state["soft.view"] == view.default(soft, SMALL)


@pytest.mark.parametrize(("name", "more"), [("controls", {"controls": True}), ("left_out", {"left_out": (3,)})])
def test_an_experiment_is_a_run_with_one_more_setting(lab, small_rows, name, more):
    lab.put(SMALL, small_rows)
    app = look(**SMALL.to_query())
    app.button(key=f"{name}.train").click().run()
    assert lab.commands == [("submit", unflatten(flatten(SMALL) | more), 0)]


def test_an_experiment_under_way_says_how_far_it_is_and_can_be_stopped(lab, small_rows):
    lab.put(SMALL, small_rows)
    chosen = unflatten(flatten(SMALL) | {"controls": True})
    lab.put(chosen, small_rows[:4], "running", progress=0.25)
    app = look(**SMALL.to_query())
    assert "The teachers learn: epoch" in app.main.get("progress")[0].proto.text
    app.button(key="controls.stop").click().run()
    assert lab.commands == [(chosen.key, "stop")]


def test_the_recorded_experiments_are_shown_at_once(lab):
    words = said(look())
    assert "True soft labels over" in words
    assert "test examples of 3" in words


def test_another_class_can_be_left_out(lab):
    app = look()
    app.multiselect(key="left_out.classes.digits").set_value([7, 8]).run()
    app.button(key="left_out.train").click().run()
    assert lab.commands == [("submit", Experiment(left_out=(7, 8)), 0)]


def test_hintons_experiment_on_mnist_is_offered(lab):
    app = look()
    app.radio(key="left_out.where").set_value("mnist").run()
    app.button(key="left_out.train").click().run()
    ((_submit, wished, _speed),) = lab.commands
    assert (wished.data.name, wished.left_out, wished.temperature) == ("mnist", (3,), 20)


def test_snapshots_of_the_recorded_run_are_small(lab):
    payload = runs.default().payload("soft_labels")
    assert len(payload) <= 300_000
    assert len(soft_labels(runs.default()).index) == 360
