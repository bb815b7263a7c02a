"""A grid of thumbnails to choose an example from. The browser's half is static/thumbnails.js."""

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import streamlit as st

from kdcore.measure.snapshots import SoftLabels
from kdcore.words import _
from pages._ui import routes
from pages._ui.live_chart import LOADER
from pages._ui.strokes import data_address

COLUMNS = 20  # of the one picture that holds all thumbnails
TALL = 320  # pixels of the grid at most

_grid = st.components.v2.component("kd_thumbnails", js=LOADER)


def thumbnails(soft: SoftLabels, order: Sequence[int], chosen: int, on_choose: Callable[[int], None]) -> None:
    """Draw the examples in this order; `on_choose` is told the place of one that is clicked.

    `chosen` is the one marked at first. Then the browser marks what is clicked, until the page is arrived at anew.
    """
    key = "soft.thumbnails"
    names = [
        _("number {number}: {name}").format(number=number, name=_(soft.classes[label]))
        for number, label in zip(soft.index, soft.label, strict=True)
    ]
    data = {
        "sprite": _sprite(soft),
        "columns": COLUMNS,
        "order": list(order),
        "names": names,
        "chosen": chosen,
        "arrival": st.session_state["soft.arrival"],
        "label": _("Validation examples"),
        "tall": TALL,
        "script": routes.static_address("thumbnails.js"),
    }
    _grid(key=key, data=data, on_example_change=lambda: on_choose(int(st.session_state[key]["example"])))


@lru_cache(maxsize=16)
def _sprite(soft: SoftLabels) -> str:
    """All pictures in one, side by side, strokes opaque and the ground clear: a data address."""
    count, _channels, height, width = soft.x.shape
    rows = -(-count // COLUMNS)
    cells = np.zeros((rows * COLUMNS, height, width), np.uint8)
    cells[:count] = soft.x[:, 0]
    opacity = cells.reshape(rows, COLUMNS, height, width).swapaxes(1, 2).reshape(rows * height, COLUMNS * width)
    return data_address(opacity, height)
