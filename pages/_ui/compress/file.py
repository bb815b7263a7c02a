"""Why is my file not smaller, and why is it not faster? What was measured, also where it disappoints."""

from math import prod
from statistics import median

import streamlit as st

from kdcore import compression
from kdcore.events import Row, first
from kdcore.figures import files, numbers
from kdcore.figures.stages import label
from kdcore.interval import interval
from kdcore.words import N_, _
from pages._ui.runs import Shown
from pages._ui.still import still

ZEROS = N_("{zeros} of its weights are zero. ")
TIMES = N_("One example takes {one}, with the teacher {teacher_one}; 256 at once take {many} and {teacher_many}. ")
NO_FASTER = {
    "zeros": N_("A dense kernel multiplies with zeros, too: only units or channels that are cut out save time."),
    "codes": N_("Codes are unpacked to float32 before anything is computed: a smaller file, and the same work."),
    "int8": N_("In int8 each layer's inputs are rounded first; a small network may lose by that what it gains."),
    "shape": N_("A call takes time before it computes anything; what is saved beyond that shows with 256 at once."),
}


def file(shown: Shown, name: str) -> None:
    """The bytes that this network takes in each way of writing it, and where each byte goes; then its speed."""
    row, teacher = (first(shown.rows, "variant", name=each) for each in (name, ""))
    if row["ways"]:
        still(files, _rows, shown, name)
    else:
        st.info(_("ONNX Runtime writes this file; it holds int8 weights, their scales, and the graph."))
    st.subheader(_("And why is it not faster?"))
    st.markdown(speed(row, teacher))
    st.caption(_("Latency was measured with {where}.").format(where=row["latency_on"]))


def speed(row: Row, teacher: Row) -> str:
    """How long it takes beside its teacher, and what one has to know about that."""
    weights = sum(prod(layer["shape"]) for layer in row["layers"])
    zeros = 1 - interval(row["nonzero"]).mean / weights
    times = {"one": (row, "1"), "many": (row, "256"), "teacher_one": (teacher, "1"), "teacher_many": (teacher, "256")}
    values = {word: numbers.seconds(median(each["latency_ms"][n]) / 1000) for word, (each, n) in times.items()}
    told = f"*{label(row['name'])}*. " + (_(ZEROS).format(zeros=numbers.percent(zeros)) if zeros > 0.01 else "")
    return told + _(TIMES).format(**values) + _(NO_FASTER[_reason(row, zeros)])


def _reason(row: Row, zeros: float) -> str:
    """What stands between this variant and speed."""
    methods = {stage.method for stage in compression.read(row["name"])} if row["name"] else set()
    if "deploy" in methods:
        return "int8"
    if zeros > 0.01:
        return "zeros"
    return "codes" if methods & {"quantize", "share", "code"} else "shape"


def _rows(shown: Shown, name: str) -> tuple[tuple[Row, ...], str]:
    return shown.rows, name
