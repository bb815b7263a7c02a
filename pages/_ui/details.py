"""Below the fold: what the charts above leave out, the full table, and what can be taken away."""

import streamlit as st

from kdcore.events import first
from kdcore.figures import tables
from kdcore.words import _
from pages._ui.downloads import downloads
from pages._ui.pictures import picture
from pages._ui.runs import Shown


def details(shown: Shown, before: Shown | None) -> None:
    """Loss terms at any time; the rest once the run has finished."""
    picture("terms", shown, before)
    if first(shown.rows, "finished"):
        picture("soft_labels", shown)
        st.page_link("soft_labels.py", label=_("Look closer at soft labels"), query_params=shown.experiment.to_query())
        st.page_link("compress.py", label=_("Make the teacher smaller"), query_params=shown.experiment.to_query())
        if shown.experiment.facts.is_plane:
            picture("boundary", shown)
        picture("confusion", shown)
        _measures(shown)
        downloads(shown)


def _measures(shown: Shown) -> None:
    """The table, a column a lane so that it fits a phone, and what its lines mean."""
    st.subheader(_("What was measured"))
    st.table(tables.results(shown.rows).T)
    with st.expander(_("What these mean")):
        st.markdown("\n".join(f"* **{_(heading)}**: {_(words)}" for heading, words, _write in tables.COLUMNS.values()))
    where = first(shown.rows, "finished")["table"][0]["latency_on"]
    st.caption(_("Latency was measured with {where}.").format(where=where))
