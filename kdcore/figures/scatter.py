"""What every plane of accuracy against cost is drawn with: ticks, a key, the Pareto line, labels beside points."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import ceil, floor, log10
from typing import Any, NamedTuple

import plotly.graph_objects as go

from kdcore.figures import numbers, placing, theme
from kdcore.figures.points import AGAINST, Axes, Point
from kdcore.figures.theme import Colour
from kdcore.words import _

TITLE, KEY_LINE, AXIS = 72, 18, 46  # pixels: over the plane, and under it
ROUND = ((1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8), (1, 1.5, 2, 3, 5), (1, 2, 5), (1, 3), (1,))  # ticks of a decade


class Size(NamedTuple):
    """A plane in pixels: the widths at which no label may hide another, and the room beside it."""

    widths: tuple[int, ...]
    height: int
    left: int
    right: int
    reach: int  # from a point to its label at most

    def layout(self, key: Sequence[tuple[float, float]]) -> dict[str, Any]:
        """The figure around it, with a key of which the upmost line begins so far above the plane."""
        top = TITLE + max((up for _x, up in key), default=0) + KEY_LINE
        sides = {"margin.l": self.left, "margin.r": self.right, "margin.t": top, "margin.b": AXIS}
        return {"height": self.height + top + AXIS, **sides}


DESK = Size((520, 720, 920), 340, left=54, right=20, reach=95)
PHONE = Size((286, 304, 350), 290, left=44, right=10, reach=30)


def line(best: Sequence[Point], axes: Axes) -> go.Scatter:
    """The best accuracy that is to be had for each cost, as stairs."""
    right = axes.costs[1]
    x = [point.cost for point in best] + [right]
    y = [axes.height(point) for point in best]
    style = {"color": theme.INK.light, "width": 1.5, "shape": "hv", "dash": "dot"}
    return go.Scatter(x=x, y=[*y, *y[-1:]], mode="lines", line=style, hoverinfo="skip")


def ring(point: Point, axes: Axes) -> go.Scatter:
    """Around a point that is chosen."""
    marker = {"symbol": "circle-open", "size": 22, "color": theme.INK.light, "line": {"width": 2}}
    return go.Scatter(x=[point.cost], y=[axes.height(point)], mode="markers", marker=marker, hoverinfo="skip")


def bars(points: Sequence[Point], axes: Axes, colour: Colour) -> dict[str, Any]:
    """Upwards the intervals of accuracies, as far as there are errors; sideways from the least cost to the most."""
    top, style = axes.errors[0], {"type": "data", "thickness": 1.5, "width": 3, "color": colour.light}
    heights = [axes.height(point) for point in points]
    upper = [100 * (1 - point.accuracy.low) - height for point, height in zip(points, heights, strict=True)]
    lower = [height - max(100 * (1 - point.accuracy.high), top) for point, height in zip(points, heights, strict=True)]
    spread = {"array": [p.high - p.cost for p in points], "arrayminus": [p.cost - p.low for p in points]}
    return {"error_y": style | {"array": upper, "arrayminus": lower}, "error_x": style | spread}


def add_axes(drawn: go.Figure, axes: Axes, against: str, accuracy: str) -> None:
    """What they measure, with round numbers, fewer on a phone; `accuracy` says of which examples."""
    drawn.update_xaxes(type="log", range=[log10(end) for end in axes.costs], title_text=_(AGAINST[against].axis))
    drawn.update_yaxes(type="log", range=[log10(end) for end in reversed(axes.errors)], title_text=accuracy)
    for axis, ends, tell in (
        ("xaxis", axes.costs, AGAINST[against].write),
        ("yaxis", (axes.errors[0], min(axes.errors[1], 100)), lambda errors: numbers.significant(100 - errors)),
    ):
        wide, narrow = (_ticks(*ends, most) for most in ((9, 6) if axis == "xaxis" else (9, 9)))
        drawn.update_layout({axis: {"tickvals": wide, "ticktext": [tell(each) for each in wide]}})
        drawn.layout.meta["phone"] |= {f"{axis}.tickvals": narrow, f"{axis}.ticktext": [tell(each) for each in narrow]}


def add_key(drawn: go.Figure, entries: Sequence[tuple[str, Colour]]) -> None:
    """What each marker means, in lines over the plane; the figure is as high as they need."""
    wide, narrow = (_wrapped([text for text, _colour in entries], size.widths[0]) for size in (DESK, PHONE))
    drawn.update_layout({key.replace(".", "_"): value for key, value in DESK.layout(wide).items()})
    phone = {"title.font.size": 15} | PHONE.layout(narrow)
    for i, (x, y) in enumerate(narrow, len(drawn.layout.annotations)):
        phone |= {f"annotations.{i}.xshift": x, f"annotations.{i}.yshift": y}
    drawn.layout.meta["phone"] = phone
    where = {"x": 0, "y": 1, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
    fonts = [{"color": colour.light, "size": 13} for _text, colour in entries]
    _add_annotations(
        drawn,
        [
            {"text": text, "font": font, "xshift": x, "yshift": y, "showarrow": False, **where}
            for (text, _colour), font, (x, y) in zip(entries, fonts, wide, strict=True)
        ],
    )


def add_labels(
    drawn: go.Figure,
    texts: Mapping[Point, tuple[str, Colour]],
    found: Sequence[Point],
    best: Sequence[Point],
    axes: Axes,
    is_each: bool = False,
) -> None:
    """Texts beside their points, the first ones first, where they hide nothing; without room there is none, or with
    `is_each` one that hides other points."""
    told = {point: text for point, (text, _colour) in texts.items()}
    wide, narrow = (_free_places(found, best, told, axes, size) for size in (DESK, PHONE))
    if is_each:
        wide, narrow = (
            _free_places(list(told), [], told, axes, size) | free for size, free in ((DESK, wide), (PHONE, narrow))
        )
    for i, point in enumerate(texts, len(drawn.layout.annotations)):
        beside = _beside(narrow.get(point))
        drawn.layout.meta["phone"] |= {f"annotations.{i}.{key}": value for key, value in beside.items()}
    line = {"showarrow": True, "arrowhead": 0, "arrowwidth": 1, "arrowcolor": theme.MUTED.light, "standoff": 7}
    _add_annotations(
        drawn,
        [
            {"text": text, "font": {"color": colour.light, "size": 12}, **line, **_beside(wide.get(point))}
            | {"x": log10(point.cost), "y": log10(axes.height(point)), "align": "left"}
            for point, (text, colour) in texts.items()
        ],
    )


def _add_annotations(drawn: go.Figure, added: Sequence[Mapping[str, Any]]) -> None:
    """All at once, as Plotly looks at all that there are each time."""
    drawn.update_layout(annotations=[*drawn.layout.annotations, *added])


def _ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers between two, as many as there may be."""
    decades = range(floor(log10(low)), ceil(log10(high)) + 1)
    for steps in ROUND:
        ticks = [float(f"{step}e{tens}") for tens in decades for step in steps]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) <= most:
            return ticks
    return ticks[:: ceil(len(ticks) / most)]


def _wrapped(texts: Sequence[str], width: float) -> list[tuple[float, float]]:
    """Where each text begins, in pixels to the right and upwards, in lines of this width."""
    places: list[tuple[float, float]] = []
    x, line = 0.0, 0
    for text in texts:
        long = theme.LETTER * (len(text) + 1)
        if x and x + long > width:
            x, line = 0.0, line + 1
        places.append((x, line))
        x += long
    return [(x, KEY_LINE * (line - of) + 4) for x, of in places]


def _beside(place: tuple[float, float] | None) -> dict[str, Any]:
    """Where Plotly writes a label that is so many pixels from its point; none, and it is not written."""
    if place is None:
        return {"visible": False}
    anchor = "right" if place[0] < 0 else "left"
    return {"visible": True, "ax": place[0], "ay": place[1], "xanchor": anchor, "yanchor": "middle"}


def _free_places(
    found: Sequence[Point], best: Sequence[Point], texts: Mapping[Point, str], axes: Axes, size: Size
) -> dict[Point, tuple[float, float]]:
    """From each named point to its label, in pixels, on planes of this size."""
    shares = {point: axes.place(point) for point in found}
    planes = [{point: (x * width, y * size.height) for point, (x, y) in shares.items()} for width in size.widths]
    canvases = [
        placing.Canvas(width, spots, _hidden(spots, best)) for width, spots in zip(size.widths, planes, strict=True)
    ]
    return placing.places(texts, canvases, size.reach)


def _hidden(spots: Mapping[Point, tuple[float, float]], best: Sequence[Point]) -> list[placing.Box]:
    """What no label may hide: the points, and the treads of the line."""
    points = [(x - 7, y - 7, x + 7, y + 7) for x, y in spots.values()]
    return points + [(*spots[one], spots[other][0], spots[one][1]) for one, other in pairwise(best)]
