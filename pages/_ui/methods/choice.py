"""What is compared: whose experiment, which methods, how often and how long."""

import streamlit as st

from kdcore import grid
from kdcore.experiment import SOFT_TARGETS, Experiment
from kdcore.methods import KINDS, METHODS, Method
from kdcore.words import _
from pages._ui import runs
from pages._ui.changing import Changing
from pages._ui.methods import address
from pages._ui.methods.address import Address, impossible
from pages._ui.run_list import run_list

KEPT = ("seeds", "training.epochs")  # that can be set beside the methods
controls = Changing("methods", lambda: address.current().chosen, lambda chosen: address.choose(chosen))


def choice(asked: Address) -> None:
    """All controls; the address follows what is changed in them."""
    base = asked.chosen.experiment
    able = [each for each in runs.finished() if not each.left_out and not each.controls]  # there are no lanes for these
    run_list(_("Experiment of the run"), base, able, "methods.run", _take)
    controls.problem("run")
    for kind, title in KINDS.items():
        st.markdown(f"**{_(title)}**")
        for method in METHODS.values():
            if method.kind == kind:
                _tick(method, asked)
    for name in KEPT:
        controls.setting(name, base)
    for note in grid.notes(asked.chosen):
        st.caption(_("{note}.").format(note=note[:1].upper() + note[1:]))


def ask(place: str, methods: list[str]) -> None:
    """Compare these methods, unless they are too many or none."""
    if not methods:
        controls.refuse(place, _("{problem}.").format(problem=address.too_few()))
    elif len(methods) > address.MOST:
        controls.refuse(place, _("{problem}.").format(problem=address.too_many()))
    else:
        controls.change(place, x={"setting": "method", "values": methods})


def _tick(method: Method, asked: Address) -> None:
    """Whether a method is compared; where it cannot teach here, why."""
    key, told = f"methods.of.{method.name}", asked.told(method.name)
    st.session_state[key] = told is not None
    why_not = "" if told else impossible(method.name, asked.chosen.experiment)

    def tick() -> None:
        rest = [text for text in asked.methods if text != told]
        ask(method.name, rest if told else [*asked.methods, method.name])

    st.checkbox(_(method.title), key=key, help=_(method.about), disabled=bool(why_not), on_change=tick)
    if why_not:
        st.caption(_("{problem}.").format(problem=why_not[:1].upper() + why_not[1:].rstrip(".")))
    controls.problem(method.name)


def _take(experiment: Experiment) -> None:
    """Another run's settings, and of the methods those that can teach there."""
    able = [text for text in address.current().methods if not impossible(text, experiment)]
    plain = experiment.model_copy(update={"method": SOFT_TARGETS})
    controls.take(plain, address.usual().experiment, x={"setting": "method", "values": able or [SOFT_TARGETS]})
