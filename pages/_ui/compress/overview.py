"""The plane, the variant chosen on it, and the button that fills it: looked at again and again while it fills."""

from collections.abc import Hashable

import streamlit as st

from kdcore.compression import Compression
from kdcore.events import Row, first
from kdcore.figures import plane, stages
from kdcore.words import N_, _
from pages._ui import status
from pages._ui.compress import view
from pages._ui.compress.address import Address, current, look
from pages._ui.compress.bar import bar
from pages._ui.compress.card import card
from pages._ui.compress.gist import gist, proposed
from pages._ui.one_of import one_of
from pages._ui.runs import Shown
from pages._ui.still import still
from pages._ui.watched import Watched

watched = Watched("compress.drawn", lambda: (current().chosen, Compression()), ("variant",))


def overview() -> None:
    """While a plane fills, it is drawn anew when there are more variants; the page, when something else is to show."""
    watched.watch(_draw, _seen)


def variant(asked: Address, shown: Shown) -> str:
    """The name of the variant that is looked at: that of the address where it was measured."""
    wanted = asked.view.variant
    return wanted if wanted is not None and first(shown.rows, "variant", name=wanted) else proposed(shown.rows)


def _draw() -> None:
    now, shown = current(), watched.drawn()
    if shown:
        sentence, how = gist(shown.rows)
        st.markdown(f"**{sentence}**", help=how or None)
    bar(now.chosen, is_other=shown is not None and shown.key != now.chosen.key)
    if shown:
        _plane(now, shown)
        _impossible(shown)
    elif not watched.is_live():
        st.info(_("Nothing was measured yet. Press Compress, and each variant appears here when it is finished."))


def _plane(asked: Address, drawn: Shown) -> None:
    name = variant(asked, drawn)
    if asked.view.variant not in (None, name):
        _missing(asked, drawn)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        against = asked.view.against
        one_of(
            _("Against"), view.AGAINST, against, "compress.against", lambda other: look(against=other), is_named=False
        )

        def picked(spot: list[float]) -> None:
            look(variant=plane.nearest(drawn.rows, against, *spot))

        still(plane, _rows, drawn, against, name, on_pick=picked)
    with right:
        card(drawn.rows, name)
        st.caption(status.origin(drawn))


def _rows(drawn: Shown, against: str, name: str) -> tuple[tuple[Row, ...], str, str]:
    return drawn.rows, against, name


def _impossible(drawn: Shown) -> None:
    """What could not be made of these networks, and why."""
    for row in drawn.rows:
        if row["event"] == "impossible":
            words = _("“{variant}” cannot be made of this teacher: {detail}.")
            st.warning(words.format(variant=stages.label(row["name"]), detail=row["detail"]))


def _missing(asked: Address, drawn: Shown) -> None:
    """The variant of the address is not on the plane: not yet, or not at all."""
    is_over = drawn.key == asked.chosen.key and not drawn.is_live
    words = N_("Ignored in the address: there is no variant “{variant}” on this plane.")
    later = N_("The variant “{variant}” is not measured yet; until then, another one is shown.")
    st.warning(_(words if is_over else later).format(variant=stages.label(asked.view.variant)))


def _seen() -> Hashable:
    """The variant that is looked at, and of which plane."""
    shown = watched.find()
    return current().view.variant, shown and shown.attempt
