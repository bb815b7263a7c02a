"""How hard each term of the loss pulls at each of the student's logits, against the temperature: why T^2 is there.

    hard: (1 - soft_weight) * (softmax(z_s) - y)
    soft: soft_weight * T^2 * (q - p) / T            p, q: softened answers of teacher and student

Once T is large beside the logits, q - p shrinks as 1 / T; with the 1 / T before it, the soft pull would fade as 1 / T^2
and leave the student to the labels alone. T^2 undoes just that. Where T is small beside them, the pull may grow all the
same. A gradient above 0 pushes its logit down, one below 0 pulls it up.
"""

from collections.abc import Sequence
from math import log10
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from kdcore.figures import numbers, panels, theme
from kdcore.softness import STOPS, Example, Gradients, gradients
from kdcore.words import N_, _

QUESTION = N_("Why is there a T²?")
PANEL, ABOVE, POINTS = 96, 40, 33
TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
DECADES, TINY = 4, 1e-12
COLD, HOT = 1.0, float(STOPS[-1])  # where the curves begin and end, unless T lies beyond
FROM, TO = 10.0, 20.0  # temperatures that the reading compares
VERMILION = theme.ROLES["distilled"].colour.light  # it is the distilled student that is pulled
LINES = {
    "hard": (N_("hard"), {"color": VERMILION, "width": 2, "dash": "dash"}),
    "soft": (N_("soft"), {"color": VERMILION, "width": 3, "dash": "solid"}),
    "without": (N_("soft without T²"), {"color": theme.INK.light, "width": 2, "dash": "dot"}),
}


def figure(example: Example) -> go.Figure:
    """The length of each gradient on a log scale, then a panel for each logit, all of these on one scale."""
    temperature = example.temperature
    steps = np.geomspace(min(COLD, temperature), max(HOT, temperature), POINTS)
    pulls = gradients(example, steps[:, None])
    titles = [_("length of all (log scale)"), *(_("logit of {name}").format(name=_(name)) for name in example.names)]
    drawn = theme.blank(_(QUESTION), _("how each term pulls at each logit, against T (log scale)"), axes=len(titles))
    most = 1.1 * max(np.abs(pull).max() for pull in pulls)
    for i, title in enumerate(titles):
        heights = [np.linalg.norm(pull, axis=1) if i == 0 else pull[:, i - 1] for pull in pulls]
        drawn.add_traces(_lines(steps, heights, panels.number(i), showlegend=i == 0))
        panels.add_title(drawn, panels.number(i), title)
    drawn.update_layout(shapes=[_now(temperature, panels.number(i)) for i in range(len(titles))])
    drawn.update_xaxes(type="log", range=[log10(steps[0]), log10(steps[-1])], tickvals=TICKS)
    drawn.update_yaxes(range=[-most, most], nticks=6, zeroline=True, zerolinecolor=theme.MUTED.light, zerolinewidth=1)
    legend = {"orientation": "h", "x": 0, "y": 1, "yref": "container", "yanchor": "top", "font": {"size": 12}}
    drawn.update_layout(
        yaxis={"type": "log", "range": _decades(pulls), "dtick": 1, "exponentformat": "power", "zeroline": False},
        margin={"l": 48, "r": 14, "t": 116, "b": 30},
        showlegend=True,
        legend=legend,
    )
    panels.arrange(drawn, len(titles), columns=4, phone_columns=2, panel=PANEL, above=ABOVE, gap=0.1)
    top = 1 - 62 / drawn.layout.height, 1 - 62 / drawn.layout.meta["phone"]["height"]
    drawn.layout.legend.y, drawn.layout.meta["phone"]["legend.y"] = top
    return drawn


def reading(example: Example) -> str:
    """What raising a high temperature further does to the pull of the soft term, with T^2 and without."""
    ends = gradients(example, np.array([[FROM], [TO]]))
    hard, soft, without = (np.linalg.norm(pull, axis=1) for pull in ends)
    sentence = _(
        "From T = {low} to T = {high} the soft term's pull on the logits (its length) goes from {soft_low} to "
        "{soft_high} with T² and from {without_low} to {without_high} without, beside {hard} of the hard term: once T "
        "is large beside the logits, the difference of the softened answers shrinks as 1 / T, another 1 / T stands "
        "before it, and T² makes up for both."
    )
    values = {"low": FROM, "high": TO, "soft_low": soft[0], "soft_high": soft[1], "hard": hard[0]}
    values |= {"without_low": without[0], "without_high": without[1]}
    return sentence.format(**{name: numbers.significant(value, 2) for name, value in values.items()})


def table(example: Example) -> pd.DataFrame:
    """Every gradient at the stops of the temperature and where it stands."""
    steps = np.array(sorted({*map(float, STOPS), float(example.temperature)}))
    pulls = gradients(example, steps[:, None])._asdict()
    return pd.DataFrame(
        [
            {_("Logit of"): _(name), _("Temperature"): step}
            | {_(LINES[which][0]): pull[row, k] for which, pull in pulls.items()}
            for k, name in enumerate(example.names)
            for row, step in enumerate(steps)
        ]
    )


def _decades(pulls: Gradients) -> list[float]:
    """The range of the lengths on the log scale, at most a few powers of ten: what is below is next to nothing."""
    lengths = np.concatenate([np.linalg.norm(pull, axis=1) for pull in pulls])
    top = log10(max(lengths.max(), TINY))
    low = log10(max(lengths.min(), TINY))
    return [max(low, top - DECADES) - 0.2, top + 0.2]


def _lines(steps: np.ndarray, heights: Sequence[np.ndarray], pair: str, showlegend: bool) -> list[dict[str, Any]]:
    """The terms' gradients in one panel."""
    place = {"x": steps, "xaxis": f"x{pair}", "yaxis": f"y{pair}", "mode": "lines", "showlegend": showlegend}
    hover = {"xhoverformat": ".2g", "hovertemplate": "%{y:.3g}"}
    return [
        {"type": "scatter", "y": height, "line": line, "name": _(name), "legendgroup": which, **hover, **place}
        for height, (which, (name, line)) in zip(heights, LINES.items(), strict=True)
    ]


def _now(temperature: float, pair: str) -> dict[str, Any]:
    """An upright line at the temperature."""
    place = {"xref": f"x{pair}", "yref": f"y{pair} domain", "x0": temperature, "x1": temperature, "y0": 0, "y1": 1}
    return {"type": "line", "line": {"color": theme.MUTED.light, "width": 1}, **place}
