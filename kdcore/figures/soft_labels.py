"""What each lane answers in full: its probability for every class, on eight examples where the lanes disagree.

    p_k = exp(z_k / T) / sum_j exp(z_j / T)        T: temperature, z: logits

Bars are probabilities at temperature T; the short line across each bar's column is the same answer at T = 1. Above
1 the second and third guesses grow, and they are what a student can learn from beside the label.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from PIL import Image

from kdcore.events import LANES, Row, first, latest
from kdcore.figures import numbers, panels, theme
from kdcore.softness import soften
from kdcore.words import N_, _

QUESTION = N_("What does the teacher say beyond the label?")
PANEL, ABOVE = 120, 92  # pixels
THUMBNAIL, LEGEND = 44, 34  # pixels
STROKE = 118  # a grey with enough contrast on white and on black


def figure(rows: Sequence[Row], temperature: float = 1.0) -> go.Figure:
    """A panel for each example: the example itself, and three probabilities for every class."""
    data = _data(rows)
    if data is None:
        return theme.waiting(_(QUESTION))
    examples, names = data["rows"], theme.class_names(data)
    drawn = theme.blank(_(QUESTION), _subtitle(temperature), axes=len(examples))
    for i, example in enumerate(examples):
        pair = panels.number(i)
        for lane in LANES:
            drawn.add_traces(_answers(example[lane], names, lane, temperature, pair, showlegend=i == 0))
        images, captions = _example(example, names, pair)
        drawn.layout.images += tuple(images)
        drawn.layout.annotations += tuple(captions)
    _dress(drawn, names)
    panels.arrange(drawn, len(examples), columns=4, phone_columns=2, panel=PANEL, above=ABOVE)
    _legend_below(drawn.layout)
    return drawn


def reading(rows: Sequence[Row], temperature: float = 1.0) -> str:
    """The first two guesses of each lane on the example where they disagree most, which is the first."""
    data = _data(rows)
    if data is None:
        return theme.later()
    example, names = data["rows"][0], theme.class_names(data)
    parts = [
        _("{lane} {first} ({first_share}), then {second} ({second_share})").format(
            lane=_(theme.ROLES[lane].label), **_guesses(example[lane], names, temperature)
        )
        for lane in LANES
    ]
    sentence = _("The first example is of class {true}; at temperature {temperature} the answers are: {parts}.")
    values = {"true": names[example["label"]], "temperature": numbers.significant(temperature)}
    return sentence.format(parts="; ".join(parts), **values)


def table(rows: Sequence[Row], temperature: float = 1.0) -> pd.DataFrame:
    """Every probability at this temperature and at 1, with the logit that it comes from."""
    data = _data(rows) or {"classes": (), "rows": ()}
    names = theme.class_names(data)
    return pd.DataFrame(
        [
            {
                _("Example"): example["index"],
                _("True class"): names[example["label"]],
                _("Lane"): _(theme.ROLES[lane].title),
                _("Class"): name,
                _("Logit"): logit,
                _("Probability at 1"): plain,
                _("Probability at {temperature}").format(temperature=numbers.significant(temperature)): softened,
            }
            for example in data["rows"]
            for lane in LANES
            for name, logit, plain, softened in zip(
                names,
                example[lane],
                soften(np.array(example[lane]), 1),
                soften(np.array(example[lane]), temperature),
                strict=True,
            )
        ]
    )


def _data(rows: Sequence[Row]) -> dict[str, Any] | None:
    snapshot = first(latest(rows), "snapshot", name="examples")
    return snapshot and snapshot["data"]


def _subtitle(temperature: float) -> str:
    """At which temperature, and what the short lines are."""
    if temperature == 1:
        return _("probability of each class (%)")
    text = _("probability of each class (%) at temperature {temperature}; short lines: at 1")
    return text.format(temperature=numbers.significant(temperature))


def _answers(
    logits: list[float], names: Sequence[str], lane: str, temperature: float, pair: str, showlegend: bool
) -> list[go.Bar | go.Scatter]:
    """One lane's bars at this temperature, and the marks of its answer at 1."""
    role = theme.ROLES[lane]
    place = {"x": names, "xaxis": f"x{pair}", "yaxis": f"y{pair}", "offsetgroup": lane, "legendgroup": lane}
    name, hover = _(role.label), f"{_(role.label)} %{{y:.1f}} %<extra></extra>"
    bars = go.Bar(
        y=100 * soften(np.array(logits), temperature),
        **{"name": name, "marker": {"color": role.colour.light}, "hovertemplate": hover, "showlegend": showlegend},
        **place,
    )
    if temperature == 1:
        return [bars]
    mark = {"symbol": "line-ew", "size": 7, "line": {"color": role.text.light, "width": 2}}
    plain = 100 * soften(np.array(logits), 1)
    marks = go.Scatter(y=plain, mode="markers", marker=mark, hoverinfo="skip", showlegend=False, **place)
    return [bars, marks]


def _dress(drawn: go.Figure, names: Sequence[str]) -> None:
    """Axes from 0 to 100 % on every panel, and one legend for all."""
    drawn.update_xaxes(type="category", showgrid=False, autotickangles=theme.TURNS)
    drawn.update_yaxes(range=[0, 100], tickvals=[0, 50, 100])
    drawn.update_layout(
        bargap=0.15,
        scattermode="group",
        scattergap=0.15,
        showlegend=True,
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 0.99, "yref": "container", "yanchor": "top"},
        margin={"l": 36, "r": 10, "t": 120, "b": 24 + 6 * max(map(len, names))},
    )


def _legend_below(layout: go.Layout) -> None:
    """On a phone there is no room for the legend beside the title: it goes under the panels."""
    phone = layout.meta["phone"]
    phone |= {"height": phone["height"] + LEGEND, "margin.b": layout.margin.b + LEGEND}
    phone |= {"legend.x": 0, "legend.xanchor": "left", "legend.y": 0, "legend.yanchor": "bottom"}


def _example(example: dict[str, Any], names: Sequence[str], pair: str) -> tuple[list[dict], list[dict]]:
    """The example itself above its panel, and its true class: images, annotations. It is a picture, two coordinates or
    the number of a row, which is too long to be written there."""
    corner = {"xref": f"x{pair} domain", "yref": f"y{pair} domain", "x": 0, "y": 1.08, "yanchor": "bottom"}
    caption = _("true: {name}").format(name=names[example["label"]])
    is_picture = len(example["shape"]) == 3
    if example["shape"] == [2]:
        caption += "<br>" + _("at ({x:.2f}, {y:.2f})").format(x=example["x"][0], y=example["x"][1])
    elif not is_picture:
        caption += "<br>" + _("example {number}").format(number=example["index"])
    shift = THUMBNAIL + 6 if is_picture else 0
    caption = {"text": caption, "xanchor": "left", "align": "left", "xshift": shift, "showarrow": False, **corner}
    image = {"sizex": 1, "sizey": THUMBNAIL / PANEL, "sizing": "contain", "xanchor": "left", **corner}
    return ([{"source": _picture(example), **image}] if is_picture else []), [caption]


def _picture(example: dict[str, Any]) -> Image.Image:
    """A grey picture whose strokes are opaque and whose ground is clear, so that it suits light and dark pages."""
    _channels, height, width = example["shape"]
    strokes = np.clip(np.array(example["x"]).reshape(height, width), 0, 1)
    larger = np.kron(strokes, np.ones((-(-56 // height),) * 2))  # in whole steps: a pixel stays a sharp square
    opacity = (255 * larger).astype(np.uint8)
    return Image.merge("LA", [Image.new("L", opacity.shape[::-1], STROKE), Image.fromarray(opacity)])


def _guesses(logits: list[float], names: Sequence[str], temperature: float) -> dict[str, str]:
    """The two likeliest classes and their probabilities."""
    softened = soften(np.array(logits), temperature)
    first_class, second_class = softened.argsort()[::-1][:2]
    return {
        "first": names[first_class],
        "first_share": numbers.percent(softened[first_class]),
        "second": names[second_class],
        "second_share": numbers.percent(softened[second_class]),
    }
