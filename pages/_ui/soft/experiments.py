"""The two experiments of the page: the settings of the shown run with one more, trained and found like any other."""

import streamlit as st
from pydantic import ValidationError

from kdcore.experiment import Experiment, flatten, problems, unflatten
from kdcore.figures import controls, left_out
from kdcore.measure.left_out import BY_HAND
from kdcore.published import LEFT_OUT
from kdcore.words import N_, _
from pages._ui import status
from pages._ui.runs import Shown
from pages._ui.soft.dial import dial
from pages._ui.soft.training import finished, train_here
from pages._ui.still import still

WHERE = {"here": N_("these settings"), "mnist": N_("MNIST, widths and temperature as in the paper")}


def structure_or_smoothing(shown: Shown) -> None:
    """Four kinds of students: is it the teacher's likenesses that help, or that labels are less certain?"""
    st.subheader(_("Experiment: soft labels that are made up"))
    st.markdown(
        _(
            "Soft labels are less certain than labels, and that alone may help. So two more students a seed are told "
            "fakes that are just as uncertain: one *evenly smoothed* labels, the other the teacher's own soft labels "
            "with the shares of the wrong classes *shuffled*. What do you expect?"
        )
    )
    _experiment(shown.experiment, {"left_out": (), "controls": True, "assistant": False}, "controls")


def leave_a_class_out(shown: Shown) -> None:
    """The students never see some classes, and hear of them from the teacher only."""
    st.subheader(_("Experiment: a class left out"))
    st.markdown(
        _(
            "The students learn from all examples but those of some classes. The teacher knows these, and what it "
            "believes of the others is all that the students hear of them. Such a student expects these classes far "
            "too rarely. A *bias*, a number added to their logits, mends that: *by frequency* it is the one with which "
            "they are expected as often as they stand in the training set. Leave one out, or all but two."
        )
    )
    base, classes = shown.experiment, shown.experiment.facts.classes
    if base.data.name == "digits" and _where() == "mnist":
        base = unflatten(LEFT_OUT)
    usual = [min(3, len(classes) - 1)]
    never = st.multiselect(
        _("Classes that the students never see"),
        options=range(len(classes)),
        format_func=lambda number: _(classes[number]),
        default=usual,
        key=f"left_out.classes.{base.data.name}",
    )
    if not never:
        st.info(_("Choose a class."))
        return
    _experiment(base, {"controls": False, "assistant": False, "left_out": tuple(never)}, "left_out")


def _where() -> str:
    return st.radio(
        _("Which run"),
        options=list(WHERE),
        format_func=lambda where: _(WHERE[where]),
        key="left_out.where",
        horizontal=True,
    )


def _experiment(base: Experiment, settings: dict, name: str) -> None:
    """Train it, or show what came of it."""
    try:
        chosen = unflatten(flatten(base) | settings)
    except ValidationError as error:
        st.info(_("Not with these settings: {advice}.").format(advice=problems(error)[0].advice))
        return
    found = finished(chosen.key)
    if found is None:
        train_here(chosen, name)
    elif name == "controls":
        still(controls, _rows, found)
    else:
        _recognised(found)
    if found:
        st.caption(status.origin(found))


@st.fragment
def _recognised(found: Shown) -> None:
    """How many of the classes left out are recognised, with the bias by frequency and with one by hand."""
    stops = [_("none"), *(f"{bias:g}" for bias in BY_HAND)]
    at = st.session_state.setdefault("left_out.at", 0)
    label = _("Bias on these classes, by hand")
    dial("left_out.bias", label, stops, at, lambda at: st.session_state.update({"left_out.at": at}))
    still(left_out, _rows_and, found, BY_HAND[at - 1] if at else None)


def _rows(shown: Shown) -> tuple:
    return (shown.rows,)


def _rows_and(shown: Shown, bias: float | None) -> tuple:
    return shown.rows, bias
