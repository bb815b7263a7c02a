"""Many settings at once: each trial a line, the best so far, what matters, and one trial looked at closer."""

import pandas as pd
import streamlit as st

from kdcore.events import Row, first
from kdcore.experiment import Experiment
from kdcore.figures import importance, numbers, parallel, theme, trials
from kdcore.interval import interval
from kdcore.measure.verdict import sentence, verdict
from kdcore.search import SAMPLERS
from kdcore.words import N_, _
from pages._ui import status
from pages._ui.list_of import list_of
from pages._ui.runs import Shown
from pages._ui.still import still
from pages._ui.trade_offs.address import TITLES, Address, look
from pages._ui.trade_offs.take import offer

TRIAL = "trial"  # how the one that is looked at is called in the address
LANES = ("scratch", "distilled")
SO_FAR = N_("Best so far on validation examples, of {count} trials: {settings}, {accuracy} right.")
BEST = N_(
    "Best of {count} trials on validation examples: {settings}. It was then tested once: {accuracy} of the test "
    "examples right. {verdict}"
)
NONE = N_("None of {count} trials could be finished. Try lower learning rates.")
HOW = N_(
    "Trials are chosen and compared by validation examples, by the mean accuracy of the distilled students. The best "
    "of many looks a little better there than it is, and so the numbers told here are of test examples, which had no "
    "part in choosing. Both its students have the same settings. ±: 95 % interval over seeds."
)
LABELS_ALONE = N_(
    "The settings were chosen for the distilled students. Had they been chosen for those from labels, trial {number} "
    "would be the best, with {accuracy} of validation examples right; the best distilled ones have {ours}."
)
CODE = """\
# Means over seeds; trials of which a seed diverged are left out. Settings over several powers of ten go by their log10.
import numpy as np

settings = {settings!r}
students = frame[(frame["lane"] == "distilled") & ~frame.groupby("trial")["diverged"].transform("any")]
trials = students.groupby("trial").agg({{**dict.fromkeys(settings, "first"), "val_accuracy": "mean"}})


def axis(name):
    values = trials[name]
    if values.dtype.kind not in "if":
        names = sorted(values.astype(str).unique())
        places = values.astype(str).map(names.index)
        return {{"label": name, "values": places, "tickvals": list(range(len(names))), "ticktext": names}}
    if values.min() > 0 and values.max() / values.min() > 20:
        return {{"label": f"log10 {{name}}", "values": np.log10(values)}}
    return {{"label": name, "values": values}}


line = {{"color": trials["val_accuracy"], "colorscale": "Magenta", "showscale": True}}
figure = go.Figure(go.Parcoords(dimensions=[axis(name) for name in trials], line=line))
figure"""


def show(asked: Address, shown: Shown) -> None:
    """The verdict, all trials, what matters, one trial closer, and the table to take away."""
    rows = shown.rows
    st.markdown(f"**{gist(rows)}**", help=_(HOW))
    number = looked_at(asked, rows)
    if asked.view.more.get(TRIAL) not in (None, str(number)):
        words = _("Ignored in the address: there is no trial “{trial}” so far.")
        st.warning(words.format(trial=asked.view.more[TRIAL]))

    def picked(spot: list[float]) -> None:
        _look(asked, parallel.nearest(rows, *spot))

    still(parallel, _lines, shown, number, on_pick=picked)
    st.caption(f"{_chosen_by(shown)} {status.origin(shown)}")
    left, right = st.columns([2, 3], gap="medium")
    with left:
        _one(asked, shown, number)
    with right:
        _what_matters(shown)
    settings = list(trials.scales(rows))
    offer(shown, lambda: table(rows), lambda: [CODE.format(settings=settings)], _(TITLES[asked.question]))


def gist(rows: tuple[Row, ...]) -> str:
    """The best trial on validation examples, and once the search is over what its test examples say."""
    best, tested = trials.best(rows), (first(rows, "finished") or {}).get("test_accuracy")
    count = len(trials.trials(rows))
    if best is None:
        return _(NONE).format(count=count)
    settings = trials.told(best["values"])
    if not tested:
        return _(SO_FAR).format(count=count, settings=settings, accuracy=numbers.percent(trials.accuracy(best)))
    accuracy = numbers.percent(interval(tested["distilled"]))
    told = {"verdict": sentence(verdict(tested["scratch"], tested["distilled"])), "accuracy": accuracy}
    return _(BEST).format(count=count, settings=settings, **told)


def looked_at(asked: Address, rows: tuple[Row, ...]) -> int:
    """The number of the trial of the address where it was told of, else of the best, else of the first."""
    known, wanted = [row["number"] for row in trials.trials(rows)], asked.view.more.get(TRIAL, "")
    if wanted in map(str, known):
        return int(wanted)
    best = trials.best(rows)
    return best["number"] if best else known[0]


def experiment(shown: Shown, number: int) -> Experiment | None:
    """The experiment that a trial is; None where its settings do not fit together."""
    row = next(row for row in trials.trials(shown.rows) if row["number"] == number)
    return None if "impossible" in row else shown.order.trial(row["values"])


def table(rows: tuple[Row, ...]) -> pd.DataFrame:
    """A line for each student of each trial; names are those of settings and events."""
    return pd.DataFrame(
        [
            {"trial": row["number"], **row["values"], "lane": lane, "seed": seed}
            | {"diverged": seed in row["diverged"], "val_accuracy": accuracy}
            for row in trials.trials(rows)
            for lane, measured in row["val_accuracy"].items()
            for seed, accuracy in enumerate(measured)
        ]
    )


def _one(asked: Address, shown: Shown, number: int) -> None:
    """One trial: a list to choose it from, for those who do not click its line, its numbers, and the way to Distil."""
    rows = shown.rows
    by_number = {row["number"]: row for row in trials.trials(rows)}
    row = by_number[number]
    list_of(
        _("Trial"),
        parallel.table(rows)[_("Trial")].tolist(),
        number,
        "trade.trial",
        lambda chosen: _look(asked, chosen),
        lambda each: f"{each}: {parallel.result(by_number[each])}",
        _("The best comes first. Or click a line."),
    )
    told = {trials.title(setting): trials.shown(value) for setting, value in row["values"].items()}
    if trials.is_finished(row):
        accuracy = _("Validation accuracy, {lane}")
        told |= {accuracy.format(lane=_(theme.ROLES[lane].label)): parallel.result(row, lane) for lane in LANES}
    st.table(pd.Series(told, name=_("Trial {number}").format(number=number)))
    if "impossible" in row:
        st.warning(_("{problem}.").format(problem=row["impossible"]))
    elif chosen := experiment(shown, number):
        st.page_link("distil.py", label=_("Train this on the Distil page"), query_params=chosen.to_query())


def _what_matters(shown: Shown) -> None:
    rows = shown.rows
    if importance.shares(rows):
        still(importance, _rows, shown)
    elif first(rows, "finished"):
        st.info(_(importance.FEW))
    else:
        st.info(_("When the search is over, this is where it tells which setting matters most."))
    ours, alone = trials.best(rows), trials.best(rows, "scratch")
    if ours and alone:
        told = {"number": alone["number"], "accuracy": numbers.percent(trials.accuracy(alone, "scratch"))}
        st.caption(_(LABELS_ALONE).format(ours=numbers.percent(trials.accuracy(ours)), **told))


def _chosen_by(shown: Shown) -> str:
    """Who chose the trials."""
    return _("{sampler}, seed {seed}.").format(sampler=_(SAMPLERS[shown.order.sampler]), seed=shown.order.seed)


def _look(asked: Address, number: int) -> None:
    look(more={**asked.view.more, TRIAL: str(number)})


def _lines(shown: Shown, number: int) -> tuple[tuple[Row, ...], int]:
    return shown.rows, number


def _rows(shown: Shown) -> tuple[tuple[Row, ...]]:
    return (shown.rows,)
