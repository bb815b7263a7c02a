"""What the temperature does to the answers as a whole: their mean entropy and mean top probability against T."""

from math import log, log10
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from kdcore.events import LANES
from kdcore.figures import moment, numbers, panels, theme
from kdcore.measure.snapshots import SoftLabels
from kdcore.softness import STOPS, entropy, soften
from kdcore.words import N_, _, decimal

QUESTION = N_("What does temperature do to certainty?")
PANEL, ABOVE = 210, 84  # pixels
POINTS = 41  # of a curve
TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)


def figure(soft: SoftLabels, temperature: float, epoch_index: int | None = None) -> go.Figure:
    """Two panels, both against T on a log axis: entropy, with that of no idea, and top probability."""
    drawn = theme.blank(_(QUESTION), _subtitle(soft, epoch_index), axes=2)
    steps = np.geomspace(min(STOPS[0], temperature), max(STOPS[-1], temperature), POINTS)
    for lane in LANES:
        logits = soft.logits(lane, epoch_index)
        drawn.add_traces([*_lines(lane, _curves(logits, steps), steps), *_now(lane, logits, temperature)])
    measures = {"": (_("Mean entropy (nats)"), log(len(soft.classes))), "2": (_("Mean top probability (%)"), 100)}
    for pair, (title, most) in measures.items():
        panels.add_title(drawn, pair, title)
        no_idea = most if pair == "" else most / len(soft.classes)
        drawn.add_shape(_level(no_idea, pair)).add_annotation(_no_idea(no_idea, pair))
        drawn.update_layout({f"yaxis{pair}.range": [0, 1.08 * most]})
    theme.add_key(drawn, LANES, above=24)
    title, ends = _("Temperature (log scale)"), [log10(steps[0]), log10(steps[-1])]
    drawn.update_xaxes(type="log", tickvals=TICKS, title_text=title, range=ends)
    drawn.update_layout(margin={"l": 36, "r": 14, "t": 110, "b": 46})
    panels.arrange(drawn, 2, 2, 1, panel=PANEL, above=ABOVE)
    return drawn


def reading(soft: SoftLabels, temperature: float, epoch_index: int | None = None) -> str:
    """Where the lanes stand at this temperature, beside 1."""
    parts = []
    for lane in LANES:
        (cold, warm), (_cold_top, top) = _curves(soft.logits(lane, epoch_index), np.array([1.0, temperature]))
        phrase = _("{lane} {entropy} ({at_one} at T = 1), top probability {top}")
        values = {"entropy": decimal(warm, 2), "at_one": decimal(cold, 2), "top": numbers.percent(top)}
        parts.append(phrase.format(lane=_(theme.ROLES[lane].label), **values))
    sentence = _("Mean entropy in nats at T = {temperature}: {parts}; no idea at all is {most}.")
    most = decimal(log(len(soft.classes)), 2)
    return sentence.format(temperature=numbers.significant(temperature), parts="; ".join(parts), most=most)


def table(soft: SoftLabels, temperature: float, epoch_index: int | None = None) -> pd.DataFrame:
    """Both curves at the stops of the temperature and where it stands."""
    steps = np.array(sorted({*map(float, STOPS), float(temperature)}))
    columns = {_("Temperature"): steps}
    for lane in LANES:
        entropies, tops = _curves(soft.logits(lane, epoch_index), steps)
        title = _(theme.ROLES[lane].title)
        columns[_("{lane}, entropy (nats)").format(lane=title)] = entropies
        columns[_("{lane}, top probability").format(lane=title)] = tops
    return pd.DataFrame(columns)


def _curves(logits: np.ndarray, temperatures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean entropy and mean top probability of the examples at each temperature."""
    each = temperatures[:, None, None]  # logits (examples, classes) -> (temperatures, examples)
    return entropy(logits, each).mean(axis=1), soften(logits, each).max(axis=-1).mean(axis=1)


def _subtitle(soft: SoftLabels, epoch_index: int | None) -> str:
    when = moment.when(soft, epoch_index)
    return _("mean over {examples} validation examples, {when}").format(examples=len(soft.label), when=when)


def _lines(lane: str, curves: tuple[np.ndarray, np.ndarray], steps: np.ndarray) -> list[go.Scatter]:
    """Both curves of a lane."""
    role = theme.ROLES[lane]
    style = {"mode": "lines", "line": {"color": role.colour.light, "width": role.width, "dash": role.dash}}
    style |= {"name": _(role.label), "x": steps, "xhoverformat": ".2g"}
    entropies, tops = curves
    return [
        go.Scatter(y=entropies, xaxis="x", yaxis="y", hovertemplate="%{y:.2f}", **style),
        go.Scatter(y=100 * tops, xaxis="x2", yaxis="y2", hovertemplate="%{y:.1f} %", **style),
    ]


def _now(lane: str, logits: np.ndarray, temperature: float) -> list[go.Scatter]:
    """A marker on both curves at the temperature that is chosen."""
    entropies, tops = _curves(logits, np.array([float(temperature)]))
    marker = {"color": theme.ROLES[lane].colour.light, "symbol": theme.SYMBOLS[lane], "size": 10}
    marker |= {"line": {"color": theme.PAPER.light, "width": 1}}
    style = {"x": [temperature], "mode": "markers", "marker": marker, "hoverinfo": "skip"}
    return [
        go.Scatter(y=entropies, xaxis="x", yaxis="y", **style),
        go.Scatter(y=100 * tops, xaxis="x2", yaxis="y2", **style),
    ]


def _level(height: float, pair: str) -> dict[str, Any]:
    """A dotted line where all classes are equally likely."""
    place = {"xref": f"x{pair} domain", "yref": f"y{pair}", "x0": 0, "x1": 1, "y0": height, "y1": height}
    return {"type": "line", "line": {"color": theme.MUTED.light, "width": 1, "dash": "dot"}, **place}


def _no_idea(height: float, pair: str) -> dict[str, Any]:
    """What that line is."""
    place = {"xref": f"x{pair} domain", "yref": f"y{pair}", "x": 0.02, "y": height, "xanchor": "left"}
    font = {"color": theme.MUTED.light, "size": 12}
    return {"text": _("no idea: all alike"), "font": font, "yanchor": "top", "showarrow": False, **place}
