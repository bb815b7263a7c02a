"""A search is a value: an experiment, and what some of its settings may be. Each trial is one choice of them all.

In an address or on the command line what is searched is written as text, such as

    temperature=0.5..32 log; soft_weight=0..1; training.optimizer=adam,sgd

from a lowest to a highest value, on a log scale where it says so; or some choices. What a sampler makes of it is in
`searching`.
"""

import difflib
import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from math import isfinite
from random import Random
from typing import Any, Literal, get_args

from pydantic import Field, ValidationError, field_validator, model_validator

from kdcore import experiment, grid
from kdcore.experiment import Experiment, Problem, Training, Value, bounds, choices, flatten, misfit, written
from kdcore.plan import Group, plan
from kdcore.words import N_, _

RECIPE = 1  # part of every key: raise it when a change of code changes the numbers
MOST_SETTINGS = 8
DIGITS = 3  # of a number that is tried: more of them would not be told apart
EXAMPLE = "temperature=0.5..32 log"
SAMPLERS = {"tpe": N_("Learns from earlier trials (TPE)"), "random": N_("Random")}

Choice = float | int | str  # a value of a setting: a number, or as a person writes it


class Range(Value):
    """What one setting may be: from `low` to `high`, or one of `choices`; also read from 'temperature=0.5..32 log'."""

    setting: str
    low: float | None = None
    high: float | None = None
    log: bool = False
    choices: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _read(cls, told: Any) -> Any:
        return _told(told) if isinstance(told, str) else told

    @field_validator("choices", mode="before")
    @classmethod
    def _as_written(cls, told: Any) -> Any:
        return tuple(dict.fromkeys(map(written, told))) if isinstance(told, list | tuple) else told

    @model_validator(mode="after")
    def _is_possible(self) -> "Range":
        known = grid.settings()
        if self.setting not in known:
            close = difflib.get_close_matches(self.setting[:80], list(known), n=1)
            if close:
                raise self._misfit(N_("there is no such setting to search; did you mean {name}?"), name=close[0])
            raise self._misfit(N_("there is no such setting to search"))
        if not self.choices:
            self._check_range()
        elif self.low is not None or self.high is not None or self.log:
            raise self._misfit(N_("a range or choices were expected, not both"))
        for value in self.ends:
            try:
                grid.Axis(setting=self.setting, values=[value])
            except ValidationError as error:
                wanted = experiment.advice(known[self.setting])
                raise misfit(self.setting, value, "{problem}", problem=wanted) from error
        return self

    def _check_range(self) -> None:
        info = grid.settings()[self.setting]
        if bounds(info) == (None, None) or choices(info):
            options = "true,false" if info.annotation is bool else ",".join(choices(info)) or "32,64-32"
            advice = N_("it has no range; write what it may be, such as {setting}={options}")
            raise self._misfit(advice, setting=self.setting, options=options)
        if self.low is None or self.high is None:
            raise self._misfit(N_("a lowest and a highest value were expected"))
        if self.low > self.high:
            raise self._misfit(N_("the lowest value comes first, and then the highest"))
        if self.log and self.low <= 0:
            raise self._misfit(N_("a log scale has no zero; begin above it, or leave out log"))
        if self.is_whole and (self.low % 1 or self.high % 1):
            raise self._misfit(N_("whole numbers were expected"))

    def _misfit(self, advice: str, **values: Any) -> Exception:
        return misfit(self.setting, self.values, advice, **values)

    @property
    def values(self) -> str:
        """What it may be, as a person writes it."""
        if self.choices:
            return ",".join(self.choices)
        ends = "..".join("" if end is None else written(end) for end in (self.low, self.high))
        return ends + (" log" if self.log else "")

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers will do."""
        annotation = grid.settings()[self.setting].annotation
        return int in (annotation, *get_args(annotation))

    @property
    def ends(self) -> tuple[Choice, ...]:
        """The values that tell whether all are possible: both ends, or every choice."""
        return self.choices or (self.exact(self.low), self.exact(self.high))

    def exact(self, number: float) -> float | int:
        """The value that is tried for a number: one that can be written in few digits."""
        if self.is_whole:
            return round(number)
        return min(max(float(f"{number:.{DIGITS}g}"), self.low), self.high)

    def __str__(self) -> str:
        return f"{self.setting}={self.values}"


class Search(Value):
    """One search: an experiment, which of its settings are tried, how often, and who chooses them.

    Raises pydantic's ValidationError where a setting is wrong; `problems` turns it into sentences.
    """

    experiment: Experiment = Experiment(seeds=3, training=Training(epochs=40, batch_size=16, learning_rate=3e-3))
    settings: tuple[Range, ...] = Field(
        (
            Range(setting="temperature", low=0.5, high=32, log=True),
            Range(setting="soft_weight", low=0, high=1),
            Range(setting="training.learning_rate", low=3e-4, high=0.1, log=True),
            Range(setting="training.label_smoothing", low=0, high=0.5),
            Range(setting="student.dropout", low=0, high=0.5),
        ),
        title=N_("What is searched"),
        description=N_("A setting a line: its lowest and highest value, with log for a log scale; or choices."),
    )
    trials: int = Field(48, title=N_("Trials"), description=N_("How many choices of settings are tried."), ge=1)
    sampler: Literal["tpe", "random"] = Field(
        "tpe",
        title=N_("Chosen by"),
        description=N_(
            "tpe: after some random trials, near those that did well (tree-structured Parzen estimator). "
            "random: without looking at what came of the others."
        ),
    )
    seed: int = Field(0, title=N_("Seed of the search"), description=N_("Draws the trials."), ge=0, le=999_999)

    @field_validator("settings", mode="before")
    @classmethod
    def _read_settings(cls, told: Any) -> Any:
        """Accept all as one text, apart by ; or lines."""
        return [part for part in map(str.strip, re.split("[;\n]", told)) if part] if isinstance(told, str) else told

    @model_validator(mode="after")
    def _fits_together(self) -> "Search":
        if self.experiment.left_out or self.experiment.controls:
            told = "left_out" if self.experiment.left_out else "controls"
            advice = N_("a search has no lanes for it; search the run without")
            raise misfit(told, getattr(self.experiment, told), advice)
        if not 1 <= len(self.settings) <= MOST_SETTINGS:
            advice = N_("between 1 and {most} settings were expected, such as {example}")
            raise misfit("settings", len(self.settings), advice, most=MOST_SETTINGS, example=EXAMPLE)
        names = [each.setting for each in self.settings]
        for each in self.settings:
            if names.count(each.setting) > 1:
                raise misfit(each.setting, each.values, N_("it is told twice; write each setting once"))
            who, _dot, what = each.setting.partition(".")
            if what == "widths" and {f"{who}.width", f"{who}.depth"} & {*names}:
                raise misfit(each.setting, each.values, N_("width and depth say the same; choose one or the other"))
        if self.model_fields_set:  # the search that comes with the lab is asked for whatever the machine's limit
            advice = N_("{most} are the most for a search; choose fewer trials or seeds, or raise KD_MOST_STUDENTS")
            grid.check_students(self.trials * self.experiment.seeds, advice)
        for values in self._extremes():
            self.trial(values)
        return self

    @property
    def key(self) -> str:
        """Sixteen hex digits that name this search. What the experiment says of its settings is no part of it."""
        others = self.model_dump(mode="json", exclude={"experiment"})
        text = json.dumps(["search", RECIPE, self.trial(self._extremes()[0]).key, others], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def students(self) -> int:
        """How many are trained: those of every trial, and those of the best once more."""
        return (self.trials + 1) * self.experiment.seeds * len(self.experiment.students)

    def trial(self, values: Mapping[str, Choice]) -> Experiment:
        """The experiment with these settings. Raises ValidationError."""
        return grid.with_values(self.experiment, values)

    def groups(self) -> list[Group]:
        """Groups of trials as a random search may choose them, from which one may judge what all will cost."""
        return list(_groups(self))

    def to_query(self) -> dict[str, str]:
        """URL parameters: what differs from the default search, the experiment's settings by dotted name."""
        usual = Search()
        before = flatten(usual.experiment)
        found = {name: written(value) for name, value in flatten(self.experiment).items() if value != before[name]}
        if self.settings != usual.settings:
            found["settings"] = "; ".join(map(str, self.settings))
        own = {name: getattr(self, name) for name in ("trials", "sampler", "seed")}
        return found | {name: written(value) for name, value in own.items() if value != getattr(usual, name)}

    @classmethod
    def from_query(cls, parameters: Mapping[str, str]) -> "tuple[Search, list[Problem]]":
        """The search that URL parameters describe, and a problem for each one ignored. Never raises."""
        own = {name: text for name, text in parameters.items() if name in cls.model_fields and name != "experiment"}
        usual = cls().experiment.to_query()
        told = {name: text for name, text in parameters.items() if name not in own}
        base, ignored = Experiment.from_query(usual | told)
        if ignored:  # what could not be read is as usual
            wrong = {problem.field for problem in ignored}
            base, _again = Experiment.from_query(usual | {name: told[name] for name in told.keys() - wrong})
        while True:
            try:
                return cls.model_validate({"experiment": base} | own), ignored
            except ValidationError as error:
                new = problems(error)
                ignored += new
                guilty = {problem.field for problem in new} & own.keys() or {"settings"} & own.keys() or set(own)
                if not guilty:  # the experiment cannot be searched as usual
                    return cls(), ignored
                own = {name: text for name, text in own.items() if name not in guilty}

    def _extremes(self) -> list[dict[str, Choice]]:
        """Trials at the ends: all settings at their first value, all at their last, and each at each of its own."""
        first = {each.setting: each.ends[0] for each in self.settings}
        last = {each.setting: each.ends[-1] for each in self.settings}
        return [first, last, *(first | {each.setting: end} for each in self.settings for end in each.ends)]


@lru_cache(maxsize=8)
def _groups(search: Search) -> tuple[Group, ...]:
    draw, found = Random(search.seed), []
    for _trial in range(search.trials):
        with suppress(ValidationError):  # of settings that do not fit together nothing is trained
            found.append(search.trial({each.setting: _drawn(each, draw) for each in search.settings}))
    return tuple(plan(found))


def problems(error: ValidationError) -> list[Problem]:
    """What is wrong with a search, a sentence each."""
    return [_problem(detail) for detail in error.errors(include_url=False)]


def _told(text: str) -> dict[str, Any]:
    """A range as it is written. Raises pydantic's error where it is not written so."""
    setting, _equals, values = (part.strip() for part in text.partition("="))
    low, dots, rest = (part.strip() for part in values.partition(".."))
    high, *log = rest.split() or [""]
    if not setting or not values or (dots and (log not in ([], ["log"]) or not _are_numbers(low, high))):
        raise misfit("settings", text, N_("a setting with its values was expected, such as {example}"), example=EXAMPLE)
    if dots:
        return {"setting": setting, "low": low, "high": high, "log": bool(log)}
    return {"setting": setting, "choices": [part.strip() for part in values.split(",") if part.strip()]}


def _are_numbers(*texts: str) -> bool:
    try:
        return all(isfinite(float(text)) for text in texts)
    except ValueError:
        return False


def _drawn(each: Range, draw: Random) -> Choice:
    """A random value."""
    if each.choices:
        return draw.choice(each.choices)
    if each.log:
        return each.exact(each.low * (each.high / each.low) ** draw.random())
    return each.exact(draw.uniform(each.low, each.high))


def _problem(detail: dict[str, Any]) -> Problem:
    """One pydantic error as the setting, its value and what would work."""
    place = [str(part) for part in detail["loc"]]
    if detail["type"] == "misfit":
        return experiment.problem(detail)
    if place[:1] == ["experiment"]:
        return experiment.problem(detail | {"loc": place[1:]})
    if detail["type"] == "extra_forbidden":
        options = ", ".join((Range if place[0] == "settings" else Search).model_fields)
        advice = _("there is no such setting; choose of {options}").format(options=options)
        return Problem(".".join(place), detail["input"], advice)
    if place[:1] == ["settings"]:
        words = _("a setting with its values was expected, such as {example}").format(example=EXAMPLE)
        return Problem("settings", detail["input"], words)
    if not place or place[0] not in Search.model_fields:  # of a trial's experiment
        return experiment.problem(detail)
    return Problem(place[0], detail["input"], experiment.advice(Search.model_fields[place[0]]))
