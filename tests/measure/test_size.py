"""Size: the bytes of a file, which must come back bit for bit."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays

from kdcore.measure import size as module
from kdcore.measure.size import same_bits, size_bytes

WEIGHTS = {"1.weight": np.arange(6, dtype=np.float32).reshape(2, 3), "1.bias": np.zeros(2, np.float32)}


def test_size_by_hand():
    """8 bytes for the header's length, the header filled up to a multiple of 8, and 8 numbers of 4 bytes."""
    header = {
        "1.bias": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
        "1.weight": {"dtype": "F32", "shape": [2, 3], "data_offsets": [8, 32]},
    }
    length = len(json.dumps(header, separators=(",", ":")))
    assert size_bytes(WEIGHTS) == 8 + -(-length // 8) * 8 + 32


def test_zeros_take_as_much_room_as_other_numbers():
    assert size_bytes({name: 0 * array for name, array in WEIGHTS.items()}) == size_bytes(WEIGHTS)


@given(arrays(np.uint32, array_shapes(max_dims=4, max_side=4)))
def test_every_bit_comes_back(bits):
    """Any 32 bits, so NaN of all kinds, infinities and minus zero too; and arrays that are views."""
    array = bits.view(np.float32)
    assert size_bytes({"0.weight": array, "0.turned": array.T}) > 2 * array.nbytes


@pytest.mark.parametrize("harm", ["bit", "type", "shape", "missing"])
def test_what_does_not_come_back_is_an_error(monkeypatch, harm):
    weight = WEIGHTS["1.weight"]
    damaged = {
        "bit": {"1.weight": np.where(weight == 3, np.nextafter(np.float32(3), 4), weight)},
        "type": {"1.weight": weight.view(np.int32)},
        "shape": {"1.weight": weight.reshape(3, 2)},
        "missing": {},
    }[harm]
    monkeypatch.setattr(module, "load_file", lambda _path: {"1.bias": WEIGHTS["1.bias"]} | damaged)
    with pytest.raises(OSError, match="other weights than were written"):
        size_bytes(WEIGHTS)


def test_minus_zero_is_not_zero():
    assert not same_bits({"a": np.array([0.0])}, {"a": np.array([-0.0])})
