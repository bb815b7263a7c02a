"""The bars that the browser draws speak the reader's language, in numbers too."""

from gettext import NullTranslations

import numpy as np
import streamlit as st
from app_server import needs_chromium
from playwright.sync_api import Browser

from kdcore import words
from kdcore.events import LANES
from pages._ui import routes
from pages._ui.soft import answer
from pages._ui.soft.view import View

pytestmark = needs_chromium

HEADERS = """async (data) => {
    const { default: show } = await import("/answer.js");
    await show({ data, parentElement: document.body, setTriggerValue: () => {} });
    const drawn = () => document.querySelector(".js-plotly-plot")?.layout?.annotations;
    while (!drawn()) await new Promise((resolve) => setTimeout(resolve, 20));
    const { title } = document.querySelector(".js-plotly-plot").layout;
    return [title.text, ...drawn().slice(0, 3).map(({ text }) => text)];
}"""


class Commas(NullTranslations):
    """A language whose numbers have a comma where English has a point."""

    def gettext(self, message: str) -> str:
        return {".": ",", ",": "."}.get(message, message)


def sent(monkeypatch) -> dict:
    """What the page sends to the browser for one example."""
    found = {}
    monkeypatch.setattr(answer, "_book", lambda data, **_rest: found.update(data))
    monkeypatch.setitem(st.session_state, "soft.arrival", 1)
    over = {lane: np.array([[2.0, 0.5, i]]) for i, lane in enumerate(LANES)}
    answer.answer(over, 0, ("a", "b", "c"), [5], View(example=0, soften=2.5, epoch=5))
    return found


def headers(chromium: Browser, data: dict) -> list[str]:
    """What stands above the bars in the browser: the title, and a header a lane."""
    page = chromium.new_page()
    page.route("**/*.js", lambda route: route.fulfill(path=routes.SCRIPTS[route.request.url.rpartition("/")[2]]))
    page.route("http://lab.example/", lambda route: route.fulfill(body="<body></body>", content_type="text/html"))
    page.goto("http://lab.example/")
    found = page.evaluate(HEADERS, data)
    page.close()
    return found


def test_numbers_above_the_bars_have_the_decimal_mark_of_the_language(monkeypatch, chromium):
    monkeypatch.setattr(words, "_translations", Commas)
    title, teacher, scratch, distilled = headers(chromium, sent(monkeypatch))
    assert "temperature 2,5" in title
    assert "entropy 1,04 nats<br>top 50,0 %" in teacher
    assert "KL 0,015 nats" in scratch
    assert "." not in teacher + scratch + distilled
