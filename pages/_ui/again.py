"""When a part of a page is drawn again: the browser asks the server for news of runs, which costs little, and has
Streamlit draw only where there are some, which costs a good deal."""

from collections.abc import Collection, Mapping

import streamlit as st

from pages._ui import routes

LOADER = """
export default async (component) => {
  const { default: wait } = await import(new URL(component.data.script, location.origin));
  return wait(component);
};
"""

_again = st.components.v2.component("kd_again", js=LOADER, isolate_styles=False)


def once_told(since: Mapping[str, int], events: Collection[str]) -> None:
    """Draw the fragment that this stands in again once one of these runs has told one of these events, after the event
    of this number."""
    _wait("once_told", runs={routes.points_address(key): last for key, last in since.items()}, events=sorted(events))


def after(seconds: float, key: str) -> None:
    """Draw the fragment that this stands in again after so many seconds."""
    _wait(key, seconds=seconds)


def _wait(key: str, **what: object) -> None:
    script = routes.static_address("again.js")
    _again(key=key, data={"script": script, **what}, on_again_change=lambda: None)
