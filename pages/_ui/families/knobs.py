"""The knobs of one family at a time, the teacher's or a student's: what is turned changes the text it is chosen by."""

from typing import Any

import streamlit as st
from pydantic.fields import FieldInfo

from kdcore import families
from kdcore.experiment import bounds, choices, written
from kdcore.families import Family
from kdcore.figures.families import title
from kdcore.words import _
from pages._ui.families.address import TEACHER, Address, current, look, places
from pages._ui.families.choice import controls
from pages._ui.methods.knobs import stops

FEW = 50  # whole numbers that a slider has a stop for, each


def knobs(asked: Address) -> None:
    """A list of who there is, and a control for each knob of the one that is open."""
    known, heading = places(asked.chosen), _("Knobs")
    st.markdown(f"**{heading}**")
    st.session_state["families.open"] = asked.open
    st.selectbox(
        _("Whose"),
        options=list(known),
        format_func=lambda place: _who(place, known[place]),
        key="families.open",
        help=_("Whose knobs are turned below."),
        on_change=lambda: look(open=st.session_state["families.open"]),
    )
    family = families.read(known[asked.open])
    for name, info in type(family).model_fields.items():
        _knob(family, name, info)
    controls.problem("knobs")


def turned(family: Family, name: str, value: Any) -> str:
    """The text of the same family with another value of one knob, which may be no value that it can have."""
    told = {knob: written(now) for knob, now in family} | {name: written(value)}
    return families.write(family).partition(":")[0] + ":" + ",".join(f"{knob}={text}" for knob, text in told.items())


def turn(name: str, value: Any) -> None:
    """Turn a knob of the one that is open."""
    now = current()
    known = places(now.chosen)
    texts = known | {now.open: turned(families.read(known[now.open]), name, value)}
    controls.change("knobs", teacher=texts.pop(TEACHER), students=tuple(texts.values()))


def _who(place: str, text: str) -> str:
    """Students of one family are told apart by their knobs; the teacher's stand below, and would not fit."""
    return _("Teacher: {family}").format(family=_(families.read(text).title)) if place == TEACHER else title(text)


def _knob(family: Family, name: str, info: FieldInfo) -> None:
    """A list of choices, a field for widths, or a slider."""
    value, key, (low, high) = getattr(family, name), f"families.knob.{name}", bounds(info)
    st.session_state[key] = written(value) if isinstance(value, tuple) else value
    common = {"label": _(info.title), "help": _(info.description), "key": key}
    common["on_change"] = lambda: turn(name, st.session_state[key])
    if choices(info):
        st.selectbox(options=choices(info), **common)
    elif isinstance(value, tuple):
        st.text_input(**common)
    elif isinstance(value, int) and high - low < FEW:
        st.slider(min_value=low, max_value=high, step=1, **common)
    else:
        options = sorted({value, *map(type(value), stops(low, high, info.default))})
        st.select_slider(options=options, format_func=written, **common)
