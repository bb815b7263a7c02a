"""How many of the classes that the students never saw do they recognise, as they are and with a bias on these classes?

Bars are on test examples, over all seeds, with a bias found without labels, from how often the classes stand in the
training set. Curves show what any other bias would do, on validation examples: there it may be chosen by hand.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from kdcore.events import Row, first, latest
from kdcore.figures import numbers, panels, theme
from kdcore.interval import Interval, interval
from kdcore.words import N_, _

QUESTION = N_("Does a student know what it never saw?")
GROUPS = {"unseen": N_("of the classes left out"), "seen": N_("of the others")}
PANEL, ABOVE = 170, 84  # pixels


def figure(rows: Sequence[Row], bias: float | None = None) -> go.Figure:
    """Above, bars on test examples, before (pale) and after; below, curves over the bias; left out and seen apart."""
    data = _data(rows)
    if data is None:
        return theme.waiting(_(QUESTION))
    drawn = theme.blank(_(QUESTION), _subtitle(data), axes=4)
    for i, (group, title) in enumerate(GROUPS.items()):
        above, below = panels.number(i), panels.number(i + 2)
        for lane in data["lanes"]:
            drawn.add_traces([*_bars(data, lane, group, above), *_curve(data, lane, group, bias, below)])
            drawn.add_shape(_found(data, lane, below))
        panels.add_title(drawn, above, _("right {group} (%)").format(group=_(title)))
        panels.add_title(drawn, below, _("right {group}, validation (%)").format(group=_(title)))
        drawn.update_layout({f"xaxis{above}": {"type": "category", "showgrid": False}})
        drawn.update_layout({f"xaxis{below}": {"title_text": _("bias on the classes left out")}})
    drawn.update_yaxes(range=[0, 103], tickvals=[0, 50, 100])
    drawn.update_layout(margin={"l": 36, "r": 14, "t": 104, "b": 46}, barmode="group", hovermode="closest", bargap=0.3)
    panels.arrange(drawn, 4, columns=2, phone_columns=1, panel=PANEL, above=ABOVE)
    return drawn


def reading(rows: Sequence[Row], bias: float | None = None) -> str:
    """How many each student recognises before and after, and with the bias that was chosen by hand."""
    data = _data(rows)
    if data is None:
        return theme.later()
    parts = [
        _("{lane} {before} as it is, {after} with the bias by frequency").format(
            lane=_(theme.ROLES[lane].label),
            before=_percent(lines["unseen"]),
            after=_percent(lines["corrected_unseen"]),
        )
        for lane, lines in data["lanes"].items()
        if lane != "teacher"
    ]
    sentence = _("Recognised of the test examples of {names}, which no student saw: {parts}.")
    sentence = sentence.format(names=", ".join(data["names"][k] for k in data["classes"]), parts="; ".join(parts))
    return sentence if bias is None else f"{sentence} {_by_hand(data, bias)}"


def table(rows: Sequence[Row], bias: float | None = None) -> pd.DataFrame:
    """Of each lane and group the share that is right before, after, and along the curve."""
    data = _data(rows)
    if data is None:
        return pd.DataFrame()
    return pd.DataFrame(
        [
            {
                _("Lane"): _(theme.ROLES[lane].title),
                _("Right"): _(title),
                _("Examples"): examples,
                _("Bias"): with_bias,
                _("Share"): _percent(values),
            }
            for lane, lines in data["lanes"].items()
            for group, title in GROUPS.items()
            for examples, with_bias, values in _measured(data, lines, group)
        ]
    )


def _data(rows: Sequence[Row]) -> dict[str, Any] | None:
    """What was measured of the classes left out, and the names of all classes."""
    rows = latest(rows)
    finished = first(rows, "finished") or {}
    if "left_out" not in finished:
        return None
    return finished["left_out"] | {"names": theme.class_names(first(rows, "snapshot", name="confusion")["data"])}


def _measured(
    data: dict[str, Any], lines: dict[str, Any], group: str
) -> Iterator[tuple[str, str, Sequence[float | None]]]:
    """Of one lane and group all that was measured: on which examples, with which bias, and the share of each seed."""
    yield _("test"), _("none"), lines[group]
    yield _("test"), _("by frequency"), lines[f"corrected_{group}"]
    for bias, values in zip(data["by_hand"], lines["by_hand"][group], strict=True):
        yield _("validation"), numbers.significant(bias), values


def _by_hand(data: dict[str, Any], bias: float) -> str:
    """What the bias that was chosen by hand does."""
    at, curves = _nearest(data, bias), data["lanes"]["distilled"]["by_hand"]
    sentence = _(
        "With {bias} by hand the distilled student recognises {unseen} of these and {seen} of the others, on "
        "validation examples."
    )
    shares = {group: _percent(curves[group][at]) for group in GROUPS}
    return sentence.format(bias=numbers.significant(data["by_hand"][at]), **shares)


def _subtitle(data: dict[str, Any]) -> str:
    """What is pale, and what is dotted: of several classes left out each has a bias of its own, and their mean is."""
    bars = _("bars: test examples, pale as it is, full with the bias by frequency")
    curves = _("curves: validation, any bias; dotted: by frequency")
    if len(data["classes"]) > 1:
        curves = _("curves: validation, any bias; dotted: by frequency (mean of classes)")
    return f"{bars}<br>{curves}"


def _interval(values: Sequence[float | None]) -> Interval | None:
    """Over the seeds, in per cent and within 0 to 100; None where there was no example of these classes."""
    return None if None in values else interval([100 * value for value in values])


def _percent(values: Sequence[float | None]) -> str:
    return "–" if None in values else numbers.percent(interval(values))


def _nearest(data: dict[str, Any], bias: float) -> int:
    """The place of the bias that was tried and is nearest to this."""
    return int(np.abs(np.array(data["by_hand"]) - bias).argmin())


def _by_frequency(data: dict[str, Any], lane: str) -> float:
    """The bias that was found for a lane, the mean over seeds and the classes left out."""
    return float(np.array(data["lanes"][lane]["bias"])[:, data["classes"]].mean())


def _bars(data: dict[str, Any], lane: str, group: str, pair: str) -> list[go.Bar]:
    """What a lane gets right, as it is and with the bias, with 95 % intervals."""
    role, lines = theme.ROLES[lane], data["lanes"][lane]
    bars = []
    for field, colour, how in (
        (group, role.ghost, _("as it is")),
        (f"corrected_{group}", role.colour, _("with the bias")),
    ):
        found = _interval(lines[field])
        if found is None:
            continue
        reach = {"array": [min(found.high, 100) - found.mean], "arrayminus": [found.mean - max(found.low, 0)]}
        bars.append(
            go.Bar(
                x=[_(role.label)],
                y=[found.mean],
                marker={"color": colour.light},
                error_y={"type": "data", "color": theme.INK.light, "thickness": 1, "width": 4, **reach},
                hovertemplate=f"{_(role.label)}, {how}: {_percent(lines[field])}<extra></extra>",
                offsetgroup=how,
                xaxis=f"x{pair}",
                yaxis=f"y{pair}",
            )
        )
    return bars


def _curve(data: dict[str, Any], lane: str, group: str, bias: float | None, pair: str) -> list[go.Scatter]:
    """What a lane would get right with any bias, the mean over seeds, and a marker at the one chosen by hand."""
    role, place = theme.ROLES[lane], {"xaxis": f"x{pair}", "yaxis": f"y{pair}"}
    found = [_interval(values) for values in data["lanes"][lane]["by_hand"][group]]
    means = [each and each.mean for each in found]
    line = {"color": role.colour.light, "width": role.width, "dash": role.dash}
    hover = f"{_(role.label)}: %{{y:.1f}} %<extra></extra>"
    curve = go.Scatter(x=data["by_hand"], y=means, mode="lines", line=line, hovertemplate=hover, **place)
    if bias is None:
        return [curve]
    at = _nearest(data, bias)
    marker = {
        "color": role.colour.light,
        "symbol": theme.SYMBOLS[lane],
        "size": 10,
        "line": {"color": theme.PAPER.light, "width": 1},
    }
    here = {"x": [data["by_hand"][at]], "y": [means[at]], "mode": "markers", "marker": marker, "hoverinfo": "skip"}
    return [curve, go.Scatter(cliponaxis=False, **here, **place)]


def _found(data: dict[str, Any], lane: str, pair: str) -> dict[str, Any]:
    """A dotted upright line in a lane's colour at the bias that the training set's frequencies give it."""
    line = {"color": theme.ROLES[lane].colour.light, "width": 1, "dash": "dot"}
    at = _by_frequency(data, lane)
    place = {"xref": f"x{pair}", "yref": f"y{pair} domain", "x0": at, "x1": at, "y0": 0, "y1": 1}
    return {"type": "line", "line": line, **place}
