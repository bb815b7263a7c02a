"""A plane to click points into: every class in its colour and shape, as where lanes draw the line between them."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from kdcore.figures import theme
from kdcore.figures.boundary import SYMBOLS
from kdcore.words import N_, _, ngettext

QUESTION = N_("Where are the points of each class?")
EDGE = 1.0  # the plane goes from -1 to 1, both ways
SPOTS = 101  # that can be clicked, along each side
HEIGHT, PHONE_HEIGHT = 460, 430  # pixels

Points = Sequence[tuple[float, float, int]]  # two coordinates and the class, from 0


def figure(points: Points, names: Sequence[str]) -> go.Figure:
    """The points, over a net that cannot be seen, which tells where it was clicked."""
    drawn = theme.blank(_(QUESTION), _("click to add points; each class needs a few"))
    net = np.zeros((SPOTS, SPOTS), np.uint8)
    step, clear = 2 * EDGE / (SPOTS - 1), "rgba(0, 0, 0, 0)"
    places = {"x0": -EDGE, "dx": step, "y0": -EDGE, "dy": step}
    drawn.add_trace(go.Heatmap(z=net, colorscale=[clear, clear], showscale=False, hoverinfo="none", **places))
    for k, name in enumerate(names):
        x, y = ([point[axis] for point in points if point[2] == k] for axis in (0, 1))
        outline = {"color": theme.PAPER.light, "width": 0.5}
        marker = {"color": theme.CLASSES[k].light, "symbol": SYMBOLS[k], "size": 9, "line": outline}
        drawn.add_trace(go.Scatter(x=x, y=y, name=name, mode="markers", marker=marker, hoverinfo="skip"))
    ends = {"range": [-EDGE - step, EDGE + step], "showgrid": False, "showticklabels": False, "constrain": "domain"}
    drawn.update_xaxes(**ends, mirror=True, showline=True)
    drawn.update_yaxes(**ends, mirror=True, showline=True, scaleanchor="x")
    drawn.update_layout(height=HEIGHT, hovermode="closest", dragmode=False, showlegend=True)
    drawn.layout.meta["phone"] |= {"height": PHONE_HEIGHT}
    drawn.update_layout(margin={"l": 10, "r": 10, "t": 70, "b": 40}, legend={"orientation": "h", "y": -0.02})
    return drawn


def reading(points: Points, names: Sequence[str]) -> str:
    """How many points there are of each class."""
    counts = [sum(point[2] == k for point in points) for k in range(len(names))]
    told = ", ".join(f"{name} {count}" for name, count in zip(names, counts, strict=True))
    words = ngettext("{n} point: {told}.", "{n} points: {told}.", len(points))
    return words.format(n=len(points), told=told)
