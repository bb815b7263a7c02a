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
OUTCOMES = {
    "helps": N_("helps"),
    "hurts": N_("hurts"),
    "no_difference": N_("no difference shown"),
    "one_seed": N_("one seed"),
}


def figure(rows: Sequence[Row], measure: str = "val_accuracy") -> go.Figure:
    """A bar for each way, pale as long as its students learn."""
    found = _gaining(rows, measure)
    if not found:
        return theme.waiting(_(QUESTION)).update_annotations(text=_later(measure))
    drawn = theme.blank(_(QUESTION), _subtitle(rows, found))
    drawn.add_traces([_bar(way, place, measure) for place, way in enumerate(found)])
    for place, way in enumerate(found):
        drawn.add_annotation(_label(place, f"{way.glyph} {short(way.title)}", way.colour.light, "left"))
        drawn.add_annotation(_label(place, points(way.gain(measure)), way.colour.light, "right"))
    drawn.add_vline(0, line={"color": theme.ROLES[cells.BASELINE].colour.light, "width": 2, "dash": "dash"})
    drawn.update_xaxes(title_text=_("Gain over the student from labels, in points"), rangemode="tozero")
    drawn.update_yaxes(range=[len(found) - 0.4, -0.75], showticklabels=False, showgrid=False, fixedrange=True)
    margin = {"l": 12, "r": 12, "t": 58, "b": 46}
    drawn.update_layout(hovermode="closest", margin=margin, height=max(theme.HEIGHT, ROW * len(found) + 104))
    drawn.layout.meta["phone"]["height"] = ROW * len(found) + 104
    return drawn


def reading(rows: Sequence[Row], measure: str = "val_accuracy") -> str:
    """Every gain, with its interval."""
    found = _gaining(rows, measure)
    if not found:
        return _later(measure)
    told = ", ".join(f"{way.title} {points(way.gain(measure))}" for way in found)
    words = _("Over the student from labels, in points on {examples}, seed by seed: {parts}.")
    return words.format(examples=_(EXAMPLES[measure]), parts=told)


def table(rows: Sequence[Row], measure: str = "val_accuracy") -> pd.DataFrame:
    """A line for each way: its gain, the ends of the interval, and what may be concluded."""
    lines = []
    for way in _gaining(rows, measure):
        gain, told = way.gain(measure), verdict(way.values(measure, cells.BASELINE), way.values(measure))
        low, high = ("–",) * 2 if gain.half_width is None else (_points(gain.low), _points(gain.high))
        named = {_("Method"): way.title, _("Gain in points"): _points(gain.mean)}
        lines.append(named | {_("Low (95 %)"): low, _("High (95 %)"): high, _("Outcome"): _(OUTCOMES[told.outcome])})
    return pd.DataFrame(lines)


def _gaining(rows: Sequence[Row], measure: str) -> list[Way]:
    return [way for way in ways(rows) if way.gain(measure)]


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


def _subtitle(rows: Sequence[Row], found: Sequence[Way]) -> str:
    """What the bars are, and whether there is more to come."""
    seeds = cells.seeds(rows)
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
