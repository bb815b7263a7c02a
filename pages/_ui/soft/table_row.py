"""Examples of a table to choose from: one row, with what stands in its columns."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from kdcore.data.facts import Facts
from kdcore.measure.snapshots import SoftLabels
from kdcore.words import _
from pages._ui.soft import view
from pages._ui.soft.numbered import numbered

TALL = 320  # pixels of the table


def table_row(soft: SoftLabels, order: Sequence[int], now: view.View, facts: Facts) -> None:
    """Choose a row from a list in this order, and see its numbers as the networks do."""
    if order:
        numbered(soft, order, now, _("Choose one"))
    values = soft.x[now.place(soft)]
    names = facts.columns or [_("column {n}").format(n=place) for place in range(1, len(values) + 1)]
    lines = pd.DataFrame({_("Column"): names, _("As the networks see it"): values.round(3)})
    st.dataframe(lines, hide_index=True, height=min(TALL, 36 * (len(lines) + 1)))
    if facts.columns:
        st.caption(_("Numbers are on one scale: 0 is the mean of training examples, 1 a standard deviation above."))
