"""One of a few, side by side: a choice that is kept elsewhere, such as in the address, and only shown and told here."""

from collections.abc import Callable, Mapping

import streamlit as st

from kdcore.words import _


def one_of(
    label: str, options: Mapping[str, str], now: str, key: str, on_choose: Callable[[str], None], is_named: bool = True
) -> None:
    """Radio buttons: `options` are values and their words, `now` is the one that stands. With `is_named` the label is
    seen, and else only read out. A page that draws itself anew with other options also hears what the browser still
    shows, which may be none of them: that is no choice."""
    st.session_state[key] = now

    def chosen() -> None:
        if st.session_state[key] in options:
            on_choose(st.session_state[key])

    st.radio(
        label,
        options=list(options),
        format_func=lambda option: _(options[option]),
        key=key,
        horizontal=True,
        label_visibility="visible" if is_named else "collapsed",
        on_change=chosen,
    )
