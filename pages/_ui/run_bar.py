"""Train, pause, step, stop and speed, with the progress of the run that is shown."""

import streamlit as st

from kdcore.engine import client
from kdcore.experiment import Experiment
from kdcore.words import N_, _
from pages._ui import status
from pages._ui.browser import browser
from pages._ui.runs import Shown

SPEEDS = {2: N_("2 epochs/s"), 10: N_("10 epochs/s"), 0: N_("as fast as it goes")}


def run_bar(chosen: Experiment | None, shown: Shown) -> None:
    """The buttons. Train is for the chosen settings, all others for the run that is shown."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if st.button(_("Train"), type="primary", key="train", disabled=chosen is None):
            _train(chosen)
        if shown.is_live:
            _controls(shown)
    st.progress(min(shown.run.progress, 1.0) if shown.is_live else 1.0, text=_progress(shown))
    if chosen and (notice := st.session_state.get(f"notice {chosen.key}")):
        st.info(notice)


def _train(chosen: Experiment) -> None:
    answer = client.submit(chosen, browser())
    words = _("These settings were run before: here is that run.") if answer.status == "finished" else ""
    _notify(chosen.key, client.sentence(answer) or words)
    st.rerun()


def _controls(shown: Shown) -> None:
    if shown.run.status == "running":
        paused = shown.run.paused
        if st.button(_("Go on") if paused else _("Pause"), key="pause"):
            _tell(shown, "resume" if paused else "pause")
        if st.button(_("Step"), key="step", help=_("Train one epoch, then pause.")):
            _tell(shown, "step")
    if st.button(_("Stop"), key="stop", help=_("End this run; what was drawn stays.")):
        _tell(shown, "stop")
    speed = st.segmented_control(
        _("Speed"),
        options=list(SPEEDS),
        default=shown.run.speed if shown.run.speed in SPEEDS else 0,
        format_func=lambda each: _(SPEEDS[each]),
        key=f"speed {shown.key}",
        required=True,
        label_visibility="collapsed",
    )
    if speed != shown.run.speed:
        _tell(shown, "speed", speed)


def _tell(shown: Shown, action: str, value: float | None = None) -> None:
    answer = client.control(shown.key, browser(), action, value)
    _notify(shown.key, client.sentence(answer))


def _notify(key: str, words: str) -> None:
    """Say something about a run for as long as its settings are chosen."""
    st.session_state[f"notice {key}"] = words


def _progress(shown: Shown) -> str:
    """How far the run is; of one that has ended, where it comes from."""
    if not shown.is_live:
        return status.origin(shown)
    text = _("{done} % done").format(done=round(100 * shown.run.progress))
    more = [_("paused") if shown.run.paused else status.time_left(shown), status.attempt(shown)]
    return " · ".join(part for part in (text, *more) if part)
