"""Points are clicked into a plane: of which class, how many at a click, and kept as data to learn from."""

import numpy as np
import streamlit as st

from kdcore.data.examples import DataProblem, of_points
from kdcore.figures import clicks
from kdcore.words import _
from pages._ui.live_chart import live_chart
from pages._ui.own.kept import keep

CLASSES = ("A", "B", "C", "D", "E")
AT_A_CLICK = (1, 5, 20)
STRAY = 0.08  # how far the points of one click lie from it, a standard deviation
MOST_CLICKS = 500

Click = tuple[float, float, int, int]  # two coordinates, the class, and how many points


@st.fragment
def plane() -> None:
    """The plane, what a click adds, and the button that keeps all."""
    left, right = st.columns([2, 3], gap="medium")
    with left:
        classes = st.slider(_("Classes"), 2, len(CLASSES), key="own.classes")
        now = st.radio(_("A click adds points of class"), options=CLASSES[:classes], key="own.class", horizontal=True)
        many = st.radio(_("Points at a click"), options=AT_A_CLICK, index=1, key="own.many", horizontal=True)
        with st.container(horizontal=True):
            clicked = st.session_state.setdefault("own.clicks", [])
            st.button(_("Undo"), disabled=not clicked, key="own.undo", on_click=undo, args=(1,))
            st.button(_("Clear"), disabled=not clicked, key="own.clear", on_click=undo, args=(len(clicked),))
    points = scattered([click for click in clicked if click[2] < classes])
    with right:
        figure = clicks.figure(points, CLASSES[:classes]).to_json()
        told = clicks.reading(points, CLASSES[:classes])
        live_chart(figure, "own.plane", label=told, on_pick=lambda spot: add((*spot, CLASSES.index(now), many)))
        st.caption(told)
    title = st.text_input(_("Title"), value=_("My points"), key="own.points.title", max_chars=40)
    if st.button(_("Keep these data"), type="primary", key="own.points.keep"):
        try:
            examples = of_points(points, classes)
        except DataProblem as problem:
            st.error(str(problem))
        else:
            keep(examples, title)


def add(click: Click) -> None:
    """One more click, as far as there is room."""
    st.session_state["own.clicks"] = [*st.session_state["own.clicks"], click][:MOST_CLICKS]


def undo(clicks: int) -> None:
    """Take so many clicks back, the last ones first."""
    st.session_state["own.clicks"] = st.session_state["own.clicks"][:-clicks]


def scattered(clicked: list[Click]) -> list[tuple[float, float, int]]:
    """All points: one where it was clicked, several around that, the same ones at every look."""
    found = []
    for place, (x, y, of_class, many) in enumerate(clicked):
        stray = STRAY * np.random.default_rng(place).standard_normal((many, 2)) * (many > 1)
        spots = np.clip(np.array([x, y]) + stray, -clicks.EDGE, clicks.EDGE)
        found += [(*spot, of_class) for spot in spots.tolist()]
    return found
