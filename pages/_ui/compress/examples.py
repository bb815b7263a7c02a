"""Which examples changed: those that the variant answers otherwise than its teacher, before and after."""

from functools import lru_cache
from html import escape

import numpy as np
import pandas as pd
import safetensors.numpy
import streamlit as st

from kdcore.data.sheet import apart
from kdcore.events import first
from kdcore.store import StoreProblem
from kdcore.words import _
from pages._ui.runs import Shown
from pages._ui.strokes import data_address

MOST = 48  # thumbnails on the page
SIDE = 56  # pixels of one
TILE = (
    '<figure style="margin: 0; width: 4.6rem; text-align: center; font-size: 0.8rem">'
    '<div role="img" aria-label="{label}" title="{label}" style="height: {side}px; width: {side}px; margin: 0 auto; '
    "background: currentColor; mask: url({picture}) 0 0 / 100% 100%; "
    '-webkit-mask: url({picture}) 0 0 / 100% 100%"></div>'
    "<figcaption>{caption}</figcaption></figure>"
)
GRID = '<div style="display: flex; flex-wrap: wrap; gap: 0.6rem">{tiles}</div>'


def examples(shown: Shown, name: str) -> None:
    """First those that were right and are wrong now, then the others."""
    kept = kept_examples(shown)
    if kept is None:
        st.info(_("Examples are shown when the run has ended."))
        return
    x, label = kept
    before, after = (np.array(first(shown.rows, "variant", name=each)["predicted"]) for each in ("", name))
    st.markdown(_sentence(before, after, label))
    places = order(before, after, label)[:MOST]
    classes = [_(each) for each in first(shown.rows, "started")["classes"]]
    if not places:
        return
    if x.ndim == 4:
        st.html(GRID.format(tiles="".join(_tile(x[i], i, label[i], before[i], after[i], classes) for i in places)))
    else:
        columns = shown.experiment.facts.columns or _axes(x.shape[1])
        lines = [[*(classes[each[i]] for each in (label, before, after)), *x[i].tolist()] for i in places]
        names = apart([_("Label"), _("Before"), _("After"), *columns])
        st.dataframe(pd.DataFrame(lines, columns=names), hide_index=True)


def _axes(features: int) -> list[str]:
    """What the features are called that have no names."""
    return ["x", "y"] if features == 2 else [_("column {n}").format(n=place) for place in range(1, features + 1)]


def order(before: np.ndarray, after: np.ndarray, label: np.ndarray) -> list[int]:
    """The places of those that changed: lost ones, then those wrong before and after, then those won."""
    places = np.flatnonzero(before != after)
    kind = np.where(before == label, 0, np.where(after == label, 2, 1))
    return sorted(places.tolist(), key=lambda place: (kind[place], place))


def kept_examples(shown: Shown) -> tuple[np.ndarray, np.ndarray] | None:
    """Examples, as they were kept, and their labels; None where there are none, or none that can be read."""
    try:
        return _kept(shown)
    except (StoreProblem, LookupError):  # not kept in memory, so that it is tried again
        return None


def inputs(x: np.ndarray) -> np.ndarray:
    """Examples, as they were kept, as networks take them."""
    return x.astype(np.float32) / (255 if x.dtype == np.uint8 else 1)


@lru_cache(maxsize=8)
def _kept(shown: Shown) -> tuple[np.ndarray, np.ndarray]:
    payload = shown.payload("examples")
    if payload is None:
        raise LookupError
    arrays = safetensors.numpy.load(payload)
    return arrays["x"], arrays["label"]


def _sentence(before: np.ndarray, after: np.ndarray, label: np.ndarray) -> str:
    changed = before != after
    lost = int((changed & (before == label)).sum())
    won = int((changed & (after == label)).sum())
    words = _(
        "{changed} of {all} validation examples are answered otherwise than by the teacher. Right before and wrong "
        "now: {lost}; wrong before and right now: {won}. These are the networks of one seed: other seeds err elsewhere."
    )
    return words.format(changed=int(changed.sum()), all=len(label), lost=lost, won=won)


def _tile(x: np.ndarray, place: int, label: int, before: int, after: int, classes: list[str]) -> str:
    names = {"label": classes[label], "before": classes[before], "after": classes[after], "number": place}
    told = _("number {number}, {label}: {before} before, {after} after").format(**names)
    mark = " ✓" if after == label else ""
    caption = escape(f"{classes[before]} → {classes[after]}{mark}")
    picture = data_address(x[0], len(x[0]))
    return TILE.format(label=escape(told, quote=True), side=SIDE, picture=picture, caption=caption)
