"""A part of a page that is drawn again and again while there is more to come."""

from collections.abc import Callable, Hashable

import streamlit as st

from pages._ui.runs import Shown

WATCH_S = 0.5


def watching(what: Callable[[], Hashable], is_live: Callable[[], bool], draw: Callable[[], None]) -> None:
    """Draw this part, and again twice a second as long as there `is_live`; the whole page as soon as something else is
    to be shown than `what` tells."""
    before = what(), is_live()

    def look() -> None:
        if (what(), is_live()) != before:
            st.rerun()

    @st.fragment(run_every=WATCH_S if before[1] else None)
    def part() -> None:
        look()
        draw()

    part()


def same_if_no_more(name: str, now: Shown | None, count: Callable[[Shown | None], int]) -> Shown | None:
    """The very rows that were drawn last under this name, where nothing that counts has come: their pictures are
    kept."""
    before = st.session_state.get(name)
    is_same = before and now and before.attempt == now.attempt and count(before) == count(now)
    if not is_same or not now.is_live:
        st.session_state[name] = now
    return st.session_state[name]
