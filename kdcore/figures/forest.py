"""A forest plot: what each way of teaching gains over the student from labels, seed by seed, with its 95 % interval.

The ways stand one under another as they were asked for. Where an interval reaches over the line at nothing, the seeds
show no difference.
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from kdcore.events import Row
from kdcore.figures import cells, theme
from kdcore.figures.lines import EXAMPLES, points
from kdcore.figures.ways import Way, short, ways
from kdcore.measure.verdict import verdict
from kdcore.words import N_, _, decimal

QUESTION = N_("What does each add to labels alone?")
ROW = 44  # pixels of each way: its name, and under it its bar
AROUND = 104  # pixels above and below all of them
OUTCOMES = {
    "helps": N_("helps"),
    "hurts": N_("hurts"),
    "no_difference": N_("no difference shown"),
    "one_seed": N_("one seed"),
}


def figure(rows: Sequence[Row], measure: str = "val_accuracy") -> go.Figure:
    """A bar for each way, pale as long as its students learn."""
    return bars(_(QUESTION), ways(rows), cells.seeds(rows), measure)


def reading(rows: Sequence[Row], measure: str = "val_accuracy") -> str:
    """Every gain, with its interval."""
    return told(ways(rows), measure)


def table(rows: Sequence[Row], measure: str = "val_accuracy") -> pd.DataFrame:
    """A line for each way: its gain, the ends of the interval, and what may be concluded."""
    return lines(ways(rows), measure, _("Method"))


def bars(question: str, some: Sequence[Way], seeds: int, measure: str, room: int = 0) -> go.Figure:
    """A bar for each of these that has gained or lost something on so many seeds, and `room` for all to come."""
    found = _gaining(some, measure)
    if not found:
        return theme.waiting(question).update_annotations(text=_later(measure))
    drawn = theme.blank(question, _subtitle(seeds, found))
    drawn.add_traces([_bar(way, place, measure) for place, way in enumerate(found)])
    for place, way in enumerate(found):
        drawn.add_annotation(_label(place, f"{way.glyph} {short(way.title)}", way.colour.light, "left"))
        drawn.add_annotation(_label(place, points(way.gain(measure)), way.colour.light, "right"))
    drawn.add_vline(0, line={"color": theme.ROLES[cells.BASELINE].colour.light, "width": 2, "dash": "dash"})
    drawn.update_xaxes(title_text=_("Gain over the student from labels, in points"), rangemode="tozero")
    room = max(room, len(found))
    drawn.update_yaxes(range=[room - 0.4, -0.75], showticklabels=False, showgrid=False, fixedrange=True)
    margin = {"l": 12, "r": 12, "t": 58, "b": 46}
    drawn.update_layout(hovermode="closest", margin=margin, height=max(theme.HEIGHT, ROW * room + AROUND))
    drawn.layout.meta["phone"]["height"] = ROW * room + AROUND
    return drawn


def told(some: Sequence[Way], measure: str) -> str:
    """The gains of these, in a sentence."""
    found = _gaining(some, measure)
    if not found:
        return _later(measure)
    parts = ", ".join(f"{way.title} {points(way.gain(measure))}" for way in found)
    words = _("Over the student from labels, in points on {examples}, seed by seed: {parts}.")
    return words.format(examples=_(EXAMPLES[measure]), parts=parts)


def lines(some: Sequence[Way], measure: str, named: str) -> pd.DataFrame:
    """The gains of these as a table, with their names in the column that is `named` so."""
    found = []
    for way in _gaining(some, measure):
        gain, judged = way.gain(measure), verdict(way.values(measure, cells.BASELINE), way.values(measure))
        low, high = ("–",) * 2 if gain.half_width is None else (_points(gain.low), _points(gain.high))
        line = {named: way.title, _("Gain in points"): _points(gain.mean)}
        found.append(line | {_("Low (95 %)"): low, _("High (95 %)"): high, _("Outcome"): _(OUTCOMES[judged.outcome])})
    return pd.DataFrame(found)


def _gaining(some: Sequence[Way], measure: str) -> list[Way]:
    return [way for way in some if way.gain(measure)]


def _bar(way: Way, place: int, measure: str) -> go.Scatter:
    gain = way.gain(measure)
    colour = way.colour.light if way.is_done else way.colour.faded(theme.GHOST_OPACITY).light
    at = [way.title, points(gain)] + ([] if way.is_done else [_("at epoch {epoch}").format(epoch=way.row["epoch"])])
    return go.Scatter(
        x=[100 * gain.mean],
        y=[place],
        error_x={"array": [100 * (gain.half_width or 0)], "color": colour, "thickness": 2.5, "width": 5},
        mode="markers",
        marker={"color": colour, "size": 11, "symbol": way.symbol, "line": {"width": 0}},
        hovertext=[", ".join(at)],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _label(place: int, text: str, colour: str, side: str) -> dict[str, Any]:
    """A way's name, or what it gains, above its bar."""
    return {
        "text": text,
        "font": {"color": colour, "size": 13},
        "bgcolor": theme.PAPER.faded(0.8).light,
        **{"x": 0 if side == "left" else 1, "xref": "paper", "xanchor": side, "y": place, "yref": "y", "yshift": 17},
        "showarrow": False,
    }


def _subtitle(seeds: int, found: Sequence[Way]) -> str:
    """What the bars are, and whether there is more to come."""
    many = _("mean over {seeds} paired seeds, bar: 95 % interval").format(seeds=seeds)
    parts = [_("one seed") if seeds == 1 else many]
    if not all(way.is_done for way in found):
        parts.append(_("pale: still learning"))
    return " · ".join(parts)


def _later(measure: str) -> str:
    if measure == "test_accuracy":
        return _("Test examples are looked at when a student has learned all.")
    return _("Every bar appears here as soon as its students learn.")


def _points(share: float) -> str:
    return decimal(100 * share, 1, "+")
