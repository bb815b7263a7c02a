"""How small can it get? Every way of making a network smaller, from the same teachers, on one measured plane."""

import streamlit as st

from kdcore.words import _
from pages._ui import location, runs
from pages._ui.compress import address, overview
from pages._ui.compress.choice import choice
from pages._ui.compress.closer import closer
from pages._ui.language import lesson

st.title(_("How small can it get?"))
st.session_state.pop("address", None)  # what Distil remembers of its own: it reads the address anew
location.take()
asked = address.current()
for problem in asked.ignored:
    st.warning(_("Ignored in the address: {problem}.").format(problem=problem))
if problem := runs.problem():
    st.error(problem)
with st.sidebar:
    choice(asked.chosen)

overview.overview(asked)
shown = overview.find(asked)
if overview.has_variants(shown):
    closer(asked, shown)
st.markdown(lesson("compress"))
