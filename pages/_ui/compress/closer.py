"""Ways to look closer at the chosen variant; only what is chosen is drawn."""

import streamlit as st

from kdcore.events import Row, first
from kdcore.figures import changed, sparsity, stages, weights
from kdcore.words import _
from pages._ui.compress import overview, view
from pages._ui.compress.address import Address, current, look
from pages._ui.compress.claims import claims
from pages._ui.compress.examples import examples
from pages._ui.compress.file import file
from pages._ui.compress.hand import hand
from pages._ui.compress.need import need
from pages._ui.compress.networks import model
from pages._ui.compress.take import take
from pages._ui.one_of import one_of
from pages._ui.runs import Shown
from pages._ui.still import still


@st.fragment
def closer(asked: Address, shown: Shown) -> None:
    """Everything that depends on the variant, but for its point on the plane and its numbers."""
    now = current().view
    if now.variant != asked.view.variant:
        st.rerun()
    name = overview.variant(asked, shown)
    one_of(_("Look closer"), view.PARTS, now.part, "compress.part", lambda part: look(part=part))
    if now.part not in ("hand", "need", "claims"):
        st.caption(_("Of the variant: {variant}").format(variant=stages.label(name)))
    if now.part == "stages":
        still(stages, _rows, shown, name)
    elif now.part == "weights":
        _weights(shown, name)
    elif now.part == "changed":
        still(changed, _rows, shown, name)
        examples(shown, name)
    elif now.part == "file":
        file(shown, name)
    elif now.part == "hand":
        hand(shown)
    elif now.part == "need":
        need(shown.rows)
    else:
        claims(shown)
    take(shown, name)


def _weights(shown: Shown, name: str) -> None:
    """Histograms before and after, and which weights are left."""
    if model(shown, "") is None:
        st.info(_("Weights are shown when the run has ended."))
    elif model(shown, name) is None:
        parent = first(shown.rows, "variant", name=name)["parent"]
        words = _("Only ONNX Runtime knows the weights of its file. Look at what it was made from: {parent}.")
        st.info(words.format(parent=stages.label(parent)))
    else:
        still(weights, _both, shown, name)
        still(sparsity, _after, shown, name)


def _rows(shown: Shown, name: str) -> tuple[tuple[Row, ...], str]:
    return shown.rows, name


def _both(shown: Shown, name: str) -> tuple:
    return model(shown, "").weights, model(shown, name).weights, name


def _after(shown: Shown, name: str) -> tuple:
    return (model(shown, name).weights,)
