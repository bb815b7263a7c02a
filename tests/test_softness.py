"""Temperature, by hand and beside torch."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kdcore import softness
from kdcore.losses import distillation_loss, hard_labels, hard_loss, soft_labels, soft_loss

TEACHER, STUDENT = np.array([2.0, 1.0, 0.0, -3.0]), np.array([1.0, 2.0, 3.0, -1.0])
LOGITS = st.lists(st.floats(-50, 50), min_size=4, max_size=4)
TEMPERATURES = st.sampled_from(softness.STOPS)


def example(temperature=4.0, label_smoothing=0.0):
    return softness.Example(TEACHER, STUDENT, 2, ("a", "b", "c", "d"), temperature, 0.9, label_smoothing)


def slope(loss, student=STUDENT):
    """Autograd's gradient of a loss in the logits of a batch of one."""
    logits = torch.tensor(student)[None].requires_grad_()
    loss(logits).backward()
    return logits.grad[0].numpy()


def test_there_are_eighteen_stops_from_a_fifth_to_twenty():
    assert len(softness.STOPS) == 18
    assert (softness.STOPS[0], softness.STOPS[-1]) == (0.2, 20)
    assert list(softness.STOPS) == sorted(softness.STOPS)


def test_temperature_divides_the_logits():
    powers = [math.exp(2 / 4), math.exp(1 / 4), 1]
    assert softness.soften(np.array([2.0, 1.0, 0.0]), 4) == pytest.approx([p / sum(powers) for p in powers])


@given(LOGITS, TEMPERATURES)
def test_probabilities_are_those_of_torch(logits, temperature):
    stored = np.array(logits, dtype=np.float32)
    theirs = (torch.tensor(stored).double() / temperature).softmax(-1).numpy()
    assert softness.soften(stored, temperature) == pytest.approx(theirs, abs=1e-6)


@given(st.lists(st.floats(-1e4, 1e4), min_size=2, max_size=12), st.floats(0.1, 100))
def test_probabilities_sum_to_one_at_any_temperature(logits, temperature):
    assert softness.soften(np.array(logits), temperature).sum() == pytest.approx(1)


def test_entropy_is_highest_without_any_idea_and_zero_for_the_certain():
    assert softness.entropy(np.zeros(10), 1) == pytest.approx(math.log(10))
    assert softness.entropy(np.array([1e4, 0.0]), 1) == 0


def test_a_perfect_copy_diverges_by_nothing_and_no_answer_by_less():
    assert softness.divergence(TEACHER, TEACHER + 7, 4) == pytest.approx(0, abs=1e-12)
    assert softness.divergence(TEACHER, STUDENT, 4) > 0


@pytest.mark.parametrize("label_smoothing", [0.0, 0.2])
@pytest.mark.parametrize("temperature", [0.2, 1, 4, 20])
def test_loss_terms_are_those_of_training(temperature, label_smoothing):
    teacher, student = torch.tensor(TEACHER)[None], torch.tensor(STUDENT)[None]
    found = softness.terms(example(temperature, label_smoothing))
    label = torch.tensor([2])
    assert found.hard == pytest.approx(hard_loss(student, hard_labels(label, student, label_smoothing)).item())
    assert found.soft == pytest.approx(soft_loss(student, soft_labels(teacher, temperature), temperature).item())
    total = distillation_loss(student, teacher, label, temperature, 0.9, label_smoothing)
    assert found.total == pytest.approx(total.item())


@pytest.mark.parametrize("label_smoothing", [0.0, 0.2])
@pytest.mark.parametrize("temperature", [0.2, 1, 4, 20])
def test_gradients_are_those_of_autograd(temperature, label_smoothing):
    found = softness.gradients(example(label_smoothing=label_smoothing), temperature)
    target = soft_labels(torch.tensor(TEACHER)[None], temperature)
    hard = slope(lambda z: 0.1 * hard_loss(z, hard_labels(torch.tensor([2]), z, label_smoothing)))
    soft = slope(lambda z: 0.9 * soft_loss(z, target, temperature))
    assert found.hard == pytest.approx(hard, abs=1e-12)
    assert found.soft == pytest.approx(soft, abs=1e-12)
    assert found.without == pytest.approx(soft / temperature**2, abs=1e-12)


def test_many_temperatures_at_once_are_each_by_itself():
    many = softness.gradients(example(), np.array([[1.0], [4.0]]))
    for part, alone in zip(many, softness.gradients(example(), 4.0), strict=True):
        assert part.shape == (2, 4)
        assert part[1] == pytest.approx(alone)


def test_without_t_squared_the_pull_fades_with_its_square():
    hot, hotter = (softness.gradients(example(), t) for t in (1000.0, 2000.0))
    assert hot.without / hotter.without == pytest.approx(4, rel=1e-2)
    assert hot.soft / hotter.soft == pytest.approx(1, rel=1e-2)


def test_the_mean_answer_to_a_class_is_over_its_own_examples():
    logits = np.log([[0.8, 0.2], [0.6, 0.4], [0.5, 0.5]])
    assert softness.by_class(logits, np.array([0, 0, 1]), 1) == pytest.approx(np.array([[0.7, 0.3], [0.5, 0.5]]))


def test_a_class_without_examples_has_no_mean():
    assert np.isnan(softness.by_class(np.zeros((1, 2)), np.array([0]), 1)[1]).all()


def test_equal_answers_overlap_fully_and_strangers_not_at_all():
    answers = np.array([[1, 0, 0], [0, 0.5, 0.5], [0, 0.5, 0.5], [0, 1, 0]])
    assert softness.overlap(answers)[1] == pytest.approx([0, 1, 1, math.sqrt(0.5)])


@pytest.fixture
def answers():
    """Labels are 0, 0, 1, 1; the teacher doubts most of the last one, on which scratch is wrong and distilled right."""
    teacher = np.array([[5.0, 0], [3.0, 0], [0, 2.0], [0, 1.0]])
    return {"teacher": teacher, "scratch": np.array([[5.0, 0], [0, 3.0], [0, 2.0], [9.0, 0]]), "distilled": teacher}


def test_examples_are_ordered_by_doubt_disagreement_and_class(answers):
    labels = np.array([0, 0, 1, 1])
    assert softness.order("entropy", answers, labels).tolist() == [3, 2, 1, 0]
    assert softness.order("disagreement", answers, labels).tolist()[:2] == [1, 3]
    assert softness.order("class", answers, labels).tolist() == [1, 0, 3, 2]


def test_rescued_are_those_that_only_the_distilled_student_learned(answers):
    assert softness.order("rescued", answers, np.array([0, 0, 1, 1])).tolist() == [3, 1]
    assert softness.order("rescued", answers, np.array([0, 1, 1, 1])).tolist() == [3]
