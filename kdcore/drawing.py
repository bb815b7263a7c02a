"""A digit drawn by hand, made into what the networks learned from: the same size, place, slant and thickness.

A network knows only what its data look like. Whoever prepared a data set first fitted every digit into a box; a drawing
that is not fitted in the same way is a stranger, however well it is drawn. What was done is told by the pictures
themselves: tests/test_drawing.py measures on them every number that stands below.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

FINE = 4  # a pixel of a picture counts the black dots of a 4x4 block
FULL = FINE**2  # dots in a block: the darkest pixel
PASSES = 4  # thickness and slant depend on one another; after so many rounds they have settled
LONGEST = 20_000  # points of a drawing; a hand makes some hundreds
SMALLEST = 0.08  # of the pad's side: what is smaller is a slip of the pen
ALPHABET = "0123456789abcdefg"  # the counts 0 to 16; a capital letter is a run of zeros: A for 2, B for 3, ... Z for 27

Strokes = Sequence[np.ndarray]  # each (points, 2): x to the right and y down, from 0 to 1 of the pad's side


@dataclass(frozen=True)
class Preparation:
    """What was done to every picture of a data set, as a grid of black dots, four of them along each pixel.

    `box` is the width and height in dots that a digit fills, its own thickness included. It keeps its proportions
    where `stretch` is 1; otherwise it was stretched to fill both, here at most so many times more one way than the
    other: the wobble of a plain 1 shall not become a zigzag.
    `ink` is how many dots are black: strokes were made thinner or thicker until it was so. Or else `pen` dots are the
    usual thickness.
    `upright`: the slant was taken out, so that the leftmost dots of the first and of the last row of pixels stand over
    one another. `by_mass`: its centre of mass is in the middle, not the middle of its box.
    """

    side: int  # pixels
    box: tuple[int, int]
    stretch: float = 1.0
    ink: int | None = None
    pen: float = FINE
    upright: bool = False
    by_mass: bool = False

    @property
    def dots(self) -> int:
        return FINE * self.side


PREPARATIONS = {
    "digits": Preparation(8, (20, 32), stretch=2.0, ink=313, upright=True),
    "mnist": Preparation(28, (80, 80), pen=10.5, by_mass=True),
}
MIDDLE = 0.5  # pixels right of and below the middle of the picture: there MNIST has the centre of mass


class DrawingProblem(ValueError):
    """What came is not a drawing."""


def strokes(value: object) -> list[np.ndarray]:
    """Strokes as the browser tells them, a list [x, y, x, y, ...] for each. Raises DrawingProblem."""
    if not isinstance(value, list) or sum(len(each) if isinstance(each, list) else 1 for each in value) > 2 * LONGEST:
        raise DrawingProblem
    try:
        found = [np.asarray(each, dtype=float).reshape(-1, 2) for each in value if each]
    except (TypeError, ValueError) as error:
        raise DrawingProblem from error
    if not all(np.isfinite(each).all() for each in found):
        raise DrawingProblem
    return [each.clip(0, 1) for each in found]


def picture(strokes: Strokes, preparation: Preparation) -> np.ndarray | None:
    """The drawing as the networks want it, float32 (1, side, side) from 0 to 1; None where nothing was drawn.

    1. Fit the strokes into the box, so that nothing depends on where and how large they were drawn.
    2. See how far each dot of the grid is from the strokes: as thick as the pen, it is black or not.
    3. Mend thickness, slant and place by what is seen, and begin again.
    4. Count the black dots of each pixel.
    """
    size = np.ptp(np.concatenate(strokes), axis=0).max() if strokes else 0
    if size < SMALLEST:
        return None
    points = _dense(strokes, size / (2 * preparation.dots))
    pen, slant, shift = preparation.pen, 0.0, np.zeros(2)
    for _round in range(PASSES):
        placed = _fitted(points, preparation, pen)
        placed[:, 0] -= slant * placed[:, 1]
        distance = _distance(placed + preparation.dots / 2 + shift, preparation.dots)
        if preparation.ink:
            pen = 2 * np.partition(distance, preparation.ink, axis=None)[preparation.ink]
        black = distance < pen / 2
        if preparation.upright:
            slant += _lean(black)
        if preparation.by_mass:
            shift += preparation.dots / 2 + MIDDLE * FINE - _mass(black)
    blocks = black.reshape(preparation.side, FINE, preparation.side, FINE)
    return (blocks.sum(axis=(1, 3))[None] / FULL).astype(np.float32)


def written(drawn: np.ndarray) -> str:
    """A picture as a short text for an address: a letter for each pixel, one for each run of blank ones."""
    text = "".join(ALPHABET[count] for count in np.rint(FULL * drawn).astype(int).ravel())
    return re.sub("0{2,27}", lambda run: chr(ord("A") + len(run[0]) - 2), text)


def read(text: str, preparation: Preparation) -> np.ndarray:
    """The picture that a text describes. Raises DrawingProblem: an address can be written by anyone."""
    pixels = preparation.side**2
    if len(text) > pixels:  # so that what it stands for is not long either
        raise DrawingProblem
    letters = re.sub("[A-Z]", lambda run: "0" * (ord(run[0]) - ord("A") + 2), text)
    if len(letters) != pixels or not set(letters) <= set(ALPHABET) or set(letters) == {"0"}:
        raise DrawingProblem
    counts = np.array([ALPHABET.index(letter) for letter in letters], dtype=np.float32)
    return counts.reshape(1, preparation.side, preparation.side) / np.float32(FULL)


def _dense(strokes: Strokes, step: float) -> np.ndarray:
    """Points (points, 2) all along the strokes, none further than a step from the next."""
    found = []
    for stroke in strokes:
        way = np.concatenate([[0], np.hypot(*np.diff(stroke, axis=0).T).cumsum()])
        at = np.linspace(0, way[-1], 1 + int(np.ceil(way[-1] / step)))
        found.append(np.stack([np.interp(at, way, stroke[:, axis]) for axis in (0, 1)], axis=1))
    return np.concatenate(found)


def _fitted(points: np.ndarray, preparation: Preparation, pen: float) -> np.ndarray:
    """The points in dots, around the middle of the box, filling it together with the pen that goes along them."""
    low, high = points.min(axis=0), points.max(axis=0)
    room = np.maximum(np.array(preparation.box) - pen, 1)
    scale = room / np.maximum(high - low, 1e-9)
    return (points - (low + high) / 2) * np.minimum(scale, preparation.stretch * scale[::-1])


def _distance(points: np.ndarray, dots: int) -> np.ndarray:
    """How far the middle of each dot is from the nearest point, (dots, dots), a row of the picture after the other."""
    middles = np.arange(dots) + 0.5
    grid = np.stack(np.meshgrid(middles, middles), axis=-1)
    return KDTree(points).query(grid)[0]


def _lean(black: np.ndarray) -> float:
    """How far the leftmost dot of the last row of pixels is right of that of the first, for each dot between them."""
    first, last = (np.flatnonzero(rows.any(axis=0)) for rows in (black[:FINE], black[-FINE:]))
    return (last[0] - first[0]) / (len(black) - FINE) if len(first) and len(last) else 0.0


def _mass(black: np.ndarray) -> np.ndarray:
    """The centre of mass (x, y) of the black dots."""
    return np.argwhere(black).mean(axis=0)[::-1] + 0.5
