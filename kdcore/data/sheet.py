"""Reading a CSV file that a person brings: what is no table is refused with a sentence, before it costs time or memory.

What becomes of the cells of a table is the matter of `columns`.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kdcore.data.examples import MOST_ROWS, DataProblem, plain
from kdcore.words import N_, _

LARGEST_MB = 5
MOST_COLUMNS = 200
SEPARATORS = ",;\t"
BINARY = {  # how files begin that are no text
    b"PK": N_("it is a zip file, as those of Excel are, too; save the table as CSV"),
    b"\x1f\x8b": N_("it is packed with gzip; unpack it first"),
    b"\xff\xfe": N_("it is written as UTF-16; save it as CSV in UTF-8"),
    b"\xfe\xff": N_("it is written as UTF-16; save it as CSV in UTF-8"),
}


@dataclass(frozen=True, eq=False)
class Sheet:
    """A table of text: the names of the columns, none twice, and the cells of each, without blanks around them."""

    names: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    separator: str


def read(content: bytes) -> Sheet:
    """The table in a CSV file. Raises DataProblem with what is wrong and what would help."""
    text = _decoded(content)
    separator = max(SEPARATORS, key=text.partition("\n")[0].count)  # what stands most often in the first line
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        header = _header(next(lines))
        cells = [line for line in _checked(lines, len(header)) if line]
    except csv.Error as error:
        raise refused(_("line {line} cannot be read ({why})").format(line=lines.line_num, why=error)) from error
    if not cells:
        raise refused(_("it has a first line with the names of the columns, and no other"))
    return Sheet(header, tuple(zip(*cells, strict=True)), separator)


def refused(why: str) -> DataProblem:
    """What is wrong with a file, in a sentence."""
    return DataProblem(_("This file cannot be used: {why}.").format(why=why))


def apart(names: Sequence[str]) -> tuple[str, ...]:
    """The names, and where one of them stood there before, its place beside it."""
    found: dict[str, None] = {}
    for place, name in enumerate(names, 1):
        found[name if name not in found else f"{name} ({place})"] = None
    return tuple(found)


def _decoded(content: bytes) -> str:
    """The text of a file. Raises DataProblem for what is no text, or too long."""
    if len(content) > 1e6 * LARGEST_MB:
        raise refused(_("it has more than {most} MB").format(most=LARGEST_MB))
    if not content.strip():
        raise refused(_("it is empty"))
    if why := next((why for start, why in BINARY.items() if content.startswith(start)), None):
        raise refused(_(why))
    try:
        text = content.decode("utf-8-sig").strip("\r\n")
    except UnicodeDecodeError:
        raise refused(_("it is no text in UTF-8; save it as CSV in UTF-8")) from None
    if "\0" in text:
        raise refused(_("it is no text; save the table as CSV"))
    return text


def _header(line: Sequence[str]) -> tuple[str, ...]:
    """The names of the columns, as they may be shown. Raises DataProblem where they are too many or too few."""
    if len(line) > MOST_COLUMNS:
        raise refused(_("it has {n:,} columns, and at most {most} are read").format(n=len(line), most=MOST_COLUMNS))
    if len(line) < 2:
        raise refused(_("it has one column, and needs a label and at least one more, with commas between them"))
    return apart([plain(told) or _("column {n}").format(n=place) for place, told in enumerate(line, 1)])


def _checked(lines: "csv._reader", columns: int) -> Iterator[list[str]]:
    """The lines of a table, each with so many cells; empty ones stay. Raises DataProblem."""
    for place, line in enumerate(lines, 1):
        if place > MOST_ROWS:
            raise refused(_("it has more than {most:,} rows").format(most=MOST_ROWS))
        if line and len(line) != columns:
            words = _("the number of cells in line {line} is {n}, and the first line names {columns} columns")
            raise refused(words.format(line=lines.line_num, n=len(line), columns=columns))
        yield [cell.strip() for cell in line]
