"""The page of pad_app.py."""

import json
import sys

import streamlit as st

from pages._ui import runs
from pages._ui.soft import drawing

shown = runs.default()


@st.fragment
def pad() -> None:
    text = st.query_params.get("drawn", "")
    x = drawing.draw(shown.experiment, text, lambda text: st.query_params.update(drawn=text))
    told = st.session_state[drawing.KEY].get("drawing")
    said = {} if x is None else drawing.answers(shown, x)
    classes = {lane: int(logits.argmax()) for lane, logits in said.items()}
    page = {"strokes": told["strokes"] if told else [], "down": bool(told and told["down"]), "classes": classes}
    st.code(json.dumps(page | {"torch": "torch" in sys.modules}), language=None)


pad()
