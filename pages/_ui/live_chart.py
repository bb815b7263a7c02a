"""A Plotly chart that lives in the browser: it keeps zoom and hover whatever is drawn into it, and while a run is
under way it fetches new points by itself, without a rerun of the script. The browser's half is static/chart.js."""

from collections.abc import Callable

import streamlit as st

from kdcore.figures import theme
from pages._ui import routes

LOADER = """
export default async (component) => {
  const { default: show } = await import(new URL(component.data.script, location.origin));
  return show(component);
};
"""

_chart = st.components.v2.component("kd_chart", js=LOADER, isolate_styles=False)


def live_chart(
    figure: str,
    key: str,
    *,
    label: str,
    run: str | None = None,
    since: int = 0,
    on_pick: Callable[[list[float]], None] | None = None,
    on_brush: Callable[[list[str]], None] | None = None,
) -> None:
    """Draw a figure of kdcore.figures, given as JSON, at its own height.

    `label` says in a sentence what is to be seen, for those who cannot see it: the figure's reading.
    `run` is the key of a run under way, whose points are added as they come; None when there is nothing to wait for.
    `since` is the number of the last event that the figure was made from.
    `on_pick` is told where a point was clicked, as [x, y]; `on_brush` the `customdata` of the points that were selected
    with a box or a lasso, which the figure's `dragmode` allows, and nothing when the selection is given up.
    """
    data = {
        "figure": figure,
        "dark": theme.DARK,
        "label": label,
        "run": run and routes.points_address(run),
        "since": since,
        "script": routes.static_address("chart.js"),
    }
    told = {"on_picked_change": lambda: on_pick(st.session_state[key]["picked"])} if on_pick else {}
    told |= {"on_brushed_change": lambda: on_brush(st.session_state[key]["brushed"])} if on_brush else {}
    _chart(key=key, data=data | {"picks": bool(on_pick), "brushes": bool(on_brush)}, **told)
