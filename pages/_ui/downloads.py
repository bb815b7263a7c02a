"""What can be taken away: rows, the student, and a script that repeats the run."""

import json
from collections.abc import Callable, Sequence

import streamlit as st

from kdcore import export
from kdcore.events import Row, first
from kdcore.experiment import SOFT_TARGETS, Experiment, used
from kdcore.figures import tables
from kdcore.words import _
from pages._ui.runs import Shown

STUDENT = "distilled.safetensors"


def downloads(shown: Shown) -> None:
    """A button for each; what it holds is made when it is pressed."""
    name = f"distillery-{shown.key}"
    seed = first(shown.rows, "finished")["exported_seed"]
    st.subheader(_("Take it away"))
    with st.container(horizontal=True):
        button(_("Rows as CSV"), f"{name}.csv", lambda: _csv(shown))
        button(_("Rows as JSON"), f"{name}.json", lambda: as_json(shown.rows))
        button(_("Student as safetensors"), f"{name}.safetensors", lambda: shown.payload(STUDENT))
        button(_("Student as ONNX"), f"{name}.onnx", lambda: _onnx(shown))
        if not (missing := _unscripted(shown.experiment)):
            button(_("Script that repeats it"), f"{name}.py", lambda: export.script(shown.experiment))
    if missing:
        st.caption(missing)
    words = _("The student is the distilled one of seed {seed}, which did best on the validation examples.")
    st.caption(words.format(seed=seed))


def _unscripted(experiment: Experiment) -> str:
    """Why there is no script that repeats a run; empty where there is one."""
    if experiment.method != SOFT_TARGETS:
        words = _("There is no script that repeats it: scripts teach by soft targets only, and this run by {method}.")
        return words.format(method=f"`{experiment.method}`")
    if used(experiment, ("teacher_data", "classes", "inputs")):
        return _("There is no script that repeats it: scripts have the same data and classes for teacher and student.")
    return ""


def button(label: str, file: str, make: Callable[[], str | bytes]) -> None:
    """Gives away a file of this name; `make` is asked for it when it is pressed."""
    st.download_button(label, make, file, key=file, on_click="ignore")


def _csv(shown: Shown) -> str:
    return tables.epochs(shown.rows).to_csv(index=False)


def as_json(rows: Sequence[Row]) -> str:
    """Rows without their bytes."""
    told = [{name: value for name, value in row.items() if name != "payload"} for row in rows]
    return json.dumps(told, indent=1)


def _onnx(shown: Shown) -> bytes:
    weights, about = export.read_safetensors(shown.payload(STUDENT))
    experiment = shown.experiment
    return export.onnx_model(experiment.layers("student"), experiment.student, experiment.facts.shape, weights, about)
