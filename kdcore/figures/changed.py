"""Which classes pay? What a variant lost of each class's recall, the share of its test examples that is recognised.

Hooker et al. 2020, "Characterising Bias in Compressed Models": an accuracy that hardly falls may hide a class that
falls deep.
"""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from kdcore.events import Row, first, latest
from kdcore.figures import numbers, stages, theme
from kdcore.interval import interval
from kdcore.words import N_, _, decimal

QUESTION = N_("Which classes pay?")
ROW = 26  # pixels
FEWEST_ROWS = 4


def figure(rows: Sequence[Row], name: str) -> go.Figure:
    """A bar for each class: its recall less the teacher's, in percentage points; dotted: all classes."""
    changes = _changes(rows, name)
    if not changes:
        return stages.waiting(_(QUESTION))
    role, overall = theme.ROLES[stages.family(name)], _overall(rows, name)
    subtitle = (
        f"{_('recall of test examples, beside that of the teacher')}<br>{_('mean over seeds; dotted: all classes')}"
    )
    drawn = theme.blank(_(QUESTION), subtitle)
    places = list(range(len(changes)))
    drawn.add_trace(
        go.Bar(
            orientation="h",
            x=list(changes.values()),
            y=places,
            marker={"color": role.colour.light},
            text=[decimal(change, 1, "+") for change in changes.values()],
            textfont={"color": role.text.light, "size": 12},
            textposition="outside",
            cliponaxis=False,
            customdata=list(changes),
            hovertemplate="%{customdata}: %{text}<extra></extra>",
        )
    )
    for x, line in ((0, {"color": theme.INK.light, "width": 1}), (overall, {"color": theme.INK.light, "dash": "dot"})):
        drawn.add_vline(x=x, line={"width": 1} | line, layer="below")
    low, high = min(0, overall, *changes.values()), max(0, overall, *changes.values())
    room = 0.15 * (high - low or 1)
    longest = max(map(len, changes))
    drawn.update_xaxes(range=[low - room, high + room], title_text=_("Change of recall (percentage points)"))
    drawn.update_yaxes(range=[len(changes) - 0.5, -0.5], tickvals=places, ticktext=list(changes), showgrid=False)
    drawn.update_layout(
        height=ROW * max(len(changes), FEWEST_ROWS) + 78 + 46,
        margin={"l": 20 + 7 * longest, "r": 14, "t": 78, "b": 46},
        hovermode="closest",
        bargap=0.3,
    )
    drawn.layout.meta["phone"] = {"title.font.size": 15}
    return drawn


def reading(rows: Sequence[Row], name: str) -> str:
    """How the test accuracy changed, and the classes that lost and gained most."""
    changes = _changes(rows, name)
    if not changes:
        return stages.later()
    worst, best = min(changes, key=changes.get), max(changes, key=changes.get)
    sentence = _(
        "Test accuracy changes by {overall} points; the class that fares worst is {worst} ({lost} points), best {best} "
        "({gained})."
    )
    values = {"overall": _overall(rows, name), "lost": changes[worst], "gained": changes[best]}
    values = {key: decimal(value, 1, "+") for key, value in values.items()}
    return sentence.format(worst=worst, best=best, **values)


def table(rows: Sequence[Row], name: str) -> pd.DataFrame:
    """Each class's recall, of the teacher and of the variant, and the difference."""
    return pd.DataFrame(
        [
            {
                _("Class"): title,
                _("Teacher"): numbers.percent(before),
                _("Variant"): numbers.percent(after),
                _("Change (points)"): 100 * (after - before),
            }
            for title, (before, after) in _recalls(rows, name).items()
        ]
    )


def _recalls(rows: Sequence[Row], name: str) -> dict[str, tuple[float, float]]:
    """Of each class that has test examples, before and after; none where the variant is not finished."""
    known = stages.variants(rows)
    if not {"", name} <= known.keys():
        return {}
    titles = theme.class_names(first(latest(rows), "started"))
    pairs = zip(known[""]["recall"], known[name]["recall"], strict=True)
    return {title: pair for title, pair in zip(titles, pairs, strict=True) if None not in pair}


def _changes(rows: Sequence[Row], name: str) -> dict[str, float]:
    """In percentage points."""
    return {title: 100 * (after - before) for title, (before, after) in _recalls(rows, name).items()}


def _overall(rows: Sequence[Row], name: str) -> float:
    """The change of the mean test accuracy, in percentage points."""
    before, after = (interval(stages.variants(rows)[each]["test_accuracy"]).mean for each in ("", name))
    return 100 * (after - before)
