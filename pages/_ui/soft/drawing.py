"""A pad to draw a digit on, with mouse or finger, and the answers of a run's networks while one draws.

The browser's half, static/draw.js, tells the strokes as they grow; here they become what the networks want.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import streamlit as st

from kdcore import drawing, predict
from kdcore.experiment import Experiment
from kdcore.store import StoreProblem
from kdcore.words import _
from pages._ui import routes
from pages._ui.live_chart import LOADER
from pages._ui.runs import Shown

KEY = "soft.drawing"

_pad = st.components.v2.component("kd_pad", js=LOADER)


def can_draw(experiment: Experiment) -> bool:
    """Whether a drawing can be made into what these networks learned from: digits."""
    return experiment.data.name in drawing.PREPARATIONS


def draw(experiment: Experiment, text: str, on_draw: Callable[[str], None]) -> np.ndarray | None:
    """Show the pad; returns what stands on it, as the networks want it, (1, side, side) from 0 to 1, or None.

    `text` is a drawing from before, from the page's address, or empty. Each time that the pen is lifted, `on_draw` is
    told the text of what is drawn now, empty where there is nothing: it belongs into the address.
    """
    preparation = drawing.PREPARATIONS[experiment.data.name]

    def told() -> None:
        state = st.session_state[KEY]["drawing"]
        if not state["down"]:
            on_draw(_written(_picture(state["strokes"], preparation)))

    state = st.session_state.get(KEY, {}).get("drawing")
    drawn, is_by_hand = _drawn(state, text, preparation)
    data = {
        "turn": state["turn"] if state else 0,
        "side": preparation.side,
        "pixels": [] if drawn is None else [round(float(pixel), 4) for pixel in drawn.ravel()],
        "fromBefore": not is_by_hand,
        "hint": _("Draw a digit in the square, with mouse or finger.") if drawn is None else "",
        "words": {
            "pad": _("Square to draw a digit in"),
            "seen": _("As the networks see it"),
            "undo": _("Undo"),
            "clear": _("Clear"),
        },
        "script": routes.static_address("draw.js"),
    }
    _pad(key=KEY, data=data, on_drawing_change=told)
    return drawn


def read(text: str, experiment: Experiment) -> np.ndarray:
    """The drawing that an address tells of. Raises ValueError where these networks could not be asked about it."""
    if not can_draw(experiment):
        raise drawing.DrawingProblem
    return drawing.read(text, drawing.PREPARATIONS[experiment.data.name])


def answers(shown: Shown, x: np.ndarray) -> dict[str, np.ndarray] | None:
    """What each lane of a finished run says to it: logits (classes,); None where its networks cannot be read."""
    try:
        return predict.answers(_networks(shown), x)
    except StoreProblem:  # `runs.problem` tells of it; not kept, so that it is tried again
        return None


@lru_cache(maxsize=16)
def _networks(shown: Shown) -> dict[str, predict.Network]:
    return predict.networks(shown.experiment, shown.payload)


def _drawn(state: dict | None, text: str, preparation: drawing.Preparation) -> tuple[np.ndarray | None, bool]:
    """What stands on the pad, and whether it is what the hand drew there.

    While the pen is down, or where the text is that of the strokes, it is; otherwise the page shows something else by
    now, such as the drawing of another address.
    """
    if state:
        by_hand = _picture(state["strokes"], preparation)
        if state["down"] or _written(by_hand) == text:
            return by_hand, True
    try:
        return drawing.read(text, preparation), False
    except drawing.DrawingProblem:
        return None, False


def _picture(strokes: object, preparation: drawing.Preparation) -> np.ndarray | None:
    try:
        return drawing.picture(drawing.strokes(strokes), preparation)
    except drawing.DrawingProblem:
        return None


def _written(drawn: np.ndarray | None) -> str:
    return "" if drawn is None else drawing.written(drawn)
