"""What is asked of the same rows again is not worked out again."""

import sweep_rows

from kdcore.figures import cells


def test_the_same_rows_are_answered_at_once_and_others_anew():
    rows = tuple(sweep_rows.rows())
    assert cells.cells(rows) is cells.cells(rows)
    fewer = tuple(row for row in rows if row.get("x") != 4)
    assert cells.cells(fewer) != cells.cells(rows)
    growing = list(fewer)
    before = cells.cells(growing)
    growing[:] = rows
    assert cells.cells(growing) == cells.cells(rows) != before
