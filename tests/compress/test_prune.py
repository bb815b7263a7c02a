"""Pruning: the smallest in magnitude go, exactly so many; a network without units answers as if they were off."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from kdcore import shapes
from kdcore.compress.low_rank import low_rank
from kdcore.compress.prune import masked_units, masks, remove_units, weakest_units
from kdcore.experiment import Network
from kdcore.export import onnx_model
from kdcore.measure.latency import one_thread

A, B = "1.weight", "3.weight"
SMALL = {A: np.array([[-4, 1, 2, -3], [1, -1, 1, 5]], np.float32), B: np.array([[10, -20]], np.float32)}
WEIGHTS = arrays(np.float32, array_shapes(max_dims=4, max_side=5), elements=st.floats(-9, 9, width=32))


def stays(weights, names, *arguments, **more) -> dict[str, list]:
    return {name: mask.astype(int).tolist() for name, mask in masks(weights, names, *arguments, **more).items()}


def test_large_negative_weights_stay():
    assert stays(SMALL, [A], 0.5, "layer") == {A: [[1, 0, 1, 1], [0, 0, 0, 1]]}


def test_of_equal_weights_the_first_go():
    """1, 1, -1, 1 are equally large; two of them go."""
    assert stays(SMALL, [A], 0.25, "layer") == {A: [[1, 0, 1, 1], [0, 1, 1, 1]]}


def test_each_layer_loses_its_share():
    assert stays(SMALL, [A, B], 0.5, "layer")[B] == [[0, 1]]


def test_all_layers_together_lose_the_smallest():
    assert stays(SMALL, [A, B], 0.7, "global") == {A: [[0, 0, 0, 0], [0, 0, 0, 1]], B: [[1, 1]]}


def test_two_of_four_neighbours():
    assert stays(SMALL, [A], 0.5, "2:4") == {A: [[1, 0, 0, 1], [0, 0, 1, 1]]}


def test_two_of_four_neighbours_in_rows_that_end_in_between():
    """Rows of 4 + 3: of the last three one goes. Rows of 4 + 2: two are never too many."""
    row = np.array([[1, 2, 3, 4, 7, 6, 5]], np.float32)
    assert stays({A: row}, [A], 0.5, "2:4") == {A: [[0, 0, 1, 1, 1, 1, 0]]}
    assert stays({A: row[:, :6]}, [A], 0.5, "2:4") == {A: [[0, 0, 1, 1, 1, 1]]}


def test_two_of_four_step_by_step():
    """A quarter first, then the rest: the steps end where one step does."""
    weights = {A: np.random.default_rng(0).normal(size=(6, 3, 3, 3)).astype(np.float32)}
    first = masks(weights, [A], 0.25, "2:4")
    assert (~first[A]).sum() == round(0.25 * 162)
    np.testing.assert_array_equal(masks(weights, [A], 0.5, "2:4", before=first)[A], masks(weights, [A], 0.5, "2:4")[A])


@given(WEIGHTS, st.floats(0.01, 0.99))
def test_exactly_the_count_goes_and_nothing_larger_than_what_stays(weights, sparsity):
    count = round(sparsity * weights.size)
    assume(0 < count < weights.size)
    mask = masks({A: weights}, [A], sparsity, "layer")[A]
    assert (~mask).sum() == count
    assert np.abs(weights[~mask]).max() <= np.abs(weights[mask]).min()
    np.testing.assert_array_equal(masks({A: weights}, [A], sparsity, "global")[A], mask)


@given(WEIGHTS)
def test_four_neighbours_have_at_most_two_weights_left(weights):
    assume(weights.size > 1)
    mask = masks({A: weights}, [A], 0.5, "2:4")[A]
    for row in mask.reshape(len(mask), -1):
        fours = [row[start : start + 4] for start in range(0, len(row), 4)]
        assert [four.sum() for four in fours] == [min(len(four), 2) for four in fours]


@pytest.mark.parametrize("scope", ["layer", "global", "random", "2:4"])
def test_what_is_pruned_stays_pruned_and_counts(scope):
    """Half of what was pruned before has come back large; a half in all is pruned afterwards."""
    draw = np.random.default_rng(1)
    weights = {A: draw.normal(size=(8, 8)).astype(np.float32), B: draw.normal(size=(4, 8)).astype(np.float32)}
    before = masks(weights, [A, B], 0.25, scope)
    grown = {name: np.where(before[name], array, 100) for name, array in weights.items()}
    after = masks(grown, [A, B], 0.5, scope, seed=5, before=before)
    assert not any((after[name] & ~before[name]).any() for name in (A, B))
    assert sum((~mask).sum() for mask in after.values()) == 48


def test_two_of_four_may_have_been_three_before():
    before = {A: np.array([[False, False, True, False], [True] * 4])}
    assert stays(SMALL, [A], 0.5, "2:4", before=before) == {A: [[0, 0, 1, 0], [0, 0, 1, 1]]}


def test_pruning_less_than_before_changes_nothing():
    before = masks(SMALL, [A], 0.75, "layer")
    np.testing.assert_array_equal(masks(SMALL, [A], 0.25, "layer", before=before)[A], before[A])


def test_chance_has_a_seed_and_does_not_look_at_weights():
    weights = {A: np.arange(400, dtype=np.float32).reshape(20, 20)}
    one, again, other = (masks(weights, [A], 0.5, "random", seed=seed)[A] for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()
    assert (~one).sum() == 200
    assert 60 < (~one[10:]).sum() < 140  # the large half loses about as many


@pytest.mark.parametrize("sparsity", [-0.1, 0, 1, 1.5, 0.01, 0.99, float("nan")])
@pytest.mark.parametrize("scope", ["layer", "global", "random"])
def test_none_or_all_is_no_pruning(sparsity, scope):
    with pytest.raises(ValueError, match=f"sparsity is {sparsity}: .*(between 0 and 1|of 8 weights [08] would go)"):
        masks(SMALL, [A], sparsity, scope)


def test_more_than_two_of_four_is_refused():
    with pytest.raises(ValueError, match=r"sparsity is 0\.75: 2:4 takes two of four; choose 0\.5"):
        masks(SMALL, [A], 0.75, "2:4")


# Whole units

MLP = Network(widths=(6, 5))
CNN = Network(kind="cnn", widths=(4, 3))


def test_units_with_short_vectors_go():
    """Lengths 5, 1, 2, 3: the last layer's units are the classes, which stay."""
    weights = {A: np.array([[-3, -4], [0, 1], [2, 0], [0, -3]], np.float32), B: np.zeros((2, 4), np.float32)}
    kept = weakest_units(weights, [A, B], 0.5)
    assert {name: units.tolist() for name, units in kept.items()} == {A: [0, 3]}


def test_one_unit_stays():
    weights = {A: np.array([[1, 1], [3, 0]], np.float32), B: np.zeros((2, 2), np.float32)}
    assert weakest_units(weights, [A, B], 0.99)[A].tolist() == [1]


def test_the_share_may_be_of_what_there_was():
    """Of 8 units 3 are left; half of 8 is already gone, three quarters ask for one more."""
    weights = {A: np.array([[3], [1], [2]], np.float32), B: np.zeros((2, 3), np.float32)}
    assert weakest_units(weights, [A, B], 0.5, {A: 8})[A].tolist() == [0, 1, 2]
    assert weakest_units(weights, [A, B], 0.75, {A: 8})[A].tolist() == [0, 2]


def test_no_share_of_units():
    with pytest.raises(ValueError, match="sparsity is 1: choose a share between 0 and 1"):
        weakest_units(SMALL, [A, B], 1)


def random_net(network: Network, shape: tuple[int, ...]) -> tuple[tuple[shapes.Layer, ...], dict[str, np.ndarray]]:
    draw, layers = np.random.default_rng(0), tuple(shapes.layers(network, shape, 3))
    weights = {}
    for name, layer in shapes.names(layers, network):
        weights[f"{name}.weight"] = draw.normal(size=layer.weight_shape).astype(np.float32)
        weights[f"{name}.bias"] = draw.normal(size=layer.outputs).astype(np.float32)
    return layers, weights


def answers(layers, network, shape, weights) -> np.ndarray:
    x = np.random.default_rng(1).random((9, *shape), dtype=np.float32)
    (logits,) = one_thread(onnx_model(layers, network, shape, weights)).run(None, {"x": x})
    return logits


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu", "sigmoid"])
@pytest.mark.parametrize(
    ("network", "shape"), [(MLP, (7,)), (CNN, (2, 8, 8)), (CNN, (1, 7, 5))], ids=["mlp", "cnn", "cnn with odd sides"]
)
def test_without_units_as_if_they_were_off(network, shape, activation):
    network = network.model_copy(update={"activation": activation, "dropout": 0.1})
    layers, weights = random_net(network, shape)
    kept = weakest_units(weights, [name for name in weights if name.endswith("weight")], 0.4)
    off = masked_units(layers, network, kept)
    masked = {name: array * off[name] for name, array in weights.items()}
    smaller, thin = remove_units(weights, layers, network, kept)
    assert [layer.outputs for layer in thin[:-1]] == [len(units) for units in kept.values()]
    assert [layer.outputs for layer in thin[:-1]] < [layer.outputs for layer in layers[:-1]]
    assert {name: array.size for name, array in smaller.items()} == {name: mask.sum() for name, mask in off.items()}
    without, with_zeros = answers(thin, network, shape, smaller), answers(layers, network, shape, masked)
    np.testing.assert_allclose(without, with_zeros, atol=1e-4)
    assert np.abs(without - answers(layers, network, shape, weights)).max() > 0.1  # these units did something


def test_a_layer_that_is_not_named_stays():
    layers, weights = random_net(MLP, (7,))
    smaller, thin = remove_units(weights, layers, MLP, {"3.weight": np.array([1, 4])})
    assert thin[0] == layers[0]
    np.testing.assert_array_equal(smaller["5.weight"], weights["5.weight"][:, [1, 4]])


def test_channels_of_thin_layers_can_go_too():
    """Of a layer of low rank both halves lose units: the first one filters, the second one what it mixes of them."""
    layers, weights = random_net(CNN, (2, 8, 8))
    weights, layers = low_rank(weights, layers, CNN, 0.8, "budget")
    kept = weakest_units(weights, [name for name in weights if name.endswith("weight")], 0.5)
    masked = {name: array * masked_units(layers, CNN, kept)[name] for name, array in weights.items()}
    smaller, thin = remove_units(weights, layers, CNN, kept)
    assert [layer.outputs for layer in layers] == [2, 4, 2, 3, 3]
    assert all(small.outputs < whole.outputs for small, whole in zip(thin[:-1], layers[:-1], strict=True))
    np.testing.assert_allclose(
        answers(thin, CNN, (2, 8, 8), smaller), answers(layers, CNN, (2, 8, 8), masked), atol=1e-4
    )
