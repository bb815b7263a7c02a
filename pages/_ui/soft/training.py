"""A run of the page's own: the same settings with one more, trained by the same engine, and found again by its key."""

import streamlit as st

from kdcore.engine import client
from kdcore.events import first
from kdcore.experiment import Experiment
from kdcore.words import _
from pages._ui import runs, status
from pages._ui.browser import browser
from pages._ui.runs import Shown

WATCH_S = 0.5


def finished(key: str) -> Shown | None:
    """The run of this key, stored or recorded, if it has finished."""
    found = runs.find(key)
    return found if found and first(found.rows, "finished") else None


def train_here(chosen: Experiment, name: str, again: bool = False) -> None:
    """A button that begins the run, and how far it is; the page is drawn anew when it has ended.

    `again` says that there is a finished run of these settings which is not enough.
    """
    is_live = (found := runs.find(chosen.key)) is not None and found.is_live

    @st.fragment(run_every=WATCH_S if is_live else None)
    def bar() -> None:
        now = runs.find(chosen.key)
        if (now is not None and now.is_live) != is_live:
            st.rerun()
        with st.container(horizontal=True, vertical_alignment="center"):
            if not is_live:
                if st.button(_("Train again") if again else _("Train"), type="primary", key=f"{name}.train"):
                    _tell(name, client.submit(chosen, browser(), again=again))
                    st.rerun()
                st.caption(status.expected(chosen))
            elif browser() in now.run.browsers and st.button(_("Stop"), key=f"{name}.stop"):
                _tell(name, client.control(now.key, browser(), "stop"))
        if is_live:
            left = " · ".join(part for part in (status.headline(now), status.time_left(now)) if part)
            st.progress(min(now.run.progress, 1.0), text=left)
        elif now is not None and now.run and now.run.status == "failed":
            st.warning(status.headline(now))
        if words := st.session_state.get(f"{name}.notice"):
            st.warning(words)

    bar()


def _tell(name: str, answer: client.Answer) -> None:
    """Keep what was refused in sight until the next button is pressed."""
    st.session_state[f"{name}.notice"] = client.sentence(answer)
