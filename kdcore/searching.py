"""A search is run: trials are chosen, a few at a time, and their students trained together.

What a trial is judged by is the mean accuracy of its distilled students on validation examples. The best one is
trained once more at the end, and only then, for the first and only time, test examples are looked at.

The sampler, "tpe", is that of Bergstra et al. 2011, "Algorithms for Hyper-Parameter Optimization", section 4, as it is
in Optuna: after some random trials it tries what is likely among those that did well and unlikely among the others.
Trials of which a seed diverged are told as failed, and teach it nothing. What lies on a log scale is chosen, and
weighed, by its logarithm.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict
from math import log10
from statistics import fmean
from time import process_time

import optuna
from optuna.importance import FanovaImportanceEvaluator
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.trial import TrialState
from pydantic import ValidationError

from kdcore import cost, many
from kdcore.data.altered import fetched
from kdcore.events import Row
from kdcore.experiment import Experiment
from kdcore.many import Group, Taught, plan
from kdcore.search import Choice, Range, Search, problems
from kdcore.train import chosen_device, origin

AT_ONCE = 8  # trials that are chosen before any of them is judged
LEAST = 10  # trials that came to their end, below which nothing is said of what matters
SAMPLERS: dict[str, type[BaseSampler]] = {"tpe": TPESampler, "random": RandomSampler}

optuna.logging.set_verbosity(optuna.logging.WARNING)


def search(order: Search) -> Iterator[Row]:
    """Try settings, and tell of every trial; yields the rows described in `events`.

    The same search gives the same rows. Raises DataUnavailable, and SettingProblem where there is no such device.
    """
    began, school = process_time(), _School()
    yield _started(order)
    for file in fetched(order.experiment):
        yield {"event": "download"} | asdict(file)
    study = optuna.create_study(direction="maximize", sampler=SAMPLERS[order.sampler](seed=order.seed))
    told: list[Row] = []
    while len(told) < order.trials:
        # 1. a few trials are chosen by what came of those before
        asked = [study.ask() for _ in range(min(AT_ONCE, order.trials - len(told)))]
        chosen = [{each.setting: _chosen(each, trial) for each in order.settings} for trial in asked]
        # 2. their students are trained together, and each trial is judged
        new, before = [], len(told)
        for row in _tried(order, chosen, school):
            row["progress"] = (before + row["progress"] * len(asked)) / (order.trials + 1)
            if row["event"] == "batch":
                yield row
                continue
            trial = asked[row["number"]]
            row["number"] = trial.number
            new.append(row)
            yield row
        told += sorted(new, key=lambda row: row["number"])
        for row, trial in zip(told[before:], asked, strict=True):
            judged = {"state": TrialState.FAIL} if (value := _value(row)) is None else {"values": value}
            study.tell(trial, **judged)
    # 3. the best on validation examples is trained once more, and tested
    finished = {"event": "finished", "best": None, "test_accuracy": None, "importance": _importance(study, order)}
    if best := max((row for row in told if _value(row) is not None), key=_value, default=None):
        finished["best"] = best["number"]
        for row in school.rows([order.trial(best["values"])], tested=True):
            if row["event"] == "batch":
                yield row | {"progress": (order.trials + row["progress"]) / (order.trials + 1)}
            else:
                finished["test_accuracy"] = row["test_accuracy"]
    yield finished | {"processor_s": round(process_time() - began, 2)}


class _School:
    """Trains students of experiments, and the teachers of each kind but once."""

    def __init__(self):
        self._taught: list[tuple[Experiment, Taught]] = []

    def rows(self, experiments: Sequence[Experiment], tested: bool = False) -> Iterator[Row]:
        """`batch` rows with a progress from 0 to 1, and the last `cell` of each experiment, told by its place."""
        groups, done = plan(experiments), 0.0
        teachers = {g: cost.of_teachers(group.experiment) for g, group in enumerate(groups) if not self._known(group)}
        total = sum(teachers.values()) + sum(cost.of_part(part) for group in groups for part in group.parts)

        for g, group in enumerate(groups):
            taught = self._known(group)
            if taught is None:
                taught = yield from _weighed(many.teach(group), done / total, teachers[g] / total)
                self._taught.append((group.experiment, taught))
                done += teachers[g]
            for part in group.parts:
                share = cost.of_part(part)
                yield from _weighed(many.learn(group, part, taught, tested), done / total, share / total)
                done += share

    def _known(self, group: Group) -> Taught | None:
        """What those taught whom this group would share its teachers with."""
        return next((taught for one, taught in self._taught if len(plan([one, group.experiment])) == 1), None)


def _weighed(
    rows: Generator[Row, None, Taught | None], start: float, share: float
) -> Generator[Row, None, Taught | None]:
    """The rows that matter here, with their progress as a part of the whole; and what they end in."""
    while True:
        try:
            row = next(rows)
        except StopIteration as end:
            return end.value
        if row["event"] == "batch" or row.get("done"):
            yield row | {"progress": min(1.0, start + share * row["progress"])}


def _tried(order: Search, chosen: Sequence[dict[str, Choice]], school: _School) -> Iterator[Row]:
    """`batch` rows, and one `trial` for each choice of settings, told by its place. One that is no experiment, as its
    settings do not fit together, says why."""
    places, experiments = [], []
    for place, values in enumerate(chosen):
        try:
            experiments.append(order.trial(values))
            places.append(place)
        except ValidationError as error:
            row = {"event": "trial", "number": place, "values": values, "val_accuracy": {}, "diverged": []}
            yield row | {"impossible": str(problems(error)[0]), "progress": 0.0}
    for row in school.rows(experiments):
        if row["event"] == "batch":
            yield row
        else:
            place = places[row["cell"]]
            kept = {name: row[name] for name in ("val_accuracy", "diverged", "progress")}
            yield {"event": "trial", "number": place, "values": chosen[place], **kept}


def _chosen(each: Range, trial: optuna.Trial) -> Choice:
    """What the sampler chooses for a setting."""
    if each.choices:
        return trial.suggest_categorical(each.setting, each.choices)
    if each.log:
        return each.exact(10 ** trial.suggest_float(each.setting, log10(each.low), log10(each.high)))
    if each.is_whole:
        return trial.suggest_int(each.setting, round(each.low), round(each.high))
    return each.exact(trial.suggest_float(each.setting, each.low, each.high))


def _value(row: Row) -> float | None:
    """What a trial is judged by; None where it came to nothing."""
    return None if row["diverged"] or not row["val_accuracy"] else fmean(row["val_accuracy"]["distilled"])


def _importance(study: optuna.Study, order: Search) -> dict[str, float] | None:
    """Of each setting the share of the variance of the trials' values that goes with it alone; None where there are
    too few trials, or no two that differ.

    Functional ANOVA over a random forest (Hutter, Hoos and Leyton-Brown 2014, "An Efficient Approach for Assessing
    Hyperparameter Importance", section 4), as it is in Optuna, on scikit-learn's forest. The shares are not scaled to
    a sum of 1: what is missing goes with several settings together.
    """
    values = [trial.value for trial in study.get_trials(deepcopy=False, states=[TrialState.COMPLETE])]
    if len(values) < LEAST or len(set(values)) == 1:
        return None
    shares = FanovaImportanceEvaluator(seed=order.seed).evaluate(study)
    return {setting: round(float(share), 4) for setting, share in shares.items()}


def _started(order: Search) -> Row:
    """What is run, where and when."""
    return {
        "event": "started",
        "key": order.key,
        "search": order.model_dump(mode="json"),
        **origin(chosen_device()),
        "seeds": list(range(order.experiment.seeds)),
        "trials": order.trials,
        "students": order.students,
    }
