"""How much each layer can bear: the accuracy where one layer alone is pruned or rounded, without training on.

Li et al. 2017, "Pruning Filters for Efficient ConvNets", section 3.2, choose by such curves how much goes of a layer.
"""

from collections.abc import Mapping, Sequence
from math import log10
from typing import Any, Literal

import pandas as pd
import plotly.graph_objects as go

from kdcore.figures import numbers, theme
from kdcore.words import N_, _, ngettext

QUESTION = N_("Which layer can bear the most?")
AXES = {
    "sparsity": N_("Sparsity of the layer (%)"),
    "bits": N_("Bits of each weight of the layer (log scale, 32: float)"),
}
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
SYMBOLS = ("circle", "square", "triangle-up", "diamond", "pentagon")
CLOSE = 0.01  # as accurate as at the mildest stop but for a point

Knob = Literal["sparsity", "bits"]
Measured = Mapping[str, Sequence[tuple[float, float]]]  # of each layer, by name: (strength, accuracy), as measured


def figure(measured: Measured, knob: Knob, layer: str | None = None) -> go.Figure:
    """A line for each layer through the points that were measured, that of the chosen one in full colour."""
    drawn = theme.blank(_(QUESTION), _("one layer changed at a time, validation examples, no training"))
    for n, (name, points) in enumerate(measured.items()):
        colour = theme.INK if name == layer else theme.MUTED
        drawn.add_trace(_line(n, points, knob, colour))
        drawn.add_annotation(_label(n, points, knob, colour))
    drawn.update_xaxes(title_text=_(AXES[knob]))
    if knob == "bits":
        stops = sorted({strength for points in measured.values() for strength, _accuracy in points})
        drawn.update_xaxes(type="log", autorange="reversed", tickvals=stops)
    drawn.update_yaxes(title_text=_("Validation accuracy (%)"), autorangeoptions={"clipmax": 100.5})
    drawn.update_layout(hovermode="closest")
    drawn.layout.meta["phone"] |= {"margin.l": 48, "margin.r": 70}
    return drawn


def reading(measured: Measured, knob: Knob, layer: str | None = None) -> str:
    """How far each layer can go and lose no more than a point."""
    parts = [
        _("{layer} to {strength}").format(layer=_named(n), strength=_written(_furthest(points, knob), knob))
        for n, points in enumerate(measured.values())
    ]
    return _("Changed alone, without training, a layer loses no more than a point: {parts}.").format(
        parts=", ".join(parts)
    )


def table(measured: Measured, knob: Knob, layer: str | None = None) -> pd.DataFrame:
    """Every accuracy that was measured."""
    return pd.DataFrame(
        [
            {_("Layer"): _named(n), _(AXES[knob]): _written(strength, knob), _("Accuracy"): numbers.percent(accuracy)}
            for n, points in enumerate(measured.values())
            for strength, accuracy in points
        ]
    )


def _ordered(points: Sequence[tuple[float, float]], knob: Knob) -> list[tuple[float, float]]:
    """From where the layer is changed least."""
    return sorted(points, reverse=knob == "bits")


def _furthest(points: Sequence[tuple[float, float]], knob: Knob) -> float:
    """The last stop before the first at which more than a point is lost."""
    ordered = _ordered(points, knob)
    far = ordered[0][0]
    for strength, accuracy in ordered:
        if accuracy < ordered[0][1] - CLOSE:
            break
        far = strength
    return far


def _named(n: int) -> str:
    return _("layer {n}").format(n=n + 1)


def _written(strength: float, knob: Knob) -> str:
    if knob == "bits":
        return ngettext("{bits} bit", "{bits} bits", int(strength)).format(bits=int(strength))
    return _("{number} %").format(number=numbers.significant(100 * strength))


def _line(n: int, points: Sequence[tuple[float, float]], knob: Knob, colour: theme.Colour) -> go.Scatter:
    ordered, scale = _ordered(points, knob), 100 if knob == "sparsity" else 1
    return go.Scatter(
        x=[scale * strength for strength, _accuracy in ordered],
        y=[100 * accuracy for _strength, accuracy in ordered],
        mode="lines+markers",
        line={"color": colour.light, "width": 2, "dash": DASHES[n % len(DASHES)]},
        marker={"color": colour.light, "size": 8, "symbol": SYMBOLS[n % len(SYMBOLS)]},
        hovertext=[f"{_named(n)}, {_written(s, knob)}: {numbers.percent(a)}" for s, a in ordered],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _label(n: int, points: Sequence[tuple[float, float]], knob: Knob, colour: theme.Colour) -> dict[str, Any]:
    """The layer's name at the end of its line; by `name` the browser finds it, to keep it clear of the others."""
    strength, accuracy = _ordered(points, knob)[-1]
    return {
        "name": _named(n),
        "text": _named(n),
        "font": {"color": colour.light, "size": 13},
        "x": 100 * strength if knob == "sparsity" else log10(strength),
        "y": 100 * accuracy,
        "visible": True,
        "xanchor": "left",
        "xshift": 8,
        "showarrow": False,
    }
