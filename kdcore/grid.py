"""A sweep is a value: an experiment, and up to three of its settings with the values they take.

Each combination of them is a cell, and a cell is an experiment like any other.

    x    from left to right
    y    from the bottom up; without it there is one row
    panel    a picture for each of its values; without it there is one
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache, lru_cache
from math import inf, prod
from typing import Any, NamedTuple

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from kdcore import experiment, shapes
from kdcore import settings as surroundings
from kdcore.data.catalogue import CATALOGUE, facts
from kdcore.experiment import Data, Experiment, Network, Problem, Value, advice, fields, misfit, written
from kdcore.plan import Group, plan
from kdcore.words import N_, _

OURS = "ours"  # the questions that come with the lab are asked whatever the machine's limit
RECIPE = 2  # part of every key: raise it when a change of code changes the numbers
AXES = ("x", "y", "panel")
ALL = "all"  # how it is written that there is no limit; it comes after all numbers
APART = N_("cells in which it differs could not be compared; set it in the experiment of the map")
NO_LANES = N_("a map has no lanes for it; map the run without")
FIXED = {  # what is no axis, and why
    **dict.fromkeys(("data.name", "seeds", "classes"), APART),
    **dict.fromkeys(("left_out", "controls"), NO_LANES),
}

SHAPED = {  # made of a network's hidden layers: what is not told of them is as in the sweep's experiment
    "student.width": Field(
        title=N_("Student's width"), description=N_("Units of each of its hidden layers."), ge=1, le=2048
    ),
    "student.depth": Field(title=N_("Student's depth"), description=N_("How many hidden layers it has."), ge=0, le=6),
    "teacher.width": Field(
        title=N_("Teacher's width"), description=N_("Units of each of its hidden layers."), ge=1, le=2048
    ),
    "teacher.depth": Field(title=N_("Teacher's depth"), description=N_("How many hidden layers it has."), ge=0, le=6),
}


@cache
def settings() -> dict[str, FieldInfo]:
    """What an axis may vary, by dotted name; what is shaped stands beside the layers it stands for."""
    found = {}
    for name, info in fields().items():
        if name in FIXED:
            continue
        found[name] = info
        if name.endswith(".widths"):
            own = {shaped: info for shaped, info in SHAPED.items() if _concerns(shaped) == name}
            found |= {shaped: FieldInfo.from_annotated_attribute(int, info) for shaped, info in own.items()}
    return found


class Axis(Value):
    """A setting of the experiment, and the values it takes, each once; also read from '0.5, 1, 2' or '16, 32-32, all'.

    Numbers are put in order. What is no number is kept as a person writes it, in the order in which it was told.
    """

    setting: str = Field(title=N_("Setting"), description=N_("What differs from cell to cell."))
    values: tuple[float | str, ...] = Field(
        title=N_("Values"), description=N_("The values it takes, such as 0.5, 1, 2.")
    )

    @field_validator("setting")
    @classmethod
    def _is_known(cls, setting: str) -> str:
        if setting not in settings():
            raise PydanticCustomError("setting", "no such setting")
        return setting

    @field_validator("values", mode="before")
    @classmethod
    def _read_values(cls, told: Any, info: ValidationInfo) -> Any:
        if "setting" not in info.data:
            return ()  # that is what is wrong, and is told alone
        setting, parts = info.data["setting"], apart(told)
        if not parts:
            raise _refused(setting, _("empty"))
        values = dict.fromkeys(_value(setting, part) for part in parts)
        is_number = all(value == ALL or isinstance(value, float) for value in values)
        return tuple(sorted(values, key=lambda value: inf if value == ALL else value) if is_number else values)


class Cell(NamedTuple):
    """A combination of the axes' values, None where there is no such axis, and its experiment."""

    x: float | str
    y: float | str | None
    panel: float | str | None
    experiment: Experiment


class Sweep(Value):
    """An experiment, and the settings that differ from cell to cell. `early`: cells that learn no more are stopped.

    Raises pydantic's ValidationError where a setting is wrong; `problems` turns it into sentences.
    """

    experiment: Experiment = Experiment(seeds=3)
    x: Axis
    y: Axis | None = None
    panel: Axis | None = None
    early: bool = Field(
        False,
        title=N_("Stop early"),
        description=N_("A cell whose students have come to rest is done before its last epoch."),
    )

    @field_validator(*AXES)
    @classmethod
    def _one_all(cls, axis: Axis | None, info: ValidationInfo) -> Axis | None:
        """Of a person's own data, which may be few, budgets of all labels and more are one: all."""
        data = info.data["experiment"].data if "experiment" in info.data else Data()
        if axis is None or axis.setting != "data.labels" or data.name in CATALOGUE:
            return axis
        rows = facts(data.name).train
        values = dict.fromkeys(value if value != ALL and value < rows else ALL for value in axis.values)
        return axis.model_copy(update={"values": tuple(values)})

    @model_validator(mode="after")
    def _is_possible(self, info: ValidationInfo) -> "Sweep":
        if self.experiment.left_out or self.experiment.controls:
            told = "left_out" if self.experiment.left_out else "controls"
            raise misfit(told, getattr(self.experiment, told), NO_LANES)
        taken: list[str] = []
        for name, axis in self.axes.items():
            if any(_is_same(axis.setting, other) for other in taken):
                raise misfit(f"{name}.setting", axis.setting, N_("another axis has it already; choose another one"))
            taken.append(axis.setting)
        if info.context != OURS:
            asked = prod(len(axis.values) for axis in self.axes.values()) * self.experiment.seeds
            advice = N_("{most} are the most for a map; choose fewer values or seeds, or raise KD_MOST_STUDENTS")
            check_students(asked, advice)
        try:
            self.cells()  # each must be an experiment
        except ValidationError as error:
            raise self._refused(experiment.problems(error)[0]) from error
        return self

    @property
    def axes(self) -> dict[str, Axis]:
        """Those that there are, by name."""
        return {name: axis for name in AXES if (axis := getattr(self, name))}

    @property
    def key(self) -> str:
        """Sixteen hex digits that name this map. What the experiment says of its axes' settings is no part of it."""
        return _key(self)

    def cells(self) -> list[Cell]:
        """All cells, row after row, panel after panel."""
        return list(_cells(self))

    def groups(self) -> list[Group]:
        """The cells' experiments as few groups and parts, which tell cells by their places among `cells`."""
        return list(_groups(self))

    @property
    def students(self) -> int:
        """How many are trained."""
        return sum(group.members for group in self.groups())

    def _refused(self, problem: Problem) -> PydanticCustomError:
        """What is wrong with a cell, told of the axis that brought it about, if it was one."""
        guilty = {_concerns(axis.setting): name for name, axis in reversed(self.axes.items())}
        if problem.field not in guilty:
            return misfit(problem.field, problem.value, "{problem}", problem=problem.advice)
        name = guilty[problem.field]
        told = _as(getattr(self, name).setting, problem.advice)
        return misfit(f"{name}.values", problem.value, "{problem}", problem=told)


class Question(NamedTuple):
    """Something that people ask, and the sweep that answers it."""

    title: str
    sweep: Sweep


def notes(sweep: Sweep, told: Mapping[str, Any] | None = None) -> list[str]:
    """What is worth a word about a sweep, a sentence each: an axis `told` with values repeated or out of order,
    an axis along which nothing differs, and a teacher smaller than its student."""
    found = []
    for name, axis in sweep.axes.items():
        if told and told.get(name) and _is_changed(axis, told[name]):
            advice = _("{axis}: each value is taken once, in order: {values}")
            found.append(advice.format(axis=name, values=", ".join(map(written, axis.values))))
        if len(axis.values) == 1:
            advice = _("{axis} has one value, {value}: nothing differs along it")
            found.append(advice.format(axis=name, value=written(axis.values[0])))
    cells = [cell.experiment for cell in sweep.cells()]
    if smaller := sum(_parameters(each, "teacher") < _parameters(each, "student") for each in cells):
        advice = _("the teacher has fewer parameters than the student in {smaller} of {cells} cells")
        found.append(advice.format(smaller=smaller, cells=len(cells)))
    return found


def problems(error: ValidationError) -> list[Problem]:
    """What is wrong with a sweep, a sentence each."""
    return [_problem(detail) for detail in error.errors(include_url=False)]


def apart(values: Any) -> list[Any]:
    """Values told as text, apart, but not a method's knobs, as in 'dkd:target=2,others=4'; and any others as a list."""
    if isinstance(values, str):
        return [part.strip() for part in re.split(r",(?!\s*\w+=)", values) if part.strip()]
    return list(values) if isinstance(values, Iterable) and not isinstance(values, Mapping) else [values]


def with_values(base: Experiment, values: Mapping[str, Any]) -> Experiment:
    """The experiment with other values of some `settings`, as an axis has them. Raises pydantic's ValidationError."""
    tree = base.model_dump()
    for setting, value in values.items():
        if setting in SHAPED:
            continue
        group, _dot, name = setting.rpartition(".")
        (tree[group] if group else tree)[name] = None if value == ALL else value
    for who in ("teacher", "student"):
        if (width := values.get(f"{who}.width")) or f"{who}.depth" in values:
            tree[who]["widths"] = _widths(getattr(base, who), width, values.get(f"{who}.depth"))
    return Experiment.model_validate(tree)


def _widths(network: Network, width: float | None, depth: float | None) -> tuple[int, ...]:
    """The hidden layers of this width and depth; what is not told of them is as in the network."""
    own = network.widths or Network().widths
    return (int(width or own[0]),) * int(len(own) if depth is None else depth)


@lru_cache(maxsize=8)
def _key(sweep: Sweep) -> str:
    cells = [[*cell[:-1], cell.experiment.key] for cell in sweep.cells()]
    told = [RECIPE, {name: axis.setting for name, axis in sweep.axes.items()}, sweep.early, cells]
    return hashlib.sha256(json.dumps(["sweep", told], sort_keys=True).encode()).hexdigest()[:16]


@lru_cache(maxsize=8)
def _cells(sweep: Sweep) -> tuple[Cell, ...]:
    x, y, panel = (axis.values if (axis := getattr(sweep, name)) else (None,) for name in AXES)
    places = [(right, up, picture) for picture in panel for up in y for right in x]
    named = [{axis.setting: place[AXES.index(name)] for name, axis in sweep.axes.items()} for place in places]
    return tuple(Cell(*place, with_values(sweep.experiment, each)) for place, each in zip(places, named, strict=True))


@lru_cache(maxsize=8)
def _groups(sweep: Sweep) -> tuple[Group, ...]:
    return tuple(plan([cell.experiment for cell in sweep.cells()]))


def _value(setting: str, told: Any) -> float | str:
    """One value of a setting: a number, or else as a person writes it. Raises where the setting does not take it."""
    try:
        value = _adapter(setting).validate_python(None if told == ALL else told)
    except ValidationError as error:
        raise _refused(setting, told) from error
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value + 0.0 if is_number else written(value)


@cache
def _adapter(setting: str) -> TypeAdapter:
    info = settings()[setting]
    return TypeAdapter(info.rebuild_annotation(), config=ConfigDict(allow_inf_nan=False))


def _refused(setting: str, value: Any) -> PydanticCustomError:
    return PydanticCustomError("refused", "not a value of the setting", {"setting": setting, "value": value})


def _is_changed(axis: Axis, told: Any) -> bool:
    """Whether an axis has other values than those it was told, or in another order."""
    values = told["values"] if isinstance(told, Mapping) else told.values
    return tuple(_value(axis.setting, part) for part in apart(values)) != axis.values


def _concerns(setting: str) -> str:
    """The setting of an experiment that this one is, or makes."""
    return f"{setting.partition('.')[0]}.widths" if setting in SHAPED else setting


def _is_same(one: str, other: str) -> bool:
    """Whether two settings cannot both be told: width and depth can, but neither beside the layers themselves."""
    return one == other or (_concerns(one) == _concerns(other) and not {one, other} <= SHAPED.keys())


def _parameters(cell: Experiment, who: str) -> int:
    return shapes.parameters(cell.layers(who))


def check_students(asked: int, advice: str) -> None:
    """Refuse more students than this machine is to train at a time; `advice` says what would be fewer."""
    try:
        most = surroundings.most_students()
    except surroundings.SettingProblem as problem:
        raise misfit("students", asked, "{problem}", problem=str(problem)) from problem
    if asked > most:
        raise misfit("students", asked, advice, most=most)


def _as(setting: str, advice: str) -> str:
    return _("as {setting}, {advice}").format(setting=setting, advice=advice)


def _problem(detail: dict[str, Any]) -> Problem:
    """One pydantic error as the setting, its value and what would work. What is wrong with the experiment is told as of
    any experiment."""
    place, told = [str(part) for part in detail["loc"]], detail["input"]
    if detail["type"] == "misfit":
        return experiment.problem(detail)
    if place[:1] == ["experiment"]:
        return experiment.problem(detail | {"loc": place[1:]})
    if detail["type"] == "extra_forbidden":
        options = ", ".join((Axis if place[0] in AXES else Sweep).model_fields)
        text = _("there is no such setting; choose of {options}")
        return Problem(".".join(place), told, text.format(options=options))
    if detail["type"] == "setting" and told in FIXED:
        return Problem(f"{place[0]}.setting", told, _(FIXED[told]))
    if detail["type"] == "setting":
        (near,) = get_close_matches(told[:80], settings(), n=1, cutoff=0)
        text = _("there is no such setting to vary; the nearest name is {name}")
        return Problem(f"{place[0]}.setting", told, text.format(name=near))
    if detail["type"] == "refused":
        setting = detail["ctx"]["setting"]
        return Problem(f"{place[0]}.values", detail["ctx"]["value"], _as(setting, advice(settings()[setting])))
    if place[:1] == ["early"]:
        return Problem("early", told, _("true or false was expected"))
    if not place or place[0] not in AXES:
        return experiment.problem(detail)
    if place[1:2] == ["values"]:
        return Problem(f"{place[0]}.values", _("empty"), _("values were expected, such as 0.5, 1, 2"))
    return Problem(place[0], told, _("a setting and its values were expected"))


QUICK = {"seeds": 3, "teacher_training.epochs": 15}  # so that the first cells come soon
QUICKER = {  # this teacher knows digits as well as the lab's, to a point, and learns them in a quarter of the time
    "teacher.widths": "256",
    "teacher_training.batch_size": 128,
    "teacher_training.learning_rate": 0.003,
}


def _question(title: str, base: Mapping[str, Any], x: str, y: str | None = None, **more: Any) -> Question:
    """A question about an experiment; an axis is written as 'setting: values'."""
    axes = {
        name: dict(zip(("setting", "values"), axis.split(": "), strict=True))
        for name, axis in zip("xy", (x, y), strict=True)
        if axis
    }
    told = {"experiment": experiment.unflatten(QUICK | base), **axes, **more}
    return Question(title, Sweep.model_validate(told, context=OURS))


QUESTIONS = {
    "map": _question(
        N_("Which temperature, and how much of the teacher?"),
        QUICKER,
        "temperature: 0.5, 1, 2, 4, 8, 16, 32",
        "soft_weight: 0, 0.25, 0.5, 0.75, 0.9, 1",
    ),
    "size": _question(
        N_("How small can the student be?"),
        {"seeds": 5, "training.epochs": 200},
        "student.width: 2, 4, 8, 16, 32, 64, 128",
        "student.depth: 1, 2",
    ),
    "capacity": _question(
        N_("Is the better teacher the better one?"),
        {"seeds": 4, "training.epochs": 120, "student.widths": "16", "assistant": True},
        "teacher.width: 16, 32, 64, 128, 256, 512",
        "teacher_training.epochs: 5, 60",
    ),
    "labels": _question(
        N_("How many labels does it take?"),
        {"seeds": 4, "training.epochs": 60},
        "data.labels: 10, 20, 50, 100, 200, 500, all",
        "unlabelled: 0, 500",
    ),
    "noise": _question(
        N_("What if labels are wrong?"),
        {"seeds": 4, "training.epochs": 40, "data.labels": 200},
        "label_noise: 0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6",
    ),
    "free": _question(
        N_("What of any two settings?"),
        {},
        "training.learning_rate: 0.0003, 0.001, 0.003, 0.01, 0.03",
        "training.epochs: 10, 30, 100",
    ),
}
