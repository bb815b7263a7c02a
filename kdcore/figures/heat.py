"""A map: the cells of a sweep in the colours of a measure, over two axes; a third makes one panel for each value.

The values of an axis stand side by side in their order, equally far apart, as a grid is seldom even on any scale.
Hatched: the seeds show no difference to the student from labels alone. Starred: the best on validation examples.
Crossed out: a seed diverged.

Panels lie in coordinates of their own, so that a place that is clicked tells which cell of which panel it was: cell
number i from the left and j from below of panel p is at (i, STRIDE * p + j).
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pandas as pd
import plotly.graph_objects as go

from kdcore.events import Row
from kdcore.experiment import written
from kdcore.figures import cells, numbers, panels, theme
from kdcore.figures.cells import Measure, Place
from kdcore.interval import Interval
from kdcore.words import N_, _, decimal, ngettext

STRIDE = 1000  # from panel to panel
LEAST, MOST, LINE = 150, 420, 44  # pixels: the height of a panel, and of a line of cells where there is room
COLUMNS = 3  # panels side by side
WRITTEN = 10  # cells side by side at most that have their number written in them
FAINT = 0.12  # of the range: where the colours begin below the lowest cell, so that it is not taken for an empty one
NARROWEST = 1e-9
QUESTIONS = {
    "val_accuracy": N_("Which settings give the best student?"),
    "gain": N_("Where does the teacher help?"),
}
QUESTION = N_("{measure}, cell by cell")
NEVER = N_("The cells of this run have no such measure: {measure}.")
LATER = N_("{measure} is measured when a cell is finished.")


class Spot(NamedTuple):
    """A cell on the map: its panel, its place there, its row, and the mean of the measure as the screen has it."""

    panel: int
    i: int
    j: int
    where: Place
    row: Row
    value: float | None
    is_proven: bool

    @property
    def y(self) -> int:
        return STRIDE * self.panel + self.j


def figure(
    rows: Sequence[Row], measure: str = "val_accuracy", lane: str = "distilled", chosen: Place | None = None
) -> go.Figure:
    """The map of a measure; `chosen` is framed."""
    spots, best = _spots(rows, measure, lane), cells.best(rows, lane)
    if not any(spot.value is not None for spot in spots):
        return theme.waiting(_question(measure)).update_annotations(text=_missing(rows, measure))
    ends, named = _ends(spots, measure), cells.axes(rows)
    count = len(named["panel"].values) if "panel" in named else 1
    drawn = theme.blank(_question(measure), _subtitle(rows, spots, lane, bool(best)), axes=count)
    for panel in range(count):
        mine, pair = [spot for spot in spots if spot.panel == panel], panels.number(panel)
        drawn.add_trace(_colours(mine, named, measure, lane, panel))
        drawn.add_traces(list(_hatching(mine, ends, measure, pair)) if lane != cells.BASELINE else [])
        drawn.add_traces(list(_signs(mine, best and cells.place(best), ends, measure, pair)))
        drawn.update_layout({"shapes": [*drawn.layout.shapes, *(_frame(s, pair) for s in mine if s.where == chosen)]})
        if count > 1:
            title = f"{cells.title(named['panel'].setting)}: {written(named['panel'].values[panel])}"
            panels.add_title(drawn, pair, title)
        _add_axes(drawn, named, panel, pair)
    _arrange(drawn, named, count, measure, ends)
    return drawn


def reading(
    rows: Sequence[Row], measure: str = "val_accuracy", lane: str = "distilled", chosen: Place | None = None
) -> str:
    """Highest and lowest cell, and how many show a difference to the student from labels."""
    spots = [spot for spot in _spots(rows, measure, lane) if spot.value is not None]
    if not spots:
        return _missing(rows, measure)
    named = cells.axes(rows)
    low, high = (end(spots, key=lambda spot: spot.value) for end in (min, max))
    sentence = _("{measure}: from {low} ({where_low}) to {high} ({where_high}).").format(
        measure=_(cells.MEASURES[measure].title),
        low=written_out(cells.measure(low.row, measure, lane), measure),
        where_low=cells.settled(named, low.where),
        high=written_out(cells.measure(high.row, measure, lane), measure),
        where_high=cells.settled(named, high.where),
    )
    return sentence if lane == cells.BASELINE else f"{sentence} {_proven(spots, lane)}"


def table(
    rows: Sequence[Row], measure: str = "val_accuracy", lane: str = "distilled", chosen: Place | None = None
) -> pd.DataFrame:
    """A line a cell: its settings, the measure with its interval, and the gain over the student from labels."""
    named = cells.axes(rows)
    lines = []
    for spot in _spots(rows, measure, lane):
        settings = dict(zip(cells.AXES, spot.where, strict=True))
        line = {cells.title(axis.setting): written(settings[name]) for name, axis in named.items()}
        line[_(cells.MEASURES[measure].title)] = written_out(cells.measure(spot.row, measure, lane), measure)
        if measure != "gain" and lane != cells.BASELINE:
            line[_(cells.MEASURES["gain"].title)] = written_out(cells.gain(spot.row, lane), "gain")
        lines.append(line | {_("Seeds diverged"): ", ".join(map(str, spot.row["diverged"]))})
    return pd.DataFrame(lines)


def at(rows: Sequence[Row], x: float, y: float) -> Place | None:
    """The cell at a place that was clicked; None where none was told yet."""
    told, (panel, j) = cells.axes(rows), divmod(round(y), STRIDE)
    picked = {"x": round(x), "y": j, "panel": panel}
    values = [told[name].values[picked[name]] if name in told else None for name in cells.AXES]
    return where if (where := Place(*values)) in cells.cells(rows) else None


def written_out(amount: Interval | None, measure: str) -> str:
    """A measure in words, with its interval: '82.0 ±2.0 %', '+4.7 ±1.0 points'."""
    if amount is None:
        return "–"
    told: Measure = cells.MEASURES[measure]
    if measure == "gain":
        band = "" if amount.half_width is None else f" ±{decimal(100 * amount.half_width, 1)}"
        return _("{gain} points").format(gain=decimal(100 * amount.mean, 1, "+") + band)
    if told.unit:
        return numbers.percent(amount)
    return numbers.nats(amount) if told.of_lanes else numbers.count(round(amount.mean))


def _spots(rows: Sequence[Row], measure: str, lane: str) -> list[Spot]:
    """Every cell that was told, in the order of the axes."""
    named = cells.axes(rows)
    place = {name: {value: i for i, value in enumerate(axis.values)} for name, axis in named.items()}
    found = []
    for where, row in cells.cells(rows).items():
        i, j, panel = (place[name][at] if name in named else 0 for name, at in zip(cells.AXES, where, strict=True))
        amount = cells.measure(row, measure, lane)
        value = None if amount is None else cells.MEASURES[measure].factor * amount.mean
        found.append(Spot(panel, i, j, where, row, value, cells.is_proven(row, lane)))
    return sorted(found, key=lambda spot: spot[:3])


def _ends(spots: Sequence[Spot], measure: str) -> tuple[float, float]:
    """What the colours reach from and to; those of a gain as far below 0 as above."""
    values = [spot.value for spot in spots if spot.value is not None]
    if measure == "gain":
        most = max(max(map(abs, values)), 0.5)
        return -most, most
    low, high = min(values), max(values)
    range_ = max(high - low, NARROWEST, 0.01 * abs(high))
    return low - FAINT * range_, low + range_


def _colours(spots: Sequence[Spot], named: dict[str, cells.Axis], measure: str, lane: str, panel: int) -> go.Heatmap:
    """The cells of a panel, empty where nothing was told."""
    columns = len(named["x"].values)
    lines = len(named["y"].values) if "y" in named else 1
    z: list[list[float | None]] = [[None] * columns for _line in range(lines)]
    hover = [[""] * columns for _line in range(lines)]
    for spot in spots:
        z[spot.j][spot.i] = spot.value
        hover[spot.j][spot.i] = _hover(named, spot, measure, lane)
    digits = cells.MEASURES[measure].digits
    sign = "+" if measure == "gain" else ""
    return go.Heatmap(
        z=z,
        x=list(range(columns)),
        y=[STRIDE * panel + j for j in range(lines)],
        xaxis=f"x{panels.number(panel)}",
        yaxis=f"y{panels.number(panel)}",
        xgap=2,
        ygap=2,
        coloraxis="coloraxis",
        hovertext=hover,
        hovertemplate="%{hovertext}<extra></extra>",
        hoverongaps=False,
        texttemplate=f"%{{z:{sign}.{digits}f}}" if columns <= WRITTEN else "",
    )


def _hover(named: dict[str, cells.Axis], spot: Spot, measure: str, lane: str) -> str:
    """All that is known of a cell's measure: mean, interval, and each seed."""
    told = cells.MEASURES[measure]
    amount = written_out(cells.measure(spot.row, measure, lane), measure)
    lines = [cells.settled(named, spot.where), f"<b>{amount}</b>"]
    seeds = cells.values(spot.row, "val_accuracy" if measure == "gain" else measure, lane)
    if told.of_lanes and measure != "gain":
        digits = ", ".join(decimal(told.factor * value, told.digits) for value in seeds)
        lines.append(_("seeds: {values}").format(values=digits))
    if measure != "gain" and lane != cells.BASELINE:
        words = _("{gain} over the student from labels")
        lines.append(words.format(gain=written_out(cells.gain(spot.row, lane), "gain")))
    if not spot.is_proven and lane != cells.BASELINE:
        lines.append(_("no difference to the student from labels shown"))
    if spot.row["diverged"]:
        lines.append(_("diverged: seeds {seeds}").format(seeds=", ".join(map(str, spot.row["diverged"]))))
    if not spot.row.get("done"):
        lines.append(_("epoch {epoch}, still learning").format(epoch=spot.row["epoch"]))
    return "<br>".join(lines)


def _is_strong(value: float | None, ends: tuple[float, float], measure: str) -> bool:
    """Whether a cell's colour is nearer to ink than to paper."""
    if value is None:
        return False
    low, high = ends
    return abs(value) > 0.55 * high if measure == "gain" else value > low + 0.55 * (high - low)


def _hatching(spots: Sequence[Spot], ends: tuple[float, float], measure: str, pair: str) -> Iterator[go.Bar]:
    """Lines across the cells whose seeds show no difference, dark on pale cells and pale on dark ones."""
    for is_strong in (False, True):
        mine = [s for s in spots if s.value is not None and not s.is_proven]
        mine = [spot for spot in mine if _is_strong(spot.value, ends, measure) == is_strong]
        colour = (theme.PAPER if is_strong else theme.INK).light
        yield go.Bar(
            x=[spot.i for spot in mine],
            y=[0.96 for _spot in mine],
            base=[spot.y - 0.48 for spot in mine],
            width=0.96,
            xaxis=f"x{pair}",
            yaxis=f"y{pair}",
            hoverinfo="skip",
            marker={
                "color": "rgba(0, 0, 0, 0)",
                "line": {"width": 0},
                "pattern": {"shape": "/", "fgcolor": colour, "fgopacity": 0.4, "size": 7, "solidity": 0.16},
            },
        )


def _signs(
    spots: Sequence[Spot], best: Place | None, ends: tuple[float, float], measure: str, pair: str
) -> Iterator[go.Scatter]:
    """A star in the corner of the best cell, a cross over those of which a seed diverged."""
    signs = {"★": [s for s in spots if s.where == best], "✕": [s for s in spots if s.row["diverged"]]}
    for sign, mine in signs.items():
        corner = 0.3 if sign == "★" else 0.0
        colours = [theme.PAPER if _is_strong(spot.value, ends, measure) else theme.INK for spot in mine]
        yield go.Scatter(
            x=[spot.i + corner for spot in mine],
            y=[spot.y + corner for spot in mine],
            xaxis=f"x{pair}",
            yaxis=f"y{pair}",
            mode="text",
            text=[sign for _spot in mine],
            textfont={"size": 14, "color": [colour.light for colour in colours]},
            hoverinfo="skip",
        )


def _frame(spot: Spot, pair: str) -> dict[str, Any]:
    """A frame round the cell that is looked at."""
    place = {"xref": f"x{pair}", "yref": f"y{pair}", "x0": spot.i - 0.5, "x1": spot.i + 0.5}
    place |= {"y0": spot.y - 0.5, "y1": spot.y + 0.5}
    return {"type": "rect", "line": {"color": theme.INK.light, "width": 3}, **place}


def _add_axes(drawn: go.Figure, named: dict[str, cells.Axis], panel: int, pair: str) -> None:
    """The values of both axes, as they are written. Side by side, the first panel's serve all of its row."""
    plain = {"showgrid": False, "showline": False, "fixedrange": True, "autotickangles": [0, 45, 90]}
    for letter, shift in (("x", 0), ("y", STRIDE * panel)):
        axis, key = named.get(letter), f"{letter}axis{pair}"
        values = [written(value) for value in axis.values] if axis else [""]
        title, is_told = cells.title(axis.setting) if axis else "", letter == "x" or not panel % COLUMNS
        ticks = {"tickvals": [shift + i for i in range(len(values))], "ticktext": values, "showticklabels": is_told}
        place = {"range": [shift - 0.5, shift + len(values) - 0.5], "title": {"text": title if is_told else ""}}
        drawn.update_layout({key: plain | ticks | place})
        drawn.layout.meta["phone"] |= {f"{key}.showticklabels": True, f"{key}.title.text": title}


def _arrange(
    drawn: go.Figure, named: dict[str, cells.Axis], count: int, measure: str, ends: tuple[float, float]
) -> None:
    """Panels side by side, one under another on a phone, and the colours' key."""
    told = cells.MEASURES[measure]
    lines = len(named["y"].values) if "y" in named else 1
    longest = max((len(written(value)) for value in named["y"].values), default=0) if "y" in named else 0
    unit = _("points") if measure == "gain" else told.unit.strip()
    bar = {"title": {"text": unit, "side": "top"}, "thickness": 10, "outlinewidth": 0}
    panel = min(max(LEAST, LINE * lines), MOST)
    bar |= {"lenmode": "pixels", "len": panel, "y": 1, "yanchor": "top"}
    low, high = ends
    colours = theme.DIVERGING if measure == "gain" else theme.SEQUENTIAL
    drawn.update_layout(
        coloraxis={"colorscale": theme.scale(colours), "cmin": low, "cmax": high, "colorbar": bar},
        hovermode="closest",
        barmode="overlay",
        margin={"l": 34 + 7 * longest, "r": 64, "t": 84 + (18 if count > 1 else 0), "b": 52},
    )
    drawn.layout.meta["phone"] |= {"margin.l": 30 + 7 * longest, "margin.r": 52}
    panels.arrange(drawn, count, min(count, COLUMNS), 1, panel=panel, above=92)


def _question(measure: str) -> str:
    if measure in QUESTIONS:
        return _(QUESTIONS[measure])
    return _(QUESTION).format(measure=_(cells.MEASURES[measure].title))


def _subtitle(rows: Sequence[Row], spots: Sequence[Spot], lane: str, has_best: bool) -> str:
    """What is drawn, and what the signs on it are; only of those that are there."""
    seeds, signs = cells.seeds(rows), []
    many = ngettext("mean of {seeds} seed", "mean of {seeds} seeds", seeds).format(seeds=seeds)
    if has_best:
        signs.append(_("★ best on validation"))
    if lane != cells.BASELINE and any(not spot.is_proven for spot in spots if spot.value is not None):
        signs.append(_("hatched: no difference to labels alone shown"))
    if any(spot.row["diverged"] for spot in spots):
        signs.append(_("✕ a seed diverged"))
    first_line = f"{_(theme.ROLES[lane].title)} · {many}"
    return f"{first_line}<br>{' · '.join(signs)}" if signs else first_line


def _proven(spots: Sequence[Spot], lane: str) -> str:
    """How many cells show a difference, and to which side."""
    gains = [cells.gain(spot.row, lane) for spot in spots if spot.is_proven]
    better = sum(gain.mean > 0 for gain in gains)
    words = _("Of {cells} cells {better} show a gain over the student from labels, and {worse} a loss.")
    return words.format(cells=len(spots), better=better, worse=len(gains) - better)


def _missing(rows: Sequence[Row], measure: str) -> str:
    """Why there is nothing to be seen."""
    is_over = any(row.get("done") for row in cells.cells(rows).values())
    return _(NEVER if is_over else LATER).format(measure=_(cells.MEASURES[measure].title))
