"""How every page but Distil begins: its question, and what of its address or of the store could not be read."""

from collections.abc import Iterable

import streamlit as st

from kdcore.experiment import Problem
from kdcore.words import _
from pages._ui import runs


def head(title: str, ignored: Iterable[Problem]) -> None:
    """The title, and a sentence for each part of the address that was ignored, and for a store that is out of reach."""
    st.title(title)
    st.session_state.pop("address", None)  # what Distil remembers of its own: it reads the address anew
    for problem in ignored:
        st.warning(_("Ignored in the address: {problem}.").format(problem=problem))
    if problem := runs.problem():
        st.error(problem)
