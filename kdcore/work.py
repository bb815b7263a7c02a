"""What the engine does with an order: the rows of its run."""

from collections.abc import Iterator

from kdcore.compress.run import compress
from kdcore.events import Row
from kdcore.experiment import Experiment
from kdcore.grid import Sweep
from kdcore.order import Order
from kdcore.sweep import sweep
from kdcore.train import fit


def rows(order: Order) -> Iterator[Row]:
    """Run it; see `train.fit`, `compress.run.compress` and `sweep.sweep`."""
    if isinstance(order, Experiment):
        return fit(order)
    return sweep(order) if isinstance(order, Sweep) else compress(order)
