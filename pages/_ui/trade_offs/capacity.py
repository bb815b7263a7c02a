"""Is the better teacher the better one? Teachers of many sizes, their students, and an assistant in between."""

from collections.abc import Sequence
from statistics import fmean

import numpy as np
import streamlit as st

from kdcore.events import ASSISTED, Row
from kdcore.figures import cells, lines, numbers
from kdcore.figures.lines import ACCURACY, VALUE
from kdcore.interval import interval
from kdcore.measure.verdict import Verdict
from kdcore.words import N_, _, decimal
from pages._ui import status
from pages._ui.one_of import one_of
from pages._ui.runs import Shown
from pages._ui.still import still
from pages._ui.trade_offs import pairs
from pages._ui.trade_offs.address import Address, look
from pages._ui.trade_offs.guess import guess
from pages._ui.trade_offs.size import choose_measure, measure_of
from pages._ui.trade_offs.view import AGAINST

QUESTIONS = {
    True: N_("Do students of more accurate teachers do better?"),
    False: N_("Which teacher has the best students?"),
}
ACROSS = {VALUE: N_("The axis as it is"), ACCURACY: N_("Accuracy of the teachers"), **AGAINST}
GUESSES = {
    "most": N_("the most accurate one"),
    "less": N_("a less accurate one"),
    "same": N_("no difference shown"),
}
RELATION = {
    "helps": N_("More accurate teachers have better students"),
    "hurts": N_("More accurate teachers have worse students"),
    "no_difference": N_("No relation is shown between a teacher's accuracy and what its students gain"),
    "one_seed": N_("One seed shows no relation between a teacher's accuracy and what its students gain"),
}
EXPLAINED = N_(
    "The rank correlation says whether two things rise together: 1 for always, 0 for no relation, -1 where one falls "
    "as the other rises. It is taken in each seed by itself, over all cells: between the accuracy of the teacher on "
    "validation examples and what its student has over the student from labels. Teachers are chosen on validation "
    "examples and compared on test examples, seed by seed. The assistant has as many hidden layers as the teacher; "
    "each has the geometric mean (the root of the product) of the teacher's and the student's units."
)


def show(asked: Address, shown: Shown) -> None:
    """The answer, the lines over the axis or over the teachers' accuracy, and how it was found."""
    across, measure = across_of(asked), measure_of(asked)
    found = compared(shown.rows)
    guess(_("whose students do best?"), GUESSES, found and _measured(*found), "capacity")
    st.markdown("\n".join(f"* {sentence}" for sentence in sentences(shown.rows)))
    left, right = st.columns(2)
    with left:
        choose_measure(measure)
    with right:
        one_of(_("Across"), ACROSS, across, "trade.across", lambda other: look(more={"across": other}))
    still(lines, _rows, shown, across, measure)
    st.caption(status.origin(shown))
    st.caption(_(EXPLAINED))


def across_of(asked: Address) -> str:
    """What goes from left to right: the axis itself, unless the address says otherwise."""
    told = asked.view.more.get("across")
    return told if told in ACROSS else VALUE


def sentences(rows: Sequence[Row]) -> list[str]:
    """What the paired seeds say: of the relation, of the teacher that taught best, and of the assistant."""
    if not any(row.get("done") for row in cells.cells(rows).values()):
        return [_("Teachers are compared as soon as the first cells are done.")]
    return [*_relations(rows), *_best(rows), *_assistant(rows)]


def compared(rows: Sequence[Row]) -> tuple[Row, Row, Verdict | None] | None:
    """The cell whose distilled student is best and the best one of the most accurate teacher, chosen on validation
    examples, and what the pairs say of the difference on test examples; None before there is any."""
    able = {row["group"] for row in cells.cells(rows).values() if row.get("done") and not row["diverged"]}
    marks = {group: pairs.measured(row, "val_accuracy") for group, row in cells.teachers(rows).items() if group in able}
    means = {group: fmean(mark.values()) for group, mark in marks.items() if mark}
    best = cells.best(rows)
    if best is None or not means:
        return None
    top = max(means, key=means.get)
    other = cells.best(rows, where=lambda row: row["group"] == top)
    ours, theirs = (pairs.measured(row, "test_accuracy", "distilled") for row in (best, other))
    return best, other, pairs.judged(pairs.minus(ours, theirs))


def relation(rows: Sequence[Row], some: Sequence[Row]) -> Verdict | None:
    """Whether accurate teachers have students that gain: the rank correlation over these cells, an interval over seeds;
    None for fewer than three cells, or without any difference to rank."""
    known, found = cells.teachers(rows), []
    for seed in range(cells.seeds(rows)):
        both = [
            (pairs.measured(known[row["group"]], "val_accuracy").get(seed), pairs.gain(row, "test_accuracy").get(seed))
            for row in some
        ]
        ranks = [_ranks(column) for column in zip(*(pair for pair in both if None not in pair), strict=True)]
        if ranks and len(ranks[0]) > 2 and all(np.ptp(each) for each in ranks):
            found.append(float(np.corrcoef(*ranks)[0, 1]))
    return pairs.judged(dict(enumerate(found)))


def assisted(rows: Sequence[Row]) -> tuple[int, Verdict | None]:
    """In how many cells there is an assistant's student, and what it has over the teacher's, on average over them."""
    done = [
        row
        for row in cells.cells(rows).values()
        if row.get("done") and pairs.measured(row, "test_accuracy", ASSISTED[0])
    ]
    each = [
        pairs.minus(*(pairs.measured(row, "test_accuracy", lane) for lane in ("assisted", "distilled"))) for row in done
    ]
    return len(each), pairs.judged(pairs.mean(each))


def _relations(rows: Sequence[Row]) -> list[str]:
    """The relation over all cells; and where there is a second axis, at each of its values."""
    apart = [(line.named, [point.row for point in line.points if point.row.get("done")]) for line in lines.lines(rows)]
    every = [row for _named, some in apart for row in some]
    return [
        words
        for named, some in [("", every), *(apart if len(apart) > 1 else [])]
        if (words := _relation(rows, named, some))
    ]


def _relation(rows: Sequence[Row], named: str, some: Sequence[Row]) -> str:
    found = relation(rows, some)
    if found is None:
        return ""
    words = _("{says}: rank correlation {mean} over {cells} cells (95 % interval {low} to {high} over {seeds} seeds).")
    if found.difference.half_width is None:
        words = _("{says}: rank correlation {mean} over {cells} cells.")
    low, high = (decimal(min(max(end, -1), 1), 2, "+") for end in (found.difference.low, found.difference.high))
    values = {"mean": decimal(found.difference.mean, 2, "+"), "low": low, "high": high}
    told = words.format(says=_(RELATION[found.outcome]), cells=len(some), seeds=found.seeds, **values)
    return f"*{cells.capital(named)}*: {told}" if named else told


def _best(rows: Sequence[Row]) -> list[str]:
    found = compared(rows)
    if found is None:
        return []
    best, other, difference = found
    values = {"best": _taught(rows, best), "top": _taught(rows, other)}
    if best["group"] == other["group"]:
        return [_("Chosen on validation examples, the most accurate teacher taught best: {best}.").format(**values)]
    words = _(
        "Chosen on validation examples, {best} taught best; the most accurate teacher is {top}. What the students of "
        "the one have over those of the other, on test examples: {difference}."
    )
    return [words.format(difference=pairs.told(difference) if difference else _("nothing in common"), **values)]


def _assistant(rows: Sequence[Row]) -> list[str]:
    count, found = assisted(rows)
    if found is None:
        return []
    words = _("The assistant adds, on average over {count} cells, on test examples: {difference}.")
    return [words.format(count=count, difference=pairs.told(found))]


def _taught(rows: Sequence[Row], row: Row) -> str:
    """A teacher in words, and how often it and its student are right."""
    teacher = pairs.measured(cells.teachers(rows)[row["group"]], "val_accuracy")
    return _("{cell} (teacher {teacher}, student {student})").format(
        cell=cells.described(rows, cells.place(row)),
        teacher=numbers.percent(interval(list(teacher.values()))),
        student=numbers.percent(cells.measure(row, "val_accuracy")),
    )


def _ranks(values: Sequence[float]) -> np.ndarray:
    """The place of each from the bottom; equal ones share their mean place."""
    told = np.asarray(values)
    return (told[:, None] > told).sum(1) + ((told[:, None] == told).sum(1) - 1) / 2


def _measured(best: Row, other: Row, difference: Verdict | None) -> str:
    """Which of the guesses came out."""
    if best["group"] == other["group"]:
        return "most"
    return "less" if difference and difference.outcome == "helps" else "same"


def _rows(shown: Shown, across: str, measure: str) -> tuple[tuple[Row, ...], str, str, str]:
    return shown.rows, _(QUESTIONS[across == ACCURACY]), across, measure
