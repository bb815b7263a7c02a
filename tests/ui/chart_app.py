"""The app that test_live_chart.py looks at: two live charts of the run in the address, and something to rerun with."""

import streamlit as st
from starlette.middleware import Middleware

from pages._ui.browser import BrowserCookie
from pages._ui.routes import kd_routes

app = st.App("chart_page.py", routes=kd_routes(), middleware=[Middleware(BrowserCookie)])
