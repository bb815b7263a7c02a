"""Waiting for the first of a run: the browser asks for it, and then this part of the page is drawn again."""

from collections.abc import Collection

import streamlit as st

from kdcore.events import ENDS
from pages._ui import routes
from pages._ui.live_chart import LOADER

_arrival = st.components.v2.component("kd_arrival", js=LOADER, isolate_styles=False)


def arrival(run: str, events: Collection[str]) -> None:
    """Wait for the first of these events of this run, or for its end."""
    script = routes.static_address("arrival.js")
    data = {"run": routes.points_address(run), "events": [*events, *ENDS], "script": script}
    _arrival(key=f"arrival.{run}", data=data, on_arrived_change=lambda: None)
