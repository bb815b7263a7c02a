"""The page's address is all that it remembers: which question, its experiment and axes, and what of them is looked at.

It is read anew each time the page is drawn, and what a hand changes is written there. So reload, bookmark, the back
button and a sent link show the same. What is as the question has it by default is left out:

    question=map  training.epochs=20  x=temperature:1,2,4  y=none  panel=data.labels:50,all  early=true  cell=2,,50
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from kdcore import grid
from kdcore.experiment import Experiment, Problem
from kdcore.experiment import written as value_written
from kdcore.grid import AXES, Axis, Sweep
from kdcore.search import Search
from kdcore.words import N_, _
from pages._ui import location, varied
from pages._ui.trade_offs import view
from pages._ui.trade_offs.view import View

FREE, SEARCH, PARETO = "free", "search", "pareto"
QUESTIONS = {  # as they are called in the address: a word for each
    "map": N_("Map"),
    "size": N_("Size"),
    "capacity": N_("Capacity gap"),
    "labels": N_("Labels"),
    "noise": N_("Wrong labels"),
    FREE: N_("Any two settings"),
    SEARCH: N_("Search"),
    PARETO: N_("All runs"),
}
MAPS = ("map", FREE)  # those that are answered by a map
TITLES = {name: question.title for name, question in grid.QUESTIONS.items()} | {
    SEARCH: N_("Which settings of many are best?"),
    PARETO: N_("Who is best for what it costs?"),
}
FIRST = "map"
NO_AXIS = "none"
OWN = ("question", "early", *AXES)


@dataclass(frozen=True)
class Address:
    """The question, what is asked for (None where nothing is to be run), how it is looked at, and what could not be
    read."""

    question: str
    chosen: Sweep | Search | None
    view: View
    ignored: tuple[Problem, ...] = ()


def current() -> Address:
    """What the address says now."""
    return read(location.current())


def look(**changes: Any) -> None:
    """Look at something else."""
    now = current()
    _go(now.question, now.chosen, replace(now.view, **changes))


def choose(chosen: Sweep | Search) -> None:
    """Ask for something else; another cell than before may be the one to look at."""
    now = current()
    _go(now.question, chosen, replace(now.view, cell=None))


def ask(question: str) -> None:
    """Another question, as it is by default."""
    _go(question, usual(question), View())


def usual(question: str) -> Sweep | Search | None:
    """What a question asks for unless the address says otherwise."""
    if question == PARETO:
        return None
    return Search() if question == SEARCH else grid.QUESTIONS[question].sweep


def read(query: Mapping[str, str]) -> Address:
    """What an address describes. Never raises."""
    question, unknown = _question(query.get("question", FIRST))
    seen, unseen = view.read(query)
    rest = {name: text for name, text in query.items() if name != "question" and not view.is_view(name)}
    if question == PARETO:
        chosen, unread = None, []
    elif question == SEARCH:
        chosen, unread = Search.from_query(rest)
    else:
        chosen, unread = _sweep(question, rest)
    return Address(question, chosen, seen, (*unknown, *unread, *unseen))


def written(question: str, chosen: Sweep | Search | None, seen: View | None = None) -> dict[str, str]:
    """The address of what differs from the default."""
    found = {} if question == FIRST else {"question": question}
    if isinstance(chosen, Sweep):
        found |= _written(chosen, usual(question))
    elif chosen:
        found |= chosen.to_query()
    return found | view.written(seen or View())


def _go(question: str, chosen: Sweep | Search | None, seen: View) -> None:
    location.go(written(question, chosen, seen))


def _question(text: str) -> tuple[str, list[Problem]]:
    if text in QUESTIONS:
        return text, []
    advice = _("one of {options} was expected").format(options=", ".join(QUESTIONS))
    return FIRST, [Problem("question", text, advice)]


def _sweep(question: str, query: Mapping[str, str]) -> tuple[Sweep, list[Problem]]:
    """A question's sweep with whatever the address changes of it. Where that cannot be, its axes are the usual ones,
    and where they do not help, the whole of it."""
    like = usual(question)
    settings = {name: text for name, text in query.items() if name not in OWN}
    base, ignored = varied.read(like.experiment, settings)
    parts, unread = _parts(None if question == FREE else like, query)
    for told in (tuple(parts.items()), ()):
        try:
            return _made(like, base, told), [*ignored, *unread]
        except ValidationError as error:
            unread += grid.problems(error)
    return like, [*ignored, *unread]


@lru_cache(maxsize=64)
def _made(like: Sweep, base: Experiment, parts: tuple[tuple[str, Any], ...]) -> Sweep:
    """A sweep with another experiment and other parts. Raises ValidationError. Kept, as the address is read again and
    again, and a large sweep takes a while to check."""
    changes = {
        name: dict(zip(Axis.model_fields, part, strict=True)) if isinstance(part, tuple) else part
        for name, part in parts
    }
    return Sweep.model_validate(dict(like) | {"experiment": base} | changes)


def _parts(like: Sweep | None, query: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    """Axes and early stopping, as the address tells them. `like` has the only settings that the axes may have, in
    any question but a free one."""
    found: dict[str, Any] = {}
    ignored = []
    for name in filter(query.__contains__, AXES):
        setting, colon, values = query[name].partition(":")
        own = getattr(like, name, None)
        if query[name] == NO_AXIS and name != "x":
            found[name] = None
        elif not colon:
            advice = _("a setting and its values were expected, such as {example}")
            ignored.append(Problem(name, query[name], advice.format(example="temperature:0.5,1,2")))
        elif like and setting != (own and own.setting):
            advice = _("this question varies other settings; ask of any two with question={free}")
            ignored.append(Problem(name, query[name], advice.format(free=FREE)))
        else:
            found[name] = (setting, values)
    if "early" in query:
        if query["early"] in ("true", "false"):
            found["early"] = query["early"] == "true"
        else:
            ignored.append(Problem("early", query["early"], _("true or false was expected")))
    return found, ignored


def _written(chosen: Sweep, like: Sweep) -> dict[str, str]:
    """What of a sweep differs from the question's."""
    found = varied.written(chosen.experiment, like.experiment)
    for name in AXES:
        if getattr(chosen, name) != getattr(like, name):
            found[name] = axis_written(getattr(chosen, name))
    if chosen.early != like.early:
        found["early"] = value_written(chosen.early)
    return found


def axis_written(axis: Axis | None) -> str:
    """An axis as the address has it."""
    return f"{axis.setting}:{values_written(axis)}".replace(" ", "") if axis else NO_AXIS


def values_written(axis: Axis) -> str:
    """The values of an axis as one writes them: '0.5, 1, 2' or '16, 32-32'."""
    return ", ".join(map(value_written, axis.values))
