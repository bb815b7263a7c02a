"""What of a sweep is looked at. It stands in the page's address, beside the question and its settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kdcore.experiment import Problem
from kdcore.figures.cells import MEASURES
from kdcore.words import N_, _

PREFIX = "look."  # of what a single question's part of the page keeps in the address
LANES = ("distilled", "assisted", "scratch")
AGAINST = {"parameters": N_("Parameters"), "size_bytes": N_("Bytes"), "flops": N_("Operations (FLOPs)")}


@dataclass(frozen=True)
class View:
    """`measure` and `lane` are what a map shows; `cell` is the place of the one that is looked at, as
    `kdcore.figures.cells.Place` writes it, None for the best; `against` is what a size is measured in.

    `more` belongs to the question: what its part of the page writes there, it reads and judges by itself.
    """

    measure: str = "val_accuracy"
    lane: str = "distilled"
    cell: str | None = None
    against: str = "parameters"
    more: Mapping[str, str] = field(default_factory=dict)


_CHOICES = {"measure": (*MEASURES, "test_accuracy"), "lane": LANES, "against": AGAINST}
LONGEST = 200  # letters of a cell's place


def _one_of(known: Mapping[str, Any] | tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in known:
            raise ValueError(text)
        return text

    return read


def _cell(text: str) -> str:
    if not text or len(text) > LONGEST:
        raise ValueError(text)
    return text


_READ: dict[str, Callable[[str], str]] = {"cell": _cell} | {name: _one_of(known) for name, known in _CHOICES.items()}
NAMES = tuple(_READ)  # as they are called in the address


def is_view(name: str) -> bool:
    """Whether this part of an address says how to look."""
    return name in NAMES or name.startswith(PREFIX)


def read(query: Mapping[str, str]) -> tuple[View, list[Problem]]:
    """The view that an address describes, and a problem for each part of it that says nothing."""
    more = {name.removeprefix(PREFIX): text for name, text in query.items() if name.startswith(PREFIX)}
    found, ignored = View(more=more), []
    for name in filter(query.__contains__, NAMES):
        try:
            found = replace(found, **{name: _READ[name](query[name])})
        except ValueError:
            ignored.append(Problem(name, query[name], _advice(name)))
    return found, ignored


def written(view: View) -> dict[str, str]:
    """The parts of the address of what differs from the default."""
    usual = View()
    changed = {name: getattr(view, name) for name in NAMES if getattr(view, name) != getattr(usual, name)}
    return changed | {PREFIX + name: text for name, text in view.more.items()}


def _advice(name: str) -> str:
    """What would be read."""
    if name in _CHOICES:
        return _("one of {options} was expected").format(options=", ".join(_CHOICES[name]))
    return _("the values of a cell's axes were expected, such as {example}").format(example="4,0.9,all")
