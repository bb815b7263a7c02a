"""What of a plane is looked at. It stands in the page's address, beside the run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from kdcore import compression
from kdcore.advice import DEVICES, PRIORITIES
from kdcore.experiment import Problem
from kdcore.words import N_, _

TEACHER = "teacher"  # how the variant without a stage is written in an address
OWN = "own"  # the device of own numbers
AGAINST = {
    "size_bytes": N_("Bytes of the file"),
    "flops": N_("Operations"),
    "latency_ms": N_("Latency"),
    "nonzero": N_("Weights that are not zero"),
}
PARTS = {
    "stages": N_("Stage by stage"),
    "weights": N_("Weights"),
    "changed": N_("What changed"),
    "file": N_("Why is my file not smaller?"),
    "hand": N_("By hand"),
    "need": N_("Which method for my need?"),
    "claims": N_("What is claimed?"),
}


@dataclass(frozen=True)
class View:
    """`variant` is its name, None for the one that the page proposes. A need: the device's room in kB, what matters
    most, and how many points of accuracy may be lost."""

    variant: str | None = None
    against: str = "size_bytes"
    part: str = "stages"
    device: str = "microcontroller"
    flash: float = 256
    ram: float = 64
    priority: str = "size"
    lose: float = 1


NAMES = tuple(View.__dataclass_fields__)  # as they are called in the address


def read(query: Mapping[str, str]) -> tuple[View, list[Problem]]:
    """The view that an address describes, and a problem for each part of it that says nothing."""
    found, ignored = View(), []
    for name, text in query.items():
        try:
            found = replace(found, **{name: _READ[name](text)})
        except ValueError:
            ignored.append(Problem(name, text, _advice(name)))
    return found, ignored


def written(view: View) -> dict[str, str]:
    """The parts of the address of what differs from the default."""
    usual = View()
    changed = {name: getattr(view, name) for name in NAMES if getattr(view, name) != getattr(usual, name)}
    return {name: _written(name, value) for name, value in changed.items()}


def _written(name: str, value: Any) -> str:
    if name == "variant":
        return value or TEACHER
    return f"{value:g}" if isinstance(value, float | int) else value


def _variant(text: str) -> str:
    """A variant's name, in the one way that names are written. Raises ValueError."""
    if text == TEACHER:
        return ""
    try:
        return compression.name(compression.read(text))
    except ValidationError as error:
        raise ValueError(text) from error


def _one_of(known: Mapping[str, str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in known:
            raise ValueError(text)
        return text

    return read


def _between(low: float, high: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        value = float(text)
        if not low <= value <= high:  # nor is NaN
            raise ValueError(text)
        return value

    return read


LIMITS = {"flash": (1.0, 100_000.0), "ram": (1.0, 100_000.0), "lose": (0.0, 100.0)}
_CHOICES = {"against": AGAINST, "part": PARTS, "device": {**DEVICES, OWN: ""}, "priority": PRIORITIES}
_READ: dict[str, Callable[[str], Any]] = {
    "variant": _variant,
    **{name: _one_of(known) for name, known in _CHOICES.items()},
    **{name: _between(*limits) for name, limits in LIMITS.items()},
}


def _advice(name: str) -> str:
    """What would be read."""
    if name in LIMITS:
        low, high = LIMITS[name]
        return _("a number from {low:g} to {high:g} was expected").format(low=low, high=high)
    if name in _CHOICES:
        return _("one of {options} was expected").format(options=", ".join(_CHOICES[name]))
    return _("a pipeline such as {example} was expected").format(example="prune:sparsity=0.9+code")
