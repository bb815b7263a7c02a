"""A soft tree as it can be looked at: its filters and leaves, and the ways that some examples take through it."""

from itertools import pairwise
from typing import Any, Literal

import torch
from torch import Tensor

from kdcore.classical.soft_tree import SoftTrees

Goes = Literal["left", "right"]
LEVELS = 4  # of which all filters are kept; further down only those that the examples meet


@torch.no_grad()
def portrait(trees: SoftTrees, member: int, examples: Tensor, among: Tensor) -> dict[str, Any]:
    """One of the trees in plain numbers, for a row of events; examples and among (examples, *shape).

    depth
    filters   node (as text, as JSON has it) -> its filter w, feature by feature
    leaves    of each leaf its probability of every class
    arrive    of each leaf how much of `among` arrives there, on average; their sum is 1
    paths     of each of `examples` the way to the leaf where most of it arrives: "turns" from the root on, each
              {"node", "goes": "left" or "right", "share": how much the node sends that way}; "leaf"; "arrives", the
              product of the shares; and "mixture", the answers of all leaves, mixed by the shares that arrive
    """
    paths = _paths(trees, member, examples)
    top = range(2 ** min(LEVELS, trees.depth) - 1)
    met = {turn["node"] for path in paths for turn in path["turns"]}
    return {
        "depth": trees.depth,
        "filters": {str(node): _short(trees.filters[member, node]) for node in sorted({*top, *met})},
        "leaves": [_short(leaf) for leaf in trees.leaves[member].exp()],
        "arrive": _short(_shares(trees, member, among)[1].mean(0)),
        "paths": paths,
    }


def way(leaf: int, depth: int) -> list[tuple[int, Goes]]:
    """The inner nodes on the way to a leaf, from the root on, and to which side it leaves each.

    Nodes, and leaves among leaves, are counted from 0.
    """
    places = [(leaf + 2**depth) >> up for up in range(depth, -1, -1)]  # counted from 1: below n are 2n and 2n + 1
    return [(here - 1, "right" if below % 2 else "left") for here, below in pairwise(places)]


def _paths(trees: SoftTrees, member: int, x: Tensor) -> list[dict[str, Any]]:
    right, arrive = _shares(trees, member, x)
    mixtures = arrive @ trees.leaves[member].exp()
    return [
        {
            "turns": [_turn(right[i], node, goes) for node, goes in way(leaf, trees.depth)],
            "leaf": leaf,
            "arrives": _round(arrive[i, leaf].item()),
            "mixture": _short(mixtures[i]),
        }
        for i, leaf in enumerate(arrive.argmax(-1).tolist())
    ]


def _turn(right: Tensor, node: int, goes: Goes) -> dict[str, Any]:
    """What a node does with an example, of which each node sends so much `right` (nodes,)."""
    share = right[node].item()
    return {"node": node, "goes": goes, "share": _round(share if goes == "right" else 1 - share)}


def _shares(trees: SoftTrees, member: int, x: Tensor) -> tuple[Tensor, Tensor]:
    """What each node of one tree sends right (examples, nodes), and what arrives at each leaf (examples, leaves)."""
    right, arrive = trees.shares(x.flatten(1).expand(len(trees.seeds), -1, -1))
    return torch.cat(right, -1)[member], arrive[-1][member]


def _short(values: Tensor) -> list[float]:
    return [_round(value) for value in values.tolist()]


def _round(value: float) -> float:
    """Four digits, as more would only make rows longer."""
    return float(f"{value:.4g}")
