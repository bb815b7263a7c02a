"""A sweep is a value: an experiment, and two of its settings with the values they take. Each pair of them is a cell.

A cell is an experiment like any other. All cells share their teachers, as the settings that may be varied concern
students only; and they are those in which members of one cohort may differ, so that a whole map is trained at once.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from itertools import groupby
from typing import Any, Literal, NamedTuple

from pydantic import Field, ValidationError, field_validator, model_validator

from kdcore import experiment, settings, shapes
from kdcore.experiment import Experiment, Problem, Value, advice, flatten, misfit, unflatten, written
from kdcore.words import N_, _

RECIPE = 1  # part of every key: raise it when a change of code changes the numbers
MOST_NUMBERS = 2**27  # of a cohort, in memory at a time: half a GiB


def _read(values: Any) -> Any:
    """Numbers told as text, apart."""
    return [part.strip() for part in values.split(",") if part.strip()] if isinstance(values, str) else values


class Axis(Value):
    """One setting of the experiment and the values it takes, each once and in order; also read from '0.5, 1, 2'."""

    setting: Literal["temperature", "soft_weight", "training.learning_rate", "data.labels"] = Field(
        title=N_("Setting"), description=N_("What differs from cell to cell.")
    )
    values: tuple[float, ...] = Field(title=N_("Values"), description=N_("The values it takes, such as 0.5, 1, 2."))

    @field_validator("values", mode="before")
    @classmethod
    def _read_values(cls, told: Any) -> Any:
        return _read(told)

    @field_validator("values")
    @classmethod
    def _in_order(cls, values: tuple[float, ...]) -> tuple[float, ...]:
        if not values:
            raise ValueError("there must be a value")
        return tuple(sorted({value + 0.0 for value in values}))


class Course(NamedTuple):
    """How a student is trained, beside its seed: whatever cells may differ in."""

    labels: int
    learning_rate: float
    soft_weight: float = 0.0
    temperature: float = 1.0


def scratch(cell: Experiment) -> Course:
    """The course of a cell's student from labels alone."""
    return Course(cell.labels, cell.training.learning_rate)


def distilled(cell: Experiment) -> Course:
    """The course of a cell's distilled student: at share 0 that from labels, as temperature then has no effect."""
    if not cell.soft_weight:
        return scratch(cell)
    return scratch(cell)._replace(soft_weight=cell.soft_weight, temperature=cell.temperature)


class Sweep(Value):
    """One map: an experiment, and the two settings that differ from cell to cell.

    Raises pydantic's ValidationError where a setting is wrong; `problems` turns it into sentences.
    """

    experiment: Experiment = Experiment(seeds=3)
    x: Axis = Axis(setting="temperature", values=(0.5, 1, 2, 4, 8, 16, 32))
    y: Axis = Axis(setting="soft_weight", values=(0, 0.25, 0.5, 0.75, 0.9, 1))

    @model_validator(mode="after")
    def _is_possible(self) -> "Sweep":
        if self.experiment.left_out or self.experiment.controls:
            told = "left_out" if self.experiment.left_out else "controls"
            raise misfit(told, getattr(self.experiment, told), N_("a map has no lanes for it; map the run without"))
        if self.x.setting == self.y.setting:
            raise misfit("y.setting", self.y.setting, N_("the other axis has it already; choose another one"))
        asked = len(self.x.values) * len(self.y.values) * self.experiment.seeds
        if asked > (most := _most_students(asked)):
            advice = N_("{most} are the most for a map; choose fewer values or seeds, or raise KD_MOST_STUDENTS")
            raise misfit("students", asked, advice, most=most)
        self.cells()  # each must be an experiment
        return self

    @property
    def key(self) -> str:
        """Sixteen hex digits that name this map. What the experiment says of its axes' settings is no part of it."""
        axes = [axis.model_dump(mode="json") for axis in (self.x, self.y)]
        _x, _y, corner = self.cells()[0]
        text = json.dumps(["sweep", RECIPE, corner.key, axes], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def cells(self) -> list[tuple[float, float, Experiment]]:
        """The values of each cell, x and y, and its experiment; row after row."""
        return list(_cells(self))

    def courses(self) -> list[Course]:
        """The courses of all students, each once. That of labels alone comes before those that are compared with it."""
        return sorted({course(cell) for _x, _y, cell in self.cells() for course in (scratch, distilled)})

    @property
    def students(self) -> int:
        """How many are trained."""
        return len(self.courses()) * self.experiment.seeds

    def cohorts(self) -> list[list[Course]]:
        """The courses of students that are trained together.

        Those with equally many labels: in one cohort with the others they would wait for them. And no more than
        memory holds, as each student has weights, gradients and an optimiser's two moments, a table of what it is told
        of each of its examples, and its answers when it is measured.
        """
        facts, seeds = self.experiment.facts, self.experiment.seeds
        weights = shapes.parameters(self.experiment.layers("student"))
        answers = len(facts.classes) * max(facts.validation, facts.test)
        found = []
        for labels, group in groupby(self.courses(), key=lambda course: course.labels):
            courses, numbers = list(group), 4 * weights + 6 * len(facts.classes) * labels + 3 * answers
            at_once = max(1, MOST_NUMBERS // (numbers * seeds))
            found += [courses[first : first + at_once] for first in range(0, len(courses), at_once)]
        return found


def notes(sweep: Sweep, told: Mapping[str, Any]) -> list[str]:
    """What was made of an axis that was told with values repeated or out of order, a sentence each."""
    advice = _("{axis}: each value is taken once, in order: {values}")
    return [
        advice.format(axis=name, values=", ".join(map(written, axis.values)))
        for name, axis in (("x", sweep.x), ("y", sweep.y))
        if name in told and tuple(map(float, _read(told[name]["values"]))) != axis.values
    ]


def problems(error: ValidationError) -> list[Problem]:
    """What is wrong with a sweep, a sentence each."""
    return [_problem(detail) for detail in error.errors(include_url=False)]


@lru_cache(maxsize=8)
def _cells(sweep: Sweep) -> tuple[tuple[float, float, Experiment], ...]:
    base, x, y = flatten(sweep.experiment), sweep.x, sweep.y
    return tuple(
        (right, up, unflatten(base | {x.setting: right, y.setting: up})) for up in y.values for right in x.values
    )


def _most_students(asked: int) -> int:
    try:
        return settings.most_students()
    except settings.SettingProblem as problem:
        raise misfit("students", asked, "{problem}", problem=str(problem)) from problem


def _problem(detail: dict[str, Any]) -> Problem:
    """One pydantic error as the setting, its value and what would work. What is wrong with the experiment, or with
    that of a cell, is told as of any experiment."""
    place, told = [str(part) for part in detail["loc"]], detail["input"]
    if detail["type"] == "misfit":
        return experiment.problem(detail)
    if place[:1] == ["experiment"]:
        return experiment.problem(detail | {"loc": place[1:]})
    if detail["type"] == "extra_forbidden":
        options = ", ".join((Axis if place[0] in ("x", "y") else Sweep).model_fields)
        text = _("there is no such setting; choose of {options}")
        return Problem(".".join(place), told, text.format(options=options))
    if place[:1] not in (["x"], ["y"]):
        return experiment.problem(detail)
    if "values" in place:
        return Problem(f"{place[0]}.values", _read(told) or _("empty"), _("numbers were expected, such as 0.5, 1, 2"))
    if "setting" in place:
        return Problem(f"{place[0]}.setting", told, advice(Axis.model_fields["setting"]))
    return Problem(place[0], told, _("a setting and its values were expected"))
