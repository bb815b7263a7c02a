"""Where each byte of a file goes: all of them, in files that were really written."""

import numpy as np
import pytest

from kdcore.compress import account, codec
from kdcore.compress.coded import Coded, values
from kdcore.experiment import Network
from kdcore.measure.size import size_bytes
from kdcore.shapes import layers, names

NETWORK = Network(widths=(40, 20))
STACK = tuple(layers(NETWORK, (1, 8, 8), 10))


def shared(sparsity: float) -> dict:
    """A network whose weights are 0 or one of 15 others, bell-shaped."""
    chance, found = np.random.default_rng(0), {}
    codebook = np.append(0, np.linspace(-1, 0.9, 15)).astype(np.float32)
    for name, layer in names(STACK, NETWORK):
        codes = chance.binomial(14, 0.5, layer.weight_shape) + 1
        codes[chance.random(layer.weight_shape) < sparsity] = 0
        found[f"{name}.weight"] = Coded(codes.astype(np.int32), 4, codebook=codebook)
        found[f"{name}.bias"] = chance.standard_normal(layer.outputs).astype(np.float32)
    return found


WEIGHTS = shared(0.9)
WAYS = account.ways(WEIGHTS, STACK, NETWORK)
SIZES = {way: sum(parts.values()) for way, parts in WAYS.items()}


def test_ways_come_in_their_order_and_parts_have_names():
    assert list(WAYS) == list(account.WAYS)
    assert {part for parts in WAYS.values() for part in parts} == set(account.PARTS)
    assert all(size > 0 for parts in WAYS.values() for size in parts.values())


@pytest.mark.parametrize("way", account.FILES)
def test_parts_add_up_to_the_file(way):
    kind = account.FILES[way]
    weights = WEIGHTS if kind.codes else values(WEIGHTS)
    assert SIZES[way] == len(codec.write(weights, STACK, NETWORK, kind.form, kind.last))


def test_parts_add_up_to_the_usual_file():
    assert SIZES["safetensors"] == size_bytes(values(WEIGHTS))
    weights = sum(layer.parameters - layer.outputs for layer in STACK)
    assert WAYS["safetensors"]["values"] == 4 * weights
    assert WAYS["safetensors"]["biases"] == 4 * (40 + 20 + 10)


def test_zeros_take_no_less_until_they_are_left_out():
    dense = account.ways(shared(0), STACK, NETWORK)
    assert sum(dense["safetensors"].values()) == SIZES["safetensors"]
    assert SIZES["index5"] < SIZES["csr"] < SIZES["safetensors"]
    assert sum(dense["csr"].values()) > sum(dense["safetensors"].values())


def test_each_step_of_deep_compression_takes_less():
    steps = ["safetensors", "codes", "codes+index5", "codes+index5+huffman"]
    sizes = [SIZES[way] for way in steps]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == len(sizes)


def test_bytes_by_hand():
    """A weight at place 40 of 42, with gaps of 5 bits: one filler for 32 places; both take 5 bits and 32."""
    network = Network(widths=())
    stack = tuple(layers(network, (42,), 1))
    weights = {"1.weight": np.zeros((1, 42), np.float32), "1.bias": np.ones(1, np.float32)}
    weights["1.weight"][0, 40] = 1
    parts = account.ways(weights, stack, network)["index5"]
    assert parts == {"header": parts["header"], "biases": 4, "values": 4, "indices": 1 + 2, "fillers": 4}


def test_fillers_count_what_they_take():
    parts = WAYS["codes+index5"]
    found = [array.codes.ravel() for name, array in WEIGHTS.items() if name.endswith("weight")]
    fillers = sum(int(((np.diff(np.flatnonzero(codes), prepend=-1) - 1) // 32).sum()) for codes in found)
    assert fillers > 10
    assert fillers * (4 + 5) / 8 - len(found) * 2 < parts["fillers"] <= fillers * (4 + 5) / 8


def test_without_codes_there_are_no_ways_with_codes():
    found = account.ways(values(WEIGHTS), STACK, NETWORK)
    assert list(found) == [way for way in account.WAYS if not way.startswith("codes")]
    assert found == {way: WAYS[way] for way in found}
