"""Which run a page shows of what its address asks for, while it may still grow."""

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass

import streamlit as st

from kdcore.order import Order
from pages._ui import runs
from pages._ui.arrival import arrival
from pages._ui.runs import Shown

WATCH_S = 0.5  # from one drawing to the next, as long as there is more to come


@dataclass(frozen=True)
class Watched:
    """`orders` tells what is asked for now, and then what is shown until there is something of that; of a run there is
    something once there is one of these `events`. `name` is that under which the session keeps what was drawn last."""

    name: str
    orders: Callable[[], Sequence[Order]]
    events: Collection[str]

    def find(self) -> Shown | None:
        """The run to show: the first order's as soon as there is something of it. Where the stored run has nothing to
        show, yet or because it was stopped too soon, that is the recorded one."""
        known = (look(each.key) for each in self.orders() for look in (runs.find, runs.recording))
        return next(filter(self._count, known), None)

    def drawn(self) -> Shown | None:
        """The same to draw it: the very rows that were drawn last, where nothing that counts has come, so that their
        pictures are kept."""
        now, before = self.find(), st.session_state.get(self.name)
        is_same = before and now and before.attempt == now.attempt and self._count(before) == self._count(now)
        if not is_same or not now.is_live:
            st.session_state[self.name] = now
        return st.session_state[self.name]

    def is_live(self) -> bool:
        """Whether there is more to come of what is shown, or of what was asked for."""
        both = self.find(), *(runs.find(each.key) for each in self.orders()[:1])
        return any(each is not None and each.is_live for each in both)

    def watch(self, draw: Callable[[], None], seen: Callable[[], Hashable] = tuple) -> None:
        """Draw this part, and again twice a second as long as there is more to come, or at once when the first of what
        was asked for comes; the whole page as soon as something else is asked for, or is to be shown elsewhere on it,
        as `seen` tells."""

        def now() -> tuple[Hashable, ...]:
            return tuple(self.orders()), seen(), self.is_live()

        before = now()

        @st.fragment(run_every=WATCH_S if before[-1] else None)
        def part() -> None:
            if now() != before:
                st.rerun()
            draw()
            for each in self.orders()[:1]:
                mine = runs.find(each.key)
                if mine and mine.is_live and not self._count(mine):
                    arrival(each.key, self.events)

        part()

    def _count(self, shown: Shown | None) -> int:
        """How much was told of a run."""
        return sum(row["event"] in self.events for row in shown.rows) if shown else 0
