"""A CSV file is brought: looked at, its label chosen, and kept as data to learn from."""

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import TypeVar

import pandas as pd
import streamlit as st

from kdcore.data import columns, sheet
from kdcore.data.examples import DataProblem, Examples
from kdcore.data.sheet import Sheet
from kdcore.words import _
from pages._ui.own.kept import keep

SHOWN = 5  # rows of the table, to see what it is
LONGEST_CELL = 60  # letters of a cell that are shown

Made = TypeVar("Made")


def table() -> None:
    """The file, what is in it, what becomes of it, and the button that keeps it."""
    with st.expander(_("What becomes of missing values and text?")):
        st.markdown("\n".join(f"* {rule}" for rule in columns.rules()))
    file = st.file_uploader(
        _("A table as CSV, of {megabytes} MB at most").format(megabytes=sheet.LARGEST_MB),
        key="own.file",
        max_upload_size=sheet.LARGEST_MB,
        help=_("It is read here, and only what is kept below is stored, on the machine that runs this lab."),
    )
    if file is None:
        return
    found = _once("sheet", (file.file_id,), lambda: sheet.read(file.getvalue()))
    if found is None:
        return
    _look(found)
    left, right = st.columns(2)
    with left:
        label = st.selectbox(
            _("Label"),
            options=found.names,
            index=len(found.names) - 1,
            key=f"own.label.{file.file_id}",
            help=_("The column that says what is to be told apart."),
        )
    with right:
        title = st.text_input(_("Title"), value=Path(file.name).stem, key=f"own.title.{file.file_id}", max_chars=40)
    examples = _once("examples", (file.file_id, label), lambda: columns.prepared(found, label))
    if examples is None:
        return
    _tell(examples)
    if st.button(_("Keep these data"), type="primary", key="own.keep"):
        keep(examples, title)


def _once(name: str, what: Hashable, make: Callable[[], Made]) -> Made | None:
    """What is made of the file, once for as long as this visit looks at it; None, and a sentence, where it cannot."""
    if st.session_state.get(f"own.{name}", (None,))[0] != what:
        try:
            st.session_state[f"own.{name}"] = (what, make(), "")
        except DataProblem as problem:
            st.session_state[f"own.{name}"] = (what, None, str(problem))
    _what, made, why = st.session_state[f"own.{name}"]
    if why:
        st.error(why)
    return made


def _look(found: Sheet) -> None:
    """The first rows, as they stand in the file."""
    rows = [[cell[:LONGEST_CELL] for cell in column[:SHOWN]] for column in found.columns]
    st.dataframe(pd.DataFrame(dict(zip(found.names, rows, strict=True))), hide_index=True)
    values = {"rows": len(found.columns[0]), "columns": len(found.names), "shown": len(rows[0])}
    st.caption(_("The first {shown} of {rows:,} rows, {columns} columns.").format(**values))


def _tell(examples: Examples) -> None:
    """What will be learned from: how many examples of which classes, and what was done to which column."""
    rows, features = examples.x.shape
    values = {
        "rows": rows,
        "classes": len(examples.classes),
        "features": features,
        "names": ", ".join(examples.classes),
    }
    st.markdown(_("{rows:,} examples of {classes} classes ({names}), {features} features each.").format(**values))
    if examples.notes:
        st.markdown("\n".join(f"* {note}" for note in examples.notes))
