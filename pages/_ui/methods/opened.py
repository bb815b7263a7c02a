"""A method opened: its equation, its knobs, its paper, and the code that computes its term. All of it is the method's
own, so that a new one is told of as well."""

import inspect
import sys
from collections.abc import Callable
from itertools import takewhile
from textwrap import dedent

import streamlit as st

from kdcore import teaching
from kdcore.experiment import choices, written
from kdcore.methods import KINDS, METHODS, Method
from kdcore.methods.method import TEACHER
from kdcore.words import N_, _
from pages._ui.methods.address import Address, look
from pages._ui.methods.inside import changed
from pages._ui.methods.results import needs

WHOLE = r"\mathcal{L} = (1 - w)\,\mathrm{CE}(z_s, y) + w \cdot \text{term}"
GUIDED = N_(
    "It chooses who teaches, and all teaching in it is by soft targets. The networks that are trained for it before "
    "the student have no curves above: the curve is the student's."
)
PEER = N_("The peer has no curve above: the curve is the student's.")
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
    told = asked.told(method.name) or method.name
    left, right = st.columns(2)
    with left:
        _idea(method, told)
        _knobs(method, told)
    with right:
        st.caption(_("What its file says of it, and of code that differs"))
        for paragraph in inspect.getdoc(type(method)).split("\n\n"):
            if paragraph.startswith(" "):
                st.code(dedent(paragraph), language=None, wrap_lines=True)
            else:
                st.markdown(paragraph)
    changed(asked)
    with st.expander(_("The code that computes it")):
        st.code(source(method), language="python", wrap_lines=True)


def source(method: Method) -> str:
    """Its functions as they stand in their file, those of the class first; then those of the method it builds on."""
    found: list[Callable] = []
    for kind in takewhile(lambda kind: kind is not Method, type(method).__mro__):
        functions = filter(inspect.isfunction, vars(sys.modules[kind.__module__]).values())
        found += filter(inspect.isfunction, vars(kind).values())
        found += [each for each in functions if each.__module__ == kind.__module__]
    return "\n\n".join(dedent(inspect.getsource(each)).strip() for each in found)


def _idea(method: Method, told: str) -> None:
    """What it asks of the student, as a sentence and as equations one under another, as a phone is narrow."""
    st.markdown(_(method.about))
    st.caption(_("Its term"))
    for part in method.equation.split(BETWEEN):
        st.latex(part + r"\,")  # what leans over the end has room
    st.caption(_("The student's loss, where w is the soft-label share"))
    st.latex(WHOLE)
    st.markdown(_("It needs: {needs}.").format(needs=needs(told)))
    if beside := _beside(method, told):
        st.markdown(_(beside))
    if method.copy_is_not_best:
        words = _("A perfect copy of the teacher is not what costs least. {why}")
        st.markdown(words.format(why=_(method.copy_is_not_best)))
    st.markdown(f"[{method.paper}]({method.link})")


def _beside(method: Method, told: str) -> str:
    """What of its networks is not to be seen in the curves, where it has such."""
    if teaching.told(told) == "soft targets" and method.guides(teaching.read(told).knobs) != (TEACHER,):
        return GUIDED
    return PEER if method.has_peer else ""


def _knobs(method: Method, told: str) -> None:
    """What can be set of it, what each does, and where it stands."""
    known = method.Knobs.model_fields
    if not known:
        st.caption(_("It has no knobs of its own."))
        return
    st.caption(_("Its knobs, which are turned on the left"))
    now = teaching.read(told).knobs
    lines = []
    for name, info in known.items():
        value = getattr(now, name)
        lines.append(f"* **{_(info.title)}** {value if choices(info) else written(value)}. {_(info.description)}")
    st.markdown("\n".join(lines))
