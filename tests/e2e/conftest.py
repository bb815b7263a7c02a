"""The real server, driven in a real browser. Where there is no browser, these tests are skipped and say so."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lab_server import CHROMIUM, QUIET, Server, go, own_server
from playwright.sync_api import Browser, Page, sync_playwright


@pytest.fixture(scope="session")
def browser_file() -> Path:
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}")
    return CHROMIUM


@pytest.fixture(scope="module")  # while Playwright is there, no other event loop can run
def chromium(browser_file) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(browser_file), args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(browser_file, tmp_path_factory) -> Iterator[Server]:
    """One for all visits: each asks for settings of its own, and finds the runs of those before it in the store."""
    with own_server(tmp_path_factory.mktemp("home")) as found:
        yield found


@pytest.fixture
def visit(chromium, server) -> Iterator[Callable[..., Page]]:
    """Open an address in a browser of its own; at the end no page may have reported an error of JavaScript."""
    contexts, errors = [], []

    def open_page(path: str = "/", width: int = 1440, height: int = 900, scheme: str = "light") -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        go(page, server.url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []
