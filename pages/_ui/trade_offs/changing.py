"""What the controls of a sweep and of a search have in common: the address follows what is changed in them, and where
that cannot be, they say why and leave it as it is."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from kdcore import order
from kdcore.experiment import Experiment, bounds, fields, flatten, unflatten
from kdcore.figures import cells
from kdcore.words import _
from pages._ui import runs
from pages._ui.run_list import run_list
from pages._ui.trade_offs import address

WRONG = "trade.wrong"  # what was last changed in vain: its place, the sentence, what was typed, and what stands instead


def change(_place: str, _told: str = "", **changes: Any) -> None:
    """Ask for something else, unless that cannot be. An experiment may be told as its settings by dotted name."""
    now = address.current().chosen
    st.session_state.pop(WRONG, None)
    try:
        if isinstance(changes.get("experiment"), Mapping):
            changes["experiment"] = unflatten(changes["experiment"])
        address.choose(type(now).model_validate(dict(now) | changes))
    except ValidationError as error:
        sentences = " ".join(_("{problem}.").format(problem=each) for each in order.problems(error))
        st.session_state[WRONG] = (_place, sentences, _told, now)


def problem(place: str) -> None:
    """What is wrong with what was last changed at this place."""
    if sentences := _wrong(place)[0]:
        st.error(sentences)


def typed(place: str) -> str:
    """What was typed at this place and could not be read."""
    return _wrong(place)[1]


def runs_to_take(experiment: Experiment) -> None:
    """A list of runs whose settings can be taken, but for those that the question needs."""
    able = [each for each in runs.finished() if not each.left_out and not each.controls]  # there are no lanes for these
    run_list(_("Experiment of the run"), experiment, able, "trade.run", _take)
    problem("run")


def setting(name: str, experiment: Experiment) -> None:
    """A number among the experiment's settings."""
    settings, info = flatten(experiment), fields()[name]
    title = _(info.title) if name == "seeds" else cells.title(name)
    number(name, info, settings[name], lambda value: {"experiment": settings | {name: value}}, title)


def number(
    name: str, info: FieldInfo, now: int, changed: Callable[[int], Mapping[str, Any]], title: str | None = None
) -> None:
    """A field for a whole number; `changed` tells what of the order another one changes."""
    key, (low, high) = f"trade.{name}", bounds(info)
    st.session_state[key] = now
    st.number_input(
        title or _(info.title),
        min_value=low,
        max_value=high,
        key=key,
        help=_(info.description),
        on_change=lambda: change(name, **changed(st.session_state[key])),
    )
    problem(name)


def _take(experiment: Experiment) -> None:
    usual, plain = flatten(address.usual(address.current().question).experiment), flatten(Experiment())
    needed = {name: value for name, value in usual.items() if value != plain[name]}
    change("run", experiment=flatten(experiment) | needed)


def _wrong(place: str) -> tuple[str, str]:
    """The sentence and what was typed, as long as nothing else is asked for."""
    where, sentences, told, instead = st.session_state.get(WRONG, ("", "", "", None))
    return (sentences, told) if where == place and instead == address.current().chosen else ("", "")
