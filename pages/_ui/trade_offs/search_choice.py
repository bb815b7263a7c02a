"""What is searched: whose experiment, which of its settings and how far, how many trials, and who chooses them."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st
from pydantic import ValidationError

from kdcore import search
from kdcore.experiment import Experiment, bounds, flatten, unflatten
from kdcore.experiment import fields as settings_of_experiments
from kdcore.figures import cells
from kdcore.search import SAMPLERS, Search
from kdcore.words import _
from pages._ui import runs
from pages._ui.one_of import one_of
from pages._ui.run_list import run_list
from pages._ui.trade_offs import address
from pages._ui.trade_offs.address import Address

KEPT = ("seeds", "training.epochs")  # that can be set beside what is searched
WRONG = "trade.search.wrong"


def choice(asked: Address) -> None:
    """All controls of a search; the address follows what is changed in them."""
    chosen = asked.chosen
    run_list(_("Experiment of the run"), chosen.experiment, _experiments(), "trade.run", _take)
    _problem("run")
    _settings(chosen)
    _number("trials", Search.model_fields["trials"], chosen.trials, lambda value: {"trials": value})
    info = Search.model_fields["sampler"]
    one_of(
        _(info.title), SAMPLERS, chosen.sampler, "trade.sampler", lambda sampler: _change("sampler", sampler=sampler)
    )
    _number("seed", Search.model_fields["seed"], chosen.seed, lambda value: {"seed": value})
    for name in KEPT:
        if name not in (each.setting for each in chosen.settings):
            _setting(name, chosen)


def _experiments() -> list[Experiment]:
    """What has been run to its end, and asks nothing of students that a search has no lanes for."""
    return [each for each in runs.finished() if not each.left_out and not each.controls]


def _settings(chosen: Search) -> None:
    """Ranges, a line each. What cannot be read stands as it was typed."""
    key, info = "trade.settings", Search.model_fields["settings"]
    now = "\n".join(map(str, chosen.settings))
    st.session_state[key] = st.session_state.get(WRONG, {}).get("settings", ("", now))[1]

    def change() -> None:
        told = st.session_state[key]
        _change("settings", told, settings=told)

    st.text_area(
        _(info.title), key=key, height=36 * (len(chosen.settings) + 1), help=_(info.description), on_change=change
    )
    _problem("settings")


def _setting(name: str, chosen: Search) -> None:
    """A setting of the experiment that decides how long it takes."""
    settings = flatten(chosen.experiment)
    info = settings_of_experiments()[name]
    title = _(info.title) if name == "seeds" else cells.title(name)
    _number(name, info, settings[name], lambda value: {"experiment": settings | {name: value}}, title)


def _number(
    name: str, info: Any, now: int, changed: Callable[[int], Mapping[str, Any]], title: str | None = None
) -> None:
    key, (low, high) = f"trade.{name}", bounds(info)
    st.session_state[key] = now

    def change() -> None:
        _change(name, **changed(st.session_state[key]))

    label = title or _(info.title)
    st.number_input(label, min_value=low, max_value=high, key=key, help=_(info.description), on_change=change)
    _problem(name)


def _take(experiment: Experiment) -> None:
    """Another run's settings, but for those that a search needs to be short."""
    usual, plain = flatten(Search().experiment), flatten(Experiment())
    needed = {name: value for name, value in usual.items() if value != plain[name]}
    _change("run", experiment=flatten(experiment) | needed)


def _change(_place: str, _told: str = "", **changes: Any) -> None:
    """Ask for another search; where there can be none such, say why at this place, and leave all as it is."""
    wrong = st.session_state[WRONG] = {}
    now = address.current().chosen
    try:
        if isinstance(changes.get("experiment"), Mapping):
            changes["experiment"] = unflatten(changes["experiment"])
        address.choose(Search.model_validate(dict(now) | changes))
    except ValidationError as error:
        module = search if error.title == Search.__name__ else search.experiment
        problems = module.problems(error)
        wrong[_place] = (" ".join(_("{problem}.").format(problem=each) for each in problems), _told)


def _problem(place: str) -> None:
    """What is wrong with what was last changed here."""
    if told := st.session_state.get(WRONG, {}).get(place):
        st.error(told[0])
