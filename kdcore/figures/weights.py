"""The weights of each layer before and after, counted in bins of equal width, on one scale.

Pruning piles weights up at 0, and quantising or sharing leaves few values. Counts are on a log scale, as the pile is
a thousand times as high as what is left around it.
"""

from collections.abc import Mapping
from math import log10

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from kdcore.figures import numbers, panels, stages, theme
from kdcore.words import N_, _

QUESTION = N_("What became of the weights?")
PANEL, ABOVE = 150, 84  # pixels
BINS = 81  # an odd number, so that 0 is in the middle of one

Weights = Mapping[str, np.ndarray]  # "1.weight", "1.bias", ...


def figure(before: Weights, after: Weights, name: str) -> go.Figure:
    """A panel for each layer: the teacher's weights as an area, those of the variant of this name as a line."""
    pairs, role = _pairs(before, after), stages.family(name)
    drawn = theme.blank(_(QUESTION), _("how many weights have about this value, per layer"), axes=len(pairs))
    for i, (layer, (old, new)) in enumerate(pairs.items()):
        pair = panels.number(i)
        reach = float(max(np.abs(old).max(), np.abs(new).max())) or 1.0
        drawn.add_traces([_area(old, reach, pair), _line(new, reach, pair, role)])
        panels.add_title(drawn, pair, f"<b>{layer}</b> {_few(new)}")
        most = max(_counts(each, reach).max() for each in (old, new))
        ticks = [10**tens for tens in range(int(log10(most)) + 1)]
        scale = {"type": "log", "range": [log10(0.6), log10(most) + 0.1], "tickvals": ticks}
        drawn.update_layout({f"yaxis{pair}": scale | {"ticktext": [numbers.count(tick) for tick in ticks]}})
    drawn.update_annotations(align="left")
    drawn.update_xaxes(title_text=_("Weight"), nticks=5)
    drawn.update_layout(
        yaxis_title_text=_("Weights (log scale)"), margin={"l": 62, "r": 14, "t": 132, "b": 46}, hovermode="closest"
    )
    theme.add_key(drawn, dict.fromkeys(("teacher", role)), above=40)
    columns = min(len(pairs), 3)
    panels.arrange(drawn, len(pairs), columns, 1, panel=PANEL, above=ABOVE, gap=0.1)
    return drawn


def reading(before: Weights, after: Weights, name: str) -> str:
    """How many weights are zero, and how many values there are, before and after."""
    old, new = (np.concatenate([each.ravel() for each in _matrices(weights)]) for weights in (before, after))
    sentence = _(
        "{name}: of {weights} weights {zeros} are zero, and the layers have {values} different values in all; the "
        "teacher had {all_weights} weights, {all_zeros} of them zero, and {all_values} values."
    )
    return sentence.format(
        name=stages.label(name),
        weights=numbers.count(new.size),
        zeros=numbers.percent(_zeros(new)),
        values=numbers.count(sum(_values(each) for each in _matrices(after))),
        all_weights=numbers.count(old.size),
        all_zeros=numbers.percent(_zeros(old)),
        all_values=numbers.count(sum(_values(each) for each in _matrices(before))),
    )


def table(before: Weights, after: Weights, name: str) -> pd.DataFrame:
    """Of each layer the weights, the zeros among them, the different values and the largest, before and after."""
    return pd.DataFrame(
        [
            {
                _("Layer"): layer,
                _("Network"): of,
                _("Weights"): array.size,
                _("Zero"): numbers.percent(_zeros(array)),
                _("Different values"): _values(array),
                _("Largest"): numbers.significant(float(np.abs(array).max()), 3),
            }
            for layer, pair in _pairs(before, after).items()
            for of, array in zip((_(theme.ROLES["teacher"].label), stages.label(name)), pair, strict=True)
        ]
    )


def _matrices(weights: Weights) -> list[np.ndarray]:
    """The weights of each layer, without the biases."""
    return [array for array in weights.values() if array.ndim > 1]


def _pairs(before: Weights, after: Weights) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Each layer before and after; of networks that have not equally many, all layers together."""
    old, new = _matrices(before), _matrices(after)
    if len(old) != len(new):
        return {_("all layers"): tuple(np.concatenate([each.ravel() for each in layers]) for layers in (old, new))}
    return {_("layer {n}").format(n=n): pair for n, pair in enumerate(zip(old, new, strict=True), 1)}


def _zeros(array: np.ndarray) -> float:
    return float((array == 0).mean())


def _values(array: np.ndarray) -> int:
    return len(np.unique(array))


def _few(array: np.ndarray) -> str:
    """What is left of a layer."""
    text = _("{weights} weights<br>{zeros} zero, {values} values")
    zeros, weights = numbers.percent(_zeros(array)), numbers.count(array.size)
    return text.format(zeros=zeros, weights=weights, values=numbers.count(_values(array)))


def _counts(array: np.ndarray, reach: float) -> np.ndarray:
    return np.histogram(array, BINS, (-reach, reach))[0]


def _middles(reach: float) -> np.ndarray:
    edges = np.linspace(-reach, reach, BINS + 1)
    return (edges[1:] + edges[:-1]) / 2


def _area(array: np.ndarray, reach: float, pair: str) -> go.Bar:
    """The weights before, as bars without gaps."""
    role = theme.ROLES["teacher"]
    return go.Bar(
        x=_middles(reach),
        y=_counts(array, reach),
        width=2 * reach / BINS,
        marker={"color": role.ghost.light, "line": {"width": 0}},
        hovertemplate=_hover(role.label),
        **{"xaxis": f"x{pair}", "yaxis": f"y{pair}"},
    )


def _line(array: np.ndarray, reach: float, pair: str, role: str) -> go.Scatter:
    """The weights after, as the outline of such bars; an empty bin lies under the axis, which has no 0."""
    look, counts = theme.ROLES[role], _counts(array, reach)
    return go.Scatter(
        x=_middles(reach),
        y=np.maximum(counts, 0.1),
        mode="lines",
        line={"color": look.colour.light, "width": 1.5, "shape": "hvh"},
        customdata=counts,
        hovertemplate=_hover(look.label, "customdata"),
        **{"xaxis": f"x{pair}", "yaxis": f"y{pair}"},
    )


def _hover(label: str, number: str = "y") -> str:
    return f"{_(label)}, %{{x:.3g}}: %{{{number}}}<extra></extra>"
