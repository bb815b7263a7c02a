"""How far apart a last hidden layer finds examples: of one student before it learned, after labels alone and after a
method, beside its teacher's. See `measure.inside`.

Examples stand in the order of their classes. Where a layer tells these apart, squares along the diagonal are pale. A
distance is told in the layer's own mean, so that wide and narrow layers have one scale.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from kdcore.events import Row
from kdcore.figures import cells, panels, theme
from kdcore.figures.ways import title
from kdcore.measure.inside import SEEN
from kdcore.words import N_, _, decimal

QUESTION = N_("Which examples does the last hidden layer find alike?")
PANEL, ABOVE = 190, 34  # pixels
UNTRAINED = N_("before it learns")


def figure(rows: Sequence[Row], text: str) -> go.Figure:
    """A square of example by example for each layer, on one scale."""
    row, classes = look(rows, text), cells.experiment(rows).class_names
    labels = [_(classes[label]) for label in row["label"]]
    told = _("distance of {count} validation examples, in the layer's mean; one seed").format(count=len(labels))
    drawn = theme.blank(_(QUESTION), told, axes=len(SEEN))
    pairs = [[_("{one} and {other}").format(one=one, other=other) for other in labels] for one in labels]
    for i, whose in enumerate(SEEN):
        pair = panels.number(i)
        place = {"xaxis": f"x{pair}", "yaxis": f"y{pair}", "coloraxis": "coloraxis", "customdata": pairs}
        drawn.add_trace(
            go.Heatmap(z=_square(row, whose), hovertemplate=_("%{customdata}: %{z:.2f}<extra></extra>"), **place)
        )
        name(drawn, pair, whose)
        drawn.update_layout({f"yaxis{pair}.showticklabels": i == 0})  # they are the same in a row of panels
        drawn.layout.meta["phone"][f"yaxis{pair}.showticklabels"] = i % 2 == 0
    at, names = _ticks(labels)
    ticks = {"showgrid": False, "tickvals": at, "ticktext": names}
    drawn.update_xaxes(**ticks, autotickangles=theme.TURNS)
    drawn.update_yaxes(**ticks, autorange="reversed")
    bar = {"thickness": 10, "outlinewidth": 0, "lenmode": "pixels", "len": PANEL, "y": 1, "yanchor": "top"}
    scale = {"colorscale": theme.scale(), "cmin": 0, "colorbar": bar}
    left = 20 + 7 * max(map(len, labels))
    drawn.update_layout(coloraxis=scale, hovermode="closest", margin={"l": left, "r": 60, "t": 96, "b": left})
    panels.arrange(drawn, len(SEEN), len(SEEN), 2, panel=PANEL, above=ABOVE + left, gap=0.06)
    return drawn


def reading(rows: Sequence[Row], text: str) -> str:
    """How well each layer's distances go along with the teacher's."""
    row = look(rows, text)
    along = {whose: decimal(_along(row, whose), 2) for whose in SEEN[:-1]}
    words = _(
        "Correlation of a student's distances with its teacher's: {before} before it learned, {scratch} after labels "
        "alone, {distilled} after {method}. That is the student of the first seed; others may show other pictures."
    )
    return words.format(method=title(text), **along)


def table(rows: Sequence[Row], text: str) -> pd.DataFrame:
    """Each pair of examples."""
    row, classes = look(rows, text), cells.experiment(rows).class_names
    labels = np.array([_(classes[label]) for label in row["label"]])
    one, other = np.triu_indices(len(labels), 1)
    distances = {called(whose, text): row[whose]["distances"] for whose in SEEN}
    return pd.DataFrame({_("Example of"): labels[one], _("and one of"): labels[other], **distances})


def look(rows: Sequence[Row], text: str) -> Row | None:
    """What was seen inside the students of this way of teaching, the last time."""
    return next((row for row in reversed(rows) if row["event"] == "inside" and row["x"] == text), None)


def name(drawn: go.Figure, pair: str, whose: str) -> None:
    """Write above a panel whose layer it shows."""
    if whose == "before":
        panels.add_title(drawn, pair, _(UNTRAINED))
    else:
        theme.name_panel(drawn, pair, whose, "")


def called(whose: str, text: str) -> str:
    """Whose layer it is, in full."""
    if whose == "before":
        return _(UNTRAINED)
    return title(text) if whose == "distilled" else _(theme.ROLES[whose].title)


def _square(row: Row, whose: str) -> np.ndarray:
    """Distances, of each pair once, as (examples, examples)."""
    count = len(row["label"])
    square = np.zeros((count, count))
    square[np.triu_indices(count, 1)] = row[whose]["distances"]
    return square + square.T


def _along(row: Row, whose: str) -> float:
    """The correlation of a layer's distances with the teacher's; 0 where all are the same."""
    own, teacher = (np.array(row[each]["distances"]) for each in (whose, "teacher"))
    return float(np.corrcoef(own, teacher)[0, 1]) if own.std() and teacher.std() else 0.0


def _ticks(labels: Sequence[str]) -> tuple[list[float], list[str]]:
    """The middle of each class, and its name."""
    names = list(dict.fromkeys(labels))
    places = {each: [k for k, label in enumerate(labels) if label == each] for each in names}
    return [sum(own) / len(own) for own in places.values()], names
