"""Answers that are kept: what was said comes back, small, of the right seed, at the right time."""

from dataclasses import fields, replace

import numpy as np
import pytest
from scipy.special import softmax

from kdcore.measure.snapshots import EXAMPLES, GRID, LARGEST, Diary, moments, pack, unpack

PICTURES = np.linspace(0, 1, 500 * 4, dtype=np.float32).reshape(500, 1, 2, 2)
POINTS = np.random.default_rng(0).random((50, 2), np.float32)
LAST = 30


def lanes(strength: float):
    """Three lanes of two seeds; every answer tells lane, seed, example and `strength`."""

    def lane(own: float):
        def ask(x: np.ndarray) -> np.ndarray:
            seen = x.reshape(len(x), -1)[:, :1]
            return np.stack([strength * own * (seed + 1) * seen * [1, 0, -1] for seed in range(2)])

        return ask

    return {"teacher": lane(1), "scratch": lane(2), "distilled": lane(-3)}


def kept(x: np.ndarray, seed: int = 1):
    diary = Diary(x, np.arange(len(x)) % 3, LAST)
    for epoch in diary.epochs:
        diary.note(lanes(epoch))
    return unpack(pack(diary.soft_labels(("a", "b", "é"), lanes(LAST), seed)))


def test_what_was_packed_comes_back():
    soft = kept(POINTS)
    again = unpack(pack(soft))
    assert again.classes == soft.classes == ("a", "b", "é")
    for field in fields(soft)[1:]:
        one, other = getattr(soft, field.name), getattr(again, field.name)
        assert one.dtype == other.dtype, field.name
        assert np.array_equal(one, other), field.name
    assert unpack(pack(replace(soft, grid_x=None))).grid_x is None


def test_answers_are_those_of_the_seed_and_the_epoch():
    soft = kept(PICTURES, seed=1)
    assert soft.epochs[0] == 0
    assert soft.epochs[-1] == LAST
    for i, epoch in enumerate(soft.epochs):
        for lane in ("scratch", "distilled"):
            said = lanes(epoch)[lane](PICTURES[:EXAMPLES])[1]
            np.testing.assert_allclose(soft.logits(lane, i), said, rtol=1e-3, atol=1e-3)
        np.testing.assert_array_equal(soft.logits("teacher", i), soft.teacher)
    for lane, ask in lanes(LAST).items():
        np.testing.assert_allclose(soft.logits(lane), ask(PICTURES[:EXAMPLES])[1], rtol=1e-6)
        assert soft.logits(lane).dtype == soft.logits(lane, 0).dtype == np.float32


def test_examples_are_the_first_of_the_validation_set():
    soft = kept(PICTURES)
    assert soft.index.tolist() == list(range(400))
    assert soft.label.tolist() == [n % 3 for n in range(400)]
    assert soft.x.dtype == np.uint8
    np.testing.assert_allclose(soft.x / 255, PICTURES[:400], atol=0.5 / 255 + 1e-6)
    assert soft.scratch_grid_over is soft.grid_x is None
    few = kept(POINTS)
    np.testing.assert_array_equal(few.x, POINTS)
    assert len(few.index) == 50


def test_the_plane_is_kept_over_time_a_row_after_the_other():
    soft = kept(POINTS)
    assert soft.teacher_grid.shape == (GRID, GRID)
    assert soft.scratch_grid_over.shape == soft.distilled_sure_over.shape == (len(soft.epochs), GRID, GRID)
    across = np.linspace(*soft.grid_x, GRID)
    assert across[0] < POINTS[:, 0].min()
    assert across[-1] > POINTS[:, 0].max()
    for i, epoch in enumerate(soft.epochs):
        for lane in ("scratch", "distilled"):
            belief = softmax(lanes(epoch)[lane](np.stack([across, across], 1))[1], axis=-1)
            for row in (0, GRID - 1):  # answers depend on the first coordinate only, so every row is the same
                np.testing.assert_allclose(getattr(soft, f"{lane}_sure_over")[i][row], 100 * belief.max(-1), atol=0.6)
                if epoch:
                    assert np.array_equal(getattr(soft, f"{lane}_grid_over")[i][row], belief.argmax(-1))
    np.testing.assert_array_equal(soft.teacher_grid[0], np.where(across > 0, 0, 2))


@pytest.mark.parametrize(
    ("last", "epochs"),
    [(1, [0, 1]), (3, [0, 1, 2, 3]), (100, [0, 1, 2, 3, 4, 6, 10, 16, 25, 40, 63, 100])],
)
def test_moments_are_closer_where_more_happens(last, epochs):
    assert moments(last) == epochs
    assert all(len(moments(n)) <= 12 and moments(n)[-1] == n for n in range(1, 501))


def test_answers_beyond_16_bits_are_cut_to_the_largest():
    diary = Diary(PICTURES, np.zeros(500, int), 1)
    for _epoch in diary.epochs:
        diary.note(lanes(1e9))
    assert diary.soft_labels("abc", lanes(1), 0).scratch_over.max() == np.float16(LARGEST)
