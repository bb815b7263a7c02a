"""The comparison: the button that asks for it, the answer, curves and gains, and all numbers, while they come in."""

from collections.abc import Hashable

import streamlit as st

from kdcore.events import Row
from kdcore.figures import forest, together
from kdcore.figures.ways import ways
from kdcore.words import N_, _
from pages._ui import runs, status
from pages._ui.methods import gist, results
from pages._ui.methods.address import current, look, usual
from pages._ui.methods.bar import bar
from pages._ui.one_of import one_of
from pages._ui.runs import Shown
from pages._ui.still import still
from pages._ui.trade_offs import notebook, take
from pages._ui.watching import same_if_no_more, watching

EXAMPLES = {"val_accuracy": N_("on validation examples"), "test_accuracy": N_("on test examples")}


def overview() -> None:
    """While a run is under way it is drawn anew when there is more of it."""
    shown = find()
    chosen = current().chosen.key
    watching(_what, _is_live, _draw, chosen if shown is None or shown.key != chosen else None, ("cell",))


def find() -> Shown | None:
    """The run to show: that of the address as soon as there is something of it, and until then the usual one."""
    return next((shown for each in (current().chosen, usual()) if _count(shown := runs.find(each.key))), None)


def _draw() -> None:
    now, shown = current(), same_if_no_more("methods.drawn", find(), _count)
    if shown and (told := gist.gist(shown.rows)):
        st.markdown(f"**{told}**", help=_(gist.HOW))
    bar(now, is_other=shown is not None and shown.key != now.chosen.key)
    if shown:
        _show(shown, now.measure)
    elif not _is_live():
        st.info(_("Nothing was measured yet. Press Compare, and the curves grow while the students learn."))


def _show(shown: Shown, measure: str) -> None:
    """Curves and gains side by side, all numbers, and what can be taken away."""
    left, right = st.columns(2, gap="medium")
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


def _count(shown: Shown | None) -> int:
    """How often something was told of a method."""
    return sum(row["event"] == "cell" for row in shown.rows) if shown else 0


def _what() -> Hashable:
    """What is asked for, and which run is to be shown."""
    shown = find()
    return current().chosen, shown and shown.attempt


def _is_live() -> bool:
    """Whether there is more to come of what is shown, or of what was asked for."""
    return any(each is not None and each.is_live for each in (find(), runs.find(current().chosen.key)))


def _rows(shown: Shown) -> tuple[tuple[Row, ...]]:
    return (shown.rows,)


def _measured(shown: Shown, measure: str) -> tuple[tuple[Row, ...], str]:
    return shown.rows, measure
