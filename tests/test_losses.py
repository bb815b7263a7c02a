"""The canonical loss against numbers worked out by hand, and every classic mistake told from it."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from kdcore.losses import (
    distillation_loss,
    hard_labels,
    hard_loss,
    shuffled,
    smoothed,
    soft_labels,
    soft_loss,
    surprise,
    surprise_gradient,
)

STUDENT = torch.tensor([[1, 2, 3, -1], [0.5, -1, 2.5, 0], [-2, 0.3, 0.7, 1.1]], dtype=torch.float64)
TEACHER = torch.tensor([[2, 1, 0, -3], [0, 1, 4, -1], [0.2, -0.4, 3, 0.6]], dtype=torch.float64)
LABELS = torch.tensor([0, 2, 2])

seeds = st.integers(0, 10_000)


def logits(seed: int, *shape: int) -> torch.Tensor:
    return 3 * torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def ce(student=STUDENT, labels=LABELS, **settings):
    return hard_loss(student, hard_labels(labels, student, **settings))


def kd(student=STUDENT, teacher=TEACHER, temperature=4.0):
    return soft_loss(student, soft_labels(teacher, temperature), temperature)


def test_golden_numbers():
    assert ce().item() == pytest.approx(1.2710778231, abs=1e-10)
    assert kd().item() == pytest.approx(0.9687842027, abs=1e-10)
    assert distillation_loss(STUDENT, TEACHER, LABELS, 4.0, 0.5).item() == pytest.approx(1.1199310129, abs=1e-10)
    nearly_soft = 0.1 * 1.2710778231 + 0.9 * 0.9687842027
    assert distillation_loss(STUDENT, TEACHER, LABELS, 4.0, 0.9).item() == pytest.approx(nearly_soft, abs=1e-9)


def test_hotter_and_hotter_it_becomes_matching_of_centred_logits():
    centred = [z - z.mean(-1, keepdim=True) for z in (STUDENT, TEACHER)]
    limit = ((centred[0] - centred[1]) ** 2).sum(-1).mean() / 8
    assert limit.item() == pytest.approx(0.9748958333, abs=1e-10)
    assert kd(temperature=10_000.0).item() == pytest.approx(0.9749135255, abs=1e-8)


MISTAKES = {
    "mean over batch and classes": (0.2421960507, lambda p, log_q: 16 * F.kl_div(log_q, p, reduction="mean")),
    "T^2 forgotten": (0.0605490127, lambda p, log_q: F.kl_div(log_q, p, reduction="batchmean")),
    "student not in log space": (-25.0702504157, lambda p, log_q: 16 * F.kl_div(log_q.exp(), p, reduction="batchmean")),
    "reversed": (0.9722588969, lambda p, log_q: 16 * F.kl_div(p.log(), log_q.exp(), reduction="batchmean")),
    "squared difference of probabilities": (0.1275727300, lambda p, log_q: 16 * F.mse_loss(log_q.exp(), p)),
    "soft cross-entropy": (21.7247193461, lambda p, log_q: -16 * (p * log_q).sum(-1).mean()),
}


@pytest.mark.filterwarnings("ignore:reduction")
@pytest.mark.parametrize("name", MISTAKES)
def test_a_classic_mistake_would_be_noticed(name):
    value, formula = MISTAKES[name]
    mistaken = formula((TEACHER / 4).softmax(-1), (STUDENT / 4).log_softmax(-1)).item()
    assert mistaken == pytest.approx(value, abs=1e-9)
    assert kd().item() != pytest.approx(mistaken, rel=1e-3)


@given(seeds, st.sampled_from([0.5, 1.0, 4.0, 20.0]))
def test_never_negative_and_a_perfect_copy_costs_nothing(seed, temperature):
    student, teacher = logits(seed, 5, 4), logits(seed + 1, 5, 4)
    assert kd(student, teacher, temperature) > 0
    shifted = teacher + logits(seed + 2, 5, 1)
    assert kd(shifted, teacher, temperature).item() == pytest.approx(0, abs=1e-12)


@given(seeds, st.sampled_from([0.5, 1.0, 4.0, 20.0]))
def test_gradient_is_the_one_on_the_board(seed, temperature):
    student, teacher = logits(seed, 5, 4).requires_grad_(), logits(seed + 1, 5, 4)
    kd(student, teacher, temperature).backward()
    board = temperature * ((student / temperature).softmax(-1) - (teacher / temperature).softmax(-1)) / 5
    torch.testing.assert_close(student.grad, board.detach())


@given(seeds, st.sampled_from([0.0, 0.1]))
def test_hard_loss_and_gradient_are_torchs(seed, smoothing):
    ours, theirs = logits(seed, 6, 4).requires_grad_(), logits(seed, 6, 4).requires_grad_()
    labels = torch.arange(6) % 4
    loss = ce(ours, labels, label_smoothing=smoothing)
    expected = F.cross_entropy(theirs, labels, label_smoothing=smoothing)
    torch.testing.assert_close(loss, expected)
    loss.backward()
    expected.backward()
    torch.testing.assert_close(ours.grad, theirs.grad)


def test_soft_cross_entropy_and_kl_pull_the_same_way():
    one, other = STUDENT.clone().requires_grad_(), STUDENT.clone().requires_grad_()
    kd(one).backward()
    (16 * surprise(other / 4, soft_labels(TEACHER, 4.0).p).mean()).backward()
    torch.testing.assert_close(one.grad, other.grad)


def test_no_gradient_reaches_the_teacher():
    teacher = TEACHER.clone().requires_grad_()
    distillation_loss(STUDENT.clone().requires_grad_(), teacher, LABELS, 4.0, 0.5).backward()
    assert teacher.grad is None


def test_extreme_logits_stay_finite():
    student = torch.tensor([[1e4, -1e4, 0.0]], requires_grad=True)
    loss = distillation_loss(student, -student.detach(), torch.tensor([1]), 0.1, 0.5)
    loss.backward()
    assert math.isfinite(loss.item())
    assert student.grad.isfinite().all()


@given(seeds)
def test_a_cohort_gets_the_loss_of_each_member(seed):
    student, teacher = logits(seed, 3, 5, 4), logits(seed + 1, 3, 5, 4)
    labels = torch.arange(15).reshape(3, 5) % 4
    temperature, soft_weight = torch.tensor([1.0, 4.0, 20.0]), torch.tensor([0.0, 0.5, 1.0])
    together = distillation_loss(student, teacher, labels, temperature.double(), soft_weight.double())
    alone = [
        distillation_loss(student[m], teacher[m], labels[m], temperature[m].item(), soft_weight[m].item())
        for m in range(3)
    ]
    torch.testing.assert_close(together, torch.stack(alone))


@given(seeds)
def test_gradient_of_surprise_is_what_autograd_finds(seed):
    student, targets = logits(seed, 3, 5, 4).requires_grad_(), logits(seed + 1, 3, 5, 4).softmax(-1)
    surprised, gradient = surprise(student, targets), surprise_gradient(student, targets)
    plain = -(targets * student.log_softmax(-1)).sum(-1)
    plain.sum().backward()
    torch.testing.assert_close(surprised, plain)
    torch.testing.assert_close(gradient, student.grad)
    (again,) = torch.autograd.grad(surprised.sum(), student)
    torch.testing.assert_close(gradient, again)


def entropy(p: torch.Tensor) -> torch.Tensor:
    return -(p * p.log()).sum(-1)


@given(seeds, st.floats(0.2, 50))
def test_smoothed_labels_are_as_soft_as_the_teacher_on_average_and_even(seed, temperature):
    soft, labels = soft_labels(logits(seed, 6, 4), temperature), torch.arange(6) % 4
    found = smoothed(soft, labels)
    torch.testing.assert_close(found.p.sum(-1), torch.ones(6, dtype=torch.float64))
    torch.testing.assert_close(found.entropy, soft.entropy.mean().expand(6), atol=1e-9, rtol=0)
    torch.testing.assert_close(entropy(found.p), found.entropy)
    wrong = found.p[F.one_hot(labels, 4) == 0]
    torch.testing.assert_close(wrong, wrong[0].expand(18))
    assert (found.p.argmax(-1) == labels).all()


def test_labels_of_a_teacher_without_any_doubt_or_any_idea():
    labels = torch.arange(3)
    sure, blank = soft_labels(1e4 * torch.eye(3), 1.0), soft_labels(torch.zeros(3, 3), 1.0)
    torch.testing.assert_close(smoothed(sure, labels).p, torch.eye(3))
    torch.testing.assert_close(smoothed(blank, labels).p, torch.full((3, 3), 1 / 3))


@given(seeds)
def test_shuffled_labels_keep_the_right_classs_share_and_exchange_the_others(seed):
    soft, labels = soft_labels(logits(seed, 50, 4), 2.0), torch.arange(50) % 4
    found = shuffled(soft, labels, torch.Generator().manual_seed(seed))
    right = F.one_hot(labels, 4) == 1
    assert torch.equal(found.p[right], soft.p[right])
    assert torch.equal(found.p.sort().values, soft.p.sort().values)
    assert torch.equal(found.entropy, soft.entropy)
    moved = (found.p != soft.p).double().sum(-1)
    assert 0 < (moved == 0).double().mean() < 0.5, "of six orders of three wrong classes one leaves them in place"
    again = shuffled(soft, labels, torch.Generator().manual_seed(seed))
    assert torch.equal(found.p, again.p)


def test_every_order_of_the_wrong_classes_is_as_likely():
    p = torch.tensor([0.1, 0.6, 0.2, 0.07, 0.03]).log().expand(24_000, 5)
    found = shuffled(soft_labels(p, 1.0), torch.ones(24_000, dtype=torch.long), torch.Generator().manual_seed(0)).p
    _orders, counts = found.unique(dim=0, return_counts=True)
    assert len(counts) == 24
    assert (counts - 1000).abs().max() < 160  # five standard deviations
