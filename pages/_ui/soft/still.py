"""A picture that is made by the page: chart, reading and table of a module of kdcore.figures, made once and kept."""

from collections.abc import Callable, Hashable
from functools import lru_cache
from types import ModuleType
from typing import Any

import pandas as pd
import streamlit as st

from kdcore.words import _
from pages._ui.language import language
from pages._ui.live_chart import live_chart


def still(module: ModuleType, prepare: Callable[..., tuple], *what: Hashable) -> None:
    """Draw what the module makes of what `prepare` makes of these values."""
    figure, reading, lines = _made(module, prepare, what, language())
    live_chart(figure, f"soft.{module.__name__}", label=reading)
    st.caption(reading)
    table(lines)


def table(lines: pd.DataFrame) -> None:
    """The numbers behind a picture, folded."""
    with st.expander(_("Table")):
        st.dataframe(lines, hide_index=True)


@lru_cache(maxsize=256)
def _made(
    module: ModuleType, prepare: Callable[..., tuple], what: tuple[Any, ...], language: str
) -> tuple[str, str, pd.DataFrame]:
    """Figure as JSON, reading and table; `language` only tells pictures in one language from those in another."""
    values = prepare(*what)
    return module.figure(*values).to_json(), module.reading(*values), module.table(*values)
