"""Heirs: a student that begins with weights of the teacher's, copied, selected, or sliced."""

import numpy as np
import pytest
import torch
from torch import nn

from kdcore import train
from kdcore.between import beginners
from kdcore.cohort import Lesson
from kdcore.data.load import load
from kdcore.experiment import Experiment, unflatten
from kdcore.guides import Course
from kdcore.lesson import teachers, untrained
from kdcore.methods import inherit

SMALL = {"teacher.widths": "16", "student.widths": "8", "data.labels": 40, "seeds": 2}


def experiment(**settings) -> Experiment:
    return unflatten(SMALL | {name.replace("__", "."): value for name, value in settings.items()})


def school(asked: Experiment) -> tuple[Lesson, nn.Sequential]:
    """A lesson with teachers of some weights, which is all that a beginner needs, and the first of them."""
    x = torch.from_numpy(load(asked.data).train_x)
    guide = untrained(asked, "teacher", teachers(asked))
    guide.matrix.normal_(std=0.3, generator=torch.Generator().manual_seed(7))
    return Lesson(x, torch.zeros(len(x)), 10, guide.evaluate(x), (guide,)), guide.member(0)


def begun(asked: Experiment, seed: int = 0) -> tuple[nn.Sequential, nn.Sequential, Lesson]:
    """The student of a seed before it learns, its teacher, and the lesson."""
    lesson, _first = school(asked)
    students = beginners(asked, [(each, Course("distilled", asked)) for each in range(2)], lesson)
    return students.member(seed), lesson.teachers[0].member(seed), lesson


SAME = [
    {"teacher__widths": "12-9", "student__widths": "12-9"},
    {"teacher__widths": "4-6", "student__widths": "4-6", "teacher__kind": "cnn", "student__kind": "cnn"},
    {"teacher__widths": "linear", "student__widths": "linear"},
]


@pytest.mark.parametrize("same", SAME, ids=["mlp", "cnn", "linear"])
@pytest.mark.parametrize("start", ["copied", "selected", "low_rank"])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_student_of_the_teachers_shape_begins_with_exactly_its_answers(same, start, seed):
    student, teacher, lesson = begun(experiment(method=f"structure:start={start}", **same), seed)
    with torch.no_grad():
        assert torch.equal(student(lesson.x), teacher(lesson.x))
    stranger = begun(experiment(**same), seed)[0]
    assert not torch.allclose(stranger(lesson.x), teacher(lesson.x))


def test_whole_layers_are_copied_where_shapes_are_the_same():
    """The first from the first, the last from the last, and of those between every other one."""
    asked = experiment(teacher__widths="9-9-9-9", student__widths="9-9", method="structure:start=copied")
    student, teacher, _lesson = begun(asked)
    own, others = inherit.layers(student), inherit.layers(teacher)
    assert [[torch.equal(layer.weight, other.weight) for other in others].index(True) for layer in own] == [0, 2, 4]
    asked = experiment(teacher__widths="9-9", student__widths="9-7", method="structure:start=copied")
    student, teacher, _lesson = begun(asked)
    own, others = inherit.layers(student), inherit.layers(teacher)
    fresh = inherit.layers(begun(experiment(teacher__widths="9-9", student__widths="9-7"))[0])
    assert [torch.equal(layer.weight, other.weight) for layer, other in zip(own, fresh, strict=True)] == [0, 1, 1]
    assert torch.equal(own[0].bias, others[0].bias)


def test_a_copied_layer_learns_apart_from_the_teachers():
    student, teacher = nn.Sequential(nn.Linear(3, 2)), nn.Sequential(nn.Linear(3, 2))
    with torch.no_grad():
        inherit.copy(student, teacher)
        assert torch.equal(student[0].weight, teacher[0].weight)
        student[0].weight.add_(1)
    assert not torch.equal(student[0].weight, teacher[0].weight)


def test_the_units_are_selected_that_the_next_layer_hears_most_of():
    """By hand: unit 0 is always the same, unit 1 is not read, unit 3 varies twice as much as unit 2."""
    said = torch.tensor([[5.0, 9.0, 1.0, 2.0], [5.0, -9.0, -1.0, -2.0]])
    outgoing = torch.tensor([[7.0, 0.0, 1.0, 1.0], [7.0, 0.0, -1.0, 1.0]]).unsqueeze(-1)
    assert inherit.selected(said, outgoing, 1).T.tolist() == [[0, 0, 0, 1]]
    assert inherit.selected(said, outgoing, 2).T.tolist() == [[0, 0, 1, 0], [0, 0, 0, 1]]


def test_selected_weights_are_the_teachers_own_and_a_deeper_teacher_passes_on_its_lower_layers():
    for teacher_widths, is_whole in (("16", True), ("16-5", False)):
        student, teacher, lesson = begun(experiment(teacher__widths=teacher_widths, method="structure"))
        (own, out), (first_of_teacher, next_, *_rest) = inherit.layers(student), inherit.layers(teacher)
        h = first_of_teacher(lesson.x[:512].flatten(1)).relu()
        best = (h.var(0) * next_.weight.square().sum(0)).argsort(descending=True)[:8].sort().values
        assert torch.equal(own.weight, first_of_teacher.weight[best])
        assert torch.equal(own.bias, first_of_teacher.bias[best])
        assert is_whole == (
            out.weight.shape == next_.weight[:, best].shape and torch.equal(out.weight, next_.weight[:, best])
        )


def test_a_low_rank_slice_keeps_the_directions_in_which_units_say_most():
    """numpy's singular vectors, and channels whose places are examples."""
    said = torch.rand(30, 6, generator=torch.Generator().manual_seed(0)) @ torch.diag(torch.arange(1.0, 7))
    basis = inherit.slices(said, None, 2)
    _u, _s, vt = np.linalg.svd(said.numpy())
    assert abs(basis.T.numpy() @ vt[:2].T) == pytest.approx(np.eye(2), abs=1e-4)
    assert (said.mean(0) @ basis >= 0).all()
    maps = said.reshape(5, 3, 2, 6).permute(0, 3, 1, 2)
    torch.testing.assert_close(inherit.slices(maps, None, 2), basis)


def test_weights_are_told_in_the_bases_of_the_layers_on_both_sides():
    """W' = B^T W A, by hand: of two hidden layers and what they say of the first 512 examples."""
    asked = experiment(teacher__widths="16-12", student__widths="6-5", method="structure:start=low_rank")
    student, teacher, lesson = begun(asked)
    with torch.no_grad():
        h = teacher[:3](lesson.x[:512])
        a, b = inherit.slices(h, None, 6), inherit.slices(teacher[3:5](h), None, 5)
        (_first, second, out), (_teachers, wide, last) = inherit.layers(student), inherit.layers(teacher)
        torch.testing.assert_close(second.weight, b.T @ wide.weight @ a)
        torch.testing.assert_close(second.bias, b.T @ wide.bias)
        torch.testing.assert_close(out.weight, last.weight @ b)
    assert torch.equal(out.bias, last.bias)


def test_channels_are_passed_on_with_all_their_places():
    """A CNN whose last channels say nothing to the output: without them it answers the same."""
    cnn = {f"{who}__kind": "cnn" for who in ("teacher", "student")}
    asked = experiment(teacher__widths="6", student__widths="4", method="structure", **cnn)
    lesson, teacher = school(asked)
    (_conv, out) = inherit.layers(teacher)
    with torch.no_grad():
        out.weight.view(10, 6, 16)[:, [1, 4]] = 0
    lesson.teachers[0].matrix[0] = torch.nn.utils.parameters_to_vector(teacher.parameters()).detach()
    student = beginners(asked, [(0, Course("distilled", asked))], lesson).member(0)
    torch.testing.assert_close(student(lesson.x[:50]), teacher(lesson.x[:50]))


def test_a_wider_student_answers_as_the_teacher_but_for_its_own_units():
    asked = experiment(teacher__widths="8", student__widths="12", method="structure")
    student, teacher, lesson = begun(asked)
    (own, out), (other, _out) = inherit.layers(student), inherit.layers(teacher)
    fresh = inherit.layers(begun(experiment(teacher__widths="8", student__widths="12"))[0])
    assert torch.equal(own.weight[:8], other.weight)
    assert torch.equal(own.weight[8:], fresh[0].weight[8:])
    with torch.no_grad():
        out.weight[:, 8:] = 0
        torch.testing.assert_close(student(lesson.x[:50]), teacher(lesson.x[:50]))


def test_a_special_student_begins_with_the_teachers_answers_for_its_classes():
    asked = experiment(teacher__widths="8", student__widths="8", classes="3-5-8", method="structure")
    student, teacher, lesson = begun(asked)
    torch.testing.assert_close(student(lesson.x[:50]), teacher(lesson.x[:50])[:, [3, 5, 8]])


@pytest.mark.parametrize(("then", "weight"), [("labels", 0), ("outputs", 0.9)])
def test_after_its_start_it_learns_from_labels_alone_or_from_the_teacher_as_well(then, weight, monkeypatch):
    calls, learn = [], train.train
    monkeypatch.setattr(train, "train", lambda *given: calls.append(given) or learn(*given))
    few = {"teacher_training__epochs": 1, "training__epochs": 1}
    list(train.fit(experiment(method=f"structure:then={then}", **few)))
    assert [pupil.soft_weight for pupil in calls[-1][1]] == [0, 0, weight, weight]
