"""Who can teach whom? Networks, trees and support-vector machines as teachers and as students of each other."""

import streamlit as st

from kdcore.words import _
from pages._ui import location
from pages._ui.families import address, choice, knobs, overview
from pages._ui.head import head
from pages._ui.language import lesson

location.take()
asked = address.current()
head(_("Who can teach whom?"), asked.ignored)
with st.sidebar:
    choice.choice(asked)
    knobs.knobs(asked)

overview.overview()
st.markdown(lesson("families"))
