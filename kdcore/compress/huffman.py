"""Huffman's code: frequent numbers get short words of bits, rare ones long words (Huffman 1952; Han 2016, section 4).

No word begins another, so that words in a row need no marks between them. The code is canonical: the lengths of the
words tell all of it. In order of length, then of number, words count upwards; where they get longer, zeros are added:

    numbers 7, 0, 2, 5 with words of 1, 2, 3, 3 bits   ->   7: 0   0: 10   2: 110   5: 111
"""

import numpy as np
from bitarray import bitarray
from bitarray.util import canonical_decode, canonical_huffman, int2ba


def lengths(numbers: np.ndarray) -> np.ndarray:
    """Of each number from 0 to the largest the bits of its word, for the fewest in all; 0 where it does not occur."""
    counts = np.bincount(numbers)
    used = np.flatnonzero(counts)
    words, _count, _symbol = canonical_huffman(dict(zip(used.tolist(), counts[used].tolist(), strict=True)))
    return np.array([len(words.get(number, "")) for number in range(len(counts))])


def encode(numbers: np.ndarray, lengths: np.ndarray) -> bytes:
    """The words of these numbers, one after the other; zeros fill up the last byte."""
    words, word, before = {}, 0, 0
    for number in _order(lengths).tolist():
        bits = int(lengths[number])
        word <<= bits - before
        words[number] = int2ba(word, bits)
        word, before = word + 1, bits
    found = bitarray()
    found.encode(words, numbers.tolist())
    return found.tobytes()


def decode(data: bytes, bits: int, lengths: np.ndarray) -> np.ndarray:
    """The numbers whose words are the first so many bits. Raises ValueError where there is no such word."""
    order = _order(lengths)
    counts = np.bincount(lengths[order], minlength=2)  # of words of each length
    return np.fromiter(canonical_decode(bitarray(data)[:bits], counts.tolist(), order.tolist()), np.int64)


def _order(lengths: np.ndarray) -> np.ndarray:
    """The numbers that have a word, in the order of words."""
    order = np.argsort(lengths, kind="stable")
    return order[lengths[order] > 0]
