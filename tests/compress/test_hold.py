"""Training in a form: masks hold, shared weights stay shared, rounded ones rounded; a member learns as if alone."""

import numpy as np
import pytest
import torch
from torch import nn

from kdcore.cohort import Lesson, Member, train
from kdcore.compress.coded import Coded
from kdcore.compress.hold import Form, Hold
from kdcore.experiment import Network, Training
from kdcore.nets import Cohort, build
from kdcore.shapes import Layer

LAYERS = (Layer("linear", 6, 8), Layer("linear", 8, 3, hidden=False))
NAMES = ("1.weight", "3.weight")
STEP = 0.25


def half(seed: int) -> dict[str, np.ndarray]:
    """A mask of about half of the weights."""
    draw = np.random.default_rng(seed)
    return {"1.weight": draw.random((8, 6)) < 0.5, "3.weight": draw.random((3, 8)) < 0.5}


def rounding(weights: np.ndarray) -> np.ndarray:
    return (np.round(weights / STEP) * STEP).astype(np.float32)


def four_values(seed: int) -> dict[str, Coded]:
    draw, book = np.random.default_rng(seed), np.array([-0.3, 0.0, 0.2, 0.4], np.float32)
    return {
        name: Coded(draw.integers(0, 4, shape), 2, codebook=book)
        for name, shape in zip(NAMES, [(8, 6), (3, 8)], strict=True)
    }


FORMS = [
    Form(),
    Form(masks=half(0)),
    Form(masks=half(1), rounding=rounding),
    Form(shared=four_values(0)),
    Form(rounding=rounding),
]


def networks(forms: list[Form]) -> list[nn.Sequential]:
    found = []
    for form in forms:
        net = build(LAYERS, Network(widths=(8,)), seed=1)
        for name in form.shared or {}:
            net.state_dict()[name].copy_(torch.from_numpy(form.shared[name].values))
        found.append(net)
    return found


def test_all_are_in_form_before_the_first_step():
    nets = networks([Form(masks=half(0)), Form(rounding=rounding)])
    cohort, arrays = Cohort(nets), {name: each.numpy() for name, each in nets[0].state_dict().items()}
    Hold(cohort, [Form(masks=half(0)), Form(rounding=rounding)], arrays)
    pruned, coarse = (cohort.member(m).state_dict() for m in range(2))
    for name, mask in half(0).items():
        assert (pruned[name].numpy()[~mask] == 0).all()
        np.testing.assert_array_equal(coarse[name].numpy(), rounding(nets[1].state_dict()[name].numpy()))


def trained(forms: list[Form], optimizer: str = "adam") -> tuple[Cohort, Hold]:
    draw = torch.Generator().manual_seed(0)
    lesson = Lesson(torch.randn(50, 6, generator=draw), torch.randint(3, (50,), generator=draw), 3)
    nets = networks(forms)
    cohort, arrays = Cohort(nets), {name: each.numpy() for name, each in nets[0].state_dict().items()}
    hold = Hold(cohort, forms, arrays)
    training = Training(epochs=4, batch_size=16, optimizer=optimizer, learning_rate=0.02)
    for _step in train(cohort, [Member(seed=2, labels=50, learning_rate=0.02)] * len(forms), training, lesson, hold):
        pass
    return cohort, hold


def weights(cohort: Cohort, member: int) -> dict[str, np.ndarray]:
    return {name: each.numpy() for name, each in cohort.member(member).state_dict().items()}


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_pruned_weights_stay_zero_and_the_others_learn(optimizer: str):
    cohort, _hold = trained([Form(masks=half(0))], optimizer)
    before = networks([Form()])[0].state_dict()
    for name, mask in half(0).items():
        after = weights(cohort, 0)[name]
        assert (after[~mask] == 0).all()
        assert (after[mask] != before[name].numpy()[mask]).mean() > 0.5  # some units sleep


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_shared_weights_stay_one_and_move(optimizer: str):
    form = Form(shared=four_values(0))
    cohort, _hold = trained([form], optimizer)
    for name, coded in form.shared.items():
        after = weights(cohort, 0)[name]
        for code in np.unique(coded.codes):
            assert len(np.unique(after[coded.codes == code])) == 1
        assert not np.array_equal(after, coded.values)


def test_a_shared_weight_moves_by_the_sum_of_its_gradients():
    """Plain SGD's first step: momentum has not set in."""
    form = Form(shared=four_values(0))
    cohort = Cohort(networks([form]))
    hold = Hold(cohort, [form], {name: each.numpy() for name, each in cohort.template.state_dict().items()})
    gradients = torch.arange(cohort.tables[0].shape[1], dtype=torch.float32)[None].clone()
    bent = gradients.clone()
    hold.bend(bent)
    codes = form.shared["1.weight"].codes.ravel()
    for code in range(4):
        mine = torch.from_numpy(codes == code)
        assert (bent[0, :48][mine] == gradients[0, :48][mine].sum()).all()
    assert torch.equal(bent[0, 48:56], gradients[0, 48:56])  # biases are their own


def test_rounded_weights_are_rounded_while_the_latent_ones_move_freely():
    cohort, hold = trained([Form(rounding=rounding)])
    for name in NAMES:
        after, latent = weights(cohort, 0)[name], hold.weights(0)[name]
        assert np.array_equal(after, rounding(latent))
        assert (np.abs(latent / STEP - np.round(latent / STEP)) > 1e-3).any()
    assert not np.array_equal(weights(cohort, 0)["1.bias"], rounding(weights(cohort, 0)["1.bias"]))


def test_a_rounded_and_pruned_member_is_both():
    cohort, _hold = trained([Form(masks=half(1), rounding=rounding)])
    for name, mask in half(1).items():
        after = weights(cohort, 0)[name]
        assert (after[~mask] == 0).all()
        assert np.array_equal(after, rounding(after))


def test_each_member_of_a_mixed_cohort_learns_as_if_alone():
    together, hold = trained(FORMS)
    for member, form in enumerate(FORMS):
        alone, own = trained([form])
        for name, array in own.weights(0).items():
            np.testing.assert_allclose(hold.weights(member)[name], array, atol=1e-5)
            np.testing.assert_allclose(weights(together, member)[name], weights(alone, 0)[name], atol=1e-5)


def test_a_cohort_trained_in_parts_keeps_its_forms(monkeypatch):
    whole, _hold = trained(FORMS)
    monkeypatch.setattr(Cohort, "room", lambda *_: 32)  # two members at once
    parts, _hold = trained(FORMS)
    for member in range(len(FORMS)):
        for name, array in weights(whole, member).items():
            np.testing.assert_allclose(weights(parts, member)[name], array, atol=1e-5)
