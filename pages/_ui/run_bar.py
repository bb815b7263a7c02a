"""Train, pause, step, stop and speed, with the progress of the run that is shown."""

import streamlit as st

from kdcore.engine import client
from kdcore.experiment import Experiment
from kdcore.words import N_, _
from pages._ui import status
from pages._ui.browser import browser
from pages._ui.runs import Shown

SPEEDS = {2: N_("2 epochs/s"), 10: N_("10 epochs/s"), 0: N_("as fast as it goes")}


def run_bar(chosen: Experiment | None, shown: Shown, is_other: bool) -> None:
    """The buttons: Train is for the chosen settings, all others for the run that is shown. `is_other` says that this
    is a run of other settings than the chosen ones."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if st.button(_("Train"), type="primary", key="train", disabled=chosen is None):
            _train(chosen)
        is_mine = shown.is_live and browser() in shown.run.browsers
        if is_mine:
            _controls(shown)
        _speed(shown if is_mine else None)
    st.progress(min(shown.run.progress, 1.0) if shown.run else 1.0, text=_progress(shown))
    _say(chosen, shown, is_other)


def _train(chosen: Experiment) -> None:
    answer = client.submit(chosen, browser(), st.session_state.get("speed", 0))
    words = _("These settings were run before: here is that run.") if answer.status == "finished" else ""
    _notify(chosen.key, client.sentence(answer) or words)
    st.rerun()


def _controls(shown: Shown) -> None:
    if shown.run.status == "running":
        # two buttons, as Streamlit may tell of one click twice: what was just paused would go on
        if shown.run.paused:
            st.button(_("Go on"), key="resume", on_click=_tell, args=(shown, "resume"))
        else:
            st.button(_("Pause"), key="pause", on_click=_tell, args=(shown, "pause"))
        st.button(_("Step"), key="step", help=_("Train one epoch, then pause."), on_click=_tell, args=(shown, "step"))
    stop = {"help": _("End this run; what was drawn stays."), "on_click": _tell, "args": (shown, "stop")}
    st.button(_("Stop"), key="stop", **stop)


def _speed(mine: Shown | None) -> None:
    """How fast to train: the run under way that I take part in, or else the next that I begin."""
    st.session_state.setdefault("speed", 0)
    if mine:
        st.session_state["speed"] = mine.run.speed if mine.run.speed in SPEEDS else 0  # whoever has changed it
    st.radio(
        _("Speed"),
        options=list(SPEEDS),
        format_func=lambda each: _(SPEEDS[each]),
        key="speed",
        horizontal=True,
        on_change=lambda: mine and _tell(mine, "speed", st.session_state["speed"]),
        label_visibility="collapsed",
    )


def _tell(shown: Shown, action: str, value: float | None = None) -> None:
    answer = client.control(shown.key, browser(), action, value)
    goes_on = action == "stop" and answer.status == "running"
    words = _("Others watch this run too, so it goes on; you no longer take part in it.") if goes_on else ""
    _notify(shown.key, client.sentence(answer) or words)


def _notify(key: str, words: str) -> None:
    """Say something about a run, until the next button is pressed."""
    st.session_state["notice"] = (key, words)


def _say(chosen: Experiment | None, shown: Shown, is_other: bool) -> None:
    """One line of what else there is to know."""
    key, words = st.session_state.get("notice", ("", ""))
    if words and key in (shown.key, chosen and chosen.key):
        st.warning(words)
    elif chosen is None:
        st.info(_("These are the results of other settings. Correct the setting marked in red first."))
    elif is_other:
        words = _("These are the results of other settings. Press Train to run yours.")
        st.info(f"{words} {status.expected(chosen)}")
    elif shown.is_live and browser() not in shown.run.browsers:
        st.info(_("Somebody else runs this. Press Train to take part in it."))


def _progress(shown: Shown) -> str:
    """How far the run is; of one that has ended, where it comes from."""
    if not shown.is_live:
        return status.origin(shown)
    text = _("{done} % done").format(done=round(100 * shown.run.progress))
    more = [_("paused") if shown.run.paused else status.time_left(shown), status.attempt(shown)]
    return " · ".join(part for part in (text, *more) if part)
