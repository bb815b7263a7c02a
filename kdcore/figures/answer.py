"""What each lane answers to one example: the teacher's bars to the left, the students' to the right, on one scale.

It is drawn again at every move of the temperature, so it is built of plain dicts in a few milliseconds. Whoever moves
it in the browser finds the header of trace i in annotation i, and in `layout.meta.soften` the words to fill in.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from kdcore.figures import numbers, theme
from kdcore.softness import divergence, entropy, soften
from kdcore.words import N_, _, decimal

QUESTION = N_("What does each believe?")
ROW, HEADER = 28, 82  # pixels: of a class, and above the bars
FEWEST_ROWS = 4  # a picture of two classes is as high as one of four
LETTER = {"desk": 0.009, "phone": 0.022}  # room for a letter of a class's name, as a share of the figure
WORTH_WRITING = 0.5  # per cent; less is seen to be nothing


def figure(answers: Mapping[str, np.ndarray], label: int | None, names: Sequence[str], temperature: float) -> go.Figure:
    """Mirrored bars of softened logits (classes,) of each lane; the label, where it is known, as a pale full bar."""
    names = [_(name) for name in names]
    drawn = theme.blank(_(QUESTION), _subtitle(label), axes=2)
    words = {"title": drawn.layout.title.text, "headers": [_header(lane) for lane in answers], "share": _("{number} %")}
    scale = {"tickvals": [0, 50, 100], "fixedrange": True}
    classes = {"range": [len(names) - 0.5, -0.5], "showticklabels": False, "showgrid": False, "fixedrange": True}
    sides = {
        "xaxis": scale | {"range": [110, 0]},
        "xaxis2": scale | {"range": [0, 110]},
        "yaxis": classes | {"side": "right"},
        "yaxis2": classes,
    }
    layout = drawn.layout.to_plotly_json()
    layout |= {name: layout[name] | axis for name, axis in sides.items()}
    layout |= {
        "height": 58 + HEADER + ROW * max(len(names), FEWEST_ROWS) + 28,
        "margin": {"l": 14, "r": 14, "t": 58 + HEADER, "b": 28},
        "hovermode": "closest",
        "bargap": 0.2,
        "annotations": [*_headers(answers, temperature), *_names(names)],
        "shapes": [] if label is None else [_ghost(label, pair) for pair in ("", "2")],
    }
    layout["xaxis"]["domain"], layout["xaxis2"]["domain"] = _sides(names, LETTER["desk"])
    layout["title"]["text"] = words["title"].format(temperature=numbers.significant(temperature))
    layout["meta"] = {"phone": _phone(names, len(answers)), "soften": words}
    bars = [_bars(lane, logits, names, temperature) for lane, logits in answers.items()]
    return go.Figure({"data": bars, "layout": layout}, _validate=False)  # three times as fast as with validation


def reading(answers: Mapping[str, np.ndarray], label: int | None, names: Sequence[str], temperature: float) -> str:
    """The teacher's first two guesses, and what the students make of the second."""
    shares = {lane: soften(logits, temperature) for lane, logits in answers.items()}
    first, second = shares["teacher"].argsort()[::-1][:2]
    parts = [
        _("{lane} {share}").format(lane=_(theme.ROLES[lane].label), share=numbers.percent(share[second]))
        for lane, share in shares.items()
        if lane != "teacher"
    ]
    sentence = _(
        "At T = {temperature} the teacher gives {first_share} to {first} and {second_share} to {second}, its second "
        "guess; to this the students give: {parts}."
    )
    if label is not None and label != first:
        sentence = _(
            "At T = {temperature} the teacher errs, as the label is {label}: it gives {first_share} to {first} and "
            "{second_share} to {second}, its second guess; to this the students give: {parts}."
        )
    return sentence.format(
        temperature=numbers.significant(temperature),
        first=_(names[first]),
        second=_(names[second]),
        first_share=numbers.percent(shares["teacher"][first]),
        second_share=numbers.percent(shares["teacher"][second]),
        label="" if label is None else _(names[label]),
        parts=", ".join(parts),
    )


def table(
    answers: Mapping[str, np.ndarray], label: int | None, names: Sequence[str], temperature: float
) -> pd.DataFrame:
    """A line a class: the label, and of each lane its logit and its probability."""
    columns: dict[str, Any] = {_("Class"): [_(name) for name in names]}
    if label is not None:
        columns[_("Label")] = [int(k == label) for k in range(len(names))]
    for lane, logits in answers.items():
        title = _(theme.ROLES[lane].title)
        columns[_("{lane}, logit").format(lane=title)] = logits
        columns[_("{lane}, probability").format(lane=title)] = soften(logits, temperature)
    return pd.DataFrame(columns)


def _subtitle(label: int | None) -> str:
    text = _("probability of each class (%) at temperature {temperature}")
    return text if label is None else f"{text}; {_('framed: the label')}"


def _pair(lane: str) -> str:
    """The axes of a lane's bars."""
    return "" if lane == "teacher" else "2"


def _bars(lane: str, logits: np.ndarray, names: Sequence[str], temperature: float) -> dict[str, Any]:
    """One lane's probabilities, each worth it with its number at its end."""
    role, shares = theme.ROLES[lane], 100 * soften(logits, temperature)
    return {
        "type": "bar",
        "meta": {"lane": lane},
        "orientation": "h",
        "x": shares.tolist(),
        "y": list(range(len(names))),
        "text": [f"{share:.0f}" if share >= WORTH_WRITING else "" for share in shares],
        "textfont": {"color": role.text.light, "size": 11},
        "textposition": "outside",
        "textangle": 0,
        "cliponaxis": False,
        "constraintext": "none",
        "marker": {"color": role.colour.light},
        "offsetgroup": lane,
        "customdata": names,
        "hovertemplate": f"{_(role.label)}, %{{customdata}}: %{{x:.1f}} %<extra></extra>",
        "xaxis": f"x{_pair(lane)}",
        "yaxis": f"y{_pair(lane)}",
    }


def _sides(names: Sequence[str], letter: float) -> tuple[list[float], list[float]]:
    """Where the two halves lie, with room for the longest name between them, as shares of the figure."""
    half = 0.02 + letter * max(map(len, names)) / 2
    return [0, 0.5 - half], [0.5 + half, 1]


def _phone(names: Sequence[str], lanes: int) -> dict[str, Any]:
    """There the halves are narrower than two headers, which are spread over the whole width."""
    left, right = _sides(names, LETTER["phone"])
    spread = {
        f"annotations.{i}.{part}": value for i in range(lanes) for part, value in (("xref", "paper"), ("x", i / lanes))
    }
    return {"xaxis.domain": left, "xaxis2.domain": right, "title.font.size": 15} | spread


def _names(names: Sequence[str]) -> list[dict[str, Any]]:
    """The classes, in the middle."""
    place = {"x": 0.5, "xref": "paper", "yref": "y", "xanchor": "center", "showarrow": False}
    return [{"text": name, "y": k, **place} for k, name in enumerate(names)]


def _headers(answers: Mapping[str, np.ndarray], temperature: float) -> list[dict[str, Any]]:
    """Above each lane's bars: its name, entropy, top probability, and its divergence from the teacher."""
    students = [lane for lane in answers if lane != "teacher"]
    headers = []
    for lane, logits in answers.items():
        text = _header(lane).format(
            entropy=decimal(entropy(logits, temperature), 2),
            top=numbers.percent(soften(logits, temperature).max()),
            divergence=decimal(divergence(answers["teacher"], logits, temperature), 3),
        )
        place = {"xref": f"x{_pair(lane)} domain", "x": students.index(lane) / len(students) if lane in students else 0}
        place |= {"yref": "paper", "y": 1, "yshift": HEADER - 4, "yanchor": "top", "xanchor": "left", "align": "left"}
        font = {"size": 12, "color": theme.ROLES[lane].text.light}
        headers.append({"text": text, "font": font, "showarrow": False, **place})
    return headers


def _header(lane: str) -> str:
    """The words of a header, with {entropy}, {top} and {divergence} to be filled in."""
    role = theme.ROLES[lane]
    name = f"<b>{role.glyph} {_(role.label)}</b>"
    lines = [name, _("entropy {entropy} nats"), _("top {top}")] + [_("KL {divergence} nats")] * (lane != "teacher")
    return "<br>".join(lines)


def _ghost(label: int, pair: str) -> dict[str, Any]:
    """The one-hot label, which gives everything to one class: a pale frame from 0 to 100 %."""
    place = {"xref": f"x{pair}", "yref": f"y{pair}", "x0": 0, "x1": 100, "y0": label - 0.46, "y1": label + 0.46}
    line = {"color": theme.MUTED.light, "width": 1, "dash": "dot"}
    return {"type": "rect", "layer": "below", "fillcolor": theme.GRID.light, "opacity": 0.6, "line": line, **place}
