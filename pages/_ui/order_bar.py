"""The button that asks for many networks at once, how far they are, and why they ended: below one page or another."""

from collections.abc import Callable
from time import time
from typing import NamedTuple

import streamlit as st

from kdcore.engine import client
from kdcore.events import first
from kdcore.figures import numbers
from kdcore.order import Order
from kdcore.words import N_, _
from pages._ui import runs, status
from pages._ui.browser import browser
from pages._ui.runs import Shown

TELLS = 0.1  # of the whole: what has to be done before one can tell how long the rest will take
FAILURES = {
    "stopped": N_("Stopped. What was measured stays. Press {press} to run it from the start."),
    "worker_lost": N_("The process that worked on this was lost twice. Press {press} to try again."),
}


class Words(NamedTuple):
    """What a page calls its button, and how it says that what it shows is of other settings."""

    press: str
    other: str


def order_bar(
    name: str,
    chosen: Order,
    is_other: bool,
    words: Words,
    of_what: Callable[[], str],
    state: Callable[[Shown], str],
    pauses: bool = False,
) -> None:
    """The button is for the chosen order; `is_other` says that another one is shown until that is there.

    `name` begins the keys of the widgets, `of_what` tells what the button asks for, `state` what is going on.
    """
    mine = runs.find(chosen.key)
    is_live = mine is not None and mine.is_live
    with st.container(horizontal=True, vertical_alignment="center"):
        if not is_live:
            if st.button(_(words.press), type="primary", key=name):
                _submit(name, chosen)
            st.caption(of_what())
        elif browser() in mine.run.browsers:
            if pauses and mine.run.status == "running":
                _pause(name, mine)
            if st.button(_("Stop"), key=f"{name}.stop"):
                _notice(name, chosen.key, client.sentence(client.control(chosen.key, browser(), "stop")))
        else:
            if st.button(_("Take part"), key=name):
                _submit(name, chosen)
            st.caption(_("Somebody else runs this."))
    if is_live:
        st.progress(min(mine.run.progress, 1.0), text=_progress(mine, state))
    elif mine is not None and mine.run and mine.run.status == "failed":
        st.warning(_failure(mine, words))
    key, told = st.session_state.get(f"{name}.notice", ("", ""))
    if told and key == chosen.key:
        st.warning(told)
    if is_other and is_live:
        st.caption(_("Until there is something of it, what is shown is of other settings."))
    elif is_other:
        st.info(_(words.other))


def _submit(name: str, chosen: Order) -> None:
    answer = client.submit(chosen, browser())
    before = _("This was measured before: here it is.") if answer.status == "finished" else ""
    _notice(name, chosen.key, client.sentence(answer) or before)
    st.rerun()


def _pause(name: str, mine: Shown) -> None:
    action = "resume" if mine.run.paused else "pause"
    if st.button(_("Go on") if mine.run.paused else _("Pause"), key=f"{name}.{action}"):  # two, as in `run_bar`
        _notice(name, mine.key, client.sentence(client.control(mine.key, browser(), action)))


def _progress(mine: Shown, state: Callable[[Shown], str]) -> str:
    left = _("paused") if mine.run.paused else _time_left(mine)
    parts = (_state(mine, state), left, status.attempt(mine))
    return " · ".join(part for part in parts if part)


def _state(mine: Shown, state: Callable[[Shown], str]) -> str:
    """What is going on."""
    if mine.run.status == "queued" or not first(mine.rows, "started") or mine.rows[-1]["event"] == "download":
        return status.headline(mine)
    return state(mine)


def _time_left(mine: Shown) -> str:
    """A guess from all that was done so far, as what is done takes turns."""
    started, done = first(mine.rows, "started"), mine.run.progress
    if not started or done < TELLS:
        return ""
    left = (time() - started["at"]) * (1 - done) / done
    return _("{time} left").format(time=numbers.roughly(left))


def _failure(mine: Shown, words: Words) -> str:
    """Why it ended."""
    reason = (first(reversed(mine.rows), "failed") or {}).get("reason")
    return _(FAILURES[reason]).format(press=_(words.press)) if reason in FAILURES else status.headline(mine)


def _notice(name: str, key: str, told: str) -> None:
    """Say something of a run, until the next button is pressed."""
    st.session_state[f"{name}.notice"] = (key, told)
