"""What each lane sees in each class: its softened answer to the examples of a class, averaged.

The row of a true class is the mean of softmax(z / T) over its examples, so it sums to 1. What stands off the diagonal
is what labels do not say, and what a student can learn from the teacher only.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from kdcore.events import LANES
from kdcore.figures import moment, numbers, squares, theme
from kdcore.measure.snapshots import SoftLabels
from kdcore.words import N_, _, decimal

QUESTION = N_("What else does each see in a class?")
FEWEST = 2  # classes: with as many there are only two numbers off the diagonal, and nothing to correlate
EVEN = 1e-9  # probabilities closer than this are equal but for rounding


def figure(soft: SoftLabels, temperature: float, epoch_index: int | None = None) -> go.Figure:
    """A square for each lane: rows are true classes, columns the mean probability of each class."""
    means = moment.means(soft, temperature, epoch_index)
    panels = {
        lane: squares.Panel(100 * mean, _("{share} to the true one").format(share=_to_itself(mean)))
        for lane, mean in means.items()
    }
    return squares.figure(
        _(QUESTION),
        _subtitle(soft, temperature, epoch_index),
        panels,
        [_(name) for name in soft.classes],
        said=_("Believed"),
        hover=_("in %{y} it sees %{z:.1f} % of %{x}"),
        hover_diagonal=_("in %{y} it sees %{z:.1f} % of the true class"),
    )


def reading(soft: SoftLabels, temperature: float, epoch_index: int | None = None) -> str:
    """What the teacher sees most beside the true class, and how much alike the students see."""
    means = moment.means(soft, temperature, epoch_index)
    others = squares.off_diagonal(np.nan_to_num(means["teacher"]))
    true, seen = np.unravel_index(others.argmax(), others.shape)
    sentence = _(
        "At T = {temperature} the teacher sees {share} of {seen} in {true}, the most beside a true class{more}."
    )
    return sentence.format(
        temperature=numbers.significant(temperature),
        share=numbers.percent(others[true, seen]),
        seen=_(soft.classes[seen]),
        true=_(soft.classes[true]),
        more=_copied(means) if len(soft.classes) > FEWEST else "",
    )


def table(soft: SoftLabels, temperature: float, epoch_index: int | None = None) -> pd.DataFrame:
    """Every mean probability."""
    return pd.DataFrame(
        [
            {
                _("Lane"): _(theme.ROLES[lane].title),
                _("True class"): _(soft.classes[true]),
                _("Class"): _(name),
                _("Mean probability"): mean[true, k],
            }
            for lane, mean in moment.means(soft, temperature, epoch_index).items()
            for true in range(len(soft.classes))
            for k, name in enumerate(soft.classes)
        ]
    )


def _subtitle(soft: SoftLabels, temperature: float, epoch_index: int | None) -> str:
    text = _("mean probability at temperature {temperature}, {when}")
    return text.format(temperature=numbers.significant(temperature), when=moment.when(soft, epoch_index))


def _to_itself(mean: np.ndarray) -> str:
    return numbers.percent(np.nanmean(mean.diagonal()))


def _copied(means: Mapping[str, np.ndarray]) -> str:
    """How alike the students' matrices are to the teacher's, as the end of a sentence."""
    phrase = _("{lane} {number}")
    parts = [
        phrase.format(lane=_(theme.ROLES[lane].label), number=_correlation(means["teacher"], means[lane]))
        for lane in LANES[1:]
    ]
    return _("; off the diagonal its matrix correlates with those of the students: {parts}").format(
        parts=", ".join(parts)
    )


def _correlation(teacher: np.ndarray, student: np.ndarray) -> str:
    """Of two matrices off their diagonals: 1 where all that labels do not say is copied; none where all is even."""
    outside = ~np.eye(len(teacher), dtype=bool) & ~np.isnan(teacher)
    one, other = teacher[outside], student[outside]
    if min(np.ptp(one), np.ptp(other)) < EVEN:
        return "–"
    return decimal(np.corrcoef(one, other)[0, 1], 2)
