"""The Distil page: opens on a real run, follows its address, trains what is chosen, and says what is wrong."""

import re
import sqlite3

import pytest
from visits import SMALL, visit

from kdcore.engine.answer import Answer, refused
from kdcore.events import first
from kdcore.experiment import Experiment, fields
from kdcore.train import fit
from pages._ui import runs


def text(app) -> str:
    """All that the page says."""
    elements = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error, *app.title]
    return "\n".join(str(element.value) for element in elements)


def headline(app) -> str:
    return next(element.value for element in app.main.markdown if element.value.startswith("**"))


def progress(app) -> str:
    return app.main.get("progress")[0].proto.text


def cards(app) -> str:
    return "\n".join(str(element.proto.body) for element in app.get("html"))


def small(**more) -> dict[str, str]:
    return SMALL.to_query() | more


def test_opens_on_a_recorded_real_run(lab):
    app = visit()
    assert not app.exception
    assert headline(app).startswith("**Distillation helps: +")
    assert progress(app).startswith("Recorded run of 20")
    assert "8 seeds" in progress(app)


def test_every_setting_has_a_control_with_an_explanation(lab):
    keys = {}
    for data in ("moons", "digits"):
        app = visit(data__name=data)
        widgets = [*app.selectbox, *app.slider, *app.select_slider, *app.number_input, *app.text_input]
        widgets += [*app.button_group, *app.toggle]
        assert all(widget.help for widget in widgets)
        keys[data] = {widget.key for widget in widgets}
    of_more = {"left_out", "controls", "classes", "teacher_data"}
    assert keys["moons"] == set(fields()) - of_more, "two classes only, and no pictures"
    assert keys["digits"] == set(fields()) - {"data.noise"}, "noise belongs to points"


def test_classes_are_left_out_and_controls_switched_on(lab):
    app = visit(left_out="3")
    assert app.button_group(key="left_out").value == [3]
    app.button_group(key="left_out").set_value([8, 3]).run()
    app.toggle(key="controls").set_value(True).run()
    assert app.query_params == {"left_out": "3-8", "controls": "true"}
    assert app.button_group(key="left_out").options == list("0123456789")
    app.button(key="train").click().run()
    assert lab.commands == [("submit", Experiment(left_out=(3, 8), controls=True), 0)]


def test_other_data_have_other_classes_and_none_is_left_out(lab):
    app = visit(left_out="1-3")
    app.selectbox(key="data.name").set_value("spirals").run()
    assert app.query_params == {"data.name": "spirals"}
    app.button_group(key="left_out").set_value([0]).run()
    assert app.button_group(key="left_out").options == ["A", "B", "C"]
    assert app.query_params["left_out"] == "0"
    app.button_group(key="left_out").set_value([0, 2]).run()
    assert app.sidebar.error[0].value == "0-2: two classes must remain, and spirals has 3"
    app.selectbox(key="data.name").set_value("moons").run()
    assert not app.exception
    assert app.query_params == {"data.name": "moons"}


def test_costs_change_as_one_chooses(lab):
    app = visit()
    assert "4,810 parameters" in text(app)
    app.text_input(key="student.widths").set_value("8-8").run()
    assert f"{64 * 8 + 8 + 72 + 90:,} parameters" in text(app)
    assert "beside the teacher:" in text(app)


def test_a_control_writes_the_address_and_the_address_sets_the_controls(lab):
    app = visit()
    app.slider(key="soft_weight").set_value(0.5).run()
    app.select_slider(key="temperature").set_value(8.0).run()
    assert app.query_params == {"soft_weight": "0.5", "temperature": "8"}
    again = visit(soft_weight="0.5", temperature="7.7", student__widths="linear", data__labels="all")
    assert again.slider(key="soft_weight").value == 0.5
    assert again.select_slider(key="temperature").value == 7.7
    assert again.text_input(key="student.widths").value == "linear"
    assert again.select_slider(key="data.labels").value is None
    assert not again.warning


def test_train_asks_for_what_is_chosen(lab):
    app = visit(**{name.replace(".", "__"): value for name, value in small().items()})
    app.button(key="train").click().run()
    assert lab.commands == [("submit", SMALL, 0)]
    app.radio(key="speed").set_value(2).run()
    app.button(key="train").click().run()
    assert lab.commands[1:] == [("submit", SMALL, 2)]


def test_a_stored_run_is_shown_for_its_address(lab, small_rows):
    lab.put(SMALL, small_rows)
    app = visit(**small())
    assert "paired seeds" in headline(app)
    assert progress(app).startswith("Trained here on")
    table = first(small_rows, "finished")["table"]
    accuracy = 100 * sum(table[2]["test_accuracy"]) / 2
    assert f"#### {accuracy:.1f} %" in text(app)


def test_training_again_what_was_run_says_so(lab, small_rows):
    lab.put(SMALL, small_rows)
    lab.answer = Answer(True, "finished")
    app = visit(**small())
    app.button(key="train").click().run()
    assert "run before" in app.main.warning[0].value


def test_other_settings_keep_the_last_run_in_sight(lab, small_rows):
    lab.put(SMALL, small_rows)
    app = visit(**small())
    before = headline(app)
    app.slider(key="soft_weight").set_value(0.1).run()
    assert headline(app) == before
    assert "results of other settings" in app.info[0].value
    assert app.info[0].value.endswith("It may take a few seconds.")


def test_before_anything_was_trained_here_a_recording_tells_how_long_it_takes(lab):
    app = visit(data__name="mnist")
    assert re.search(r"It may take about \d+ min, judged by a run on another machine\.", app.info[0].value)


def test_a_run_under_way_can_be_paused_stepped_stopped_and_slowed(lab, small_rows):
    lab.put(SMALL, small_rows[:4], "running", progress=0.25)
    app = visit(**small())
    assert "The teachers learn: epoch" in headline(app)
    assert progress(app).startswith("25 % done")
    app.button(key="pause").click().run()
    app.button(key="step").click().run()
    app.button(key="stop").click().run()
    assert lab.commands == [(SMALL.key, action, None) for action in ("pause", "step", "stop")]


def test_charts_of_a_run_under_way_are_made_once_for_they_grow_by_themselves(lab, small_rows):
    lab.put(SMALL, [], "running")
    app = visit(**small())
    empty = app.session_state["drawn"]
    lab.put(SMALL, small_rows[:4], "running")
    drawn = app.run().session_state["drawn"]
    assert drawn is not empty, "now it is known how many epochs there will be"
    lab.put(SMALL, small_rows[4:6], "running")
    app.run()
    assert app.session_state["drawn"] is drawn
    lab.put(SMALL, small_rows[:4], "running", attempt=2)
    app.run()
    assert app.session_state["drawn"] is not drawn


def test_a_paused_run_can_go_on(lab, small_rows):
    lab.put(SMALL, small_rows[:4], "running", paused=True)
    app = visit(**small())
    assert app.button(key="resume").label == "Go on"
    app.button(key="resume").click().run()
    assert lab.commands == [(SMALL.key, "resume", None)]


def test_a_queued_run_says_its_place_and_a_rough_wait(lab):
    lab.put(SMALL, [], "queued", position=3, wait_s=40)
    assert headline(visit(**small())) == "**Waiting for a free slot: number 3 in the queue, about 40 s.**"


def test_of_a_run_of_somebody_else_one_only_watches(lab, small_rows):
    lab.put(SMALL, small_rows[:4], "running", browsers=("f" * 32,))
    app = visit(**small())
    assert [button.label for button in app.main.button] == ["Train"]
    assert "Somebody else runs this" in app.info[0].value


def test_the_speed_of_a_run_follows_the_store_and_is_never_set_by_watching(lab, small_rows):
    lab.put(SMALL, small_rows[:4], "running", speed=2.0)
    one, other = visit(**small()), visit(**small())
    lab.put(SMALL, [], "running", speed=10.0)
    for app in (one, other):
        app.run()
        assert app.session_state["speed"] == 10
    assert lab.commands == []


def test_who_stops_a_run_that_others_watch_is_told_that_it_goes_on(lab, small_rows):
    lab.put(SMALL, small_rows[:4], "running")
    lab.answer = Answer(True, "running")
    app = visit(**small())
    app.button(key="stop").click().run()
    assert "Others watch this run too" in app.warning[0].value


def test_a_run_that_is_tried_again_shows_its_new_rows(lab, small_rows):
    failed = [{"event": "failed", "reason": "stopped"}]
    lab.put(SMALL, [*small_rows[:4], *failed], "failed", reason="stopped", created="1")
    first_accuracy = [m.value for m in visit(**small()).markdown if m.value.startswith("####")]
    lab.put(SMALL, [], "queued", position=1, created="2")
    assert "Waiting for a free slot" in headline(visit(**small())), "not the end of the run before"
    lab.put(SMALL, [*small_rows[:7], *failed], "failed", reason="stopped", created="2")
    assert [m.value for m in visit(**small()).markdown if m.value.startswith("####")] != first_accuracy


def test_a_store_that_stutters_leaves_what_is_shown(lab, small_rows, monkeypatch):
    lab.put(SMALL, small_rows)
    find = runs.find
    calls = []
    monkeypatch.setattr(runs, "find", lambda key: calls.append(key) or (None if len(calls) == 3 else find(key)))
    app = visit(**small())
    assert len(calls) >= 3
    assert not app.exception
    assert "paired seeds" in headline(app)


def test_a_second_attempt_is_told(lab, small_rows):
    started = small_rows[0] | {"attempt": 2}
    lab.put(SMALL, [small_rows[0], small_rows[1], started, *small_rows[1:]])
    assert "second attempt, with the same seeds" in progress(visit(**small()))


@pytest.mark.parametrize(
    ("failed", "words"),
    [
        (
            {"reason": "diverged", "lane": "scratch", "epoch": 1, "seeds": [0]},
            "Try a lower learning rate; now it is 0.003",
        ),
        ({"reason": "stopped"}, "Stopped. Press Train"),
        ({"reason": "worker_lost"}, "lost twice"),
        ({"reason": "data", "detail": "x.gz could not be downloaded; put it into /data"}, "put it into /data"),
        ({"reason": "store", "detail": "The disk is full."}, "The disk is full."),
        ({"reason": "error", "detail": "ValueError: no"}, "ValueError: no"),
    ],
)
def test_a_failed_run_says_why_and_keeps_its_rows(lab, small_rows, failed, words):
    lab.put(SMALL, [*small_rows[:8], {"event": "failed", **failed}], "failed", reason=failed["reason"])
    app = visit(**small())
    assert not app.exception
    assert words in headline(app)
    assert any("#### " in element.value and "%" in element.value for element in app.markdown)


@pytest.mark.parametrize("code", ["too_many", "store", "engine_down", "engine_refuses"])
def test_a_refusal_is_a_sentence(lab, code):
    lab.answer = refused(code, "The folder cannot be written.")
    app = visit(**small())
    app.button(key="train").click().run()
    assert not app.exception
    assert app.main.warning[0].value
    assert "{" not in app.main.warning[0].value


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("student.widths", "64-x", "x: up to 6 widths between 1 and 2048 were expected"),
        ("student.widths", "99999", "99999: up to 6 widths between 1 and 2048 were expected"),
        ("training.epochs", 501, "501: a whole number from 1 to 500 was expected"),
        ("training.learning_rate", 0.0, "0: a number from 1e-05 to 10 was expected"),
        ("training.batch_size", 0, "0: a whole number from 1 to 4096 was expected"),
    ],
)
def test_a_wrong_setting_is_told_at_its_control_and_cannot_be_trained(lab, key, value, words):
    app = visit()
    widget = app.text_input(key=key) if isinstance(value, str) else app.number_input(key=key)
    widget.set_value(value).run()
    assert not app.exception
    assert words in app.sidebar.error[0].value
    assert app.button(key="train").disabled


def test_settings_that_do_not_fit_are_told_at_the_control(lab):
    app = visit(student__kind="cnn", student__widths="4-8")
    app.selectbox(key="data.name").select("moons").run()
    assert "a CNN needs pictures" in app.sidebar.error[0].value
    app = visit(data__name="mnist", data__labels="5000")
    app.selectbox(key="data.name").select("digits").run()
    assert "digits has 1077 training examples" in app.sidebar.error[0].value


def test_another_kind_of_network_starts_with_widths_that_suit_it(lab):
    app = visit()
    app.selectbox(key="student.kind").select("cnn").run()
    assert app.text_input(key="student.widths").value == "4-8"
    assert not app.error


@pytest.mark.parametrize(
    "address",
    [
        {"temperature": "<script>alert(1)</script>"},
        {"temperature": "nan", "seeds": "1e99", "soft_weight": "-0"},
        {"hack": "x" * 10_000},
        {"data": "x", "data.name": "digits", "data.": "1", "..": "2"},
        {"student.widths": "2048-" * 300},
        {"data.labels": "99999999999999999999999999", "data.name": "mnist"},
    ],
)
def test_a_hostile_address_is_ignored_with_a_notice(lab, address):
    app = visit(**address)
    assert not app.exception
    assert app.warning
    assert all(len(warning.value) < 300 for warning in app.warning)
    assert app.button(key="train").disabled is False


def test_a_store_of_a_newer_version_is_refused_with_the_reason(lab, tmp_path, small_rows):
    lab.put(SMALL, small_rows)
    (path,) = tmp_path.glob("*.sqlite")
    with sqlite3.connect(path) as connection:
        connection.execute("update meta set version = 999")
    app = visit(**small())
    assert not app.exception
    assert "newer" in app.error[0].value
    assert headline(app), "the recorded run is still there"


def test_what_can_be_taken_away(lab, small_rows):
    lab.put(SMALL, small_rows)
    app = visit(**small())
    assert len(app.get("download_button")) == 5


def test_two_dimensional_data_show_boundaries(lab):
    points = SMALL.model_copy(update={"data": Experiment().data.model_copy(update={"name": "moons"})})
    lab.put(points, [row for row in fit(points) if row["event"] != "batch"])
    app = visit(**points.to_query())
    assert not app.exception
    assert "of the plane" in text(app)


def test_an_assistant_has_a_card_of_its_own_and_a_verdict(lab):
    helped = Experiment.model_validate(
        SMALL.model_dump() | {"assistant": True, "unlabelled": 40, "label_noise": 0.1, "data": {"name": "spirals"}}
    )
    lab.put(helped, [row for row in fit(helped) if row["event"] != "batch"])
    app = visit(**helped.to_query())
    assert not app.exception
    assert app.toggle(key="assistant").value is True
    assert app.number_input(key="unlabelled").value == 40
    assert app.slider(key="label_noise").value == 0.1
    assert "assistant" in headline(app)
    assert [title in cards(app) for title in ("Assistant", "Student of the assistant", "Distilled")] == [True] * 3
    assert "For the student of the assistant they are" in text(app)
    assert not visit("soft_labels.py", **helped.to_query()).exception
