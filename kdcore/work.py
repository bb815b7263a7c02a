"""What the engine does with an order: the rows of its run."""

from collections.abc import Iterator

from kdcore.articles import Copying
from kdcore.calibrate import Calibration, calibrate
from kdcore.compress.run import compress
from kdcore.compression import Compression
from kdcore.copying import copying
from kdcore.events import Row
from kdcore.grid import Sweep
from kdcore.order import Order
from kdcore.search import Search
from kdcore.sweep import learn, outline, sweep, teach
from kdcore.train import fit
from kdcore.transfer import Transfer

__all__ = ["learn", "outline", "rows", "teach"]  # a sweep's parts are given to workers one by one; see `engine.parts`


def rows(order: Order) -> Iterator[Row]:
    """Run it; see `train.fit`, `compress.run.compress`, `sweep.sweep`, `searching.search`, `classical.run.transfer`,
    `calibrate.calibrate` and `copying.copying`."""
    if isinstance(order, Sweep):
        return sweep(order)
    if isinstance(order, Search):
        from kdcore.searching import search  # what it chooses with takes a while to load

        return search(order)
    if isinstance(order, Transfer):
        from kdcore.classical.run import transfer

        return transfer(order)
    if isinstance(order, Calibration):
        return calibrate(order)
    if isinstance(order, Copying):
        return copying(order)
    return compress(order) if isinstance(order, Compression) else fit(order)
