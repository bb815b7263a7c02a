"""A drawing is fitted as the data were; what was done to the data is measured on the data."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from kdcore.data.load import load
from kdcore.drawing import PREPARATIONS, DrawingProblem, picture, read, strokes, written
from kdcore.experiment import Data
from tests import drawn

DIGITS, MNIST = PREPARATIONS["digits"], PREPARATIONS["mnist"]
STROKE = np.array([[0.2, 0.3], [0.6, 0.3], [0.4, 0.7]])
CIRCLE = np.stack([f(np.linspace(0, 2 * np.pi, 40)) for f in (np.cos, np.sin)], axis=1) / 4 + 0.5


@pytest.fixture(scope="module")
def digits():
    """Pictures (examples, 8, 8) as counts of dots, and their labels."""
    x, y = load_digits(return_X_y=True)
    return x.reshape(-1, 8, 8), y


@pytest.fixture
def mnist(monkeypatch):
    """Some training pictures (examples, 28, 28) of MNIST, and their labels."""
    folder = Path(os.environ.get("KD_DATA_DIR") or Path(__file__).parents[2] / "shared" / "data")
    if not (folder / "mnist" / "train-images-idx3-ubyte.gz").exists():
        pytest.skip(f"no MNIST files in {folder}; KD_DATA_DIR names their folder")
    monkeypatch.setenv("KD_DATA_DIR", str(folder))
    split = load(Data(name="mnist", labels=None))
    return split.train_x[:3000, 0], split.train_y[:3000]


def left(rows):
    """Where the ink of each row of pixels begins, in dots: a pixel half full begins in its middle."""
    first = (rows > 0).argmax(axis=1)
    return 4 * first + 4 - rows[np.arange(len(rows)), first] / 4


def thickness(pictures):
    """Of strokes, in pixels: twice the area by the length of the edge, which is the sum of all steepness."""
    steepness = np.hypot(*np.gradient(pictures, axis=(-2, -1)))
    return np.median(2 * pictures.sum((-2, -1)) / steepness.sum((-2, -1)))


def extent(pictures, axis):
    ink = (pictures > 0).any(axis=axis)
    return ink.shape[1] - ink.argmax(axis=1) - ink[:, ::-1].argmax(axis=1)


def mass(pictures):
    """The centre of mass (x, y) of each picture, in pixels."""
    middles = np.arange(pictures.shape[-1]) + 0.5
    share = pictures / pictures.sum((-2, -1), keepdims=True)
    return np.stack([(share.sum(-2) * middles).sum(-1), (share.sum(-1) * middles).sum(-1)], axis=-1)


# What the numbers in PREPARATIONS come from


def test_every_8x8_digit_fills_32_rows_of_dots(digits):
    x, _y = digits
    assert (extent(x, axis=2) == 8).all()


def test_8x8_digits_were_stretched_to_20_columns_of_dots(digits):
    """20 dots in the middle of 32 touch six pixels. Zeros are written narrow and wide, yet all of them are as wide."""
    x, y = digits
    assert np.mean(extent(x[y == 0], axis=1) == 6) > 0.99
    assert np.mean(x[:, :, [0, 7]]) < 0.02 * np.mean(x)


def test_8x8_digits_have_the_same_ink_whatever_they_are(digits):
    x, y = digits
    ink = x.sum((1, 2))
    assert ink.mean() == pytest.approx(DIGITS.ink, abs=1)
    assert ink.std() < 0.12 * DIGITS.ink
    assert ink[y == 1].mean() == pytest.approx(ink[y == 0].mean(), rel=0.02)  # a 1 is half as long, and twice as thick


def test_the_slant_of_8x8_digits_was_taken_out(digits):
    """The ink of the last row begins where that of the first does. At their right ends nothing is alike."""
    x, _y = digits
    assert np.median(np.abs(left(x[:, 7]) - left(x[:, 0]))) < 0.5
    assert np.median(np.abs(left(x[:, 7, ::-1]) - left(x[:, 0, ::-1]))) > 3


def test_mnist_fills_20_pixels_one_way_and_has_its_mass_in_the_middle(mnist):
    x, _y = mnist
    assert (np.maximum(extent(x, axis=1), extent(x, axis=2)) == 20).all()
    assert mass(x).mean(axis=0) == pytest.approx([14.5, 14.5], abs=0.02)
    assert np.abs(mass(x) - 14.5).max() < 0.6  # moved by whole pixels


# What is done to a drawing


@pytest.mark.parametrize("digit", range(10))
def test_a_drawn_digit_is_like_those_of_8x8(digits, digit):
    x, y = digits
    counts = 16 * picture(drawn.strokes(digit), DIGITS)[0]
    assert counts.sum() == pytest.approx(DIGITS.ink, abs=1)
    assert counts[0].any()
    assert counts[7].any()
    assert abs(left(counts[7:]) - left(counts[:1])) < 3
    usual = mass(x[y == digit])
    assert (usual.min(axis=0) < mass(counts)).all()
    assert (mass(counts) < usual.max(axis=0)).all()


def test_a_drawn_digit_is_like_those_of_mnist(mnist):
    x, _y = mnist
    made = np.concatenate([picture(drawn.strokes(digit), MNIST) for digit in range(10)])
    assert mass(made) == pytest.approx(np.full((10, 2), 14.5), abs=0.15)  # half a dot
    longest = np.maximum(extent(made, axis=1), extent(made, axis=2))
    assert np.isin(longest, (20, 21)).all()  # 21: it may begin and end in the middle of a pixel
    assert thickness(made) == pytest.approx(thickness(x), rel=0.1)
    assert made.sum((1, 2)).mean() == pytest.approx(x.sum((1, 2)).mean(), rel=0.1)


@pytest.mark.parametrize("preparation", PREPARATIONS.values(), ids=PREPARATIONS)
@given(digit=st.integers(0, 9), size=st.floats(0.3, 1), place=st.tuples(st.floats(0, 0.5), st.floats(0, 0.5)))
def test_where_and_how_large_it_is_drawn_does_not_matter(preparation, digit, size, place):
    made = picture([size * stroke + place for stroke in drawn.strokes(digit)], preparation)
    assert np.abs(made - picture(drawn.strokes(digit), preparation)).mean() < 0.02


@pytest.mark.parametrize("width", [0.6, 1, 1.4])
def test_narrow_and_wide_zeros_become_as_wide_as_those_of_8x8(width):
    made = picture([CIRCLE * (width, 1)], DIGITS)
    assert extent(made, axis=1) == 6
    assert extent(made, axis=2) == 8


def test_a_slanted_1_is_as_upright_as_a_straight_one():
    straight, slanted = (picture([np.array([[x, 0.9], [0.5, 0.1]])], DIGITS) for x in (0.5, 0.3))
    assert np.abs(straight - slanted).mean() < 0.03


@pytest.mark.parametrize("preparation", PREPARATIONS.values(), ids=PREPARATIONS)
def test_any_two_strokes_make_a_picture(preparation):
    @given(
        st.lists(st.lists(st.floats(0, 1), min_size=4, max_size=12).filter(lambda way: len(way) % 2 == 0), min_size=1)
    )
    def check(ways):
        made = picture(strokes(ways), preparation)
        points = np.concatenate([np.reshape(way, (-1, 2)) for way in ways])
        if np.ptp(points, axis=0).max() < 0.08:
            assert made is None
        else:
            assert made.shape == (1, preparation.side, preparation.side)
            assert made.dtype == np.float32
            assert 0 < made.max() <= 1
            assert made.min() == 0 or made.mean() > 0.5

    check()


@pytest.mark.parametrize("nothing", [[], [[]], [[0.5, 0.5]], [[0.5, 0.5, 0.51, 0.52], [0.53, 0.5]]])
def test_nothing_or_a_slip_of_the_pen_is_no_drawing(nothing):
    assert picture(strokes(nothing), DIGITS) is None


def test_a_horizontal_line_stays_a_line():
    (x,) = picture([np.array([[0.1, 0.5], [0.5, 0.505], [0.9, 0.5]])], DIGITS)
    assert not x[0].any()
    assert not x[7].any()


@pytest.mark.parametrize(
    "wrong",
    [None, 3, "drawing", {"a": 1}, [3], [[0.1]], [["x", "y"]], [[0.1, float("nan")]], [[[0.1], 0.2]], [[0.1] * 50_000]],
)
def test_what_is_no_drawing_is_refused(wrong):
    with pytest.raises(DrawingProblem):
        strokes(wrong)


def test_what_lies_beyond_the_pad_ends_at_its_edge():
    assert strokes([[-3, 0.5, 0.5, 7]])[0].tolist() == [[0, 0.5], [0.5, 1]]


# What is written in an address


@pytest.mark.parametrize("preparation", PREPARATIONS.values(), ids=PREPARATIONS)
@pytest.mark.parametrize("digit", range(10))
def test_a_picture_is_read_as_it_was_written(preparation, digit):
    made = picture(drawn.strokes(digit), preparation)
    text = written(made)
    assert text.isalnum()
    assert len(text) < 0.4 * preparation.side**2 + 32
    assert (read(text, preparation) == made).all()


def test_letters_are_counts_and_capitals_are_runs_of_blanks():
    made = np.zeros((1, 8, 8), np.float32)
    made[0, 0, :3] = [1, 0, 0.5]
    assert written(made) == "g08ZZF"  # 61 blanks: 27, 27 and 7


@pytest.mark.parametrize(
    "text", ["", "g", "G" * 64, "0" * 64, "ZZI", "h" + "0" * 63, "1" * 65, "é" * 64, "Z" * 99, "[" * 64]
)
def test_what_was_never_written_is_refused(text):
    with pytest.raises(DrawingProblem):
        read(text, DIGITS)


def test_a_drawing_for_other_data_is_refused():
    with pytest.raises(DrawingProblem):
        read(written(picture([CIRCLE], DIGITS)), MNIST)
