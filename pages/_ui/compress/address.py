"""The page's address is all that it remembers: which experiment, which pipelines, and what of them is looked at.

It is read anew each time the page is drawn, and what a hand changes is written there. So reload, bookmark, the back
button and a sent link show the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from kdcore import compression
from kdcore.compression import MOST_PIPELINES, Compression, Pipeline
from kdcore.experiment import OF_STUDENTS, Experiment, Problem, flatten, unflatten, used
from kdcore.words import _
from pages._ui import location
from pages._ui.compress import view
from pages._ui.compress.view import View

APART = ";"  # between pipelines


@dataclass(frozen=True)
class Address:
    """What is asked for, how it is looked at, and what could not be read."""

    chosen: Compression
    view: View
    ignored: tuple[Problem, ...] = ()


def current() -> Address:
    """What the address says now."""
    return read(location.current())


def look(**changes: Any) -> None:
    """Look at something else."""
    now = current()
    _go(now.chosen, replace(now.view, **changes))


def choose(chosen: Compression) -> None:
    """Ask for something else."""
    _go(chosen, current().view)


def read(query: Mapping[str, str]) -> Address:
    """What an address describes. Never raises."""
    seen, unseen = view.read({name: text for name, text in query.items() if name in view.NAMES})
    pipelines, unread = _pipelines(query.get("pipelines"))
    settings = {name: text for name, text in query.items() if name not in (*view.NAMES, "pipelines", "teachers")}
    experiment, unknown = Experiment.from_query(settings)
    advice = _("it concerns students; the teacher, which is made smaller, knows nothing of it")
    unknown += [Problem(name, getattr(experiment, name), advice) for name in OF_STUDENTS if used(experiment, [name])]
    unused = {name: Experiment.model_fields[name].default for name in OF_STUDENTS}
    experiment = unflatten(flatten(experiment) | unused)
    teachers, uncounted = _teachers(query.get("teachers"), experiment)
    chosen = Compression(experiment=experiment, pipelines=pipelines, seeds=teachers)
    return Address(chosen, seen, (*unknown, *unread, *uncounted, *unseen))


def written(chosen: Compression, seen: View | None = None) -> dict[str, str]:
    """The address of what differs from the default."""
    found = chosen.experiment.to_query()
    if chosen.pipelines != Compression().pipelines:
        found["pipelines"] = APART.join(map(compression.name, chosen.pipelines))
    if chosen.seeds != usual_teachers(chosen.experiment):
        found["teachers"] = str(chosen.seeds)
    return found | view.written(seen or View())


def usual_teachers(experiment: Experiment) -> int:
    """How many of an experiment's teachers are compressed unless the address says otherwise."""
    return min(Compression().seeds, experiment.seeds)


def _go(chosen: Compression, seen: View) -> None:
    location.go(written(chosen, seen))


def _pipelines(text: str | None) -> tuple[tuple[Pipeline, ...], list[Problem]]:
    """Those that can be read; the default ones where there are none."""
    found, ignored = {}, []
    for part in text.split(APART) if text else ():
        try:
            found[compression.read(part)] = None
        except ValidationError as error:
            ignored += compression.problems(error)
    if len(found) > MOST_PIPELINES:
        advice = _("choose between 1 and {most} pipelines").format(most=MOST_PIPELINES)
        ignored.append(Problem("pipelines", len(found), advice))
    return tuple(found)[:MOST_PIPELINES] or Compression().pipelines, ignored


def _teachers(text: str | None, experiment: Experiment) -> tuple[int, list[Problem]]:
    usual = usual_teachers(experiment)
    if text is None:
        return usual, []
    if text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= experiment.seeds:
        return int(text), []
    advice = _("a whole number from 1 to {most} was expected").format(most=experiment.seeds)
    return usual, [Problem("teachers", text, advice)]
