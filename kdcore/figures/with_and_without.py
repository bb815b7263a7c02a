"""How often each family is right, from labels alone and with the teacher's soft labels, beside the teacher itself.

A gain says who learns from the teacher, and not who is good: both ends of it are here, on one scale.
"""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from kdcore.events import Row
from kdcore.figures import cells, numbers, theme
from kdcore.figures.families import ARMS, asked, taught, teacher
from kdcore.figures.forest import AROUND, ROW
from kdcore.figures.lines import EXAMPLES, MEASURES
from kdcore.figures.ways import Way, short
from kdcore.interval import Interval, interval
from kdcore.words import N_, _

QUESTION = N_("How often is each right?")
LEAST = 200  # pixels: so high at least
APART = 0.26  # of a row: how far the two bars of a family lie from each other


def figure(rows: Sequence[Row], measure: str = "val_accuracy") -> go.Figure:
    """Two marks for each family with their 95 % intervals, and a line where its teacher stands."""
    found, told = _measured(rows, measure), _teacher(rows, measure)
    if not found:
        return theme.waiting(_(QUESTION)).update_annotations(text=_later(measure))
    drawn = theme.blank(_(QUESTION), _subtitle(rows))
    drawn.add_traces([_marks(found, lane, measure) for lane in ARMS.values()])
    drawn.add_vline(100 * told.mean, line={"color": theme.ROLES["teacher"].colour.light, "width": 3})
    for place, way in enumerate(found):
        at = {"x": 0, "xref": "paper", "xanchor": "left", "y": place, "yref": "y", "yshift": 16, "showarrow": False}
        drawn.add_annotation(text=short(way.title), bgcolor=theme.PAPER.faded(0.8).light, **at)
    drawn.update_xaxes(title_text=_(MEASURES[measure]), nticks=6)
    room = len(asked(rows)) - 1  # for all that are to come
    drawn.update_yaxes(range=[room - 0.4, -0.75], showticklabels=False, showgrid=False, fixedrange=True)
    theme.add_key(drawn, ("teacher", *ARMS.values()), above=8)
    margin = {"l": 12, "r": 20, "t": 88, "b": 46}
    drawn.update_layout(hovermode="closest", margin=margin, height=max(theme.HEIGHT, ROW * room + AROUND))
    drawn.layout.meta["phone"]["height"] = max(LEAST, ROW * room + AROUND)
    return drawn


def reading(rows: Sequence[Row], measure: str = "val_accuracy") -> str:
    """The teacher's accuracy, and both of every family."""
    found, told = _measured(rows, measure), _teacher(rows, measure)
    if not found:
        return _later(measure)
    words = _("{family} {labels} and {distilled}")
    parts = [
        words.format(family=way.title, **{arm: _percent(way, lane, measure) for arm, lane in ARMS.items()})
        for way in found
    ]
    words = _("Right on {examples}: the teacher {teacher}. From labels and taught: {parts}.")
    examples = _(EXAMPLES[measure])
    return words.format(examples=examples, teacher=numbers.percent(told), parts="; ".join(parts))


def table(rows: Sequence[Row], measure: str = "val_accuracy") -> pd.DataFrame:
    """A line for each family."""
    return pd.DataFrame(
        [
            {_("Family"): way.title}
            | {_(theme.ROLES[lane].title): _percent(way, lane, measure) for lane in ARMS.values()}
            for way in _measured(rows, measure)
        ]
    )


def _measured(rows: Sequence[Row], measure: str) -> list[Way]:
    return [way for way in taught(rows) if way.gain(measure)]


def _teacher(rows: Sequence[Row], measure: str) -> Interval | None:
    """What the teachers can do, which is measured before any student."""
    row = teacher(rows)
    values = cells.values(row, measure, cells.BASELINE) if row else []
    return interval(values) if values else None


def _marks(found: Sequence[Way], lane: str, measure: str) -> go.Scatter:
    """A mark for each family, those from labels above those that are taught."""
    role, shift = theme.ROLES[lane], 0 if lane == cells.BASELINE else APART
    told = [interval(way.values(measure, lane)) for way in found]
    return go.Scatter(
        x=[100 * each.mean for each in told],
        y=[place + shift for place in range(len(found))],
        error_x={
            "array": [100 * (min(each.high, 1) - each.mean) for each in told],  # there are no shares beyond
            "arrayminus": [100 * (each.mean - max(each.low, 0)) for each in told],
            **{"color": role.colour.light, "thickness": 1.5, "width": 3},
        },
        mode="markers",
        marker={"color": role.colour.light, "size": 10, "symbol": theme.SYMBOLS[lane], "line": {"width": 0}},
        hovertext=[f"{way.title}, {_(role.label)}: {_percent(way, lane, measure)}" for way in found],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _percent(way: Way, lane: str, measure: str) -> str:
    return numbers.percent(interval(way.values(measure, lane)))


def _subtitle(rows: Sequence[Row]) -> str:
    seeds = cells.seeds(rows)
    return _("one seed") if seeds == 1 else _("mean of {seeds} seeds, bar: 95 % interval").format(seeds=seeds)


def _later(measure: str) -> str:
    if measure == "test_accuracy":
        return _("Test examples are looked at when all families have learned.")
    return _("Both marks of a family appear here as soon as it has learned.")
