"""The transfer: the button that asks for it, the answer, gains and accuracies, and all numbers, while they come in."""

import streamlit as st

from kdcore.events import Row
from kdcore.figures import families, family_gains, with_and_without
from kdcore.words import _
from pages._ui import status
from pages._ui.families import closer, gist, results
from pages._ui.families.address import current, look, usual
from pages._ui.families.bar import bar
from pages._ui.methods.overview import EXAMPLES
from pages._ui.one_of import one_of
from pages._ui.runs import Shown
from pages._ui.still import still
from pages._ui.trade_offs import notebook, take
from pages._ui.watched import Watched

TOLD = ("family", "impossible", "snapshot", "finished")  # what there must be one of before anything is drawn
watched = Watched("families.drawn", lambda: (current().chosen, usual()), TOLD)


def overview() -> None:
    """While a run is under way it is drawn anew when there is more of it."""
    watched.watch(_draw)


def _draw() -> None:
    now, shown = current(), watched.drawn()
    if shown and (told := gist.gist(shown.rows)):
        st.markdown(f"**{told}**", help=_(gist.HOW))
    bar(now, shown)
    if shown:
        _show(shown, now.measure)
    elif not watched.is_live():
        st.info(
            _("Nothing was measured yet. Press the button, and the pictures fill as one family after another learns.")
        )


def _show(shown: Shown, measure: str) -> None:
    """Gains and accuracies side by side, all numbers, the trees, and what can be taken away."""
    left, right = st.columns(2)
    with left:
        still(family_gains, _measured, shown, measure)
    with right:
        still(with_and_without, _measured, shown, measure)
    one_of(_("Measured"), EXAMPLES, measure, "families.measure", lambda other: look(measure=other))
    st.caption(status.origin(shown))
    for family, why in families.impossible(shown.rows).items():
        st.warning(_("{family} could not learn: {why}.").format(family=family, why=why.rstrip(".")))
    found = results.table(shown.rows)
    if len(found):
        st.subheader(_("All numbers"))
        st.dataframe(found, hide_index=True, column_config={_("Family"): st.column_config.Column(width="medium")})
        st.caption(results.words(shown.rows))
        st.subheader(_("How soft labels reach them"))
        st.markdown("\n".join(f"* {line}" for line in results.means(shown.rows)))
    closer.closer(shown)
    take.offer(
        shown, lambda: results.students(shown.rows), lambda: notebook.forest(["family"]), _("Who can teach whom?")
    )


def _measured(shown: Shown, measure: str) -> tuple[tuple[Row, ...], str]:
    return shown.rows, measure
