"""Other lessons than usual on the pages: controls where they apply, and words wherever such a run is shown."""

import pytest
from visits import SMALL, said, visit

from kdcore.experiment import flatten, unflatten
from kdcore.train import fit
from pages._ui import downloads

SPECIAL = unflatten(flatten(SMALL) | {"teacher_data": "noisy", "classes": (3, 5, 8), "inputs": "blends"})


@pytest.fixture(scope="module")
def rows():
    return [row for row in fit(SPECIAL) if row["event"] != "batch"]


def test_what_is_chosen_comes_into_the_address_and_hides_what_no_longer_counts(lab):
    app = visit(soft_weight="0.5")
    app.selectbox(key="teacher_data").set_value("inverted").run()
    app.button_group(key="classes").set_value([8, 3]).run()
    assert app.slider(key="soft_weight").value == 0.5
    app.selectbox(key="inputs").set_value("noise").run()
    assert not app.exception
    assert app.query_params == {"teacher_data": "inverted", "classes": "3-8", "inputs": "noise"}
    assert "soft_weight" not in {slider.key for slider in app.slider}
    assert "beside the teacher:" in said(app)
    app.button_group(key="classes").set_value([8]).run()
    assert app.sidebar.error[0].value.startswith("8: a student of one class has nothing to tell apart")


def test_other_data_bring_a_teacher_and_a_student_as_usual(lab):
    app = visit(teacher_data="noisy", classes="3-5")
    app.selectbox(key="data.name").set_value("moons").run()
    assert not app.exception
    assert app.query_params == {"data.name": "moons"}


def test_a_run_says_where_its_lessons_came_from_and_is_shown_in_its_own_classes(lab, rows):
    lab.put(SPECIAL, rows)
    app = visit(**{name.replace(".", "__"): value for name, value in SPECIAL.to_query().items()})
    assert not app.exception
    words = said(app)
    assert "same pictures, with noise on every pixel, and is measured, as all are, on those of the student." in words
    assert "knows 10 classes; the student, and what all lanes are measured on, only 3, 5, 8." in words
    assert "no label: it hears what the teacher says of blends of two training examples each." in words
    assert "scripts have the same data and classes for teacher and student" in words
    assert not downloads._unscripted(SMALL)


def test_its_soft_labels_can_be_looked_at(lab, rows):
    lab.put(SPECIAL, rows)
    query = {name.replace(".", "__"): value for name, value in SPECIAL.to_query().items()}
    app = visit("soft_labels.py", **query)
    assert not app.exception


def test_a_usual_run_has_nothing_to_say_of_it(lab):
    assert "is measured, as all are" not in said(visit())
