"""What is compressed, and how: the run whose teachers they are, the pipelines that are ticked, and one's own."""

import streamlit as st
from pydantic import ValidationError

from kdcore import compression
from kdcore.compression import DEFAULT, FOLLOW, STAGES, Compression, Pipeline
from kdcore.experiment import OF_STUDENTS, Experiment, used, written
from kdcore.figures.stages import label
from kdcore.words import N_, _
from pages._ui import runs
from pages._ui.compress import address
from pages._ui.run_list import run_list

MORE = (  # strengths that the default plane leaves out
    "prune:sparsity=0.5",
    "prune:sparsity=0.98",
    "prune:sparsity=0.9,rounds=4,rewind=start",
    "prune:sparsity=0.9,scope=units",
    "quantize:bits=6",
    "quantize:bits=4,scheme=affine",
    "quantize:bits=8,activations=true",
    "quantize:bits=2,epochs=10,taught=true",
    "low_rank:keep=0.5",
    "low_rank:keep=0.9,by=energy",
    "share:bits=5",
    "share:bits=3",
    "share:bits=2",
    "distil:widths=8",
    "code:form=dense,last=zip",
)
METHODS = {
    "prune": N_("Prune"),
    "quantize": N_("Quantise"),
    "low_rank": N_("Low rank"),
    "share": N_("Share weights"),
    "distil": N_("Distil"),
    "code": N_("Code"),
    "deploy": N_("Deploy as int8"),
}
PIPES = N_("Several in a row")


def choice(chosen: Compression) -> None:
    """All controls; the address follows what is changed in them."""
    _teachers(chosen)
    st.markdown("**" + _("Methods") + "**")
    for family, pipelines in _families(chosen).items():
        _family(family, pipelines, chosen)
    if st.session_state.pop("compress.last", False):
        st.warning(_("The last variant stays: a plane has at least one beside the teacher."))
    _own(chosen)


def _teachers(chosen: Compression) -> None:
    """Whose teachers, and of how many seeds."""
    run_list(_("Teachers of the run"), chosen.experiment, _experiments(), "compress.run", _take)
    if chosen.experiment.seeds > 1:
        st.session_state["compress.teachers"] = chosen.seeds
        info = Compression.model_fields["seeds"]
        st.slider(
            _(info.title),
            min_value=1,
            max_value=chosen.experiment.seeds,
            key="compress.teachers",
            help=_(info.description),
            on_change=lambda: _change(seeds=st.session_state["compress.teachers"]),
        )


def _experiments() -> list[Experiment]:
    """What has been run to its end, and asks nothing of students that would make it another run."""
    return [each for each in runs.finished() if not used(each, OF_STUDENTS)]


def _families(chosen: Compression) -> dict[str, list[Pipeline]]:
    """Every pipeline on offer, and those of the address, by the method that it begins with."""
    families: dict[str, list[Pipeline]] = {METHODS[method]: [] for method in STAGES} | {PIPES: []}
    offered = dict.fromkeys([*map(compression.read, (*DEFAULT, *MORE)), *chosen.pipelines])
    for pipeline in offered:
        families[PIPES if len(pipeline) > 1 else METHODS[pipeline[0].method]].append(pipeline)
    return {family: pipelines for family, pipelines in families.items() if pipelines}


def _family(family: str, pipelines: list[Pipeline], chosen: Compression) -> None:
    ticked = [pipeline for pipeline in pipelines if pipeline in chosen.pipelines]
    counted = {"family": _(family), "ticked": len(ticked), "all": len(pipelines)}
    with st.expander(_("{family} · {ticked} of {all}").format(**counted), key=f"compress.family.{family}"):
        for pipeline in pipelines:
            name = compression.name(pipeline)
            st.session_state[f"compress.tick.{name}"] = pipeline in ticked
            st.checkbox(label(name), key=f"compress.tick.{name}", on_change=_tick, args=(pipeline,))


def _tick(pipeline: Pipeline) -> None:
    """Put a pipeline on the plane, or take it off; the last one stays."""
    now = address.current().chosen.pipelines
    kept = tuple(each for each in now if each != pipeline) if pipeline in now else (*now, pipeline)
    if kept:
        _change(pipelines=_in_order(kept))
    else:
        st.session_state["compress.last"] = True  # told below the ticks


def _in_order(pipelines: tuple[Pipeline, ...]) -> tuple[Pipeline, ...]:
    """Those of the default plane first, so that the same ticks ask for the same run."""
    usual = [*map(compression.read, (*DEFAULT, *MORE))]
    return tuple(sorted(pipelines, key=lambda each: usual.index(each) if each in usual else len(usual)))


def _own(chosen: Compression) -> None:
    """A pipeline of one's own, written, or put together stage by stage."""
    with st.expander(_("A pipeline of your own")):
        text = st.text_input(
            _("Stages"),
            key="compress.own",
            placeholder="prune:sparsity=0.9+share:bits=5+code",
            help=_("Stages joined by +, each with settings after a colon. What is left out is as usual."),
        )
        pipeline, problem = _read(text)
        after = FOLLOW[pipeline[-1].method if pipeline else ""] if not problem else ()
        if after:
            st.selectbox(
                _("Add a stage"),
                options=after,
                index=None,
                format_func=lambda method: _(METHODS[method]),
                key="compress.next",
                placeholder=_("what may come next"),
                on_change=_append,
            )
        if problem:
            st.error(problem)
        elif pipeline:
            st.caption(label(compression.name(pipeline)))
            if pipeline in chosen.pipelines:
                st.caption(_("It is on the plane already."))
            elif len(chosen.pipelines) == compression.MOST_PIPELINES:
                st.caption(_("The plane is full: untick another one first."))
            else:
                st.button(_("Put it on the plane"), key="compress.add", on_click=_tick, args=(pipeline,))


def _read(text: str) -> tuple[Pipeline, str]:
    """A pipeline from its text, or why it is none."""
    if not text.strip():
        return (), ""
    try:
        return compression.read(text), ""
    except ValidationError as error:
        return (), _("{problem}.").format(problem=compression.problems(error)[0])


def _append() -> None:
    """One stage more, with its usual settings, which can then be changed in the text."""
    state = st.session_state
    if state["compress.next"]:
        state["compress.own"] = "+".join(filter(None, (state["compress.own"].strip(), _usual(state["compress.next"]))))
        state["compress.next"] = None


def _usual(method: str) -> str:
    """A stage as text, with the setting that one is most likely to change."""
    stage = STAGES[method]()
    knob = list(STAGES[method].model_fields)[1]
    return f"{method}:{knob}={written(getattr(stage, knob))}"


def _take(experiment: Experiment) -> None:
    """The teachers of another run; the pipelines stay."""
    _change(experiment=experiment, seeds=address.usual_teachers(experiment))


def _change(**changes: object) -> None:
    now = address.current().chosen
    address.choose(Compression(**dict(now) | changes))
