"""How students learn that are taught in several ways: a curve and its 95 % band for each, beside the student from
labels and the level of the teachers."""

from collections.abc import Sequence
from math import floor
from typing import Any, NamedTuple

import pandas as pd
import plotly.graph_objects as go

from kdcore.events import Row
from kdcore.figures import cells, numbers, theme
from kdcore.figures.theme import Colour
from kdcore.figures.ways import LANE, short, ways
from kdcore.interval import Interval, interval
from kdcore.words import N_, _

QUESTION = N_("Who learns how fast?")
LONGEST = 24  # letters of a name in the key
LINE = 20  # pixels of a line of the key
NAME, PHONE_NAME = 150, 240  # and of a name in it: there is room for two side by side, and on a phone for one


class Curve(NamedTuple):
    """A curve: whose it is, its looks, and epoch by epoch the mean over seeds with its interval."""

    title: str
    symbol: str
    colour: Colour
    dash: str
    width: float
    told: dict[int, Interval]


def figure(rows: Sequence[Row]) -> go.Figure:
    """Validation accuracy at the epochs that were looked at; a click on a name in the key hides its curve."""
    found = curves(rows)
    if not found:
        return theme.waiting(_(QUESTION)).update_annotations(text=later())
    seeds = cells.seeds(rows)
    many = _("mean of {seeds} seeds, band: 95 % interval").format(seeds=seeds)
    drawn = theme.blank(_(QUESTION), _("one seed") if seeds == 1 else many)
    for curve in found:
        drawn.add_traces(_lines(curve))
    drawn.update_xaxes(title_text=_("Epoch"), range=[0, cells.experiment(rows).training.epochs])
    drawn.update_yaxes(
        title_text=_("Validation accuracy (%)"), autorangeoptions={"clipmin": _floor(found), "clipmax": 100.5}
    )
    desk, phone = LINE * -(-len(found) // 2), LINE * len(found)
    key = {"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom", "font": {"size": 12}}
    key |= {"entrywidth": NAME, "traceorder": "normal", "tracegroupgap": 0, "maxheight": 2 * phone}
    drawn.update_layout(
        height=theme.HEIGHT + desk,
        margin={"l": 54, "r": 12, "t": 58, "b": 52 + desk},
        showlegend=True,
        legend=key,
    )
    drawn.layout.meta["phone"] |= {"height": theme.PHONE_HEIGHT + phone, "margin.l": 48, "margin.b": 52 + phone}
    drawn.layout.meta["phone"]["legend.entrywidth"] = PHONE_NAME
    return drawn


def reading(rows: Sequence[Row]) -> str:
    """Where each curve stands at its last epoch."""
    parts = []
    for curve in curves(rows):
        epoch = max(curve.told)
        parts.append(_("{curve} {value}").format(curve=curve.title, value=numbers.percent(curve.told[epoch])))
    if not parts:
        return later()
    return _("Right on the validation examples at the last epoch looked at: {parts}.").format(parts=", ".join(parts))


def table(rows: Sequence[Row]) -> pd.DataFrame:
    """A line for each curve and epoch."""
    return pd.DataFrame(
        [
            {_("Curve"): curve.title, _("Epoch"): epoch, _("Validation accuracy"): numbers.percent(each)}
            for curve in curves(rows)
            for epoch, each in curve.told.items()
        ]
    )


def curves(rows: Sequence[Row]) -> list[Curve]:
    """Those that have a point: teachers, the student from labels, and the ways as they were asked for."""
    taught = ways(rows)
    if not taught:
        return []
    found = [_role("teacher", _level(rows)), _role(cells.BASELINE, _means(rows, taught[0].row, cells.BASELINE))]
    found += [Curve(way.title, way.symbol, way.colour, way.dash, 2, _means(rows, way.row, LANE)) for way in taught]
    return [curve for curve in found if curve.told]


def later() -> str:
    """Why there is nothing to be seen yet."""
    return _("The curves begin with the first epoch.")


def _role(lane: str, told: dict[int, Interval]) -> Curve:
    role = theme.ROLES[lane]
    return Curve(_(role.title), theme.SYMBOLS[lane], role.colour, role.dash, role.width, told)


def _level(rows: Sequence[Row]) -> dict[int, Interval]:
    """The trained teachers, from the first of the students' epochs to the last."""
    taught = next(iter(cells.teachers(rows).values()), None)
    values = cells.values(taught, "val_accuracy") if taught else []
    return dict.fromkeys((0, cells.experiment(rows).training.epochs), interval(values)) if values else {}


def _means(rows: Sequence[Row], newest: Row, lane: str) -> dict[int, Interval]:
    told = cells.curve(rows, cells.place(newest))
    return {row["epoch"]: interval(values) for row in told if (values := cells.values(row, "val_accuracy", lane))}


def _floor(found: Sequence[Curve]) -> float:
    """Where the axis may begin: the first quarter of a curve, with its steep slope, may run out of the picture, so that
    the small differences that come later can be seen."""
    later = [each.mean for curve in found for epoch, each in curve.told.items() if epoch >= max(curve.told) / 4]
    return 5 * floor(20 * min(later))


def _lines(curve: Curve) -> list[go.Scatter]:
    """The band, as far as there are such shares, and the mean."""
    epochs, found, colour = list(curve.told), curve.told.values(), curve.colour
    low, high = [100 * max(each.low, 0) for each in found], [100 * min(each.high, 1) for each in found]
    common: dict[str, Any] = {"x": epochs, "legendgroup": curve.title}
    edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False, **common}
    fill = {"fill": "tonexty", "fillcolor": colour.faded(theme.BAND_OPACITY).light}
    mean = go.Scatter(
        y=[100 * each.mean for each in found],
        name=short(curve.title, LONGEST),
        mode="lines+markers",
        line={"color": colour.light, "width": curve.width, "dash": curve.dash},
        marker={"color": colour.light, "size": 6, "symbol": curve.symbol, "line": {"width": 0}},
        hovertemplate="%{y:.1f} %",
        **common,
    )
    return [go.Scatter(y=low, **edge), go.Scatter(y=high, **fill, **edge), mean]
