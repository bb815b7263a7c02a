"""Accuracy against one axis of a sweep, a line for each lane: over a student's or teacher's size, labels, or noise.

A second and a third axis become small pictures side by side on the same scales. A cell that is still learning is drawn
pale, with what it can do by now.
"""

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from math import log10
from typing import Any, NamedTuple

import pandas as pd
import plotly.graph_objects as go

from kdcore import shapes
from kdcore.events import LANES, Row, first, latest
from kdcore.experiment import Experiment, written
from kdcore.figures import cells, numbers, panels, theme
from kdcore.figures.cells import Place
from kdcore.grid import ALL, Sweep
from kdcore.interval import Interval, interval
from kdcore.words import N_, _, decimal

VALUE, ACCURACY = "value", "accuracy"  # across: an axis's own values; or how accurate its teachers are
PANEL, ABOVE, COLUMNS = 240, 64, 3  # pixels of a small picture, and over it; how many side by side
LOG_FROM = 20  # times the smallest: from there on an axis is drawn on a log scale
TICKS = 8  # at most, so that their labels do not meet


class Size(NamedTuple):
    """A way to say how large a network is: its axis, how an amount is written, and how it is counted."""

    title: str
    write: Callable[[float], str]
    of: Callable[[list[shapes.Layer]], int]


SIZES = {
    "parameters": Size(N_("Parameters of the {who}"), numbers.count, shapes.parameters),
    "size_bytes": Size(
        N_("Bytes of the weights of the {who}"),
        numbers.size,
        lambda stack: shapes.BYTES_PER_WEIGHT * shapes.parameters(stack),
    ),
    "flops": Size(N_("FLOPs of the {who} for one example"), numbers.count, shapes.flops),
}
WHO = {"student": N_("student"), "teacher": N_("teacher")}
EXAMPLES = {"val_accuracy": N_("validation examples"), "test_accuracy": N_("test examples")}
MEASURES = {"val_accuracy": N_("Validation accuracy (%)"), "test_accuracy": N_("Test accuracy (%)")}


class Point(NamedTuple):
    """A cell on its line: where it lies, how that is written, what the cell is called, its row and its teachers'."""

    x: float
    tick: str
    named: str
    row: Row
    teacher: Row | None

    def values(self, lane: str, measure: str) -> list[float]:
        """Seed by seed what a lane can do, without seeds that diverged."""
        if lane != "teacher":
            return cells.values(self.row, measure, lane)
        return cells.values(self.teacher, measure) if self.teacher else []

    def gain(self, lane: str, measure: str) -> Interval | None:
        """What a lane has over the student from labels, seed by seed."""
        pairs = list(zip(self.values(lane, measure), self.values(cells.BASELINE, measure), strict=False))
        return interval([own - other for own, other in pairs]) if pairs else None


class Line(NamedTuple):
    """The cells of one small picture, from left to right. `named` says where they stand on the other axes."""

    y: Any
    panel: Any
    named: str
    points: list[Point]


def figure(rows: Sequence[Row], question: str, across: str = VALUE, measure: str = "val_accuracy") -> go.Figure:
    """A line with its 95 % band for each lane; `across` is a size, the axis's own value, or the teachers' accuracy."""
    found, lanes = lines(rows, across), drawn_lanes(rows, across)
    if not any(_drawn(line, lane, measure) for line in found for lane in lanes):
        return theme.waiting(question).update_annotations(text=later())
    drawn, many = (
        theme.blank(question, _subtitle(rows, found, across), axes=len(found)),
        any(line.named for line in found),
    )
    for i, line in enumerate(found):
        pair = panels.number(i)
        drawn.add_traces([_names(line, measure, pair)] if across in SIZES else [])
        for lane in lanes:
            drawn.add_traces(_lane(line, lane, measure, pair, is_cloud=across == ACCURACY))
        if many:
            panels.add_title(drawn, pair, line.named)
    _add_axes(drawn, rows, found, across, measure)
    theme.add_key(drawn, lanes, above=28 if many else 8)
    drawn.update_layout(margin={"l": 54, "r": 20, "t": 112 if many else 92, "b": 46})
    panels.arrange(drawn, len(found), min(len(found), COLUMNS), 1, panel=PANEL, above=ABOVE)
    drawn.layout.meta["phone"] |= {"margin.l": 46, "margin.r": 12}
    return drawn


def reading(rows: Sequence[Row], question: str, across: str = VALUE, measure: str = "val_accuracy") -> str:
    """What each lane does at the left end and at the right end of each small picture."""
    told = [_ends(line, drawn_lanes(rows, across), measure) for line in lines(rows, across)]
    if not any(told):
        return later()
    return _("Right on {examples}. {lines}.").format(examples=_(EXAMPLES[measure]), lines=". ".join(filter(None, told)))


def table(rows: Sequence[Row], question: str, across: str = VALUE, measure: str = "val_accuracy") -> pd.DataFrame:
    """A line for each cell: where it stands, what each lane can do, and what the taught ones gain, seed by seed."""
    return pd.DataFrame(
        [_columns(rows, point, across, measure) for line in lines(rows, across) for point in line.points]
    )


def lines(rows: Sequence[Row], across: str = VALUE) -> list[Line]:
    """The cells apart by what they have on other axes; against their teachers' accuracy all of them are one cloud."""
    teachers, apart = cells.teachers(rows), {}
    for place, row in cells.cells(rows).items():
        teacher = teachers.get(row["group"])
        if (spot := _spot(rows, place, across, teacher)) is not None:
            key = (None, None) if across == ACCURACY else (place.y, place.panel)
            named = cells.described(rows, place if across == ACCURACY else Place(place.x))
            apart.setdefault(key, []).append(Point(*spot, named, row, teacher))
    axes = cells.axes(rows)
    ordered = sorted(apart, key=lambda key: tuple(map(_position, (axes.get("panel"), axes.get("y")), reversed(key))))
    return [
        Line(*key, cells.described(rows, Place(None, *key)), sorted(apart[key], key=lambda point: point.x))
        for key in ordered
    ]


def drawn_lanes(rows: Sequence[Row], across: str = VALUE) -> tuple[str, ...]:
    """The lanes that have a line; the teachers' has none where it is what the others are drawn against."""
    return (() if across == ACCURACY else LANES[:1]) + cells.lanes(rows)


def who(rows: Sequence[Row]) -> str:
    """Whose size is meant: the teacher's where it is what differs along x, and else the student's."""
    axis = cells.axes(rows).get("x")
    return "teacher" if axis and axis.setting.startswith("teacher") else "student"


def size(rows: Sequence[Row], place: Place, across: str) -> int:
    """How large a cell's student or teacher is."""
    return SIZES[across].of(_experiments(rows)[place].layers(who(rows)))


def later() -> str:
    """Why there is nothing to be seen yet."""
    return _("Every point appears here as soon as its students learn.")


def points(difference: Interval) -> str:
    """A difference of two shares, in points: '+4.2 ±1.1'."""
    half = "" if difference.half_width is None else f" ±{decimal(100 * difference.half_width, 1)}"
    return decimal(100 * difference.mean, 1, "+") + half


def _experiments(rows: Sequence[Row]) -> dict[Place, Experiment]:
    """The experiment of each cell."""
    return _told(json.dumps(first(latest(rows), "started")["sweep"]))


@lru_cache(maxsize=8)
def _told(sweep: str) -> dict[Place, Experiment]:
    return {Place(*cell[:-1]): cell.experiment for cell in Sweep.model_validate_json(sweep).cells()}


def _spot(rows: Sequence[Row], place: Place, across: str, teacher: Row | None) -> tuple[float, str] | None:
    """Where a cell lies from left to right, and how that is written; None where it is not known yet."""
    if across == ACCURACY:
        values = cells.values(teacher, "val_accuracy") if teacher else []
        return (100 * interval(values).mean, numbers.percent(interval(values))) if values else None
    if across in SIZES:
        amount = size(rows, place, across)
        return amount, SIZES[across].write(amount)
    if place.x == ALL:
        return _experiments(rows)[place].labels, ALL
    if isinstance(place.x, str):  # of what is no number, the order in which it was told
        return _position(cells.axes(rows)["x"], place.x), place.x
    return place.x, written(place.x)


def _position(axis: cells.Axis | None, value: Any) -> int:
    return axis.values.index(value) if axis and value in axis.values else 0


def _drawn(line: Line, lane: str, measure: str) -> list[Point]:
    return [point for point in line.points if point.values(lane, measure)]


def _names(line: Line, measure: str, pair: str) -> go.Scatter:
    """What each cell is called, unseen, at the head of what hovering tells."""
    mine = _drawn(line, cells.BASELINE, measure)
    return go.Scatter(
        x=[point.x for point in mine],
        y=[100 * interval(point.values(cells.BASELINE, measure)).mean for point in mine],
        mode="markers",
        marker={"opacity": 0, "color": theme.MUTED.light},
        hovertext=[point.named for point in mine],
        hovertemplate="%{hovertext}<extra></extra>",
        **{"xaxis": f"x{pair}", "yaxis": f"y{pair}"},
    )


def _lane(line: Line, lane: str, measure: str, pair: str, is_cloud: bool) -> list[go.Scatter]:
    """Band and mean of a lane's cells that are done, and pale those that are not. In a cloud there are bars instead."""
    mine = _drawn(line, lane, measure)
    done = [point for point in mine if point.row.get("done") or lane == "teacher"]
    begun = [point for point in mine if point not in done]
    axes = {"xaxis": f"x{pair}", "yaxis": f"y{pair}"}
    drawn = [] if is_cloud else _band(done, lane, measure, axes)
    for some, is_done in ((done, True), (begun, False)):
        drawn += [_mean(some, lane, measure, axes, is_done, is_cloud)] if some else []
    return drawn


def _band(done: list[Point], lane: str, measure: str, axes: dict[str, str]) -> list[go.Scatter]:
    """From the low ends of the intervals to the high ones, as far as there are such shares."""
    found = [interval(point.values(lane, measure)) for point in done]
    if not found or any(each.half_width is None for each in found):
        return []
    edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "x": [point.x for point in done], **axes}
    fill = {"fill": "tonexty", "fillcolor": theme.ROLES[lane].band.light}
    low, high = [100 * max(each.low, 0) for each in found], [100 * min(each.high, 1) for each in found]
    return [go.Scatter(y=low, **edge), go.Scatter(y=high, **fill, **edge)]


def _mean(
    mine: list[Point], lane: str, measure: str, axes: dict[str, str], is_done: bool, is_cloud: bool
) -> go.Scatter:
    """A lane's means with their intervals, in numbers, on hovering."""
    role, found = theme.ROLES[lane], [interval(point.values(lane, measure)) for point in mine]
    colour = (role.colour if is_done else role.ghost).light
    bars = [100 * (each.half_width or 0) for each in found]
    style = {"error_y": {"array": bars, "color": role.ghost.light, "thickness": 1.5, "width": 0}} if is_cloud else {}
    return go.Scatter(
        x=[point.x for point in mine],
        y=[100 * each.mean for each in found],
        mode="markers" if is_cloud else "lines+markers",
        name=_(role.label),
        line={"color": colour, "width": role.width, "dash": role.dash},
        marker={"color": colour, "size": 7, "symbol": theme.SYMBOLS[lane], "line": {"width": 0}},
        hovertext=[_hover(point, lane, measure, is_cloud) for point in mine],
        hovertemplate="%{hovertext}<extra></extra>",
        **style,
        **axes,
    )


def _hover(point: Point, lane: str, measure: str, is_cloud: bool) -> str:
    """What a lane does in a cell, and what it has over the student from labels."""
    told = [point.named] if is_cloud else []
    told.append(f"{_(theme.ROLES[lane].label)} {numbers.percent(interval(point.values(lane, measure)))}")
    if lane not in LANES[:2] and (gain := point.gain(lane, measure)):
        told.append(_("gain {points}").format(points=points(gain)))
    if not point.row.get("done"):
        told.append(_("at epoch {epoch}").format(epoch=point.row["epoch"]))
    return ", ".join(told)


def _add_axes(drawn: go.Figure, rows: Sequence[Row], found: list[Line], across: str, measure: str) -> None:
    """The same axes for all small pictures; a tick where a cell lies, as far as there is room for its label."""
    ticks = dict(sorted({point.x: point.tick for line in found for point in line.points}.items()))
    is_log = across != ACCURACY and 0 < min(ticks) * LOG_FROM < max(ticks)
    title = _title(rows, across)
    drawn.update_xaxes(title_text=_("{axis} (log scale)").format(axis=title) if is_log else title)
    drawn.update_yaxes(matches="y", autorangeoptions={"clipmax": 100.5})
    drawn.update_layout(yaxis_title_text=_(MEASURES[measure]))
    if across == ACCURACY:
        drawn.update_layout(hovermode="closest")
        return
    places = [log10(x) if is_log else x for x in ticks]
    left, right = places[0], places[-1]
    room = (right - left) * 0.04 or 0.5
    kept = _apart(places, (right - left) / TICKS)
    drawn.update_xaxes(
        type="log" if is_log else "linear",
        range=[left - room, right + room],
        tickvals=[list(ticks)[i] for i in kept],
        ticktext=[list(ticks.values())[i] for i in kept],
    )


def _apart(places: list[float], least: float) -> list[int]:
    """Which places, from the right, are at least so far apart."""
    kept: list[int] = []
    for i in reversed(range(len(places))):
        if not kept or places[kept[-1]] - places[i] >= least:
            kept.append(i)
    return kept[::-1]


def _title(rows: Sequence[Row], across: str) -> str:
    """What goes from left to right."""
    if across == ACCURACY:
        return _("Validation accuracy of the teachers (%)")
    if across in SIZES:
        return _(SIZES[across].title).format(who=_(WHO[who(rows)]))
    return cells.title(cells.axes(rows)["x"].setting)


def _subtitle(rows: Sequence[Row], found: list[Line], across: str) -> str:
    """What the bands or bars are, and whether there is more to come."""
    seeds = cells.seeds(rows)
    many = (
        _("mean of {seeds} seeds, bar: 95 % interval")
        if across == ACCURACY
        else _("mean of {seeds} seeds, band: 95 % interval")
    )
    parts = [_("one seed") if seeds == 1 else many.format(seeds=seeds)]
    if not all(point.row.get("done") for line in found for point in line.points):
        parts.append(_("pale: still learning"))
    return " · ".join(parts)


def _ends(line: Line, lanes: Sequence[str], measure: str) -> str:
    """One small picture in words."""
    told = []
    for lane in lanes:
        if mine := _drawn(line, lane, measure):
            left, right = (numbers.percent(interval(point.values(lane, measure))) for point in (mine[0], mine[-1]))
            words = _("{lane} {left}") if left == right else _("{lane} {left} to {right}")
            told.append(words.format(lane=_(theme.ROLES[lane].label), left=left, right=right))
    if not told:
        return ""
    words = _("From {first} to {last}: {parts}")
    if line.named:
        words = _("With {named}, from {first} to {last}: {parts}")
    ends = {"first": line.points[0].named, "last": line.points[-1].named}
    return words.format(named=line.named, parts=", ".join(told), **ends)


def _columns(rows: Sequence[Row], point: Point, across: str, measure: str) -> dict[str, str]:
    """A cell's line of the table."""
    place = cells.place(point.row)
    found = {
        cells.title(axis.setting): written(value)
        for (name, axis), value in zip(
            cells.axes(rows).items(), filter(lambda value: value is not None, place), strict=True
        )
    }
    if across in SIZES:
        found[_title(rows, across)] = point.tick
    for lane in drawn_lanes(rows):
        values = point.values(lane, measure)
        found[_(theme.ROLES[lane].title)] = numbers.percent(interval(values)) if values else "–"
    for lane in cells.lanes(rows)[1:]:
        gain = point.gain(lane, measure)
        found[_("{lane}: gain in points").format(lane=_(theme.ROLES[lane].title))] = points(gain) if gain else "–"
    return found
