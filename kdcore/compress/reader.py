"""Reads a .kdz file with plain numpy: python reader.py network.kdz [weights.npz]

Prints what is in the file; with a second name, writes the weights there, as float32 and by their names in PyTorch's
nn.Sequential. Needs: pip install numpy
"""

import json
import sys
import zlib
from io import BytesIO

import numpy as np


# 1. Numbers, which are taken from the file one after the other.
def varint():  # seven bits a byte, the least significant first
    byte = file.read(1)[0]
    return byte if byte < 128 else byte - 128 + 128 * varint()


def array(kind, count):
    return np.frombuffer(file.read(np.dtype(kind).itemsize * count), kind)


def whole(count, largest):  # of 1, 2 or 4 bytes each
    return array(">u1" if largest < 256 else ">u2" if largest < 65536 else ">u4", count).astype(int)


def bits_of(count):
    return np.unpackbits(array(np.uint8, (count + 7) // 8), count=count).astype(int)


def packed(count, bits):
    return bits_of(count * bits).reshape(count, bits) @ (1 << np.arange(bits)[::-1])


# 2. A stream of numbers: packed, or words of Huffman's code. These count upwards: first short words, then long ones.
def stream(count, bits):
    if bits == 32 or last != 1 or varint() == 0:
        return packed(count, bits)
    lengths = packed(varint(), 5)
    numbers = np.argsort(lengths, kind="stable")[np.count_nonzero(lengths == 0) :]
    longest = lengths.max()
    ends = np.cumsum(1 << (longest - lengths[numbers]))  # with as many bits as the longest: where the next word begins
    row = np.append(bits_of(varint()), np.zeros(longest, int))
    windows = sum(row[i : len(row) - longest + i] << (longest - 1 - i) for i in range(longest))
    begins = numbers[np.searchsorted(ends[:-1], windows, side="right")]  # the number, if its word began at this bit
    places = [0]
    for _ in range(count):
        places.append(places[-1] + lengths[begins[places[-1]]])
    return begins[places[:-1]]


# 3. The weights of a layer: what numbers stand for, where those are that are not 0, and the numbers.
def weights(rows, columns):
    kind = varint()
    bits = varint() if kind else 32
    if kind == 0:  # float32
        zero, value = 0, lambda numbers: numbers.astype(np.uint32).view(np.float32)
    elif kind == 1:  # evenly spaced levels
        scale = array(">f4", rows if varint() else 1)[:, None].astype(float)
        zero = packed(rows if varint() else 1, bits + 1)[:, None] / 2
        value = lambda numbers: (scale * (numbers - zero)).astype(np.float32)  # noqa: E731
    else:  # a codebook
        book = array(">f4", varint()).astype(np.float32)
        zero, value = np.argmax(book == 0), lambda numbers: book[numbers]
    matrix = np.zeros((rows, columns), int) + np.array(zero, int)
    if form == "dense":
        return value(stream(rows * columns, bits).reshape(rows, columns))
    count = varint()
    if form == "csr":
        pointers, places = whole(rows + 1, count), whole(count, columns - 1)
        places += np.repeat(np.arange(rows) * columns, np.diff(pointers))
    else:  # gaps
        places = np.cumsum(stream(count, int(form[5:])) + 1) - 1
    matrix.ravel()[places] = stream(count, bits)
    return value(matrix)


# 4. The file: a header, then weights and biases of each layer. Names count modules: there is one Flatten, and behind
# each hidden layer an activation, after a convolution a pooling, and perhaps dropout.
with open(sys.argv[1], "rb") as opened:
    magic, last, rest = opened.read(4), opened.read(1)[0], opened.read()
file = BytesIO(zlib.decompress(rest) if last == 2 else rest)
form, network = ("dense", "csr", "index4", "index5", "index8")[varint()], json.loads(file.read(varint()))
shape, metadata = [varint() for _ in range(varint())], file.read(varint()).decode()
layers = [[varint() for _ in range(5)] for _ in range(varint())]
print("network", network, "input", shape, "metadata", metadata)
found, module, is_flat = {}, 0, False
for kind, inputs, outputs, _positions, side in layers:
    is_conv, is_hidden = kind % 2, kind // 2
    module, is_flat = module + (not is_conv and not is_flat), not is_conv
    filters = (outputs, inputs, side, side) if is_conv else (outputs, inputs)
    found[f"{module}.weight"] = weights(outputs, int(np.prod(filters[1:]))).reshape(filters)
    found[f"{module}.bias"] = array(">f4", outputs).astype(np.float32)
    print(f"{module}.weight {filters}: {np.count_nonzero(found[f'{module}.weight'])} are not 0")
    module += 1 + is_hidden * (1 + is_conv + (network.get("dropout", 0) > 0))
if len(sys.argv) > 2:
    np.savez(sys.argv[2], **found)
