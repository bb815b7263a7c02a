"""Who is asking: a random name for each browser, kept in a cookie, so that the lab can share out its slots fairly."""

import re
import secrets
from http.cookies import SimpleCookie

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "kd_browser"
FORMAT = re.compile("[0-9a-f]{32}")
TEN_YEARS = 10 * 365 * 24 * 3600


class BrowserCookie:
    """ASGI middleware: a page that is asked for without the cookie comes with one.

    Pages only: a browser that loads ten files at once would be given ten names.
    """

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("Set-Cookie", _cookie(secure=scope["scheme"] == "https"))
            await send(message)

        await self.app(scope, receive, send_with_cookie if _is_nameless_page(scope) else send)


def browser() -> str:
    """The name of the browser that this script runs for; without cookies, a name for this session alone."""
    name = st.context.cookies.get(COOKIE, "")
    return name if FORMAT.fullmatch(name) else st.session_state.setdefault(COOKIE, secrets.token_hex(16))


def _is_nameless_page(scope: Scope) -> bool:
    if scope["type"] != "http":
        return False
    request = HTTPConnection(scope)
    wants_page = "text/html" in request.headers.get("accept", "")
    return wants_page and not FORMAT.fullmatch(request.cookies.get(COOKIE, ""))


def _cookie(secure: bool) -> str:
    cookie = SimpleCookie({COOKIE: secrets.token_hex(16)})
    cookie[COOKIE].update({"path": "/", "max-age": TEN_YEARS, "httponly": True, "samesite": "Lax", "secure": secure})
    return cookie[COOKIE].OutputString()
