"""Colour and line carry roles, everywhere the same: teacher, scratch, distilled, the two controls, the
assistant and its student, and the ways of making a network smaller.

A figure is drawn in the colours for a light page. `DARK` says what each of them becomes on a dark page, so the
browser can follow the reader's theme without asking for the figure again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from kdcore.words import N_, _

HEIGHT = 320
PHONE_HEIGHT = 260
BAND_OPACITY = 0.15  # 95 % intervals
GHOST_OPACITY = 0.35  # the previous run
LETTER = 7.5  # pixels, roughly, of a letter in a figure
TURNS = (0, 90)  # names under an axis are turned only where they do not fit


@dataclass(frozen=True)
class Colour:
    """One colour on a light and on a dark page."""

    light: str
    dark: str

    def faded(self, opacity: float) -> "Colour":
        """The same colour, see-through."""
        return Colour(*(_rgba(tint, opacity) for tint in (self.light, self.dark)))


@dataclass(frozen=True)
class Role:
    """What is compared. `text` is its colour as writing, which needs more contrast (4.5:1) than a line (3:1)."""

    label: str  # short, beside a line
    title: str  # in full, on a card or in a table
    colour: Colour
    text: Colour
    dash: str
    width: float
    glyph: str  # marker, as a letter in labels

    @property
    def band(self) -> Colour:
        return self.colour.faded(BAND_OPACITY)

    @property
    def ghost(self) -> Colour:
        return self.colour.faded(GHOST_OPACITY)


def _rgba(tint: str, opacity: float) -> str:
    red, green, blue = (int(tint[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity})"


_BLUE = Colour("#0072B2", "#4BA3DC")
_GREY = Colour("#6B7280", "#9CA7B5")
_VERMILION = Colour("#D55E00", "#F2813A")
_BROWN = Colour("#7A4A21", "#C99B6D")
_MAGENTA = Colour("#A8326F", "#E57CB2")
_MOSS = Colour("#0B4A1E", "#A6F0B8")
_INDIGO = Colour("#4D1AA3", "#9E75FF")
_GREEN = Colour("#009E73", "#2FBF97")
_PURPLE = Colour("#8B5FBF", "#B492E3")
_CRIMSON = Colour("#A6192E", "#E8475F")
_OLIVE = Colour("#5F5500", "#D3CC4E")
_NAVY = Colour("#1D2B44", "#D9E2EF")

ROLES = {
    "teacher": Role(N_("teacher"), N_("Teacher"), _BLUE, _BLUE, "solid", 3, "■"),
    "scratch": Role(N_("from labels"), N_("Student from labels"), _GREY, _GREY, "dash", 2, "●"),
    "distilled": Role(
        N_("distilled"), N_("Distilled student"), _VERMILION, Colour("#B34F00", "#F2813A"), "solid", 2, "◆"
    ),
    "smoothed": Role(N_("smoothed"), N_("Student from smoothed labels"), _BROWN, _BROWN, "longdash", 2, "▬"),
    "shuffled": Role(
        N_("shuffled"), N_("Student from shuffled soft labels"), _MAGENTA, _MAGENTA, "longdashdot", 2, "★"
    ),
    "assistant": Role(N_("assistant"), N_("Assistant"), _MOSS, _MOSS, "20px,4px,4px,4px,4px,4px", 2, "✖"),
    "assisted": Role(N_("assisted"), N_("Student of the assistant"), _INDIGO, _INDIGO, "4px,4px", 2, "⬟"),
    "pruned": Role(N_("pruned"), N_("Pruned"), _GREEN, Colour("#00795A", "#2FBF97"), "dot", 2, "▲"),
    "quantised": Role(N_("quantised"), N_("Quantised"), _PURPLE, Colour("#7A4FAE", "#B492E3"), "dashdot", 2, "✚"),
    "low_rank": Role(N_("low rank"), N_("Of low rank"), _CRIMSON, _CRIMSON, "12px,3px,3px,3px,3px,3px", 2, "▼"),
    "shared": Role(N_("shared"), N_("With shared weights"), _OLIVE, _OLIVE, "2px,6px", 2, "⬢"),
    "deployed": Role(N_("deployed"), N_("Deployed as int8"), _NAVY, _NAVY, "14px,3px", 2, "►"),
}

SYMBOLS = {  # the glyphs as Plotly calls them
    "teacher": "square",
    "scratch": "circle",
    "distilled": "diamond",
    "smoothed": "line-ew",
    "shuffled": "star",
    "assistant": "x",
    "assisted": "pentagon",
    "pruned": "triangle-up",
    "quantised": "cross",
    "low_rank": "triangle-down",
    "shared": "hexagon",
    "deployed": "triangle-right",
}

INK = Colour("#0F1620", "#E8ECF2")
MUTED = Colour("#566070", "#AAB4C2")
GRID = Colour("#E1E5EA", "#2C3542")
PAPER = Colour("#FFFFFF", "#11161D")

SEQUENTIAL = (  # of heat maps: from the page's own colour, for nothing, to the strongest
    PAPER,
    Colour("#EBC3D3", "#4A2135"),
    Colour("#BE4F81", "#A94B75"),
    Colour("#5E0E36", "#F6C3D8"),
)
DIVERGING = (  # of differences: from a strong loss over the page's own colour, for none, to a strong gain
    Colour("#7F4A0B", "#E9B45F"),
    Colour("#D6A95B", "#75511C"),
    PAPER,
    Colour("#6FBDB2", "#1E625A"),
    Colour("#01574F", "#63D6C6"),
)
CLASSES = (  # what areas and points of two-dimensional data are coloured with; none is the colour of a role
    Colour("#56B4E9", "#3E8FBF"),
    Colour("#E69F00", "#B98311"),
    Colour("#CC79A7", "#B0638D"),
    Colour("#B5A92E", "#97903A"),
    Colour("#4F52A3", "#7477C9"),
)
SERIES = (  # of what is compared by the dozen and has no role: as lines, and as writing
    Colour("#B34F00", "#F2813A"),
    Colour("#00707A", "#35B6C1"),
    Colour("#7A3FB0", "#B992EA"),
    Colour("#876600", "#D8B23C"),
    Colour("#B0206A", "#F07AB5"),
    Colour("#2E6B2E", "#7CC47C"),
    Colour("#34499E", "#8FA2F0"),
    Colour("#5B4636", "#C2AA98"),
)
AREAS = tuple((colour.faded(0.08), colour.faded(0.5)) for colour in CLASSES)  # where a lane guesses, and is certain

DARK = {
    colour.light: colour.dark
    for colour in (
        *(tint for role in ROLES.values() for tint in (role.text, role.colour, role.band, role.ghost)),
        *(INK, MUTED, GRID, PAPER, PAPER.faded(0.8), *SEQUENTIAL, *DIVERGING, *CLASSES),
        *(tint for area in AREAS for tint in area),
        *(tint for own in SERIES for tint in (own, own.faded(BAND_OPACITY), own.faded(GHOST_OPACITY))),
    )
}


_SMALL = {"color": MUTED.light, "size": 12}
_SUBTITLE = '<br><span style="font-size: 12px; font-weight: 400; fill-opacity: 0.8">{}</span>'
_AXIS = {
    "gridcolor": GRID.light,
    "linecolor": GRID.light,
    "zeroline": False,
    "ticks": "",
    "tickfont": _SMALL,
    "title": {"font": _SMALL, "standoff": 8},
}


def blank(title: str, subtitle: str = "", axes: int = 1) -> go.Figure:
    """An empty figure in the common dress, with as many pairs of axes. The title is the question it answers."""
    pairs = {f"xaxis{i}": {**_AXIS, "anchor": f"y{i}"} for i in range(1, axes + 1)}
    pairs |= {f"yaxis{i}": {**_AXIS, "anchor": f"x{i}"} for i in range(1, axes + 1)}
    return go.Figure(
        layout={
            "template": "none",
            "height": HEIGHT,
            "margin": {"l": 54, "r": 92, "t": 58, "b": 46},
            "paper_bgcolor": "rgba(0, 0, 0, 0)",
            "plot_bgcolor": "rgba(0, 0, 0, 0)",
            "font": {"color": INK.light, "size": 13},
            "title": {
                "text": title + (_SUBTITLE.format(subtitle) if subtitle else ""),
                "font": {"size": 16, "weight": 600},
                "x": 0,
                "xref": "container",
                "xanchor": "left",
                "y": 1,
                "yref": "container",
                "yanchor": "top",
                "pad": {"t": 20},
            },
            "hovermode": "x unified",
            "hoverlabel": {"bgcolor": PAPER.light, "bordercolor": GRID.light, "font": {"color": INK.light, "size": 13}},
            "showlegend": False,
            "separators": _(".") + _(","),
            "uirevision": "kept",  # constant: zoom and hidden traces outlive every change of data
            "meta": {"phone": {"height": PHONE_HEIGHT, "title.font.size": 15}},
            **pairs,
        }
    )


def scale(colours: Sequence[Colour] = SEQUENTIAL) -> list[tuple[float, str]]:
    """The one sequential colour scale, or that of differences, as Plotly writes it."""
    return [(i / (len(colours) - 1), colour.light) for i, colour in enumerate(colours)]


def name_panel(figure: go.Figure, axis: str, lane: str, result: str) -> None:
    """Write a lane's name and its result above one panel of several."""
    role = ROLES[lane]
    figure.add_annotation(
        text=f"<b>{role.glyph} {_(role.label)}</b> {result}",
        font={"color": role.text.light},
        xref=f"x{axis} domain",
        yref=f"y{axis} domain",
        **{"x": 0, "y": 1, "xanchor": "left", "yanchor": "bottom", "yshift": 2, "showarrow": False},
    )


def add_key(figure: go.Figure, lanes: Iterable[str], above: int) -> None:
    """Write the lanes' names in their colours on a line, so many pixels above the panels: which curve is whose."""
    shift = 0
    for lane in lanes:
        role = ROLES[lane]
        text = f"{role.glyph} {_(role.label)}"
        place = {"x": 0, "y": 1, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
        place |= {"xshift": shift, "yshift": above, "showarrow": False}
        figure.add_annotation(text=text, font={"color": role.text.light}, **place)
        shift += LETTER * len(text)


def class_names(data: dict[str, Any]) -> list[str]:
    """The classes of a snapshot in the reader's language; rows keep them in English."""
    return [_(name) for name in data["classes"]]


def waiting(title: str) -> go.Figure:
    """A figure whose rows are still to come: its question, and when it will be answered."""
    figure = blank(title)
    figure.update_xaxes(visible=False).update_yaxes(visible=False)
    return figure.add_annotation(text=later(), x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False)


def later() -> str:
    """Why there is nothing to be seen yet."""
    return _("This is drawn when training has ended.")
