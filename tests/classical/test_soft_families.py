"""Soft trees as members of a family: they grow together, and each learns from its own examples alone."""

import numpy as np

from kdcore.classical.pupils import Pupil
from kdcore.classical.soft import learn
from kdcore.families import read

X = np.random.default_rng(0).random((30, 1, 2, 2)).astype(np.float32)


def test_each_tree_learns_from_its_own_examples_and_is_kept_by_itself():
    pupils = [
        Pupil(0, np.arange(10), np.tile([1.0, 0, 0], (10, 1))),
        Pupil(0, np.arange(10, 30), np.tile([0, 0.2, 0.8], (20, 1))),
    ]
    learning, shares = learn(read("soft_tree:depth=2,epochs=60"), X, pupils), []
    try:
        while True:
            shares.append(next(learning))
    except StopIteration as end:
        first, second = end.value
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert (first.answer(X).argmax(1) == 0).all()
    assert np.abs(np.exp(second.answer(X)) - [0, 0.2, 0.8]).mean() < 0.1
    assert first.count == 3 * (4 + 1) + 4 * 3  # a filter and a bias for each node, a number for each leaf and class
    assert first.size_bytes > 4 * first.count
