"""The comparison: the button that asks for it, the answer, curves and gains, and all numbers, while they come in."""

import streamlit as st

from kdcore.events import Row
from kdcore.figures import forest, together
from kdcore.figures.ways import ways
from kdcore.words import N_, _
from pages._ui import status
from pages._ui.methods import gist, results
from pages._ui.methods.address import current, look, usual
from pages._ui.methods.bar import bar
from pages._ui.one_of import one_of
from pages._ui.runs import Shown
from pages._ui.still import still
from pages._ui.trade_offs import notebook, take
from pages._ui.watched import Watched

EXAMPLES = {"val_accuracy": N_("on validation examples"), "test_accuracy": N_("on test examples")}


watched = Watched("methods.drawn", lambda: (current().chosen, usual()), ("cell",))


def overview() -> None:
    """While a run is under way it is drawn anew when there is more of it."""
    watched.watch(_draw)


def _draw() -> None:
    now, shown = current(), watched.drawn()
    if shown and (told := gist.gist(shown.rows)):
        st.markdown(f"**{told}**", help=_(gist.HOW))
    bar(now, is_other=shown is not None and shown.key != now.chosen.key)
    if shown:
        _show(shown, now.measure)
    elif not watched.is_live():
        st.info(_("Nothing was measured yet. Press Compare, and the curves grow while the students learn."))


def _show(shown: Shown, measure: str) -> None:
    """Curves and gains side by side, all numbers, and what can be taken away."""
    left, right = st.columns(2)
    with left:
        still(together, _rows, shown)
    with right:
        still(forest, _measured, shown, measure)
        one_of(_("Gains"), EXAMPLES, measure, "methods.measure", lambda other: look(measure=other))
    st.caption(status.origin(shown))
    if lost := [way.title for way in ways(shown.rows) if way.row["diverged"]]:
        words = _("Of some seeds the loss was no longer a number, and they are left out: {methods}.")
        st.caption(words.format(methods=", ".join(lost)))
    found = results.table(shown.rows)
    if len(found):
        st.subheader(_("All numbers"))
        st.dataframe(found, hide_index=True)
        st.caption(_(results.EXPLAINED))
    title = _("Which way of teaching?")
    take.offer(shown, lambda: take.table(shown.rows), lambda: notebook.forest(["method"]), title)


def _rows(shown: Shown) -> tuple[tuple[Row, ...]]:
    return (shown.rows,)


def _measured(shown: Shown, measure: str) -> tuple[tuple[Row, ...], str]:
    return shown.rows, measure
