"""How small, how few, how soft? Questions that need many students: trained together, drawn as one picture."""

import streamlit as st

from kdcore.grid import Sweep
from kdcore.words import _
from pages._ui import expected, location, runs
from pages._ui.language import lesson
from pages._ui.trade_offs import address, choice, overview, search_choice

location.take()
asked = address.current()
st.title(_(address.TITLES[asked.question]))
st.session_state.pop("address", None)  # what Distil remembers of its own: it reads the address anew
for problem in asked.ignored:
    st.warning(_("Ignored in the address: {problem}.").format(problem=problem))
if problem := runs.problem():
    st.error(problem)
if asked.chosen:
    expected.ask()
    with st.sidebar:
        (choice if isinstance(asked.chosen, Sweep) else search_choice).choice(asked)

overview.overview(asked)
st.markdown(lesson("trade_offs"))
