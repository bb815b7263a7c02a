"""Which networks are compared on one plane, and which of them are pinned: what of it the address keeps.

look.data=moons  look.kinds=experiment,sweep  look.roles=teacher,distilled  look.where=temperature>2
look.runs=3decc5d1f97d6ec0  look.pins=3decc5d1f97d6ec0:distilled~my%20best;f2e1fa2633106420:prune+code
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any
from urllib.parse import quote, unquote

from kdcore import wanted
from kdcore.data import catalogue
from kdcore.experiment import Problem
from kdcore.figures.entries import KINDS, Entry
from kdcore.figures.pareto import COSTS, DRAGS
from kdcore.figures.theme import ROLES
from kdcore.words import N_, _

MOST_PINS, MOST_RUNS = 12, 20
LONGEST_TEXT, LONGEST_LABEL = 200, 40  # letters
PIN = re.compile(r"[0-9a-f]{16}:[^;~]{1,300}")
KEY = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Sought:
    """Runs on these data only; no kind, role or run told is all of them. A pin is an entry's id and a label of one's
    own, or ""."""

    data: str = "digits"
    against: str = COSTS[0]
    drag: str = "select"
    kinds: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    where: str = ""
    runs: tuple[str, ...] = ()
    pins: tuple[tuple[str, str], ...] = ()

    def fits(self, entry: Entry) -> bool:
        """Whether an entry on these data is one of those to compare; its pin does not matter."""
        return (
            (not self.kinds or entry.kind in self.kinds)
            and (not self.roles or entry.role in self.roles)
            and (not self.runs or entry.run in self.runs)
            and self.wanted.fits(entry.settings, lambda: f"{entry.label} {entry.run_words} {entry.id}")
        )

    @cached_property
    def wanted(self) -> wanted.Wanted:
        return wanted.read(self.where)[0]

    def pinned(self, ids: list[str]) -> "Sought":
        """With these pins instead; those that stay keep their labels."""
        known = dict(self.pins)
        return replace(self, pins=tuple((id, known.get(id, "")) for id in ids[:MOST_PINS]))

    def toggled(self, id: str) -> "Sought":
        """With one pin more or less."""
        ids = [pin for pin, _label in self.pins]
        return self.pinned([pin for pin in ids if pin != id] if id in ids else [*ids, id])

    def labelled(self, id: str, text: str) -> "Sought":
        """With another label of one's own on a pin."""
        return replace(self, pins=tuple((pin, short(text) if pin == id else own) for pin, own in self.pins))


def read(query: Mapping[str, str]) -> tuple[Sought, list[Problem]]:
    """What the address asks for, and a problem for each part of it that says nothing. Never raises."""
    found, ignored = Sought(), []
    for name, text in query.items():
        try:
            found = replace(found, **{name: _READ[name](text)})
        except (ValueError, KeyError):
            ignored.append(Problem(f"look.{name}", text, _advice(name)))
    return found, [*ignored, *wanted.read(found.where)[1]]


def written(sought: Sought) -> dict[str, str]:
    """The parts of the address of what differs from the default."""
    usual = Sought()
    changed = {name: getattr(sought, name) for name in _READ if getattr(sought, name) != getattr(usual, name)}
    return {name: _written(name, value) for name, value in changed.items()}


def short(text: str) -> str:
    """A label of one's own: a line, and not a long one."""
    printed = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printed.split())[:LONGEST_LABEL].strip()


def _written(name: str, value: Any) -> str:
    if name == "pins":
        return ";".join(id + (f"~{quote(label, safe=' ')}" if label else "") for id, label in value)
    return value if isinstance(value, str) else ",".join(value)


def _pins(text: str) -> tuple[tuple[str, str], ...]:
    found = {}
    for part in text.split(";"):
        id, _tilde, label = part.partition("~")
        if not PIN.fullmatch(id):
            raise ValueError(text)
        found[id] = short(unquote(label))
    if len(found) > MOST_PINS:
        raise ValueError(text)
    return tuple(found.items())


def _runs(text: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(text.split(",")))
    if len(found) > MOST_RUNS or not all(map(KEY.fullmatch, found)):
        raise ValueError(text)
    return found


def _one_of(known: Mapping[str, Any], text: str) -> str:
    if text not in known:
        raise ValueError(text)
    return text


def _data(text: str) -> str:
    if not catalogue.is_known(text):
        raise ValueError(text)
    return text


def _some_of(known: Mapping[str, Any], text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_one_of(known, part) for part in text.split(",")))


def _text(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise ValueError(text)
    return text


_ONE = {"against": dict.fromkeys(COSTS), "drag": DRAGS}
_SOME = {"kinds": KINDS, "roles": ROLES}
_READ: dict[str, Callable[[str], Any]] = {
    "data": _data,
    **{name: partial(_one_of, known) for name, known in _ONE.items()},
    **{name: partial(_some_of, known) for name, known in _SOME.items()},
    "where": _text,
    "runs": _runs,
    "pins": _pins,
}
_EXPECTED = {
    "where": N_("at most {letters} letters were expected"),
    "runs": N_("at most {runs} keys of runs were expected, apart by commas"),
    "pins": N_("at most {pins} pins were expected, such as {example}"),
}


def _advice(name: str) -> str:
    """What would be read."""
    if name == "data":
        return _("one of {options} was expected").format(options=", ".join(catalogue.names()))
    if known := _ONE.get(name) or _SOME.get(name):
        return _("one of {options} was expected").format(options=", ".join(known))
    if name in _EXPECTED:
        values = {"letters": LONGEST_TEXT, "runs": MOST_RUNS, "pins": MOST_PINS}
        return _(_EXPECTED[name]).format(example="3decc5d1f97d6ec0:distilled", **values)
    return _("one of {options} was expected").format(options=", ".join(f"look.{known}" for known in _READ))
