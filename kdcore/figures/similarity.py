"""Which classes a lane takes to be alike, as a map: the more its mean answers to two overlap, the closer they lie.

The root of a probability is a coordinate, so that the distance of two answers grows as their overlap shrinks:

    |sqrt(p) - sqrt(q)|^2 = 2 - 2 sum_k sqrt(p_k q_k)

The map is the flattest view of those points (principal components), of the teacher's: all lanes are seen from where
the teacher's classes lie widest apart. As two dimensions cannot hold ten, a line joins each class to its nearest.
"""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from kdcore.events import LANES
from kdcore.figures import moment, numbers, panels, theme
from kdcore.measure.snapshots import SoftLabels
from kdcore.softness import overlap
from kdcore.words import N_, _, decimal

QUESTION = N_("Which classes does each take to be alike?")
PANEL, ABOVE = 230, 34  # pixels
EDGE = 1.25  # of the map, to leave room for names


def figure(soft: SoftLabels, temperature: float, epoch_index: int | None = None) -> go.Figure:
    """A map for each lane, on one scale."""
    means = moment.means(soft, temperature, epoch_index)
    places = _places(means)
    reach = EDGE * max(np.nanmax(np.abs(place)) for place in places.values())
    drawn = theme.blank(_(QUESTION), _subtitle(soft, temperature, epoch_index), axes=len(LANES))
    for i, lane in enumerate(LANES):
        pair = panels.number(i)
        drawn.add_traces(_map(places[lane], _alike(means[lane]), lane, soft, pair))
        theme.name_panel(drawn, pair, lane, "")
    bare = {"range": [-reach, reach], "showgrid": False, "showticklabels": False, "constrain": "domain", "mirror": True}
    drawn.update_xaxes(**bare)
    drawn.update_yaxes(**bare)
    for i in range(len(LANES)):
        drawn.update_layout({f"yaxis{panels.number(i)}.scaleanchor": f"x{panels.number(i)}"})
    drawn.update_layout(margin={"l": 10, "r": 10, "t": 100, "b": 14}, hovermode="closest")
    panels.arrange(drawn, len(LANES), len(LANES), 1, panel=PANEL, above=ABOVE)
    return drawn


def reading(soft: SoftLabels, temperature: float, epoch_index: int | None = None) -> str:
    """The two classes that each lane takes to be most alike."""
    parts = []
    for lane, mean in moment.means(soft, temperature, epoch_index).items():
        alike = np.nan_to_num(_alike(mean))
        one, other = sorted(np.unravel_index(alike.argmax(), alike.shape))
        phrase = _("{lane} {one} and {other} ({overlap} of 1)")
        names = {"one": _(soft.classes[one]), "other": _(soft.classes[other])}
        parts.append(phrase.format(lane=_(theme.ROLES[lane].label), overlap=decimal(alike[one, other], 2), **names))
    sentence = _("Most alike at T = {temperature}, by the overlap of the mean answers: {parts}.")
    return sentence.format(temperature=numbers.significant(temperature), parts="; ".join(parts))


def table(soft: SoftLabels, temperature: float, epoch_index: int | None = None) -> pd.DataFrame:
    """The overlap of every two classes, the most alike first."""
    lines = [
        {
            _("Lane"): _(theme.ROLES[lane].title),
            _("Class"): _(soft.classes[one]),
            _("Other class"): _(soft.classes[other]),
            _("Overlap"): alike[one, other],
        }
        for lane, mean in moment.means(soft, temperature, epoch_index).items()
        for alike in [_alike(mean)]
        for one, other in sorted(zip(*np.triu_indices(len(alike), 1), strict=True), key=lambda pair: -alike[pair])
    ]
    return pd.DataFrame(lines)


def _places(means: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Of each lane (classes, 2): where its classes lie in the plane in which the teacher's vary most."""
    roots = {lane: np.sqrt(mean) for lane, mean in means.items()}
    known = roots["teacher"][~np.isnan(roots["teacher"]).any(axis=1)]
    centre = known.mean(axis=0)
    plane = np.linalg.svd(known - centre)[2][:2].T
    return {lane: (root - centre) @ plane for lane, root in roots.items()}


def _alike(mean: np.ndarray) -> np.ndarray:
    """Overlaps of the classes with each other; nothing is said of a class with itself."""
    alike = overlap(mean)
    np.fill_diagonal(alike, 0)
    return alike


def _map(place: np.ndarray, alike: np.ndarray, lane: str, soft: SoftLabels, pair: str) -> list[go.Scatter]:
    """Lines from each class to its nearest, and the names of the classes."""
    role, names = theme.ROLES[lane], [_(name) for name in soft.classes]
    nearest = np.nan_to_num(alike).argmax(axis=1)
    axes = {"xaxis": f"x{pair}", "yaxis": f"y{pair}"}
    ends = np.stack([place, place[nearest], np.full_like(place, np.nan)], axis=1).reshape(-1, 2)
    lines = go.Scatter(x=ends[:, 0], y=ends[:, 1], mode="lines", hoverinfo="skip", **axes)
    lines.line = {"color": role.ghost.light, "width": 2}
    hover = _("{name}: nearest {nearest}, overlap {overlap}")
    told = [
        hover.format(name=name, nearest=names[other], overlap=decimal(alike[k, other], 2))
        for k, (name, other) in enumerate(zip(names, nearest, strict=True))
    ]
    marker = {"color": role.colour.light, "size": 7}
    writing = {"mode": "markers+text", "text": names, "textposition": "top center", "marker": marker}
    text = {"hovertext": told, "hovertemplate": "%{hovertext}<extra></extra>", "cliponaxis": False}
    return [lines, go.Scatter(x=place[:, 0], y=place[:, 1], **writing, **text, **axes)]


def _subtitle(soft: SoftLabels, temperature: float, epoch_index: int | None) -> str:
    """What the map shows, and when."""
    shown = _("temperature {temperature}, {when}").format(
        temperature=numbers.significant(temperature), when=moment.when(soft, epoch_index)
    )
    return f"{shown}<br>{_('closer: more alike in their answers; line: to the nearest')}"
