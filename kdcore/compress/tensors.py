"""The weights of one layer as bytes, and back; the docstring of `codec` tells the format.

Three steps: what the weights are (float32, levels or a codebook), where those are that are not 0, and their numbers.
"""

from dataclasses import replace
from math import prod

import numpy as np

from kdcore.compress import huffman
from kdcore.compress.bits import Source, damaged, floats, packed, varints, whole
from kdcore.compress.coded import Array, Coded

FORMS = ("dense", "csr", "index4", "index5", "index8")
FLOAT, LEVELS, CODEBOOK = range(3)  # what weights are
FLOAT_BITS = 32
MOST_BITS = 16  # of a code
LENGTH_BITS = 5  # of the length of a word in a Huffman table

Parts = list[tuple[str, bytes]]  # pieces of a file: what each is for, and its bytes


def pack(array: Array, form: str, is_huffman: bool) -> Parts:
    """The pieces of one layer's weights."""
    levels = array if isinstance(array, Coded) else None
    numbers = (positive(array).view(np.uint32) if levels is None else levels.codes).astype(np.int64)
    matrix = numbers.reshape(len(numbers), -1)
    is_filler = None
    if form == "dense":
        places, where = np.arange(matrix.size), []
    else:
        places = np.flatnonzero(matrix != _zero(levels))
        if form == "csr":
            where = _rows_and_columns(places, matrix.shape)
        else:
            gaps, is_filler = _gaps(places, _gap_bits(form))
            places = np.cumsum(gaps + 1) - 1
            where = _stream("indices", gaps, _gap_bits(form), is_huffman, is_filler)
        where = [("indices", varints([len(places)])), *where]
    return [
        *_description(levels),
        *where,
        *_stream("values", matrix.ravel()[places], _bits(levels), is_huffman, is_filler),
    ]


def unpack(source: Source, shape: tuple[int, ...], form: str, is_huffman: bool) -> Array:
    """The weights that `pack` has written."""
    levels = _read_description(source, shape)
    matrix = np.empty((shape[0], prod(shape[1:])), np.int64)
    if form == "dense":
        places = slice(None)
        count = matrix.size
    else:
        matrix[:] = _zero(levels)
        count = source.varint(most=matrix.size)
        if form == "csr":
            places = _read_rows_and_columns(source, count, matrix.shape)
        else:
            places = np.cumsum(_read_stream(source, count, _gap_bits(form), is_huffman) + 1) - 1
        if count and places.max() >= matrix.size:
            raise damaged()
    matrix.reshape(-1)[places] = _read_stream(source, count, _bits(levels), is_huffman)
    return _made(matrix.reshape(shape), levels)


def positive(array: np.ndarray) -> np.ndarray:
    """The same numbers, with 0 for -0."""
    return np.where(array == 0, np.float32(0), array)


def _made(numbers: np.ndarray, levels: Coded | None) -> Array:
    """The weights that these numbers stand for."""
    if levels is None:
        return numbers.astype(np.uint32).view(np.float32)
    most = 2**levels.bits if levels.codebook is None else len(levels.codebook)
    if numbers.min() < 0 or numbers.max() >= most:
        raise damaged()
    return replace(levels, codes=numbers.astype(np.int32))


def _bits(levels: Coded | None) -> int:
    """Of each number."""
    return levels.bits if levels else FLOAT_BITS


def _zero(levels: Coded | None) -> np.ndarray:
    """The number that means 0: one for all, or a column of one for each output; -1 where none does."""
    if levels is None:
        return np.zeros((1, 1), np.int64)
    if levels.codebook is not None:
        return np.append(np.flatnonzero(levels.codebook == 0), -1)[:1, None]
    zero = np.asarray(levels.zero).reshape(-1, 1)
    return np.where(zero % 1 == 0, zero, -1).astype(np.int64)


def _description(levels: Coded | None) -> Parts:
    """The piece that tells what the weights are."""
    if levels is None:
        return [("header", varints([FLOAT]))]
    if levels.codebook is not None:
        start = varints([CODEBOOK, levels.bits, len(levels.codebook)])
        return [("header", start), ("tables", floats(positive(levels.codebook)))]
    scale, zero = np.ravel(levels.scale), np.ravel(levels.zero)
    zero = zero[:1] if (zero == zero[0]).all() else zero
    tables = [
        varints([int(scale.size > 1)]) + floats(scale),
        varints([int(zero.size > 1)]) + packed((2 * zero).astype(np.int64), levels.bits + 1),
    ]
    return [("header", varints([LEVELS, levels.bits])), ("tables", b"".join(tables))]


def _read_description(source: Source, shape: tuple[int, ...]) -> Coded | None:
    """What the weights of this shape are: the levels, still without codes; None for float32."""
    kind = source.varint(most=CODEBOOK)
    if kind == FLOAT:
        return None
    codes, bits = np.empty(0, np.int32), source.varint(most=MOST_BITS)
    if not bits:
        raise damaged()
    if kind == CODEBOOK:
        return Coded(codes, bits, codebook=source.floats(source.varint(most=2**bits)))
    column = (-1, *[1] * (len(shape) - 1))
    scale = source.floats(shape[0] if source.varint(most=1) else 1).reshape(column)
    zero = source.packed(shape[0] if source.varint(most=1) else 1, bits + 1).reshape(column)
    return Coded(codes, bits, scale, zero / np.float32(2))


# Where the numbers are


def _rows_and_columns(places: np.ndarray, shape: tuple[int, int]) -> Parts:
    rows, columns = shape
    pointers = np.searchsorted(places, np.arange(rows + 1) * columns)
    return [("indices", whole(pointers, len(places))), ("indices", whole(places % columns, columns - 1))]


def _read_rows_and_columns(source: Source, count: int, shape: tuple[int, int]) -> np.ndarray:
    rows, columns = shape
    pointers, column = source.whole(rows + 1, count), source.whole(count, columns - 1)
    if pointers[0] != 0 or pointers[-1] != count or (np.diff(pointers) < 0).any() or (column >= columns).any():
        raise damaged()
    return np.repeat(np.arange(rows) * columns, np.diff(pointers)) + column


def _gap_bits(form: str) -> int:
    return int(form.removeprefix("index"))


def _gaps(places: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """How many zeros come before each number that is written, and which of these numbers are fillers."""
    zeros = np.diff(places, prepend=-1) - 1
    fillers = zeros >> bits  # each stands for 2^bits zeros: those before it, and itself
    ends = np.cumsum(fillers + 1) - 1
    gaps = np.full(len(places) + fillers.sum(), 2**bits - 1)
    gaps[ends] = zeros - (fillers << bits)
    is_filler = np.ones(len(gaps), bool)
    is_filler[ends] = False
    return gaps, is_filler


# Streams


def _stream(part: str, numbers: np.ndarray, bits: int, is_huffman: bool, is_filler: np.ndarray | None = None) -> Parts:
    """The pieces of a stream of numbers: a table if there is one, the numbers, and what the fillers among them take."""
    tables, data, each = b"", packed(numbers, bits), np.full(len(numbers), bits)
    if is_huffman and bits < FLOAT_BITS:
        tables, words = varints([0]), _words(numbers)
        if words and sum(map(len, words[:2])) < len(tables) + len(data):
            tables, data, each = words
    fillers = 0 if is_filler is None else int(each[is_filler].sum()) // 8
    kept = len(data) - fillers
    return [("tables", tables), (part, data[:kept]), ("fillers", data[kept:])]


def _words(numbers: np.ndarray) -> tuple[bytes, bytes, np.ndarray] | None:
    """Huffman's table and words, and the bits of each number; None where there are no numbers, or too long a word."""
    if not len(numbers):
        return None
    lengths = huffman.lengths(numbers)
    if lengths.max() >= 2**LENGTH_BITS:
        return None
    each = lengths[numbers]
    table = [varints([1, len(lengths)]), packed(lengths, LENGTH_BITS), varints([int(each.sum())])]
    return b"".join(table), huffman.encode(numbers, lengths), each


def _read_stream(source: Source, count: int, bits: int, is_huffman: bool) -> np.ndarray:
    if not (is_huffman and bits < FLOAT_BITS and source.varint(most=1)):
        return source.packed(count, bits)
    lengths = source.packed(source.varint(most=2**bits), LENGTH_BITS)
    length = source.varint(most=count * 2**LENGTH_BITS)
    words = source.take(-(-length // 8))
    try:
        numbers = huffman.decode(words, length, lengths)
    except ValueError as error:
        raise damaged() from error
    if len(numbers) != count:
        raise damaged()
    return numbers
