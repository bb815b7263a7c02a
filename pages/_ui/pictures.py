"""A picture: the chart, the sentence that reads it, and the table behind it. Each is made once and then kept."""

from functools import lru_cache

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from kdcore.figures import boundary, confusion, curves, soft_labels
from kdcore.words import _
from pages._ui.language import language
from pages._ui.live_chart import live_chart
from pages._ui.runs import Shown


def picture(name: str, shown: Shown, before: Shown | None = None, temperature: float = 1.0) -> None:
    """Draw one: accuracy, loss or terms (with `before` as ghost), confusion, boundary, or soft_labels."""
    ghost = before if before and before.key != shown.key and _same_data(before, shown) else None
    figure, reading, table = _drawn(name, shown, ghost, temperature, language())
    live_chart(figure, name, label=reading, run=shown.key if shown.is_live else None, since=shown.last)
    st.caption(_("Points are drawn as they are measured.") if shown.is_live else reading)
    with st.expander(_("Table")):
        st.dataframe(table, hide_index=True)


def _same_data(one: Shown, other: Shown) -> bool:
    """Whether two runs can be compared: accuracies on other data would only mislead."""
    return one.experiment.data.name == other.experiment.data.name


@lru_cache(maxsize=256)
def _drawn(
    name: str, shown: Shown, ghost: Shown | None, temperature: float, language: str
) -> tuple[go.Figure, str, pd.DataFrame]:
    """Figure, reading and table; `language` only tells pictures in one language from those in another."""
    rows = shown.rows
    if name in curves.CHARTS:
        figure = curves.figure(rows, name, ghost.rows if ghost else ())
        return figure, curves.reading(rows, name), curves.table(rows, name)
    if name == "soft_labels":
        figure = soft_labels.figure(rows, temperature)
        return figure, soft_labels.reading(rows, temperature), soft_labels.table(rows, temperature)
    module = {"confusion": confusion, "boundary": boundary}[name]
    return module.figure(rows), module.reading(rows), module.table(rows)
