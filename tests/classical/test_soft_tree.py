"""Soft decision trees: shares, losses and paths worked out by hand, and many trees just as one."""

import json
from math import log

import numpy as np
import pytest
import torch

from kdcore.classical.soft_tree import AT_ONCE, Balance, Growth, SoftTrees, fit, surprise
from kdcore.classical.soft_tree_portrait import LEVELS, portrait, way

QUICK = Growth(epochs=15, batch_size=32, learning_rate=0.05)


@pytest.fixture
def small():
    """One tree of depth 2 for one feature: at x = 1 the root sends 3/4 right, node 1 a half, node 2 nine tenths."""
    trees = SoftTrees(1, 2, 2, seeds=[0])
    trees.filters = torch.tensor([[[log(3)], [0.0], [log(9)]]])
    trees.biases = torch.zeros(1, 3)
    trees.answers = torch.tensor([[[0.9, 0.1], [0.5, 0.5], [0.2, 0.8], [0.4, 0.6]]]).log()
    return trees


@pytest.fixture
def bands():
    """Points of the plane in three bands, which no single straight cut tells apart: x, one-hot labels."""
    random = np.random.default_rng(0)
    x = torch.from_numpy(random.uniform(-1, 1, (300, 2)).astype(np.float32))
    y = (x[:, 0] > -0.3).long() + (x[:, 0] > 0.4).long()
    return x, torch.nn.functional.one_hot(y, 3).float()


def grown(x, targets, seeds, rows=None, depth=3):
    trees = SoftTrees(2, 3, depth, seeds)
    losses = [step.loss for step in fit(trees, x, targets, QUICK, rows)]
    return trees, torch.stack(losses, 1)


def test_shares_are_products_of_turns(small):
    right, arrive = small.shares(torch.ones(1, 1, 1))
    assert torch.cat(right, -1).flatten().tolist() == pytest.approx([0.75, 0.5, 0.9])
    assert arrive[1].flatten().tolist() == pytest.approx([0.25, 0.75])
    assert arrive[2].flatten().tolist() == pytest.approx([0.125, 0.125, 0.075, 0.675])


def test_beta_makes_a_decision_harder(small):
    small.beta = 2.0
    assert small.shares(torch.ones(1, 1, 1))[0][0].item() == pytest.approx(9 / 10)  # odds of 3 become 3^2


def test_a_tree_answers_as_its_likeliest_leaf_or_as_all_of_them(small):
    x = torch.ones(1, 1)
    assert small.log_probabilities(x).exp().flatten().tolist() == pytest.approx([0.4, 0.6])
    mixed = 0.125 * 0.9 + 0.125 * 0.5 + 0.075 * 0.2 + 0.675 * 0.4
    assert small.log_probabilities(x, by="mixture").exp().flatten().tolist() == pytest.approx([mixed, 1 - mixed])


def test_a_mixture_of_leaves_that_exclude_a_class_has_a_logarithm(small):
    small.answers = torch.tensor([[[1000.0, 0.0]] * 4])
    assert small.log_probabilities(torch.ones(1, 1), by="mixture").isfinite().all()


def test_many_examples_are_answered_in_parts_but_alike(small):
    x = torch.linspace(-2, 2, 2 * AT_ONCE + 1)[:, None]
    alone = torch.cat([small.log_probabilities(one[None]) for one in x[::500]], 1)
    assert torch.allclose(small.log_probabilities(x)[:, ::500], alone)


def test_the_loss_is_each_leafs_own_cross_entropy(small):
    """Not that of their mixture, which would be lower."""
    arrive = small.shares(torch.ones(1, 1, 1))[1][-1]
    told = torch.tensor([[[0.7, 0.3]]])
    leaves = [(0.125, 0.9), (0.125, 0.5), (0.075, 0.2), (0.675, 0.4)]
    by_hand = -sum(share * (0.7 * log(q) + 0.3 * log(1 - q)) for share, q in leaves)
    assert surprise(arrive, small.leaves, told).item() == pytest.approx(by_hand)


def test_balance_counts_a_level_half_as_much_as_the_one_above(small):
    right, arrive = small.shares(torch.ones(1, 1, 1))
    alphas = [(1, 0.75), (0.5, 0.5), (0.5, 0.9)]  # how much a node counts, and what it sends right
    by_hand = -0.1 * sum(weight * (log(alpha) + log(1 - alpha)) / 2 for weight, alpha in alphas)
    assert Balance(0.1)(right, arrive).item() == pytest.approx(by_hand, rel=1e-4)


def test_balance_weighs_examples_by_what_arrives_and_remembers_longer_further_down():
    balance, one = Balance(1.0), torch.ones(1, 1, 1)
    half = torch.full((1, 1, 1), 0.5)

    def cost(root, left, right):
        shares = [root * one, torch.tensor([[[left, right]]])]
        return balance(shares, [one, torch.cat([1 - shares[0], shares[0]], -1)]).item()

    def even(alpha):
        return -(log(alpha) + log(1 - alpha)) / 2

    cost(0.2, 0.5, 0.9)
    # the root forgets at once; at depth 1 a quarter of the sums is the first batch's, half the second's
    second = (0.25 * 0.2 * 0.9 + 0.5 * 0.6 * 0.3) / (0.25 * 0.2 + 0.5 * 0.6)
    assert cost(0.6, 0.5, 0.3) == pytest.approx(even(0.6) + 0.5 * (even(0.5) + even(second)), rel=1e-4)
    assert Balance(1.0)([half], [one]).item() == pytest.approx(log(2), rel=1e-4)  # the least that there is


def test_many_trees_grow_as_each_alone(bands):
    """Of different seeds, examples and targets."""
    x, hot = bands
    targets = torch.stack([hot, hot * 0.9 + 0.1 / 3, hot])
    rows = torch.stack([torch.arange(100), torch.arange(200, 300), torch.arange(200, 300)])
    together, losses = grown(x, targets, [3, 1, 3], rows)
    for m, seed in enumerate(together.seeds):
        alone, own = grown(x, targets[m : m + 1], [seed], rows[m : m + 1])
        assert torch.allclose(losses[m], own[0], atol=1e-5)
        assert torch.allclose(together.filters[m], alone.filters[0], atol=1e-4)


def test_a_tree_sees_only_its_own_examples(bands):
    x, hot = bands
    own, told = torch.arange(200, 300)[None], hot.clone()
    told[:200] = 1 / 3
    assert torch.equal(grown(x, hot[None], [0], own)[1], grown(x, told[None], [0], own)[1])


def test_the_same_seed_begins_alike_and_grows_alike(bands):
    x, hot = bands
    trees, losses = grown(x, hot[None], [0, 0, 1])
    assert losses[0].tolist() == pytest.approx(losses[1].tolist(), rel=1e-4)
    assert losses[2].tolist() != pytest.approx(losses[1].tolist(), rel=1e-2)
    again, same = grown(x, hot[None], [0, 0, 1])
    assert torch.equal(losses, same)
    assert torch.equal(trees.filters, again.filters)


def test_a_tree_tells_bands_apart_where_one_cut_cannot(bands):
    x, hot = bands
    right = [grown(x, hot[None], [0, 1], depth=depth)[0].log_probabilities(x).argmax(-1) for depth in (1, 3)]
    shares = [(answers == hot.argmax(-1)).float().mean().item() for answers in right]
    assert shares[0] < 0.8
    assert shares[1] > 0.95


def test_a_tree_learns_to_be_as_unsure_as_its_teacher(bands):
    x, _hot = bands
    belief = torch.tensor([0.5, 0.3, 0.2]).expand(1, 300, 3)
    answers = grown(x, belief, [0])[0].log_probabilities(x).exp()
    assert torch.allclose(answers, belief, atol=0.02)


def test_without_balance_a_tree_may_send_all_one_way(bands):
    """All of one class: nothing is to be decided, and only the balance keeps both halves in use."""
    x, hot = bands
    uneven = []
    for strength in (0.0, 1.0):
        trees = SoftTrees(2, 3, 1, [0])
        trees.biases += 4.0
        growth = Growth(epochs=15, batch_size=32, learning_rate=0.05, balance=strength)
        list(fit(trees, x, hot[:1].expand(1, 300, 3), growth))
        uneven.append(abs(trees.shares(x[None])[0][0].mean().item() - 0.5))
    assert uneven[0] > 0.4
    assert uneven[1] < 0.1


def test_steps_tell_how_much_is_done(bands):
    x, hot = bands
    steps = [step.done for step in fit(SoftTrees(2, 3, 1, [0]), x, hot[None], Growth(epochs=2, batch_size=200))]
    assert steps == [0.25, 0.5, 0.75, 1.0]


def test_the_way_to_a_leaf():
    assert way(0, 3) == [(0, "left"), (1, "left"), (3, "left")]
    assert way(5, 3) == [(0, "right"), (2, "left"), (5, "right")]


def test_a_portrait_has_the_path_of_each_example(small):
    found = portrait(small, 0, torch.ones(1, 1), torch.tensor([[1.0], [0.0]]))
    (path,) = found["paths"]
    assert path["turns"] == [
        {"node": 0, "goes": "right", "share": 0.75},
        {"node": 2, "goes": "right", "share": 0.9},
    ]
    assert (path["leaf"], path["arrives"]) == (3, 0.675)
    assert path["mixture"] == pytest.approx([0.46, 0.54])
    assert found["arrive"] == pytest.approx([(0.125 + 0.25) / 2] * 2 + [(0.075 + 0.25) / 2, (0.675 + 0.25) / 2])
    assert found["filters"] == {"0": [1.099], "1": [0.0], "2": [2.197]}


def test_a_turn_to_the_left_tells_what_goes_left(small):
    (path,) = portrait(small, 0, torch.tensor([[-1.0]]), torch.ones(1, 1))["paths"]
    assert path["turns"] == [{"node": 0, "goes": "left", "share": 0.75}, {"node": 1, "goes": "left", "share": 0.5}]
    assert path["arrives"] == 0.375


def test_a_portrait_of_a_deep_tree_keeps_the_top_and_what_is_met(bands):
    x, _hot = bands
    found = json.loads(json.dumps(portrait(SoftTrees(2, 3, 6, [5, 8]), 1, x[:1], x)))
    turns = [turn["node"] for turn in found["paths"][0]["turns"]]
    assert len(turns) == 6
    assert found["filters"].keys() == {str(node) for node in (*range(2**LEVELS - 1), *turns)}
    assert len(found["filters"]) == 17
