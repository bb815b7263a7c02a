"""All trials of a search at once, in parallel coordinates: an axis for each setting, and a line for each trial.

The last axis is what came of it, the mean validation accuracy of the distilled students. Where strong lines meet on
an axis, the search has found where that setting should be; where they cross it anywhere, the setting hardly matters.
The lines are drawn as those of any other figure, so they follow the theme and a finger scrolls past them.
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from kdcore.events import Row
from kdcore.figures import numbers, theme
from kdcore.figures.cells import title
from kdcore.figures.trials import (
    accuracy,
    best,
    finished,
    is_finished,
    lowered,
    scale_of_accuracy,
    scales,
    shown,
    told,
    trials,
)
from kdcore.words import N_, _, ngettext

QUESTION = N_("Which settings do well together?")
HEIGHT, ABOVE, ROW, CLEAR = 400, 112, 36, 8  # pixels; a row has room for a name of two lines
THIRDS = ((theme.SEQUENTIAL[1], 1), (theme.SEQUENTIAL[2], 1.5), (theme.SEQUENTIAL[3], 2))  # colours and widths
WORD = 14  # letters of an axis's name that fit on a line
RESULT = N_("Validation accuracy (%)")


def figure(rows: Sequence[Row], chosen: int | None = None) -> go.Figure:
    """The lines of all trials that were told, with the chosen one, or else the best, on top."""
    drawn = theme.blank(_(QUESTION), _("a line for each trial; strongest colour: the best third"))
    axes = scales(rows)
    for third, (colour, width) in zip(_thirds(finished(rows)), THIRDS, strict=True):
        drawn.add_trace(_lines(rows, third, colour, width))
    drawn.add_trace(_lines(rows, [row for row in trials(rows) if not is_finished(row)], theme.MUTED, 1, "dot"))
    top = _chosen(rows, chosen)
    drawn.add_trace(_lines(rows, [top] if top else [], theme.INK, 3))
    for number, scale in enumerate((*axes.values(), scale_of_accuracy(rows))):
        drawn.add_shape(type="line", x0=number, x1=number, y0=0, y1=1, layer="below", line=_line(theme.MUTED, 1))
        for place, text in scale.ticks():
            drawn.add_annotation(_tick(number, place, text))
    rows_of_names = 2 if len(axes) < 6 else 3  # on a phone
    above = ROW * (rows_of_names - 1)
    phone: dict[str, Any] = {"height": HEIGHT + above, "margin.t": ABOVE + above, "margin.l": 30, "margin.r": 40}
    for number, name in enumerate((*map(title, axes), _(RESULT))):
        phone[f"annotations.{len(drawn.layout.annotations)}.yshift"] = CLEAR + ROW * (number % rows_of_names)
        drawn.add_annotation(_name(number, name))
    hidden = {"visible": False, "fixedrange": True}
    drawn.update_xaxes(range=[-0.15, len(axes) + 0.15], **hidden).update_yaxes(range=[-0.05, 1.05], **hidden)
    drawn.update_layout(height=HEIGHT, margin={"l": 44, "r": 52, "t": ABOVE, "b": 16}, hovermode="closest")
    drawn.layout.meta["phone"] |= phone
    return drawn


def reading(rows: Sequence[Row], chosen: int | None = None) -> str:
    """The best trial, and between which values of each setting the best third lies."""
    done, top = finished(rows), best(rows)
    if top is None:
        return _("No trial has finished yet.")
    words = ngettext("Best of {count} trial", "Best of {count} trials", len(done)).format(count=len(done))
    result = _("{words}: {settings}, {accuracy} of validation examples right.")
    sentence = result.format(words=words, settings=told(top["values"]), accuracy=numbers.percent(accuracy(top)))
    third = _thirds(done)[-1]
    if len(third) < 2:
        return sentence
    parts = ", ".join(f"{lowered(setting)} {_span(third, setting)}" for setting in top["values"])
    return sentence + " " + _("The best third lies at {parts}.").format(parts=parts)


def table(rows: Sequence[Row], chosen: int | None = None) -> pd.DataFrame:
    """Every trial: its settings, and the validation accuracy of both students; the best first."""
    ordered = sorted(trials(rows), key=lambda row: -accuracy(row).mean if is_finished(row) else 1)
    return pd.DataFrame(
        [
            {_("Trial"): row["number"]}
            | {title(setting): shown(value) for setting, value in row["values"].items()}
            | {_("Distilled"): result(row, "distilled"), _("From labels"): result(row, "scratch")}
            for row in ordered
        ]
    )


def nearest(rows: Sequence[Row], x: float, y: float) -> int:
    """The number of the trial whose line is nearest to a point that was clicked; of equal ones the best."""
    ordered = sorted(trials(rows), key=lambda row: -accuracy(row).mean if is_finished(row) else 1)

    def away(row: Row) -> float:
        places = _places(rows, row)
        place = places[min(round(x), len(places) - 1)]
        return abs(place - y)

    return min(ordered, key=away)["number"]


def result(row: Row, lane: str = "distilled") -> str:
    """What came of a trial."""
    if is_finished(row):
        return numbers.percent(accuracy(row, lane))
    return _("diverged") if row["diverged"] else _("impossible")


def _thirds(done: list[Row]) -> list[list[Row]]:
    """The worst third of the trials, that in the middle, and the best."""
    ordered = sorted(done, key=lambda row: accuracy(row).mean)
    ends = [round(len(ordered) * part / 3) for part in range(4)]
    return [ordered[ends[part] : ends[part + 1]] for part in range(3)]


def _chosen(rows: Sequence[Row], number: int | None) -> Row | None:
    return next((row for row in trials(rows) if row["number"] == number), None) or best(rows)


def _places(rows: Sequence[Row], row: Row) -> list[float]:
    """How high a trial's line is at each axis; it ends before the last where nothing came of it."""
    found = [scale.place(row["values"][setting]) for setting, scale in scales(rows).items()]
    return [*found, scale_of_accuracy(rows).place(100 * accuracy(row).mean)] if is_finished(row) else found


def _lines(rows: Sequence[Row], some: list[Row], colour: theme.Colour, width: float, dash: str = "solid") -> go.Scatter:
    """The lines of some trials, one after the other, with nothing between them."""
    x: list[float | None] = []
    y: list[float | None] = []
    texts: list[str] = []
    for row in some:
        places = _places(rows, row)
        x += [*range(len(places)), None]
        y += [*places, None]
        texts += [_hover(row)] * (len(places) + 1)
    return go.Scatter(
        x=x,
        y=y,
        mode="lines+markers",
        line=_line(colour, width) | {"dash": dash},
        marker={"color": colour.light, "size": 3 + width},
        hovertext=texts,
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _line(colour: theme.Colour, width: float) -> dict[str, Any]:
    return {"color": colour.light, "width": width}


def _hover(row: Row) -> str:
    settings = "<br>".join(f"{title(setting)}: {shown(value)}" for setting, value in row["values"].items())
    return _("Trial {number}").format(number=row["number"]) + f": {result(row, 'distilled')}<br>{settings}"


def _span(third: list[Row], setting: str) -> str:
    """Between which values these trials lie; of choices those that occur."""
    values = {row["values"][setting] for row in third}
    if any(isinstance(value, str) for value in values):
        return _(" or ").join(sorted(values))
    low, high = shown(min(values)), shown(max(values))
    return low if low == high else _("{low} to {high}").format(low=low, high=high)


def _tick(number: int, place: float, text: str) -> dict[str, Any]:
    """A value beside its axis, legible on the lines that pass behind it."""
    return {
        "text": text,
        "font": {"color": theme.MUTED.light, "size": 11},
        "bgcolor": theme.PAPER.faded(0.8).light,
        "borderpad": 1,
        **{"x": number, "y": place, "xanchor": "left", "xshift": 5, "showarrow": False},
    }


def _name(number: int, name: str) -> dict[str, Any]:
    """A setting's name above its axis, in short lines."""
    lines = [""]
    for word in name.split():
        longer = f"{lines[-1]} {word}".strip()
        lines = [*lines[:-1], longer] if len(longer) <= WORD else [*lines, word]
    return {
        "text": "<br>".join(filter(None, lines)),
        "font": {"color": theme.INK.light, "size": 12},
        **{"x": number, "y": 1, "yshift": CLEAR, "yanchor": "bottom", "showarrow": False},
    }
