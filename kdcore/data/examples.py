"""A person's own examples, ready to be kept: numbers and labels, and what they are called.

Which examples are for training is decided by an experiment, whose data seed splits them. So what has to be learned from
training examples, their medians and their spread, is learned then: see `scaled`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kdcore.words import _

FEWEST, MOST_CLASSES = 5, 20  # examples of a class, so that each part has one; and classes
MOST_ROWS, MOST_FEATURES = 50_000, 200
LONGEST_NAME = 40  # letters

_LOOK_ALIKES = str.maketrans("<>&[]*`$\\|~^", "‹›＆❲❳∗ˋ＄＼∣∼ˆ")


class DataProblem(ValueError):
    """Own data that cannot be used: its text is the sentence to show."""


@dataclass(frozen=True, eq=False)
class Examples:
    """x (rows, features), float64, with NaN where a number is missing, and y (rows,), int64, places in `classes`.

    `columns` names the features; the first `numbers` of them are numbers of all sizes, which `scaled` puts on one
    scale, the others 0 or 1. `notes` tells in sentences what became of rows and columns that were not plain numbers.
    """

    x: np.ndarray
    y: np.ndarray
    classes: tuple[str, ...]
    columns: tuple[str, ...]
    numbers: int
    notes: tuple[str, ...] = ()


def of_points(points: Sequence[tuple[float, float, int]], classes: int) -> Examples:
    """Points of the plane as examples: each has two coordinates and its class, from 0. Raises DataProblem."""
    names, values = tuple("ABCDE"[:classes]), np.array(points).reshape(-1, 3)
    y = values[:, 2].astype(np.int64)
    check_classes(y, names)
    return Examples(values[:, :2], y, names, ("x", "y"), numbers=2)


def check_classes(y: np.ndarray, classes: Sequence[str]) -> None:
    """Refuse labels (rows,), places in `classes`, that nothing can be learned from. Raises DataProblem."""
    if len(classes) < 2:
        if not classes:
            raise DataProblem(_("No example has a label in this column; choose another as the label."))
        sentence = _("There is no second class beside “{found}”: at least two are needed, to be told apart.")
        raise DataProblem(sentence.format(found=classes[0]))
    if len(classes) > MOST_CLASSES:
        sentence = _("The label has {n:,} different values, and at most {most} classes are told apart; choose another.")
        raise DataProblem(sentence.format(n=len(classes), most=MOST_CLASSES))
    counts = np.bincount(y, minlength=len(classes))
    if counts.min() < FEWEST:
        sentence = _(
            "Class “{name}” has {n} of the examples, and each needs at least {fewest}: "
            "for training, for validation and for the test."
        )
        raise DataProblem(sentence.format(name=classes[counts.argmin()], n=counts.min(), fewest=FEWEST))


def plain(text: str) -> str:
    """A name as it may stand anywhere on a page: one short line, and letters that HTML, Markdown or a formula would
    take for their own changed for others that look alike: '<script>' is '‹script›'."""
    printed = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printed.split())[:LONGEST_NAME].strip().translate(_LOOK_ALIKES)


def scaled(train: np.ndarray, numbers: int, *others: np.ndarray) -> list[np.ndarray]:
    """Training examples and others, all (rows, features), with nothing missing and numbers on one scale.

    A missing number becomes the median of its column; then each of the first `numbers` columns is less its mean and
    divided by its standard deviation, unless that is 0. Median, mean and deviation are those of the training examples.
    Columns of 0 and 1 stay as they are. A column without any number among the training examples is 0 there.
    """
    is_known = ~np.isnan(train).all(axis=0)
    middle = np.zeros(train.shape[1])
    middle[is_known] = np.nanmedian(train[:, is_known], axis=0)
    whole = [np.where(np.isnan(x), middle, x) for x in (train, *others)]
    mean, spread = whole[0].mean(axis=0), whole[0].std(axis=0)
    mean[numbers:], spread[numbers:] = 0, 1
    return [(x - mean) / np.where(spread == 0, 1, spread) for x in whole]
