"""Examples of two dimensions to choose from: points of the plane, as the teacher divides it among the classes."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from kdcore.events import LANES
from kdcore.figures import boundary, theme
from kdcore.measure.snapshots import SoftLabels
from kdcore.words import _
from pages._ui.live_chart import live_chart
from pages._ui.pictures import behind
from pages._ui.soft import view
from pages._ui.soft.closer import divided
from pages._ui.soft.numbered import numbered


def points(soft: SoftLabels, order: Sequence[int], now: view.View) -> None:
    """Click one, or choose it by its number from a list in this order; where that is empty, only a click is left."""
    if order:
        numbered(soft, order, now, _("Choose one, or click a point"))
    plane = divided(soft, None)
    lines = boundary.table(*plane).drop(columns=[_(theme.ROLES[lane].title) for lane in LANES[1:]])
    figure = boundary.figure(*plane, lanes=("teacher",))
    figure.add_trace(_ring(*soft.x[now.place(soft)].tolist()))
    label = _("Validation points on the plane as the teacher divides it; the ring is around the chosen one")
    live_chart(
        figure.to_json(), "soft.points", label=label, on_pick=lambda spot: view.change(example=_nearest(soft, spot))
    )
    st.caption(_reading(lines))
    behind(lines)


def _reading(lines: pd.DataFrame) -> str:
    """How many points lie where the teacher sees another class."""
    wrong = int((lines[_("True class")] != lines[_(theme.ROLES["teacher"].title)]).sum())
    sentence = _("Of {points} validation points {wrong} lie in the area of another class for the teacher.")
    return sentence.format(points=len(lines), wrong=wrong)


def _nearest(soft: SoftLabels, spot: list[float]) -> int:
    """The example at the place that was clicked."""
    return int(soft.index[np.square(soft.x - np.array(spot)).sum(axis=1).argmin()])


def _ring(x: float, y: float) -> go.Scatter:
    line = {"color": theme.INK.light, "width": 2.5}
    marker = {"symbol": "circle-open", "size": 16, "line": line, "color": theme.INK.light}
    return go.Scatter(x=[x], y=[y], mode="markers", marker=marker, hoverinfo="skip")
