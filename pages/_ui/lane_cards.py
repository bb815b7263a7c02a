"""A card a lane: how often it is right, and how small it is beside the teacher."""

import streamlit as st

from kdcore import shapes
from kdcore.events import ASSISTANT, compared, first
from kdcore.figures import numbers
from kdcore.figures.theme import ROLES
from kdcore.interval import interval
from kdcore.words import _
from pages._ui.runs import Shown

NETWORKS = ("teacher", ASSISTANT)  # lanes with a network of their own size; the others have the student's


def lane_cards(shown: Shown) -> None:
    """Test accuracy where there is one, else the newest validation accuracy."""
    lanes = compared(shown.experiment.lanes)
    for lane, column in zip(lanes, st.columns(len(lanes)), strict=True):
        role = ROLES[lane]
        with column, st.container(border=True, gap=None):
            st.html(
                f'<span style="color: light-dark({role.colour.light}, {role.colour.dark})">{role.glyph}</span> '
                f"{_(role.title)}"
            )
            value, source = _accuracy(shown, lane)
            st.markdown(f"#### {value}", help=source)
            st.caption(_size(shown, lane))


def _accuracy(shown: Shown, lane: str) -> tuple[str, str]:
    """The number, and what it was measured on."""
    if finished := first(shown.rows, "finished"):
        line = next(line for line in finished["table"] if line["lane"] == lane)
        return numbers.percent(interval(line["test_accuracy"])), _("Right on the test examples, mean over seeds.")
    done = [row for row in shown.rows if row["event"] == "epoch" and row["lane"] == lane]
    if not done:
        return "–", _("Nothing is measured yet.")
    return numbers.percent(interval(done[-1]["val_accuracy"])), _("Right on the validation examples, so far.")


def _size(shown: Shown, lane: str) -> str:
    """Parameters and bytes: those of the file once it was written, and until then of the weights alone."""
    teacher, own = (shown.experiment.layers(who) for who in ("teacher", lane if lane in NETWORKS else "student"))
    count = shapes.parameters(own)
    size = numbers.size(count * shapes.BYTES_PER_WEIGHT)
    if finished := first(shown.rows, "finished"):
        size = numbers.size(next(line["size_bytes"] for line in finished["table"] if line["lane"] == lane))
    text = _("{count} parameters · {size}").format(count=numbers.count(count), size=size)
    return text if lane == "teacher" else f"{text} · {numbers.factor(count, shapes.parameters(teacher))}"
