"""How a student is taught, as a text: a method, and those of its knobs that are not at their default.

'dkd' or 'dkd:target=2,others=4'. In addresses, files and keys one way to teach has one text.
"""

from functools import lru_cache
from typing import Literal, NamedTuple

from kdcore import named
from kdcore.experiment import Value
from kdcore.methods import METHODS, Method


class Teaching(NamedTuple):
    """A method with its knobs set."""

    method: Method
    knobs: Value


@lru_cache(maxsize=512)
def read(text: str) -> Teaching:
    """What a text describes. Raises pydantic's error, which says what would work."""
    known = {name: method.Knobs for name, method in METHODS.items()}
    name, knobs = named.read(text, known, "method", "dkd:target=2,others=4")
    return Teaching(METHODS[name], knobs)


def looks_inside(text: str) -> bool:
    """Whether the method compares hidden layers."""
    method, knobs = read(text)
    return "features" in method.needed(knobs)


def told(text: str) -> Literal["term", "soft targets", "labels"]:
    """What the method's student is told."""
    method, knobs = read(text)
    return method.told(knobs)


def minds_width(text: str) -> bool:
    """Whether it is not the same for a narrow student that lies in a wide one: some of its units say nothing, which
    shows where hidden layers are compared; and a peer would be as wide as what it lies in."""
    return looks_inside(text) or read(text).method.has_peer


def write(teaching: Teaching) -> str:
    """The text that `read` reads: only what is not the default, in the knobs' own order."""
    return named.write(teaching.method.name, teaching.knobs)
