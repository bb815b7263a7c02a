"""Mirrored bars of one example."""

import json

import numpy as np
import plotly.graph_objects as go
import pytest

from kdcore.figures import answer
from kdcore.softness import soften

LOGITS = {"teacher": np.array([4.0, 0.0]), "scratch": np.array([0.0, 0.0]), "distilled": np.array([2.0, 0.0])}
NAMES = ("upper", "lower")


def test_bars_are_softened_logits_in_per_cent():
    for trace, logits in zip(answer.figure(LOGITS, 0, NAMES, 2.0).data, LOGITS.values(), strict=True):
        assert trace.x == pytest.approx(100 * soften(logits, 2.0))


def test_the_teacher_grows_to_the_left_and_students_to_the_right_on_one_scale():
    drawn = answer.figure(LOGITS, 0, NAMES, 2.0)
    assert [trace.xaxis for trace in drawn.data] == ["x", "x2", "x2"]
    assert drawn.layout.xaxis.range == drawn.layout.xaxis2.range[::-1]
    assert drawn.layout.xaxis.domain[1] < 0.5 < drawn.layout.xaxis2.domain[0]


def test_it_is_valid_though_made_without_validation():
    drawn = answer.figure(LOGITS, 1, NAMES, 2.0)
    assert json.loads(go.Figure(drawn.to_dict()).to_json()) == json.loads(drawn.to_json())


def test_the_label_is_a_ghost_on_both_sides_where_it_is_known():
    ghosts = answer.figure(LOGITS, 1, NAMES, 2.0).layout.shapes
    assert [(ghost.xref, ghost.x1, round((ghost.y0 + ghost.y1) / 2)) for ghost in ghosts] == [
        ("x", 100, 1),
        ("x2", 100, 1),
    ]
    assert not answer.figure(LOGITS, None, NAMES, 2.0).layout.shapes


def test_headers_tell_entropy_top_probability_and_divergence():
    teacher, scratch, _distilled = (note.text for note in answer.figure(LOGITS, 0, NAMES, 1.0).layout.annotations[:3])
    assert "entropy 0.09" in teacher
    assert "top 98.2 %" in teacher
    assert "KL" not in teacher
    assert "entropy 0.69" in scratch
    assert "KL 0.603" in scratch


def test_the_reading_tells_the_second_guess_and_what_students_make_of_it():
    reading = answer.reading(LOGITS, 0, NAMES, 2.0)
    assert "gives 88.1 % to upper and 11.9 % to lower, its second guess" in reading
    assert "from labels 50.0 %, distilled 26.9 %" in reading
    assert "errs" not in reading


def test_the_reading_says_when_the_teacher_errs():
    assert "errs, as the label is lower" in answer.reading(LOGITS, 1, NAMES, 2.0)


def test_the_table_has_every_logit_and_probability():
    table = answer.table(LOGITS, 1, NAMES, 2.0)
    assert table["Label"].tolist() == [0, 1]
    assert table["Teacher, logit"].tolist() == [4, 0]
    assert table["Distilled student, probability"].sum() == pytest.approx(1)
