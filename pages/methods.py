"""Which way of teaching? Many of them side by side, on equal terms; and each of them opened."""

import streamlit as st

from kdcore.words import _
from pages._ui import expected, location, runs
from pages._ui.language import lesson
from pages._ui.methods import address, choice, knobs, opened, overview, presets

location.take()
asked = address.current()
st.title(_("Which way of teaching?"))
st.session_state.pop("address", None)  # what Distil remembers of its own: it reads the address anew
for problem in asked.ignored:
    st.warning(_("Ignored in the address: {problem}.").format(problem=problem))
if problem := runs.problem():
    st.error(problem)
expected.ask()
with st.sidebar:
    choice.choice(asked)
    knobs.knobs(asked)

overview.overview()
opened.opened(asked)
presets.presets()
st.markdown(lesson("methods"))
