"""Waiting for more of a run: the browser asks for it, and this part of the page is run again once there is."""

import streamlit as st

from pages._ui import routes

LOADER = """
export default async (component) => {
  const { default: wait } = await import(new URL(component.data.script, location.origin));
  return wait(component);
};
"""

_arrival = st.components.v2.component("kd_arrival", js=LOADER, isolate_styles=False)


def arrival(run: str, since: int) -> None:
    """Wait for events of this run, after the one of this number."""
    data = {"run": routes.points_address(run), "since": since, "script": routes.static_address("arrival.js")}
    _arrival(key="arrival", data=data, on_arrived_change=lambda: None)
