"""Methods that look at outputs: what each of them does and does not mind."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from method_cases import MLP, batch
from torch.nn import functional as F

from kdcore.losses import distillation_loss, surprise
from kdcore.methods import METHODS, Seen
from kdcore.methods.dkd import parts

seeds = st.integers(0, 10_000)
LABELS = torch.arange(6) % 4


def logits(seed: int) -> torch.Tensor:
    return 2 * torch.randn(6, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def seen(student: torch.Tensor, teacher: torch.Tensor | None, temperature: float = 4.0) -> Seen:
    return Seen(student, teacher, LABELS, torch.tensor(temperature, dtype=torch.float64))


def term(name: str, *given, **knobs) -> torch.Tensor:
    return METHODS[name].term(seen(*given), METHODS[name].Knobs(**knobs), {})


@given(seeds, st.sampled_from([0.5, 1.0, 4.0, 20.0]))
def test_soft_targets_are_the_loss_of_the_lab(seed, temperature):
    student, teacher = logits(seed), logits(seed + 1)
    whole = distillation_loss(student, teacher, LABELS, temperature, 1.0)
    torch.testing.assert_close(term("soft_targets", student, teacher, temperature), whole)


def test_hot_soft_targets_match_logits_but_for_a_constant_of_each_example():
    student, teacher = logits(0), logits(1)
    hot = term("soft_targets", student, teacher, 1e5)
    centred = [z - z.mean(-1, keepdim=True) for z in (student, teacher)]
    torch.testing.assert_close(hot, term("logit_matching", *centred) / 2, rtol=1e-4, atol=0)
    assert term("logit_matching", student + 1, student) == pytest.approx(1)


@given(seeds, st.sampled_from([0.5, 1.0, 4.0, 20.0]))
def test_the_parts_of_dkd_make_up_the_divergence_of_every_example(seed, temperature):
    student, teacher = logits(seed), logits(seed + 1)
    target, others = parts(seen(student, teacher, temperature))
    p, log_q = (teacher / temperature).softmax(-1), (student / temperature).log_softmax(-1)
    right = p.gather(-1, LABELS.unsqueeze(-1)).squeeze(-1)
    torch.testing.assert_close(target + (1 - right) * others, (p * (p.log() - log_q)).sum(-1))


def test_others_of_dkd_do_not_mind_the_right_class():
    student, teacher, change = logits(0), logits(1), 3.0 * F.one_hot(LABELS, 4)
    before, after = parts(seen(student, teacher)), parts(seen(student + change, teacher))
    torch.testing.assert_close(before[1], after[1])
    assert (before[0] - after[0]).abs().min() > 1e-3


@given(seeds, st.floats(0.1, 0.9), st.floats(-0.5, 0.5))
def test_dist_and_standardised_logits_only_mind_the_shape(seed, scale, shift):
    teacher = logits(seed)
    p = (teacher / 4).softmax(-1)
    squeezed = 4 * (scale * p + (1 - scale) / 4).log()
    assert term("dist", squeezed, teacher) == pytest.approx(0, abs=1e-9)
    assert term("soft_targets", squeezed, teacher) > 1e-6
    assert term("standardised", scale * teacher + shift, teacher) == pytest.approx(0, abs=1e-9)


def test_dist_of_opposites_is_twice_what_it_is_of_strangers():
    teacher = logits(0)
    opposite = 4 * ((1 - (teacher / 4).softmax(-1)) / 3).log()
    assert term("dist", opposite, teacher) == pytest.approx(16 * (2 + 2))
    even = torch.zeros(6, 4, dtype=torch.float64)
    assert term("dist", even, teacher) == pytest.approx(16 * (1 + 1)), "what does not vary correlates with nothing"


@pytest.mark.parametrize("name", ["dkd", "standardised"])
def test_two_classes_are_refused_where_there_is_nothing_to_compare(name):
    method, knobs = METHODS[name], METHODS[name].Knobs()
    said = f"{method.title} has nothing to compare with 2 classes; choose data with at least 3"
    assert method.problem(*MLP, 2, 64, knobs) == said
    assert method.problem(*MLP, 3, 64, knobs) is None


def test_this_is_why_they_are_refused():
    two = batch(0, MLP, classes=2)
    assert parts(two)[1].abs().max() == 0
    (gradient,) = torch.autograd.grad(
        METHODS["standardised"].term(two, METHODS["standardised"].Knobs(), {}), two.student
    )
    assert gradient.abs().max() < 1e-6


@given(seeds, st.sampled_from([0.05, 0.1, 0.5]), st.sampled_from([0.1, 0.9]))
def test_label_smoothing_is_torchs_and_a_share_of_it_smooths_as_much_less(seed, smoothing, soft_weight):
    student = logits(seed)
    control = term("label_smoothing", student, None, smoothing=smoothing)
    torch.testing.assert_close(control, F.cross_entropy(student, LABELS, label_smoothing=smoothing))
    whole = (1 - soft_weight) * F.cross_entropy(student, LABELS) + soft_weight * control
    torch.testing.assert_close(whole, F.cross_entropy(student, LABELS, label_smoothing=soft_weight * smoothing))


@given(seeds)
def test_the_two_controls_measure_doubt_in_opposite_directions(seed):
    student, even = logits(seed), torch.full((6, 4), 0.25, dtype=torch.float64)
    q, hard = student.softmax(-1), F.cross_entropy(student, LABELS)
    penalised = term("confidence_penalty", student, None, penalty=0.5)
    of_even = (q * (q / even).log()).sum(-1).mean()  # KL(q || even)
    torch.testing.assert_close(penalised, hard + 0.5 * (of_even - torch.tensor(4.0).double().log()))
    smooth = term("label_smoothing", student, None, smoothing=0.5)
    torch.testing.assert_close(smooth, 0.5 * hard + 0.5 * surprise(student, even).mean())
