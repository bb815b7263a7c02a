"""Which classes each lane takes for which: of each true class, the share that was given each name.

The many right answers would drown the mistakes (95 % beside 1 %). So colour shows mistakes only, on one scale for all
lanes, and the right ones are a plain diagonal.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from kdcore.events import LANES, Row, first, latest
from kdcore.figures import numbers, panels, theme
from kdcore.words import N_, _

QUESTION = N_("Which classes are confused?")
PANEL = 210  # pixels
EXTRA = "<extra></extra>"  # keeps Plotly from adding a box of its own


def figure(rows: Sequence[Row]) -> go.Figure:
    """A square for each lane: rows are true classes, columns what the lane said. Test examples of all seeds."""
    data = _data(rows)
    if data is None:
        return theme.waiting(_(QUESTION))
    names = theme.class_names(data)
    longest = max(map(len, names))
    drawn = theme.blank(_(QUESTION), _("share of each true class that was given another name"), axes=len(LANES))
    for i, lane in enumerate(LANES):
        counts, pair = np.array(data[lane]), panels.number(i)
        drawn.add_traces(_squares(counts, names, pair))
        theme.name_panel(drawn, pair, lane, numbers.percent(counts.trace() / counts.sum()))
        drawn.update_layout({f"yaxis{pair}.showticklabels": i == 0})  # side by side, the first panel's serve all
        drawn.layout.meta["phone"][f"yaxis{pair}.showticklabels"] = True
    drawn.update_xaxes(type="category", showgrid=False, title_text=_("Said"), autotickangles=theme.TURNS)
    drawn.update_yaxes(type="category", showgrid=False, autorange="reversed")
    worst = max(_mistakes(np.array(data[lane])).max() for lane in LANES)
    bar = {"title": {"text": "%", "side": "top"}, "thickness": 10, "outlinewidth": 0}
    bar |= {"lenmode": "pixels", "len": PANEL, "y": 1, "yanchor": "top"}  # beside the first panel, on a phone too
    drawn.update_layout(
        yaxis_title_text=_("True class"),
        margin={"l": 40 + 6 * longest, "b": 40 + 6 * longest, "r": 64, "t": 84},
        hovermode="closest",
        coloraxis={"colorscale": theme.scale(), "cmin": 0, "cmax": max(worst, 1), "colorbar": bar},
    )
    panels.arrange(drawn, len(LANES), len(LANES), 1, panel=PANEL, above=60 + 6 * longest)
    return drawn


def reading(rows: Sequence[Row]) -> str:
    """The most frequent mistake of each lane."""
    data = _data(rows)
    if data is None:
        return theme.later()
    parts = [_worst(lane, np.array(data[lane]), theme.class_names(data)) for lane in LANES]
    return _("Most frequent mistakes: {parts}.").format(parts="; ".join(parts))


def table(rows: Sequence[Row]) -> pd.DataFrame:
    """Every answer that was given, how often, and as what share of its true class."""
    data = _data(rows) or {"classes": ()} | dict.fromkeys(LANES, ())
    names = theme.class_names(data)
    return pd.DataFrame(
        [
            {
                _("Lane"): _(theme.ROLES[lane].title),
                _("True class"): names[true],
                _("Said"): names[said],
                _("Times"): times,
                _("Share"): times / sum(counts),
            }
            for lane in LANES
            for true, counts in enumerate(data[lane])
            for said, times in enumerate(counts)
            if times
        ]
    )


def _data(rows: Sequence[Row]) -> dict | None:
    snapshot = first(latest(rows), "snapshot", name="confusion")
    return snapshot and snapshot["data"]


def _mistakes(counts: np.ndarray) -> np.ndarray:
    """Each mistake as a share of its true class, in per cent; 0 on the diagonal, where the answer was right."""
    return 100 * (counts - np.diag(counts.diagonal())) / np.maximum(counts.sum(axis=1, keepdims=True), 1)


def _squares(counts: np.ndarray, names: Sequence[str], pair: str) -> list[go.Heatmap]:
    """The mistakes, coloured by their share, and the plain diagonal of right answers."""
    told = np.eye(len(names), dtype=bool)
    shares = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    wrong = _("%{y} taken for %{x}: %{customdata} times, %{z:.1f} % of its class")
    right = _("%{y} told right: %{customdata} times, %{z:.1f} % of its class")
    plain = {"colorscale": [(0, theme.GRID.light), (1, theme.GRID.light)], "showscale": False}

    def squares(z: np.ndarray, hover: str, **style: Any) -> go.Heatmap:
        place = {"x": names, "y": names, "xaxis": f"x{pair}", "yaxis": f"y{pair}", "xgap": 1, "ygap": 1}
        return go.Heatmap(z=z, customdata=counts, hovertemplate=hover + EXTRA, hoverongaps=False, **place, **style)

    return [
        squares(_mistakes(counts), wrong, coloraxis="coloraxis"),
        squares(np.where(told, shares, np.nan), right, **plain),
    ]


def _worst(lane: str, counts: np.ndarray, names: Sequence[str]) -> str:
    """The lane's most frequent mistake as a phrase."""
    shares = _mistakes(counts)
    true, said = np.unravel_index(shares.argmax(), shares.shape)
    if not shares[true, said]:
        return _("{lane} none").format(lane=_(theme.ROLES[lane].label))
    phrase = _("{lane} takes {true} for {said} ({share})")
    share = numbers.percent(shares[true, said] / 100)
    return phrase.format(lane=_(theme.ROLES[lane].label), true=names[true], said=names[said], share=share)
