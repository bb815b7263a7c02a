"""The networks of a plane, read back from the files that were measured."""

from functools import lru_cache

from kdcore.compress import codec
from kdcore.compress.codec import Contents
from kdcore.compress.coded import values
from kdcore.measure.by_hand import Model
from kdcore.store import StoreProblem
from pages._ui.runs import Shown


def file(shown: Shown, name: str) -> tuple[str, bytes] | None:
    """A variant's own file and what it is called by; None while the run is under way, or the store is away."""
    stem = name or "teacher"
    try:
        found = ((ending, shown.payload(f"{stem}.{ending}")) for ending in ("kdz", "onnx"))
        return next(((ending, payload) for ending, payload in found if payload), None)
    except StoreProblem:  # `runs.problem` tells of it
        return None


def contents(shown: Shown, name: str) -> Contents | None:
    """All that a variant's own file holds; None where it is not there yet, or is no file of weights."""
    try:
        return _contents(shown, name)
    except (LookupError, StoreProblem):  # not kept, so that it is tried again
        return None


def model(shown: Shown, name: str) -> Model | None:
    """A variant's network, in plain numbers; None likewise."""
    return _model(shown, name) if contents(shown, name) else None


@lru_cache(maxsize=64)
def _contents(shown: Shown, name: str) -> Contents:
    payload = shown.payload(f"{name or 'teacher'}.kdz")
    if payload is None:
        raise LookupError(name)
    return codec.contents(payload)


@lru_cache(maxsize=64)
def _model(shown: Shown, name: str) -> Model:
    found = _contents(shown, name)
    return Model(found.layers, found.network, shown.experiment.facts.shape, values(found.weights))
