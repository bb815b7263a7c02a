"""One layer changed by hand: exactly so much is gone, and the accuracy is that of what is left."""

import numpy as np
import pytest

from kdcore import shapes
from kdcore.experiment import Network
from kdcore.measure import by_hand
from kdcore.measure.by_hand import Model

NETWORK = Network(widths=(4,))
LAYERS = tuple(shapes.layers(NETWORK, (2,), 2))


@pytest.fixture
def model() -> Model:
    """Two classes: is the first coordinate larger than the second? Each half of the hidden units knows one side."""
    first = np.array([[1, -1], [-1, 1], [0.1, -0.1], [-0.1, 0.1]], np.float32)
    last = np.array([[0, 1, 0, 0.1], [1, 0, 0.1, 0]], np.float32)
    weights = {"1.weight": first, "1.bias": np.zeros(4, np.float32)}
    weights |= {"3.weight": last, "3.bias": np.zeros(2, np.float32)}
    return Model(LAYERS, NETWORK, (2,), weights)


X = np.random.default_rng(0).normal(size=(200, 2)).astype(np.float32)
LABEL = (X[:, 0] > X[:, 1]).astype(np.uint8)


def test_the_smallest_of_one_layer_go_and_all_else_stays(model):
    changed = by_hand.changed(model, "1", sparsity=0.5)
    assert changed["1.weight"].tolist() == [[1, -1], [-1, 1], [0, 0], [0, 0]]
    assert all(changed[name] is model.weights[name] for name in ("1.bias", "3.weight", "3.bias"))


def test_bits_leave_few_values_and_zeros_stay_zero(model):
    changed = by_hand.changed(model, "3", sparsity=0.5, bits=1)["3.weight"]
    assert np.array_equal(changed != 0, model.weights["3.weight"] != 0)
    assert len(np.unique(changed)) == 2


def test_nothing_asked_is_nothing_changed(model):
    for sparsity in (0.0, 0.01):
        assert np.array_equal(by_hand.changed(model, "1", sparsity)["1.weight"], model.weights["1.weight"])


def test_accuracy_is_the_share_of_right_answers(model):
    assert by_hand.accuracy(model, model.weights, X, LABEL) == 1
    assert by_hand.accuracy(model, model.weights, X, 1 - LABEL) == 0
    without = model.weights | {"3.weight": np.zeros((2, 4), np.float32)}
    assert by_hand.accuracy(model, without, X, LABEL) == (LABEL == 0).mean(), "all alike: the first class is answered"


@pytest.mark.parametrize("knob", ["sparsity", "bits"])
def test_sensitivity_is_measured_for_each_layer_at_each_stop(model, knob):
    found = by_hand.sensitivity(model, X, LABEL, knob)
    assert list(found) == ["1", "3"]
    assert [stop for stop, _accuracy in found["1"]] == list(by_hand.STOPS[knob])
    assert max(accuracy for _stop, accuracy in found["3"]) == 1
    stop, accuracy = found["1"][3]
    assert accuracy == by_hand.accuracy(model, by_hand.changed(model, "1", **{knob: stop}), X, LABEL)


def test_weights_find_the_network_that_they_fit(model):
    other = Network(widths=(7,))
    candidates = [(tuple(shapes.layers(other, (2,), 2)), other), (LAYERS, NETWORK)]
    doubled = {name: array.astype(np.float64) for name, array in model.weights.items()}
    found = by_hand.fitting(doubled, candidates, (2,))
    assert found.network == NETWORK
    assert all(array.dtype == np.float32 for array in found.weights.values())
    with pytest.raises(ValueError, match=r"1\.weight of shape \(7, 2\) was expected, and it holds nothing"):
        by_hand.fitting({}, candidates, (2,))
