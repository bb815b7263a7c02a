"""The page's address is all that it remembers: whose experiment, which methods, and which of them is open.

What is as usual is left out. A method stands there as `kdcore.teaching` writes it:

    methods=soft_targets,dkd:target=2,others=4,hints  training.epochs=20  measure=test_accuracy  open=hints
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

from pydantic import ValidationError

from kdcore import experiment as experiments
from kdcore import grid, teaching
from kdcore.experiment import SOFT_TARGETS, Experiment, Problem, unflatten
from kdcore.figures.lines import EXAMPLES
from kdcore.figures.ways import MOST
from kdcore.grid import Sweep
from kdcore.methods import METHODS
from kdcore.words import _
from pages._ui import location, varied
from pages._ui.language import language

USUAL = ("soft_targets", "dkd", "dist", "hints", "relational", "label_smoothing")
OWN = ("methods", "method", "measure", "open")
BETWEEN = re.compile(r",(?!\s*\w+\s*=)")  # a comma between methods: what follows is not another knob


@dataclass(frozen=True)
class Address:
    """What is compared, on which examples gains are shown, which method is open, and what could not be read."""

    chosen: Sweep
    measure: str = "val_accuracy"
    open: str = SOFT_TARGETS
    ignored: tuple[Problem, ...] = ()

    @property
    def methods(self) -> tuple[str, ...]:
        return self.chosen.x.values

    def told(self, name: str) -> str | None:
        """How the method of this name is taught with in the comparison; None where it is not compared."""
        return next((text for text in self.methods if _name(text) == name), None)


def current() -> Address:
    """What the address says now."""
    return read(location.current())


def look(**changes: Any) -> None:
    """Look at something else."""
    _go(replace(current(), **changes))


def choose(chosen: Sweep) -> None:
    """Compare something else."""
    look(chosen=chosen)


@cache
def usual() -> Sweep:
    """What is compared unless the address says otherwise."""
    base = unflatten({"seeds": 4, "teacher_training.epochs": 15, "training.epochs": 60})
    return comparison(base, USUAL)


def comparison(base: Experiment, methods: Sequence[str]) -> Sweep:
    """The sweep of these methods. Raises pydantic's ValidationError."""
    return _made(base, tuple(methods))


def impossible(text: str, base: Experiment) -> str:
    """Why nothing can be taught so here; nothing where it can."""
    return _impossible(text, base, language())


@lru_cache(maxsize=512)
def _impossible(text: str, base: Experiment, _language: str) -> str:
    """Kept for each language by itself."""
    try:
        grid.with_values(base, {"method": text})
    except ValidationError as error:
        return experiments.problems(error)[0].advice
    return ""


def read(query: Mapping[str, str]) -> Address:
    """What an address describes. Never raises."""
    settings = {name: text for name, text in query.items() if name not in OWN}
    base, ignored = varied.read(usual().experiment, settings)
    if "method" in query:
        advice = _("here it is one of several, told as {example}")
        ignored.append(Problem("method", query["method"], advice.format(example="methods=dkd,hints")))
    methods, unread = _methods(query.get("methods"), base)
    try:
        chosen = comparison(base, methods)
    except ValidationError as error:
        unread += grid.problems(error)
        chosen = usual()
    found = Address(chosen)
    for name, known in (("measure", EXAMPLES), ("open", METHODS)):
        if query.get(name, getattr(found, name)) in known:
            found = replace(found, **{name: query.get(name, getattr(found, name))})
        else:
            advice = _("one of {options} was expected").format(options=", ".join(known))
            unread.append(Problem(name, query[name], advice))
    return replace(found, ignored=(*ignored, *unread))


def written(asked: Address) -> dict[str, str]:
    """The address of what differs from the usual."""
    found = varied.written(asked.chosen.experiment, usual().experiment)
    if asked.methods != USUAL:
        found["methods"] = ",".join(asked.methods)
    plain = Address(asked.chosen)
    return found | {
        name: told for name in ("measure", "open") if (told := getattr(asked, name)) != getattr(plain, name)
    }


def _go(asked: Address) -> None:
    location.go(written(asked))


@lru_cache(maxsize=64)
def _made(base: Experiment, methods: tuple[str, ...]) -> Sweep:
    """Kept, as the address is read again and again, and a sweep takes a while to check."""
    return Sweep.model_validate({"experiment": base, "x": {"setting": "method", "values": methods}})


def _methods(text: str | None, base: Experiment) -> tuple[list[str], list[Problem]]:
    """The methods that an address tells, each as it is always written, and what of them cannot be. Without any of them,
    the usual ones; without any of these, soft targets."""
    told = list(USUAL) if text is None else [part.strip() for part in BETWEEN.split(text) if part.strip()]
    found: dict[str, str] = {}
    ignored = []
    for part in told:
        if advice := impossible(part, base):
            ignored.append(Problem("methods", part, advice))
        elif _name(part) in found:
            ignored.append(Problem("methods", part, _("each method stands beside the others once")))
        elif len(found) == MOST:
            ignored.append(Problem("methods", part, too_many()))
        else:
            found[_name(part)] = teaching.write(teaching.read(part))
    if text is not None and not told:
        ignored.append(Problem("methods", _("empty"), too_few()))
    if not found and text is not None:
        return [each for each in USUAL if not impossible(each, base)], ignored
    return list(found.values()) or [SOFT_TARGETS], ignored


def too_many() -> str:
    """Why another method cannot be taken."""
    return _("{most} methods at most are compared; take one away first").format(most=MOST)


def too_few() -> str:
    """Why the last method cannot be taken away."""
    return _("one method at least is compared, such as {example}").format(example=SOFT_TARGETS)


def _name(text: str) -> str:
    return teaching.read(text).method.name
