"""All networks that were measured on the same data, on one plane: how often each is right on test examples, against
what it costs. Only those that have seen the same share a Pareto line; others are hollow."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from html import escape
from typing import NamedTuple

import pandas as pd
import plotly.graph_objects as go

from kdcore.experiment import written
from kdcore.figures import numbers, points, scatter, theme
from kdcore.figures.entries import FLOAT_BYTES, KINDS, Entry, comparable
from kdcore.figures.points import AGAINST, Axes, Point, cost_of
from kdcore.figures.theme import Colour
from kdcore.words import N_, _, ngettext

COSTS = ("size_bytes", "flops", "latency_ms")
DRAGS = {"select": N_("selects a box"), "lasso": N_("selects with a lasso"), "zoom": N_("zooms in")}
MOST = 2000  # points; with more, drawing takes too long
MARKER, SMALL = 10, 6  # pixels; the small ones are of sweeps, which have many
CLOSE = 0.01  # as accurate as the best but for a point

Pins = Sequence[tuple[str, str]]  # of each pinned entry its id, and a label of one's own or ""


class Plane(NamedTuple):
    """All networks that have a cost, and the Pareto line of those that are alike."""

    spots: tuple["Spot", ...]
    best: tuple[Point, ...]


class Spot(NamedTuple):
    """An entry on the plane; `is_like` most others in what it has seen."""

    entry: Entry
    point: Point
    is_like: bool

    @property
    def is_small(self) -> bool:
        return self.entry.kind == "sweep"


def figure(found: Sequence[Entry], against: str = COSTS[0], pins: Pins = (), drag: str = "zoom") -> go.Figure:
    """A point for every network, the Pareto line of those that are alike, and a ring and a label where one is pinned.

    `drag` is what it does where one drags on it: 'select' a box, 'lasso', or 'zoom'.
    """
    plane, question = _plane(tuple(found), against), _(AGAINST[against].question)
    if not plane.spots:
        empty = theme.waiting(question).update_annotations(text=_nothing(found))
        scatter.add_key(empty, [])
        return empty
    spots, line, pinned = _drawn(plane, pins), plane.best, _pinned(plane, pins)
    axes = Axes.around([spot.point for spot in spots])
    drawn = theme.blank(question, _subtitle())
    for is_small in (True, False):
        drawn.add_traces(
            [
                _markers(mine, role, axes, against)
                for role in theme.ROLES
                if (mine := [spot for spot in spots if spot.is_small == is_small and spot.entry.role == role])
            ]
        )
    named = [*line, *(spot.point for spot in pinned if spot.point not in line)]
    rings = [scatter.ring(spot.point, axes) for spot in pinned]
    drawn.add_traces([scatter.line(line, axes), _bars(named, axes), *rings])
    drawn.update_layout(hovermode="closest", dragmode=drag)
    scatter.add_key(drawn, _key(spots))
    scatter.add_axes(drawn, axes, against, _("Test accuracy (%), log scale of errors"))
    texts = {spot.point: (_label(spot, text), theme.ROLES[spot.entry.role].text) for spot, text in pinned.items()}
    scatter.add_labels(drawn, texts, _thinned(spots, axes, named), line, axes, is_each=True)
    return drawn


def reading(found: Sequence[Entry], against: str = COSTS[0], _pins: Pins = (), _drag: str = "zoom") -> str:
    """How many are best for their cost, the most accurate, the cheapest nearly as good, and what to beware of."""
    spots, line = _plane(tuple(found), against)
    if not spots:
        return _nothing(found)
    sentence = ngettext(
        "Of {n} networks {best} is the best for its cost (the line).",
        "Of {n} networks {best} are the best for their cost (the line).",
        len(line),
    )
    first = [sentence.format(n=numbers.count(len(spots)), best=len(line)), _cheapest(spots, line, against)]
    return " ".join([*first, *_cautions(found, spots, against)])


def table(found: Sequence[Entry], against: str = COSTS[0], pins: Pins = (), _drag: str = "zoom") -> pd.DataFrame:
    """The best for their cost, the cheapest first, and then those that are pinned."""
    plane, labels = _plane(tuple(found), against), dict(pins)
    by_id = {spot.entry.id: spot.entry for spot in plane.spots}
    line = [by_id[point.name] for point in plane.best]
    rest = [spot.entry for spot in _pinned(plane, pins) if spot.entry not in line]
    marks = [
        {_("Best for its cost"): "●" if entry in line else "", _("Pinned"): "●" if entry.id in labels else ""}
        for entry in [*line, *rest]
    ]
    return pd.concat([pd.DataFrame(marks), told([*line, *rest])], axis=1)


def told(found: Iterable[Entry]) -> pd.DataFrame:
    """Entries to read, a line each."""
    return pd.DataFrame(
        [
            {
                _("Network"): entry.label,
                _("Test accuracy"): numbers.percent(entry.accuracy),
                _("Size"): _written(entry, "size_bytes"),
                _("FLOPs"): _written(entry, "flops"),
                _("Latency"): _written(entry, "latency_ms"),
                _("Labels"): written(entry.settings["data.labels"]) if entry.is_student else _("all"),
                _("Split"): written(entry.settings["data.seed"]),
                _("Seeds"): len(entry.test_accuracy),
                _("Run"): f"{_(KINDS[entry.kind])}: {entry.run_words}",
            }
            for entry in found
        ]
    )


def frame(found: Iterable[Entry]) -> pd.DataFrame:
    """Entries to take away, a line each, with all settings of the run; names are those of events and settings."""
    return pd.DataFrame(
        [
            {
                "run": entry.run,
                "kind": entry.kind,
                "name": entry.name,
                "role": entry.role,
                "seeds": len(entry.test_accuracy),
                "test_accuracy": entry.accuracy.mean,
                "low": None if entry.accuracy.half_width is None else entry.accuracy.low,
                "high": None if entry.accuracy.half_width is None else entry.accuracy.high,
                **{cost: entry.costs.get(cost, (None,))[0] for cost in COSTS},
                "latency_on": entry.machine,
                **{name: written(value) for name, value in entry.settings.items()},
            }
            for entry in found
        ]
    )


def clicked(found: Sequence[Entry], against: str, pins: Pins, x: float, y: float) -> str | None:
    """The id of the entry at the place that was clicked, as the browser tells it."""
    point = points.clicked([spot.point for spot in _drawn(_plane(tuple(found), against), pins)], x, y)
    return point and point.name


def best(found: Sequence[Entry], against: str) -> list[str]:
    """The ids of the entries on the Pareto line, the cheapest first."""
    return [point.name for point in _plane(tuple(found), against).best]


@lru_cache(maxsize=8)
def _plane(found: tuple[Entry, ...], against: str) -> Plane:
    able = [(entry, point) for entry in found if (point := entry.point(against))]
    alike = comparable([entry for entry, _point in able])
    spots = tuple(Spot(*pair, is_like) for pair, is_like in zip(able, alike, strict=True))
    return Plane(spots, tuple(points.pareto(spot.point for spot in spots if spot.is_like)))


def _drawn(plane: Plane, pins: Pins) -> list[Spot]:
    """As many as can be drawn, in the order in which they are: the small ones first, and role by role. The best and the
    pinned are among them, then the large ones, and the first ones before the others."""
    roles, named = list(theme.ROLES), {*(id for id, _text in pins), *(point.name for point in plane.best)}
    kept = sorted(plane.spots, key=lambda spot: (spot.entry.id not in named, spot.is_small))[:MOST]
    return sorted(kept, key=lambda spot: (not spot.is_small, roles.index(spot.entry.role)))


def _pinned(plane: Plane, pins: Pins) -> dict[Spot, str]:
    """Those that are pinned and have this cost, in the order of the pins, and their own labels."""
    known = {spot.entry.id: spot for spot in plane.spots}
    return {known[id]: text for id, text in pins if id in known}


def _markers(mine: Sequence[Spot], role: str, axes: Axes, against: str) -> go.Scatter:
    """The networks of a role, large or small; those that are not like most are hollow."""
    look, symbol = theme.ROLES[role], theme.SYMBOLS[role]
    return go.Scatter(
        x=[spot.point.cost for spot in mine],
        y=[axes.height(spot.point) for spot in mine],
        mode="markers",
        name=_(look.label),
        marker={
            "symbol": [symbol if spot.is_like else f"{symbol}-open" for spot in mine],
            "color": look.colour.light,
            "size": SMALL if mine[0].is_small else MARKER,
            "line": {"width": [1 if spot.is_like else 2 for spot in mine], "color": theme.PAPER.light},
        },
        customdata=[spot.entry.id for spot in mine],
        hovertext=[_hover(spot, against) for spot in mine],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _bars(named: Sequence[Point], axes: Axes) -> go.Scatter:
    """The intervals of some points, behind nothing else."""
    place = {"x": [point.cost for point in named], "y": [axes.height(point) for point in named]}
    marker = {"size": 1, "opacity": 0}
    return go.Scatter(
        mode="markers", marker=marker, hoverinfo="skip", **place, **scatter.bars(named, axes, theme.MUTED)
    )


def _hover(spot: Spot, against: str) -> str:
    """A network in words, its run, its accuracy, and its cost with its spread."""
    cost, low, high = map(AGAINST[against].write, spot.point[1:4])
    spread = "" if low == high else _(" ({low} to {high})").format(low=low, high=high)
    lines = [f"<b>{spot.entry.label}</b>", spot.entry.run_words, numbers.percent(spot.point.accuracy), cost + spread]
    return "<br>".join(lines if spot.is_like else [*lines, _("other labels or split than most")])


def _label(spot: Spot, text: str) -> str:
    """What is written beside a pinned point: one's own words, or else what it is."""
    return escape(text) if text else spot.entry.label.replace(" + ", "<br>+ ")


def _thinned(spots: Sequence[Spot], axes: Axes, named: Iterable[Point]) -> list[Point]:
    """Points that labels should not hide: those that are named, and of many beside one another one, as each costs
    time."""
    found = {}
    for spot in spots:
        x, y = axes.place(spot.point)
        found[round(60 * x), round(25 * y)] = spot.point
    return list({*found.values(), *named})


def _subtitle() -> str:
    """What the bars and the line are."""
    bars = _("test accuracy; bars: 95 % interval of best and pinned")
    return f"{bars}<br>{_('line: the best for their cost, of filled points')}"


def _key(spots: Sequence[Spot]) -> list[tuple[str, Colour]]:
    """Which marker means what."""
    present = {spot.entry.role for spot in spots}
    entries = [(f"{role.glyph} {_(role.label)}", role.text) for key, role in theme.ROLES.items() if key in present]
    entries += [(_("small: of a sweep"), theme.MUTED)] * any(spot.is_small for spot in spots)
    return entries + [(_("hollow: other labels or split"), theme.MUTED)] * any(not spot.is_like for spot in spots)


def _cheapest(spots: Sequence[Spot], best: Sequence[Point], against: str) -> str:
    """The most accurate, and the cheapest that is as accurate but for a point."""
    most, names = best[-1], {spot.entry.id: spot.entry for spot in spots}
    cheapest = next(point for point in best if point.accuracy.mean >= most.accuracy.mean - CLOSE)
    sentence = _("The most accurate is {name}: {accuracy}, {cost}.")
    if cheapest != most:
        sentence += " " + _("The cheapest within a point of it is {near}: {near_accuracy}, {near_cost}.")
    return sentence.format(
        name=names[most.name].label,
        accuracy=numbers.percent(most.accuracy),
        cost=cost_of(most, against),
        near=names[cheapest.name].label,
        near_accuracy=numbers.percent(cheapest.accuracy),
        near_cost=cost_of(cheapest, against),
    )


def _cautions(found: Sequence[Entry], spots: Sequence[Spot], against: str) -> list[str]:
    """What may mislead, a sentence each."""
    told = []
    if len(spots) > MOST:
        sentence = _("Of these {most} are drawn, the newest and the best; choose fewer to see all.")
        told.append(sentence.format(most=numbers.count(MOST)))
    if unlike := sum(not spot.is_like for spot in spots):
        sentence = ngettext(
            "{n} is hollow: it saw other labels or another split than most, and is no part of the line.",
            "{n} are hollow: they saw other labels or another split than most, and are no part of the line.",
            unlike,
        )
        told.append(sentence.format(n=unlike))
    if against == "size_bytes" and any(spot.is_small for spot in spots):
        told.append(_("A sweep writes no files: {n} bytes are counted for each parameter.").format(n=FLOAT_BYTES))
    if missing := len(found) - len(spots):
        told.append(_without_cost(missing))
    machines = {spot.entry.machine for spot in spots if spot.entry.machine}
    if against == "latency_ms" and len(machines) > 1:
        sentence = _("Latency was measured in {n} ways (machine or ONNX Runtime); compare within one of them.")
        told.append(sentence.format(n=len(machines)))
    return told


def _without_cost(missing: int) -> str:
    sentence = ngettext(
        "{n} network of sweeps is not here, as sweeps do not measure latency.",
        "{n} networks of sweeps are not here, as sweeps do not measure latency.",
        missing,
    )
    return sentence.format(n=missing)


def _nothing(found: Sequence[Entry]) -> str:
    """Why there is no point."""
    return _without_cost(len(found)) if found else _("No network that was measured is as asked for.")


def _written(entry: Entry, against: str) -> str:
    """A cost in a table."""
    return AGAINST[against].write(entry.costs[against][0]) if against in entry.costs else "–"
