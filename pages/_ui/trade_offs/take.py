"""What can be taken away of a sweep: its table, and a notebook that draws the same picture from it."""

import io
import json
from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from kdcore.events import Row, first
from kdcore.figures import cells
from kdcore.words import _
from pages._ui.downloads import as_json, button
from pages._ui.runs import Shown
from pages._ui.trade_offs import notebook
from pages._ui.trade_offs.address import MAPS, TITLES, Address

MEASURES = ("val_accuracy", "test_accuracy", "val_loss", "agreement", "kl", "ece")


def take(asked: Address, shown: Shown) -> None:
    """A button for each; what it holds is made when it is pressed."""
    code = notebook.heat if asked.question in MAPS else notebook.lines
    named = [axis.setting for axis in cells.axes(shown.rows).values()]
    offer(shown, lambda: table(shown.rows), lambda: code(named), _(TITLES[asked.question]))


def offer(shown: Shown, make_table: Callable[[], pd.DataFrame], make_code: Callable[[], list[str]], title: str) -> None:
    """Give away a table of students, as `make_table` makes it, with the code of a notebook that draws it."""
    name = f"distillery-{shown.key}"
    st.subheader(_("Take it away"))
    with st.container(horizontal=True):
        button(_("Table as CSV"), f"{name}.csv", lambda: make_table().to_csv(index=False))
        button(_("Table as Parquet"), f"{name}.parquet", lambda: parquet(make_table()))
        button(_("Rows as JSON"), f"{name}.json", lambda: as_json(shown.rows))
        button(_("Notebook"), f"{name}.ipynb", lambda: notebook.write(title, about(shown), f"{name}.csv", make_code()))
    st.caption(
        _(
            "A line of the table is one student. The notebook draws this picture from the CSV beside it. To share what "
            "you see, send the address of this page: it holds all of it."
        )
    )


def table(rows: Sequence[Row]) -> pd.DataFrame:
    """A line for each student of each cell, and what was measured of it; names are those of settings and events."""
    named, teachers = cells.axes(rows), cells.teachers(rows)
    lines = []
    for where, row in cells.cells(rows).items():
        settings = {axis.setting: getattr(where, name) for name, axis in named.items()}
        teacher = teachers.get(row.get("group"), {})
        for lane, accuracy in row["val_accuracy"].items():
            for seed in range(len(accuracy)):
                told = {name: row[name][lane][seed] for name in MEASURES if lane in (row.get(name) or {})}
                told |= {name: row[name] for name in ("parameters", "flops") if name in row}
                lost = {"diverged": seed in row["diverged"]}
                if teacher:
                    told |= {f"teacher_{name}": teacher[name][seed] for name in ("val_accuracy", "test_accuracy")}
                lines.append({**settings, "lane": lane, "seed": seed, "epoch": row["epoch"], **lost, **told})
    return pd.DataFrame(lines)


def parquet(frame: pd.DataFrame) -> bytes:
    """The table as a Parquet file; a column of numbers and words becomes one of words."""
    mixed = {name: str for name in frame if frame[name].map(type).eq(str).any()}
    buffer = io.BytesIO()
    frame.astype(mixed).to_parquet(buffer, engine="pyarrow", index=False)
    return buffer.getvalue()


def about(shown: Shown) -> str:
    """Where the numbers come from, as text for the notebook."""
    started = first(shown.rows, "started")
    order = json.dumps(shown.order.model_dump(mode="json"), indent=1)
    return f"{started['machine']}, {started['date']}, key {shown.key}\n\n```json\n{order}\n```"
