"""Three ways to look closer: how the numbers come about, what is alike, and how the students came to it."""

import numpy as np
import streamlit as st

from kdcore.events import LANES, Row
from kdcore.experiment import Experiment
from kdcore.figures import boundary, confusion, formula, gradients, matrix, over_temperature, similarity
from kdcore.measure import pictures
from kdcore.measure.snapshots import SoftLabels
from kdcore.softness import Example
from kdcore.words import _
from pages._ui.one_of import one_of
from pages._ui.soft import view
from pages._ui.soft.dial import dial
from pages._ui.still import still


def closer(soft: SoftLabels, experiment: Experiment, now: view.View, is_drawing: bool) -> None:
    """A choice of the three; only what is chosen is drawn. Where one is drawing, no example is looked at."""
    one_of(_("Look closer"), view.PARTS, now.part, "soft.part", lambda part: view.change(part=part))
    if now.part == "structure":
        _structure(soft, now)
    elif now.part == "training":
        _training(soft, now)
    elif is_drawing:
        st.info(_("A drawn digit has no label, and so there is no loss. Choose an example to see its formula."))
    else:
        _formula(soft, experiment, now)


def _formula(soft: SoftLabels, experiment: Experiment, now: view.View) -> None:
    place = now.place(soft)
    label = _(soft.classes[soft.label[place]])
    st.caption(_("Example number {number}, label {label}").format(number=now.example, label=label))
    what = soft, place, now.moment(soft), now.soften, experiment.soft_share, experiment.training.label_smoothing
    still(formula, _example, *what)
    for line in formula.lines(*_example(*what)):
        st.latex(line)
    still(gradients, _example, *what)


def _structure(soft: SoftLabels, now: view.View) -> None:
    what = soft, now.soften, now.moment(soft)
    still(matrix, _as_it_is, *what)
    still(similarity, _as_it_is, *what)
    still(over_temperature, _as_it_is, *what)


def _training(soft: SoftLabels, now: view.View) -> None:
    """A slider over the epochs that were kept, and what it moves beside the bars above."""
    epochs = soft.epochs.tolist()
    at = epochs.index(now.epoch)
    dial("soft.epoch", _("Epoch of the students"), [*map(str, epochs)], at, lambda at: view.arrive(epoch=epochs[at]))
    st.caption(_("The students as they were after so many epochs; the teacher had learned all it knows before."))
    still(confusion, confused, soft, now.moment(soft))
    if soft.teacher_grid is not None:
        still(boundary, divided, soft, now.moment(soft))


def _as_it_is(*what: object) -> tuple:
    return what


def _example(
    soft: SoftLabels, place: int, moment: int | None, temperature: float, soft_weight: float, label_smoothing: float
) -> tuple[Example]:
    """Teacher's and student's logits of one example, and what else its loss is made of."""
    teacher, student = (soft.logits(lane, moment)[place] for lane in ("teacher", "distilled"))
    weights = {"soft_weight": soft_weight, "label_smoothing": label_smoothing}
    return (Example(teacher, student, int(soft.label[place]), soft.classes, temperature, **weights),)


def confused(soft: SoftLabels, moment: int | None) -> tuple[list[Row]]:
    """The snapshot that the picture of confusion is made from, of one seed at this epoch."""
    answers = {lane: soft.logits(lane, moment)[None] for lane in LANES}
    return _snapshot("confusion", pictures.confusion(soft.classes, soft.label, answers))


def divided(soft: SoftLabels, moment: int | None) -> tuple[list[Row]]:
    """The snapshot that the picture of boundaries is made from, of one seed at this epoch."""
    last = -1 if moment is None else moment
    planes = {"teacher": (soft.teacher_grid, soft.teacher_sure)}
    planes |= {
        lane: (getattr(soft, f"{lane}_grid_over")[last], getattr(soft, f"{lane}_sure_over")[last]) for lane in LANES[1:]
    }
    data = {"classes": soft.classes, "size": len(soft.teacher_grid), "seeds": 1}
    data |= {"x": soft.grid_x.tolist(), "y": soft.grid_y.tolist(), "points": np.column_stack([soft.x, soft.label])}
    for lane, (winner, sure) in planes.items():
        data |= {lane: winner.astype(int), f"{lane}_confidence": sure / 100}
    return _snapshot("boundary", data)


def _snapshot(name: str, data: dict) -> tuple[list[Row]]:
    return ([{"event": "snapshot", "name": name, "data": data}],)
