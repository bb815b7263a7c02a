"""An ONNX model that holds whole numbers answers as the variant whose numbers they are."""

from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from kdcore import shapes
from kdcore.compress import deployed
from kdcore.compress.answers import calibrated, logits
from kdcore.compress.integers import has_integers, with_integers, with_ranges
from kdcore.compress.quantize import quantize
from kdcore.compress.share import share
from kdcore.compress.stages import Net
from kdcore.experiment import Network
from kdcore.export import onnx_model

SHAPE = (1, 8, 8)
WAYS = {
    "8 bits": {"bits": 8},
    "8 bits, affine": {"bits": 8, "scheme": "affine"},
    "8 bits, one scale": {"bits": 8, "per": "tensor"},
    "5 bits, affine, one scale": {"bits": 5, "scheme": "affine", "per": "tensor"},
    "ternary": {"bits": 2, "levels": "ternary"},
    "binary": {"bits": 1},
}
NETWORKS = [Network(widths=(24, 16)), Network(kind="cnn", widths=(4, 6), activation="tanh")]


def drawn(network: Network) -> Net:
    """A network with random weights, and some that are pruned."""
    random = np.random.default_rng(0)
    layers, weights = tuple(shapes.layers(network, SHAPE, 10)), {}
    for name, layer in shapes.names(layers, network):
        weights[f"{name}.weight"] = np.float32(random.normal(size=layer.weight_shape))
        weights[f"{name}.bias"] = np.float32(random.normal(size=layer.outputs))
    return Net(layers, network, weights)


def rounded(net: Net, **how) -> Net:
    return replace(net, weights=dict(net.weights) | {name: quantize(net.values[name], **how) for name in net.names})


def floats(net: Net) -> bytes:
    return onnx_model(net.layers, net.network, SHAPE, net.values, {"key": "0123"})


def examples(count: int = 500) -> np.ndarray:
    return np.random.default_rng(1).random((count, *SHAPE), dtype=np.float32)


@pytest.mark.parametrize("network", NETWORKS, ids=["mlp", "cnn"])
@pytest.mark.parametrize("how", WAYS.values(), ids=WAYS)
def test_it_answers_as_the_variant_with_its_own_numbers_inside(network, how):
    net = rounded(drawn(network), **how)
    model = with_integers(floats(net), net.weights)
    np.testing.assert_allclose(deployed.logits(model, examples()), logits(net, examples()), atol=1e-4, rtol=1e-4)
    found = {each.name: numpy_helper.to_array(each) for each in onnx.load_from_string(model).graph.initializer}
    for name in net.names:
        codes, scale, zero = (found[f"{name}.{part}"] for part in ("codes", "scale", "zero"))
        assert (codes.dtype, zero.dtype, name in found) == (np.int8, np.int8, False)
        column = (-1,) + (1,) * (codes.ndim - 1)
        whole = np.int32(codes) - np.int32(zero).reshape(column)
        assert np.array_equal(scale.reshape(column) * np.float32(whole), net.values[name]), "bit for bit"


def test_int8_takes_a_quarter_of_the_bytes():
    net = rounded(drawn(Network(widths=(256, 128))), bits=8)
    plain = floats(net)
    assert len(with_integers(plain, net.weights)) < 0.3 * len(plain)


def test_what_the_model_tells_of_itself_stays():
    net = rounded(drawn(NETWORKS[0]), bits=8)
    model = onnx.load_from_string(with_integers(floats(net), net.weights))
    assert [(each.key, each.value) for each in model.metadata_props] == [("key", "0123")]


@pytest.mark.parametrize("network", NETWORKS, ids=["mlp", "cnn"])
@pytest.mark.parametrize("bits", [8, 16])
def test_inputs_of_eight_bits_are_rounded_as_in_the_variant(network, bits):
    """Equal but for a number that lies in the middle between two codes: the next layer may see the other one."""
    exact = rounded(drawn(network), bits=bits)
    net, x = calibrated(exact, examples(300)), examples()
    model = floats(net)
    if has_integers(net.weights):
        model = with_integers(model, net.weights)
    model = with_ranges(model, net.ranges)
    found, wanted = deployed.logits(model, x), logits(net, x)
    apart = np.abs(found - wanted).max(1)
    assert np.mean(apart < 1e-4) > 0.95
    assert apart.max() < 0.5 * np.abs(wanted - logits(exact, x)).max(), "less than the rounding itself"
    kinds = [node.op_type for node in onnx.load_from_string(model).graph.node]
    assert kinds.count("QuantizeLinear") == len(net.layers)


def test_only_even_levels_of_eight_bits_at_most_are_integers():
    net = drawn(NETWORKS[0])
    assert has_integers(rounded(net, bits=8).weights)
    assert has_integers(rounded(net, bits=1).weights)
    assert not has_integers(rounded(net, bits=9).weights)
    assert not has_integers(net.weights)
    shared = {name: share(net.values[name], 4) for name in net.names}
    assert not has_integers(dict(net.weights) | shared)
