"""A list of runs to choose from, each by what it differs in from the default."""

from collections.abc import Callable, Iterable

import streamlit as st

from kdcore.experiment import Experiment, flatten
from kdcore.figures.differences import differences
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
    return " · ".join([_(experiment.facts.title), *differences(flatten(experiment))])
