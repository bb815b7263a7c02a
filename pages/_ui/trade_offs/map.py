"""The map: every cell in the colour of a measure, and one cell looked at closer."""

import streamlit as st

from kdcore.events import ENDS, Row
from kdcore.experiment import Experiment, written
from kdcore.figures import cell, cells, heat, numbers, soft_labels, theme
from kdcore.figures.cells import MEASURES, Place
from kdcore.figures.heat import written_out
from kdcore.interval import interval
from kdcore.measure.verdict import sentence, verdict
from kdcore.words import N_, _
from pages._ui import status
from pages._ui.list_of import list_of
from pages._ui.one_of import one_of
from pages._ui.runs import Shown
from pages._ui.still import still
from pages._ui.trade_offs.address import FREE, Address, look

VIEWS = {  # of a map; a free sweep may have networks of many sizes, and so two more
    "val_accuracy": N_("Accuracy"),
    "gain": N_("Gain over labels alone"),
    "val_loss": N_("Loss"),
    "agreement": N_("Agreement"),
    "kl": N_("KL"),
    "ece": N_("Calibration error"),
}
SIZES = {"parameters": N_("Parameters"), "flops": N_("FLOPs")}
LANES = {lane: role.title for lane, role in theme.ROLES.items()}
SO_FAR = N_("Best so far of {done} finished cells on validation examples: {where}, {accuracy} right.")
BEST = N_(
    "Best of {cells} cells on validation examples: {where}. It was then tested once: {accuracy} of the test examples "
    "right. {verdict}"
)
HOW = N_(
    "The cell is chosen by validation examples. Chosen among many it looks a little better there than it is, and so "
    "the numbers told here are of test examples, which had no part in choosing. ±: 95 % interval over seeds."
)


def show(asked: Address, shown: Shown) -> None:
    """The verdict, the map beside the numbers of one cell, and that cell's curves and soft labels."""
    rows, lane, measure = shown.rows, _lane(asked, shown.rows), _measure(asked)
    if told := gist(rows, lane):
        st.markdown(f"**{told}**", help=_(HOW))
    views = VIEWS | SIZES if asked.question == FREE else VIEWS
    one_of(_("Colour"), views, measure, "trade.measure", lambda other: look(measure=other), is_named=False)
    lanes = cells.lanes(rows)
    if len(lanes) > 2:
        names = {each: LANES[each] for each in lanes}
        one_of(_("Of the"), names, lane, "trade.lane", lambda other: look(lane=other))
    where = looked_at(asked, rows, lane)
    if asked.view.cell not in (None, str(where)):
        _missing(asked, shown)
    has_panels = "panel" in cells.axes(rows)
    left, right = (st.container(), st.container()) if has_panels else st.columns([3, 2], gap="medium")
    with left:

        def picked(spot: list[float]) -> None:
            if place := heat.at(rows, *spot):
                look(cell=str(place))

        still(heat, _map, shown, measure, lane, where, on_pick=picked)
        st.caption(status.origin(shown))
    with right:
        _choose(rows, where)
        st.table(numbers_of(rows, where))
        if chosen := experiment(shown, where):
            st.page_link("distil.py", label=_("Train this on the Distil page"), query_params=chosen.to_query())
    st.subheader(_("One cell: {where}").format(where=cells.described(rows, where)))
    still(cell, _one, shown, where)
    if cell.examples(rows, where):
        still(soft_labels, _answers, shown, where)
        st.caption(
            _("The four validation examples of which the teacher of seed 0 is least sure, and that seed's networks.")
        )


def gist(rows: tuple[Row, ...], lane: str = "distilled") -> str:
    """The best cell on validation examples, and once the sweep is over what its test examples say; nothing before a
    cell is finished."""
    best, told = cells.best(rows, lane), cells.cells(rows)
    if best is None:
        return ""
    where = cells.described(rows, cells.place(best))
    if rows[-1]["event"] not in ENDS:
        done = sum(row.get("done", False) for row in told.values())
        accuracy = numbers.percent(interval(cells.values(best, "val_accuracy", lane)))
        return _(SO_FAR).format(done=done, where=where, accuracy=accuracy)
    ours, theirs = (cells.values(best, "test_accuracy", each) for each in (lane, cells.BASELINE))
    verdict_ = sentence(verdict(theirs, ours)) if lane != cells.BASELINE else ""
    accuracy = numbers.percent(interval(ours))
    return _(BEST).format(cells=len(told), where=where, accuracy=accuracy, verdict=verdict_).strip()


def looked_at(asked: Address, rows: tuple[Row, ...], lane: str) -> Place:
    """The cell of the address where it was told of, else the best, else the first."""
    best = cells.best(rows, lane)
    return cells.find(rows, asked.view.cell) or (cells.place(best) if best else next(iter(cells.cells(rows))))


def experiment(shown: Shown, where: Place) -> Experiment | None:
    """The experiment that a cell is."""
    return next((each.experiment for each in shown.order.cells() if Place(*each[:-1]) == where), None)


def numbers_of(rows: tuple[Row, ...], where: Place) -> dict[str, dict[str, str]]:
    """A line a measure, a column a lane."""
    row = cells.cells(rows)[where]
    of_lanes = {name: told for name, told in MEASURES.items() if told.of_lanes and name != "gain"}
    return {
        _(LANES[lane]): {
            _(each.title): written_out(cells.measure(row, name, lane), name) for name, each in of_lanes.items()
        }
        | {_(MEASURES["gain"].title): written_out(cells.gain(row, lane), "gain") if lane != cells.BASELINE else "–"}
        for lane in row["val_accuracy"]
    }


def _lane(asked: Address, rows: tuple[Row, ...]) -> str:
    """Whose students the map shows: those of the address where there are such."""
    return asked.view.lane if asked.view.lane in cells.lanes(rows) else "distilled"


def _measure(asked: Address) -> str:
    known = VIEWS | SIZES if asked.question == FREE else VIEWS
    return asked.view.measure if asked.view.measure in known else "val_accuracy"


def _choose(rows: tuple[Row, ...], where: Place) -> None:
    """Lists to choose a cell from, for those who do not click it."""
    named = cells.axes(rows)
    for column, (name, axis) in zip(st.columns(len(named)), named.items(), strict=True):
        list_of(
            cells.title(axis.setting),
            axis.values,
            getattr(where, name),
            f"trade.cell.{name}",
            lambda value, name=name: look(cell=str(where._replace(**{name: value}))),
            written,
            _("Or click the cell."),
            column,
        )


def _missing(asked: Address, shown: Shown) -> None:
    """The cell of the address is not on the map: not yet, or not at all."""
    is_over = shown.key == asked.chosen.key and not shown.is_live
    words = N_("Ignored in the address: there is no cell “{cell}” on this map.")
    later = N_("The cell “{cell}” is not measured yet; until then, another one is shown.")
    st.warning(_(words if is_over else later).format(cell=asked.view.cell))


def _map(shown: Shown, measure: str, lane: str, where: Place) -> tuple[tuple[Row, ...], str, str, Place]:
    return shown.rows, measure, lane, where


def _one(shown: Shown, where: Place) -> tuple[tuple[Row, ...], Place]:
    return shown.rows, where


def _answers(shown: Shown, where: Place) -> tuple[list[Row]]:
    return (cell.examples(shown.rows, where),)
