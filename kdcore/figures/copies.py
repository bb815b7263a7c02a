"""How well networks copy their input while they learn to: the example of the second article, see `kdcore.copying`.

Errors fall by factors, not by steps. So they are drawn on a log scale, and a line is the mean of their logarithms over
seeds: the geometric mean of the errors.
"""

from collections.abc import Sequence
from math import log10

import pandas as pd
import plotly.graph_objects as go

from kdcore.events import LANES, Row, first
from kdcore.experiment import written
from kdcore.figures import numbers, panels, theme
from kdcore.interval import Interval, interval
from kdcore.words import N_, _

QUESTION = N_("Who copies how well?")
PANEL, ABOVE = 230, 96  # pixels of a rate's picture, and above a further one on a phone
LEAST = 1e-30  # an error below it counts as it: 0 has no logarithm

Curve = dict[int, Interval]  # by how many steps came before: logarithms of the errors, over seeds


def figure(rows: Sequence[Row]) -> go.Figure:
    """A picture for each length of Adam's steps: the error of teacher and students after each so many steps."""
    started, found = first(rows, "started"), _curves(rows)
    many = _("geometric mean of {seeds} seeds, band: 95 % interval").format(seeds=len(started["seeds"]))
    drawn = theme.blank(_(QUESTION), many, axes=len(started["rates"]))
    for i, rate in enumerate(started["rates"]):
        pair = panels.number(i)
        for lane in LANES:
            drawn.add_traces(_lines(found.get((rate, lane), {}), lane, pair))
        panels.add_title(drawn, pair, _("learning rate {rate}").format(rate=written(rate)))
    drawn.update_xaxes(title_text=_("Steps of training"), range=[0, started["steps"]])
    drawn.update_yaxes(type="log", exponentformat="e", dtick=2)
    drawn.update_layout(yaxis_title_text=_("Squared error (log scale)"), margin={"l": 62, "r": 14, "t": 112, "b": 46})
    theme.add_key(drawn, LANES, above=24)
    panels.arrange(drawn, len(started["rates"]), 2, 1, panel=PANEL, above=ABOVE, gap=0.1)
    return drawn


def reading(rows: Sequence[Row]) -> str:
    """Where each lane ends."""
    ends: dict[float, list[str]] = {}
    for (rate, lane), curve in _curves(rows).items():
        told = {"lane": _(theme.ROLES[lane].label), "error": _error(curve[max(curve)])}
        ends.setdefault(rate, []).append(_("{lane} {error}").format(**told))
    at = _("at a learning rate of {rate} {ends}")
    parts = [at.format(rate=written(rate), ends=", ".join(own)) for rate, own in ends.items()]
    words = _("Mean squared error at the end, where 1 is that of always answering 0: {parts}.")
    return words.format(parts="; ".join(parts))


def table(rows: Sequence[Row]) -> pd.DataFrame:
    """A line for each rate and lane that is finished: its distance from the input, and from the teacher's answers."""
    finished = first(rows, "finished") or {"table": []}
    return pd.DataFrame(
        [
            {
                _("Learning rate"): written(line["rate"]),
                _("Lane"): _(theme.ROLES[line["lane"]].title),
                _("Parameters"): line["parameters"],
                _("Error"): _error(_logs(line["error"])),
                _("Distance to the teacher"): _error(_logs(line["to_teacher"])) if line["to_teacher"] else "–",
            }
            for line in finished["table"]
        ]
    )


def _curves(rows: Sequence[Row]) -> dict[tuple[float, str], Curve]:
    """Those that have begun, by learning rate and lane."""
    found: dict[tuple[float, str], Curve] = {}
    for row in rows:
        if row["event"] == "copy":
            found.setdefault((row["rate"], row["lane"]), {})[row["step"]] = _logs(row["error"])
    return found


def _logs(errors: Sequence[float]) -> Interval:
    return interval([log10(max(error, LEAST)) for error in errors])


def _error(logs: Interval) -> str:
    """The geometric mean, written."""
    return numbers.significant(10**logs.mean, 2)


def _lines(curve: Curve, lane: str, pair: str) -> list[go.Scatter]:
    """The band, and the mean."""
    role, found = theme.ROLES[lane], curve.values()
    common = {"x": list(curve), "mode": "lines", "xaxis": f"x{pair}", "yaxis": f"y{pair}"}
    edge = {"line": {"width": 0}, "hoverinfo": "skip", **common}
    mean = go.Scatter(
        y=[10**each.mean for each in found],
        line={"color": role.colour.light, "width": role.width, "dash": role.dash},
        name=_(role.label),
        hovertemplate="%{y:.2g}",
        **common,
    )
    low, high = [10**each.low for each in found], [10**each.high for each in found]
    return [go.Scatter(y=low, **edge), go.Scatter(y=high, fill="tonexty", fillcolor=role.band.light, **edge), mean]
