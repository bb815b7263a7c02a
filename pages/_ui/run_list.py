"""A list of runs to choose from, each by what it differs in from the default."""

from collections.abc import Callable, Iterable

import streamlit as st

from kdcore.experiment import Experiment, fields
from kdcore.words import _


def run_list(
    label: str, chosen: Experiment, others: Iterable[Experiment], key: str, on_choose: Callable[[Experiment], None]
) -> None:
    """The chosen run and others, and a link to it on Distil."""
    known = {experiment.key: experiment for experiment in (chosen, *others)}
    st.session_state[key] = chosen.key
    st.selectbox(
        label,
        options=list(known),
        format_func=lambda each: described(known[each]),
        key=key,
        help=_("Any run that has finished. Train more of them on the page Distil."),
        on_change=lambda: on_choose(known[st.session_state[key]]),
    )
    st.page_link("distil.py", label=_("This run on Distil"), query_params=chosen.to_query())


def described(experiment: Experiment) -> str:
    """An experiment by its data and whatever differs from the default."""
    different = {name: text for name, text in experiment.to_query().items() if name != "data.name"}
    return " · ".join([_(experiment.facts.title), *(_setting(name, text) for name, text in different.items())])


def _setting(name: str, text: str) -> str:
    """A setting as its control calls it; those of a network say whose they are."""
    title, who = _(fields()[name].title), name.rpartition(".")[0]
    who = "student" if who == "training" else who
    owner = {
        "teacher": _("teacher"),
        "teacher_training": _("teacher"),
        "student": _("student"),
        "training": _("student"),
    }
    return " ".join(filter(None, (owner.get(who), title.lower(), text)))
