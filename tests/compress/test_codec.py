"""Files of weights: as small as by hand, bit for bit the same when read; a sentence where they are no such files."""

import re
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from kdcore.compress import codec, tensors
from kdcore.compress.bits import Source, packed, whole
from kdcore.compress.coded import Coded
from kdcore.compression import Code
from kdcore.experiment import Network
from kdcore.shapes import layers, names

HOWS = [(form, last) for form in codec.FORMS for last in codec.LASTS]
each_how = pytest.mark.parametrize(("form", "last"), HOWS)
each_form = pytest.mark.parametrize("form", codec.FORMS)

ONE = Network(widths=())
ONE_LAYERS = tuple(layers(ONE, (3,), 2))
CONV = Network(kind="cnn", widths=(3, 2), dropout=0.25, activation="gelu")
CONV_LAYERS = tuple(layers(CONV, (2, 4, 4), 3))


def one(weight: np.ndarray | Coded) -> dict:
    return {"1.weight": weight, "1.bias": np.array([1, 2], np.float32)}


def network_of(stack, network, make) -> dict:
    """Weights from a function of shape; biases are 0, 1, ..."""
    found = {}
    for name, layer in names(stack, network):
        found[f"{name}.weight"] = make(layer.weight_shape)
        found[f"{name}.bias"] = np.arange(layer.outputs, dtype=np.float32)
    return found


def assert_same(one, other) -> None:
    """Bit for bit."""
    assert type(one) is type(other)
    if isinstance(one, Coded):
        assert one.bits == other.bits
        np.testing.assert_array_equal(one.codes, other.codes)
        one, other = one.values, other.values
    assert one.shape == other.shape
    assert one.dtype == other.dtype
    assert one.tobytes() == other.tobytes()


def bytes_of(pieces: tensors.Parts) -> bytes:
    return b"".join(data for _part, data in pieces)


# Any weights


shapes = st_numpy.array_shapes(min_dims=1, max_dims=4, max_side=7)
any_floats = st.floats(width=32, allow_nan=True)


@st.composite
def sparse_codes(draw, bits: int, zero: int | None = None) -> np.ndarray:
    """Codes of which most, or all, are one."""
    shape = draw(shapes)
    most = draw(st.integers(0, 2**bits - 1)) if zero is None else zero
    few = st.integers(0, 2**bits - 1)
    return draw(st_numpy.arrays(np.int32, shape, elements=few, fill=st.just(most)))


@st.composite
def coded(draw) -> Coded:
    bits = draw(st.integers(1, 8))
    finite = st.floats(-4, 4, width=32)
    if draw(st.booleans()):
        codebook = np.array(draw(st.lists(finite, min_size=1, max_size=2**bits)), np.float32) + np.float32(0)
        codes = draw(sparse_codes(bits))
        return Coded(codes % len(codebook), bits, codebook=codebook)
    zero = draw(st.integers(0, 2**bits - 1))
    codes = draw(sparse_codes(bits, zero))
    column = (len(codes), *[1] * (codes.ndim - 1))
    scale = draw(st_numpy.arrays(np.float32, draw(st.sampled_from([(), column])), elements=st.floats(0, 9, width=32)))
    if draw(st.booleans()):
        return Coded(codes, bits, scale, np.full(column, zero + draw(st.sampled_from([0, 0.5 if zero == 0 else 0]))))
    return Coded(codes, bits, scale, draw(st_numpy.arrays(np.int32, column, elements=st.integers(0, 2**bits - 1))))


sparse_floats = st_numpy.arrays(np.float32, shapes, elements=any_floats, fill=st.just(np.float32(0)))


@each_form
@pytest.mark.parametrize("is_huffman", [False, True])
@given(weights=coded() | sparse_floats)
def test_any_weights_come_back(form, is_huffman, weights):
    file = bytes_of(tensors.pack(weights, form, is_huffman))
    source = Source(file)
    shape = (weights.codes if isinstance(weights, Coded) else weights).shape
    found = tensors.unpack(source, shape, form, is_huffman)
    assert_same(found, weights if isinstance(weights, Coded) else tensors.positive(weights))
    assert source.is_at_end


@each_how
@settings(max_examples=15)
@given(st.integers(0, 1000), st.sampled_from([0, 0.02, 0.3, 1]), st.sampled_from(["float", "book", "even"]))
def test_any_network_comes_back(form, last, seed, share, kind):
    chance = np.random.default_rng(seed)

    def make(shape):
        codes = (chance.integers(1, 8, shape) * (chance.random(shape) < share)).astype(np.int32)
        if kind == "book":
            return Coded(codes, 3, codebook=np.append(0, chance.standard_normal(7)).astype(np.float32))
        scale = chance.random((shape[0], *[1] * (len(shape) - 1)), np.float32)
        return Coded(codes, 3, scale, np.int32(0)) if kind == "even" else np.float32(codes) * scale

    weights = network_of(CONV_LAYERS, CONV, make)
    file = codec.write(weights, CONV_LAYERS, CONV, form, last, (2, 4, 4), {"key": "ä"})
    found = codec.contents(file)
    assert list(found.weights) == list(weights)
    for name, array in weights.items():
        assert_same(found.weights[name], array)
    assert (found.layers, found.network) == (CONV_LAYERS, CONV)
    assert (found.shape, found.metadata) == ((2, 4, 4), {"key": "ä"})


# By hand


def stream(weight: np.ndarray | Coded, form: str, part: str, is_huffman: bool = False) -> bytes:
    return b"".join(data for each, data in tensors.pack(weight, form, is_huffman) if each == part)


def test_dense_codes_take_their_bits():
    codes = Coded(np.array([[5, 0, 7], [1, 2, 3]], np.int32), 3, np.float32(2), np.int32(0))
    assert stream(codes, "dense", "values") == bytes([0b101_000_11, 0b1_001_010_0, 0b11_000000])


def test_gaps_longer_than_the_index_take_fillers():
    """40 zeros, then a weight: two fillers of 16 places each, and 8 zeros more. Last comes a gap of none."""
    weight = np.zeros((1, 50), np.float32)
    weight[0, 40:42] = 1, 2
    gaps, is_filler = tensors._gaps(np.flatnonzero(weight), 4)
    assert gaps.tolist() == [15, 15, 8, 0]
    assert is_filler.tolist() == [True, True, False, False]
    pieces = {part: 0 for part, _data in tensors.pack(weight, "index4", False)}
    for part, data in tensors.pack(weight, "index4", False):
        pieces[part] += len(data)
    assert pieces["indices"] + pieces["values"] + pieces["fillers"] == 1 + 2 + 4 * 4
    assert pieces["fillers"] == 1 + 2 * 4


def test_a_gap_as_long_as_the_index_takes_none():
    for zeros, fillers in ((15, 0), (16, 1), (31, 1), (32, 2)):
        assert tensors._gaps(np.array([zeros]), 4)[1].sum() == fillers


def test_csr_takes_the_smallest_whole_numbers():
    weight = np.zeros((2, 300), np.float32)
    weight[0, 299] = weight[1, 7] = 1
    assert stream(weight, "csr", "indices") == bytes([2, 0, 1, 2]) + bytes([299 >> 8, 299 & 255, 0, 7])


def test_zeros_alone_take_next_to_nothing():
    for form in ("csr", "index4", "index5", "index8"):
        kept = len(stream(np.zeros((20, 50), np.float32), form, "values"))
        assert kept == 0


def test_huffman_is_not_used_where_it_takes_more():
    few = Coded(np.array([[0, 1, 2, 3]], np.int32), 2, codebook=np.arange(4, dtype=np.float32))
    many = replace(few, codes=np.tile([0, 0, 0, 0, 0, 0, 0, 3], (1, 100)).astype(np.int32))
    assert stream(few, "dense", "values", is_huffman=True) == stream(few, "dense", "values")
    assert len(stream(many, "dense", "values", is_huffman=True)) == 100  # a bit each
    assert len(stream(many, "dense", "values")) == 200


def test_words_too_long_for_the_table_are_packed(monkeypatch):
    monkeypatch.setattr(tensors, "LENGTH_BITS", 1)
    codes = np.repeat(np.arange(3), [100, 10, 1])[None].astype(np.int32)
    array = Coded(codes, 2, codebook=np.arange(3, dtype=np.float32))
    assert stream(array, "dense", "values", is_huffman=True) == stream(array, "dense", "values")


@each_how
def test_minus_zero_is_written_as_zero(form, last):
    """Pruning by multiplication leaves both, and both are the same number."""
    weight = np.array([[-0.0, 0, -1], [0, -0.0, 0]], np.float32)
    found = codec.read(codec.write(one(weight), ONE_LAYERS, ONE, form, last))["1.weight"]
    assert found.tobytes() == (weight + 0).tobytes()
    assert np.count_nonzero(found) == 1


def test_a_shared_zero_of_either_sign_is_left_out():
    codes = np.array([[0, 0, 1], [0, 0, 0]], np.int32)
    weight = Coded(codes, 1, codebook=np.array([-0.0, 3], np.float32))
    assert stream(weight, "index4", "values") == bytes([0b1_0000000])


def test_what_costs_nothing_in_a_header():
    """Of a network with one hidden layer, without metadata: 40 bytes."""
    network = Network(widths=(16,))
    stack = layers(network, (1, 8, 8), 10)
    pieces = codec.parts(network_of(stack, network, lambda shape: np.ones(shape, np.float32)), stack, network)
    assert sum(len(data) for part, data in pieces if part == "header") <= 40


@given(st.lists(st.integers(0, 2**13 - 1), max_size=40).map(np.array), st.integers(13, 32))
def test_packed_numbers_come_back(numbers, bits):
    numbers = numbers.astype(np.int64)
    data = packed(numbers, bits)
    assert len(data) == -(-len(numbers) * bits // 8)
    np.testing.assert_array_equal(Source(data).packed(len(numbers), bits), numbers)


@pytest.mark.parametrize(("largest", "size"), [(0, 1), (255, 1), (256, 2), (65_535, 2), (65_536, 4)])
def test_whole_numbers_take_the_fewest_bytes(largest, size):
    data = whole(np.array([0, largest]), largest)
    assert len(data) == 2 * size
    assert Source(data).whole(2, largest).tolist() == [0, largest]


def test_halves_of_a_low_rank_convolution_come_back():
    stack = (replace(CONV_LAYERS[0], outputs=1, hidden=False), replace(CONV_LAYERS[0], inputs=1, kernel=1))
    stack += CONV_LAYERS[1:]
    weights = network_of(stack, CONV, tidy)
    assert weights["1.weight"].shape == (3, 1, 1, 1)
    found = codec.contents(codec.write(weights, stack, CONV))
    assert found.layers == stack
    for name, array in weights.items():
        assert_same(found.weights[name], array)


# What a reader needs


def test_forms_are_those_of_the_code_stage():
    assert get_args(Code.model_fields["form"].annotation) == codec.FORMS
    assert set(codec.LASTS) == set(get_args(Code.model_fields["last"].annotation))


def tidy(shape) -> np.ndarray:
    chance = np.random.default_rng(prod := int(np.prod(shape)))
    return (chance.standard_normal(shape) * (chance.random(shape) < 20 / prod)).astype(np.float32) + np.float32(0)


def book(shape) -> Coded:
    codes = np.rint(np.abs(tidy(shape)) * 5).clip(0, 7).astype(np.int32)
    return Coded(codes, 3, codebook=np.array([0, -1, 1, 2, -2, 3, -3, 4], np.float32))


def even(shape) -> Coded:
    scale = np.linspace(0.1, 1, shape[0], dtype=np.float32).reshape(-1, *[1] * (len(shape) - 1))
    return Coded(book(shape).codes, 3, scale, np.arange(shape[0]).reshape(scale.shape) % 8)


def binary(shape) -> Coded:
    return Coded((tidy(shape) > 0).astype(np.int32), 1, np.float32(0.3), np.float32(0.5))


@pytest.mark.parametrize("last", codec.LASTS)
@pytest.mark.parametrize("stack", [(CONV_LAYERS, CONV), (tuple(layers(Network(), (9, 9, 9), 3)), Network())])
def test_the_script_reads_what_the_lab_reads(last, stack, tmp_path):
    """A layer of each kind in each form; by their names in the network."""
    script = codec.reader_script()
    assert script.count("\n") < 100
    (tmp_path / "reader.py").write_text(script)
    for form, make in zip(codec.FORMS, (even, binary, tidy, book, even), strict=True):
        (tmp_path / "network.kdz").write_bytes(codec.write(network_of(*stack, make), *stack, form, last))
        command = [sys.executable, "-I", "reader.py", "network.kdz", "weights.npz"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        found = np.load(tmp_path / "weights.npz")
        wanted = network_of(*stack, lambda shape, make=make: getattr(made := make(shape), "values", made))
        assert set(found) == set(wanted)
        for name, array in wanted.items():
            assert_same(found[name], array)
        name, first = next(iter(wanted.items()))
        assert f"{name} {first.shape}: {np.count_nonzero(first)} are not 0" in done.stdout


# What cannot be

REFUSED = r"no \.kdz file|damaged|cut off|too large"


@contextmanager
def suppress_refusal() -> Iterator[None]:
    """A refusal is fine if it is one of our sentences; any other error is not."""
    try:
        yield
    except ValueError as error:
        if not re.search(REFUSED, str(error)):
            raise


@each_how
def test_a_file_cut_off_anywhere_is_refused(form, last):
    weights = network_of(CONV_LAYERS, CONV, even)
    file = codec.write(weights, CONV_LAYERS, CONV, form, last)
    for end in {*range(0, len(file), 7), len(file) - 1}:
        with pytest.raises(ValueError, match=REFUSED):
            codec.read(file[:end])
    with pytest.raises(ValueError, match="damaged"):
        codec.read(file + b"\0")


@each_how
@settings(max_examples=100)
@given(st.data())
def test_a_changed_file_is_refused_in_a_sentence_or_read(form, last, data):
    file = bytearray(codec.write(network_of(CONV_LAYERS, CONV, book), CONV_LAYERS, CONV, form, last))
    for _change in range(data.draw(st.integers(1, 3))):
        file[data.draw(st.integers(4, len(file) - 1))] = data.draw(st.integers(0, 255))
    with suppress_refusal():
        for array in codec.read(bytes(file)).values():
            assert array.values.shape if isinstance(array, Coded) else array.dtype == np.float32


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\x00\x02{}", b"\x05\x02{}"),  # a form that there is not
        (b"{}", b"[]"),  # a network that is none
        (b"{}", b"\xff}"),  # no text
        (b'{"a":1}', b"[[1,2]]"),  # metadata that are none
        (b'{"a":1}', b'"a":{1}'),
        (b'{"a":1}', b'"abcde"'),
        (b"\x01\x00\x03\x02\x01", b"\x01\x00\x00\x02\x01"),  # a layer without inputs
        (b"\x01\x00\x03\x02\x01", b"\x01\x04\x03\x02\x01"),  # a layer of a kind that there is not
        (b"\x02\x02\x03", b"\x03\x02\x03"),  # weights of a kind that there is not
        (b"\x02\x02\x03", b"\x02\x11\x03"),  # codes of too many bits
        (b"\x02\x02\x03", b"\x02\x00\x01"),  # codes of none
        (b"\x02\x02\x03", b"\x02\x02\x05"),  # a codebook with more values than codes
        (bytes([0b00_01_10_01, 0b10_000000]), bytes([0b00_01_11_01, 0b10_000000])),  # a code without a value
    ],
)
def test_what_cannot_have_been_written_is_refused(old, new):
    """Each change is of a file that reads as it should."""
    weights = one(Coded(np.array([[0, 1, 2], [1, 2, 0]], np.int32), 2, codebook=np.array([5, 6, 7], np.float32)))
    file = codec.write(weights, ONE_LAYERS, Network(), metadata={"a": 1})
    assert file.count(old) == 1
    with pytest.raises(ValueError, match="damaged"):
        codec.read(file.replace(old, new))


@given(st.binary(max_size=100))
def test_other_files_are_refused(data):
    for file in (data, codec.MAGIC + data):
        with pytest.raises(ValueError, match=REFUSED):
            codec.read(file)


@pytest.mark.parametrize(
    ("weight", "sentence"),
    [
        (np.ones((2, 3)), "1.weight is float64: a file takes float32"),
        (np.ones((3, 2), np.float32), r"another network: .*\(3, 2\).* instead of .*\(2, 3\)"),
        (Coded(np.full((2, 3), 4), 2, np.float32(1), np.int32(0)), "codes from 4 to 4: they must lie between 0 and 3"),
        (Coded(np.full((2, 3), -1), 2, np.float32(1), np.int32(0)), "codes from -1 to -1"),
        (Coded(np.full((2, 3), 2), 2, codebook=np.ones(2, np.float32)), "must lie between 0 and 1"),
        (Coded(np.zeros((2, 3), int), 17, np.float32(1), np.int32(0)), "17 bits: choose from 1 to 16"),
        (Coded(np.zeros((2, 3), int), 2, np.ones((1, 3)), np.int32(0)), r"scales of shape \(1, 3\) .* choose one of"),
        (Coded(np.zeros((2, 3), int), 2, np.float32(1), np.int32(4)), r"zeros from 4 to 4: .* half steps"),
        (Coded(np.zeros((2, 3), int), 2, np.float32(1), np.float32(0.25)), r"zeros from 0.25 to 0.25: .* half steps"),
    ],
)
def test_weights_that_cannot_be_written_are_refused(weight, sentence):
    with pytest.raises(ValueError, match=sentence):
        codec.write(one(weight), ONE_LAYERS, ONE)


def test_codes_of_biases_are_refused():
    weights = one(np.ones((2, 3), np.float32)) | {"1.bias": Coded(np.zeros(2, int), 1, np.float32(1), np.int32(0))}
    with pytest.raises(ValueError, match=r"1.bias is Coded"):
        codec.write(weights, ONE_LAYERS, ONE)


@pytest.mark.parametrize(("how", "sentence"), [({"form": "index6"}, "form 'index6'"), ({"last": "rar"}, "last 'rar'")])
def test_unknown_ways_are_refused(how, sentence):
    with pytest.raises(ValueError, match=f"unknown {sentence}: choose one of"):
        codec.write(one(np.ones((2, 3), np.float32)), ONE_LAYERS, ONE, **how)


def test_a_file_that_tells_of_too_many_weights_is_refused(monkeypatch):
    file = codec.write(one(np.zeros((2, 3), np.float32)), ONE_LAYERS, ONE, "index4")
    monkeypatch.setattr(codec, "LARGEST", 7)
    with pytest.raises(ValueError, match="too large: it may hold up to 7 weights"):
        codec.read(file)
    with pytest.raises(ValueError, match="too large"):
        codec.write(one(np.zeros((2, 3), np.float32)), ONE_LAYERS, ONE)


def test_a_zip_that_swells_is_refused(monkeypatch):
    monkeypatch.setattr(codec, "LARGEST_FILE", 1000)
    bomb = codec.MAGIC + bytes([codec.LASTS.index("zip")]) + zlib.compress(bytes(100_000))
    assert len(bomb) < 1000
    with pytest.raises(ValueError, match=r"too large: .* 1,000 bytes"):
        codec.read(bomb)


def test_a_file_of_too_many_bytes_is_refused(monkeypatch):
    monkeypatch.setattr(codec, "LARGEST_FILE", 10)
    with pytest.raises(ValueError, match="too large"):
        codec.read(codec.MAGIC + bytes(7))


def test_a_file_that_reads_otherwise_is_not_handed_out(monkeypatch):
    monkeypatch.setattr(codec, "read", lambda _file: one(np.zeros((2, 3), np.float32)))
    with pytest.raises(OSError, match="read back with other weights"):
        codec.write(one(np.ones((2, 3), np.float32)), ONE_LAYERS, ONE)
