"""Does the teacher help? Three lanes learn beside each other, several seeds at once, until a verdict stands there."""

import streamlit as st

from kdcore.words import _
from pages._ui import controls, runs, status
from pages._ui.details import details
from pages._ui.lane_cards import lane_cards
from pages._ui.language import lesson
from pages._ui.pictures import picture
from pages._ui.run_bar import run_bar
from pages._ui.source import source

WATCH_S = 0.4  # how often the run bar looks at a run under way; the charts look by themselves, more often

st.title(_("Does the teacher help?"))
with st.sidebar:
    chosen, ignored = controls.experiment()
for problem in ignored:
    st.warning(_("Ignored in the address: {problem}.").format(problem=problem))

if problem := runs.problem():
    st.error(problem)

stored = runs.find(chosen.key) if chosen else None
shown = stored or runs.find(st.session_state.get("shown", "")) or runs.default()
if shown.key != st.session_state.get("shown"):
    st.session_state["before"], st.session_state["shown"] = st.session_state.get("shown"), shown.key
before = runs.find(st.session_state.get("before") or "")
drawn = st.session_state.get("drawn")  # while a run is under way its charts draw new points by themselves
if not (shown.is_live and drawn and drawn.is_live and drawn.attempt == shown.attempt):
    drawn = st.session_state["drawn"] = shown


@st.fragment(run_every=WATCH_S if shown.is_live else None)
def overview() -> None:
    """What is looked at again and again while a run is under way: verdict, buttons, lanes."""
    now = runs.find(shown.key) or shown
    if now.is_live != shown.is_live or now.attempt != shown.attempt:
        st.rerun()
    st.markdown(f"**{status.headline(now)}**")
    run_bar(chosen, now, is_other=stored is None)
    lane_cards(now)


overview()
source(shown.experiment)
left, right = st.columns(2)
with left:
    picture("accuracy", drawn, before)
with right:
    picture("loss", drawn, before)
details(drawn, before)
st.markdown(lesson("distil"))
