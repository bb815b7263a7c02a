"""The page of families: follows its address, fills while one watches, and looks into trees."""

from pathlib import Path

import family_rows
import pytest
from visits import listed, said, visit

from kdcore.data import own
from kdcore.data.examples import of_points
from kdcore.families import FAMILIES
from kdcore.figures import tree_path
from kdcore.figures.families import title
from kdcore.transfer import Transfer
from pages._ui import runs
from pages._ui.families import address, bar, closer, gist, knobs, results

ROOT = Path(__file__).parents[2]
ORDER = Transfer(teacher="net:widths=16", students=("tree:depth=3", "forest"), seeds=3)
HERE = address.written(address.Address(ORDER))


def look(query: dict[str, str] = HERE, **more: str):
    """Open the page at an address."""
    app = visit("families.py", **query, **more)
    assert not app.exception
    return app


def switches(app):
    """Which families learn."""
    return app.button_group(key="families.students")


@pytest.fixture
def rows() -> list[dict]:
    return family_rows.small()


@pytest.fixture
def drawn(lab, rows):
    lab.put(ORDER, rows)


def test_opens_with_the_usual_transfer(lab):
    app = look({})
    assert app.title[0].value == "Who can teach whom?"
    assert (app.query_params, list(app.warning)) == ({}, [])
    assert switches(app).value == list(Transfer().students)
    assert "models" in said(app)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("teacher", "nett", "choose one of net, soft_tree"),
        ("students", "tree:deph=3", "there is no knob deph"),
        ("students", ";", "choose between 1 and 8 students"),
        ("temperature", "0", "a number from 0.1 to 100 was expected"),
        ("measure", "loss", "one of val_accuracy, test_accuracy was expected"),
        ("open", "9", "one of teacher, 1, 2"),
        ("arm", "both", "one of labels, distilled was expected"),
        ("widths", "16", "there is no such setting"),
    ],
)
def test_what_says_nothing_in_the_address_is_ignored_with_a_sentence(lab, name, value, words):
    found = address.read({name: value})
    (problem,) = found.ignored
    assert words in str(problem)
    assert address.written(found) == {}


def test_what_is_ignored_is_told(lab):
    assert "choose one of net, soft_tree" in look({"teacher": "nett"}).warning[0].value


def test_an_address_is_read_as_it_was_written():
    asked = address.Address(ORDER, "test_accuracy", "2", "tree:depth=3", "labels", "4")
    assert address.read(address.written(asked)) == asked


def test_what_is_chosen_goes_into_the_address(lab):
    app = look({})
    app.selectbox(key="families.teacher").select("forest").run()
    switches(app).set_value(["net", "tree"]).run()
    app.select_slider(key="families.temperature").set_value(2.0).run()
    app.select_slider(key="families.data.labels").set_value(200).run()
    told = {"teacher": "forest", "students": "net;tree", "temperature": "2", "data.labels": "200"}
    assert app.query_params == told
    app.selectbox(key="families.teacher").select("net").run()
    assert "teacher" not in app.query_params, "a network teaches as it usually does"


def test_other_data_keep_as_many_labels_as_they_have(lab):
    app = look({"data.labels": "1050", "data.seed": "3"})
    app.selectbox(key="families.data.name").select("moons").run()
    assert app.query_params == {"data.name": "moons", "data.labels": "all", "data.seed": "3"}
    app.slider(key="families.data.noise").set_value(0.5).run()
    assert app.query_params["data.noise"] == "0.5"


def test_families_are_switched_on_and_off(lab):
    app = look({"students": "tree:depth=2;net"})
    assert switches(app).options == [*map(title, FAMILIES), "Decision tree (depth 2)"]
    switches(app).set_value(["net", "tree", "tree:depth=2"]).run()
    assert app.query_params == {"students": "tree:depth=2;net;tree"}, "one family may stand there twice"
    switches(app).set_value([]).run()
    assert "choose between 1 and 8 students" in app.sidebar.error[0].value
    assert switches(app).value == ["tree:depth=2", "net", "tree"]


def test_the_knobs_of_one_are_turned_at_a_time(lab):
    app = look({"students": "tree;forest"})
    app.selectbox(key="families.open").select("2").run()
    app.slider(key="families.knob.depth").set_value(5).run()
    assert app.query_params == {"students": "tree;forest:depth=5", "open": "2"}
    app.selectbox(key="families.open").select("teacher").run()
    app.text_input(key="families.knob.widths").set_value("32-x").run()
    assert "widths: up to 6 widths between 1 and 2048 were expected" in app.sidebar.error[0].value
    app.text_input(key="families.knob.widths").set_value("32-16").run()
    assert app.query_params == {"students": "tree;forest:depth=5", "teacher": "net:widths=32-16,epochs=30"}


def test_two_that_become_the_same_are_one(lab):
    app = look({"students": "tree;tree:depth=9", "open": "2"})
    app.slider(key="families.knob.depth").set_value(8).run()
    assert app.query_params == {"students": "tree"}


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_teaches_and_has_a_control_for_each_knob(lab, name):
    app = look({"teacher": name})
    widgets = [*app.slider, *app.select_slider, *app.selectbox, *app.text_input]
    turned = [widget.key for widget in widgets if widget.key.startswith("families.knob.")]
    assert len(turned) == len(FAMILIES[name].model_fields)
    for knob, value in FAMILIES[name]():
        assert knobs.turned(FAMILIES[name](), knob, value).startswith(f"{name}:")


def test_the_button_asks_the_engine(lab):
    app = look()
    app.button(key="families").click().run()
    assert lab.commands == [("submit", ORDER, 0)]


def test_the_answer_names_the_one_that_gains_most(drawn):
    told = look().main.markdown[0].value
    assert "Largest gain on validation examples: Decision tree (depth 3)." in told
    assert "It gains +10.0 ±2.5 points over labels alone, on 3 paired seeds" in told
    assert "1 gains, 0 lose, and of 1 no difference is shown" in told


def test_a_family_that_loses_is_not_said_to_gain():
    lost = [*family_rows.small()[:2], family_rows.family("forest", "student", [0.85, 0.86, 0.87], [0.83, 0.84, 0.85])]
    assert gist.gist(lost).startswith("No family has gained on validation examples so far.")
    told = gist.gist([*lost, family_rows.finished(lost)])
    assert told.startswith("No family gains on validation examples. The nearest to it, Random forest, was then tested")


def test_a_live_transfer_fills_and_can_be_paused_and_stopped(lab, rows):
    lab.put(ORDER, rows[:3], "running", progress=0.4)
    app = look()
    assert "1 of 2 families are done." in app.main.get("progress")[0].proto.text
    told = app.main.markdown[0].value
    assert "Largest gain so far on validation examples: Decision tree (depth 3), +10.0 ±2.5 points." in told
    app.button(key="families.pause").click().run()
    app.button(key="families.stop").click().run()
    assert lab.commands == [(ORDER.key, "pause"), (ORDER.key, "stop")]


def test_test_examples_are_told_of_only_when_all_is_over(rows):
    assert "tested" not in gist.gist(rows[:-1])
    assert results.table(rows[:-1])["Taught"].tolist() == ["–", "81.0 ±4.3 %", "87.0 ±11.4 %"]
    assert results.table(rows)["Taught"].tolist() == ["–", "71.0 ±4.3 %", "77.0 ±11.4 %"]


def test_who_cannot_learn_here_is_told_of(lab, rows):
    why = {"event": "impossible", "family": "forest", "role": "student", "detail": "its training diverged"}
    lab.put(ORDER, [*rows[:4], why, family_rows.finished(rows[:4])])
    told = said(look())
    assert "Random forest could not learn: its training diverged." in told
    assert "Of all families on test examples 1 gains, 0 lose, and of 0 no difference is shown." in told


def test_how_long_it_takes_is_judged_by_what_was_measured(drawn):
    twice = ORDER.model_copy(update={"seeds": 6})
    assert bar.seconds(twice, runs.find(ORDER.key)) == pytest.approx(16)
    assert bar.seconds(twice, None) == pytest.approx(2 * ORDER.seconds)


def test_all_numbers_begin_with_the_teacher(rows):
    teacher, tree, _forest = results.table(rows).to_dict("records")
    assert teacher["Family"] == "Teacher: Neural network"
    assert results.words(rows).startswith("Teacher: Neural network (hidden layers 16). Accuracy and agreement")
    assert teacher["Gain over labels"] == teacher["Agreement"] == "–"
    assert tree["Gain over labels"] == "+10.0 ±2.5"
    assert (tree["File"], tree["Made of"], tree["Training"]) == ("2.0 kB", "30 nodes", "0.5 s")


def test_the_means_are_stated(drawn):
    told = said(look())
    assert "**Decision tree (depth 3), Random forest**: Regression" in told


def test_a_decision_tree_can_be_read(drawn):
    app = look()
    assert listed(app, "families.tree").options == ["Decision tree (depth 3)"]
    assert [block.value for block in app.code] == [family_rows.TREE.strip()] * 2
    assert "no tree to look into" in said(look(tree="forest"))


def test_a_soft_tree_can_be_looked_into(lab, rows):
    kept = family_rows.soft_tree("soft_tree")
    lab.put(ORDER, [*rows[:4], kept, *rows[4:]])
    app = look(tree="soft_tree")
    assert tree_path.reading(kept["data"], "distilled", 0) in said(app)
    key = f"families.example.{ORDER.key}.soft_tree"
    assert listed(app, key).options == ["4: a", "7: b"]
    listed(app, key).select("1").run()
    app.radio(key="families.arm").set_value("labels").run()
    assert app.query_params == HERE | {"tree": "soft_tree", "example": "1", "arm": "labels"}
    assert tree_path.reading(kept["data"], "labels", 1) in said(app)
    assert "there is no example “9” of this tree" in said(look(tree="soft_tree", example="9"))


def test_the_tree_of_a_teacher_stands_apart_from_that_of_a_student(lab, rows):
    alone = {name: value for name, value in rows[3]["data"].items() if name != "distilled"}
    lab.put(ORDER, [*rows[:2], rows[3] | {"data": alone}, *rows[2:]])
    captions = [caption.value for caption in look(tree="teacher").caption]
    assert "Teacher" in captions
    assert "Student from labels" not in captions
    found = closer.trees([rows[3] | {"data": alone}, rows[3]])
    assert [len(row["data"]) for row in found.values()] == [4, 5]
    assert list(found) == ["teacher", "tree:depth=3"]


def test_the_teachers_soft_tree_has_one_arm(lab, rows):
    kept = family_rows.soft_tree("soft_tree")
    alone = {name: value for name, value in kept["data"].items() if name != "distilled"}
    lab.put(ORDER, [*rows[:2], kept | {"data": alone}, *rows[2:]])
    assert "a tree that teaches was not “Distilled student”" in said(look(tree="teacher", arm="distilled"))
    assert not look(tree="teacher").warning


def test_a_tree_of_own_data_tells_what_its_numbers_are_counted_in(lab, rows):
    name = own.keep(of_points([(x, x % 3, x % 2) for x in range(20)], 2), "Mine")
    mine = Transfer(data={"name": name, "labels": None}, teacher="net:widths=16", students=("tree:depth=3",), seeds=3)
    for order, is_told in ((mine, True), (ORDER, False)):
        lab.put(order, rows)
        assert (closer.SCALED in said(look(address.written(address.Address(order))))) == is_told


def test_the_table_to_take_away_has_a_line_a_student(rows):
    frame = results.students(rows)
    assert len(frame) == 2 * 2 * 3
    tree = frame[(frame["family"] == "tree:depth=3") & (frame["lane"] == "distilled")]
    assert tree["val_accuracy"].tolist() == [0.79, 0.82, 0.82]
    assert tree["test_accuracy"].tolist() == pytest.approx([0.69, 0.72, 0.72])
