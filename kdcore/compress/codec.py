"""A network as a file, `.kdz`, that takes few bytes: zeros left out, codes packed bit by bit, frequent ones shorter.

The way of Deep Compression (Han, Mao, Dally 2016, sections 2 to 4), with all that is needed to read it back inside.

**The file.** All numbers of several bytes are big-endian, and bits begin with the most significant one. A *varint* has
seven bits a byte, the least significant seven first; all bytes but the last have the top bit set. A *text* is a varint
that tells its length in bytes, then UTF-8.

    4 bytes   b"kdz1"
    1 byte    last: 0 plain, 1 huffman, 2 zip. After zip, all that follows is one zlib stream of what follows here
    varint    form: 0 dense, 1 csr, 2 index4, 3 index5, 4 index8
    text      the network: JSON of the settings that differ from the default, such as {"widths":[64]}
    varints   shape of an example: the number of its axes, then each
    text      metadata: JSON, such as {"key":"..."}; empty for none
    varint    number of layers; then for each layer five varints:
              kind (0 linear, 1 conv) + 2 if hidden, inputs, outputs, positions, side of the filters
    and for each layer its weights, (outputs, inputs) or (outputs, inputs, side, side), and its float32 biases.

**Weights.** A varint tells what they are:

    0  float32. A number is 32 bits.
    1  levels:   varint bits; varint 1 if there is a scale for each output, 0 for one in all; scales, float32;
                 the same for zeros, but packed, of bits + 1 bits each: twice the code that means 0.
                 value = scale * (code - zero)
    2  codebook: varint bits; varint of its length; its values, float32. value = codebook[code]

Then come the numbers (the codes, or the float32s), as the form says. Sparse forms know only those that are not the code
of 0; weights are seen as a matrix (outputs, rest).

    dense   all of them
    csr     varint n; outputs + 1 row pointers; n column numbers; n numbers. Pointers and columns take
            1, 2 or 4 bytes each, the fewest that n and the last column need.
    indexK  varint n; n gaps of K bits; n numbers. A gap tells how many zeros come before a number, row after row.
            Where more than 2^K - 1 would come, a zero is written as if it were a number: a filler.

**Streams.** Gaps, and numbers of less than 32 bits, are packed: each takes its bits, and zeros fill up the last byte.
If the file is `huffman`, a varint comes before: 0 for packed as well, where Huffman's code would take more, or
1 for a table: varint of its length, then 5 bits for each number 0, 1, ...: the length of its word, 0 if it has none;
packed; then a varint of the number of bits of all words, and the words; see `huffman`.

-0.0 is written as 0.0, the same number: pruning leaves both.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import prod
from pathlib import Path

import numpy as np

from kdcore.compress.bits import Source, damaged, floats, text, varints
from kdcore.compress.coded import Array, Coded, Weights, values
from kdcore.compress.tensors import FORMS, MOST_BITS, Parts, pack, positive, unpack
from kdcore.experiment import LARGEST_COHORT, Network
from kdcore.measure.size import same_bits
from kdcore.shapes import Layer, names
from kdcore.words import _

MAGIC = b"kdz1"
LASTS = ("plain", "huffman", "zip")
KINDS = ("linear", "conv")
LARGEST = LARGEST_COHORT  # weights of a network
LARGEST_FILE = 5 * LARGEST  # bytes, also when unzipped: as many as float32s take, and room for the rest
MOST_LAYERS = 100
MOST_AXES = 8


@dataclass(frozen=True, eq=False)
class Contents:
    """All that is in a file: weights by name, and what is needed to compute with them."""

    weights: dict[str, Array]
    layers: tuple[Layer, ...]
    network: Network
    shape: tuple[int, ...]  # of an example; () if that was not told
    metadata: dict[str, str]

    @property
    def ranges(self) -> dict[str, tuple[float, int]]:
        """Scale and zero of each layer's 8-bit inputs, by the layer's name; none where these are as they come."""
        return json.loads(self.metadata.get("ranges", "{}"))


def write(
    weights: Weights,
    layers: Sequence[Layer],
    network: Network,
    form: str = "dense",
    last: str = "plain",
    shape: Sequence[int] = (),
    metadata: Mapping[str, str] | None = None,
) -> bytes:
    """The network as a file, which was read back and is the same, bit for bit; else raises OSError.

    Raises ValueError where weights cannot be written: they do not fit the layers, or are neither float32 nor `Coded`.
    """
    return joined(parts(weights, layers, network, form, last, shape, metadata), weights)


def joined(pieces: Parts, weights: Weights) -> bytes:
    """The file of these pieces. Raises OSError if what is read back is not, bit for bit, these weights."""
    file = b"".join(data for _part, data in pieces)
    if not same_bits(_content(weights), _content(read(file))):
        raise OSError(_("the file was read back with other weights than were written"))
    return file


def parts(
    weights: Weights,
    layers: Sequence[Layer],
    network: Network,
    form: str = "dense",
    last: str = "plain",
    shape: Sequence[int] = (),
    metadata: Mapping[str, str] | None = None,
) -> Parts:
    """The pieces of the file in their order: header, biases, values, indices, fillers, tables; after zip one: zipped.

    Fillers lie among the others of a stream; the bytes that their bits make together are counted off at its end.
    """
    _check(weights, layers, network)
    start = MAGIC + varints([_place("last", LASTS, last)])
    pieces = [("header", _header(layers, network, _place("form", FORMS, form), shape, metadata or {}))]
    for name, _layer in names(layers, network):
        pieces += pack(weights[f"{name}.weight"], form, last == "huffman")
        pieces += [("biases", floats(positive(weights[f"{name}.bias"])))]
    if last == "zip":
        pieces = [("zipped", zlib.compress(b"".join(data for _part, data in pieces), level=9))]
    return [("header", start), *pieces]


def read(file: bytes) -> dict[str, Array]:
    """The weights in a file, by name. Raises ValueError where it is no such file, damaged, cut off or too large."""
    return contents(file).weights


def contents(file: bytes) -> Contents:
    """The weights in a file, and all else in it. Raises ValueError as `read` does."""
    if not file.startswith(MAGIC):
        told = _("this is no .kdz file: it begins with {found} instead of {magic}")
        raise ValueError(told.format(found=bytes(file[: len(MAGIC)]), magic=MAGIC))
    if len(file) > LARGEST_FILE:
        raise _too_large()
    source = Source(file[len(MAGIC) :])
    last = LASTS[source.varint(most=len(LASTS) - 1)]
    if last == "zip":
        source = Source(_unzipped(file[len(MAGIC) + 1 :]))
    form, found = _read_header(source)
    for name, layer in names(found.layers, found.network):
        found.weights[f"{name}.weight"] = unpack(source, layer.weight_shape, form, last == "huffman")
        found.weights[f"{name}.bias"] = source.floats(layer.outputs)
    if not source.is_at_end:
        raise damaged()
    return found


def reader_script() -> str:
    """A program of its own, under 100 lines of plain numpy, that reads such files."""
    return Path(__file__).with_name("reader.py").read_text(encoding="utf-8")


# The header


def _header(
    layers: Sequence[Layer], network: Network, form: int, shape: Sequence[int], metadata: Mapping[str, str]
) -> bytes:
    more = json.dumps(dict(metadata), separators=(",", ":"), ensure_ascii=False) if metadata else ""
    told = [(KINDS.index(e.kind) + 2 * e.hidden, e.inputs, e.outputs, e.positions, e.kernel) for e in layers]
    fields = [
        varints([form]),
        text(network.model_dump_json(exclude_defaults=True)),
        varints([len(shape), *shape]),
        text(more),
        varints([len(told), *chain.from_iterable(told)]),
    ]
    return b"".join(fields)


def _read_header(source: Source) -> tuple[str, Contents]:
    """The form, and the contents, still without weights."""
    form = FORMS[source.varint(most=len(FORMS) - 1)]
    told = source.text()
    shape = tuple(source.varint() for _axis in range(source.varint(most=MOST_AXES)))
    more = source.text()
    try:
        network = Network.model_validate_json(told)
        metadata = json.loads(more or "{}")
    except (ValueError, RecursionError) as error:
        raise damaged() from error
    if not isinstance(metadata, dict):
        raise damaged()
    layers = tuple(_read_layer(source) for _layer in range(source.varint(most=MOST_LAYERS)))
    if sum(layer.parameters for layer in layers) > LARGEST:
        raise _too_large()
    return form, Contents({}, layers, network, shape, metadata)


def _read_layer(source: Source) -> Layer:
    kind, inputs, outputs, positions, kernel = source.varint(most=3), *(source.varint() for _number in range(4))
    if not (inputs and outputs and kernel):
        raise damaged()
    return Layer(KINDS[kind % 2], inputs, outputs, positions, hidden=kind >= 2, kernel=kernel)


# Checks


def _content(weights: Weights) -> dict[str, np.ndarray]:
    """What has to be read back bit for bit: values, and codes."""
    codes = {f"{name}: codes": np.int32(array.codes) for name, array in weights.items() if isinstance(array, Coded)}
    return {name: positive(array) for name, array in values(weights).items()} | codes


def _check(weights: Weights, layers: Sequence[Layer], network: Network) -> None:
    """Raise ValueError where these weights are not those of these layers, or cannot be written."""
    wanted = {}
    for name, layer in names(layers, network):
        wanted |= {f"{name}.weight": layer.weight_shape, f"{name}.bias": (layer.outputs,)}
    found = {name: (array.codes if isinstance(array, Coded) else array).shape for name, array in weights.items()}
    if found != wanted:
        told = _("these weights belong to another network: {found} instead of {wanted}")
        raise ValueError(told.format(found=found, wanted=wanted))
    if sum(map(prod, wanted.values())) > LARGEST:
        raise _too_large()
    for name, array in weights.items():
        if isinstance(array, Coded) and len(wanted[name]) > 1:
            _check_coded(name, array)
        elif isinstance(array, Coded) or array.dtype != np.float32:
            told = _("{name} is {found}: a file takes float32, and codes for what is no bias")
            raise ValueError(told.format(name=name, found=getattr(array, "dtype", "Coded")))


def _check_coded(name: str, coded: Coded) -> None:
    """Raise ValueError where codes have no value, or none that a file can tell."""
    per = {(), (1,) * coded.codes.ndim, (len(coded.codes), *[1] * (coded.codes.ndim - 1))}
    if not 1 <= coded.bits <= MOST_BITS:
        told = _("{name} has codes of {bits} bits: choose from 1 to {most}")
        raise ValueError(told.format(name=name, bits=coded.bits, most=MOST_BITS))
    levels = 2**coded.bits if coded.codebook is None else min(len(coded.codebook), 2**coded.bits)
    if coded.codes.min() < 0 or coded.codes.max() >= levels:
        told = _("{name} has codes from {low} to {high}: they must lie between 0 and {most}")
        raise ValueError(told.format(name=name, low=coded.codes.min(), high=coded.codes.max(), most=levels - 1))
    if coded.codebook is None and not {np.shape(coded.scale), np.shape(coded.zero)} <= per:
        told = _("{name} has scales of shape {scale} and zeros of shape {zero}: choose one of {options}")
        options = ", ".join(map(str, sorted(per)))
        found = {"scale": np.shape(coded.scale), "zero": np.shape(coded.zero)}
        raise ValueError(told.format(name=name, options=options, **found))
    if coded.codebook is None and not np.isin(coded.zero, np.arange(2 * levels - 1) / 2).all():
        told = _("{name} has zeros from {low} to {high}: they must lie between 0 and {most}, in half steps")
        raise ValueError(told.format(name=name, low=np.min(coded.zero), high=np.max(coded.zero), most=levels - 1))


def _place(what: str, options: Sequence[str], chosen: str) -> int:
    if chosen not in options:
        told = _("unknown {what} '{chosen}': choose one of {options}")
        raise ValueError(told.format(what=what, chosen=chosen, options=", ".join(options)))
    return options.index(chosen)


def _unzipped(data: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        found = unpacker.decompress(data, LARGEST_FILE)
    except zlib.error as error:
        raise damaged() from error
    if unpacker.unconsumed_tail:
        raise _too_large()
    if not unpacker.eof or unpacker.unused_data:
        raise damaged()
    return found


def _too_large() -> ValueError:
    told = _("the file is too large: it may hold up to {weights:,} weights and {size:,} bytes")
    return ValueError(told.format(weights=LARGEST, size=LARGEST_FILE))
