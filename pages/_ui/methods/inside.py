"""What the open method changes inside its student: pictures of the run that is compared."""

import streamlit as st

from kdcore.events import Row, first
from kdcore.figures import attention, inside
from kdcore.words import _
from pages._ui.methods.address import Address
from pages._ui.methods.overview import watched
from pages._ui.runs import Shown
from pages._ui.still import still


def changed(asked: Address) -> None:
    """The distances that its student finds between examples, and of CNNs where they look; or why there is nothing."""
    st.markdown("**" + _("What it changes inside the student") + "**")
    text, shown = asked.told(asked.open), watched.find()
    row = inside.look(shown.rows, text) if text and shown else None
    if row is None:
        st.caption(_why_not(text, shown))
        return
    still(inside, _of_way, shown, text)
    if "pictures" in row:
        still(attention, _of_way, shown, text)


def _why_not(text: str | None, shown: Shown | None) -> str:
    if text is None:
        return _("Tick it on the left and press Compare: then you see here how its student's hidden layer changes.")
    if shown is None or not first(shown.rows, "finished"):
        return _("This is drawn when its student has learned.")
    return _("Nothing was kept of it: this needs a run of the method, and hidden layers in student and teacher.")


def _of_way(shown: Shown, text: str) -> tuple[tuple[Row, ...], str]:
    return shown.rows, text
