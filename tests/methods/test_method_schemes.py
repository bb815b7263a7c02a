"""Methods in which something else learns or changes along with the student: a judge, a peer, the temperature."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from method_cases import MLP, NETS, batch, extras, leaf, member
from torch.nn import functional as F

from kdcore.methods import METHODS, Seen

seeds = st.integers(0, 10_000)


def term(name: str, seen: Seen, extra=None, **knobs) -> torch.Tensor:
    return METHODS[name].term(seen, METHODS[name].Knobs(**knobs), extra or {})


def gradients(loss: torch.Tensor, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
    return torch.autograd.grad(loss.sum(), tensors, allow_unused=True)


@given(seeds, st.floats(0.1, 10))
def test_student_and_peer_each_learn_their_own_part_of_mutual_learning(seed, share):
    seen = batch(seed, MLP)
    of_student, of_peer = gradients(term("mutual", seen, peer=share), seen.student, seen.peer)
    alone = term("soft_targets", replace(seen, teacher=seen.peer))
    torch.testing.assert_close(of_student, gradients(alone, seen.student)[0])
    labels = F.cross_entropy(seen.peer, seen.labels)
    copied = term("soft_targets", replace(seen, student=seen.peer, teacher=seen.student))
    torch.testing.assert_close(of_peer, gradients(labels + share * copied, seen.peer)[0])


@pytest.mark.parametrize("look", ["probabilities", "features"])
def test_the_student_makes_the_judge_err_and_the_judge_makes_itself_right(look):
    """A step down the gradient: in what the student says the judge doubts less; in its own weights it tells better."""
    seen, knobs = batch(0, MLP), METHODS["adversarial"].Knobs(look=look)
    extra = extras(METHODS["adversarial"], MLP, knobs)
    shown = {"probabilities": [seen.student], "features": [seen.features[-1]]}[look]
    of_judge = [name for name in extra if name.startswith(("inner", "outer"))]
    found = gradients(METHODS["adversarial"].term(seen, knobs, extra), *shown, *(extra[name] for name in of_judge))

    def down(values, gradient):
        return leaf(values - 1e-3 * gradient)

    other = down(shown[0], found[0])
    change = {"student": other} if look == "probabilities" else {"features": (seen.features[0], other)}
    taught = extra | {name: down(extra[name], own) for name, own in zip(of_judge, found[1:], strict=True)}

    def told_apart(now, judge):
        """What it costs the judge to tell teacher and student apart."""
        return term("adversarial", now, judge, look=look, strength=0)

    assert told_apart(replace(seen, **change), extra) > told_apart(seen, extra) > told_apart(seen, taught)


@pytest.mark.parametrize("look", ["probabilities", "features"])
def test_a_judge_who_has_won_pulls_no_more(look):
    """The student is then left to its labels, however steep the judge's score is."""
    seen, knobs = batch(0, MLP), METHODS["adversarial"].Knobs(look=look)
    doubtful = extras(METHODS["adversarial"], MLP, knobs)
    sure = doubtful | {"outer_bias": doubtful["outer_bias"] - 30}
    shown = seen.student if look == "probabilities" else seen.features[-1]
    pulls = [gradients(METHODS["adversarial"].term(seen, knobs, each), shown)[0].norm() for each in (doubtful, sure)]
    assert pulls[1] < 1e-9 * pulls[0]


def test_a_judge_of_features_is_helped_by_no_regressor():
    """The regressor is on the student's side: the judge's part leaves it alone."""
    knobs = METHODS["adversarial"].Knobs(look="features", strength=0)
    extra = extras(METHODS["adversarial"], MLP, knobs)
    found = gradients(METHODS["adversarial"].term(batch(0, MLP), knobs, extra), extra["weight0"], extra["inner_weight"])
    assert not found[0].any()
    assert found[1].any()


def test_a_judge_needs_hidden_layers_only_where_it_looks_at_them():
    method = METHODS["adversarial"]
    assert method.problem((), (), 2, 64, method.Knobs()) is None
    said = method.problem((), MLP[1], 2, 64, method.Knobs(look="features"))
    assert said == "Adversarial transfer compares hidden layers, and the student has none; give it one, such as 64"


@pytest.mark.parametrize("nets", NETS)
def test_a_judge_sees_all_of_the_smaller_map(nets):
    sizes = {"mlp": 8, "cnn": 6 * 2 * 2, "mlp of cnn": 6, "cnn of mlp": 8}
    method = METHODS["adversarial"]
    drawn = extras(method, NETS[nets], method.Knobs(look="features"))
    assert drawn["inner_weight"].shape == (64, sizes[nets])


def test_annealed_targets_begin_as_soft_targets_and_end_at_a_temperature_of_one():
    seen = batch(0, MLP)
    assert term("annealed", seen) == term("soft_targets", seen)
    sharp = replace(seen, temperature=torch.ones_like(seen.temperature))
    assert term("annealed", replace(seen, progress=0.5), fall=0.5) == term("soft_targets", sharp)
    cold = replace(seen, temperature=torch.full_like(seen.temperature, 0.5))
    torch.testing.assert_close(term("annealed", replace(cold, progress=1)), term("soft_targets", sharp))


def test_at_last_annealed_logits_are_matched_as_they_are():
    seen, classes = batch(0, MLP, members=3), 4
    whole = term("annealed", replace(seen, progress=1), form="scaled")
    torch.testing.assert_close(whole, classes * term("logit_matching", seen))
    first = term("annealed", seen, form="scaled")
    parts = [term("annealed", member(seen, m), form="scaled") for m in range(3)]
    torch.testing.assert_close(first, torch.stack(parts))


@pytest.mark.parametrize("stage", [0.0, 0.3])
def test_labels_are_silent_in_the_first_stage_of_hints_alone(stage):
    method, knobs = METHODS["hints"], METHODS["hints"].Knobs(stage=stage)
    assert method.hears_labels(knobs, 0.29) == (stage == 0)
    assert method.hears_labels(knobs, 0.3)


def test_dkd_grows_from_nothing_to_whole():
    seen = batch(0, MLP)
    grown = [term("dkd", replace(seen, progress=progress), warmup=0.4).item() for progress in (0, 0.1, 0.4, 1)]
    whole = term("dkd", seen).item()
    assert grown == pytest.approx([0, whole / 4, whole, whole])
