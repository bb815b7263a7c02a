"""Ways of teaching as they are compared in pictures: each has its colour, dash and marker, by its place."""

from collections.abc import Sequence
from typing import NamedTuple

from kdcore import teaching
from kdcore.events import Row
from kdcore.experiment import Value, choices, written
from kdcore.figures import cells, theme
from kdcore.figures.cells import Place
from kdcore.figures.theme import Colour
from kdcore.interval import Interval, interval
from kdcore.words import _

DASHES = ("solid", "dot", "dashdot", "longdash", "14px,3px", "8px,3px,2px,3px", "2px,6px", "12px,3px,3px,3px,3px,3px")
MARKERS = (
    ("diamond", "◆"),
    ("triangle-up", "▲"),
    ("cross", "✚"),
    ("star", "★"),
    ("pentagon", "⬟"),
    ("x", "✖"),
    ("hexagon", "⬢"),
    ("triangle-down", "▼"),
)
MOST = len(theme.SERIES)  # that can be told apart
LANE = "distilled"
LONGEST = 34  # letters of a name above a bar


class Way(NamedTuple):
    """A way of teaching: its text (see `teaching`), what it is called, its looks, and the row of its cell."""

    text: str
    title: str
    colour: Colour
    dash: str
    symbol: str
    glyph: str
    row: Row

    @property
    def is_done(self) -> bool:
        return bool(self.row.get("done"))

    def values(self, measure: str, lane: str = LANE) -> list[float]:
        """Seed by seed, without seeds that diverged."""
        return cells.values(self.row, measure, lane)

    def gain(self, measure: str) -> Interval | None:
        """What its student has over the one from labels, seed by seed."""
        pairs = list(zip(self.values(measure), self.values(measure, cells.BASELINE), strict=False))
        return interval([own - other for own, other in pairs]) if pairs else None


def ways(rows: Sequence[Row]) -> list[Way]:
    """Those that were told of so far, in the order in which they were asked for."""
    told, axis = cells.cells(rows), cells.axes(rows).get("x")
    found = []
    for place, text in enumerate(axis.values if axis else ()):
        if row := told.get(Place(text)):
            colour, dash, marker = theme.SERIES[place % MOST], DASHES[place % MOST], MARKERS[place % MOST]
            found.append(Way(text, title(text), colour, dash, *marker, row))
    return found


def title(text: str) -> str:
    """A way of teaching in words, with what is set of it: 'Hints (layers last, strength 50)'."""
    method, knobs = teaching.read(text)
    return titled(_(method.title), knobs)


def titled(title: str, knobs: Value) -> str:
    """A title, and in brackets those of its knobs that are not as usual."""
    usual, known = type(knobs)(), type(knobs).model_fields
    set_ = [
        f"{_(known[name].title).lower()} {value if choices(known[name]) else written(value)}"
        for name, value in knobs
        if value != getattr(usual, name)
    ]
    return title + (f" ({', '.join(set_)})" if set_ else "")


def short(title: str, longest: int = LONGEST) -> str:
    """A title where there is little room."""
    return title if len(title) <= longest else title[: longest - 1].rstrip(" (,") + "…"
