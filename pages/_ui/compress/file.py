"""Why is my file not smaller, and is it faster? What was measured, also where it disappoints."""

from math import prod
from statistics import median

import streamlit as st

from kdcore import compression
from kdcore.advice import is_faster
from kdcore.events import Row, first
from kdcore.figures import files, numbers
from kdcore.figures.stages import label
from kdcore.interval import interval
from kdcore.words import N_, _
from pages._ui.runs import Shown
from pages._ui.still import still

ZEROS = N_("{zeros} of its weights are zero. ")
TIMES = {
    "1": N_("One example takes {ours}, with the teacher {theirs}: {outcome}. "),
    "256": N_("256 at once take {ours}, with the teacher {theirs}: {outcome}. "),
}
OUTCOMES = {
    "faster": N_("faster"),
    "same": N_("no difference beyond the spread of three repetitions"),
    "slower": N_("slower"),
}
FASTER = {
    "less": N_("It has less to compute: {ours} FLOPs instead of {theirs}."),
    "int8": N_("In int8 one instruction multiplies more numbers at once than in float32."),
    "luck": N_("It has as much to compute as its teacher: this may be luck of the machine."),
}
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
    if name:
        heading, words = speed(row, teacher)
        st.subheader(heading)
        st.markdown(words)
        st.caption(_("Latency was measured with {where}.").format(where=row["latency_on"]))


def speed(row: Row, teacher: Row) -> tuple[str, str]:
    """A heading; and how long it takes beside its teacher, and what one has to know about that."""
    weights = sum(prod(layer["shape"]) for layer in row["layers"])
    zeros = 1 - interval(row["nonzero"]).mean / weights
    told = f"*{label(row['name'])}*. " + (_(ZEROS).format(zeros=numbers.percent(zeros)) if zeros > 0.01 else "")
    told += "".join(_time(batch, row, teacher) for batch in TIMES)
    outcomes = {_outcome(batch, row, teacher) for batch in TIMES}
    if outcomes == {"faster"}:
        return _("And why is it faster?"), told + _why_faster(row, teacher)
    heading = _("And why is it not always faster?") if "faster" in outcomes else _("And why is it not faster?")
    return heading, told + _(NO_FASTER[_reason(row, zeros)])


def _time(batch: str, row: Row, teacher: Row) -> str:
    """How long so many examples take."""
    ours, theirs = (numbers.seconds(median(each["latency_ms"][batch]) / 1000) for each in (row, teacher))
    return _(TIMES[batch]).format(ours=ours, theirs=theirs, outcome=_(OUTCOMES[_outcome(batch, row, teacher)]))


def _outcome(batch: str, row: Row, teacher: Row) -> str:
    ours, theirs = (each["latency_ms"][batch] for each in (row, teacher))
    if is_faster(ours, theirs):
        return "faster"
    return "slower" if is_faster(theirs, ours) else "same"


def _why_faster(row: Row, teacher: Row) -> str:
    ours, theirs = row["flops"], teacher["flops"]
    is_int8 = any(stage.method == "deploy" for stage in compression.read(row["name"]))
    reason = "less" if ours < theirs else "int8" if is_int8 else "luck"
    return _(FASTER[reason]).format(ours=numbers.count(ours), theirs=numbers.count(theirs))


def _reason(row: Row, zeros: float) -> str:
    """What stands between this variant and speed."""
    methods = {stage.method for stage in compression.read(row["name"])}
    if "deploy" in methods:
        return "int8"
    if zeros > 0.01:
        return "zeros"
    return "codes" if methods & {"quantize", "share", "code"} else "shape"


def _rows(shown: Shown, name: str) -> tuple[tuple[Row, ...], str]:
    return shown.rows, name
