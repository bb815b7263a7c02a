"""Where a CNN's last hidden layer is active in a picture: of one student before it learned, after labels alone and
after a method, beside its teacher's. See `measure.inside`."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from kdcore.events import Row
from kdcore.figures import cells, panels, theme
from kdcore.figures.inside import called, look, name
from kdcore.figures.ways import title
from kdcore.measure.inside import SEEN
from kdcore.words import N_, _, decimal

QUESTION = N_("Where does it look?")
PANEL, ABOVE = 92, 30  # pixels
STEP = 1.08  # from one picture to the next, in their width


def figure(rows: Sequence[Row], text: str) -> go.Figure:
    """A row of the pictures themselves, and of maps for each layer: the stronger the colour, the more active there."""
    row, classes = look(rows, text), cells.experiment(rows).class_names
    pictures = row["pictures"]
    told = _("attention of the last hidden layer, by its largest in each picture; one seed")
    drawn = theme.blank(_(QUESTION), told, axes=1 + len(SEEN))
    for i, (whose, maps) in enumerate({"": pictures["x"], **{each: row[each]["maps"] for each in SEEN}}.items()):
        pair = panels.number(i)
        scale = theme.scale((theme.PAPER, theme.INK) if not whose else theme.SEQUENTIAL)
        drawn.add_traces([_map(np.array(each), k, scale, pair) for k, each in enumerate(maps)])
        if whose:
            name(drawn, pair, whose)
        else:
            names = ", ".join(_(classes[label]) for label in pictures["label"])
            panels.add_title(drawn, pair, _("examples of {classes}").format(classes=names))
    width = STEP * len(pictures["x"])
    drawn.update_xaxes(visible=False, range=[0, width], constrain="domain", constraintoward="left")
    drawn.update_yaxes(visible=False, range=[1, 0])
    for i in range(1 + len(SEEN)):
        drawn.update_layout({f"yaxis{panels.number(i)}.scaleanchor": f"x{panels.number(i)}"})
    drawn.update_layout(margin={"l": 10, "r": 10, "t": 96, "b": 12}, hovermode="closest")
    panels.arrange(drawn, 1 + len(SEEN), 1, 1, panel=PANEL, above=ABOVE)
    return drawn


def reading(rows: Sequence[Row], text: str) -> str:
    """How alike the student's maps and the teacher's are."""
    row = look(rows, text)
    alike = {whose: decimal(_alike(row, whose), 2) for whose in SEEN[:-1] if _is_comparable(row, whose)}
    if not alike:
        return _("The maps of student and teacher have other sizes, and are compared by eye.")
    words = _(
        "Cosine of a student's maps and its teacher's, on average over these pictures (1: it looks at the same "
        "places): {before} before it learned, {scratch} after labels alone, {distilled} after {method}. That is the "
        "student of the first seed; others may show other pictures."
    )
    return words.format(method=title(text), **alike)


def table(rows: Sequence[Row], text: str) -> pd.DataFrame:
    """Of each picture and layer the place where it is most active, from the left and from the top."""
    row, classes = look(rows, text), cells.experiment(rows).class_names
    lines = []
    for whose in SEEN:
        for label, each in zip(row["pictures"]["label"], row[whose]["maps"], strict=True):
            top, left = np.unravel_index(np.argmax(each), np.shape(each))
            place = {_("From the left"): int(left) + 1, _("From the top"): int(top) + 1}
            lines.append({_("Layer of"): called(whose, text), _("Example of"): _(classes[label]), **place})
    return pd.DataFrame(lines)


def _map(values: np.ndarray, place: int, scale: list, pair: str) -> go.Heatmap:
    """One map, as wide and as high as all, whatever its places."""
    height, width = values.shape
    at = {"x0": place * STEP + 0.5 / width, "dx": 1 / width, "y0": 0.5 / height, "dy": 1 / height}
    look = {"colorscale": scale, "zmin": 0, "zmax": 1, "showscale": False, "hovertemplate": "%{z:.2f}<extra></extra>"}
    return go.Heatmap(z=values, **at, **look, xaxis=f"x{pair}", yaxis=f"y{pair}")


def _is_comparable(row: Row, whose: str) -> bool:
    return np.shape(row[whose]["maps"]) == np.shape(row["teacher"]["maps"])


def _alike(row: Row, whose: str) -> float:
    """The mean cosine of a layer's maps and the teacher's."""
    own, teacher = (np.array(row[each]["maps"]).reshape(len(row[each]["maps"]), -1) for each in (whose, "teacher"))
    lengths = np.linalg.norm(own, axis=1) * np.linalg.norm(teacher, axis=1)
    return float(((own * teacher).sum(1) / np.where(lengths == 0, 1, lengths)).mean())
