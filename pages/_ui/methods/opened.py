"""A method opened: its equation, its knobs, its paper, and the code that computes its term. All of it is the method's
own, so that a new one is told of as well."""

import inspect
import sys
from math import floor, log10
from typing import Any

import streamlit as st
from pydantic.fields import FieldInfo

from kdcore import teaching
from kdcore.experiment import bounds, choices, written
from kdcore.methods import KINDS, METHODS, Method
from kdcore.teaching import Teaching
from kdcore.words import _
from pages._ui.methods.address import Address, current, look
from pages._ui.methods.choice import ask, controls
from pages._ui.methods.results import needs

WHOLE = r"\mathcal{L} = (1 - w)\,\mathrm{CE}(z_s, y) + w \cdot \text{term}"
BETWEEN = r",\quad"  # parts of an equation


def opened(asked: Address) -> None:
    """The method of the address, and a list to open another one."""
    st.subheader(_("Open a method"))
    st.session_state["methods.open"] = asked.open
    st.selectbox(
        _("Method"),
        options=list(METHODS),
        format_func=lambda name: f"{_(KINDS[METHODS[name].kind])} · {_(METHODS[name].title)}",
        key="methods.open",
        on_change=lambda: look(open=st.session_state["methods.open"]),
    )
    method = METHODS[asked.open]
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(_(method.about))
        st.caption(_("Its term"))
        for part in method.equation.split(BETWEEN):  # one under another, as a phone is narrow
            st.latex(part)
        st.caption(_("The student's loss, where w is the soft-label share"))
        st.latex(WHOLE)
        st.markdown(_("It needs: {needs}.").format(needs=needs(method)))
        if method.copy_is_not_best:
            words = _("A perfect copy of the teacher is not what costs least. {why}")
            st.markdown(words.format(why=_(method.copy_is_not_best)))
        st.markdown(f"[{method.paper}]({method.link})")
        _knobs(method, asked)
    with right:
        st.caption(_("What its file says of it, and of code that differs"))
        st.markdown(inspect.getdoc(type(method)))
    with st.expander(_("The code that computes it")):
        st.code(source(method), language="python")


def source(method: Method) -> str:
    """Its functions as they stand in their file, those of the class first."""
    module = sys.modules[type(method).__module__]
    own = [each for each in vars(type(method)).values() if inspect.isfunction(each)]
    beside = [each for each in vars(module).values() if inspect.isfunction(each) and each.__module__ == module.__name__]
    return "\n\n".join(inspect.cleandoc(inspect.getsource(each)) for each in (*own, *beside))


def stops(low: float, high: float, usual: float) -> list[float]:
    """Where a slider stops: at both ends, at the usual value, and at 1, 2, 5, 10, ... from a hundredth of that on."""
    decades = range(floor(log10(usual or 1)) - 2, floor(log10(high)) + 1)
    rounded = [float(f"{mantissa}e{decade}") for decade in decades for mantissa in (1, 2, 5)]
    return sorted({low, usual, high, *(each for each in rounded if low <= each <= high)})


def _knobs(method: Method, asked: Address) -> None:
    """What can be set of it, while it is compared."""
    known, told = method.Knobs.model_fields, asked.told(method.name)
    if not known:
        st.caption(_("It has no knobs of its own."))
        return
    if told is None:
        st.caption(_("Tick it on the left to try its knobs."))
    now = teaching.read(told or method.name).knobs
    for name, info in known.items():
        _knob(method, name, info, getattr(now, name), is_compared=told is not None)
    controls.problem("knobs")


def _knob(method: Method, name: str, info: FieldInfo, value: Any, is_compared: bool) -> None:
    """A list of choices, or a slider; and under it what it does."""
    key = f"methods.knob.{method.name}.{name}"
    st.session_state[key] = value
    common = {"label": _(info.title), "key": key, "disabled": not is_compared}

    def turn() -> None:
        told = current().told(method.name)
        other = teaching.read(told).knobs.model_copy(update={name: st.session_state[key]})
        text = teaching.write(Teaching(method, other))
        ask("knobs", [text if each == told else each for each in current().methods])

    if choices(info):
        st.selectbox(options=choices(info), on_change=turn, **common)
    else:
        kind = type(value)
        options = sorted({value, *map(kind, stops(*bounds(info), info.default))})
        st.select_slider(options=options, format_func=written, on_change=turn, **common)
    st.caption(_(info.description))
