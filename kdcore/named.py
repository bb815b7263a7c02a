"""Something with a name and a few knobs, as a text: 'dkd:target=2,others=4', 'forest:trees=100,depth=8'.

In addresses, files and keys one choice has one text: only the knobs that are not at their default, in their own order.
"""

from collections.abc import Mapping

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from kdcore.experiment import Value, advice, misfit, nearest, written
from kdcore.words import N_


def read(text: str, known: Mapping[str, type[Value]], field: str, example: str) -> tuple[str, Value]:
    """The name and the knobs that a text describes, of those `known`. Raises pydantic's error about this `field`, which
    says what would work, such as this `example`."""
    name, _colon, rest = text.partition(":")
    name = name.strip()
    if name not in known:
        near = nearest(name, known)
        raise misfit(field, text, N_("choose one of {options}{near}"), options=", ".join(known), near=near)
    pairs = [pair.partition("=") for pair in rest.split(",") if pair.strip()]
    told = {knob.strip(): value.strip() for knob, _equals, value in pairs}
    if len(told) < len(pairs) or not all(equals for _knob, equals, _value in pairs):
        raise misfit(field, text, N_("write each knob once, such as {example}"), example=example)
    try:
        return name, known[name].model_validate(told)
    except ValidationError as error:
        raise _misfit(field, text, known[name], error) from error


def write(name: str, knobs: Value) -> str:
    """The text that `read` reads."""
    defaults = type(knobs)()
    told = [f"{knob}={written(value)}" for knob, value in knobs if value != getattr(defaults, knob)]
    return name + (":" if told else "") + ",".join(told)


def _misfit(field: str, text: str, knobs: type[Value], error: ValidationError) -> PydanticCustomError:
    """What is wrong with the first knob that is wrong."""
    detail, known = error.errors(include_url=False)[0], knobs.model_fields
    knob = str(detail["loc"][0])
    if knob in known:
        return misfit(field, text, N_("{knob}: {expected}"), knob=knob, expected=advice(known[knob]))
    if not known:
        return misfit(field, text, N_("{name} has no knobs"), name=text.partition(":")[0].strip())
    more = {"knob": knob, "options": ", ".join(known), "near": nearest(knob, known)}
    return misfit(field, text, N_("there is no knob {knob}; choose of {options}{near}"), **more)
