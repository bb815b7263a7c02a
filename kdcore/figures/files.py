"""Why is the file not smaller? One network written in many ways, and what each byte is for."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from kdcore.compress.account import PARTS, WAYS
from kdcore.events import Row
from kdcore.figures import numbers, stages, theme
from kdcore.words import N_, _

QUESTION = N_("Where does each byte go?")
ROW, KEY_LINE = 42, 20  # pixels
COLOURS = {  # of what bytes are for
    "header": theme.INK,
    "biases": theme.CLASSES[0],
    "values": theme.CLASSES[4],
    "indices": theme.CLASSES[1],
    "fillers": theme.CLASSES[2],
    "tables": theme.CLASSES[3],
    "zipped": theme.MUTED,
}


def figure(rows: Sequence[Row], name: str) -> go.Figure:
    """A bar for each way to write this variant, from files that were written and read back, in parts."""
    ways = _ways(rows, name)
    if not ways:
        return theme.waiting(_(QUESTION)).update_annotations(text=_missing(rows, name))
    drawn = theme.blank(_(QUESTION), _("bytes of one file, of the best seed"))
    parts = [part for part in PARTS if any(part in way for way in ways.values())]
    drawn.add_traces([_part(part, ways) for part in parts])
    for place in range(len(ways)):
        drawn.add_annotation(_caption(ways, place))
    most = max(sum(way.values()) for way in ways.values())
    ticks = [0, most / 2, most]
    drawn.update_xaxes(
        range=[0, 1.02 * most], tickvals=ticks, ticktext=list(map(numbers.size, ticks)), title_text=_("Bytes")
    )
    drawn.update_yaxes(range=[len(ways) - 0.5, -0.75], showticklabels=False, showgrid=False)
    place = {"x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom", "traceorder": "normal", "orientation": "h"}
    drawn.update_layout(
        **{"barmode": "stack", "bargap": 0.6, "hovermode": "closest", "showlegend": True, "legend": place},
        **_room(len(ways), -(-len(parts) // 2)),
    )
    phone = _room(len(ways), len(parts))  # there the names of the parts are one under another
    drawn.layout.meta["phone"] = {"title.font.size": 15, "height": phone["height"], "margin.t": phone["margin"]["t"]}
    return drawn


def reading(rows: Sequence[Row], name: str) -> str:
    """The smallest way beside plain float32, and what most of its bytes are for."""
    ways = _ways(rows, name)
    if not ways:
        return _missing(rows, name)
    totals = {way: sum(parts.values()) for way, parts in ways.items()}
    plain, smallest = next(iter(totals)), min(totals, key=totals.get)
    part = max(ways[smallest], key=ways[smallest].get)
    whole = N_("{plain} takes {all}; the smallest way is {way} with {size} ({factor}).")
    parts = N_("{plain} takes {all}; the smallest way is {way} with {size} ({factor}), of which {share} are {part}.")
    return _(parts if len(ways[smallest]) > 1 else whole).format(
        plain=_(WAYS[plain]),
        all=numbers.size(totals[plain]),
        way=_(WAYS[smallest]),
        size=numbers.size(totals[smallest]),
        factor=numbers.factor(totals[smallest], totals[plain]),
        share=numbers.percent(ways[smallest][part] / totals[smallest]),
        part=_(PARTS[part]),
    )


def table(rows: Sequence[Row], name: str) -> pd.DataFrame:
    """Bytes of every part of every way."""
    return pd.DataFrame(
        [
            {_("Way"): _(WAYS[way]), _("Bytes"): sum(parts.values())}
            | {_(title): parts.get(part, 0) for part, title in PARTS.items()}
            for way, parts in _ways(rows, name).items()
        ]
    )


def _ways(rows: Sequence[Row], name: str) -> dict[str, dict[str, int]]:
    """Of each way in their order the bytes by part; none for a variant that is not finished, or no .kdz file."""
    found = stages.variants(rows).get(name, {}).get("ways", {})
    return {way: found[way] for way in WAYS if way in found}


def _missing(rows: Sequence[Row], name: str) -> str:
    """Why there is nothing to be seen."""
    if name in stages.variants(rows):
        return _("As it is deployed, it is an ONNX file, which is written in one way only.")
    return stages.later()


def _room(bars: int, lines: int) -> dict[str, Any]:
    """Height and margins for so many bars under a key of so many lines."""
    top, bottom = 64 + KEY_LINE * lines, 46
    return {"height": ROW * bars + top + bottom, "margin": {"l": 14, "r": 28, "t": top, "b": bottom}}


def _part(part: str, ways: dict[str, dict[str, int]]) -> go.Bar:
    """What one part takes in every way."""
    sizes, title = [way.get(part, 0) for way in ways.values()], _(PARTS[part])
    return go.Bar(
        orientation="h",
        x=sizes,
        y=list(range(len(ways))),
        name=title,
        marker={"color": COLOURS[part].light, "line": {"width": 0}},
        hovertext=[f"{title}: {numbers.size(size)}" for size in sizes],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _caption(ways: dict[str, dict[str, int]], place: int) -> dict[str, Any]:
    """Above a bar: the way, its bytes, and how these compare to those of plain float32, the first."""
    totals = [sum(parts.values()) for parts in ways.values()]
    text = f"<b>{_(WAYS[list(ways)[place]])}</b> {numbers.size(totals[place])}"
    if place:
        text += f", {numbers.factor(totals[place], totals[0])}"
    where = {"x": 0, "xref": "paper", "xanchor": "left", "yref": "y", "yanchor": "bottom"}
    return {"text": text, "y": place - 0.2, "showarrow": False, **where}
