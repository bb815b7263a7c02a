"""A list to choose from, of what is chosen in other ways too: by a click, or by itself while a run goes on."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def list_of(
    label: str,
    options: Sequence[Any],
    now: Any,
    key: str,
    on_choose: Callable[[Any], None],
    written: Callable[[Any], str],
    help: str,
    place: DeltaGenerator | None = None,
) -> None:
    """A select box where `now` stands. Each value has a box of its own, and only another value is a choice: a page that
    draws itself anew also hears what the browser still shows, the box of the value before."""
    own = f"{key}={now}"

    def chosen() -> None:
        if st.session_state[own] != now:
            on_choose(st.session_state[own])

    (place or st).selectbox(
        label,
        options=options,
        index=list(options).index(now),
        format_func=written,
        key=own,
        help=help,
        on_change=chosen,
    )
