"""A pipeline stage by stage: in words, and in the bytes that each stage leaves of the file.

A variant is named by its pipeline, as `kdcore.compression.name` writes it; "" is the teacher.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from kdcore.compression import STAGES, Value, read
from kdcore.events import Row, latest
from kdcore.figures import numbers, theme
from kdcore.interval import interval
from kdcore.words import N_, _, ngettext

QUESTION = N_("Which stage makes the file smaller?")
ROW = 48  # pixels
NOTHING = 0.5  # bytes; a smaller difference of means is none
FAMILIES = {  # the role of a network that this method made
    "distil": "distilled",
    "prune": "pruned",
    "quantize": "quantised",
    "low_rank": "low_rank",
    "share": "shared",
    "deploy": "deployed",
}
WORDS = {  # what a method does, by its first knobs
    "distil": N_("student {widths}"),
    "prune": N_("pruned {sparsity}"),
    "quantize": N_("quantised {bits}"),
    "low_rank": N_("low rank {keep}"),
    "share": N_("shared {bits}"),
    "code": N_("coded"),
    "deploy": N_("int8 {kind}"),
}
FURTHER = {  # what the other knobs say, where they are not at their default
    "layer": N_("per layer"),
    "units": N_("units"),
    "random": N_("at random"),
    "2:4": N_("2:4"),
    "taught": N_("taught"),
    "start": N_("rewound"),
    "fresh": N_("begun anew"),
    "ternary": N_("ternary"),
    "affine": N_("affine"),
    "tensor": N_("per tensor"),
    "activations": N_("inputs too"),
    "energy": N_("of the energy"),
    "dense": N_("dense"),
    "csr": N_("CSR"),
    "index4": N_("4-bit gaps"),
    "index8": N_("8-bit gaps"),
    "plain": N_("plain"),
    "zip": N_("zip"),
    "dynamic": N_("dynamic"),
    "static": N_("static"),
}


def figure(rows: Sequence[Row], name: str) -> go.Figure:
    """A bar for the teacher and each stage: what is left of the file, and pale what the stage took away."""
    steps = path(rows, name)
    if not steps:
        return waiting(_(QUESTION))
    sizes = [size(step) for step in steps]
    drawn = theme.blank(_(QUESTION), _("mean over seeds; pale: what the stage took away"))
    for place, (step, before) in enumerate(zip(steps, [sizes[0], *sizes], strict=False)):
        drawn.add_traces(_bars(step, sizes[place], before, place))
        drawn.add_annotation(_caption(step, sizes[place], sizes[0], place))
    most = max(sizes)
    drawn.update_xaxes(range=[0, 1.02 * most], title_text=_("Bytes of the written file"))
    drawn.update_xaxes(tickvals=[0, most / 2, most], ticktext=["0", numbers.size(most / 2), numbers.size(most)])
    drawn.update_yaxes(range=[len(steps) - 0.4, -0.7], showticklabels=False, showgrid=False)
    top, bottom = 64, 46
    drawn.update_layout(
        height=ROW * len(steps) + top + bottom,
        margin={"l": 14, "r": 24, "t": top, "b": bottom},
        barmode="overlay",
        hovermode="closest",
        bargap=0.55,
    )
    drawn.layout.meta["phone"] = {"title.font.size": 15}
    return drawn


def reading(rows: Sequence[Row], name: str) -> str:
    """From how many bytes to how many, and which stage saved most."""
    steps = path(rows, name)
    if not steps:
        return later()
    sizes = [size(step) for step in steps]
    if len(steps) == 1:
        return _("The teacher's file takes {size}.").format(size=numbers.size(sizes[0]))
    saved = [before - after for before, after in pairwise(sizes)]
    most = max(saved)
    values = {
        "before": numbers.size(sizes[0]),
        "after": numbers.size(sizes[-1]),
        "factor": numbers.factor(sizes[-1], sizes[0]),
    }
    if most <= NOTHING:
        return _("From {before} to {after} ({factor}): no stage takes bytes away.").format(**values)
    stage = stage_label(steps[1 + saved.index(most)]["name"])
    sentence = _("From {before} to {after} ({factor}); {stage} takes most away, {most}.")
    return sentence.format(stage=stage, most=numbers.size(most), **values)


def table(rows: Sequence[Row], name: str) -> pd.DataFrame:
    """Every stage with what was measured of the network after it."""
    steps = path(rows, name)
    return pd.DataFrame(
        [
            {
                _("Stage"): stage_label(step["name"]),
                _("Validation accuracy"): numbers.percent(interval(step["val_accuracy"])),
                _("Test accuracy"): numbers.percent(interval(step["test_accuracy"])),
                _("File"): numbers.size(size(step)),
                _("To the teacher"): numbers.factor(size(step), size(steps[0])),
                _("Weights not zero"): numbers.count(interval(step["nonzero"]).mean),
                _("Learning time"): numbers.seconds(step["seconds"]) if step["seconds"] else "–",
            }
            for step in steps
        ]
    )


def variants(rows: Sequence[Row]) -> dict[str, Row]:
    """The variants that are finished, by name, in the order in which they were."""
    return {row["name"]: row for row in latest(rows) if row["event"] == "variant"}


def path(rows: Sequence[Row], name: str) -> list[Row]:
    """The variants on the way from the teacher to this one; none where it is not finished."""
    known, steps = variants(rows), []
    at: str | None = name
    while at in known:
        steps.insert(0, known[at])
        at = known[at]["parent"]
    return steps


def size(variant: Row) -> float:
    """Bytes of its file, the mean over seeds."""
    return interval(variant["size_bytes"]).mean


def family(name: str) -> str:
    """The role of a variant: of the last stage that changed the network; a code changes only the file."""
    methods = [stage.method for stage in _pipeline(name) if stage.method in FAMILIES]
    return FAMILIES[methods[-1]] if methods else "teacher"


def is_coded(name: str) -> bool:
    return any(stage.method == "code" for stage in _pipeline(name))


def label(name: str) -> str:
    """A variant in words: 'pruned 90 % + shared 5 bits + coded'."""
    return " + ".join(map(_told, _pipeline(name))) or _(theme.ROLES["teacher"].label)


def stage_label(name: str) -> str:
    """The last stage of a variant in words."""
    return label(name.rpartition("+")[2])


def waiting(title: str) -> go.Figure:
    """A figure whose variant is still to come."""
    return theme.waiting(title).update_annotations(text=later())


def later() -> str:
    return _("This is drawn when the variant is finished.")


def _pipeline(name: str) -> tuple[Value, ...]:
    return read(name) if name else ()


def _told(stage: Value) -> str:
    """A stage in words, with every knob that is not at its default."""
    words, defaults = WORDS[stage.method], STAGES[stage.method]()
    first = {knob: _first(knob, value) for knob, value in stage if f"{{{knob}}}" in words}
    further = [_further(knob, value) for knob, value in stage if knob not in first and value != getattr(defaults, knob)]
    return ", ".join([_(words).format(**first), *further])


def _first(knob: str, value: Any) -> str:
    """The value of one of a method's first knobs."""
    if knob == "widths":
        return "-".join(map(str, value)) or _("without hidden layers")
    if knob == "bits":
        return ngettext("{bits} bit", "{bits} bits", value).format(bits=value)
    return _(FURTHER[value]) if value in FURTHER else _("{number} %").format(number=numbers.significant(100 * value))


def _further(knob: str, value: Any) -> str:
    """What one of its other knobs says."""
    if knob == "epochs":
        return ngettext("{n} epoch", "{n} epochs", value).format(n=value) if value else _("not tuned")
    if knob == "rounds":
        return ngettext("{n} round", "{n} rounds", value).format(n=value)
    return _(FURTHER[knob if value is True else value])


def _bars(step: Row, now: float, before: float, place: int) -> list[go.Bar]:
    """What is left, and from there to what there was."""
    role, named = theme.ROLES[family(step["name"])], stage_label(step["name"])
    rest = {"orientation": "h", "y": [place], "hovertemplate": f"{named}: {numbers.size(now)}<extra></extra>"}
    bars = [go.Bar(x=[now], marker={"color": role.colour.light}, **rest)]
    if before - now > NOTHING:
        bars.append(go.Bar(x=[before - now], base=[now], marker={"color": role.band.light}, **rest))
    return bars


def _caption(step: Row, now: float, teacher: float, place: int) -> dict[str, Any]:
    """Above a bar: the stage, its bytes, and how that compares to the teacher's."""
    role = theme.ROLES[family(step["name"])]
    text = f"<b>{role.glyph} {stage_label(step['name'])}</b> {numbers.size(now)}"
    if step["name"]:
        text += f", {numbers.factor(now, teacher)}"
    where = {"x": 0, "xref": "paper", "xanchor": "left", "y": place - 0.22, "yref": "y", "yanchor": "bottom"}
    return {"text": text, "font": {"color": role.text.light, "size": 13}, "showarrow": False, **where}
