"""By hand: one layer pruned or rounded at one stroke, and what is left of the accuracy, at once."""

import numpy as np
import safetensors
import streamlit as st

from kdcore import export
from kdcore.experiment import Experiment
from kdcore.figures import numbers, sensitivity
from kdcore.measure import by_hand
from kdcore.measure.by_hand import Model
from kdcore.words import _
from pages._ui.compress.examples import inputs, kept_examples
from pages._ui.compress.networks import model
from pages._ui.runs import Shown
from pages._ui.still import still

LARGEST_MB = 50
Measured = tuple[tuple[str, tuple[tuple[float, float], ...]], ...]  # of each layer, accuracies at settings
WIDTHS = (*range(1, 9), by_hand.FULL_BITS)


def hand(shown: Shown) -> None:
    """The teacher of the plane, or a network that was uploaded."""
    kept, teacher = kept_examples(shown), model(shown, "")
    if kept is None or teacher is None:
        st.info(_("This needs the teacher's weights, which are there when the run has ended."))
        return
    x, label = kept
    chosen, x = _uploaded(shown) or teacher, inputs(x)
    layer = _one_layer(chosen, x, label)
    knob = st.radio(
        _("All layers, one at a time"),
        options=["sparsity", "bits"],
        format_func={"sparsity": _("against sparsity"), "bits": _("against bits")}.get,
        key="hand.knob",
        horizontal=True,
    )
    still(sensitivity, _as_figures_take_it, _measured(chosen, x, label, knob), knob, layer)


def _one_layer(chosen: Model, x: np.ndarray, label: np.ndarray) -> str:
    """The layer that is changed, and what its changes cost."""
    left, middle, right = st.columns(3)
    names = chosen.names
    with left:
        layer = st.selectbox(
            _("Layer"), options=list(names), format_func=lambda name: _titled(name, chosen), key="hand.layer"
        )
    with middle:
        sparsity = st.slider(_("Sparsity"), 0.0, 0.99, step=0.01, key="hand.sparsity", format="percent")
    with right:
        bits = st.select_slider(_("Bits of each weight"), options=WIDTHS, value=by_hand.FULL_BITS, key="hand.bits")
    whole = by_hand.accuracy(chosen, chosen.weights, x, label)
    weights = by_hand.changed(chosen, layer, sparsity, bits)
    found = by_hand.accuracy(chosen, weights, x, label)
    array = weights[f"{layer}.weight"]
    sentence = _(
        "Accuracy {found} instead of {whole} on {examples} validation examples: this layer has {nonzero} of {all} "
        "weights that are not zero, and {values} different ones. Nothing was trained."
    )
    values = {"found": numbers.percent(found), "whole": numbers.percent(whole), "examples": len(label)}
    counted = {"nonzero": np.count_nonzero(array), "all": array.size, "values": len(np.unique(array))}
    st.markdown(f"**{sentence.format(**values, **{name: numbers.count(n) for name, n in counted.items()})}**")
    return layer


def _titled(name: str, chosen: Model) -> str:
    layer = chosen.names[name]
    place = list(chosen.names).index(name) + 1
    words = _("Layer {place}: {inputs} to {outputs}")
    return words.format(place=place, inputs=layer.inputs, outputs=layer.outputs)


def _uploaded(shown: Shown) -> Model | None:
    """The reader's own network, if there is one that fits."""
    with st.expander(_("A network of your own"), key="hand.own"):
        file = st.file_uploader(
            _("Weights as safetensors, of this run's teacher or student"),
            key="hand.file",
            max_upload_size=LARGEST_MB,
            help=_("As the page Distil gives them away. They stay on this server for as long as you look."),
        )
        if file is None:
            st.caption(_("It serves for what is done here: a plane is made of teachers that were trained in the lab."))
            return None
        held = st.session_state.get("hand.read")
        if not held or held[0] != (file.file_id, shown):
            held = st.session_state["hand.read"] = ((file.file_id, shown), *_read(file.getvalue(), shown))
        _which, found, why = held
        if why:
            st.error(_("{file} cannot be used: {why}.").format(file=file.name, why=why))
        else:
            st.caption(_("What follows is of {file}.").format(file=file.name))
        return found


def _read(file: bytes, shown: Shown) -> tuple[Model | None, str]:
    """The network in a file; or none, and what is wrong with it."""
    try:
        return read(file, shown.experiment), ""
    except ValueError as error:
        return None, str(error)


def read(file: bytes, experiment: Experiment) -> Model:
    """The teacher or student of this experiment in a safetensors file. Raises ValueError with what is wrong."""
    if len(file) > 1e6 * LARGEST_MB:
        raise ValueError(_("it has more than {most} MB").format(most=LARGEST_MB))
    try:
        weights, _about = export.read_safetensors(file)
    except safetensors.SafetensorError as error:
        raise ValueError(_("it is no safetensors file")) from error
    except KeyError as error:
        raise ValueError(_("float32 was expected, and it holds {kind}").format(kind=error.args[0])) from error
    candidates = [(tuple(experiment.layers(who)), getattr(experiment, who)) for who in ("teacher", "student")]
    return by_hand.fitting(weights, candidates, experiment.facts.shape)


def _measured(chosen: Model, x: np.ndarray, label: np.ndarray, knob: str) -> Measured:
    """The sensitivity of all layers, kept for as long as this visit looks at this network."""
    state = st.session_state
    if state.get("hand.measured", (None,))[0] is not chosen:
        state["hand.measured"] = (chosen, {})
    known = state["hand.measured"][1]
    if knob not in known:
        found = by_hand.sensitivity(chosen, x, label, knob)
        known[knob] = tuple((layer, tuple(points)) for layer, points in found.items())
    return known[knob]


def _as_figures_take_it(measured: Measured, knob: str, layer: str) -> tuple:
    return dict(measured), knob, layer
