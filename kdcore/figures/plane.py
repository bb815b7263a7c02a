"""All variants of a teacher on one plane: how often each is right, against what it costs.

Both axes are on a log scale: to the left each step divides the cost, and upwards each step divides the errors. So
98 % and 99 %, where one has half the errors of the other, lie as far apart as 80 % and 90 %, and a variant that can
do nothing leaves room for the others. y is therefore the share of errors, and its ticks tell the accuracy.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from math import ceil, floor, log10
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from kdcore.events import Row, first, latest
from kdcore.figures import numbers, placing, stages, theme
from kdcore.interval import Interval, interval
from kdcore.words import N_, _, ngettext

TITLE, KEY_LINE, AXIS = 72, 18, 46  # pixels: over the plane, and under it
MARKER = 12  # pixels
ROUND = ((1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8), (1, 1.5, 2, 3, 5), (1, 2, 5), (1, 3), (1,))  # ticks of a decade
HEADROOM = 0.2  # of the plane, for labels
CLOSE = 0.01  # as accurate as the teacher but for a point


class Cost(NamedTuple):
    """What a variant costs: the question, the axis, how an amount is written, and what it is an amount of."""

    question: str
    axis: str
    write: Callable[[float], str]
    unit: str = "{cost}"


AGAINST = {
    "size_bytes": Cost(N_("How accurate at which size?"), N_("Bytes of the written file (log scale)"), numbers.size),
    "flops": Cost(
        N_("How accurate for how much work?"),
        N_("FLOPs for one example (log scale)"),
        numbers.count,
        N_("{cost} FLOPs"),
    ),
    "latency_ms": Cost(
        N_("How accurate at which speed?"),
        N_("Time for one example, one thread (log scale)"),
        lambda ms: numbers.seconds(ms / 1000),
    ),
    "nonzero": Cost(
        N_("How accurate with how many weights?"),
        N_("Weights not zero (log scale)"),
        numbers.count,
        N_("{cost} weights not zero"),
    ),
}


class Size(NamedTuple):
    """A plane in pixels: the widths at which no label may hide another, and the room beside it."""

    widths: tuple[int, ...]
    height: int
    left: int
    right: int
    reach: int  # from a point to its label at most

    def layout(self, key: Sequence[tuple[float, float]]) -> dict[str, Any]:
        """The figure around it, with a key of which the upmost line begins so far above the plane."""
        top = TITLE + max(up for _x, up in key) + KEY_LINE
        sides = {"margin.l": self.left, "margin.r": self.right, "margin.t": top, "margin.b": AXIS}
        return {"height": self.height + top + AXIS, **sides}


DESK = Size((520, 720, 920), 340, left=54, right=20, reach=95)
PHONE = Size((286, 304, 350), 290, left=44, right=10, reach=30)


class Point(NamedTuple):
    """A variant on the plane: its cost, from which to which that was measured, and its validation accuracy."""

    name: str
    cost: float
    low: float
    high: float
    accuracy: Interval

    @property
    def errors(self) -> float:
        """In per cent."""
        return 100 * (1 - self.accuracy.mean)


class Axes(NamedTuple):
    """What the axes cover: costs, and errors in per cent from the top to the bottom."""

    costs: tuple[float, float]
    errors: tuple[float, float]

    def height(self, point: Point) -> float:
        """The errors at which a point is drawn: one without any, for which a log scale has no place, above all."""
        top, bottom = self.errors
        return point.errors or top * (bottom / top) ** HEADROOM

    def place(self, point: Point) -> tuple[float, float]:
        """Where a point lies, as shares of the plane's width and height, from its top left."""
        return _share(point.cost, *self.costs), _share(self.height(point), *self.errors)


def figure(rows: Sequence[Row], against: str = "size_bytes", chosen: str | None = None) -> go.Figure:
    """A point for every variant that is finished, an arrow from what it was made from, and the Pareto line."""
    found = points(rows, against)
    if not found:
        waiting = theme.waiting(_(AGAINST[against].question)).update_annotations(text=_later())
        _add_key(waiting, _planned(rows))
        return waiting
    axes, best, steps = _axes(found), pareto(found), _steps(rows, chosen)
    drawn = theme.blank(_(AGAINST[against].question), _subtitle(found))
    drawn.add_traces([_arrows(rows, found, axes, steps, is_chosen) for is_chosen in (False, True)])
    drawn.add_trace(_line(best, axes))
    drawn.add_traces([_markers(role, found, axes, against) for role in theme.ROLES])
    drawn.add_traces([_ring(point, axes) for point in found if point.name == chosen])
    drawn.update_layout(hovermode="closest")
    _add_key(drawn, _planned(rows))
    _add_ticks(drawn, axes, against)
    _add_labels(drawn, found, best, chosen, axes)
    drawn.update_xaxes(title_text=_(AGAINST[against].axis))
    drawn.update_yaxes(title_text=_("Validation accuracy (%), log scale of errors"))
    return drawn


def reading(rows: Sequence[Row], against: str = "size_bytes", chosen: str | None = None) -> str:
    """How many are on the Pareto line, which of those as accurate as the teacher costs least, and the chosen one."""
    found = points(rows, against)
    if len(found) < 2:
        return " ".join([*(_standing(point, against) for point in found), _later()])
    best = pareto(found)
    sentence = ngettext(
        "Of {n} networks {best} is the best for its cost (the line).",
        "Of {n} networks {best} are the best for their cost (the line).",
        len(best),
    )
    sentences = [sentence.format(n=len(found), best=len(best)), _cheapest(found, best, against)]
    return " ".join(sentences + [_standing(point, against) for point in found if point.name == chosen])


def table(rows: Sequence[Row], against: str = "size_bytes", chosen: str | None = None) -> pd.DataFrame:
    """Every variant with all that it costs, in the order of this cost; the best for their cost are marked."""
    known, found = stages.variants(rows), points(rows, against)
    best = {point.name for point in pareto(found)}
    costs = {other: {point.name: point.cost for point in points(rows, other)} for other in AGAINST}
    return pd.DataFrame(
        [
            {
                _("Variant"): stages.label(point.name),
                _("Validation accuracy"): numbers.percent(point.accuracy),
                _("Test accuracy"): numbers.percent(interval(known[point.name]["test_accuracy"])),
                _("File"): numbers.size(costs["size_bytes"][point.name]),
                _("FLOPs"): numbers.count(costs["flops"][point.name]),
                _("Latency"): numbers.seconds(costs["latency_ms"][point.name] / 1000),
                _("Weights not zero"): numbers.count(costs["nonzero"][point.name]),
                _("Best for its cost"): "●" if point.name in best else "",
                _("Chosen"): "●" if point.name == chosen else "",
            }
            for point in sorted(found, key=lambda point: point.cost)
        ]
    )


def points(rows: Sequence[Row], against: str) -> list[Point]:
    """Every variant that is finished: mean over seeds, or median of the medians where it is a time."""
    return [
        Point(name, cost, min(measured), max(measured), interval(row["val_accuracy"]))
        for name, row in stages.variants(rows).items()
        for measured in [_measured(row, against)]
        for cost in [median(measured) if against == "latency_ms" else interval(measured).mean]
    ]


def pareto(found: Iterable[Point]) -> list[Point]:
    """The points to which none is at least as good in both, the cheapest first; of two equal ones the first."""
    best: list[Point] = []
    for point in sorted(found, key=lambda point: (point.cost, -point.accuracy.mean)):
        if not best or point.accuracy.mean > best[-1].accuracy.mean:
            best.append(point)
    return best


def nearest(rows: Sequence[Row], against: str, x: float, y: float) -> str | None:
    """The variant at the place that was clicked, as the browser tells it: cost, and errors in per cent.

    Of several at one place it is the one on top, which was drawn last.
    """
    families = list(theme.ROLES)
    found = sorted(points(rows, against), key=lambda point: families.index(stages.family(point.name)))[::-1]
    if not found:
        return None
    axes, clicked = _axes(found), np.log([x, y])
    scale = [np.log(high / low) for low, high in axes]
    spots = np.log([[point.cost, axes.height(point)] for point in found])
    return found[np.square((spots - clicked) / scale).sum(axis=1).argmin()].name


def _cheapest(found: Sequence[Point], best: Sequence[Point], against: str) -> str:
    """Which costs least of those that are as accurate as the teacher but for a point."""
    teacher = found[0]
    cheapest = next(point for point in best if point.accuracy.mean >= teacher.accuracy.mean - CLOSE)
    if cheapest.cost >= teacher.cost:
        return _("None that costs less than the teacher is within a point of its accuracy.")
    sentence = _(
        "The cheapest within a point of the teacher ({teacher}) is {name}: {accuracy}, {cost} instead of {all}."
    )
    return sentence.format(
        teacher=numbers.percent(teacher.accuracy),
        name=stages.label(cheapest.name),
        accuracy=numbers.percent(cheapest.accuracy),
        cost=AGAINST[against].write(cheapest.cost),
        all=_cost(teacher, against),
    )


def _standing(point: Point, against: str) -> str:
    """A variant in words, its accuracy and its cost."""
    values = {"name": stages.label(point.name), "accuracy": numbers.percent(point.accuracy)}
    text = _("{name}: {accuracy}, {cost}.").format(cost=_cost(point, against), **values)
    return text[:1].upper() + text[1:]


def _cost(point: Point, against: str) -> str:
    return _(AGAINST[against].unit).format(cost=AGAINST[against].write(point.cost))


def _measured(row: Row, against: str) -> list[float]:
    """Every number of this cost; none is below 1 (a log scale has no 0), but for times."""
    value = row[against]["1"] if against == "latency_ms" else row[against]
    measured = value if isinstance(value, list) else [value]
    return measured if against == "latency_ms" else [max(each, 1) for each in measured]


def _axes(found: Sequence[Point]) -> Axes:
    """A little more than all points take, and at the top some room for labels."""
    least, most = min(point.cost for point in found), max(point.cost for point in found)
    errors = [point.errors for point in found if point.errors > 0] or [1.0]
    room = max((most / least) ** 0.06 * 1.1, (2 * least / most) ** 0.5)
    top, bottom = min(errors) / 1.3, min(max(errors) * 1.3, 110)
    if any(not point.errors for point in found):
        top /= 2  # there those without any error are drawn
    return Axes((least / room, most * room), (top / (bottom / top) ** HEADROOM, bottom))


def _share(value: float, low: float, high: float) -> float:
    return log10(value / low) / log10(high / low)


def _subtitle(found: Sequence[Point]) -> str:
    """What the bars, the line and the arrows are."""
    bars = _("mean, 95 % interval") if found[0].accuracy.half_width is not None else _("one seed")
    if any(point.low != point.high for point in found):
        bars = _("{bars}; sideways: smallest to largest").format(bars=bars)
    return f"{bars}<br>{_('line: the best for their cost; arrows: made from what')}"


def _steps(rows: Sequence[Row], chosen: str | None) -> set[str]:
    """The chosen variant and all that it was made from."""
    return set() if chosen is None else {step["name"] for step in stages.path(rows, chosen)}


def _arrows(rows: Sequence[Row], found: Sequence[Point], axes: Axes, steps: set[str], is_chosen: bool) -> go.Scatter:
    """From what each variant was made from to the variant: those that led to the chosen one, or the others."""
    known, parents = {point.name: point for point in found}, stages.variants(rows)
    x: list[float | None] = []
    y: list[float | None] = []
    for point in found:
        parent = known.get(parents[point.name]["parent"])
        if parent and (point.name in steps) == is_chosen:
            x += [parent.cost, point.cost, None]
            y += [axes.height(parent), axes.height(point), None]
    marker = {"symbol": "arrow", "angleref": "previous", "size": [0, 8 if is_chosen else 6, 0] * (len(x) // 3)}
    style = {"mode": "lines+markers", "hoverinfo": "skip", "opacity": 1 if is_chosen else 0.35}
    colour = (theme.INK if is_chosen else theme.MUTED).light
    marker |= {"color": colour, "standoff": 8, "line": {"width": 0}}
    return go.Scatter(x=x, y=y, marker=marker, line={"color": colour, "width": 1.5 if is_chosen else 1}, **style)


def _line(best: Sequence[Point], axes: Axes) -> go.Scatter:
    """The best accuracy that is to be had for each cost, as stairs."""
    right = axes.costs[1]
    x = [point.cost for point in best] + [right]
    y = [axes.height(point) for point in best]
    line = {"color": theme.INK.light, "width": 1.5, "shape": "hv", "dash": "dot"}
    return go.Scatter(x=x, y=[*y, y[-1]], mode="lines", line=line, hoverinfo="skip")


def _markers(role: str, found: Sequence[Point], axes: Axes, against: str) -> go.Scatter:
    """The variants of one family, with their intervals; those whose file is coded are hollow."""
    look, mine = theme.ROLES[role], [point for point in found if stages.family(point.name) == role]
    heights, top = [axes.height(point) for point in mine], axes.errors[0]
    is_coded = [stages.is_coded(point.name) for point in mine]
    bars = {"type": "data", "thickness": 1.5, "width": 3, "color": look.ghost.light}
    upper = [100 * (1 - point.accuracy.low) - height for point, height in zip(mine, heights, strict=True)]
    lower = [height - max(100 * (1 - point.accuracy.high), top) for point, height in zip(mine, heights, strict=True)]
    spread = {"array": [p.high - p.cost for p in mine], "arrayminus": [p.cost - p.low for p in mine]}
    symbol = theme.SYMBOLS[role]
    return go.Scatter(
        x=[point.cost for point in mine],
        y=heights,
        mode="markers",
        name=_(look.label),
        marker={
            "symbol": [f"{symbol}-open" if coded else symbol for coded in is_coded],
            "color": look.colour.light,
            "size": MARKER,
            "line": {"width": [2 if coded else 1 for coded in is_coded], "color": theme.PAPER.light},
        },
        error_y=bars | {"array": upper, "arrayminus": lower},
        error_x=bars | spread,
        customdata=[point.name for point in mine],
        hovertext=[_hover(point, against) for point in mine],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _hover(point: Point, against: str) -> str:
    """A variant in words, its accuracy, and its cost with its spread."""
    cost, low, high = map(AGAINST[against].write, (point.cost, point.low, point.high))
    spread = "" if low == high else _(" ({low} to {high})").format(low=low, high=high)
    return f"<b>{stages.label(point.name)}</b><br>{numbers.percent(point.accuracy)}<br>{cost}{spread}"


def _ring(point: Point, axes: Axes) -> go.Scatter:
    """Around the variant that is chosen."""
    marker = {"symbol": "circle-open", "size": 22, "color": theme.INK.light, "line": {"width": 2}}
    return go.Scatter(x=[point.cost], y=[axes.height(point)], mode="markers", marker=marker, hoverinfo="skip")


def _add_ticks(drawn: go.Figure, axes: Axes, against: str) -> None:
    """Round numbers on both axes, fewer on a phone."""
    drawn.update_xaxes(type="log", range=[log10(end) for end in axes.costs])
    drawn.update_yaxes(type="log", range=[log10(end) for end in reversed(axes.errors)])
    for axis, ends, tell in (
        ("xaxis", axes.costs, AGAINST[against].write),
        ("yaxis", (axes.errors[0], min(axes.errors[1], 100)), lambda errors: numbers.significant(100 - errors)),
    ):
        wide, narrow = (_ticks(*ends, most) for most in ((9, 6) if axis == "xaxis" else (9, 9)))
        drawn.update_layout({axis: {"tickvals": wide, "ticktext": [tell(each) for each in wide]}})
        drawn.layout.meta["phone"] |= {f"{axis}.tickvals": narrow, f"{axis}.ticktext": [tell(each) for each in narrow]}


def _ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers between two, as many as there may be."""
    decades = range(floor(log10(low)), ceil(log10(high)) + 1)
    for steps in ROUND:
        ticks = [float(f"{step}e{tens}") for tens in decades for step in steps]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) <= most:
            return ticks
    return ticks[:: ceil(len(ticks) / most)]


def _planned(rows: Sequence[Row]) -> list[str]:
    """All variants that there are, or will be: what is drawn for them has its room from the beginning."""
    return (first(latest(rows), "started") or {"variants": [""]})["variants"]


def _add_key(drawn: go.Figure, names: Sequence[str]) -> None:
    """Which marker is which family's, in lines over the plane; the figure is as high as they need."""
    families = {stages.family(name) for name in names}
    entries = [(f"{role.glyph} {_(role.label)}", role.text) for key, role in theme.ROLES.items() if key in families]
    entries += [(_("hollow: coded file"), theme.MUTED)] * any(map(stages.is_coded, names))
    wide, narrow = (_wrapped([text for text, _colour in entries], size.widths[0]) for size in (DESK, PHONE))
    drawn.update_layout({key.replace(".", "_"): value for key, value in DESK.layout(wide).items()})
    phone = {"title.font.size": 15} | PHONE.layout(narrow)
    for i, (x, y) in enumerate(narrow, len(drawn.layout.annotations)):
        phone |= {f"annotations.{i}.xshift": x, f"annotations.{i}.yshift": y}
    drawn.layout.meta["phone"] = phone
    where = {"x": 0, "y": 1, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
    for (text, colour), (x, y) in zip(entries, wide, strict=True):
        font = {"color": colour.light, "size": 13}
        drawn.add_annotation(text=text, font=font, xshift=x, yshift=y, showarrow=False, **where)


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


def _add_labels(
    drawn: go.Figure, found: Sequence[Point], best: Sequence[Point], chosen: str | None, axes: Axes
) -> None:
    """The names of the chosen one and of the best, where they hide nothing; without room there is none."""
    named = [point for point in found if point.name == chosen] + [point for point in best if point.name != chosen]
    texts = {point: stages.label(point.name).replace(" + ", "<br>+ ") for point in named}
    wide, narrow = (_free_places(found, best, texts, axes, size) for size in (DESK, PHONE))
    for point, text in texts.items():
        at = f"annotations.{len(drawn.layout.annotations)}"
        drawn.layout.meta["phone"] |= {f"{at}.{key}": value for key, value in _beside(narrow.get(point)).items()}
        drawn.add_annotation(
            text=text,
            font={"color": theme.ROLES[stages.family(point.name)].text.light, "size": 12},
            **{"x": log10(point.cost), "y": log10(axes.height(point)), "align": "left"},
            **{"showarrow": True, "arrowhead": 0, "arrowwidth": 1, "arrowcolor": theme.MUTED.light, "standoff": 7},
            **_beside(wide.get(point)),
        )


def _beside(place: tuple[float, float] | None) -> dict[str, Any]:
    """Where Plotly writes a label that is so many pixels from its point; none, and it is not written."""
    if place is None:
        return {"visible": False}
    anchor = "right" if place[0] < 0 else "left"
    return {"visible": True, "ax": place[0], "ay": place[1], "xanchor": anchor, "yanchor": "middle"}


def _free_places(
    found: Sequence[Point], best: Sequence[Point], texts: dict[Point, str], axes: Axes, size: Size
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


def _later() -> str:
    return _("Every variant appears here as soon as it is finished.")
