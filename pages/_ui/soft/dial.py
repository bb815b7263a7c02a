"""A slider over given stops that moves at once, and tells the page when the hand rests: static/dial.js."""

from collections.abc import Callable, Sequence

import streamlit as st

from pages._ui import routes
from pages._ui.live_chart import LOADER

_dial = st.components.v2.component("kd_dial", js=LOADER, isolate_styles=False)


def dial(key: str, label: str, stops: Sequence[str], at: int, on_turn: Callable[[int], None]) -> None:
    """Draw it at this stop; `on_turn` is told at which it stands, by its place in the list."""
    data = {"label": label, "stops": list(stops), "at": at, "script": routes.static_address("dial.js")}
    _dial(key=key, data=data, on_turned_change=lambda: on_turn(int(st.session_state[key]["turned"])))
