"""The page's address is all that it remembers: who teaches whom, and what of it is looked at.

What is as usual is left out. The transfer stands there as `Transfer.to_query` writes it:

    teacher=forest  students=tree:depth=4;net  temperature=2  measure=test_accuracy  open=1  tree=tree:depth=4
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from kdcore.experiment import Problem
from kdcore.figures.families import ARMS
from kdcore.figures.lines import EXAMPLES
from kdcore.transfer import Transfer
from kdcore.words import _
from pages._ui import location

TEACHER = "teacher"
OWN = ("measure", "open", "tree", "arm", "example")


@dataclass(frozen=True)
class Address:
    """What is asked for; on which examples it is told of; whose knobs are open, the teacher's or those of the student
    at a place, counted from 1; which tree is looked into, that from labels or the taught one, with which example, ''
    for the usual; and what could not be read."""

    chosen: Transfer
    measure: str = "val_accuracy"
    open: str = TEACHER
    tree: str = ""
    arm: str = ""
    example: str = ""
    ignored: tuple[Problem, ...] = ()


def current() -> Address:
    """What the address says now."""
    return read(location.current())


def look(**changes: str) -> None:
    """Look at something else."""
    _go(replace(current(), **changes))


def choose(chosen: Transfer) -> None:
    """Ask for something else; there may be no student at the place that was open."""
    now = current()
    _go(replace(now, chosen=chosen, open=now.open if now.open in places(chosen) else TEACHER))


def usual() -> Transfer:
    """What is asked for unless the address says otherwise."""
    return Transfer()


def places(chosen: Transfer) -> dict[str, str]:
    """The texts of the teacher and of each student, by their places."""
    return {TEACHER: chosen.teacher} | {str(place): text for place, text in enumerate(chosen.students, start=1)}


def read(query: Mapping[str, str]) -> Address:
    """What an address describes. Never raises."""
    chosen, ignored = Transfer.from_query({name: text for name, text in query.items() if name not in OWN})
    told: dict[str, Any] = {name: query[name] for name in OWN if name in query}
    for name, known in (("measure", EXAMPLES), ("open", places(chosen)), ("arm", ARMS)):
        if name in told and told[name] not in known:
            advice = _("one of {options} was expected").format(options=", ".join(known))
            ignored.append(Problem(name, told.pop(name), advice))
    return Address(chosen, **told, ignored=tuple(ignored))


def written(asked: Address) -> dict[str, str]:
    """The address of what differs from the usual."""
    plain = Address(asked.chosen)
    own = {name: getattr(asked, name) for name in OWN}
    return asked.chosen.to_query() | {name: text for name, text in own.items() if text != getattr(plain, name)}


def _go(asked: Address) -> None:
    location.go(written(asked))
