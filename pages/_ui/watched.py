"""Which run a page shows of what its address asks for, while it may still grow."""

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass

from kdcore.order import Order
from pages._ui import runs
from pages._ui.arrival import arrival
from pages._ui.runs import Shown
from pages._ui.watching import same_if_no_more, watching


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
        """The same to draw it, see `same_if_no_more`."""
        return same_if_no_more(self.name, self.find(), self._count)

    def is_live(self) -> bool:
        """Whether there is more to come of what is shown, or of what was asked for."""
        both = self.find(), *(runs.find(each.key) for each in self.orders()[:1])
        return any(each is not None and each.is_live for each in both)

    def watch(self, draw: Callable[[], None], seen: Callable[[], Hashable] = tuple) -> None:
        """Draw, and again when there is more, see `watching`; the first of what was asked for as soon as it comes.
        `seen` tells what the rest of the page is drawn from: it is drawn again when that is something else."""

        def part() -> None:
            draw()
            for each in self.orders()[:1]:
                mine = runs.find(each.key)
                if mine and mine.is_live and not self._count(mine):
                    arrival(each.key, self.events)

        watching(lambda: (tuple(self.orders()), seen()), self.is_live, part)

    def _count(self, shown: Shown | None) -> int:
        """How much was told of a run."""
        return sum(row["event"] in self.events for row in shown.rows) if shown else 0
