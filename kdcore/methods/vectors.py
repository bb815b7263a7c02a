"""Directions of vectors, for methods that do not care for lengths."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def unit(x: Tensor, dim: int = -1, shortest: float = 0.0) -> Tensor:
    """x / |x| along `dim`. A vector of length 0, or up to `shortest`, has no direction: it becomes 0, and no gradient
    goes through it, where known code divides by a tiny number and multiplies gradients by its inverse."""
    length = x.norm(dim=dim, keepdim=True)
    return x / length.masked_fill(length <= shortest, inf)


def centred(x: Tensor, dim: int = -1) -> Tensor:
    """x less its mean along `dim`."""
    return x - x.mean(dim, keepdim=True)
