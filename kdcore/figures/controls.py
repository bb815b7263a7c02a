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
from kdcore.figures import theme
from kdcore.interval import interval
from kdcore.measure.verdict import Verdict, verdict
from kdcore.words import N_, _

QUESTION = N_("Is it structure, or just smoothing?")
ROW = 40  # pixels
PAIRS = (  # what is compared with what
    ("smoothed", "scratch"),
    ("shuffled", "scratch"),
    ("distilled", "scratch"),
    ("distilled", "smoothed"),
    ("distilled", "shuffled"),
)
SENTENCES = {  # does distilled beat smoothed, does it beat shuffled
    (True, True): N_(
        "It is structure: over {seeds} paired seeds true soft labels beat evenly smoothed ones by {smoothed} points "
        "and shuffled ones by {shuffled}, so it matters which wrong class gets how much."
    ),
    (True, False): N_(
        "Structure is not shown: over {seeds} paired seeds true soft labels beat evenly smoothed ones by {smoothed} "
        "points, but shuffled ones do at least as well, for all that can be told ({shuffled})."
    ),
    (False, True): N_(
        "Smoothing may be all: over {seeds} paired seeds true soft labels beat shuffled ones by {shuffled} points, but "
        "evenly smoothed ones do at least as well, for all that can be told ({smoothed})."
    ),
    (False, False): N_(
        "Structure is not shown: over {seeds} paired seeds evenly smoothed labels ({smoothed} points) and shuffled "
        "ones ({shuffled}) do at least as well as true soft labels, for all that can be told."
    ),
}
ONE_SEED = N_(
    "Only one seed: true soft labels beat evenly smoothed ones by {smoothed} points and shuffled ones by {shuffled}, "
    "which may be luck. Try two seeds or more."
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
    sentence = SENTENCES[tuple(found[lane].outcome == "helps" for lane in CONTROLS)] if seeds > 1 else ONE_SEED
    return _(sentence).format(seeds=seeds, **{lane: _points(each) for lane, each in found.items()})


def table(rows: Sequence[Row]) -> pd.DataFrame:
    """Every comparison: its mean, its interval, and each seed, in percentage points."""
    measured = _accuracies(rows)
    if measured is None:
        return pd.DataFrame()
    lines = []
    for lane, other in PAIRS:
        differences = _differences(lane, other, measured)
        found = interval(differences)
        ends = {_("Mean"): found.mean, _("Low (95 %)"): found.low, _("High (95 %)"): found.high}
        seeds = {_("Seed {seed}").format(seed=seed): each for seed, each in enumerate(differences)}
        lines.append({_("Comparison"): _comparison(lane, other)} | ends | seeds)
    return pd.DataFrame(lines)


def _accuracies(rows: Sequence[Row]) -> dict[str, list[float]] | None:
    """Test accuracies of each lane, if the run has the controls."""
    finished = first(latest(rows), "finished")
    measured = {line["lane"]: line["test_accuracy"] for line in finished["table"]} if finished else {}
    return measured if set(CONTROLS) <= measured.keys() else None


def _subtitle(measured: dict[str, list[float]]) -> str:
    seeds = len(measured["scratch"])
    return _("test accuracy of {seeds} paired seeds (dots), 95 % interval").format(seeds=seeds)


def _differences(lane: str, other: str, measured: dict[str, list[float]]) -> list[float]:
    """Of each seed, in percentage points."""
    return (100 * (np.array(measured[lane]) - np.array(measured[other]))).tolist()


def _verdict(lane: str, other: str, measured: dict[str, list[float]]) -> Verdict:
    return verdict(measured[other], measured[lane])


def _points(found: Verdict) -> str:
    """A difference in percentage points, with its interval."""
    half_width = found.difference.half_width
    return f"{100 * found.difference.mean:+z.1f}" + (f" ±{100 * half_width:.1f}" if half_width else "")


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
