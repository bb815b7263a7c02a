"""Low rank: one layer as two thin ones, the best of their rank.

    W = U S V^T        the singular value decomposition of W (outputs, inputs), S: s_1 >= s_2 >= ... >= 0
    W ~ (U_r S_r^1/2) (S_r^1/2 V_r^T)        of the first r singular values: (outputs, r) (r, inputs)

No two matrices of rank r come closer to W (Eckart, Young 1936): what is missing is sum_{i > r} s_i^2, squared.
A convolution's W is (outputs, channels * 3 * 3): r filters of 3x3, then a convolution of 1x1 that mixes them.
Denton et al. 2014, "Exploiting Linear Structure Within Convolutional Networks for Efficient Evaluation"; Zhang et al.
2015, "Accelerating Very Deep Convolutional Networks", section 3.1. They correct for what the activations make of it;
we let the two layers learn on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from kdcore import shapes
from kdcore.experiment import Network
from kdcore.shapes import Layer
from kdcore.words import _


def low_rank(
    weights: Mapping[str, np.ndarray],
    layers: Sequence[Layer],
    network: Network,
    keep: float,
    by: Literal["energy", "budget"],
) -> tuple[dict[str, np.ndarray], tuple[Layer, ...]]:
    """The network with each hidden layer as two, of the rank that `rank_of` finds.

    The first of the two has a bias of zeros and no activation. The output layer stays, and so does a hidden one that
    would not get smaller, or not small enough for its budget; with `keep` 1 all stay. Raises ValueError for a `keep`
    that is no share.
    """
    parts: list[tuple[Layer, np.ndarray, np.ndarray]] = []
    for name, layer in shapes.names(layers, network):
        weight, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
        rank = rank_of(layer, weight, keep, by) if layer.hidden and keep != 1 else 0
        first, second = pair(layer, rank)
        if rank > 0 and first.parameters + second.parameters < layer.parameters:
            mix, filters = factors(weight.reshape(layer.outputs, -1), rank)
            parts.append((first, filters.reshape(first.weight_shape), np.zeros(rank, np.float32)))
            parts.append((second, mix.reshape(second.weight_shape), bias))
        else:
            parts.append((layer, weight, bias))
    found = tuple(layer for layer, _weight, _bias in parts)
    thin = {}
    for (name, _layer), (_same, weight, bias) in zip(shapes.names(found, network), parts, strict=True):
        thin |= {f"{name}.weight": weight, f"{name}.bias": bias}
    return thin, found


def rank_of(layer: Layer, weight: np.ndarray, keep: float, by: Literal["energy", "budget"]) -> int:
    """The rank that keeps this share of a layer.

    energy: the smallest r with sum_{i <= r} s_i^2 >= keep * sum_i s_i^2.
    budget: the largest r whose two layers have at most keep * the layer's parameters; 0 where there is none.
    """
    if not 0 < keep <= 1:
        raise ValueError(_("keep is {keep}: choose a share above 0 and up to 1, such as 0.25").format(keep=keep))
    if by == "energy":
        singular = np.linalg.svd(weight.reshape(layer.outputs, -1).astype(np.float64), compute_uv=False)
        energy = np.cumsum(singular**2)
        return int(np.searchsorted(energy, keep * energy[-1])) + 1
    none, one = (sum(part.parameters for part in pair(layer, rank)) for rank in (0, 1))
    return max(int((keep * layer.parameters - none) / (one - none)), 0)  # each rank costs the same


def pair(layer: Layer, rank: int) -> tuple[Layer, Layer]:
    """The two layers that stand for one: down to `rank` units or channels, and up to the layer's outputs."""
    first = replace(layer, outputs=rank, hidden=False)
    return first, replace(layer, inputs=rank, kernel=1 if layer.kind == "conv" else layer.kernel)


def factors(matrix: np.ndarray, rank: int) -> tuple[np.ndarray, np.ndarray]:
    """Two matrices (m, rank) and (rank, n) whose product comes closest to a matrix (m, n), equally large both.

    Raises ValueError for a rank above the matrix's, the smaller of m and n.
    """
    if not 1 <= rank <= min(matrix.shape):
        advice = _("rank is {rank}: a matrix of {m} x {n} has ranks from 1 to {most}")
        raise ValueError(advice.format(rank=rank, m=len(matrix), n=matrix.shape[1], most=min(matrix.shape)))
    u, singular, vt = np.linalg.svd(matrix.astype(np.float64), full_matrices=False)
    root = np.sqrt(singular[:rank])
    return (u[:, :rank] * root).astype(np.float32), (root[:, None] * vt[:rank]).astype(np.float32)
