"""A transfer is a value: a teacher of one family, and students of others, who learn from labels and from it.

Teacher and students are texts such as 'net:widths=256-256' and 'forest:trees=50'; see `families`. Every student learns
twice a seed, from the same labelled examples: once from their labels alone, and once with the teacher's soft labels.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError, field_validator, model_validator

from kdcore import experiment, families, teaching
from kdcore.data.catalogue import Facts
from kdcore.experiment import (
    SOFT_TARGETS,
    Data,
    Experiment,
    MethodName,
    Problem,
    Training,
    Value,
    beyond,
    flatten,
    misfit,
    written,
)
from kdcore.families import FOLDS, Net
from kdcore.words import N_, _

RECIPE = 1  # part of every key: raise it when a change of code changes the numbers
MOST_STUDENTS = 8
LONGEST_S = 7200.0  # of a processor
APART = ";"  # between students, where they are one text

Role = Literal["teacher", "student"]

_FIELDS: dict[Role, str] = {"teacher": "teacher", "student": "students"}  # where each is named
_LIKE = Experiment.model_fields  # settings that an experiment has, too


def _family_text(field: str) -> Any:
    return Annotated[str, AfterValidator(partial(_rewritten, field=field))]


def _rewritten(text: str, field: str) -> str:
    return families.write(families.read(text, field))


class Transfer(Value):
    """One question: what does each of these families gain from the soft labels of this teacher?

    Raises pydantic's ValidationError where a setting is wrong; `problems` turns it into sentences.
    """

    data: Data = Data()
    teacher: _family_text("teacher") = Field(
        "net:widths=256-256,epochs=30",
        title=N_("Teacher"),
        description=N_("Which family teaches, with its knobs. It learns from the labels of all training examples."),
    )
    students: tuple[_family_text("students"), ...] = Field(
        tuple(families.FAMILIES), title=N_("Students"), description=N_("Which families learn, each with its knobs.")
    )
    temperature: float = _LIKE["temperature"]
    soft_weight: float = _LIKE["soft_weight"]
    unlabelled: int = Field(
        0,
        title=N_("Unlabelled examples"),
        description=N_(
            "How many more examples the taught students see, as far as there are any, of which only the teacher says "
            "something."
        ),
        ge=0,
    )
    method: MethodName = _LIKE["method"]
    seeds: int = Field(5, title=_LIKE["seeds"].title, description=_LIKE["seeds"].description, ge=1, le=16)

    @field_validator("students", mode="before")
    @classmethod
    def _read_students(cls, told: Any) -> Any:
        """Accept all as one text, apart by ;"""
        return [part for part in map(str.strip, told.split(APART)) if part] if isinstance(told, str) else told

    @field_validator("students")
    @classmethod
    def _some(cls, told: tuple[str, ...]) -> tuple[str, ...]:
        found = tuple(dict.fromkeys(told))
        if not 1 <= len(found) <= MOST_STUDENTS:
            raise misfit("students", len(found), N_("choose between 1 and {most} students"), most=MOST_STUDENTS)
        return found

    @model_validator(mode="after")
    def _fits_together(self) -> "Transfer":
        self._check_method()
        self._check_networks()
        for text in self.students:
            self._check_folds(text)
        if self.seconds > LONGEST_S:
            advice = N_(
                "it would learn for about {hours:,.0f} hours, and all together may take {most:.0f}; choose fewer "
                "labels, trees, epochs or seeds, or data with fewer examples"
            )
            longest = max(self.lessons, key=lambda lesson: self.seconds_of(*lesson))
            hours = self.seconds_of(*longest) / 3600
            raise misfit(_FIELDS[longest[1]], longest[0], advice, hours=hours, most=LONGEST_S / 3600)
        return self

    @property
    def key(self) -> str:
        """Sixteen hex digits that name this transfer."""
        text = json.dumps(["transfer", RECIPE, self.model_dump(mode="json")], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def facts(self) -> Facts:
        """What is known of its data."""
        return self.experiment.facts

    @property
    def experiment(self) -> Experiment:
        """The experiment of its first network among the students, or of the usual one where there is none."""
        nets = [family for family in map(families.read, self.students) if isinstance(family, Net)]
        return self.with_net(nets[0] if nets else Net())

    def with_net(self, net: Net) -> Experiment:
        """The experiment in which this network is the student. Its teacher is this one's, where that is a network."""
        taught_by, teacher = {}, families.read(self.teacher)
        if isinstance(teacher, Net):
            taught_by = {"teacher": teacher.network, "teacher_training": Training(epochs=teacher.epochs)}
        return Experiment(
            data=self.data,
            student=net.network,
            training=Experiment().training.model_copy(update={"epochs": net.epochs}),
            temperature=self.temperature,
            soft_weight=self.soft_weight,
            unlabelled=self.unlabelled,
            method=self.method,
            seeds=self.seeds,
            **taught_by,
        )

    @property
    def labels(self) -> int:
        """How many labelled examples a student sees."""
        return self.experiment.labels

    @property
    def seconds(self) -> float:
        """Roughly how long a processor takes for all of it."""
        return sum(self.seconds_of(text, role) for text, role in self.lessons)

    @property
    def lessons(self) -> list[tuple[str, Role]]:
        """Who learns, in this order: the teachers, and then the students of each family."""
        return [(self.teacher, "teacher"), *((text, "student") for text in self.students)]

    def seconds_of(self, text: str, role: Role) -> float:
        """Roughly how long it takes to train a family's teachers or students, of all seeds."""
        family, facts = families.read(text), self.facts
        if role == "teacher":
            return self.seeds * family.seconds(facts.train, facts, is_soft=False)
        alone = family.seconds(self.labels, facts, is_soft=False)
        return self.seeds * (alone + family.seconds(self.labels + self.experiment.pool, facts, is_soft=True))

    def to_query(self) -> dict[str, str]:
        """URL parameters: the settings that differ from the defaults, by dotted name."""
        usual = _flat(Transfer())
        return {name: text for name, text in _flat(self).items() if text != usual[name]}

    @classmethod
    def from_query(cls, parameters: Mapping[str, str]) -> "tuple[Transfer, list[Problem]]":
        """The transfer that URL parameters describe, and a problem for each one ignored. Never raises."""
        told, found = dict(parameters), []
        while True:
            try:
                read = cls.model_validate(_tree(told))
                return read, found + beyond(told, read.data)
            except ValidationError as error:
                new = problems(error)
                found += new
                guilty = {problem.field for problem in new}
                kept = {name: text for name, text in told.items() if name not in guilty}
                told = kept if len(kept) < len(told) else {}

    def _check_method(self) -> None:
        """Refuse a method that asks for gradients or hidden layers where a family has none."""
        if self.method == SOFT_TARGETS:
            return
        method, knobs = teaching.read(self.method)
        if method.told(knobs) != "term" or method.has_peer:
            advice = N_(
                "it is more than a loss: it has further networks, or another beginning, and a transfer has no place "
                "for these; choose soft_targets, or look at it on the page Methods"
            )
            raise misfit("method", self.method, advice)
        for family in map(families.read, self.students):
            if not isinstance(family, Net):
                advice = N_(
                    "{method} is a loss whose gradients a network follows, and a student of the family {family} has "
                    "none to follow; choose soft_targets, or networks alone"
                )
                raise misfit("method", self.method, advice, method=method.name, family=_(family.title).lower())
        teacher = families.read(self.teacher)
        if "features" in method.needed(knobs) and not isinstance(teacher, Net):
            advice = N_(
                "{method} compares hidden layers, and a teacher of the family {family} has none; choose a network as "
                "teacher, or soft_targets"
            )
            raise misfit("method", self.method, advice, method=method.name, family=_(teacher.title).lower())

    def _check_networks(self) -> None:
        """Refuse networks and settings that do not fit the data or each other, as an experiment does."""
        texts = [text for text in self.students if isinstance(families.read(text), Net)]
        for text in texts or ["net"]:
            try:
                self.with_net(families.read(text))
            except ValidationError as error:
                (found, *_others) = experiment.problems(error)
                named = {"teacher": ("teacher", self.teacher), "student": ("students", text)}
                field, value = named.get(found.field.partition(".")[0], (found.field, found.value))
                raise misfit(field, value, "{problem}", problem=found.advice) from error

    def _check_folds(self, text: str) -> None:
        """Refuse to calibrate where a class would be missing from a fold."""
        classes, family = len(self.facts.classes), families.read(text)
        if family.is_calibrated and self.labels < FOLDS * classes:
            advice = N_(
                "{family} learns to tell probabilities on {folds} folds, each with an example of every class; with "
                "{classes} classes that takes {least} labels"
            )
            values = {"folds": FOLDS, "classes": classes, "least": FOLDS * classes}
            raise misfit("data.labels", self.labels, advice, family=_(family.title), **values)


def _flat(transfer: Transfer) -> dict[str, str]:
    """All settings as text, by dotted name."""
    apart = {name: value for name, value in flatten(transfer).items() if name != "students"}
    return {name: written(value) for name, value in apart.items()} | {"students": APART.join(transfer.students)}


def _tree(told: Mapping[str, str]) -> dict[str, Any]:
    """Settings by dotted name as groups of settings; 'all' is no limit."""
    tree: dict[str, Any] = {}
    for name, text in told.items():
        group, _dot, inner = name.partition(".")
        value = None if text == "all" else text
        if inner and group == "data":
            tree.setdefault(group, {})[inner] = value
        else:
            tree[name] = value
    return tree


def problems(error: ValidationError) -> list[Problem]:
    """What is wrong with a transfer, a sentence each."""
    return [_problem(detail) for detail in error.errors(include_url=False)]


def _problem(detail: dict[str, Any]) -> Problem:
    """One pydantic error as the setting, its value and what would work."""
    place = [str(part) for part in detail["loc"]]
    if detail["type"] == "misfit" or not place or place[0] == "data":
        return experiment.problem(detail)
    if place[0] not in Transfer.model_fields:
        advice = _("there is no such setting") + experiment.nearest(place[0], _flat(Transfer()))
        return Problem(".".join(place), detail["input"], advice)
    if place[0] in ("teacher", "students"):
        words = _("families were expected, such as {example}").format(example=families.EXAMPLE)
        return Problem(place[0], detail["input"], words)
    return Problem(place[0], detail["input"], experiment.advice(Transfer.model_fields[place[0]]))
