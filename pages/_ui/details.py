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
        if not shown.experiment.facts.is_image:
            picture("boundary", shown)
        picture("confusion", shown)
        st.subheader(_("What was measured"))
        headings = {
            _(heading): st.column_config.Column(help=_(help)) for heading, help, _write in tables.COLUMNS.values()
        }
        st.dataframe(tables.results(shown.rows), column_config=headings)
        downloads(shown)
