"""Which way of teaching? Many of them side by side, on equal terms; and each of them opened."""

import streamlit as st

from kdcore.words import _
from pages._ui import expected, location
from pages._ui.head import head
from pages._ui.language import lesson
from pages._ui.methods import address, choice, knobs, opened, overview, presets

location.take()
asked = address.current()
head(_("Which way of teaching?"), asked.ignored)
expected.ask()
with st.sidebar:
    choice.choice(asked)
    knobs.knobs(asked)

overview.overview()
opened.opened(asked)
presets.presets()
st.markdown(lesson("methods"))
