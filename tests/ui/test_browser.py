"""Each browser gets one name, and keeps it."""

import asyncio

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from pages._ui.browser import COOKIE, FORMAT, BrowserCookie

PAGE = {"Accept": "text/html,*/*"}


async def answer(_request):
    return PlainTextResponse("hello")


@pytest.fixture
def client(serve):
    return serve(Starlette(routes=[Route("/", answer)], middleware=[Middleware(BrowserCookie)]))


def test_a_first_page_comes_with_a_name(client):
    cookie = client.get("/", headers=PAGE).headers["set-cookie"]
    assert FORMAT.fullmatch(client.cookies[COOKIE])
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert int(cookie.partition("Max-Age=")[2].partition(";")[0]) > 365 * 24 * 3600
    assert "Secure" not in cookie


def test_a_browser_keeps_its_name(client):
    client.get("/", headers=PAGE)
    assert "set-cookie" not in client.get("/", headers=PAGE).headers


def test_two_browsers_have_two_names(client):
    first = client.get("/", headers=PAGE).cookies[COOKIE]
    client.cookies.clear()
    assert client.get("/", headers=PAGE).cookies[COOKIE] != first


def test_files_that_a_page_loads_bring_no_name(client):
    assert "set-cookie" not in client.get("/", headers={"Accept": "*/*"}).headers


def test_a_name_that_is_none_of_ours_is_replaced(client):
    client.cookies.set(COOKIE, "<script>")
    assert FORMAT.fullmatch(client.get("/", headers=PAGE).cookies[COOKIE])


def test_over_https_the_name_goes_nowhere_else():
    async def page(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})

    sent = []

    async def send(message):
        sent.extend(value.decode() for name, value in message["headers"] if name == b"set-cookie")

    scope = {"type": "http", "scheme": "https", "headers": [(b"accept", b"text/html")]}
    asyncio.run(BrowserCookie(page)(scope, None, send))
    assert "Secure" in sent[0]
