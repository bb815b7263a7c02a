"""The app that test_pad.py looks at: the pad alone, and the answers of the recorded run to what stands on it."""

import streamlit as st

from pages._ui.routes import kd_routes

app = st.App("pad_page.py", routes=kd_routes())
