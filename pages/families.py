"""Who can teach whom? Networks, trees and support-vector machines as teachers and as students of each other."""

import streamlit as st

from kdcore.words import _
from pages._ui import location, runs
from pages._ui.families import address, choice, knobs, overview
from pages._ui.language import lesson

location.take()
asked = address.current()
st.title(_("Who can teach whom?"))
st.session_state.pop("address", None)  # what Distil remembers of its own: it reads the address anew
for problem in asked.ignored:
    st.warning(_("Ignored in the address: {problem}.").format(problem=problem))
if problem := runs.problem():
    st.error(problem)
with st.sidebar:
    choice.choice(asked)
    knobs.knobs(asked)

overview.overview()
st.markdown(lesson("families"))
