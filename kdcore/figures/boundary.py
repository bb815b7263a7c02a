"""Where each lane draws the line between classes, for data of two dimensions.

Each spot of the plane has the colour of the class that the lane gives it, on average over seeds, and the stronger the
surer it is. Points are validation examples in the colour and shape of their true class; a cross marks the ones that
lie in the area of another. That is what all seeds say together, and may differ from what any one of them says.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from kdcore.events import Row, compared, first, latest
from kdcore.figures import numbers, panels, theme
from kdcore.words import N_, _

QUESTION = N_("Where does each draw the line?")
PANEL, ABOVE, COLUMNS = 250, 34, 3  # pixels, and panels side by side
SYMBOLS = ("circle", "square", "triangle-up", "diamond", "pentagon")
SHADES = 255  # an area is sent as one byte per spot: its class, and within the class how sure the lane is


def figure(rows: Sequence[Row], lanes: Sequence[str] = ()) -> go.Figure:
    """The plane as each of these lanes, or every lane, sees it, on one scale."""
    data = _data(rows)
    if data is None:
        return theme.waiting(_(QUESTION))
    lanes = lanes or compared(data)
    drawn = theme.blank(_(QUESTION), _subtitle(data), axes=len(lanes))
    for i, lane in enumerate(lanes):
        pair, said = panels.number(i), _said(data, lane)
        drawn.add_traces([_area(data, lane, pair), *_points(data, said, pair)])
        wrong = int((said != _true(data)).sum())
        theme.name_panel(drawn, pair, lane, _("{wrong} of {points} crossed").format(wrong=wrong, points=len(said)))
        drawn.update_layout({f"yaxis{pair}.scaleanchor": f"x{pair}"})
    drawn.update_xaxes(range=data["x"], showgrid=False, constrain="domain", showticklabels=False, ticks="")
    drawn.update_yaxes(range=data["y"], showgrid=False, constrain="domain", showticklabels=False, ticks="")
    drawn.update_layout(margin={"l": 10, "r": 10, "t": 100, "b": 14}, hovermode="closest")
    panels.arrange(drawn, len(lanes), columns=min(len(lanes), COLUMNS), phone_columns=1, panel=PANEL, above=ABOVE)
    return drawn


def reading(rows: Sequence[Row]) -> str:
    """How many points lie in the area of another class, and how much of the plane students see as the teacher."""
    data = _data(rows)
    if data is None:
        return theme.later()
    wrong = {f"{lane}_wrong": int((_said(data, lane) != _true(data)).sum()) for lane in compared(data)}
    teacher = np.array(data["teacher"])
    same = {f"{lane}_same": numbers.percent((np.array(data[lane]) == teacher).mean()) for lane in compared(data)[1:]}
    whose = _("One seed:") if _is_single(data) else _("All seeds together:")
    sentence = _(
        "{whose} of {points} validation points {teacher_wrong} lie in the area of another class for the "
        "teacher, {scratch_wrong} for the student from labels and {distilled_wrong} for the distilled student; with "
        "the teacher the student from labels agrees on {scratch_same} of the plane, the distilled one on "
        "{distilled_same}."
    )
    if "assisted" in data:
        sentence += " " + _(
            "For the student of the assistant they are {assisted_wrong}, and it agrees on {assisted_same} of the plane."
        )
    return sentence.format(whose=whose, points=len(data["points"]), **wrong, **same)


def table(rows: Sequence[Row]) -> pd.DataFrame:
    """Each point, its true class, and the class of the area in which it lies."""
    data = _data(rows)
    if data is None:
        return pd.DataFrame()
    points, names = np.array(data["points"]), np.array(theme.class_names(data))
    columns = {_("x"): points[:, 0], _("y"): points[:, 1], _("True class"): names[_true(data)]}
    return pd.DataFrame(columns | {_(theme.ROLES[lane].title): names[_said(data, lane)] for lane in compared(data)})


def _is_single(data: dict[str, Any]) -> bool:
    """Whether it is what one seed says, rather than all together."""
    return data.get("seeds") == 1


def _subtitle(data: dict[str, Any]) -> str:
    """What colour and crosses mean."""
    colour = _("stronger colour: surer") if _is_single(data) else _("stronger colour: surer, all seeds together")
    cross = _("cross: validation point in another class's area")
    return f"{colour}<br>{cross}"


def _data(rows: Sequence[Row]) -> dict[str, Any] | None:
    snapshot = first(latest(rows), "snapshot", name="boundary")
    return snapshot and snapshot["data"]


def _true(data: dict[str, Any]) -> np.ndarray:
    return np.array(data["points"])[:, 2].astype(int)


def _said(data: dict[str, Any], lane: str) -> np.ndarray:
    """The class of the spot nearest to each point."""
    points, size = np.array(data["points"]), data["size"]
    low, high = np.array([data["x"], data["y"]]).T
    column, row = np.clip(np.rint((points[:, :2] - low) / (high - low) * (size - 1)), 0, size - 1).astype(int).T
    return np.array(data[lane])[row, column]


def _area(data: dict[str, Any], lane: str, pair: str) -> go.Heatmap:
    """The plane in the colours of the classes, stronger where the lane is surer."""
    classes, step = len(data["classes"]), (data["size"] - 1)
    sure = (np.array(data[f"{lane}_confidence"]) - 1 / classes) / (1 - 1 / classes)  # 0 for a guess, 1 for certain
    k = np.array(data[lane])
    low, high = SHADES * k // classes + (k > 0), -(-SHADES * (k + 1) // classes) - 1  # inside the class's own part
    shade = np.rint(low + np.clip(sure, 0, 1) * (high - low))
    scale = [((k + end) / classes, tint.light) for k in range(classes) for end, tint in enumerate(theme.AREAS[k])]
    return go.Heatmap(
        z=shade.astype(np.uint8),
        **{"x0": data["x"][0], "dx": (data["x"][1] - data["x"][0]) / step},
        **{"y0": data["y"][0], "dy": (data["y"][1] - data["y"][0]) / step},
        **{"zmin": 0, "zmax": SHADES, "colorscale": scale, "showscale": False, "hoverinfo": "skip"},
        **{"xaxis": f"x{pair}", "yaxis": f"y{pair}"},
    )


def _points(data: dict[str, Any], said: np.ndarray, pair: str) -> list[go.Scatter]:
    """The points of each class, and the crosses on those that lie in the area of another."""
    points, names, true = np.array(data["points"]), np.array(theme.class_names(data)), _true(data)
    place = {"mode": "markers", "xaxis": f"x{pair}", "yaxis": f"y{pair}"}
    traces = []
    for k, name in enumerate(names):
        outline = {"color": theme.PAPER.light, "width": 0.5}
        marker = {"color": theme.CLASSES[k].light, "symbol": SYMBOLS[k], "size": 6, "line": outline}
        hover = _("class {name}, taken for %{{text}}").format(name=name) + "<extra></extra>"
        x, y, _label = points[true == k].T
        traces.append(go.Scatter(x=x, y=y, text=names[said[true == k]], marker=marker, hovertemplate=hover, **place))
    x, y, _label = points[said != true].T
    cross = {"symbol": "x-thin", "size": 7, "line": {"color": theme.INK.light, "width": 1.5}}
    return [*traces, go.Scatter(x=x, y=y, marker=cross, hoverinfo="skip", **place)]
