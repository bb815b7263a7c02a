"""What of a run is looked at: an example, a temperature, an epoch. It stands in the page's address, beside the run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from kdcore import softness
from kdcore.events import LANES
from kdcore.experiment import Experiment, Problem
from kdcore.measure.snapshots import SoftLabels
from kdcore.words import N_, _
from pages._ui.soft import drawing

COOLEST, HOTTEST = 0.1, 100.0  # temperatures that can be set by hand
SORTS = tuple(softness.ORDERS)
PARTS = {
    "formula": N_("How do the numbers come about?"),
    "structure": N_("What is alike?"),
    "training": N_("How did they come to know it?"),
}


@dataclass(frozen=True)
class View:
    """`example` is its number in the validation set, `epoch` one of those kept, `drawn` the text of a drawn digit,
    and `part` what is looked at closer."""

    example: int
    soften: float
    epoch: int
    sort: str = SORTS[0]
    drawn: str = ""
    part: str = "formula"

    def place(self, soft: SoftLabels) -> int:
        """Where the example stands among those kept."""
        return soft.index.tolist().index(self.example)

    def moment(self, soft: SoftLabels) -> int | None:
        """Which of the kept epochs it is; None for the last, whose answers are kept in full."""
        last = len(soft.epochs) - 1
        found = soft.epochs.tolist().index(self.epoch)
        return None if found == last else found


NAMES = tuple(View.__dataclass_fields__)  # as they are called in the address


def split(query: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The parts of an address that say which run, and those that say what of it."""
    return ({name: text for name, text in query.items() if (name in NAMES) == mine} for mine in (False, True))


def current(soft: SoftLabels, experiment: Experiment, chosen: Experiment) -> tuple[View, list[Problem]]:
    """The view as it stands, and what of the address was ignored: read from it where it has changed by itself.

    `experiment` is the one that is shown, `chosen` that of the address. While that is still to be run, the address
    keeps what it says of its view: the run that is shown in its place can neither answer to it nor judge it.
    """
    query, state = st.query_params.to_dict(), st.session_state
    _settings, sought = split(query)
    is_sought = experiment.key == chosen.key
    is_moved = state.pop("soft.moved", False)  # then a browser that is behind still tells the address of before
    if state.get("soft.of") != experiment.key or (query != state["soft.address"] and not is_moved):
        state["soft.of"] = experiment.key
        state["soft.view"], state["soft.ignored"] = read(sought if is_sought else {}, soft, experiment)
        state.pop("soft.source", None)
        _arrived()
    now = chosen.to_query() | (written(state["soft.view"], soft, experiment) if is_sought else sought)
    if now != query:
        st.query_params.from_dict(now)
    state["soft.address"] = now
    return state["soft.view"], state["soft.ignored"]


def change(**changes: Any) -> None:
    """Look at something else; the address follows with the next `current`."""
    st.session_state["soft.view"] = replace(st.session_state["soft.view"], **changes)
    st.session_state["soft.moved"] = True
    st.session_state["soft.ignored"] = []  # what was ignored is told until something is changed


def arrive(**changes: Any) -> None:
    """The same, set elsewhere than in the parts that live in the browser: these are told."""
    change(**changes)
    _arrived()


def _arrived() -> None:
    """From here on the browser's parts show the view as it is now, and what the hand changes in them."""
    state = st.session_state
    state.update({"soft.arrived": state["soft.view"], "soft.arrival": state.get("soft.arrival", 0) + 1})


def default(soft: SoftLabels, experiment: Experiment) -> View:
    """What is shown first: an example that tells something, at the temperature that the run was trained with."""
    temperature = min(max(experiment.temperature, COOLEST), HOTTEST)
    return View(_telling(soft), temperature, int(soft.epochs[-1]))


def _telling(soft: SoftLabels) -> int:
    """An example that only the teacher's advice got right, or else the one that it doubts most."""
    return int(soft.index[(order(soft, "rescued") or order(soft, "entropy"))[0]])


def order(soft: SoftLabels, sort: str) -> list[int]:
    """Places of the examples in the chosen order, as they were answered at the end of training."""
    return softness.order(sort, {lane: soft.logits(lane) for lane in LANES}, soft.label).tolist()


def read(query: Mapping[str, str], soft: SoftLabels, experiment: Experiment) -> tuple[View, list[Problem]]:
    """The view that an address describes, and a problem for each part of it that says nothing."""
    found, ignored = default(soft, experiment), []
    for name, text in query.items():
        try:
            found = replace(found, **{name: _read(name, text, soft, experiment)})
        except ValueError:
            ignored.append(Problem(name, text, _advice(name, soft)))
    return found, ignored


def written(view: View, soft: SoftLabels, experiment: Experiment) -> dict[str, str]:
    """The parts of the address of what differs from the default."""
    usual = default(soft, experiment)
    changed = {name: getattr(view, name) for name in NAMES if getattr(view, name) != getattr(usual, name)}
    return {name: f"{value:g}" if isinstance(value, float) else str(value) for name, value in changed.items()}


def _read(name: str, text: str, soft: SoftLabels, experiment: Experiment) -> Any:
    """One part of the address. Raises ValueError where it says nothing here."""
    if name == "soften":
        value = float(text)
        if not COOLEST <= value <= HOTTEST:  # nor is NaN
            raise ValueError
        return value
    if name == "drawn":
        drawing.read(text, experiment)
        return text
    known = {str(each): each for each in _choices(soft)[name]}
    if text not in known:
        raise ValueError
    return known[text]


def _choices(soft: SoftLabels) -> dict[str, Sequence[Any]]:
    return {"example": soft.index.tolist(), "epoch": soft.epochs.tolist(), "sort": SORTS, "part": tuple(PARTS)}


def _advice(name: str, soft: SoftLabels) -> str:
    """What would be read."""
    if name == "soften":
        return _("a temperature from {low:g} to {high:g} was expected").format(low=COOLEST, high=HOTTEST)
    if name == "drawn":
        return _("a drawing for these networks was expected")
    if name == "example":
        return _("a number from {low} to {high} was expected").format(low=soft.index[0], high=soft.index[-1])
    return _("one of {options} was expected").format(options=", ".join(map(str, _choices(soft)[name])))
