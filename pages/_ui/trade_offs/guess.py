"""Who says first what will come out learns more from what does: a question to be answered before one looks."""

from collections.abc import Mapping

import streamlit as st

from kdcore.words import N_, _

OPEN = N_("This is not measured yet.")
RIGHT = N_("That is what was measured, as far as these seeds show.")
WRONG = N_("Something else was measured, as far as these seeds show: {measured}.")


def guess(question: str, options: Mapping[str, str], measured: str | None, key: str) -> None:
    """Ask; `options` are values and their words, `measured` is the value that came out, None as long as none did."""
    said = st.radio(
        _("Say first: {question}").format(question=question),
        options=list(options),
        format_func=lambda option: _(options[option]),
        index=None,
        key=f"trade.guess.{key}",
        horizontal=True,
    )
    if said is not None:
        st.caption(answer(options, said, measured))


def answer(options: Mapping[str, str], said: str, measured: str | None) -> str:
    """How the guess did."""
    if measured is None:
        return _(OPEN)
    return _(RIGHT) if said == measured else _(WRONG).format(measured=_(options[measured]))
