"""Which weights of each layer are not zero, as a picture: outputs down, inputs across.

A large layer is drawn in at most 64 x 64 cells, each with the share of its weights that are not zero. The colour goes
by the root of the share, so that one in a hundred is seen.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from kdcore.figures import numbers, panels, theme
from kdcore.words import N_, _

QUESTION = N_("Which weights are left?")
PANEL, ABOVE = 190, 92  # pixels
CELLS = 64  # at most, on each side
TICKS = (0, 1, 5, 20, 50, 100)  # per cent

Weights = Mapping[str, np.ndarray]


class Layer(NamedTuple):
    """A layer's shares in cells, and where the cells begin and end, as numbers of outputs and inputs."""

    matrix: np.ndarray
    shares: np.ndarray
    outputs: np.ndarray
    inputs: np.ndarray

    @property
    def left(self) -> float:
        return float((self.matrix != 0).mean())


def figure(weights: Weights) -> go.Figure:
    """A heat map for each layer, on one colour scale."""
    layers = _layers(weights)
    drawn = theme.blank(_(QUESTION), _("share of weights not zero (colour: its root)"), axes=len(layers))
    for i, (name, layer) in enumerate(layers.items()):
        pair = panels.number(i)
        drawn.add_trace(_map(layer, pair))
        outputs, inputs = layer.matrix.shape
        shape = f"{numbers.count(outputs)} x {numbers.count(inputs)}"
        title = _("{shape}, {left} not zero").format(shape=shape, left=numbers.percent(layer.left))
        panels.add_title(drawn, pair, f"<b>{name}</b><br>{title}")
    bar = {"title": {"text": "%", "side": "top"}, "thickness": 10, "outlinewidth": 0, "lenmode": "pixels", "len": PANEL}
    bar |= {"y": 1, "yanchor": "top", "tickvals": [tick**0.5 for tick in TICKS], "ticktext": list(map(str, TICKS))}
    drawn.update_annotations(align="left")
    drawn.update_xaxes(showgrid=False, title_text=_("Input"), nticks=5)
    drawn.update_yaxes(showgrid=False, autorange="reversed", nticks=5)
    drawn.update_layout(
        yaxis_title_text=_("Output"),
        margin={"l": 54, "r": 64, "t": 110, "b": 46},
        hovermode="closest",
        coloraxis={"colorscale": theme.scale(), "cmin": 0, "cmax": 10, "colorbar": bar},
    )
    panels.arrange(drawn, len(layers), min(len(layers), 3), 1, panel=PANEL, above=ABOVE, gap=0.08)
    return drawn


def reading(weights: Weights) -> str:
    """How many weights are left in each layer."""
    parts = [
        _("{layer} {left}").format(layer=n, left=numbers.percent(each.left)) for n, each in _layers(weights).items()
    ]
    return _("Not zero: {parts}.").format(parts=", ".join(parts))


def table(weights: Weights) -> pd.DataFrame:
    """Of each layer its shape and what is left; an output or input is silent where all its weights are zero."""
    return pd.DataFrame(
        [
            {
                _("Layer"): name,
                _("Outputs"): layer.matrix.shape[0],
                _("Inputs"): layer.matrix.shape[1],
                _("Not zero"): int((layer.matrix != 0).sum()),
                _("Share"): numbers.percent(layer.left),
                _("Silent outputs"): int((layer.matrix == 0).all(axis=1).sum()),
                _("Silent inputs"): int((layer.matrix == 0).all(axis=0).sum()),
            }
            for name, layer in _layers(weights).items()
        ]
    )


def _layers(weights: Weights) -> dict[str, Layer]:
    """Every matrix of weights (outputs, rest), in cells."""
    matrices = [array.reshape(len(array), -1) for array in weights.values() if array.ndim > 1]
    return {_("layer {n}").format(n=n): _layer(matrix) for n, matrix in enumerate(matrices, 1)}


def _layer(matrix: np.ndarray) -> Layer:
    outputs, inputs = (np.linspace(0, n, min(n, CELLS) + 1).astype(int) for n in matrix.shape)
    left = np.add.reduceat(np.add.reduceat(matrix != 0, outputs[:-1], axis=0, dtype=int), inputs[:-1], axis=1)
    return Layer(matrix, left / np.outer(np.diff(outputs), np.diff(inputs)), outputs, inputs)


def _map(layer: Layer, pair: str) -> go.Heatmap:
    """Its cells, each as wide as the weights that it stands for; inputs and outputs are counted from 0."""
    rows, columns = ([_span(*ends) for ends in pairwise(edges)] for edges in (layer.outputs, layer.inputs))
    told = [[_("output {row}, input {column}").format(row=row, column=column) for column in columns] for row in rows]
    return go.Heatmap(
        z=10 * np.sqrt(layer.shares),
        x=layer.inputs - 0.5,
        y=layer.outputs - 0.5,
        customdata=np.dstack([told, 100 * layer.shares]),
        coloraxis="coloraxis",
        hovertemplate="%{customdata[0]}: %{customdata[1]:.1f} %<extra></extra>",
        **{"xaxis": f"x{pair}", "yaxis": f"y{pair}"},
    )


def _span(start: int, stop: int) -> str:
    return str(start) if stop - start == 1 else _("{low} to {high}").format(low=start, high=stop - 1)
