"""What the engine can be asked for: to run an experiment, to compress its teachers, to draw a map, to search, to
let families teach each other, to calibrate, or to run the example of an article."""

from typing import Any

from pydantic import ValidationError

from kdcore import compression, experiment, grid, search, transfer
from kdcore.articles import Copying
from kdcore.calibrate import Calibration
from kdcore.compression import Compression
from kdcore.experiment import Experiment, Problem
from kdcore.grid import Sweep
from kdcore.search import Search
from kdcore.transfer import Transfer

Order = Experiment | Compression | Sweep | Search | Transfer | Calibration | Copying

# told apart by what an experiment does not have
_KINDS = {
    "pipelines": Compression,
    "x": Sweep,
    "trials": Search,
    "students": Transfer,
    "calibrate": Calibration,
    "copying": Copying,
}
_MODULES = {
    Compression.__name__: compression,
    Sweep.__name__: grid,
    Search.__name__: search,
    Transfer.__name__: transfer,
}


def read(told: dict[str, Any]) -> Order:
    """The order that was dumped as JSON. Raises pydantic's ValidationError."""
    kind = next((kind for name, kind in _KINDS.items() if name in told), Experiment)
    return kind.model_validate(told)


def problems(error: ValidationError) -> list[Problem]:
    """What is wrong with an order, a sentence each."""
    return _MODULES.get(error.title, experiment).problems(error)
