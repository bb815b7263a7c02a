"""How small, how few, how soft? Questions that need many students: trained together, drawn as one picture."""

import streamlit as st

from kdcore.grid import Sweep
from kdcore.words import _
from pages._ui import expected, location
from pages._ui.head import head
from pages._ui.language import lesson
from pages._ui.trade_offs import address, choice, overview, search_choice

location.take()
asked = address.current()
head(_(address.TITLES[asked.question]), asked.ignored)
if asked.chosen:
    expected.ask()
    with st.sidebar:
        (choice if isinstance(asked.chosen, Sweep) else search_choice).choice(asked)

overview.overview(asked)
st.markdown(lesson("trade_offs"))
