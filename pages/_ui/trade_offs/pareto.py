"""Pareto: all networks that were measured on the same data, on one plane of accuracy against cost.

It runs nothing. What is compared is filtered; what is clicked is pinned; what is dragged over is listed.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

import streamlit as st
from pydantic import ValidationError

from kdcore import order
from kdcore.compression import Compression
from kdcore.data import catalogue
from kdcore.experiment import Experiment
from kdcore.figures import numbers, pareto
from kdcore.figures.differences import differences
from kdcore.figures.entries import KINDS, TEACHER, Entry
from kdcore.figures.pareto import DRAGS
from kdcore.figures.theme import ROLES
from kdcore.words import N_, _, ngettext
from pages._ui.compress import address as compress_address
from pages._ui.compress.view import View as CompressView
from pages._ui.downloads import button
from pages._ui.language import language
from pages._ui.one_of import one_of
from pages._ui.runs import Shown
from pages._ui.still import still
from pages._ui.trade_offs import address
from pages._ui.trade_offs.address import Address
from pages._ui.trade_offs.gathered import MOST_RUNS as MOST_READ
from pages._ui.trade_offs.gathered import Gathered, gathered
from pages._ui.trade_offs.sought import LONGEST_LABEL, LONGEST_TEXT, MOST_PINS, MOST_RUNS, Sought, read, written
from pages._ui.trade_offs.view import View

AGAINST = {"size_bytes": N_("Bytes"), "flops": N_("Operations"), "latency_ms": N_("Latency")}
BRUSHED = "pareto.brushed"  # the ids of what was dragged over, in the session
MOST_LISTED = 200  # lines of a table to read; a file holds all of them


def show(asked: Address, _shown: Shown | None) -> None:
    """Filters, the plane, and what can be told of the points that were picked on it."""
    sought, ignored = read(asked.view.more)
    for problem in ignored:
        st.warning(_("Ignored in the address: {problem}.").format(problem=problem))
    known = gathered()
    found = _found(known, sought, language())
    _filters(known, found, sought)
    left, right = st.columns(2)
    with left:
        one_of(_("Accuracy against"), AGAINST, sought.against, "pareto.against", lambda to: _look(against=to))
    with right:
        one_of(_("Dragging"), DRAGS, sought.drag, "pareto.drag", lambda to: _look(drag=to))
    still(pareto, _asked, known, sought, language(), on_pick=_picker(found, sought), on_brush=_brush)
    st.caption(
        _("A click pins a network, and another takes the pin away.")
        + " "
        + _("All accuracies are of test examples: the best of many looks better than it would be on others.")
    )
    st.caption(_origin(known, found))
    _pins(known, found, sought)
    mine = _selected(found)
    with st.container(horizontal=True):
        button(_("All points as CSV"), "distillery-points.csv", lambda: pareto.frame(found).to_csv(index=False))
        if mine:
            button(_("The selected as CSV"), "distillery-selected.csv", lambda: pareto.frame(mine).to_csv(index=False))


def _look(**changes: Any) -> None:
    """Other networks, or others of them pinned."""
    sought, _ignored = read(address.current().view.more)
    _go(Sought(**{name: changes.get(name, getattr(sought, name)) for name in Sought.__dataclass_fields__}))


def _go(sought: Sought) -> None:
    address.look(more=written(sought))


@lru_cache(maxsize=32)
def _found(known: Gathered, sought: Sought, _language: str) -> tuple[Entry, ...]:
    """The networks to compare; words are looked for in what is said of them, in the reader's language."""
    return tuple(entry for entry in known.by_data.get(sought.data, ()) if sought.fits(entry))


def _asked(known: Gathered, sought: Sought, language: str) -> tuple[tuple[Entry, ...], str, Any, str]:
    return _found(known, sought, language), sought.against, sought.pins, sought.drag


def _filters(known: Gathered, found: Sequence[Entry], sought: Sought) -> None:
    """What is compared: one data set, and all of it or less. Folded, as all is what one mostly wants."""
    here = known.by_data.get(sought.data, ())
    roles, runs = {entry.role for entry in here}, dict.fromkeys(entry.run for entry in here)
    title = ngettext("Compared: {n} network on {data}", "Compared: {n} networks on {data}", len(found))
    with st.expander(title.format(n=numbers.count(len(found)), data=_(catalogue.facts(sought.data).title))):
        left, right = st.columns(2)
        with left:
            _data(_data_known(known.by_data, sought.data), sought.data)
            _some(_("Runs of"), "kinds", KINDS, sought.kinds, lambda kind: _(KINDS[kind]))
        with right:
            _where(sought.where)
            present = [role for role in ROLES if role in roles]
            _some(_("Networks"), "roles", present, sought.roles, lambda role: _(ROLES[role].label))
        _some(_("Only these runs"), "runs", list(runs), sought.runs, lambda key: _run(known, key), MOST_RUNS)
    for key in sought.runs:
        if key not in known.orders:
            st.warning(_("Ignored in the address: there is no finished run {key} here.").format(key=key))


def _data_known(measured: Collection[str], now: str) -> list[str]:
    """What networks were measured on: data that come with the lab, then a person's own."""
    ordered = [name for name in catalogue.CATALOGUE if name in measured]
    return list(dict.fromkeys([*ordered, *measured, now]))


def _data(options: Sequence[str], now: str) -> None:
    st.session_state["pareto.data"] = now
    st.selectbox(
        _("Data"),
        options,
        format_func=lambda name: _(catalogue.facts(name).title),
        key="pareto.data",
        help=_("Accuracies on other data cannot be compared."),
        on_change=lambda: _look(data=st.session_state["pareto.data"]),
    )


def _where(now: str) -> None:
    st.session_state["pareto.where"] = now
    st.text_input(
        _("Settings"),
        key="pareto.where",
        max_chars=LONGEST_TEXT,
        placeholder="temperature>2",
        help=_("Comparisons such as temperature>2 or student.widths=16, and words; all must be true."),
        on_change=lambda: _look(where=st.session_state["pareto.where"].strip()),
    )


def _some(
    label: str, name: str, options: Any, now: Sequence[str], write: Callable[[str], str], most: int | None = None
) -> None:
    """Any of a few, or none, which is all of them. What the address names is there to be taken away again."""
    key = f"pareto.{name}"
    st.session_state[key] = list(now)
    st.multiselect(
        label,
        list(dict.fromkeys([*options, *now])),
        format_func=write,
        key=key,
        max_selections=most,
        placeholder=_("all"),
        on_change=lambda: _look(**{name: tuple(st.session_state[key])}),
    )


def _run(known: Gathered, key: str) -> str:
    """A run in words."""
    entry = known.by_run.get(key)
    return f"{_(KINDS[entry.kind])}: {entry.run_words} ({key[:4]})" if entry else key


def _picker(found: Sequence[Entry], sought: Sought) -> Callable[[list[float]], None]:
    def picked(spot: list[float]) -> None:
        if id := pareto.clicked(found, sought.against, sought.pins, *spot):
            _go(sought.toggled(id))

    return picked


def _brush(ids: list[str]) -> None:
    st.session_state[BRUSHED] = tuple(ids)


def _pins(known: Gathered, found: Sequence[Entry], sought: Sought) -> None:
    """What is pinned: to be chosen without a click too, with labels of one's own, and where each comes from."""
    shown = {entry.id for entry in found}
    for id, _label in sought.pins:
        if id not in known.by_id:
            st.warning(_("Ignored in the address: no finished run here has measured “{pin}”.").format(pin=id))
        elif id not in shown:
            words = _("{pin} is pinned, but is not among the networks that are compared now.")
            st.caption(words.format(pin=known.by_id[id].label))
    near = [*(id for id in st.session_state.get(BRUSHED, ()) if id in shown), *pareto.best(found, sought.against)]
    ids = [id for id, _label in sought.pins]
    key = "pareto.pins"
    st.session_state[key] = ids
    st.multiselect(
        _("Pinned"),
        list(dict.fromkeys([*ids, *near[:MOST_LISTED]])),
        format_func=lambda id: _described(known, id),
        key=key,
        max_selections=MOST_PINS,
        help=_("Click a point to pin it, or choose here of the best and of what is selected."),
        on_change=lambda: _go(sought.pinned(st.session_state[key])),
    )
    if mine := [(id, own) for id, own in sought.pins if id in known.by_id]:
        with st.expander(_("Labels of the pinned, and their runs")):
            for id, own in mine:
                _pin(known, sought, id, own)


def _pin(known: Gathered, sought: Sought, id: str, own: str) -> None:
    """One pinned network: its label, and the page of its run."""
    entry, key = known.by_id[id], f"pareto.label.{id}"
    st.session_state[key] = own
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        st.text_input(
            _described(known, id),
            key=key,
            max_chars=LONGEST_LABEL,
            placeholder=entry.label,
            on_change=lambda: _go(sought.labelled(id, st.session_state[key])),
        )
    with right, suppress(ValidationError):  # of an older lab, that is not found by its settings any more
        page, query = _page(known, entry)
        st.page_link(page, label=_("Open its run"), query_params=query)


def _page(known: Gathered, entry: Entry) -> tuple[str, dict[str, str]]:
    """Where the run of an entry is shown, and the address of it there. Raises pydantic's ValidationError."""
    asked = order.read(known.orders[entry.run])
    if isinstance(asked, Experiment):
        return "distil.py", asked.to_query()
    if isinstance(asked, Compression):
        name = "" if entry.name == TEACHER else entry.name
        return "compress.py", compress_address.written(asked, CompressView(variant=name))
    place, _bar, lane = entry.name.partition("|")
    return "trade_offs.py", address.written(address.FREE, asked, View(cell=place, lane=lane))


def _described(known: Gathered, id: str) -> str:
    """A network and its run in words; its id where it is not known."""
    entry = known.by_id.get(id)
    return f"{entry.label} ({' · '.join([_(KINDS[entry.kind]), *differences(entry.settings)])})" if entry else id


def _selected(found: Sequence[Entry]) -> list[Entry]:
    """A table of what was dragged over, and all of that."""
    shown = {entry.id: entry for entry in found}
    mine = [shown[id] for id in st.session_state.get(BRUSHED, ()) if id in shown]
    if not mine:
        st.caption(_("Drag over points to list them here. The address keeps filters and pins, but not this list."))
        return []
    words = ngettext("{n} network is selected.", "{n} networks are selected.", len(mine)).format(n=len(mine))
    if len(mine) > MOST_LISTED:
        words += " " + _("The first {most} are listed; the file has all.").format(most=MOST_LISTED)
    st.caption(words)
    st.dataframe(pareto.told(mine[:MOST_LISTED]), hide_index=True)
    return mine


def _origin(known: Gathered, found: Sequence[Entry]) -> str:
    """Where the networks were measured, and whether these are all."""
    recorded = sum(entry.run in known.recorded for entry in found)
    words = _("{here} of these were measured in this lab, {recorded} are of recorded runs that came with it.")
    told = words.format(here=numbers.count(len(found) - recorded), recorded=numbers.count(recorded))
    if known.is_cut:
        told += " " + _("Only the newest {n} runs of the store are looked at.").format(n=numbers.count(MOST_READ))
    return told
