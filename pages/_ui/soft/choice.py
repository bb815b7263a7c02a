"""Which run is looked at: any that has finished, of the store or recorded."""

from functools import lru_cache

import streamlit as st

from kdcore.events import first
from kdcore.experiment import Experiment, fields
from kdcore.measure.snapshots import SoftLabels, unpack
from kdcore.store import StoreProblem
from kdcore.words import _
from pages._ui import runs
from pages._ui.runs import Shown

SNAPSHOT = "soft_labels"


def choice(chosen: Experiment) -> None:
    """A list of runs; the address follows what is chosen in it."""
    known = {experiment.key: experiment for experiment in (chosen, *runs.finished())}
    st.session_state["soft.run"] = chosen.key
    st.selectbox(
        _("Run"),
        options=list(known),
        format_func=lambda key: described(known[key]),
        key="soft.run",
        help=_("Any run that has finished. Train more of them on the page Distil."),
        on_change=lambda: st.query_params.from_dict(known[st.session_state["soft.run"]].to_query()),
    )
    st.page_link("distil.py", label=_("This run on Distil"), query_params=chosen.to_query())


def described(experiment: Experiment) -> str:
    """An experiment by its data and whatever differs from the default."""
    different = {name: text for name, text in experiment.to_query().items() if name != "data.name"}
    return " · ".join([_(experiment.facts.title), *(_setting(name, text) for name, text in different.items())])


def soft_labels(shown: Shown | None) -> SoftLabels | None:
    """The answers that a finished run has kept; None where there are none, or none that can be read."""
    if shown is None or not first(shown.rows, "finished"):
        return None
    try:
        return _soft_labels(shown)
    except StoreProblem:  # `runs.problem` tells of it; not kept, so that it is tried again
        return None


@lru_cache(maxsize=32)
def _soft_labels(shown: Shown) -> SoftLabels | None:
    payload = shown.payload(SNAPSHOT)
    return unpack(payload) if payload else None


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
