"""What the engine can be asked for: to run an experiment, to compress its teachers, or to draw a map."""

from typing import Any

from pydantic import ValidationError

from kdcore import compression, experiment, grid
from kdcore.compression import Compression
from kdcore.experiment import Experiment, Problem
from kdcore.grid import Sweep

Order = Experiment | Compression | Sweep


def read(told: dict[str, Any]) -> Order:
    """The order that was dumped as JSON; what an experiment does not have tells the others apart.
    Raises pydantic's ValidationError."""
    kind = Compression if "pipelines" in told else Sweep if "x" in told else Experiment
    return kind.model_validate(told)


def problems(error: ValidationError) -> list[Problem]:
    """What is wrong with an order, a sentence each."""
    module = {Compression.__name__: compression, Sweep.__name__: grid}.get(error.title, experiment)
    return module.problems(error)
