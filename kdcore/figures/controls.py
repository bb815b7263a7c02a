"""Is it structure, or just smoothing? The true soft labels beside two fakes of the same softness, paired over seeds.

    smoothed: every wrong class gets the same share, as much as leaves the labels as undecided as the soft ones
    shuffled: the shares of the wrong classes are the teacher's, but dealt out at random

Where the distilled student beats the first, it is not only that labels are less certain; where it beats the second,
it matters which wrong class gets how much.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from kdcore.events import CONTROLS, Row, first, latest
from kdcore.figures import numbers, theme
from kdcore.interval import interval
from kdcore.measure.verdict import SAME, Verdict, verdict
from kdcore.words import N_, _, decimal, ngettext

QUESTION = N_("Is it structure, or just smoothing?")
ROW = 40  # pixels
PAIRS = (  # what is compared with what
    ("smoothed", "scratch"),
    ("shuffled", "scratch"),
    ("distilled", "scratch"),
    ("distilled", "smoothed"),
    ("distilled", "shuffled"),
)
HEADLINES = {  # is it shown that distilled beats smoothed, is it that it beats shuffled
    (True, True): N_("It is structure: it matters which wrong class gets how much."),
    (True, False): N_("Structure is not shown."),
    (False, True): N_("Smoothing may be all."),
    (False, False): N_("Structure is not shown."),
}
SENTENCE = N_("{headline} True soft labels over {seeds} paired seeds: {smoothed}; {shuffled}.")
OTHERS = {"smoothed": N_("evenly smoothed labels"), "shuffled": N_("shuffled soft labels")}
FOUND = {
    "helps": N_("they beat {other} ({difference} points)"),
    "hurts": N_("they are worse than {other} ({difference} points)"),
    "no_difference": N_("no difference to {other} is shown ({difference} points)"),
    "no_spread": N_(
        "no difference to {other} is shown ({difference} points on each seed, and without any spread there is no "
        "interval)"
    ),
}
ONE_SEED = N_(
    "Only one seed: {smoothed} points of test accuracy for true soft labels minus evenly smoothed ones, and {shuffled} "
    "minus shuffled ones, which may be luck. Try two seeds or more."
)


def figure(rows: Sequence[Row]) -> go.Figure:
    """A line for each comparison: the seeds' differences, their mean and its 95 % interval, on one scale."""
    measured = _accuracies(rows)
    if measured is None:
        return theme.waiting(_(QUESTION))
    drawn = theme.blank(_(QUESTION), _subtitle(measured))
    for place, (lane, other) in enumerate(PAIRS):
        drawn.add_traces(_line(lane, other, measured, place))
        drawn.add_annotation(_name(lane, other, place))
    drawn.add_shape(type="line", x0=0, x1=0, y0=0, y1=1, yref="paper", line={"color": theme.INK.light, "width": 1})
    drawn.add_hline(y=2.5, line={"color": theme.GRID.light, "width": 1})
    drawn.update_xaxes(title_text=_("Difference (percentage points)"))
    drawn.update_yaxes(range=[len(PAIRS) - 0.5, -0.5], showticklabels=False, showgrid=False, showline=False)
    drawn.update_layout(
        height=ROW * len(PAIRS) + 76 + 46, margin={"l": 140, "r": 14, "t": 76, "b": 46}, hovermode="closest"
    )
    drawn.layout.meta["phone"] = {"title.font.size": 15, "margin.l": 124}
    return drawn


def reading(rows: Sequence[Row]) -> str:
    """The verdict."""
    measured = _accuracies(rows)
    if measured is None:
        return theme.later()
    found = {lane: _verdict("distilled", lane, measured) for lane in CONTROLS}
    seeds = found["smoothed"].seeds
    if seeds == 1:
        return _(ONE_SEED).format(**{lane: _points(each) for lane, each in found.items()})
    headline = HEADLINES[tuple(found[lane].outcome == "helps" for lane in CONTROLS)]
    parts = {lane: _part(lane, each) for lane, each in found.items()}
    return _(SENTENCE).format(headline=_(headline), seeds=seeds, **parts)


def table(rows: Sequence[Row]) -> pd.DataFrame:
    """Every comparison: its mean, its interval, and each seed, in percentage points."""
    measured = _accuracies(rows)
    if measured is None:
        return pd.DataFrame()
    lines = []
    for lane, other in PAIRS:
        differences = _differences(lane, other, measured)
        found = interval(differences)
        ends = {_("Mean"): found.mean}
        if found.half_width is not None:
            ends |= {_("Low (95 %)"): found.low, _("High (95 %)"): found.high}
        seeds = {_("Seed {seed}").format(seed=seed): each for seed, each in enumerate(differences)}
        lines.append({_("Comparison"): _comparison(lane, other)} | ends | seeds)
    return pd.DataFrame(lines)


def _accuracies(rows: Sequence[Row]) -> dict[str, list[float]] | None:
    """Test accuracies of each lane, if the run has the controls."""
    finished = first(latest(rows), "finished")
    measured = {line["lane"]: line["test_accuracy"] for line in finished["table"]} if finished else {}
    return measured if set(CONTROLS) <= measured.keys() else None


def _subtitle(measured: dict[str, list[float]]) -> str:
    """How many seeds there are; of a single one there is no interval."""
    seeds = len(measured["scratch"])
    text = ngettext("test accuracy of {seeds} paired seed (dot)", "test accuracy of {seeds} paired seeds (dots)", seeds)
    text = text.format(seeds=seeds)
    return text if seeds == 1 else f"{text}, {_('95 % interval')}"


def _differences(lane: str, other: str, measured: dict[str, list[float]]) -> list[float]:
    """Of each seed, in percentage points."""
    return (100 * (np.array(measured[lane]) - np.array(measured[other]))).tolist()


def _verdict(lane: str, other: str, measured: dict[str, list[float]]) -> Verdict:
    return verdict(measured[other], measured[lane])


def _points(found: Verdict) -> str:
    """A difference in percentage points, with its interval where the seeds differ."""
    half_width = 100 * (found.difference.half_width or 0)
    digits = 2 if _has_spread(found) and half_width < numbers.HUNDREDTHS_BELOW else 1
    band = f" ±{decimal(half_width, digits)}" if _has_spread(found) else ""
    return decimal(100 * found.difference.mean, digits, "+") + band


def _has_spread(found: Verdict) -> bool:
    return (found.difference.half_width or 0) >= SAME


def _part(lane: str, found: Verdict) -> str:
    """What the seeds say of true soft labels beside those of a control."""
    kind = found.outcome if _has_spread(found) else "no_spread"
    return _(FOUND[kind]).format(other=_(OTHERS[lane]), difference=_points(found))


def _comparison(lane: str, other: str) -> str:
    return _("{lane} minus {other}").format(lane=_(theme.ROLES[lane].label), other=_(theme.ROLES[other].label))


def _name(lane: str, other: str, place: int) -> dict[str, Any]:
    """What is compared, to the left of its line."""
    role = theme.ROLES[lane]
    font = {"color": role.text.light, "size": 13}
    text = f"{role.glyph} {_(role.label)}<br>{_('minus {other}').format(other=_(theme.ROLES[other].label))}"
    where = {"x": 0, "xref": "paper", "xanchor": "right", "xshift": -8, "y": place, "yref": "y", "align": "right"}
    return {"text": text, "font": font, "showarrow": False, **where}


def _line(lane: str, other: str, measured: dict[str, list[float]], place: int) -> list[go.Scatter]:
    """The dots of the seeds, and the mean with its interval."""
    role, differences = theme.ROLES[lane], _differences(lane, other, measured)
    found = interval(differences)
    dots = {"color": role.ghost.light, "size": 7}
    hover = _comparison(lane, other) + ": %{x:+.1f}" + "<extra></extra>"
    outline = {"color": role.colour.light, "width": 7 if lane == "smoothed" else 0}  # its marker is a line
    error = {"type": "constant", "value": found.half_width or 0, "thickness": 2, "width": 6}
    return [
        go.Scatter(x=differences, y=[place] * len(differences), mode="markers", marker=dots, hovertemplate=hover),
        go.Scatter(
            x=[found.mean],
            y=[place],
            mode="markers",
            marker={"color": role.colour.light, "symbol": theme.SYMBOLS[lane], "size": 11, "line": outline},
            error_x=error | {"color": role.colour.light},
            hovertemplate=hover,
        ),
    ]
