"""Numbers in sentences have the marks of the reader's language."""

import re
from gettext import NullTranslations

import numpy as np
import pytest

from kdcore import words
from kdcore.figures import answer, controls, formula, gradients, left_out, matrix, over_temperature, similarity

ANSWERS = {"teacher": np.array([4.0, 0.0]), "scratch": np.array([0.0, 0.0]), "distilled": np.array([2.0, 0.0])}


class Comma(NullTranslations):
    """A language that differs from English in nothing but its marks."""

    def gettext(self, message):
        return {".": ",", ",": "."}.get(message, message)


@pytest.fixture(autouse=True)
def comma(monkeypatch):
    monkeypatch.setattr(words, "_translations", Comma)


def has_commas(text):
    return re.search(r"\d,\d", text) and not re.search(r"\d\.\d", text)


@pytest.mark.parametrize("figure", [matrix, over_temperature, similarity])
def test_sentences_on_many_examples(figure, soft):
    assert has_commas(figure.reading(soft, 2.5))
    assert "T = 2,5" in figure.reading(soft, 2.5)


@pytest.mark.parametrize("figure", [formula, gradients])
def test_sentences_on_one_example(figure, example):
    assert has_commas(figure.reading(example._replace(temperature=2.5, soft_weight=0.75)))


def test_sentences_on_controls(controls_rows):
    assert has_commas(controls.reading(controls_rows))


def test_sentences_on_classes_left_out(left_out_rows):
    left_out_rows[-1]["left_out"]["by_hand"] = [0.0, 0.5, 1.0]
    assert "With 0,5 by hand" in left_out.reading(left_out_rows, 0.5)


def test_headers_of_an_answer():
    headers = answer.figure(ANSWERS, 0, ("a", "b"), 2.5).layout.annotations[:3]
    assert all(has_commas(header.text) for header in headers)
    assert has_commas(answer.reading(ANSWERS, 0, ("a", "b"), 2.5))
