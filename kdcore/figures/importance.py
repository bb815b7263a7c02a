"""How much each setting of a search mattered: the share of the differences between trials that goes with it alone.

Hutter, Hoos and Leyton-Brown 2014, "An Efficient Approach for Assessing Hyperparameter Importance" (functional
ANOVA): a random forest learns to tell a trial's accuracy from its settings. The variance of what it tells, over all
that may be searched, is split into the parts of single settings and that of several together, of which the share of
single settings is shown.
"""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from kdcore.events import Row, first, latest
from kdcore.figures import numbers, theme
from kdcore.figures.cells import title
from kdcore.figures.trials import finished
from kdcore.words import N_, _

QUESTION = N_("Which setting matters most?")
BAR, AROUND = 30, 112  # pixels
FEW = N_("Too few trials have finished, or all did alike: how much each setting matters cannot be told.")


def shares(rows: Sequence[Row]) -> dict[str, float]:
    """The share of each setting, the largest first; empty where they are not known, or not yet."""
    told = (first(latest(rows), "finished") or {}).get("importance") or {}
    return dict(sorted(told.items(), key=lambda each: -each[1]))


def figure(rows: Sequence[Row]) -> go.Figure:
    """A bar for each setting, the longest on top."""
    found = shares(rows)
    drawn = theme.blank(_(QUESTION), _("share of the differences in validation accuracy between trials"))
    drawn.add_trace(
        go.Bar(
            x=[100 * share for share in found.values()],
            y=list(map(title, found)),
            orientation="h",
            marker={"color": theme.MUTED.light},
            text=list(map(numbers.percent, found.values())),
            textposition="outside",
            cliponaxis=False,
            textfont={"color": theme.INK.light},
            hovertemplate="%{y}: %{text}<extra></extra>",
        )
    )
    drawn.update_xaxes(title_text=_("Share that goes with this setting alone (%)"), rangemode="tozero", nticks=6)
    drawn.update_yaxes(autorange="reversed", automargin=True, showgrid=False)
    height = AROUND + BAR * len(found)
    drawn.update_layout(height=height, hovermode="closest", margin={"l": 20, "r": 60}, bargap=0.35)
    drawn.layout.meta["phone"] |= {"height": height, "margin.r": 50}
    return drawn


def reading(rows: Sequence[Row]) -> str:
    """Which setting matters most, what that means, and what goes with several together."""
    found = shares(rows)
    (top, share), together = next(iter(found.items())), max(0.0, 1 - sum(found.values()))
    sentence = _(
        "{setting}: {share} of the differences between the trials' validation accuracies go with this setting alone, "
        "{together} with several settings together; estimated by a random forest from {count} trials."
    )
    values = {"share": numbers.percent(share), "together": numbers.percent(together), "count": len(finished(rows))}
    return sentence.format(setting=title(top), **values)


def table(rows: Sequence[Row]) -> pd.DataFrame:
    """The share of every setting."""
    found = shares(rows).items()
    return pd.DataFrame([{_("Setting"): title(name), _("Share"): numbers.percent(share)} for name, share in found])
