"""What is searched: whose experiment, which of its settings and how far, how many trials, and who chooses them."""

import streamlit as st

from kdcore.search import SAMPLERS, Search
from kdcore.words import _
from pages._ui.one_of import one_of
from pages._ui.trade_offs.address import Address
from pages._ui.trade_offs.changing import change, number, problem, runs_to_take, setting, typed

KEPT = ("seeds", "training.epochs")  # that can be set beside what is searched


def choice(asked: Address) -> None:
    """All controls of a search; the address follows what is changed in them."""
    chosen, fields = asked.chosen, Search.model_fields
    runs_to_take(chosen.experiment)
    _settings(chosen)
    number("trials", fields["trials"], chosen.trials, lambda value: {"trials": value})
    title = _(fields["sampler"].title)
    one_of(title, SAMPLERS, chosen.sampler, "trade.sampler", lambda sampler: change("sampler", sampler=sampler))
    number("seed", fields["seed"], chosen.seed, lambda value: {"seed": value})
    for name in KEPT:
        if name not in (each.setting for each in chosen.settings):
            setting(name, chosen.experiment)


def _settings(chosen: Search) -> None:
    """Ranges, a line each. What cannot be read stands as it was typed."""
    key, info = "trade.settings", Search.model_fields["settings"]
    st.session_state[key] = typed("settings") or "\n".join(map(str, chosen.settings))

    def ask() -> None:
        told = st.session_state[key]
        change("settings", told, settings=told)

    height = 36 * (len(chosen.settings) + 1)
    st.text_area(_(info.title), key=key, height=height, help=_(info.description), on_change=ask)
    problem("settings")
