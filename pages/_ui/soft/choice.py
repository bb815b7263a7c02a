"""Which run is looked at: any that has finished, of the store or recorded."""

from functools import lru_cache

import streamlit as st

from kdcore.events import first
from kdcore.experiment import Experiment
from kdcore.measure.snapshots import SoftLabels, unpack
from kdcore.store import StoreProblem
from kdcore.words import _
from pages._ui import runs
from pages._ui.run_list import run_list
from pages._ui.runs import Shown

SNAPSHOT = "soft_labels"


def choice(chosen: Experiment) -> None:
    """A list of runs; the address follows what is chosen in it."""
    run_list(_("Run"), chosen, runs.finished(), "soft.run", lambda run: st.query_params.from_dict(run.to_query()))


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
