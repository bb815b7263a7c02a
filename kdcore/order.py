"""What the engine can be asked for: to run an experiment, or to compress its teachers."""

from typing import Any

from pydantic import ValidationError

from kdcore import compression, experiment
from kdcore.compression import Compression
from kdcore.experiment import Experiment, Problem

Order = Experiment | Compression


def read(told: dict[str, Any]) -> Order:
    """The order that was dumped as JSON; what a compression has and an experiment has not tells them apart.
    Raises pydantic's ValidationError."""
    return (Compression if "pipelines" in told else Experiment).model_validate(told)


def problems(error: ValidationError) -> list[Problem]:
    """What is wrong with an order, a sentence each."""
    module = compression if error.title == Compression.__name__ else experiment
    return module.problems(error)
