"""Each step with its numbers."""

import math

import numpy as np
import pytest

from kdcore.figures import formula
from kdcore.softness import terms

POWERS = [math.exp(0.5), math.exp(0.25), 1.0]  # of the teacher's logits 2, 1, 0 at T = 4


def test_each_panel_is_a_step(example):
    teacher = formula.figure(example).data[::2]
    logits, divided, powers, shares = (np.array(trace.x) for trace in teacher)
    assert logits == pytest.approx([2, 1, 0])
    assert divided == pytest.approx([0.5, 0.25, 0])
    assert powers == pytest.approx(np.array(POWERS) / POWERS[0])
    assert shares == pytest.approx(100 * np.array(POWERS) / sum(POWERS))
    assert list(teacher[2].text) == ["1.65", "1.28", "1"]


def test_teacher_and_student_are_on_one_scale_in_every_panel(example):
    teacher, student = formula.figure(example).data[4:6]
    assert student.x[0] / teacher.x[0] == pytest.approx(math.exp(0.25) / math.exp(0.5))


def test_powers_that_overflow_are_written_all_the_same(example):
    hot = example._replace(teacher_logits=np.array([500.0, 0.0, -500.0]), temperature=0.2)
    trace = formula.figure(hot).data[4]
    assert trace.text[0] == "5.4e1085"
    assert max(trace.x) == 1
    assert formula.power(-2500) == "1.8e-1086"


def test_powers_are_rounded_to_the_next_power_of_ten(example):
    assert formula.power(math.log(9.97e4)) == "1.0e5"
    assert formula.power(math.log(9.97e-6)) == "1.0e-5"
    assert formula.power(math.log(8103)) == "8103"
    assert formula.power(math.log(99.96)) == "100"


def test_the_reading_has_the_loss_terms(example):
    cost = terms(example)
    reading = formula.reading(example)
    for amount in cost:
        assert f"{amount:.3f} nats" in reading
    assert "weighted, 0.1 and 0.9" in reading


def test_the_table_adds_up_to_one_and_to_the_divergence(example):
    table = formula.table(example)
    assert table["Teacher, probability"].sum() == pytest.approx(1)
    assert 16 * table["p (log p - log q)"].sum() == pytest.approx(terms(example).soft)


def test_the_lines_carry_the_numbers(example):
    second_guess, hard, soft, loss = formula.lines(example)
    assert r"p_{\text{b}}" in second_guess
    assert r"\frac{1.28}{3.93} = 0.326" in second_guess
    assert hard == r"\text{hard} = -\log \mathrm{softmax}(z_s)_{\text{a}} = -\log 0.42232 = 0.862"
    assert "= 4^2" in soft
    assert loss.endswith(f"{terms(example).total:.3g}")


@pytest.mark.parametrize(
    ("logit", "cost"), [(14.0, r"1.88 \cdot 10^{-6}"), (-900.0, "901"), (12.0, r"1.39 \cdot 10^{-5}")]
)
def test_no_rounded_probability_stands_for_its_logarithm(example, logit, cost):
    """The logarithm of a probability so near to 1 or 0 is not that of the number as it would be written."""
    hard = formula.lines(example._replace(student_logits=np.array([logit, 0.5, -0.5])))[1]
    assert hard == rf"\text{{hard}} = -\log \mathrm{{softmax}}(z_s)_{{\text{{a}}}} = {cost}"


def test_a_cost_of_nothing_has_no_sign(example):
    certain = example._replace(student_logits=np.array([900.0, 0.0, 0.0]))
    assert formula.lines(certain)[1].endswith(r"_{\text{a}} = -\log 1 = 0")


def test_the_hard_line_is_true_with_smoothed_labels(example):
    """With e = 0.3 and three classes y is 0.8, 0.1, 0.1; the logarithms are 0.862, 0.862 and 1.862."""
    smoothed = example._replace(label_smoothing=0.3)
    hard, _soft, loss = formula.lines(smoothed)[1:]
    assert hard == (
        r"\text{hard} = -\sum_c y_c \log \mathrm{softmax}(z_s)_c = 0.8 \cdot 0.862 + 0.1 \cdot 2.72 = 0.962"
    )
    assert f"{terms(smoothed).hard:.3g}" == "0.962"
    assert r"0.1 \cdot 0.962" in loss


def test_names_cannot_break_a_formula(example):
    names = ("50 %_a", "b{", "c")
    assert r"\text{b\{}" in formula.lines(example._replace(names=names))[0]
