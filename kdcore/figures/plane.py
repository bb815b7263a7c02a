"""All variants of a teacher on one plane: how often each is right, against what it costs, and what it was made from."""

from collections.abc import Sequence
from statistics import median

import pandas as pd
import plotly.graph_objects as go

from kdcore.events import Row, first, latest
from kdcore.figures import numbers, scatter, stages, theme
from kdcore.figures.points import AGAINST, Axes, Point, clicked, cost_of, pareto
from kdcore.interval import interval
from kdcore.words import _, ngettext

MARKER = 12  # pixels
CLOSE = 0.01  # as accurate as the teacher but for a point


def figure(rows: Sequence[Row], against: str = "size_bytes", chosen: str | None = None) -> go.Figure:
    """A point for every variant that is finished, an arrow from what it was made from, and the Pareto line."""
    found = points(rows, against)
    if not found:
        waiting = theme.waiting(_(AGAINST[against].question)).update_annotations(text=_later())
        scatter.add_key(waiting, _key(rows))
        return waiting
    axes, best, steps = Axes.around(found), pareto(found), _steps(rows, chosen)
    drawn = theme.blank(_(AGAINST[against].question), _subtitle(found))
    drawn.add_traces([_arrows(rows, found, axes, steps, is_chosen) for is_chosen in (False, True)])
    drawn.add_trace(scatter.line(best, axes))
    drawn.add_traces([_markers(role, found, axes, against) for role in theme.ROLES])
    drawn.add_traces([scatter.ring(point, axes) for point in found if point.name == chosen])
    drawn.update_layout(hovermode="closest")
    scatter.add_key(drawn, _key(rows))
    scatter.add_axes(drawn, axes, against, _("Validation accuracy (%), log scale of errors"))
    scatter.add_labels(drawn, _labels(found, best, chosen), found, best, axes)
    return drawn


def reading(rows: Sequence[Row], against: str = "size_bytes", chosen: str | None = None) -> str:
    """How many are on the Pareto line, which of those as accurate as the teacher costs least, and the chosen one."""
    found = points(rows, against)
    if len(found) < 2:
        return " ".join([*(_standing(point, against) for point in found), _later()])
    best = pareto(found)
    sentence = ngettext(
        "Of {n} networks {best} is the best for its cost (the line).",
        "Of {n} networks {best} are the best for their cost (the line).",
        len(best),
    )
    cheapest = next(point for point in best if point.accuracy.mean >= found[0].accuracy.mean - CLOSE)
    told = [sentence.format(n=len(found), best=len(best)), _cheapest(found[0], cheapest, against)]
    rest = [each for each in found if each.name == chosen and (each == found[0] or each != cheapest)]
    return " ".join(told + [_standing(each, against) for each in rest])


def table(rows: Sequence[Row], against: str = "size_bytes", chosen: str | None = None) -> pd.DataFrame:
    """Every variant with all that it costs, in the order of this cost; the best for their cost are marked."""
    known, found = stages.variants(rows), points(rows, against)
    best = {point.name for point in pareto(found)}
    costs = {other: {point.name: point.cost for point in points(rows, other)} for other in AGAINST}
    return pd.DataFrame(
        [
            {
                _("Variant"): stages.label(point.name),
                _("Validation accuracy"): numbers.percent(point.accuracy),
                _("Test accuracy"): numbers.percent(interval(known[point.name]["test_accuracy"])),
                _("File"): numbers.size(costs["size_bytes"][point.name]),
                _("FLOPs"): numbers.count(costs["flops"][point.name]),
                _("Latency"): numbers.seconds(costs["latency_ms"][point.name] / 1000),
                _("Weights not zero"): numbers.count(costs["nonzero"][point.name]),
                _("Best for its cost"): "●" if point.name in best else "",
                _("Chosen"): "●" if point.name == chosen else "",
            }
            for point in sorted(found, key=lambda point: point.cost)
        ]
    )


def points(rows: Sequence[Row], against: str) -> list[Point]:
    """Every variant that is finished: mean over seeds, or median of the medians where it is a time."""
    return [
        Point(name, cost, min(measured), max(measured), interval(row["val_accuracy"]))
        for name, row in stages.variants(rows).items()
        for measured in [_measured(row, against)]
        for cost in [median(measured) if against == "latency_ms" else interval(measured).mean]
    ]


def nearest(rows: Sequence[Row], against: str, x: float, y: float) -> str | None:
    """The variant at the place that was clicked, as the browser tells it: cost, and errors in per cent."""
    families = list(theme.ROLES)
    found = sorted(points(rows, against), key=lambda point: families.index(stages.family(point.name)))
    point = clicked(found, x, y)
    return point and point.name


def _cheapest(teacher: Point, cheapest: Point, against: str) -> str:
    """Which costs least of those that are as accurate as the teacher but for a point."""
    if cheapest.cost >= teacher.cost:
        return _("None that costs less than the teacher is within a point of its accuracy.")
    sentence = _(
        "The cheapest within a point of the teacher ({teacher}) is {name}: {accuracy}, {cost} instead of {all}."
    )
    return sentence.format(
        teacher=numbers.percent(teacher.accuracy),
        name=stages.label(cheapest.name),
        accuracy=numbers.percent(cheapest.accuracy),
        cost=AGAINST[against].write(cheapest.cost),
        all=cost_of(teacher, against),
    )


def _standing(point: Point, against: str) -> str:
    """A variant in words, its accuracy and its cost."""
    values = {"name": stages.label(point.name), "accuracy": numbers.percent(point.accuracy)}
    text = _("{name}: {accuracy}, {cost}.").format(cost=cost_of(point, against), **values)
    return text[:1].upper() + text[1:]


def _measured(row: Row, against: str) -> list[float]:
    """Every number of this cost; none is below 1 (a log scale has no 0), but for times."""
    value = row[against]["1"] if against == "latency_ms" else row[against]
    measured = value if isinstance(value, list) else [value]
    return measured if against == "latency_ms" else [max(each, 1) for each in measured]


def _subtitle(found: Sequence[Point]) -> str:
    """What the bars, the line and the arrows are."""
    bars = _("mean, 95 % interval") if found[0].accuracy.half_width is not None else _("one seed")
    if any(point.low != point.high for point in found):
        bars = _("{bars}; sideways: smallest to largest").format(bars=bars)
    return f"{bars}<br>{_('line: the best for their cost; arrows: made from what')}"


def _steps(rows: Sequence[Row], chosen: str | None) -> set[str]:
    """The chosen variant and all that it was made from."""
    return set() if chosen is None else {step["name"] for step in stages.path(rows, chosen)}


def _arrows(rows: Sequence[Row], found: Sequence[Point], axes: Axes, steps: set[str], is_chosen: bool) -> go.Scatter:
    """From what each variant was made from to the variant: those that led to the chosen one, or the others."""
    known, parents = {point.name: point for point in found}, stages.variants(rows)
    x: list[float | None] = []
    y: list[float | None] = []
    for point in found:
        parent = known.get(parents[point.name]["parent"])
        if parent and (point.name in steps) == is_chosen:
            x += [parent.cost, point.cost, None]
            y += [axes.height(parent), axes.height(point), None]
    marker = {"symbol": "arrow", "angleref": "previous", "size": [0, 8 if is_chosen else 6, 0] * (len(x) // 3)}
    style = {"mode": "lines+markers", "hoverinfo": "skip", "opacity": 1 if is_chosen else 0.35}
    colour = (theme.INK if is_chosen else theme.MUTED).light
    marker |= {"color": colour, "standoff": 8, "line": {"width": 0}}
    return go.Scatter(x=x, y=y, marker=marker, line={"color": colour, "width": 1.5 if is_chosen else 1}, **style)


def _markers(role: str, found: Sequence[Point], axes: Axes, against: str) -> go.Scatter:
    """The variants of one family, with their intervals; those whose file is coded are hollow."""
    look, mine = theme.ROLES[role], [point for point in found if stages.family(point.name) == role]
    is_coded = [stages.is_coded(point.name) for point in mine]
    symbol = theme.SYMBOLS[role]
    return go.Scatter(
        x=[point.cost for point in mine],
        y=[axes.height(point) for point in mine],
        mode="markers",
        name=_(look.label),
        marker={
            "symbol": [f"{symbol}-open" if coded else symbol for coded in is_coded],
            "color": look.colour.light,
            "size": MARKER,
            "line": {"width": [2 if coded else 1 for coded in is_coded], "color": theme.PAPER.light},
        },
        **scatter.bars(mine, axes, look.ghost),
        customdata=[point.name for point in mine],
        hovertext=[_hover(point, against) for point in mine],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _hover(point: Point, against: str) -> str:
    """A variant in words, its accuracy, and its cost with its spread."""
    cost, low, high = map(AGAINST[against].write, (point.cost, point.low, point.high))
    spread = "" if low == high else _(" ({low} to {high})").format(low=low, high=high)
    return f"<b>{stages.label(point.name)}</b><br>{numbers.percent(point.accuracy)}<br>{cost}{spread}"


def _planned(rows: Sequence[Row]) -> list[str]:
    """All variants that there are, or will be: what is drawn for them has its room from the beginning."""
    return (first(latest(rows), "started") or {"variants": [""]})["variants"]


def _key(rows: Sequence[Row]) -> list[tuple[str, theme.Colour]]:
    """Which marker is which family's."""
    names = _planned(rows)
    families = {stages.family(name) for name in names}
    entries = [(f"{role.glyph} {_(role.label)}", role.text) for key, role in theme.ROLES.items() if key in families]
    return entries + [(_("hollow: coded file"), theme.MUTED)] * any(map(stages.is_coded, names))


def _labels(found: Sequence[Point], best: Sequence[Point], chosen: str | None) -> dict[Point, tuple[str, theme.Colour]]:
    """The names of the chosen one, which comes first, and of the best."""
    named = [point for point in found if point.name == chosen] + [point for point in best if point.name != chosen]
    texts = [stages.label(point.name).replace(" + ", "<br>+ ") for point in named]
    colours = [theme.ROLES[stages.family(point.name)].text for point in named]
    return dict(zip(named, zip(texts, colours, strict=True), strict=True))


def _later() -> str:
    return _("Every variant appears here as soon as it is finished.")
