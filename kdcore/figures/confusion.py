"""Which classes each lane takes for which: of each true class, the share that was given each name."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from kdcore.events import LANES, Row, compared, first, latest
from kdcore.figures import numbers, squares, theme
from kdcore.words import N_, _

QUESTION = N_("Which classes are confused?")


def figure(rows: Sequence[Row]) -> go.Figure:
    """A square for each lane: rows are true classes, columns what the lane said. Test examples of all seeds."""
    data = _data(rows)
    if data is None:
        return theme.waiting(_(QUESTION))
    panels = {
        lane: squares.Panel(_shares(counts), numbers.percent(counts.trace() / counts.sum()), counts)
        for lane, counts in ((lane, np.array(data[lane])) for lane in compared(data))
    }
    return squares.figure(
        _(QUESTION),
        _("share of each true class that was given another name"),
        panels,
        theme.class_names(data),
        said=_("Said"),
        hover=_("%{y} taken for %{x}: %{customdata} times, %{z:.1f} % of its class"),
        hover_diagonal=_("%{y} told right: %{customdata} times, %{z:.1f} % of its class"),
    )


def reading(rows: Sequence[Row]) -> str:
    """The most frequent mistake of each lane."""
    data = _data(rows)
    if data is None:
        return theme.later()
    parts = [_worst(lane, np.array(data[lane]), theme.class_names(data)) for lane in compared(data)]
    return _("Most frequent mistakes: {parts}.").format(parts="; ".join(parts))


def table(rows: Sequence[Row]) -> pd.DataFrame:
    """Every answer that was given, how often, and as what share of its true class."""
    data = _data(rows) or {"classes": ()} | dict.fromkeys(LANES, ())
    names = theme.class_names(data)
    return pd.DataFrame(
        [
            {
                _("Lane"): _(theme.ROLES[lane].title),
                _("True class"): names[true],
                _("Said"): names[said],
                _("Times"): times,
                _("Share"): times / sum(counts),
            }
            for lane in compared(data)
            for true, counts in enumerate(data[lane])
            for said, times in enumerate(counts)
            if times
        ]
    )


def _data(rows: Sequence[Row]) -> dict | None:
    snapshot = first(latest(rows), "snapshot", name="confusion")
    return snapshot and snapshot["data"]


def _shares(counts: np.ndarray) -> np.ndarray:
    """Each answer as a share of its true class, in per cent."""
    return 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)


def _worst(lane: str, counts: np.ndarray, names: Sequence[str]) -> str:
    """The lane's most frequent mistake as a phrase."""
    shares = squares.off_diagonal(_shares(counts))
    true, said = np.unravel_index(shares.argmax(), shares.shape)
    if not shares[true, said]:
        return _("{lane} none").format(lane=_(theme.ROLES[lane].label))
    phrase = _("{lane} takes {true} for {said} ({share})")
    share = numbers.percent(shares[true, said] / 100)
    return phrase.format(lane=_(theme.ROLES[lane].label), true=names[true], said=names[said], share=share)
