"""What is swept: whose experiment, with which values of which settings, and how long each student may learn."""

import streamlit as st

from kdcore import grid
from kdcore.experiment import choices
from kdcore.figures import cells
from kdcore.grid import AXES, Axis, Sweep
from kdcore.words import N_, _
from pages._ui.trade_offs import address
from pages._ui.trade_offs.address import FREE, NO_AXIS, Address
from pages._ui.trade_offs.changing import change, problem, runs_to_take, setting, typed

NAMED = {"x": N_("Across"), "y": N_("Upwards"), "panel": N_("A picture each")}
KEPT = ("seeds", "training.epochs")  # that can be set beside the axes
VARIED = N_(
    "What differs from cell to cell: any setting but the data, the seeds, and the classes that students know or never "
    "see, as such cells could not be compared."
)
USUAL = {  # values to begin with, by the last part of a setting's name
    "labels": "20, 50, 100, 200, all",
    "noise": "0.1, 0.2, 0.3, 0.4",
    "seed": "0, 1, 2, 3",
    "widths": "8, 16, 32, 64, 64-64",
    "width": "4, 8, 16, 32, 64",
    "depth": "1, 2, 3",
    "dropout": "0, 0.1, 0.2, 0.4",
    "epochs": "5, 10, 20, 40",
    "batch_size": "8, 16, 32, 64",
    "learning_rate": "0.0003, 0.001, 0.003, 0.01, 0.03",
    "label_smoothing": "0, 0.1, 0.2, 0.4",
    "temperature": "1, 2, 4, 8, 16",
    "soft_weight": "0, 0.25, 0.5, 0.75, 1",
    "label_noise": "0, 0.1, 0.2, 0.4",
    "unlabelled": "0, 100, 500",
    "assistant": "false, true",
    "teacher_data": "same, rotated, noisy, inverted",  # and not what may have to be downloaded, unless asked for
    "method": "soft_targets, logit_matching, dkd, dist, hints, relational",
}


def choice(asked: Address) -> None:
    """All controls of a sweep; the address follows what is changed in them."""
    chosen = asked.chosen
    runs_to_take(chosen.experiment)
    for name in AXES:
        if asked.question == FREE:
            _setting(name, getattr(chosen, name))
        if axis := getattr(chosen, name):
            _values(name, axis, _("Values") if asked.question == FREE else cells.title(axis.setting))
        problem(name)
    for name in KEPT:
        if name not in (axis.setting for axis in chosen.axes.values()):
            setting(name, chosen.experiment)
    _early(chosen)
    for note in grid.notes(chosen):
        st.caption(_("{note}.").format(note=note[:1].upper() + note[1:]))


def _setting(name: str, axis: Axis | None) -> None:
    """Which setting differs along an axis; only the first one has to be there."""
    key = f"trade.setting.{name}"
    st.session_state[key] = axis.setting if axis else NO_AXIS
    st.selectbox(
        _(NAMED[name]),
        options=[*([] if name == "x" else [NO_AXIS]), *grid.settings()],
        format_func=lambda setting: _("nothing") if setting == NO_AXIS else cells.title(setting),
        key=key,
        help=_(VARIED),
        on_change=lambda: change(name, **{name: begun(st.session_state[key])}),
    )


def begun(setting: str) -> dict[str, str] | None:
    """An axis along which a setting differs, with values to begin with."""
    if setting == NO_AXIS:
        return None
    last = setting.rpartition(".")[2]
    return {"setting": setting, "values": USUAL.get(last) or ", ".join(choices(grid.settings()[setting]))}


def _values(name: str, axis: Axis, title: str) -> None:
    """The values along an axis. What cannot be read stands as it was typed."""
    key = f"trade.values.{name}"
    st.session_state[key] = typed(name) or address.values_written(axis)

    def tell() -> None:
        told = st.session_state[key]
        change(name, told, **{name: {"setting": axis.setting, "values": told}})

    st.text_input(title, key=key, help=_("Apart by commas, such as 0.5, 1, 2."), on_change=tell)


def _early(chosen: Sweep) -> None:
    """Whether cells that learn no more are stopped."""
    st.session_state["trade.early"], info = chosen.early, Sweep.model_fields["early"]
    st.toggle(
        _(info.title),
        key="trade.early",
        help=_(info.description),
        on_change=lambda: change("early", early=st.session_state["trade.early"]),
    )
