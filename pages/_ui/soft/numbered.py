"""Examples to choose from by their numbers: points of the plane, and rows of a table."""

from collections.abc import Sequence

import streamlit as st

from kdcore.measure.snapshots import SoftLabels
from kdcore.words import _
from pages._ui.soft import view


def numbered(soft: SoftLabels, order: Sequence[int], now: view.View, placeholder: str) -> None:
    """A list of the examples in this order, each with its number and its class."""
    numbers = soft.index[list(order)].tolist()
    st.session_state["soft.example"] = now.example if now.example in numbers else None
    st.selectbox(
        _("Example"),
        options=numbers,
        format_func=lambda number: _named(soft, number),
        key="soft.example",
        placeholder=placeholder,
        on_change=lambda: view.change(example=st.session_state["soft.example"]),
    )


def _named(soft: SoftLabels, number: int) -> str:
    place = soft.index.tolist().index(number)
    return _("number {number}: {name}").format(number=number, name=_(soft.classes[soft.label[place]]))
