"""The question that is asked, the button that answers it, and the answer: drawn again and again while it comes in.

Each question has a module with `show(asked, shown)`, which draws all that is below the bar. `shown` is a run of this
kind of question that has something to draw, of the asked settings as soon as there is one; None for Pareto alone,
which looks at all runs. It is called in a fragment: `look` is followed by drawing this part only.
"""

from collections.abc import Sequence
from types import ModuleType

import streamlit as st

from kdcore.grid import Sweep
from kdcore.order import Order
from kdcore.words import _
from pages._ui.one_of import one_of
from pages._ui.trade_offs import capacity, labels, map, pareto, search, size
from pages._ui.trade_offs.address import FREE, PARETO, QUESTIONS, SEARCH, Address, ask, current, usual
from pages._ui.trade_offs.bar import bar
from pages._ui.trade_offs.take import take
from pages._ui.watched import Watched

PARTS: dict[str, ModuleType] = {
    "map": map,
    "size": size,
    "capacity": capacity,
    "labels": labels,
    "noise": labels,
    FREE: map,
    SEARCH: search,
    PARETO: pareto,
}
MEASURED = ("cell", "trial")  # what there must be one of before anything is drawn


def _orders() -> Sequence[Order]:
    """What the question asks for now, and as it is by default; nothing where it looks at all runs."""
    now = current()
    return tuple(filter(None, (now.chosen, usual(now.question))))


watched = Watched("trade.drawn", _orders, MEASURED)


def overview(asked: Address) -> None:
    """While a run is under way it is drawn anew when there is more of it; the page, when something else is to show."""
    one_of(_("Question"), QUESTIONS, asked.question, "trade.question", ask, is_named=False)

    def draw() -> None:
        now = current()
        if now.chosen is None:
            PARTS[now.question].show(now, None)
            return
        shown = watched.drawn()
        bar(now, is_other=shown is not None and shown.key != now.chosen.key)
        if shown:
            PARTS[now.question].show(now, shown)
            if isinstance(shown.order, Sweep):
                take(now, shown)
        elif not watched.is_live():
            st.info(_("Nothing was measured yet. Press the button, and the picture fills while the students learn."))

    watched.watch(draw)
