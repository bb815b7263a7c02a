"""Which classes pay? What a variant lost of each class's recall, the share of its test examples that is recognised.

Hooker et al. 2020, "Characterising Bias in Compressed Models": an accuracy that hardly falls may hide a class that
falls deep.
"""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from kdcore.events import Row, first, latest
from kdcore.figures import numbers, stages, theme
from kdcore.interval import Interval, interval
from kdcore.measure.verdict import verdict
from kdcore.words import N_, _, decimal

QUESTION = N_("Which classes pay?")
ROW = 26  # pixels
FEWEST_ROWS = 4


def figure(rows: Sequence[Row], name: str) -> go.Figure:
    """A bar for each class: its recall less the teacher's, in percentage points; dotted: all classes."""
    changes = {title: interval(each) for title, each in _changes(rows, name).items()}
    if not changes:
        return stages.waiting(_(QUESTION))
    role, overall = theme.ROLES[stages.family(name)], _overall(rows, name)
    subtitle = (
        f"{_('recall of test examples, beside that of the teacher')}<br>"
        f"{_('mean over seeds, 95 % interval; dotted: all classes')}"
    )
    drawn = theme.blank(_(QUESTION), subtitle)
    places = list(range(len(changes)))
    drawn.add_trace(
        go.Bar(
            orientation="h",
            x=[change.mean for change in changes.values()],
            y=places,
            error_x={
                "type": "data",
                "array": [change.half_width or 0 for change in changes.values()],
                "color": theme.INK.light,
                "thickness": 1,
                "width": 3,
            },
            marker={"color": role.colour.light},
            hovertext=[f"{title}: {_points(change)}" for title, change in changes.items()],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    )
    for place, change in zip(places, changes.values(), strict=True):
        drawn.add_annotation(
            text=_points(change),
            font={"color": role.text.light, "size": 12},
            **{"x": 1, "xref": "paper", "xanchor": "left", "y": place, "showarrow": False},
        )
    for x, line in ((0, {"color": theme.INK.light, "width": 1}), (overall, {"color": theme.INK.light, "dash": "dot"})):
        drawn.add_vline(x=x, line={"width": 1} | line, layer="below")
    low = min(0, overall, *(max(change.low, -100) for change in changes.values()))
    high = max(0, overall, *(min(change.high, 100) for change in changes.values()))
    room = 0.05 * (high - low or 1)
    longest = max(map(len, changes))
    drawn.update_xaxes(range=[low - room, high + room], title_text=_("Change of recall (percentage points)"))
    drawn.update_yaxes(range=[len(changes) - 0.5, -0.5], tickvals=places, ticktext=list(changes), showgrid=False)
    drawn.update_layout(
        height=ROW * max(len(changes), FEWEST_ROWS) + 78 + 46,
        margin={"l": 20 + 7 * longest, "r": 76, "t": 78, "b": 46},
        hovermode="closest",
        bargap=0.3,
    )
    drawn.layout.meta["phone"] = {"title.font.size": 15}
    return drawn


def reading(rows: Sequence[Row], name: str) -> str:
    """How the test accuracy changed, and the class that fares worst where the seeds show that it does."""
    changes = _changes(rows, name)
    if not changes:
        return stages.later()
    overall = _overall(rows, name)
    sentence = _("Test accuracy changes by {overall} points.").format(overall=decimal(overall, 1, "+"))
    worse = {
        title: judged.difference.mean
        for title, each in changes.items()
        if (judged := verdict([overall] * len(each), each)).outcome == "hurts"
    }
    if not worse:
        return f"{sentence} {_('The seeds show no class that fares worse than that.')}"
    worst = min(worse, key=worse.get)
    points = _points(interval(changes[worst]))
    return f"{sentence} {_('The class that fares worst is {worst}: {points}.').format(worst=worst, points=points)}"


def table(rows: Sequence[Row], name: str) -> pd.DataFrame:
    """Each class's recall, of the teacher and of the variant, and the difference."""
    return pd.DataFrame(
        [
            {
                _("Class"): title,
                _("Teacher"): numbers.percent(interval(before)),
                _("Variant"): numbers.percent(interval(after)),
                _("Change (points)"): _points(interval(_differences(before, after))),
            }
            for title, (before, after) in _recalls(rows, name).items()
        ]
    )


def _recalls(rows: Sequence[Row], name: str) -> dict[str, tuple[Sequence[float], Sequence[float]]]:
    """Of each class that has test examples, before and after seed by seed; none where the variant is not finished."""
    known = stages.variants(rows)
    if not {"", name} <= known.keys():
        return {}
    titles = theme.class_names(first(latest(rows), "started"))
    before, after = (zip(*known[each]["recall"], strict=True) for each in ("", name))  # by class
    return {title: pair for title, *pair in zip(titles, before, after, strict=True) if None not in pair[0]}


def _changes(rows: Sequence[Row], name: str) -> dict[str, list[float]]:
    """Of each class seed by seed, in percentage points."""
    return {title: _differences(before, after) for title, (before, after) in _recalls(rows, name).items()}


def _overall(rows: Sequence[Row], name: str) -> float:
    """The change of the mean test accuracy, in percentage points."""
    return interval(_differences(*(stages.variants(rows)[each]["test_accuracy"] for each in ("", name)))).mean


def _differences(before: Sequence[float], after: Sequence[float]) -> list[float]:
    """In percentage points; what the seeds share cancels."""
    return [100 * (now - then) for then, now in zip(before, after, strict=True)]


def _points(change: Interval) -> str:
    """A change with its interval."""
    half = "" if change.half_width is None else f" ±{decimal(change.half_width, 1)}"
    return decimal(change.mean, 1, "+") + half
