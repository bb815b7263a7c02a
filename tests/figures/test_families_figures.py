"""What each family gains from a teacher, and how often it is right: from rows of a small transfer."""

import json
import re

import family_rows
import pytest

from kdcore.figures import families, family_gains, theme, with_and_without


@pytest.fixture
def rows() -> tuple[dict, ...]:
    return tuple(family_rows.small())


def test_families_stand_as_they_were_asked_for(rows):
    found = families.taught(rows[:2] + rows[4:5] + rows[2:3])
    assert [way.title for way in found] == ["Decision tree (depth 3)", "Random forest"]
    assert len({(way.colour, way.symbol) for way in found}) == 2
    assert families.teacher(rows)["family"] == "net:widths=16"


def test_a_student_may_be_as_its_teacher():
    net = "net:widths=16"
    teacher, student = family_rows.family(net, "teacher", [0.9]), family_rows.family(net, "student", [0.5], [0.6])
    rows = [family_rows.started([net, net]), teacher, student]
    (way,) = families.taught([*rows, family_rows.finished(rows)])
    assert way.values("val_accuracy") == [0.6]
    assert way.values("test_accuracy") == pytest.approx([0.5])


def test_gains_are_paired(rows):
    bars = family_gains.figure(rows).data
    assert [bar.x[0] for bar in bars] == pytest.approx([10, 1])
    assert "Decision tree (depth 3) +10.0 ±2.5" in family_gains.reading(rows)
    table = family_gains.table(rows)
    assert table["Family"].tolist() == ["Decision tree (depth 3)", "Random forest"]
    assert table["Outcome"].tolist() == ["helps", "no difference shown"]


def test_both_students_stand_beside_their_teacher(rows):
    drawn = with_and_without.figure(rows)
    labels, taught = drawn.data
    assert (list(labels.x), list(taught.x)) == (pytest.approx([71, 86]), pytest.approx([81, 87]))
    assert labels.marker.color == theme.ROLES["scratch"].colour.light
    assert drawn.layout.shapes[0].x0 == pytest.approx(95)
    assert "the teacher 95.0 ±2.5 %" in with_and_without.reading(rows)


def test_intervals_end_where_there_are_no_more_shares(rows):
    rows[4]["val_accuracy"]["distilled"] = [0.99, 0.7, 1.0]
    errors = with_and_without.figure(rows).data[1].error_x
    assert errors.array[1] == pytest.approx(100 * (1 - 2.69 / 3))
    assert errors.arrayminus[1] > errors.array[1]


@pytest.mark.parametrize("module", [family_gains, with_and_without])
def test_there_is_room_for_all_that_are_to_come(module, rows):
    one, all_of_them = module.figure(rows[:3]), module.figure(rows)
    assert (one.layout.height, one.layout.yaxis.range) == (all_of_them.layout.height, all_of_them.layout.yaxis.range)


def test_test_examples_are_those_of_the_last_row(rows):
    assert list(with_and_without.figure(rows, "test_accuracy").data[0].x) == pytest.approx([61, 76])
    assert "Test examples" in with_and_without.reading(rows[:-1], "test_accuracy")


def test_a_second_attempt_begins_anew(rows):
    assert families.taught((*rows[:3], family_rows.started())) == []


@pytest.mark.parametrize("module", [family_gains, with_and_without])
def test_before_the_first_family_there_is_a_sentence(module, rows):
    for none in ([], rows[:1], rows[:2]):
        assert module.figure(none).layout.annotations[0].text == module.reading(none)
        assert module.table(none).empty


@pytest.mark.parametrize("module", [family_gains, with_and_without])
def test_every_colour_has_a_dark_counterpart(module, rows):
    told = json.dumps(module.figure(rows).to_plotly_json(), default=str)
    found = set(re.findall(r'"(#[0-9A-Fa-f]{6}|rgba?\([^"]*\))"', told)) - {"rgba(0, 0, 0, 0)"}
    assert found <= theme.DARK.keys()
