"""What is asked for: which data, who teaches, who learns, and how they are taught."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st
from pydantic.fields import FieldInfo

from kdcore.data import catalogue
from kdcore.experiment import bounds, fields, written
from kdcore.families import FAMILIES
from kdcore.figures import families
from kdcore.methods import METHODS
from kdcore.transfer import Transfer
from kdcore.words import _
from pages._ui.changing import Changing
from pages._ui.controls import STEPS, STOPS, data_title
from pages._ui.families import address
from pages._ui.families.address import Address, usual

controls = Changing("families", lambda: address.current().chosen, lambda chosen: address.choose(chosen))


def choice(asked: Address) -> None:
    """All controls but the families' own knobs; the address follows what is changed in them."""
    chosen, known = asked.chosen, fields(Transfer)
    _headed(_("Data"))
    _data(chosen, known["data.name"])
    _labels(chosen, known["data.labels"])
    if chosen.facts.has_noise:
        _slider("data.noise", known["data.noise"], chosen.data.noise, lambda value: _of_data(chosen, noise=value))
    _headed(_("Teacher and students"))
    _teacher(chosen, known["teacher"])
    _students(chosen, known["students"])
    _headed(_("Distillation"))
    controls.number("unlabelled", known["unlabelled"], chosen.unlabelled, lambda value: {"unlabelled": value})
    for name in ("temperature", "soft_weight", "seeds"):
        _slider(name, known[name], getattr(chosen, name), lambda value, name=name: {name: value})
    with st.expander(_("More")):
        _method(chosen, known["method"])
        controls.number("data.seed", known["data.seed"], chosen.data.seed, lambda value: _of_data(chosen, seed=value))


def _headed(words: str) -> None:
    st.markdown(f"**{words}**")


def _of_data(chosen: Transfer, **changes: Any) -> Mapping[str, Any]:
    return {"data": dict(chosen.data) | changes}


def _data(chosen: Transfer, info: FieldInfo) -> None:
    """Other data keep the label budget as far as they have so many, and have noise as usual."""

    def take() -> None:
        name, labels = st.session_state["families.data.name"], chosen.data.labels
        most = catalogue.facts(name).train
        kept = {"labels": None if labels is None else min(labels, most), "seed": chosen.data.seed}
        controls.change("data.name", data={"name": name} | kept)

    names = list(
        dict.fromkeys([*catalogue.names(), chosen.data.name])
    )  # what was deleted stays until another is chosen
    _select("data.name", info, names, chosen.data.name, take, data_title)


def _labels(chosen: Transfer, info: FieldInfo) -> None:
    stops = {stop for stop in STOPS["data.labels"] if stop < chosen.facts.train}
    options = [*sorted(stops | ({chosen.data.labels} - {None})), None]
    _stops("data.labels", info, options, chosen.data.labels, lambda value: _of_data(chosen, labels=value))


def _teacher(chosen: Transfer, info: FieldInfo) -> None:
    """Another family teaches with its knobs as usual; a network is larger than those that learn."""
    now = chosen.teacher.partition(":")[0]

    def take() -> None:
        name = st.session_state["families.teacher"]
        controls.change("teacher", teacher=usual().teacher if usual().teacher.startswith(f"{name}:") else name)

    _select("teacher", info, list(FAMILIES), now, take, families.title)


def _students(chosen: Transfer, info: FieldInfo) -> None:
    """A switch for each family. One whose knobs were turned has a switch of its own beside that of the usual one."""
    key = "families.students"
    st.session_state[key] = list(chosen.students)

    def switch() -> None:
        on = st.session_state[key]
        kept = [text for text in chosen.students if text in on]
        controls.change("students", students=tuple(dict.fromkeys([*kept, *on])))

    options = list(dict.fromkeys([*FAMILIES, *chosen.students]))
    common = {"format_func": families.title, "key": key, "help": _(info.description), "on_change": switch}
    st.pills(_(info.title), options=options, selection_mode="multi", **common)
    controls.problem("students")


def _method(chosen: Transfer, info: FieldInfo) -> None:
    """The method that teaches networks; other families know none but soft targets."""
    known = list(dict.fromkeys([*METHODS, chosen.method]))

    def take() -> None:
        controls.change("method", method=st.session_state["families.method"])

    _select(
        "method", info, known, chosen.method, take, lambda text: _(METHODS[text].title) if text in METHODS else text
    )


def _slider(name: str, info: FieldInfo, now: float, changed: Callable[[Any], Mapping[str, Any]]) -> None:
    """A number, by equal steps or by stops."""
    if name in STOPS:
        _stops(name, info, sorted({*STOPS[name], now}), now, changed)
        return
    low, high = bounds(info)
    key = f"families.{name}"
    st.session_state[key] = now
    common = {
        "min_value": type(now)(low),
        "max_value": type(now)(high),
        "step": STEPS[name],
        "help": _(info.description),
    }
    st.slider(
        _(info.title), key=key, on_change=lambda: controls.change(name, **changed(st.session_state[key])), **common
    )
    controls.problem(name)


def _stops(
    name: str, info: FieldInfo, options: list[Any], now: Any, changed: Callable[[Any], Mapping[str, Any]]
) -> None:
    key = f"families.{name}"
    st.session_state[key] = now
    st.select_slider(
        _(info.title),
        options=options,
        format_func=written,
        key=key,
        help=_(info.description),
        on_change=lambda: controls.change(name, **changed(st.session_state[key])),
    )
    controls.problem(name)


def _select(
    name: str, info: FieldInfo, options: list[str], now: str, take: Callable[[], None], named: Callable[[str], str]
) -> None:
    key = f"families.{name}"
    st.session_state[key] = now
    common = {"format_func": named, "key": key, "help": _(info.description), "on_change": take}
    st.selectbox(_(info.title), options=options, **common)
    controls.problem(name)
