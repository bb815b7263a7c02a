"""Compress and stop, how far it is, and why it ended."""

from time import time

import streamlit as st

from kdcore.compression import Compression
from kdcore.engine import client
from kdcore.events import first
from kdcore.figures import numbers
from kdcore.words import N_, _
from pages._ui import runs, status
from pages._ui.browser import browser
from pages._ui.runs import Shown

TELLS = 0.1  # of the whole: what has to be done before one can tell how long the rest will take
FAILURES = {
    "stopped": N_("Stopped. What was measured stays. Press Compress to run it from the start."),
    "worker_lost": N_("The process that worked on this was lost twice. Press Compress to try again."),
}


def bar(chosen: Compression, is_other: bool) -> None:
    """The button is for the chosen plane; `is_other` says that another one is shown until that is there."""
    mine = runs.find(chosen.key)
    is_live = mine is not None and mine.is_live
    with st.container(horizontal=True, vertical_alignment="center"):
        if not is_live:
            if st.button(_("Compress"), type="primary", key="compress"):
                _submit(chosen)
            _of_what(chosen)
        elif is_live and browser() in mine.run.browsers:
            if st.button(_("Stop"), key="compress.stop"):
                _notice(chosen.key, client.sentence(client.control(chosen.key, browser(), "stop")))
        elif is_live:
            if st.button(_("Take part"), key="compress"):
                _submit(chosen)
            st.caption(_("Somebody else runs this."))
    if is_live:
        st.progress(min(mine.run.progress, 1.0), text=_progress(mine))
    elif mine is not None and mine.run and mine.run.status == "failed":
        st.warning(_failure(mine))
    key, words = st.session_state.get("compress.notice", ("", ""))
    if words and key == chosen.key:
        st.warning(words)
    if is_other and not is_live:
        st.info(_("This plane is of other settings. Press Compress to measure yours."))


def _submit(chosen: Compression) -> None:
    answer = client.submit(chosen, browser())
    before = _("This was measured before: here it is.") if answer.status == "finished" else ""
    _notice(chosen.key, client.sentence(answer) or before)
    st.rerun()


def _of_what(chosen: Compression) -> None:
    words = _("{variants} variants of {teachers} teachers each")
    st.caption(words.format(variants=len(chosen.variants()) - 1, teachers=chosen.seeds))


def _progress(mine: Shown) -> str:
    parts = (_state(mine), _time_left(mine), status.attempt(mine))
    return " · ".join(part for part in parts if part)


def _state(mine: Shown) -> str:
    """What is going on."""
    started = first(mine.rows, "started")
    if mine.run.status == "queued" or not started or mine.rows[-1]["event"] == "download":
        return status.headline(mine)
    done, planned = count(mine), len(started["variants"])
    if not done:
        return _("The teachers learn.")
    return _("{done} of {planned} networks are made and measured.").format(done=done, planned=planned)


def _time_left(mine: Shown) -> str:
    """A guess from all that was done so far, as training and measuring take turns."""
    started, done = first(mine.rows, "started"), mine.run.progress
    if not started or done < TELLS:
        return ""
    left = (time() - started["at"]) * (1 - done) / done
    return _("{time} left").format(time=numbers.roughly(left))


def _failure(mine: Shown) -> str:
    """Why it ended."""
    reason = (first(reversed(mine.rows), "failed") or {}).get("reason")
    return _(FAILURES[reason]) if reason in FAILURES else status.headline(mine)


def count(shown: Shown) -> int:
    """How many variants are measured."""
    return sum(row["event"] == "variant" for row in shown.rows)


def _notice(key: str, words: str) -> None:
    """Say something of a run, until the next button is pressed."""
    st.session_state["compress.notice"] = (key, words)
