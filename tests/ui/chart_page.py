"""The page of chart_app.py."""

import streamlit as st

from kdcore import settings
from kdcore.figures import curves
from kdcore.store import Reader
from pages._ui.browser import browser
from pages._ui.live_chart import live_chart

key = st.query_params["run"]
reader = Reader(settings.store_url())
run = reader.run(key)
numbered = reader.events(key)
rows = [row for _n, row in numbered]
live = {"run": None if run.ended else key, "since": numbered[-1][0] if numbered else 0}

st.text(f"browser {browser()}")
st.text(f"answer {st.number_input('Question', 0)}")
for chart in ("accuracy", "loss"):
    live_chart(curves.figure(rows, chart).to_json(), chart, label=curves.reading(rows, chart), **live)
