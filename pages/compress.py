"""How small can it get? Every way of making a network smaller, from the same teachers, on one measured plane."""

import streamlit as st

from kdcore.words import _
from pages._ui import expected, location
from pages._ui.compress import address, overview
from pages._ui.compress.choice import choice
from pages._ui.compress.closer import closer
from pages._ui.head import head
from pages._ui.language import lesson

location.take()
expected.ask()
asked = address.current()
head(_("How small can it get?"), asked.ignored)
with st.sidebar:
    choice(asked.chosen)

overview.overview()
if shown := overview.watched.find():
    closer(asked, shown)
st.markdown(lesson("compress"))
