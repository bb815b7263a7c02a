"""A tensor as small whole numbers, and what they stand for: what quantisation and weight sharing leave."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Coded:
    """Codes of the tensor's shape, each of so many `bits`, and how they are read.

    Evenly spaced levels (quantised): value = scale * (code - zero), where scale and zero are arrays that broadcast to
    the shape: one number a tensor, or one a channel, (outputs, 1, ...). Levels of their own (shared weights):
    value = codebook[code]; then scale and zero are None. Code of the value 0, which pruned weights have, always exists
    where there are zeros: reading a pruned weight gives exactly 0.
    """

    codes: np.ndarray  # int32, the tensor's shape; each in 0 .. 2**bits - 1
    bits: int
    scale: np.ndarray | None = None  # float32
    zero: np.ndarray | None = None  # the code that means 0, in 0 .. 2**bits - 1; binary: 1/2, as neither of two does
    codebook: np.ndarray | None = None  # (up to 2**bits,) float32

    @property
    def values(self) -> np.ndarray:
        """What the codes stand for, float32: differences of codes are exact, and the product is rounded once."""
        if self.codebook is not None:
            return self.codebook[self.codes]
        return self.scale * (self.codes - self.zero).astype(np.float32)


Array = np.ndarray | Coded
Weights = Mapping[str, Array]  # by their names in the network's nn.Sequential: "1.weight", "1.bias", ...


def values(weights: Weights) -> dict[str, np.ndarray]:
    """The numbers that a network computes with: plain float32 arrays."""
    return {name: array.values if isinstance(array, Coded) else array for name, array in weights.items()}
