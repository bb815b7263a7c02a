"""What two layers are that have no bend between them: one matrix, W2 W1. That of a perfect copy has 1 on its diagonal,
and 0 elsewhere. See `kdcore.copying`."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from kdcore.events import LANES, Row, first
from kdcore.experiment import written
from kdcore.figures import numbers, panels, theme
from kdcore.words import N_, _

QUESTION = N_("What have the two layers become?")
PANEL, ABOVE = 230, 34  # pixels
REACH = 1.2  # of the colour scale, to both sides of 0


def figure(rows: Sequence[Row]) -> go.Figure:
    """The matrices of one seed and of the last learning rate, with which there were steps enough."""
    rate = first(rows, "started")["rates"][-1]
    found = {lane: matrix for (own, lane), matrix in _matrices(rows).items() if own == rate}
    told = _("both layers as one matrix, first seed, learning rate {rate}<br>a perfect copy: 1 on the diagonal, else 0")
    drawn = theme.blank(_(QUESTION), told.format(rate=written(rate)), axes=len(found))
    for i, (lane, matrix) in enumerate(found.items()):
        pair = panels.number(i)
        place = {"xaxis": f"x{pair}", "yaxis": f"y{pair}", "coloraxis": "coloraxis", "xgap": 1, "ygap": 1}
        words = _("from input %{x} to answer %{y}: %{z:.2f}")
        drawn.add_trace(go.Heatmap(z=matrix, hovertemplate=words + "<extra></extra>", **place))
        theme.name_panel(drawn, pair, lane, "")
    drawn.update_xaxes(showgrid=False, showticklabels=False)
    drawn.update_yaxes(showgrid=False, showticklabels=False, autorange="reversed")
    bar = {"thickness": 10, "outlinewidth": 0, "lenmode": "pixels", "len": PANEL, "y": 1, "yanchor": "top"}
    scale = {"colorscale": theme.scale(theme.DIVERGING), "cmin": -REACH, "cmax": REACH, "colorbar": bar}
    drawn.update_layout(coloraxis=scale, margin={"l": 10, "r": 60, "t": 112, "b": 46}, hovermode="closest")
    panels.arrange(drawn, len(found), len(found), len(found), panel=PANEL, above=ABOVE)
    return drawn


def reading(rows: Sequence[Row]) -> str:
    """How far the matrices are from copying, and the distilled one from its teacher's."""
    found = _matrices(rows)
    parts = []
    for rate in dict.fromkeys(rate for rate, _lane in found):
        teacher, scratch, distilled = (found[rate, lane] for lane in LANES)
        exact = np.eye(len(teacher))
        words = _(
            "at a learning rate of {rate} by {labels} in the student from labels and by {distilled} in the distilled "
            "one, which differs from its teacher's by {own}"
        )
        off = {"labels": _off(scratch, exact), "distilled": _off(distilled, exact), "own": _off(distilled, teacher)}
        parts.append(words.format(rate=written(rate), **off))
    return _("On average an entry differs from a perfect copy's {parts}.").format(parts="; ".join(parts))


def table(rows: Sequence[Row]) -> pd.DataFrame:
    """The diagonals: how much of each number gets into its own place."""
    return pd.DataFrame(
        [
            {_("Learning rate"): written(rate), _("Lane"): _(theme.ROLES[lane].title)}
            | {
                _("Number {n}").format(n=n): numbers.significant(value, 2)
                for n, value in enumerate(matrix.diagonal(), 1)
            }
            for (rate, lane), matrix in _matrices(rows).items()
        ]
    )


def _matrices(rows: Sequence[Row]) -> dict[tuple[float, str], np.ndarray]:
    return {(line["rate"], line["lane"]): np.array(line["matrix"]) for line in first(rows, "finished")["table"]}


def _off(one: np.ndarray, other: np.ndarray) -> str:
    return numbers.significant(float(np.abs(one - other).mean()), 2)
