"""Why is the file not smaller? One network written in many ways, and what each byte is for."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from kdcore.compress.account import PARTS, WAYS
from kdcore.events import Row
from kdcore.figures import numbers, stages, theme
from kdcore.words import N_, _

QUESTION = N_("Where does each byte go?")
ROW = 42  # pixels
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
        return stages.waiting(_(QUESTION))
    drawn = theme.blank(_(QUESTION), _("{name}, bytes of one file (best seed)").format(name=stages.label(name)))
    places = list(range(len(ways)))
    for part, title in PARTS.items():
        sizes = [way.get(part, 0) for way in ways.values()]
        if any(sizes):
            drawn.add_trace(_part(part, _(title), sizes, places))
    totals = [sum(way.values()) for way in ways.values()]
    where = {"x": 0, "xref": "paper", "xanchor": "left", "yref": "y", "yanchor": "bottom", "showarrow": False}
    for place, (way, total) in enumerate(zip(ways, totals, strict=True)):
        text = f"<b>{_(WAYS[way])}</b> {numbers.size(total)}, {numbers.factor(total, totals[0])}"
        drawn.add_annotation(
            text=text if place else f"<b>{_(WAYS[way])}</b> {numbers.size(total)}", y=place - 0.2, **where
        )
    most = max(totals)
    drawn.update_xaxes(
        range=[0, 1.02 * most],
        title_text=_("Bytes"),
        tickvals=[0, most / 2, most],
        ticktext=["0", numbers.size(most / 2), numbers.size(most)],
    )
    drawn.update_yaxes(range=[len(ways) - 0.5, -0.75], showticklabels=False, showgrid=False)
    drawn.update_layout(
        height=ROW * len(ways) + 110 + 46,
        margin={"l": 14, "r": 28, "t": 110, "b": 46},
        barmode="stack",
        bargap=0.6,
        hovermode="closest",
        showlegend=True,
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom", "traceorder": "normal"},
    )
    drawn.layout.meta["phone"] = {"title.font.size": 15, "height": ROW * len(ways) + 170 + 46, "margin.t": 170}
    return drawn


def reading(rows: Sequence[Row], name: str) -> str:
    """The smallest way beside plain float32, and what most of its bytes are for."""
    ways = _ways(rows, name)
    if not ways:
        return stages.later()
    totals = {way: sum(parts.values()) for way, parts in ways.items()}
    plain, smallest = next(iter(totals)), min(totals, key=totals.get)
    part = max(ways[smallest], key=ways[smallest].get)
    sentence = _("{plain} takes {all}; the smallest way is {way} with {size} ({factor}), of which {share} are {part}.")
    return sentence.format(
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


def _part(part: str, title: str, sizes: Sequence[int], places: Sequence[int]) -> go.Bar:
    """What one part takes in every way."""
    hover = [f"{title}: {numbers.size(size)}" for size in sizes]
    marker = {"color": COLOURS[part].light, "line": {"width": 0}}
    text = {"hovertext": hover, "hovertemplate": "%{hovertext}<extra></extra>"}
    return go.Bar(orientation="h", x=sizes, y=places, name=title, marker=marker, **text)
