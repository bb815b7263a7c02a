"""The knobs of the open method: what is turned changes how it is taught with in the comparison."""

from math import floor, log10
from typing import Any

import streamlit as st
from pydantic.fields import FieldInfo

from kdcore import teaching
from kdcore.experiment import bounds, choices, written
from kdcore.methods import METHODS, Method
from kdcore.teaching import Teaching
from kdcore.words import _
from pages._ui.methods.address import Address, current
from pages._ui.methods.choice import ask, controls

FEW = 10  # whole numbers, each of which a slider has


def knobs(asked: Address) -> None:
    """A control for each, of use while the method is compared."""
    method, told = METHODS[asked.open], asked.told(asked.open)
    if not method.Knobs.model_fields:
        return
    heading = _("Knobs of the open method")
    st.markdown(f"**{heading}**")
    st.caption(_(method.title) if told else _("{method}: tick it to turn them.").format(method=_(method.title)))
    now = teaching.read(told or method.name).knobs
    for name, info in method.Knobs.model_fields.items():
        _knob(method, name, info, getattr(now, name), is_compared=told is not None)
    controls.problem("knobs")


def stops(low: float, high: float, usual: float) -> list[float]:
    """Where a slider stops: at both ends, at the usual value, and at 1, 2, 5, 10, ... from a hundredth of that on."""
    decades = range(floor(log10(usual or 1)) - 2, floor(log10(high)) + 1)
    rounded = [float(f"{mantissa}e{decade}") for decade in decades for mantissa in (1, 2, 5)]
    return sorted({low, usual, high, *(each for each in rounded if low <= each <= high)})


def _knob(method: Method, name: str, info: FieldInfo, value: Any, is_compared: bool) -> None:
    """A list of choices, or a slider."""
    key = f"methods.knob.{method.name}.{name}"
    st.session_state[key] = value
    common = {"label": _(info.title), "help": _(info.description), "key": key, "disabled": not is_compared}

    def turn() -> None:
        told = current().told(method.name)
        other = teaching.read(told).knobs.model_copy(update={name: st.session_state[key]})
        text = teaching.write(Teaching(method, other))
        ask("knobs", [text if each == told else each for each in current().methods])

    if choices(info):
        st.selectbox(options=choices(info), on_change=turn, **common)
    else:
        low, high = bounds(info)
        is_count = isinstance(value, int) and high - low < FEW  # of generations, of teachers
        between = range(low, high + 1) if is_count else stops(low, high, info.default)
        options = sorted({value, *map(type(value), between)})
        st.select_slider(options=options, format_func=written, on_change=turn, **common)
