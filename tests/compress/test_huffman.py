"""Huffman's code: the fewest bits, and the same numbers again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdcore.compress import huffman

numbers = st.lists(st.integers(0, 40), min_size=1, max_size=300).map(np.array)


def round_trip(numbers: np.ndarray) -> np.ndarray:
    lengths = huffman.lengths(numbers)
    return huffman.decode(huffman.encode(numbers, lengths), int(lengths[numbers].sum()), lengths)


def test_words_by_hand():
    lengths = huffman.lengths(np.array([7, 7, 7, 7, 0, 0, 2, 5]))
    assert lengths.tolist() == [2, 0, 3, 0, 0, 3, 0, 1]
    assert huffman.encode(np.array([7, 0, 2, 5]), lengths) == bytes([0b0_10_110_11, 0b1_0000000])


@given(numbers)
def test_numbers_come_back(numbers):
    np.testing.assert_array_equal(round_trip(numbers), numbers)


@given(numbers)
def test_words_take_entropy_and_less_than_a_bit_more(numbers):
    counts = np.bincount(numbers)
    share = counts[counts > 0] / len(numbers)
    entropy = -(share * np.log2(share)).sum()
    mean = huffman.lengths(numbers)[numbers].mean()
    assert entropy - 1e-9 <= mean <= entropy + 1


@given(numbers)
def test_words_leave_nothing_over(numbers):
    """Kraft: words of all lengths fill the tree, unless there is one alone."""
    lengths = huffman.lengths(numbers)
    filled = (0.5 ** lengths[lengths > 0]).sum()
    assert filled == (1 if np.count_nonzero(lengths) > 1 else 0.5)


def test_one_number_alone_takes_a_bit_each():
    ones = np.full(9, 3)
    assert huffman.lengths(ones).tolist() == [0, 0, 0, 1]
    assert len(huffman.encode(ones, huffman.lengths(ones))) == 2
    np.testing.assert_array_equal(round_trip(ones), ones)


def test_words_that_are_none_are_refused():
    with pytest.raises(ValueError):
        huffman.decode(b"\xff", 8, np.array([2, 2, 2]))
