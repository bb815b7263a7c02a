"""The mirrored bars with their dials, drawn again in the browser at every move: static/answer.js has its other half.

The logits of an example are sent once. What the hand then sets is drawn at once, and told to the page when the hand
rests, for the pictures that the page makes.
"""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from kdcore.figures import answer as figures
from kdcore.figures import theme
from kdcore.softness import STOPS
from kdcore.words import _
from pages._ui import routes
from pages._ui.live_chart import LOADER
from pages._ui.soft import view

KEY = "soft.answer"

_book = st.components.v2.component("kd_answer", js=LOADER, isolate_styles=False)


def answer(
    over: Mapping[str, np.ndarray], label: int | None, names: tuple[str, ...], epochs: list[int], arrived: view.View
) -> None:
    """Draw the answers (epochs, classes) of each lane, of the teacher (1, classes), from how the page was arrived at.

    Lanes without a past, as for an example that was drawn, have one answer for all epochs.
    """
    final = {lane: logits[-1] for lane, logits in over.items()}
    data = {
        "figure": figures.figure(final, label, names, arrived.soften).to_json(),
        "dark": theme.DARK,
        "label": _("What each lane believes of this example; in numbers in the table below"),
        "logits": {lane: [[float(f"{z:.9g}") for z in each] for each in logits] for lane, logits in over.items()},
        "stops": STOPS,
        "limits": [view.COOLEST, view.HOTTEST],
        "epochs": epochs,
        "hasPast": any(len(logits) > 1 for logits in over.values()),
        "temperature": arrived.soften,
        "moment": epochs.index(arrived.epoch),
        "arrival": st.session_state["soft.arrival"],
        "words": {
            "temperature": _("Temperature"),
            "byHand": _("Temperature, by hand"),
            "epoch": _("Epoch of the students"),
            "point": _("."),
        },
        "script": routes.static_address("answer.js"),
    }
    _book(key=KEY, data=data, on_looked_change=_looked)


def _looked() -> None:
    told = st.session_state[KEY]["looked"]
    view.change(soften=min(max(float(told["soften"]), view.COOLEST), view.HOTTEST), epoch=told["epoch"])
