"""Quantisation: numbers rounded to few levels, and written as small whole numbers.

    value = scale * (code - zero)        code: in 0 .. 2^bits - 1; zero: the code that means 0

Weights are seen as rows, one for each output; per channel each row has a scale of its own, per tensor all are one row.
A weight that is 0 stays exactly 0, whatever the levels are: what was pruned stays pruned.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from kdcore.compress.coded import Coded
from kdcore.words import _

MOST_BITS = 16
SMALLEST, LARGEST = 2.0**-126, 2.0**126  # scales between these, and their inverses, are float32 to the last digit
THRESHOLD = 0.7  # of ternary weights


class Rounded(NamedTuple):
    """Rows as codes of so many bits, and what they stand for: as `Coded`."""

    codes: np.ndarray  # (rows, columns) float32, which holds such whole numbers exactly: none is changed to and fro
    bits: int
    scale: np.ndarray  # (rows, 1) float32
    zero: np.ndarray  # (rows, 1) or (1, 1)


def quantize(
    array: np.ndarray, bits: int, levels: str = "even", scheme: str = "symmetric", per: str = "channel"
) -> Coded:
    """Weights (outputs, ...) rounded to few levels.

    levels "even": `affine`, or `symmetric`, which with one bit is `binary`. "ternary": `ternary`, whatever the bits.
    per: "channel" or "tensor". Raises ValueError for bits outside 1 to 16.
    """
    rounded = _rounded(array.reshape(len(array) if per == "channel" else 1, -1), bits, levels, scheme)
    column = (-1,) + (1,) * (array.ndim - 1)
    scale, zero = rounded.scale.reshape(column), rounded.zero.reshape(column)
    return Coded(rounded.codes.astype(np.int32).reshape(array.shape), rounded.bits, scale, zero)


@dataclass(frozen=True)
class Rounding:
    """What `quantize` makes of the weights of a layer, of many networks at once: (networks, outputs, ...)."""

    bits: int
    levels: str = "even"
    scheme: str = "symmetric"
    per: str = "channel"

    def __call__(self, stack: np.ndarray) -> np.ndarray:
        rows = stack.reshape(len(stack) * (stack.shape[1] if self.per == "channel" else 1), -1)
        rounded = _rounded(rows, self.bits, self.levels, self.scheme)
        return (rounded.scale * (rounded.codes - np.float32(rounded.zero))).reshape(stack.shape)


def _rounded(rows: np.ndarray, bits: int, levels: str, scheme: str) -> Rounded:
    if not 1 <= bits <= MOST_BITS:
        raise ValueError(_("bits is {bits}: choose from 1 to {most}").format(bits=bits, most=MOST_BITS))
    if levels == "ternary":
        return ternary(rows)
    if scheme == "affine":
        return affine(rows, bits)
    return symmetric(rows, bits) if bits > 1 else binary(rows)


def symmetric(rows: np.ndarray, bits: int) -> Rounded:
    """An odd number of levels around 0, from the largest magnitude of a row to its negative: 3 with 2 bits.

    code = round(w / scale) + zero,    scale = max|w| / (2^(bits - 1) - 1),    zero = 2^(bits - 1) - 1

    Krishnamoorthi 2018, "Quantizing deep convolutional networks for efficient inference", section 2.2, with
    a restricted range.
    """
    most = 2 ** (bits - 1) - 1
    largest = np.maximum(rows.max(axis=1, keepdims=True), -rows.min(axis=1, keepdims=True))
    scale = _scale(largest / np.float64(most))
    return Rounded(_codes(rows, scale, most, 2 * most), bits, scale, np.full((1, 1), most, np.int32))


def affine(rows: np.ndarray, bits: int) -> Rounded:
    """2^bits levels from the smallest number of a row to its largest; 0 is among them, at a whole number.

    code = round(w / scale) + zero,    scale = (max - min) / (2^bits - 1),    zero = round(-min / scale)

    with min <= 0 <= max. Jacob et al. 2018, "Quantization and Training of Neural Networks for Efficient
    Integer-Arithmetic-Only Inference", section 2.1 and eq. 13.
    """
    most = 2**bits - 1
    smallest = np.minimum(rows.min(axis=1, keepdims=True), np.float64(0))
    scale = _scale((np.maximum(rows.max(axis=1, keepdims=True), np.float64(0)) - smallest) / most)
    zero = np.rint(-smallest / scale)
    return Rounded(_codes(rows, scale, zero, most), bits, scale, zero.astype(np.int32))


def binary(rows: np.ndarray) -> Rounded:
    """Two levels: -a and a, for the sign of a weight.

    a = mean|w|, which minimises sum (w - a sign(w))^2; written with scale = 2a, zero = 1/2.
    Rastegari et al. 2016, "XNOR-Net", section 3.1.

    Where there are zeros, as in pruned weights, they stay and have no part in the mean: three levels, so two bits.
    """
    if not rows.all():
        return _signs(rows, 0)
    scale = _scale(2 * np.abs(rows).mean(axis=1, keepdims=True, dtype=np.float64))
    return Rounded((rows > 0).astype(np.float32), 1, scale, np.full((1, 1), 0.5, np.float32))


def ternary(rows: np.ndarray) -> Rounded:
    """Three levels: -a, 0 and a. Two bits.

    code = sign(w) + 1 where |w| > d, else 1,    d = 0.7 mean|w|,    a = mean of |w| over |w| > d

    Li, Zhang, Liu 2016, "Ternary Weight Networks", section 2.2. Weights that are 0, as pruned ones, have no part in
    the means: else d would be so small that none of the others became 0.
    """
    return _signs(rows, THRESHOLD * _mean(np.abs(rows), rows != 0))


def _signs(rows: np.ndarray, threshold: np.ndarray | float) -> Rounded:
    """Rows as -a, 0, a, where 0 are the numbers of at most this magnitude, and a the mean magnitude of the others."""
    magnitude = np.abs(rows)
    is_large = magnitude > threshold
    codes = np.float32(np.sign(rows) * is_large) + 1
    return Rounded(codes, 2, _scale(_mean(magnitude, is_large)), np.ones((1, 1), np.int32))


def _mean(rows: np.ndarray, among: np.ndarray) -> np.ndarray:
    """The mean of each row (rows, 1) over some of its numbers; 0 where there are none."""
    total = (rows * among).sum(axis=1, keepdims=True, dtype=np.float64)
    return total / np.maximum(np.count_nonzero(among, axis=1, keepdims=True), 1)


def _scale(scale: np.ndarray) -> np.ndarray:
    """Scales as float32, neither 0, as where all weights are 0, nor infinite."""
    return np.clip(scale, SMALLEST, LARGEST).astype(np.float32)


def _codes(rows: np.ndarray, scale: np.ndarray, zero: np.ndarray | int, most: int) -> np.ndarray:
    """round(w / scale) + zero, but from 0 to `most`. In float32 and in place: this is called at each step of
    training."""
    codes = rows * (1 / scale)
    np.rint(codes, out=codes)
    codes += np.float32(zero)
    return np.clip(codes, 0, most, out=codes)


# What goes into a layer


def activation_range(x: np.ndarray, bits: int = 8) -> tuple[float, int]:
    """Scale and zero, as `affine`, of the numbers that go into a layer, from what goes in for validation examples.

    Raises ValueError where there is nothing to calibrate with.
    """
    if not x.size:
        raise ValueError(_("calibration was given 0 numbers: it needs data, such as the validation examples"))
    found = affine(x.reshape(1, -1), bits)
    return float(found.scale.item()), int(found.zero.item())


def fake(x: np.ndarray, scale: float, zero: int, bits: int = 8) -> np.ndarray:
    """What numbers are once they went through their codes; what lies outside the range becomes its nearest end."""
    return np.float32(scale) * (_codes(x, np.float32(scale), zero, 2**bits - 1) - zero).astype(np.float32)
