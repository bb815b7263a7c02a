"""All that was measured of each method, a line each, beside the student that has labels alone."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from kdcore import teaching
from kdcore.events import Row
from kdcore.figures import cells, numbers
from kdcore.figures.lines import points
from kdcore.figures.theme import ROLES
from kdcore.figures.ways import LANE, Way, ways
from kdcore.interval import interval
from kdcore.measure.verdict import Verdict
from kdcore.methods import NEEDS
from kdcore.words import N_, _
from pages._ui.methods.gist import over_soft_targets
from pages._ui.trade_offs import pairs

NOTHING = "–"
EXPLAINED = N_(
    "Measured on test examples when all was over; gains are in points of test accuracy, seed by seed, ±: 95 % "
    "interval. Agreement: share of examples on which student and teacher name the same class. KL: how much of the "
    "teacher's opinion the student misses, in nats. All methods had the same teachers, the same first weights, batches "
    "and steps; only schemes bring further teachers, and only structure other first weights. Learned beside: numbers "
    "that a method learns with the student's own weights or before them, and that are thrown away afterwards. Time: of "
    "one processor core, for the students of all seeds; an equal share of the steps that all took together, and what "
    "the method, and networks trained before the student, took beside."
)


def table(rows: Sequence[Row]) -> pd.DataFrame:
    """A line for each way of teaching that is finished; empty before the first."""
    found = ways(rows)
    done = [way for way in found if way.is_done]
    return pd.DataFrame([_from_labels(done[0]), *(_line(way, found) for way in done)] if done else [])


def needs(text: str) -> str:
    """What a method, with its knobs as this text has them, has to know beside the examples, in words."""
    method, knobs = teaching.read(text)
    return ", ".join(_(NEEDS[each]) for each in method.needed(knobs)) or _("nothing")


def _line(way: Way, found: Sequence[Way]) -> dict[str, str]:
    gain = pairs.judged(pairs.gain(way.row, "test_accuracy"))
    over = over_soft_targets(way, found, "test_accuracy")
    told = {_("Method"): way.title} | _measured(way, LANE, gain, over)
    told[_("Needs")] = needs(way.text)
    return told | {_("Learned beside"): numbers.count(way.row.get("extra_parameters", 0))}


def _from_labels(way: Way) -> dict[str, str]:
    """The student that every way is compared with: it is the same for all of them."""
    told = {_("Method"): _(ROLES[cells.BASELINE].title)} | _measured(way, cells.BASELINE, None, None)
    return told | {_("Needs"): _(NEEDS["labels"]), _("Learned beside"): numbers.count(0)}


def _measured(way: Way, lane: str, gain: Verdict | None, over: Verdict | None) -> dict[str, str]:
    return {
        _("Test accuracy"): _written(way, "test_accuracy", lane, numbers.percent),
        _("Gain over labels"): _points(gain) if gain else NOTHING,
        _("Gain over soft targets"): _points(over) if over else NOTHING,
        _("Agreement"): _written(way, "agreement", lane, numbers.percent),
        _("KL to the teacher"): _written(way, "kl", lane, numbers.nats),
        _("Calibration error"): _written(way, "ece", lane, numbers.percent),
        _("Time"): _time(way, lane),
    }


def _time(way: Way, lane: str) -> str:
    """Runs that are older than the clock, and those on a device, tell none."""
    told = way.row.get("seconds")
    return numbers.seconds(sum(told[lane])) if told else NOTHING


def _points(found: Verdict) -> str:
    told = points(found.difference)
    return told if found.outcome in ("helps", "hurts") else _("none shown ({points})").format(points=told)


def _written(way: Way, measure: str, lane: str, write: Callable[[Any], str]) -> str:
    values = way.values(measure, lane)
    return write(interval(values)) if values else NOTHING
