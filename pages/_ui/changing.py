"""What controls have in common whose choice lives in the address: it follows what is changed in them, and where that
cannot be, they say why and leave it as it is."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from kdcore import order
from kdcore.experiment import Experiment, bounds, fields, flatten, unflatten
from kdcore.figures import cells
from kdcore.order import Order
from kdcore.words import _


class Changing:
    """The controls of one page. `name` begins the keys of its widgets; `current` is what its address asks for now,
    `choose` asks for something else."""

    def __init__(self, name: str, current: Callable[[], Order], choose: Callable[[Order], None]):
        self.name, self.current, self.choose = name, current, choose
        self.wrong = f"{name}.wrong"  # what was last changed in vain: where, the sentence, what was typed, what stands

    def change(self, _place: str, _told: str = "", **changes: Any) -> None:
        """Ask for something else, unless that cannot be. An experiment may be told as its settings by dotted name."""
        now = self.current()
        st.session_state.pop(self.wrong, None)
        try:
            if isinstance(changes.get("experiment"), Mapping):
                changes["experiment"] = unflatten(changes["experiment"])
            self.choose(type(now).model_validate(dict(now) | changes))
        except ValidationError as error:
            self.refuse(_place, " ".join(_("{problem}.").format(problem=each) for each in order.problems(error)), _told)

    def refuse(self, place: str, sentences: str, told: str = "") -> None:
        """Say at this place why a change cannot be."""
        st.session_state[self.wrong] = (place, sentences, told, self.current())

    def problem(self, place: str) -> None:
        """What is wrong with what was last changed at this place."""
        if sentences := self._found(place)[0]:
            st.error(sentences)

    def typed(self, place: str) -> str:
        """What was typed at this place and could not be read."""
        return self._found(place)[1]

    def setting(self, name: str, experiment: Experiment) -> None:
        """A number among the experiment's settings."""
        settings, info = flatten(experiment), fields()[name]
        title = _(info.title) if name == "seeds" else cells.title(name)
        self.number(name, info, settings[name], lambda value: {"experiment": settings | {name: value}}, title)

    def number(
        self,
        name: str,
        info: FieldInfo,
        now: int,
        changed: Callable[[int], Mapping[str, Any]],
        title: str | None = None,
    ) -> None:
        """A field for a whole number; `changed` tells what of the order another one changes."""
        key, (low, high) = f"{self.name}.{name}", bounds(info)
        st.session_state[key] = now
        st.number_input(
            title or _(info.title),
            min_value=low,
            max_value=high,
            key=key,
            help=_(info.description),
            on_change=lambda: self.change(name, **changed(st.session_state[key])),
        )
        self.problem(name)

    def take(self, experiment: Experiment, usual: Experiment, **changes: Any) -> None:
        """Another run's settings, but for those that the page's own experiment, `usual`, needs; and other changes."""
        mine, plain = flatten(usual), flatten(Experiment())
        needed = {name: value for name, value in mine.items() if value != plain[name]}
        self.change("run", experiment=flatten(experiment) | needed, **changes)

    def _found(self, place: str) -> tuple[str, str]:
        """The sentence and what was typed, as long as nothing else is asked for."""
        where, sentences, told, instead = st.session_state.get(self.wrong, ("", "", "", None))
        return (sentences, told) if where == place and instead == self.current() else ("", "")
