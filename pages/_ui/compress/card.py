"""The chosen variant beside its teacher, in numbers."""

from collections.abc import Callable
from statistics import median
from typing import Any

import pandas as pd
import streamlit as st

from kdcore.events import Row, first
from kdcore.figures import numbers, stages
from kdcore.interval import interval
from kdcore.words import N_, _
from pages._ui.compress.address import look
from pages._ui.list_of import list_of


def card(rows: tuple[Row, ...], name: str) -> None:
    """A list to choose from, for those who do not click a point, and what was measured."""
    names, choose = list(stages.variants(rows)), lambda chosen: look(variant=chosen)
    list_of(_("Variant"), names, name, "compress.variant", choose, stages.label, _("Or click its point."))
    st.table(measures(rows, name))


def measures(rows: tuple[Row, ...], name: str) -> pd.DataFrame:
    """A line a measure: of the variant, and of the teacher that it was made from."""
    shown = {_("Variant"): name} if name else {}
    return pd.DataFrame({heading: _column(rows, each) for heading, each in (shown | {_("Teacher"): ""}).items()})


def _column(rows: tuple[Row, ...], name: str) -> dict[str, str]:
    row = first(rows, "variant", name=name)
    steps = stages.path(rows, name)[bool(name) :]  # the teacher had to learn anyway
    learned = learning_time(sum(step["seconds"] for step in steps))
    return {_(word): write(row) for word, write in LINES.items()} | {_("Learning time"): learned}


def learning_time(seconds: float) -> str:
    """How long something learned, if it did."""
    return numbers.seconds(seconds) if seconds else _("none")


def _share(field: str) -> Callable[[Row], str]:
    return lambda row: "–" if row[field] is None else numbers.percent(interval(row[field]))


def _mean(field: str, write: Callable[[Any], str]) -> Callable[[Row], str]:
    return lambda row: write(interval(row[field]).mean)


def _latency(batch: str) -> Callable[[Row], str]:
    """The median of the repetitions, and how far they lie apart."""

    def written(row: Row) -> str:
        times = row["latency_ms"][batch]
        low, middle, high = (numbers.seconds(f(times) / 1000) for f in (min, median, max))
        return middle if low == high else _("{middle} ({low} to {high})").format(middle=middle, low=low, high=high)

    return written


LINES: dict[str, Callable[[Row], str]] = {
    N_("Test accuracy"): _share("test_accuracy"),
    N_("Validation accuracy"): _share("val_accuracy"),
    N_("File"): _mean("size_bytes", numbers.size),
    N_("Weights not zero"): _mean("nonzero", numbers.count),
    N_("Parameters"): lambda row: numbers.count(row["parameters"]),
    N_("FLOPs"): lambda row: numbers.count(row["flops"]),
    N_("Latency, 1 example"): _latency("1"),
    N_("Latency, 256 examples"): _latency("256"),
    N_("Agrees with teacher"): _share("agreement"),
    N_("KL to teacher"): lambda row: "–" if row["kl"] is None else numbers.nats(interval(row["kl"])),
    N_("Calibration error"): _share("ece"),
}
