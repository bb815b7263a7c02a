"""Names of classes are words like all others: shown in the reader's language, kept in English in the rows."""

import json
from gettext import NullTranslations
from inspect import getsource

import pytest

from kdcore import words
from kdcore.data import catalogue
from kdcore.figures import (
    answer,
    boundary,
    confusion,
    formula,
    gradients,
    left_out,
    matrix,
    similarity,
    soft_labels,
)


class Elsewhere(NullTranslations):
    """A language in which every word stands between ⟦ and ⟧."""

    def gettext(self, message):
        return f"⟦{message}⟧"


@pytest.fixture
def elsewhere(monkeypatch):
    monkeypatch.setattr(words, "_translations", Elsewhere)


def test_confusion_shows_them_translated(confusion_row, elsewhere):
    assert list(confusion.figure([confusion_row]).data[0].x) == ["⟦cat⟧", "⟦dog⟧"]
    assert "⟦cat⟧" in confusion.reading([confusion_row])
    assert set(confusion.table([confusion_row])["⟦True class⟧"]) == {"⟦cat⟧", "⟦dog⟧"}
    assert confusion_row["data"]["classes"] == ["cat", "dog"]


def test_boundary_shows_them_translated(boundary_row, elsewhere):
    _area, left, *_rest = boundary.figure([boundary_row]).data
    assert "⟦left⟧" in left.hovertemplate
    assert list(left.text) == ["⟦left⟧"]
    assert set(boundary.table([boundary_row])["⟦True class⟧"]) == {"⟦left⟧", "⟦right⟧"}


def test_soft_labels_show_them_translated(examples_row, elsewhere):
    drawn = soft_labels.figure([examples_row])
    assert list(drawn.data[0].x) == ["⟦a⟧", "⟦b⟧", "⟦c⟧"]
    assert "⟦a⟧" in drawn.layout.annotations[0].text
    assert "⟦b⟧" in soft_labels.reading([examples_row])
    assert set(soft_labels.table([examples_row])["⟦Class⟧"]) == {"⟦a⟧", "⟦b⟧", "⟦c⟧"}


def test_pictures_of_soft_labels_show_them_translated(soft, example, left_out_rows, elsewhere):
    answers = {"teacher": soft.teacher[0], "distilled": soft.distilled[0]}
    for drawn in (
        answer.figure(answers, 0, soft.classes, 4.0),
        matrix.figure(soft, 4.0),
        similarity.figure(soft, 4.0),
        formula.figure(example),
        gradients.figure(example),
    ):
        assert "⟦b⟧" in json.dumps(drawn.to_plotly_json(), default=list, ensure_ascii=False)
    for reading in (
        answer.reading(answers, 0, soft.classes, 4.0),
        matrix.reading(soft, 4.0),
        similarity.reading(soft, 4.0),
        left_out.reading(left_out_rows),
    ):
        assert {"⟦b⟧" in reading, "⟦dog⟧" in reading} == {True, False}


def test_every_name_that_is_a_word_is_marked_for_the_catalogue():
    source = getsource(catalogue)
    names = {name for facts in catalogue.CATALOGUE.values() for name in facts.classes if len(name) > 1}
    assert len(names) == 14
    assert [name for name in names if f'N_("{name}")' not in source] == []
