"""Which runs are wanted, as one types it: 'temperature>2 student.widths=16 moons'.

    temperature>2        a setting by its name, or the last part of it, compared with a value; =, !=, <, <=, > and >= do
    moons                any other word must be found in what is said of a run

All of it must be true.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from math import inf
from typing import Any

from kdcore.experiment import Problem, fields, written
from kdcore.words import _

COMPARISON = re.compile(r"([\w.]+)\s*(<=|>=|!=|=|<|>)\s*([^\s,;<>=!]+)")
SAME: dict[str, Callable[[Any, Any], bool]] = {"=": operator.eq, "!=": operator.ne}
ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Condition:
    """One setting compared with a value, as it is written."""

    setting: str
    sign: str
    value: str

    def holds(self, settings: Mapping[str, Any]) -> bool:
        """Whether it is true of these settings. What is no number is neither more nor less than another."""
        mine, theirs = _number(written(settings[self.setting])), _number(self.value)
        if mine is not None and theirs is not None:
            return (SAME | ORDER)[self.sign](mine, theirs)
        return self.sign in SAME and SAME[self.sign](written(settings[self.setting]), self.value)


@dataclass(frozen=True)
class Wanted:
    """Everything that must be true."""

    conditions: tuple[Condition, ...] = ()
    words: tuple[str, ...] = ()

    def fits(self, settings: Mapping[str, Any], said: Callable[[], str]) -> bool:
        """Whether a run of these settings, of which so much is said, is one of them."""
        if not all(condition.holds(settings) for condition in self.conditions):
            return False
        return not self.words or all(word in said().casefold() for word in self.words)


def read(text: str) -> tuple[Wanted, list[Problem]]:
    """What a text asks for, and a problem for each comparison that says nothing. Never raises."""
    conditions, ignored = [], []
    for name, sign, value in COMPARISON.findall(text):
        found = [known for known in fields() if name in (known, known.rpartition(".")[2])]
        if len(found) == 1:
            conditions.append(Condition(found[0], sign, value))
        else:
            ignored.append(Problem(name, value, _advice(name, found)))
    words = re.split(r"[\s,;]+", COMPARISON.sub(" ", text).casefold())
    return Wanted(tuple(conditions), tuple(filter(None, words))), ignored


def _number(text: str) -> float | None:
    """What a text is as a number; all of them is more than any. None where it is none."""
    if text == "all":
        return inf
    try:
        return float(text)
    except ValueError:
        return None


def _advice(name: str, found: list[str]) -> str:
    """Which setting may have been meant."""
    if found:
        return _("several settings are called so: {options}").format(options=", ".join(found))
    known = [*fields(), *(each.rpartition(".")[2] for each in fields())]
    near = get_close_matches(name[:80], known, n=1, cutoff=0)[0]
    return _("there is no such setting; the nearest name is {name}").format(name=near)
