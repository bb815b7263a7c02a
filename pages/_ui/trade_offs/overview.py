"""The question that is asked, the button that answers it, and the answer: drawn again and again while it comes in.

Each question has a module with `show(asked, shown)`, which draws all that is below the bar. `shown` is a run of this
kind of question that has something to draw, of the asked settings as soon as there is one; None for Pareto alone,
which looks at all runs. It is called in a fragment: `look` is followed by drawing this part only.
"""

from collections.abc import Hashable
from types import ModuleType

import streamlit as st

from kdcore.grid import Sweep
from kdcore.words import _
from pages._ui import runs
from pages._ui.one_of import one_of
from pages._ui.runs import Shown
from pages._ui.trade_offs import capacity, labels, map, pareto, search, size
from pages._ui.trade_offs.address import FREE, PARETO, QUESTIONS, SEARCH, Address, ask, current, usual
from pages._ui.trade_offs.bar import bar
from pages._ui.trade_offs.take import take
from pages._ui.watching import same_if_no_more, watching

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


def overview(asked: Address) -> None:
    """While a run is under way it is drawn anew when there is more of it; the page, when something else is to show."""
    one_of(_("Question"), QUESTIONS, asked.question, "trade.question", ask, is_named=False)

    def draw() -> None:
        now = current()
        if now.chosen is None:
            PARTS[now.question].show(now, None)
            return
        shown = same_if_no_more("trade.drawn", find(now), count)
        bar(now, is_other=shown is not None and shown.key != now.chosen.key)
        if shown:
            PARTS[now.question].show(now, shown)
            if isinstance(shown.order, Sweep):
                take(now, shown)
        elif not _is_live():
            st.info(_("Nothing was measured yet. Press the button, and the picture fills while the students learn."))

    shown = find(asked)
    is_awaited = asked.chosen and (shown is None or shown.key != asked.chosen.key)
    watching(_what, _is_live, draw, asked.chosen.key if is_awaited else None, MEASURED)


def find(asked: Address) -> Shown | None:
    """The run to show: that of the address as soon as there is something of it, and until then the recorded one."""
    for chosen in filter(None, (asked.chosen, usual(asked.question))):
        shown = runs.find(chosen.key)
        if count(shown):
            return shown
    return None


def count(shown: Shown | None) -> int:
    """How often something was measured."""
    return sum(row["event"] in MEASURED for row in shown.rows) if shown else 0


def _what() -> Hashable:
    """The question, what it asks for, and which run is to be shown."""
    now = current()
    shown = find(now)
    return now.question, now.chosen, shown and shown.attempt


def _is_live() -> bool:
    """Whether there is more to come of what is shown, or of what was asked for."""
    now = current()
    both = find(now), now.chosen and runs.find(now.chosen.key)
    return any(each is not None and each.is_live for each in both)
