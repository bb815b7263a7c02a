"""Why is my file not smaller? The same network as files of many kinds, and where each byte of them goes.

A zero takes as many bytes as any other number until a file leaves it out, and then the places of all others have to be
told. Every file here is written, and read back bit for bit.
"""

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import safetensors.numpy

from kdcore.compress import codec
from kdcore.compress.coded import Coded, Weights, values
from kdcore.experiment import Network
from kdcore.measure.size import same_bits
from kdcore.shapes import Layer
from kdcore.words import N_, _


@dataclass(frozen=True)
class Way:
    """A kind of .kdz file: with the codes of quantised or shared weights, or with all weights as float32."""

    title: str
    codes: bool
    form: str
    last: str


SAFETENSORS = {"safetensors": N_("float32 (safetensors)"), "safetensors+zip": N_("float32 (safetensors), zip")}
FILES = {
    "csr": Way(N_("float32, CSR"), False, "csr", "plain"),
    "index5": Way(N_("float32, 5-bit gaps"), False, "index5", "plain"),
    "index5+huffman": Way(N_("float32, 5-bit gaps, Huffman"), False, "index5", "huffman"),
    "codes": Way(N_("codes"), True, "dense", "plain"),
    "codes+zip": Way(N_("codes, zip"), True, "dense", "zip"),
    "codes+huffman": Way(N_("codes, Huffman"), True, "dense", "huffman"),
    "codes+csr": Way(N_("codes, CSR"), True, "csr", "plain"),
    "codes+index5": Way(N_("codes, 5-bit gaps"), True, "index5", "plain"),
    "codes+index5+huffman": Way(N_("codes, 5-bit gaps, Huffman"), True, "index5", "huffman"),
}
WAYS = SAFETENSORS | {name: way.title for name, way in FILES.items()}  # what they are called on screen, in order
PARTS = {  # what bytes are for
    "header": N_("header"),
    "biases": N_("biases"),
    "values": N_("weights"),
    "indices": N_("places of weights"),
    "fillers": N_("filler zeros"),
    "tables": N_("scales, codebooks, Huffman tables"),
    "zipped": N_("all in one, zipped"),
}


def ways(weights: Weights, layers: Sequence[Layer], network: Network) -> dict[str, dict[str, int]]:
    """Bytes by part for each way to write these weights; the ways with codes only where weights are `Coded`.

    The parts of a way add up to the length of its file. Parts without bytes are left out.
    """
    plain = values(weights)
    is_coded = any(isinstance(array, Coded) for array in weights.values())
    return _safetensors(plain) | {
        name: _kdz(weights if way.codes else plain, layers, network, way)
        for name, way in FILES.items()
        if is_coded or not way.codes
    }


def _kdz(weights: Weights, layers: Sequence[Layer], network: Network, way: Way) -> dict[str, int]:
    pieces = codec.parts(weights, layers, network, way.form, way.last)
    codec.joined(pieces, weights)
    sizes: Counter[str] = Counter()
    for part, data in pieces:
        sizes[part] += len(data)
    return {part: sizes[part] for part in PARTS if sizes[part]}


def _safetensors(weights: Mapping[str, np.ndarray]) -> dict[str, dict[str, int]]:
    """The same for the usual file of weights, and for what zip makes of it."""
    file = safetensors.numpy.save({name: np.asarray(array, order="C") for name, array in weights.items()})
    zipped = zlib.compress(file, level=9)
    if not same_bits(weights, safetensors.numpy.load(zlib.decompress(zipped))):
        raise OSError(_("the file was read back with other weights than were written"))
    biases = sum(array.nbytes for array in weights.values() if array.ndim == 1)
    matrices = sum(array.nbytes for array in weights.values() if array.ndim > 1)
    parts = {"header": len(file) - biases - matrices, "biases": biases, "values": matrices}
    return {"safetensors": parts, "safetensors+zip": {"zipped": len(zipped)}}
