"""The examples of the source articles: what each trained, what that shows, and how to run it again."""

import streamlit as st

from kdcore.articles import COPIES, EXAMPLES, Copying, Example, Run
from kdcore.events import Row, first
from kdcore.figures import copies, one_matrix
from kdcore.grid import Sweep
from kdcore.words import N_, _
from pages._ui import status
from pages._ui.methods import address
from pages._ui.order_bar import Words, order_bar
from pages._ui.runs import Shown
from pages._ui.still import still
from pages._ui.watched import Watched

ORDER = Copying()
WORDS = Words(press=N_("Copy again"), other="")
watched = Watched("copying.drawn", lambda: (ORDER,), ("copy",))


def presets() -> None:
    """All of them; the last one is trained here."""
    st.subheader(_("The examples of the source articles"))
    for example in EXAMPLES:
        _told(example)
        for run in example.runs:
            _offer(run)
    _told(COPIES)
    watched.watch(_draw)


def _offer(run: Run) -> None:
    """Experiments are opened on Distil, and methods chosen to be compared on this page."""
    if isinstance(run.order, Sweep):
        words = _("Choose to compare above: {run}").format(run=_(run.title))
        st.button(words, key=f"preset.{run.title}", on_click=address.choose, args=(run.order,))
    else:
        words = _("Open on Distil: {run}").format(run=_(run.title))
        st.page_link("distil.py", label=words, query_params=run.order.to_query())


def _told(example: Example) -> None:
    st.markdown(f"**{_(example.title)}**")
    st.markdown(f"{_(example.about)}\n\n{_(example.shows)}")


def _draw() -> None:
    """The button, and what came of it here or elsewhere."""
    shown = watched.drawn()
    order_bar("copying", ORDER, False, WORDS, lambda: _("It takes some seconds."), _state)
    if shown is None:
        return
    still(copies, _rows, shown)
    if first(shown.rows, "finished"):
        still(one_matrix, _rows, shown)
    st.caption(status.origin(shown))


def _state(mine: Shown) -> str:
    """What is going on."""
    return _("Teachers and students learn to copy.")


def _rows(shown: Shown) -> tuple[tuple[Row, ...]]:
    return (shown.rows,)
