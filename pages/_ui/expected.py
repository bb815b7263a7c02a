"""How long a sweep, a search or a plane may take, before it is begun."""

import streamlit as st

from kdcore import calibrate, cost
from kdcore.calibrate import Calibration
from kdcore.compress.effort import effort
from kdcore.compression import Compression
from kdcore.engine import client
from kdcore.events import Row, first
from kdcore.grid import Sweep
from kdcore.search import Search
from pages._ui import runs
from pages._ui.browser import browser


def ask() -> None:
    """Have this machine's speed measured, once, where it is not known."""
    if runs.find(Calibration().key) is None and not st.session_state.get("calibrated"):
        st.session_state["calibrated"] = True
        client.submit(Calibration(), browser())


def seconds(chosen: Sweep | Search | Compression) -> float | None:
    """Judged by the speed of this machine; until that is measured, by the last run that was trained here, or else by
    a recorded one. None where there is nothing to judge by."""
    plane = effort(chosen) if isinstance(chosen, Compression) else None
    if measured := _speed():
        return calibrate.taken_s(*plane, measured) if plane else calibrate.seconds(chosen.groups(), measured)
    for like in map(runs.find, (experiment.key for experiment in runs.finished(limit=10))):
        if took_s := (first(like.rows, "finished") or {}).get("processor_s"):
            total = plane.total if plane else cost.of_sweep(chosen)
            return took_s * total / cost.total(like.experiment)
    return None


def _speed() -> Row | None:
    """What was measured of this machine."""
    found = runs.find(Calibration().key)
    return found and first(found.rows, "finished")
