"""A square of class by class for each lane, true classes down and answers across, on one colour scale.

What is on the diagonal would drown the rest (95 % beside 1 %). So colour shows what is off it only, on one scale for
all lanes, and the diagonal is plain.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from kdcore.figures import panels, theme
from kdcore.words import _

PANEL, COLUMNS = 210, 3  # pixels; panels side by side
EXTRA = "<extra></extra>"  # keeps Plotly from adding a box of its own


class Panel(NamedTuple):
    """One lane's square: shares (classes, classes) in per cent, what stands beside its name, and details for hover."""

    shares: np.ndarray
    result: str
    details: np.ndarray | None = None


def figure(
    title: str,
    subtitle: str,
    lanes: Mapping[str, Panel],
    names: Sequence[str],
    said: str,
    hover: str,
    hover_diagonal: str,
) -> go.Figure:
    """The squares side by side, up to three, or one under another on a phone. `said` is what stands under each."""
    longest, columns = max(map(len, names)), min(len(lanes), COLUMNS)
    drawn = theme.blank(title, subtitle, axes=len(lanes))
    for i, (lane, panel) in enumerate(lanes.items()):
        pair = panels.number(i)
        drawn.add_traces(_squares(panel, names, pair, hover, hover_diagonal))
        theme.name_panel(drawn, pair, lane, panel.result)
        drawn.update_layout({f"yaxis{pair}.showticklabels": i % columns == 0})  # the first panel's serve its row
        drawn.layout.meta["phone"][f"yaxis{pair}.showticklabels"] = True
    drawn.update_xaxes(type="category", showgrid=False, title_text=said, autotickangles=theme.TURNS)
    drawn.update_yaxes(type="category", showgrid=False, autorange="reversed")
    most = max(np.nanmax(off_diagonal(panel.shares)) for panel in lanes.values())
    bar = {"title": {"text": "%", "side": "top"}, "thickness": 10, "outlinewidth": 0}
    bar |= {"lenmode": "pixels", "len": PANEL, "y": 1, "yanchor": "top"}  # beside the first panel, on a phone too
    drawn.update_layout(
        yaxis_title_text=_("True class"),
        margin={"l": 40 + 6 * longest, "b": 40 + 6 * longest, "r": 64, "t": 84},
        hovermode="closest",
        coloraxis={"colorscale": theme.scale(), "cmin": 0, "cmax": max(most, 1), "colorbar": bar},
    )
    panels.arrange(drawn, len(lanes), columns, 1, panel=PANEL, above=60 + 6 * longest)
    return drawn


def off_diagonal(shares: np.ndarray) -> np.ndarray:
    """The same with zeros on the diagonal."""
    return np.where(np.eye(len(shares), dtype=bool), 0, shares)


def _squares(panel: Panel, names: Sequence[str], pair: str, hover: str, hover_diagonal: str) -> list[go.Heatmap]:
    """What is off the diagonal, coloured by its share, and the plain diagonal."""
    diagonal = np.where(np.eye(len(names), dtype=bool), panel.shares, np.nan)
    plain = {"colorscale": [(0, theme.GRID.light), (1, theme.GRID.light)], "showscale": False}

    def squares(z: np.ndarray, template: str, **style: Any) -> go.Heatmap:
        place = {"x": names, "y": names, "xaxis": f"x{pair}", "yaxis": f"y{pair}", "xgap": 1, "ygap": 1}
        text = {"customdata": panel.details, "hovertemplate": template + EXTRA, "hoverongaps": False}
        return go.Heatmap(z=z, **text, **place, **style)

    return [
        squares(off_diagonal(panel.shares), hover, coloraxis="coloraxis"),
        squares(diagonal, hover_diagonal, **plain),
    ]
