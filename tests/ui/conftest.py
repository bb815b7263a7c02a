"""A real HTTP server for a test, so that what is tested is what a browser gets."""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, contextmanager

import pytest
import requests
import uvicorn
from app_server import CHROMIUM, FLAGS
from playwright.sync_api import sync_playwright
from starlette.applications import Starlette


class Client(requests.Session):
    """Asks one server, by path."""

    def __init__(self, address: str):
        super().__init__()
        self.address = address

    def request(self, method, path, **options):
        return super().request(method, self.address + path, timeout=10, **options)


@contextmanager
def _served(app: Starlette):
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Client(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}")
    server.should_exit = True
    thread.join()


@pytest.fixture
def serve() -> Callable[[Starlette], Client]:
    """serve(app) starts a server and returns a client for it."""
    with ExitStack() as running:
        yield lambda app: running.enter_context(_served(app))


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
