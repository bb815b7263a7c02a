"""The top of a soft decision tree: what each node has learnt to look at, as a picture in its place.

A node weighs every pixel of an example and sends the more of it right the higher the sum. So where its filter has one
colour ink speaks for the right, and where it has the other for the left. Frosst, Hinton 2017, figure 2. `data` is the
snapshot "soft_tree" of a transfer, and `arm` says which of its trees is meant: that from "labels" or the "distilled".
Of a table it also holds the names of its "columns".
"""

from collections.abc import Iterator, Set
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from kdcore.figures import numbers, theme
from kdcore.words import N_, _

QUESTION = N_("What does each node look at?")
WHOSE = {"labels": N_("tree from labels"), "distilled": N_("distilled tree")}
ROLES = {"labels": "scratch", "distilled": "distilled"}
LEVELS = 4  # that are drawn
WIDTH, DOWN, FLATTEST = 0.86, 1.3, 0.25  # of a picture, to the next level, least height: in places of the lowest level
HEIGHT, PHONE_HEIGHT, LETTERS, PHONE_LETTERS = 520, 380, 12, 9  # pixels
NAMED, ROOM = 2, 70  # classes that are named at each end of the tree, and letters for which there is room below it
WORTH_NAMING = 0.2  # a class with more than this of what reaches a node
FEW_COLUMNS, HEAVIEST = 12, 3  # that are named in their order, and of those a node weighs most
IN_USE = 0.01  # of all examples: where fewer arrive a leaf is hardly used

Data = dict[str, Any]


def figure(data: Data, arm: str, example: int | None = None) -> go.Figure:
    """Filters level by level, and under the last level what the leaves below it answer; the way of one of the examples
    is drawn strong."""
    tree, names = data[arm], theme.class_names(data)
    depth, met = min(LEVELS, tree["depth"]), _met(tree, example)
    drawn = theme.blank(_(QUESTION), _subtitle(data, arm, example))
    pictures = [_picture(data, arm, node, depth) for node in range(2**depth - 1)]
    drawn.add_traces([*_branches(depth, met, arm, _high(data) / 2), *pictures])
    ends = range(2**depth - 1, 2 ** (depth + 1) - 1)
    has_room = len(ends) * NAMED * (max(map(len, names)) + 1) <= ROOM
    for node in ends if has_room else ():
        x, y = _place(node, depth)
        drawn.add_annotation(text=_named(tree, node, names), x=x, y=y, showarrow=False, font={"size": LETTERS})
    bar = {"tickvals": [-1, 0, 1], "ticktext": [_("left"), "0", _("right")], "thickness": 10, "outlinewidth": 0}
    hidden = {"visible": False, "fixedrange": True}
    drawn.update_xaxes(range=[0, 2 ** (depth - 1)], constrain="domain", **hidden)
    drawn.update_yaxes(range=[-DOWN * depth - 0.2, 0.5], scaleanchor="x", constrain="domain", **hidden)
    drawn.update_layout(
        height=HEIGHT,
        margin={"l": 14, "r": 64, "t": 78, "b": 14},
        hovermode="closest",
        coloraxis={"colorscale": theme.scale(theme.DIVERGING), "cmin": -1, "cmax": 1, "colorbar": bar},
    )
    smaller = {f"annotations.{n}.font.size": PHONE_LETTERS for n in range(len(drawn.layout.annotations))}
    drawn.layout.meta["phone"] |= {"height": PHONE_HEIGHT} | smaller
    return drawn


def reading(data: Data, arm: str, example: int | None = None) -> str:
    """How much of the tree is in use, and how the root parts the classes."""
    tree, names = data[arm], theme.class_names(data)
    left, right = _masses(tree, 1), _masses(tree, 2)
    sides = [", ".join(names[k] for k in np.flatnonzero(more)) for more in (left > right, right >= left)]
    told = _(
        "Of {leaves} leaves {used} are reached by at least {least} of the validation examples. The root sends {share} "
        "of all right. Mostly left are: {left}; mostly right: {right}."
    ).format(
        leaves=len(tree["leaves"]),
        used=sum(arrives >= IN_USE for arrives in tree["arrive"]),
        least=numbers.percent(IN_USE),
        share=numbers.percent(right.sum() / (left + right).sum()),
        left=sides[0] or _("none"),
        right=sides[1] or _("none"),
    )
    return " ".join([told, *_columns(data, arm)])


def table(data: Data, arm: str, example: int | None = None) -> pd.DataFrame:
    """Every leaf: how many of the examples arrive, and what it answers them."""
    tree, names = data[arm], theme.class_names(data)
    return pd.DataFrame(
        [
            {_("Leaf"): leaf, _("Arrives"): arrives}
            | {_("Probability of {name}").format(name=name): p for name, p in zip(names, answer, strict=True)}
            for leaf, (arrives, answer) in enumerate(zip(tree["arrive"], tree["leaves"], strict=True))
        ]
    )


def pixels(data: Data, values: list[float]) -> np.ndarray:
    """A filter or an example (height, width); a single row where the examples are no pictures."""
    height, width = data["shape"][1:] if len(data["shape"]) == 3 else (1, -1)
    return np.array(values).reshape(height, width)


def scaled(filter_: np.ndarray) -> np.ndarray:
    """A filter from -1 to 1: each on a scale of its own, as what it looks at matters and not how strong it is."""
    return filter_ / (np.abs(filter_).max() or 1)


def heaviest(data: Data, arm: str, node: int) -> str:
    """The columns of a table that a node weighs most, each with its weight."""
    weights = np.array(data[arm]["filters"][str(node)])
    first = np.abs(weights).argsort(kind="stable")[::-1][:HEAVIEST]
    return ", ".join(f"{data['columns'][k]} {weights[k]:+.2f}" for k in first)


def written(data: Data, values: np.ndarray) -> tuple[np.ndarray | None, str]:
    """What is written into each pixel for the hover, and how the hover tells it: of a table its column's name."""
    if "columns" not in data:
        return None, "%{z:.2f}"
    return np.array(data["columns"]).reshape(values.shape), "%{text}: %{z:.2f}"


def _columns(data: Data, arm: str) -> Iterator[str]:
    """Of a table, which columns the root looks at, and the order in which a filter shows them."""
    if "columns" in data:
        yield _("The root weighs most: {columns}.").format(columns=heaviest(data, arm, 0))
        if len(data["columns"]) <= FEW_COLUMNS:
            yield _("A filter shows, from left to right: {columns}.").format(columns=", ".join(data["columns"]))


def _subtitle(data: Data, arm: str, example: int | None) -> str:
    """Whose tree it is, what the colours mean, and what the strong lines are."""
    is_picture = len(data["shape"]) == 3
    colour = _("colour: where ink sends an example") if is_picture else _("colour: where large numbers send an example")
    below = _("below: likely classes") if example is None else _("below: likely classes; strong: the example's way")
    return f"{_('{whose}, seed 0').format(whose=_(WHOSE[arm]))}; {colour}<br>{below}"


def _met(tree: Data, example: int | None) -> Set[int]:
    """The nodes on the way of an example, and its leaf."""
    if example is None:
        return set()
    path = tree["paths"][example]
    return {turn["node"] for turn in path["turns"]} | {2 ** tree["depth"] - 1 + path["leaf"]}


def _place(node: int, depth: int) -> tuple[float, float]:
    """The middle of a node, in a tree of which so many levels are drawn."""
    level = (node + 1).bit_length() - 1
    return (node + 1.5 - 2**level) * 2.0 ** (depth - 1 - level), -DOWN * level


def _high(data: Data) -> float:
    """How high a picture is."""
    rows, columns = pixels(data, data["examples"][0]["x"]).shape
    return WIDTH * max(rows / columns, FLATTEST)


def _branches(depth: int, met: Set[int], arm: str, gap: float) -> Iterator[go.Scatter]:
    """From each node to those below it, at first those that are not met and so lie under the others."""
    strongly = {"color": theme.ROLES[ROLES[arm]].colour.light, "width": 4}
    for is_strong, line in ((False, {"color": theme.MUTED.light, "width": 1}), (True, strongly)):
        x: list[float | None] = []
        y: list[float | None] = []
        for node in range(1, 2 ** (depth + 1) - 1):
            if (node in met) == is_strong:
                (above_x, above_y), (below_x, below_y) = _place((node - 1) // 2, depth), _place(node, depth)
                x += [above_x, below_x, None]
                y += [above_y - gap, below_y + gap, None]
        yield go.Scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip")


def _picture(data: Data, arm: str, node: int, depth: int) -> go.Heatmap:
    """The filter of a node in its place."""
    own, (x, y), high = scaled(pixels(data, data[arm]["filters"][str(node)])), _place(node, depth), _high(data)
    rows, columns = own.shape
    text, cell = written(data, own)
    return go.Heatmap(
        z=own,
        text=text,
        **{"dx": WIDTH / columns, "x0": x - WIDTH / 2 * (1 - 1 / columns)},  # the middle of the first pixel
        **{"dy": -high / rows, "y0": y + high / 2 * (1 - 1 / rows)},
        coloraxis="coloraxis",
        hovertemplate=(f"{cell}<br>" if "columns" in data else "") + _hover(data, arm, node) + "<extra></extra>",
    )


def _hover(data: Data, arm: str, node: int) -> str:
    """How much a node sees, and where it sends whom."""
    tree, names = data[arm], theme.class_names(data)
    here, right = (_masses(tree, each).sum() for each in (node, 2 * node + 2))
    return _(
        "node {node}: {arrives} of all examples arrive, {share} of these go right<br>left: {left}; right: {right}"
    ).format(
        node=node,
        arrives=numbers.percent(here),
        share=numbers.percent(right / here if here else 0),
        left=_named(tree, 2 * node + 1, names),
        right=_named(tree, 2 * node + 2, names),
    )


def _named(tree: Data, node: int, names: list[str]) -> str:
    """The classes for which the leaves below a node take most of what reaches them."""
    masses = _masses(tree, node)
    first = masses.argsort()[::-1][:NAMED]
    apart = "/" if max(map(len, names)) == 1 else "<br>"  # words side by side would run into each other
    return apart.join(names[k] for k in first if masses[k] > WORTH_NAMING * masses.sum())


def _masses(tree: Data, node: int) -> np.ndarray:
    """(classes,): how much of all examples reaches a node, or leaf, and is taken for each class below it."""
    level = (node + 1).bit_length() - 1
    leaves = 2 ** (tree["depth"] - level)
    below = slice((node + 1 - 2**level) * leaves, (node + 2 - 2**level) * leaves)
    return np.array(tree["arrive"])[below] @ np.array(tree["leaves"])[below]
