"""What becomes of the cells of a table: numbers and columns of 0 and 1, for which `RULES` states the rule.

The rule is shown beside the file, and what it did to each column is told in the `notes` of the examples.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from kdcore.data.examples import MOST_CLASSES, MOST_FEATURES, MOST_ROWS, Examples, check_classes, plain
from kdcore.data.sheet import LARGEST_MB, MOST_COLUMNS, Sheet, apart, refused
from kdcore.words import N_, _, ngettext

MOST_VALUES = 20  # of a column of text that is kept
LARGEST = 1e30  # a number; the square of a larger one might not fit into a float
MISSING = frozenset(("", "na", "n/a", "nan", "null", "none", "?", "-"))
RULES = (
    N_(
        "The first line names the columns. Commas, semicolons or tabs stand between them; with semicolons, a comma in "
        "a number is its decimal point."
    ),
    N_("An example without a label is left out. Empty cells, NA, NaN, null, none, ? and - count as missing."),
    N_(
        "A missing number becomes the median of its column, and every column of numbers is put on one scale: less its "
        "mean, divided by its standard deviation. Median, mean and deviation are those of the training examples."
    ),
    N_(
        "A column of text with at most {values} different values becomes a column of 0 and 1 for each of them, all 0 "
        "where the text is missing. One with more, and a column in which nothing varies, is left out."
    ),
    N_("Signs that a page would take for its own, such as < and >, are shown as others that look alike."),
    N_(
        "At most {megabytes} MB, {rows:,} rows, {columns} columns and {classes} classes. A fifth of the rows is kept "
        "for the test, a fifth for validation; the others are for training."
    ),
)


@dataclass
class _Found:
    """What came of columns: those of numbers, those of 0 and 1, and what is to be told of them."""

    numbers: list[tuple[str, np.ndarray]] = field(default_factory=list)
    flags: list[tuple[str, np.ndarray]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def rules() -> list[str]:
    """What becomes of cells, in sentences."""
    limits = {"megabytes": LARGEST_MB, "rows": MOST_ROWS, "columns": MOST_COLUMNS, "classes": MOST_CLASSES}
    return [_(rule).format(values=MOST_VALUES, **limits) for rule in RULES]


def prepared(sheet: Sheet, label: str) -> Examples:
    """The examples of a table whose column `label` says what is to be told apart. Raises DataProblem."""
    told = sheet.columns[sheet.names.index(label)]
    rows = [row for row, cell in enumerate(told) if not _is_missing(cell)]
    known = sorted({told[row] for row in rows}, key=_as_counted)
    classes = apart([plain(name) for name in known])
    place = {name: k for k, name in enumerate(known)}
    y = np.array([place[told[row]] for row in rows], dtype=np.int64)
    check_classes(y, classes)
    found = _Found()
    if n := len(told) - len(rows):
        words = ngettext("{n} row has no label and is left out.", "{n} rows have no label and are left out.", n)
        found.notes.append(words.format(n=n))
    for name, column in zip(sheet.names, sheet.columns, strict=True):
        if name != label:
            _add(found, name, [column[row] for row in rows], sheet.separator)
    columns = found.numbers + found.flags
    if not columns:
        raise refused(_("beside “{label}” it has no column to learn from").format(label=label))
    if len(columns) > MOST_FEATURES:
        words = _("with its text as columns of 0 and 1 it has {n} columns; at most {most} are learned from")
        raise refused(words.format(n=len(columns), most=MOST_FEATURES))
    x = np.column_stack([values for _name, values in columns]).astype(np.float64)
    return Examples(x, y, classes, apart([name for name, _ in columns]), len(found.numbers), tuple(found.notes))


def _add(found: _Found, name: str, cells: Sequence[str], separator: str) -> None:
    """What becomes of one column. Raises DataProblem where it holds numbers that are none."""
    values = _numbers(cells, separator)
    if values is None:
        _add_text(found, name, cells, separator)
    elif np.nanmin(values) == np.nanmax(values):
        found.notes.append(_("“{name}” is left out: nothing varies in it.").format(name=name))
    else:
        found.numbers.append((name, _checked(name, values)))
        if n := int(np.isnan(values).sum()):
            words = ngettext(
                "“{name}”: {n} missing number becomes the median of the column.",
                "“{name}”: {n} missing numbers become the median of the column.",
                n,
            )
            found.notes.append(words.format(name=name, n=n))


def _add_text(found: _Found, name: str, cells: Sequence[str], separator: str) -> None:
    """A column of text, or of nothing at all."""
    counted = [value for value, _count in Counter(cell for cell in cells if not _is_missing(cell)).most_common()]
    if len(counted) < 2:
        words = _("“{name}” is left out: nothing varies in it.")
    elif len(counted) <= MOST_VALUES:
        found.flags += [(plain(f"{name} = {value}"), np.array([cell == value for cell in cells])) for value in counted]
        words = _("“{name}”: text, now a column of 0 and 1 for each of its {n} values.")
    else:
        words = _("“{name}” is left out: text with {n} different values, such as “{text}”.")
    text = next((value for value in counted if _numbers([value], separator) is None), "")
    found.notes.append(words.format(name=name, n=len(counted), text=plain(text)))


def _is_missing(cell: str) -> bool:
    return cell.casefold() in MISSING


def _numbers(cells: Sequence[str], separator: str) -> np.ndarray | None:
    """A column of numbers, NaN where one is missing; None where something in it is text, or all is missing."""
    try:
        found = [np.nan if _is_missing(cell) else _number(cell, separator) for cell in cells]
    except ValueError:
        return None
    return None if np.isnan(found).all() else np.array(found)


def _number(cell: str, separator: str) -> float:
    return float(cell.replace(",", ".") if separator == ";" else cell)


def _checked(name: str, values: np.ndarray) -> np.ndarray:
    """The numbers, unless one is infinite or beyond all use."""
    is_wild = np.abs(values) > LARGEST
    if is_wild.any():
        words = _("“{name}” holds {value:g}, and numbers must lie between {low:g} and {high:g}")
        raise refused(words.format(name=name, value=values[is_wild][0], low=-LARGEST, high=LARGEST))
    return values


def _as_counted(name: str) -> tuple[bool, float, str]:
    """An order in which 2 comes before 10, and numbers before words."""
    try:
        return False, float(name), name
    except ValueError:
        return True, 0.0, name
