"""Which run a part of a page shows of what is asked for, drawn again as often as that run has told more."""

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass

import streamlit as st

from kdcore.events import ENDS
from kdcore.order import Order
from pages._ui import runs
from pages._ui.again import once_told
from pages._ui.runs import Shown


@dataclass(frozen=True)
class Watched:
    """`orders` tells what is asked for now, and then what is shown until there is something of that; of a run there is
    something once there is one of these `events`. `name` is that under which the session keeps what was drawn last."""

    name: str
    orders: Callable[[], Sequence[Order]]
    events: Collection[str]

    def find(self) -> Shown | None:
        """The run to show: the first order's as soon as there is something of it; or else its recording."""
        found = (look(each.key) for each in self.orders() for look in (runs.find, runs.recording))
        return next(filter(self._count, found), None)

    def drawn(self) -> Shown | None:
        """The same to draw it: the very rows that were drawn last, where nothing that counts has come, so that their
        pictures are kept."""
        now, before = self.find(), st.session_state.get(self.name)
        is_same = before and now and before.attempt == now.attempt and self._count(before) == self._count(now)
        if not is_same or not now.is_live:
            st.session_state[self.name] = now
        return st.session_state[self.name]

    def live(self) -> list[Shown]:
        """Of what is shown, and of what was asked for: the runs of which more is to come."""
        both = self.find(), *(runs.find(each.key) for each in self.orders()[:1])
        return list({each.key: each for each in both if each is not None and each.is_live}.values())

    def watch(self, draw: Callable[[], None], what: Callable[[], Hashable] = lambda: None) -> None:
        """Draw this part, and again when one of these runs has told more; the whole page once something else is asked
        for, or is to be shown elsewhere on it, as `what` tells."""

        def asked() -> Hashable:
            return tuple(self.orders()), what()

        before = asked()

        @st.fragment
        def part() -> None:
            if asked() != before:
                st.rerun()
            draw()
            if live := self.live():
                once_told({each.key: each.last for each in live}, {*self.events, *ENDS})

        part()

    def _count(self, shown: Shown | None) -> int:
        """How much was told of a run."""
        return sum(row["event"] in self.events for row in shown.rows) if shown else 0
