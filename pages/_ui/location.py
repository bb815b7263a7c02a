"""The address as this session knows it.

A part of the page that draws itself anew sends the address that the browser still shows; where a hand has just changed
it, that is the one before, and would undo what was done. So it is taken from the browser when the whole page is drawn,
and between two such times what was said here last counts.
"""

from collections.abc import Mapping

import streamlit as st

KEPT = "location"


def take() -> None:
    """The whole page is drawn: the browser's address counts."""
    st.session_state[KEPT] = st.query_params.to_dict()


def current() -> dict[str, str]:
    """The parameters of the address."""
    return st.session_state.get(KEPT, {})


def go(parameters: Mapping[str, str]) -> None:
    """Change the address."""
    st.session_state[KEPT] = dict(parameters)
    st.query_params.from_dict(parameters)
