"""Fidelity: agreement and KL divergence, by hand, against torch, and for a cohort as for one."""

from math import log

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kdcore.measure.fidelity import agreement, kl

STUDENT = np.array([[1, 2, 3, -1], [0.5, -1, 2.5, 0], [-2, 0.3, 0.7, 1.1]])
TEACHER = np.array([[2, 1, 0, -3], [0, 1, 4, -1], [0.2, -0.4, 3, 0.6]])
LOGITS = arrays(np.float64, (5, 4), elements=st.floats(-50, 50))


def test_agreement_by_hand():
    """The teacher says 0, 2, 2 and the student 2, 2, 3: one of three."""
    assert agreement(TEACHER, STUDENT) == pytest.approx(1 / 3)


def test_kl_by_hand():
    """p = (1/2, 1/2), q = (3/4, 1/4): KL = 1/2 log(2/3) + 1/2 log 2 = 1/2 log(4/3)."""
    assert kl(np.array([[0.0, 0.0]]), np.array([[log(3), 0.0]])) == pytest.approx(log(4 / 3) / 2)


def test_kl_goes_from_teacher_to_student():
    """The other way round: 3/4 log(3/2) + 1/4 log(1/2)."""
    assert kl(np.array([[log(3), 0.0]]), np.array([[0.0, 0.0]])) == pytest.approx(0.75 * log(1.5) - 0.25 * log(2))


def test_kl_is_that_of_torch():
    log_p, log_q = (torch.tensor(z).log_softmax(-1) for z in (TEACHER, STUDENT))
    expected = torch.nn.functional.kl_div(log_q, log_p, log_target=True, reduction="batchmean")
    assert kl(TEACHER, STUDENT) == pytest.approx(expected.item(), abs=1e-12)


def test_kl_of_huge_logits_is_finite():
    assert kl(np.array([[1000.0, 0.0]]), np.array([[0.0, 1000.0]])) == pytest.approx(1000)


def test_a_cohort_is_measured_as_one_by_one():
    teachers, students = np.stack([TEACHER, STUDENT]), np.stack([STUDENT, TEACHER * 2])
    for measure in (agreement, kl):
        both = measure(teachers, students)
        assert both.shape == (2,)
        np.testing.assert_allclose(both, [measure(t, s) for t, s in zip(teachers, students, strict=True)])


@given(LOGITS, LOGITS)
def test_kl_is_never_negative(teacher, student):
    assert kl(teacher, student) >= -1e-12


@given(LOGITS, arrays(np.float64, (5, 1), elements=st.floats(-50, 50)))
def test_perfect_copy_costs_nothing_whatever_its_level(teacher, shift):
    assert kl(teacher, teacher + shift) == pytest.approx(0, abs=1e-12)
    assert agreement(teacher, teacher) == 1
