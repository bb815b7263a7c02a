"""The server: `streamlit run app.py` starts the pages, the routes of the live charts, and the engine beside them."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from kdcore.engine.keeper import kept_engine
from pages._ui.browser import BrowserCookie
from pages._ui.routes import kd_routes


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """The engine runs for as long as the server does."""
    async with kept_engine():
        yield


app = st.App(
    "pages/_shell.py",
    routes=kd_routes(),
    middleware=[Middleware(GZipMiddleware, minimum_size=1000, compresslevel=5), Middleware(BrowserCookie)],
    lifespan=lifespan,
)

gc.collect()
gc.freeze()  # what was imported stays for good: leave it out of every later collection
