"""A picture: the chart, the sentence that reads it, and the table behind it. Each is made once and then kept."""

from functools import lru_cache

import pandas as pd
import streamlit as st

from kdcore.figures import boundary, confusion, curves, soft_labels
from kdcore.words import _
from pages._ui.language import language
from pages._ui.live_chart import live_chart
from pages._ui.runs import Shown


def picture(name: str, shown: Shown, before: Shown | None = None) -> None:
    """Draw one: accuracy, loss or terms (with `before` as ghost), confusion, boundary, or soft_labels."""
    ghost = before if before and before.key != shown.key and _same_data(before, shown) else None
    figure, reading, table = _drawn(name, shown, ghost, language())
    live_chart(figure, name, label=reading, run=shown.key if shown.is_live else None, since=shown.last)
    st.caption(_("Points are drawn as they are measured.") if shown.is_live else reading)
    if not shown.is_live:
        behind(table)


def behind(table: pd.DataFrame) -> None:
    """The numbers behind a picture, folded."""
    with st.expander(_("Table")):
        st.dataframe(table, hide_index=True)


def _same_data(one: Shown, other: Shown) -> bool:
    """Whether two runs can be compared: accuracies on other data would only mislead."""
    return one.experiment.data.name == other.experiment.data.name


@lru_cache(maxsize=256)
def _drawn(name: str, shown: Shown, ghost: Shown | None, language: str) -> tuple[str, str, pd.DataFrame]:
    """Figure as JSON, reading and table; `language` only tells pictures in one language from those in another."""
    if name in curves.CHARTS:
        module, what = curves, (shown.rows, name)
    elif name == "soft_labels":
        module, what = soft_labels, (shown.rows, shown.experiment.temperature)
    else:
        module, what = {"boundary": boundary, "confusion": confusion}[name], (shown.rows,)
    figure = module.figure(*what, ghost.rows) if ghost else module.figure(*what)
    return figure.to_json(), module.reading(*what), module.table(*what)
