"""How many labels does it take, what does a pool without labels add, and what if labels are wrong?"""

from collections.abc import Sequence

import streamlit as st

from kdcore.events import Row
from kdcore.figures import cells, lines
from kdcore.figures.lines import Line, Point, points
from kdcore.grid import ALL
from kdcore.measure.verdict import Verdict
from kdcore.words import N_, _
from pages._ui import status
from pages._ui.runs import Shown
from pages._ui.still import still
from pages._ui.trade_offs import pairs
from pages._ui.trade_offs.address import Address
from pages._ui.trade_offs.guess import guess
from pages._ui.trade_offs.pairs import Seeds
from pages._ui.trade_offs.size import choose_measure, measure_of

NOISE = "noise"
QUESTIONS = {True: N_("How accurate with wrong labels?"), False: N_("How accurate with so many labels?")}
ASKED = {
    True: N_("with more wrong labels, what the teacher adds"),
    False: N_("with more labels, what the teacher adds"),
}
GUESSES = {"helps": N_("grows"), "hurts": N_("shrinks"), "no_difference": N_("no difference shown")}
OUTCOMES = {
    "helps": N_("{who} helps at {values}"),
    "hurts": N_("{who} hurts at {values}"),
    "no_difference": N_("no difference shown at {values}"),
}
EXPLAINED = {
    True: N_(
        "Wrong labels are drawn once for a share of the training examples, and teacher and students learn from the "
        "same ones; validation and test examples keep the right labels. A student from labels has nothing else to "
        "believe. The distilled one hears a teacher, too, which has seen more examples, but wrong labels as well."
    ),
    False: N_(
        "The teacher always learns from all labels. A pool holds further examples that only the teacher labels: the "
        "distilled student learns from its answers to them. The student from labels sees its own examples more often "
        "instead, so that both take as many steps."
    ),
}
EACH = N_(
    "Each value is judged by its own 95 % interval: of twenty that make no difference, one will seem to make one."
)


def show(asked: Address, shown: Shown) -> None:
    """The answer, the lines, and how it was found; of labels or of noise."""
    is_noise, measure = asked.question == NOISE, measure_of(asked)
    found = change(shown.rows, measure)
    outcome = found and pairs.judged(found).outcome
    guess(_(ASKED[is_noise]), GUESSES, GUESSES.keys() & {outcome} and outcome, f"labels.{is_noise}")
    st.markdown("\n".join(f"* {cells.capital(each)}" for each in sentences(shown.rows, measure)))
    choose_measure(measure)
    still(lines, _rows, shown, is_noise, measure)
    st.caption(status.origin(shown))
    st.caption(_(EXPLAINED[is_noise]) + " " + _(EACH))


def sentences(rows: Sequence[Row], measure: str) -> list[str]:
    """What the paired seeds say: where distillation helps, how that changes along x, what the second axis adds."""
    found = [line for line in lines.lines(rows) if _done(line)]
    if not found:
        return [_("The answer begins with the first cell that is done.")]
    return [
        *(_helps(rows, line, measure) for line in found),
        *_changes(rows, found[0], measure),
        *_adds(found, measure),
    ]


def change(rows: Sequence[Row], measure: str) -> Seeds | None:
    """By how much the gain at the last value of x is above that at the first, on the first line."""
    found = [line for line in lines.lines(rows) if len(_done(line)) > 1]
    return _change(found[0], measure) if found else None


def added(line: Line, first: Line, measure: str) -> list[tuple[str, Seeds]]:
    """What the distilled student has on this line over that on the first, at each value of x.

    With all labels there is no further example left for a pool, and nothing to compare.
    """
    before = {point.row["x"]: point.row for point in _done(first)}
    return [
        (point.tick, pairs.minus(*(pairs.measured(row, measure, "distilled") for row in (point.row, before[x]))))
        for point in _done(line)
        if (x := point.row["x"]) in before and x != ALL
    ]


def _done(line: Line) -> list[Point]:
    return [point for point in line.points if point.row.get("done")]


def _change(line: Line, measure: str) -> Seeds:
    first, *_between, last = (pairs.gain(point.row, measure) for point in _done(line))
    return pairs.minus(last, first)


def _helps(rows: Sequence[Row], line: Line, measure: str) -> str:
    """At which values of x distillation helps, hurts, or shows no difference."""
    judged = [(point.tick, pairs.judged(pairs.gain(point.row, measure))) for point in _done(line)]
    axis, outcomes = cells.title(cells.axes(rows)["x"].setting), _outcomes(_("distillation"), judged)
    if not line.named:
        return _("{axis}: {outcomes}.").format(axis=axis, outcomes=outcomes)
    return _("**{line}**, by {axis}: {outcomes}.").format(
        line=cells.capital(line.named), axis=axis.lower(), outcomes=outcomes
    )


def _outcomes(who: str, judged: Sequence[tuple[str, Verdict | None]]) -> str:
    """Values of x by what was found there."""
    by_outcome: dict[str, list[str]] = {}
    for value, found in judged:
        outcome = found.outcome if found else "no_difference"
        by_outcome.setdefault("no_difference" if outcome == "one_seed" else outcome, []).append(value)
    told = [
        _(OUTCOMES[outcome]).format(who=who, values=", ".join(by_outcome[outcome]))
        for outcome in OUTCOMES
        if outcome in by_outcome
    ]
    return "; ".join(told)


def _changes(rows: Sequence[Row], line: Line, measure: str) -> list[str]:
    """How the gain changes from the first value of x to the last."""
    done = _done(line)
    if len(done) < 2:
        return []
    gains = [pairs.judged(pairs.gain(done[place].row, measure)) for place in (0, -1)]
    found = pairs.judged(_change(line, measure))
    if found is None or None in gains:
        return []
    words = _(
        "From {first} to {last} what the teacher adds goes from {before} to {after} points; the change: {change}."
    )
    first, last = (done[place].named for place in (0, -1))
    before, after = (points(each.difference) for each in gains)
    return [words.format(first=first, last=last, before=before, after=after, change=pairs.told(found))]


def _adds(found: Sequence[Line], measure: str) -> list[str]:
    """What the further lines have over the first, on average and value by value."""
    told = []
    for line in found[1:]:
        each = added(line, found[0], measure)
        mean = pairs.judged(pairs.mean([seeds for _tick, seeds in each]))
        if mean is not None:
            words = _(
                "{line} instead of {first}: {points} for the distilled student, mean of {count} cells; {outcomes}."
            )
            outcomes = _outcomes(_("it"), [(tick, pairs.judged(seeds)) for tick, seeds in each])
            values = {"line": line.named, "first": found[0].named, "points": pairs.told(mean), "count": len(each)}
            told.append(words.format(outcomes=outcomes, **values))
    return told


def _rows(shown: Shown, is_noise: bool, measure: str) -> tuple[tuple[Row, ...], str, str, str]:
    return shown.rows, _(QUESTIONS[is_noise]), lines.VALUE, measure
