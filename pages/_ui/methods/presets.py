"""The examples of the source articles: what each trained, what that shows, and how to run it again."""

from collections.abc import Hashable

import streamlit as st

from kdcore.articles import COPIES, EXAMPLES, Copying, Example, Run
from kdcore.events import Row, first
from kdcore.figures import copies, one_matrix
from kdcore.grid import Sweep
from kdcore.words import N_, _
from pages._ui import runs, status
from pages._ui.methods import address
from pages._ui.order_bar import Words, order_bar
from pages._ui.runs import Shown
from pages._ui.still import still
from pages._ui.watching import same_if_no_more, watching

ORDER = Copying()
WORDS = Words(press=N_("Copy again"), other="")


def presets() -> None:
    """All of them; the last one is trained here."""
    st.subheader(_("The examples of the source articles"))
    for example in EXAMPLES:
        _told(example)
        for run in example.runs:
            _offer(run)
    _told(COPIES)
    watching(_what, _is_live, _draw)


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
    shown = same_if_no_more("copying.drawn", runs.find(ORDER.key), _count)
    order_bar("copying", ORDER, False, WORDS, lambda: _("It takes some seconds."), _state)
    if not _count(shown):
        return
    still(copies, _rows, shown)
    if first(shown.rows, "finished"):
        still(one_matrix, _rows, shown)
    st.caption(status.origin(shown))


def _state(mine: Shown) -> str:
    """What is going on."""
    return _("Teachers and students learn to copy.")


def _count(shown: Shown | None) -> int:
    """How often something was measured."""
    return sum(row["event"] == "copy" for row in shown.rows) if shown else 0


def _what() -> Hashable:
    shown = runs.find(ORDER.key)
    return shown and shown.attempt


def _is_live() -> bool:
    shown = runs.find(ORDER.key)
    return shown is not None and shown.is_live


def _rows(shown: Shown) -> tuple[tuple[Row, ...]]:
    return (shown.rows,)
