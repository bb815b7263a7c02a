"""A picture that is made by the page: chart, reading and table of a module of kdcore.figures, made once and kept."""

from collections.abc import Callable, Hashable
from functools import lru_cache
from types import ModuleType
from typing import Any

import pandas as pd
import streamlit as st

from pages._ui.language import language
from pages._ui.live_chart import live_chart
from pages._ui.pictures import behind


def still(
    module: ModuleType,
    prepare: Callable[..., tuple],
    *what: Hashable,
    on_pick: Callable[[list[float]], None] | None = None,
    on_brush: Callable[[list[str]], None] | None = None,
) -> None:
    """Draw what the module makes of what `prepare` makes of these values; `on_pick`, `on_brush` as in `live_chart`."""
    figure, reading, lines = _made(module, prepare, what, language())
    live_chart(figure, f"still.{module.__name__}", label=reading, on_pick=on_pick, on_brush=on_brush)
    st.caption(reading)
    behind(lines)


@lru_cache(maxsize=256)
def _made(
    module: ModuleType, prepare: Callable[..., tuple], what: tuple[Any, ...], language: str
) -> tuple[str, str, pd.DataFrame]:
    """Figure as JSON, reading and table; `language` only tells pictures in one language from those in another."""
    values = prepare(*what)
    return module.figure(*values).to_json(), module.reading(*values), module.table(*values)
