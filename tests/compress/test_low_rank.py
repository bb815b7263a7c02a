"""Low rank: two layers compute what the best matrix of that rank does, and are never larger than the one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdcore import shapes
from kdcore.compress.low_rank import factors, low_rank, pair, rank_of
from kdcore.experiment import Network
from kdcore.export import onnx_model
from kdcore.measure.latency import one_thread
from kdcore.shapes import Layer

MLP = Network(widths=(40, 30), dropout=0.1)
CNN = Network(kind="cnn", widths=(12, 20), activation="tanh")


def of_rank(rank: int, shape: tuple[int, ...]) -> np.ndarray:
    draw = np.random.default_rng(0)
    rest = int(np.prod(shape[1:]))
    return (draw.normal(size=(shape[0], rank)) @ draw.normal(size=(rank, rest))).reshape(shape).astype(np.float32)


def random_net(network: Network, shape: tuple[int, ...], rank: int) -> tuple[list[Layer], dict[str, np.ndarray]]:
    draw, layers, weights = np.random.default_rng(1), shapes.layers(network, shape, 3), {}
    for name, layer in shapes.names(layers, network):
        weights[f"{name}.weight"] = of_rank(rank, layer.weight_shape) / 10
        weights[f"{name}.bias"] = draw.normal(size=layer.outputs).astype(np.float32)
    return layers, weights


def answers(layers, network, shape, weights) -> np.ndarray:
    x = np.random.default_rng(2).random((9, *shape), dtype=np.float32)
    (logits,) = one_thread(onnx_model(layers, network, shape, weights)).run(None, {"x": x})
    return logits


@pytest.mark.parametrize(("network", "shape"), [(MLP, (50,)), (CNN, (3, 8, 8))], ids=["mlp", "cnn"])
def test_layers_of_low_rank_lose_nothing(network, shape):
    """All energy is in two singular values, so two units or channels are enough: as many inputs to each layer."""
    layers, weights = random_net(network, shape, rank=2)
    thin, found = low_rank(weights, layers, network, 0.99999, "energy")
    assert [layer.outputs for layer in found] == [2, layers[0].outputs, 2, layers[1].outputs, 3]
    assert [layer.hidden for layer in found] == [False, True, False, True, False]
    assert list(thin) == [
        f"{name}.{what}" for name, _layer in shapes.names(found, network) for what in ("weight", "bias")
    ]
    np.testing.assert_allclose(
        answers(found, network, shape, thin), answers(layers, network, shape, weights), rtol=1e-3, atol=1e-3
    )


def test_first_half_has_no_bias_and_the_second_that_of_the_layer():
    layers, weights = random_net(MLP, (50,), rank=40)
    thin, _found = low_rank(weights, layers, MLP, 0.5, "budget")
    assert not thin["1.bias"].any()
    np.testing.assert_array_equal(thin["2.bias"], weights["1.bias"])
    assert thin["1.weight"].dtype == thin["2.weight"].dtype == np.float32


def test_convolution_becomes_filters_and_a_mix():
    first, second = pair(Layer("conv", 3, 16, positions=64), 4)
    assert first == Layer("conv", 3, 4, positions=64, hidden=False)
    assert second == Layer("conv", 4, 16, positions=64, kernel=1)
    assert first.weight_shape == (4, 3, 3, 3)
    assert second.weight_shape == (16, 4, 1, 1)


def test_energy_by_hand():
    """Squares 16, 4, 1 of 21: the first is 76 %, the first two are 95 %."""
    layer, matrix = Layer("linear", 3, 3), np.diag([2.0, 4.0, -1.0]).astype(np.float32)
    assert [rank_of(layer, matrix, keep, "energy") for keep in (0.1, 0.76, 0.77, 0.95, 0.96, 1)] == [1, 1, 2, 2, 3, 3]


def test_budget_by_hand():
    """10 -> 8 has 88 parameters. Rank r has r * (10 + 1) + r * 8 + 8: 27, 46, 65, 84."""
    layer, matrix = Layer("linear", 10, 8), np.ones((8, 10), np.float32)
    budgets = [26, 27, 45, 46, 84, 88]
    assert [rank_of(layer, matrix, (b + 0.5) / 88.5, "budget") for b in budgets] == [0, 1, 1, 2, 4, 4]


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from(["linear", "conv"]), st.floats(0.01, 1))
def test_budget_is_kept_and_used(inputs, outputs, kind, keep):
    layer = Layer(kind, inputs, outputs)
    rank = rank_of(layer, np.zeros(layer.weight_shape), keep, "budget")
    costs = [sum(part.parameters for part in pair(layer, r)) for r in (rank, rank + 1)]
    assert rank == 0 or costs[0] <= keep * layer.parameters
    assert costs[1] > keep * layer.parameters * 0.999999


@pytest.mark.parametrize("by", ["energy", "budget"])
@pytest.mark.parametrize("keep", [0.01, 0.3, 0.9, 0.999])
def test_no_layer_grows(by, keep):
    layers, weights = random_net(MLP, (3,), rank=30)
    _thin, found = low_rank(weights, layers, MLP, keep, by)
    assert shapes.parameters(found) <= shapes.parameters(layers)
    assert found[-1] == layers[-1]  # the output layer


def test_a_layer_stays_that_cannot_be_so_thin():
    """3 -> 40 has 160 parameters; with rank 1 they were 84, with rank 3 172."""
    layers, weights = random_net(MLP, (3,), rank=30)
    assert low_rank(weights, layers, MLP, 0.5, "budget")[1][0] == layers[0]
    assert low_rank(weights, layers, MLP, 0.6, "budget")[1][0].outputs == 1
    assert low_rank(weights, layers, MLP, 0.9999, "energy")[1][0] == layers[0]


@pytest.mark.parametrize("by", ["energy", "budget"])
def test_who_keeps_all_changes_nothing(by):
    layers, weights = random_net(MLP, (50,), rank=40)
    thin, found = low_rank(weights, layers, MLP, 1, by)
    assert found == tuple(layers)
    assert all(thin[name] is weights[name] for name in weights)


@given(st.integers(1, 5))
def test_no_other_matrix_of_this_rank_is_closer(rank):
    """What is missing is the energy of the other singular values; both factors are equally large."""
    matrix = np.random.default_rng(3).normal(size=(5, 8)).astype(np.float32)
    mix, filters = factors(matrix, rank)
    assert (mix.shape, filters.shape) == ((5, rank), (rank, 8))
    singular = np.linalg.svd(matrix, compute_uv=False)
    np.testing.assert_allclose(((matrix - mix @ filters) ** 2).sum(), (singular[rank:] ** 2).sum(), atol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(mix), np.linalg.norm(filters), rtol=1e-5)


def test_a_layer_of_zeros():
    layers, weights = random_net(MLP, (50,), rank=2)
    thin, _found = low_rank({name: 0 * array for name, array in weights.items()}, layers, MLP, 0.5, "energy")
    assert not any(array.any() for array in thin.values())


@pytest.mark.parametrize("rank", [-1, 0, 6])
def test_rank_above_the_matrix(rank):
    with pytest.raises(ValueError, match=f"rank is {rank}: a matrix of 5 x 8 has ranks from 1 to 5"):
        factors(np.ones((5, 8)), rank)


@pytest.mark.parametrize("keep", [-1, 0, 1.1])
def test_keep_that_is_no_share(keep):
    layers, weights = random_net(MLP, (50,), rank=2)
    with pytest.raises(ValueError, match=f"keep is {keep}: choose a share above 0 and up to 1"):
        low_rank(weights, layers, MLP, keep, "budget")
