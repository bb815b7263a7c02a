"""What the engine does with an order: the rows of its run."""

from collections.abc import Iterator

from kdcore.compress.run import compress
from kdcore.events import Row
from kdcore.experiment import Experiment
from kdcore.order import Order
from kdcore.train import fit


def rows(order: Order) -> Iterator[Row]:
    """Run it; see `train.fit` and `compress.run.compress`."""
    return fit(order) if isinstance(order, Experiment) else compress(order)
