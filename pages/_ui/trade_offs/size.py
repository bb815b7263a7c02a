"""How small can the student be, and which factor in size is distillation worth?"""

from math import exp, inf, log
from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from kdcore.events import Row
from kdcore.figures import cells, lines
from kdcore.figures.lines import SIZES, Line, Point
from kdcore.measure.equivalent import Equivalent, equivalent
from kdcore.words import N_, _, decimal
from pages._ui import status
from pages._ui.one_of import one_of
from pages._ui.runs import Shown
from pages._ui.still import still
from pages._ui.trade_offs import pairs
from pages._ui.trade_offs.address import Address, look
from pages._ui.trade_offs.guess import guess
from pages._ui.trade_offs.view import AGAINST

QUESTION = N_("How accurate at which size?")
MEASURES = {"val_accuracy": N_("on validation examples"), "test_accuracy": N_("on test examples")}
GUESSES = {"none": N_("no larger"), "two": N_("up to twice as large"), "more": N_("more than twice as large")}
UNITS = {"parameters": N_("{amount} parameters"), "size_bytes": N_("{amount}"), "flops": N_("{amount} FLOPs")}
EXPLAINED = N_(
    "A factor in size is read off the line of the students from labels: how large must one of them be to do as well as "
    "the distilled one? Where that line falls, the fall is taken for chance and levelled (isotonic regression), and "
    "between two sizes it is interpolated on a log scale. The interval holds every size from which the paired seeds "
    "show no difference, and a factor is told only where the interval leaves out 1. Each size is judged for itself: of "
    "twenty at which distillation makes no difference, one will seem to show one."
)


class Worth(NamedTuple):
    """What distillation is worth at one size of the student."""

    line: Line
    point: Point
    found: Equivalent

    @property
    def is_largest(self) -> bool:
        """Nothing larger was measured that it could be compared with."""
        return self.found.own == self.found.largest


def show(asked: Address, shown: Shown) -> None:
    """The lines, what distillation is worth in size at each, and how that was found."""
    against, measure = asked.view.against, measure_of(asked)
    found = worths(shown.rows, against, measure)
    guess(_("how much larger is a student from labels that does as well?"), GUESSES, _measured(found), "size")
    st.markdown(sentence(shown.rows, against, measure))
    left, right = st.columns(2)
    with left:
        choose_measure(measure)
    with right:
        one_of(_("Size in"), AGAINST, against, "trade.against", lambda other: look(against=other))
    still(lines, _rows, shown, against, measure)
    st.caption(status.origin(shown))
    if found:
        st.caption(_("What distillation is worth in size"))
        st.dataframe(table(shown.rows, against, measure), hide_index=True)
    st.caption(_(EXPLAINED))


def measure_of(asked: Address) -> str:
    """Accuracy on validation examples, unless test examples are asked for."""
    return asked.view.measure if asked.view.measure in MEASURES else "val_accuracy"


def choose_measure(measure: str) -> None:
    """Validation or test."""
    one_of(_("Accuracy"), MEASURES, measure, "trade.accuracy", lambda other: look(measure=other))


def sentence(rows: tuple[Row, ...], against: str, measure: str) -> str:
    """For each line the factor at the middle one of the sizes at which one is shown."""
    found = worths(rows, against, measure)
    if not found:
        return _no_sizes(rows)
    apart = {worth.line.named: [] for worth in found}
    for worth in found:
        apart[worth.line.named].append(worth)
    told = [(named, _line(rows, mine, against)) for named, mine in apart.items()]
    if len(told) == 1:
        return f"**{told[0][1]}**"
    return "\n".join(f"* **{cells.capital(named)}**: {words}" for named, words in told)


def table(rows: tuple[Row, ...], against: str, measure: str) -> pd.DataFrame:
    """Every size: which student from labels does as well, and the factor between them."""
    return pd.DataFrame(
        [
            ({_("With"): worth.line.named} if worth.line.named else {})
            | {
                _("Distilled"): _amount(rows, worth, worth.found.own, against),
                _("As good, from labels"): _as_good(rows, worth, against),
                _("Factor"): _("nothing larger measured") if worth.is_largest else _shown(worth.found),
                _("95 % interval of the factor"): "–" if worth.is_largest else bounds(worth.found),
            }
            for worth in worths(rows, against, measure)
        ]
    )


def worths(rows: tuple[Row, ...], against: str, measure: str) -> list[Worth]:
    """What distillation is worth at each size of each line, from the cells that are done."""
    if lines.who(rows) != "student":
        return []
    return [worth for line in lines.lines(rows, against) for worth in _of_line(line, measure)]


def factor(found: Equivalent) -> str:
    """How many times as large a student from labels must be: a number, or an end that it lies beyond."""
    if found.size == inf:
        return _("at least {number}").format(number=_number(found.low / found.own))
    if found.size == 0:
        return _("at most {number}").format(number=_number(found.high / found.own))
    return _number(found.factor)


def _shown(found: Equivalent) -> str:
    """The factor where one is shown."""
    return factor(found) if found.is_shown else _("none shown")


def bounds(found: Equivalent) -> str:
    """The interval of the factor."""
    if found.low is None:
        return "–"
    low, high = (_number(end / found.own) for end in (found.low, found.high))
    if found.low == 0 and found.high == inf:
        return _("open on both sides")
    if found.high == inf:
        return _("{low} or more").format(low=low)
    return _("{high} or less").format(high=high) if found.low == 0 else _("{low} to {high}").format(low=low, high=high)


def _of_line(line: Line, measure: str) -> list[Worth]:
    """The worth of each of its cells; none where sizes do not differ, or too few cells are done."""
    done = [point for point in line.points if point.row.get("done")]
    by_lane = {lane: [pairs.measured(point.row, measure, lane) for point in done] for lane in ("scratch", "distilled")}
    seeds = sorted(set.intersection(*(set(each) for told in by_lane.values() for each in told))) if done else []
    sizes = [point.x for point in done]
    if len(sizes) < 2 or len(set(sizes)) < len(sizes) or not seeds:
        return []
    scratch, distilled = ([[each[seed] for seed in seeds] for each in told] for told in by_lane.values())
    return [Worth(line, point, equivalent(sizes, scratch, place, distilled[place])) for place, point in enumerate(done)]


def _line(rows: tuple[Row, ...], mine: list[Worth], against: str) -> str:
    """At how many sizes a factor is shown, and the one in the middle of them."""
    compared = [worth for worth in mine if not worth.is_largest]
    able = [worth for worth in compared if worth.found.is_shown]
    if not able:
        words = _("no factor in size is shown: at each of {count} sizes its interval contains 1.")
        if any(worth.found.low is None for worth in compared):
            words = _(
                "no factor in size is shown at any of {count} sizes: that takes seeds that differ, and two or more."
            )
        return words.format(count=len(compared))
    worth = able[(len(able) - 1) // 2]
    words = _("a factor in size is shown at {able} of {count} sizes. In the middle of them, {example}.")
    return words.format(able=len(able), count=len(compared), example=_example(rows, worth, against))


def _example(rows: tuple[Row, ...], worth: Worth, against: str) -> str:
    """One size in words."""
    values = {
        "own": _amount(rows, worth, worth.found.own, against),
        "other": _as_good(rows, worth, against),
        "factor": factor(worth.found),
        "bounds": bounds(worth.found),
        "unit": _(AGAINST[against]).lower(),
    }
    if worth.found.size == inf:
        values["other"] = _amount(rows, worth, worth.found.largest, against)
        words = _("{own} distilled do better than all from labels, up to {other}: a factor of {factor} in {unit}")
        return words.format(**values)
    if worth.found.size == 0:
        values["other"] = _amount(rows, worth, worth.found.smallest, against)
        words = _("{own} distilled do worse than all from labels, from {other} on: a factor of {factor} in {unit}")
        return words.format(**values)
    words = _("{own} distilled = {other} from labels: a factor of {factor} in {unit} (95 % interval {bounds})")
    return words.format(**values)


def _as_good(rows: tuple[Row, ...], worth: Worth, against: str) -> str:
    """How large a student from labels does as well."""
    found = worth.found
    if found.size == inf:
        return _("more than {size}").format(size=_amount(rows, worth, found.largest, against))
    if found.size == 0:
        return _("less than {size}").format(size=_amount(rows, worth, found.smallest, against))
    return _amount(rows, worth, found.size, against)


def _amount(rows: tuple[Row, ...], worth: Worth, size: float, against: str) -> str:
    """A size in words: in units where they are what differs, interpolated like it, and else as it is measured."""
    points, axis = worth.line.points, cells.axes(rows)["x"]
    if axis.setting != "student.width":
        return _(UNITS[against]).format(amount=SIZES[against].write(size))
    widths = [log(point.row["x"]) for point in points]
    units = exp(np.interp(log(size), [log(point.x) for point in points], widths))
    return _("{count} units").format(count=decimal(units))


def _number(ratio: float) -> str:
    return decimal(ratio, 1 if ratio < 9.95 else 0) if ratio >= 0.095 else decimal(ratio, 2)


def _measured(found: list[Worth]) -> str | None:
    """Which of the guesses came out, at the middle one of all sizes of the first line."""
    compared = [worth for worth in found if worth.line is found[0].line and not worth.is_largest] if found else []
    if not compared:
        return None
    able = [worth for worth in compared if worth.found.is_shown and worth.found.size > worth.found.own]
    if not able:
        return "none"
    middle = able[(len(able) - 1) // 2].found
    return "more" if middle.factor > 2 else "two"


def _no_sizes(rows: tuple[Row, ...]) -> str:
    """Why no factor can be told."""
    if any(row["event"] == "finished" for row in rows):
        return _("Along x the student's size does not differ: no factor in size can be read off.")
    return _("A factor in size is told as soon as two sizes are done.")


def _rows(shown: Shown, against: str, measure: str) -> tuple[tuple[Row, ...], str, str, str]:
    return shown.rows, _(QUESTION), against, measure
