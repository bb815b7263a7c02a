"""The way of one example through a soft decision tree: the filters that look at it, and what its leaf answers.

It is the way to the leaf where most of the example arrives, which is the one that answers. The share that arrives there
is the product of the shares on the way. `data` and `arm` are as for `figures.soft_tree`.
"""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from kdcore.figures import numbers, panels, theme
from kdcore.figures.soft_tree import ROLES, WHOSE, Data, heaviest, pixels, scaled, written
from kdcore.words import N_, _

QUESTION = N_("Why does the tree say so?")
SIDES = {"left": N_("left"), "right": N_("right")}
PANEL, ABOVE, COLUMNS, PHONE_COLUMNS = 130, 34, 4, 2  # pixels, and panels side by side
FEW = 4  # numbers of an example for which there is room to write them


def figure(data: Data, arm: str, example: int) -> go.Figure:
    """The example, a panel for each node that it meets, and bars for what its leaf answers."""
    path, own, names = data[arm]["paths"][example], data["examples"][example], theme.class_names(data)
    filters = [scaled(pixels(data, data[arm]["filters"][str(turn["node"])])) for turn in path["turns"]]
    titles = [_turned(turn) for turn in path["turns"]]
    count = len(filters) + 2
    drawn = theme.blank(_(QUESTION), _subtitle(data, arm, example), axes=count)
    drawn.add_trace(_picture(data, pixels(data, own["x"]), "", "coloraxis2"))
    for i, filter_ in enumerate(filters, 1):
        drawn.add_trace(_picture(data, filter_, panels.number(i), "coloraxis"))
    drawn.add_trace(_bars(data[arm]["leaves"][path["leaf"]], names, arm, panels.number(count - 1)))
    for i, title in enumerate(
        [_("<b>the example</b>"), *titles, _("<b>leaf {leaf}</b> (%)").format(leaf=path["leaf"])]
    ):
        panels.add_title(drawn, panels.number(i), title)
    return _dressed(drawn, count)


def reading(data: Data, arm: str, example: int) -> str:
    """Where the example arrives, and what it is taken for."""
    path, own, names = data[arm]["paths"][example], data["examples"][example], theme.class_names(data)
    answer = np.array(data[arm]["leaves"][path["leaf"]])
    said, mixed = int(answer.argmax()), int(np.argmax(path["mixture"]))
    sentence = _(
        "{share} of this example of class {label} arrives at leaf {leaf}, which says {said} ({sure}). All leaves "
        "together, each as much as arrives there, say {mixed} ({sure_mixed})."
    )
    return sentence.format(
        share=numbers.percent(path["arrives"]),
        label=names[own["label"]],
        leaf=path["leaf"],
        said=names[said],
        sure=numbers.percent(answer[said]),
        mixed=names[mixed],
        sure_mixed=numbers.percent(path["mixture"][mixed]),
    )


def table(data: Data, arm: str, example: int) -> pd.DataFrame:
    """Each node on the way: to which side it sends the example, how much of it, how much has come so far, and of a
    table the columns that it weighs most."""
    turns = data[arm]["paths"][example]["turns"]
    so_far = np.cumprod([turn["share"] for turn in turns])
    return pd.DataFrame(
        [
            {_("Node"): turn["node"], _("Goes"): _(SIDES[turn["goes"]]), _("Share"): turn["share"], _("So far"): here}
            | ({_("Weighs most"): heaviest(data, arm, turn["node"])} if "columns" in data else {})
            for turn, here in zip(turns, so_far, strict=True)
        ]
    )


def _subtitle(data: Data, arm: str, example: int) -> str:
    own, names = data["examples"][example], theme.class_names(data)
    text = _("{whose}, seed 0: validation example {index}, class {label}<br>filters in the colours of the tree")
    return text.format(whose=_(WHOSE[arm]), index=own["index"], label=names[own["label"]])


def _picture(data: Data, values: np.ndarray, pair: str, coloraxis: str) -> go.Heatmap:
    """Pixels as they lie; their numbers are told on hover, and few, as those of a point, are written."""
    place = {"xaxis": f"x{pair}", "yaxis": f"y{pair}", "coloraxis": coloraxis}
    template = "%{z:.2f}" if values.size <= FEW else None
    text, cell = written(data, values)
    return go.Heatmap(z=values, text=text, texttemplate=template, hovertemplate=f"{cell}<extra></extra>", **place)


def _turned(turn: dict[str, Any]) -> str:
    """A node's number, and where it sends how much."""
    text = _("<b>node {node}</b> {share} {side}")
    return text.format(node=turn["node"], share=numbers.percent(turn["share"]), side=_(SIDES[turn["goes"]]))


def _bars(answer: list[float], names: list[str], arm: str, pair: str) -> go.Bar:
    """The answer of a leaf in per cent."""
    colour = theme.ROLES[ROLES[arm]].colour.light
    place = {"xaxis": f"x{pair}", "yaxis": f"y{pair}", "marker": {"color": colour}}
    return go.Bar(x=names, y=100 * np.array(answer), hovertemplate="%{x}: %{y:.1f} %<extra></extra>", **place)


def _dressed(drawn: go.Figure, count: int) -> go.Figure:
    """Pictures without axes, the bars with theirs, and every panel in its place."""
    last = panels.number(count - 1)
    drawn.update_xaxes(visible=False, constrain="domain", fixedrange=True)
    drawn.update_yaxes(visible=False, constrain="domain", fixedrange=True, autorange="reversed")
    for i in range(count - 1):
        pair = panels.number(i)
        drawn.update_layout({f"yaxis{pair}.scaleanchor": f"x{pair}"})
    drawn.update_layout(
        {
            f"xaxis{last}": {"visible": True, "type": "category", "showgrid": False, "autotickangles": theme.TURNS},
            f"yaxis{last}": {"visible": True, "autorange": False, "range": [0, 100], "tickvals": [0, 50, 100]},
        },
        margin={"l": 36, "r": 14, "t": 108, "b": 60},
        hovermode="closest",
        coloraxis={"colorscale": theme.scale(theme.DIVERGING), "cmin": -1, "cmax": 1, "showscale": False},
        coloraxis2={"colorscale": theme.scale(), "showscale": False},
    )
    panels.arrange(drawn, count, COLUMNS, PHONE_COLUMNS, panel=PANEL, above=ABOVE)
    return drawn
