"""How a student is taught, as a text: a method, and those of its knobs that are not at their default.

'dkd' or 'dkd:target=2,others=4'. In addresses, files and keys one way to teach has one text.
"""

from functools import lru_cache
from typing import NamedTuple

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from kdcore.experiment import Value, advice, misfit, nearest, written
from kdcore.methods import METHODS, Method
from kdcore.words import N_


class Teaching(NamedTuple):
    """A method with its knobs set."""

    method: Method
    knobs: Value


@lru_cache(maxsize=512)
def read(text: str) -> Teaching:
    """What a text describes. Raises pydantic's error, which says what would work."""
    name, _colon, rest = text.partition(":")
    name = name.strip()
    if name not in METHODS:
        near = nearest(name, METHODS)
        raise misfit("method", text, N_("choose one of {options}{near}"), options=", ".join(METHODS), near=near)
    pairs = [pair.partition("=") for pair in rest.split(",") if pair.strip()]
    told = {knob.strip(): value.strip() for knob, _equals, value in pairs}
    if len(told) < len(pairs) or not all(equals for _knob, equals, _value in pairs):
        raise misfit("method", text, N_("write each knob once, such as dkd:target=2,others=4"))
    try:
        return Teaching(METHODS[name], METHODS[name].Knobs.model_validate(told))
    except ValidationError as error:
        raise _misfit(text, METHODS[name], told, error) from error


def looks_inside(text: str) -> bool:
    """Whether the method compares hidden layers."""
    return "features" in read(text).method.needs


def write(teaching: Teaching) -> str:
    """The text that `read` reads: only what is not the default, in the knobs' own order."""
    method, knobs = teaching
    defaults = method.Knobs()
    told = [f"{name}={written(value)}" for name, value in knobs if value != getattr(defaults, name)]
    return method.name + (":" if told else "") + ",".join(told)


def _misfit(text: str, method: Method, told: dict[str, str], error: ValidationError) -> PydanticCustomError:
    """What is wrong with the first knob that is wrong."""
    detail, known = error.errors(include_url=False)[0], method.Knobs.model_fields
    knob = str(detail["loc"][0])
    if knob in known:
        return misfit("method", text, N_("{knob}: {expected}"), knob=knob, expected=advice(known[knob]))
    if not known:
        return misfit("method", text, N_("{method} has no knobs"), method=method.name)
    more = {"knob": knob, "options": ", ".join(known), "near": nearest(knob, known)}
    return misfit("method", text, N_("there is no knob {knob}; choose of {options}{near}"), **more)
