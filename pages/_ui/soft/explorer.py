"""One example at one temperature and one epoch: chosen or drawn, looked at, and taken apart."""

import numpy as np
import streamlit as st

from kdcore.events import LANES
from kdcore.experiment import Experiment
from kdcore.figures import answer as figures
from kdcore.figures import numbers
from kdcore.measure.snapshots import SoftLabels
from kdcore.softness import ORDERS, by_class
from kdcore.words import N_, _
from pages._ui.pictures import behind
from pages._ui.runs import Shown
from pages._ui.soft import drawing, view
from pages._ui.soft.answer import answer
from pages._ui.soft.closer import closer
from pages._ui.soft.points import points
from pages._ui.soft.table_row import table_row
from pages._ui.soft.thumbnails import thumbnails
from pages._ui.soft.view import View

SOURCES = {"examples": N_("Examples"), "draw": N_("Draw a digit")}


@st.fragment
def explorer(shown: Shown, soft: SoftLabels, chosen: Experiment) -> None:
    """Everything that depends on the example, the temperature or the epoch; nothing else is drawn anew with it.

    `chosen` is what the address says, which may still be to be run.
    """
    now, ignored = view.current(soft, shown.experiment, chosen)
    for problem in ignored:
        st.warning(_("Ignored in the address: {problem}.").format(problem=problem))
    st.markdown(f"**{_gist(soft, now.soften)}**")
    left, right = st.columns([2, 3], gap="medium")
    with left:
        is_drawing = drawing.can_draw(shown.experiment) and _source() == "draw"
        drawn = drawing.draw(shown.experiment, now.drawn, lambda text: view.change(drawn=text)) if is_drawing else None
        if not is_drawing:
            _choose(shown, soft, now)
    with right:
        if drawn is not None:
            _answers_to_drawn(shown, soft, drawn, now)
        elif is_drawing:
            st.info(_("Draw a digit, and all three answer while you draw."))
        else:
            place = now.place(soft)
            _answers(_over(soft, place), int(soft.label[place]), soft, now)
    closer(soft, shown.experiment, now, is_drawing)


def _gist(soft: SoftLabels, temperature: float) -> str:
    """The page's answer in a sentence: how much the teacher says of other classes, and how unevenly."""
    beliefs = by_class(soft.teacher, soft.label, temperature)
    others = np.where(np.eye(len(beliefs), dtype=bool), np.nan, beliefs)
    spread = float(np.nansum(others, axis=1).mean())
    true, likest = np.unravel_index(np.nanargmax(others), others.shape)
    values = {"temperature": numbers.significant(temperature), "spread": numbers.percent(spread)}
    values |= {"true": _(soft.classes[true]), "likest": _(soft.classes[likest])}
    values |= {"most": numbers.percent(others[true, likest])}
    if len(soft.classes) == 2:
        sentence = _(
            "How sure it is: at temperature T = {temperature} it gives {spread} to the other class on average."
        )
        return sentence.format(**values)
    unlikest = int(np.nanargmin(others[true]))
    values |= {"unlikest": _(soft.classes[unlikest]), "least": numbers.percent(others[true, unlikest])}
    sentence = _(
        "Which classes are alike: at temperature T = {temperature} it gives {spread} to wrong classes on average, but "
        "not evenly: where the answer is {true}, it gives {most} to {likest} and {least} to {unlikest}."
    )
    return sentence.format(**values)


def _source() -> str:
    """Where the example comes from: the validation set, or the reader's hand."""
    st.session_state.setdefault("soft.source", "draw" if st.session_state["soft.view"].drawn else "examples")
    return st.radio(
        _("Where from"),
        options=list(SOURCES),
        format_func=lambda source: _(SOURCES[source]),
        key="soft.source",
        horizontal=True,
        on_change=lambda: view.change(drawn=""),
        label_visibility="collapsed",
    )


def _choose(shown: Shown, soft: SoftLabels, now: View) -> None:
    """The examples in the chosen order: thumbnails of pictures, points of the plane, rows of a table."""
    st.session_state["soft.sort"] = now.sort
    st.selectbox(
        _("Order"),
        options=list(ORDERS),
        format_func=lambda sort: _(ORDERS[sort]),
        key="soft.sort",
        on_change=lambda: view.change(sort=st.session_state["soft.sort"]),
        label_visibility="collapsed",
    )
    order = view.order(soft, now.sort)
    if not order:
        st.info(_("There is no such example in this run. Choose another order."))
    if soft.teacher_grid is not None:
        points(soft, order, now)
    elif not shown.experiment.facts.is_image:
        table_row(soft, order, now, shown.experiment.facts)
    elif order:
        arrived = st.session_state["soft.arrived"].place(soft)
        thumbnails(soft, order, arrived, lambda place: view.change(example=int(soft.index[place])))


def _answers_to_drawn(shown: Shown, soft: SoftLabels, drawn: np.ndarray, now: View) -> None:
    """What the networks say to the digit on the pad: they are asked anew at every stroke."""
    given = drawing.answers(shown, drawn)
    if given is None:
        st.warning(_("The networks of this run cannot be read now, and so nobody answers."))
        return
    _answers({lane: logits[None] for lane, logits in given.items()}, None, soft, now)


def _answers(over: dict[str, np.ndarray], label: int | None, soft: SoftLabels, now: View) -> None:
    """The bars of the browser's own, and under them what the page says of them."""
    moment = now.moment(soft)
    answer(over, label, soft.classes, soft.epochs.tolist(), st.session_state["soft.arrived"])
    given = {lane: logits[-1 if moment is None or len(logits) == 1 else moment] for lane, logits in over.items()}
    st.caption(figures.reading(given, label, soft.classes, now.soften))
    behind(figures.table(given, label, soft.classes, now.soften))


def _over(soft: SoftLabels, place: int) -> dict[str, np.ndarray]:
    """The answers to one example at every epoch that was kept; the last in full precision."""
    over = {"teacher": soft.teacher[None, place]}
    for lane in LANES[1:]:
        past, end = getattr(soft, f"{lane}_over")[:-1, place], getattr(soft, lane)[place]
        over[lane] = np.stack([*past, end]).astype(np.float32)
    return over
