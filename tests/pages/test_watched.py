"""Which run a page shows: one rule for every page that asks for many networks at once."""

import pytest
from visits import said, visit

from kdcore.articles import Copying
from kdcore.compression import Compression
from kdcore.order import Order
from pages._ui.methods import address as methods_address
from pages._ui.trade_offs import address

STARTED = [{"event": "started", "variants": [], "cells": []}]
STOPPED = [*STARTED, {"event": "failed", "reason": "stopped"}]
PAGES = {
    "trade_offs.py": address.usual("map"),
    "methods.py": methods_address.usual(),
    "compress.py": Compression(),
}


def opened(page: str) -> str:
    app = visit(page)
    assert not app.exception
    return said(app)


@pytest.mark.parametrize(("page", "usual"), PAGES.items(), ids=PAGES)
def test_what_was_stopped_before_it_had_anything_does_not_hide_the_recording(lab, page: str, usual: Order):
    lab.put(usual, STOPPED, "failed", reason="stopped")
    told = opened(page)
    assert "Recorded run of" in told
    assert "Stopped. What was measured stays." in told


@pytest.mark.parametrize(("page", "usual"), PAGES.items(), ids=PAGES)
def test_until_it_has_something_the_recording_is_shown(lab, page: str, usual: Order):
    lab.put(usual, STARTED, "running", progress=0.1)
    assert "Recorded run of" in opened(page)


def test_a_page_may_wait_for_two_runs_at_once(lab):
    lab.put(PAGES["methods.py"], STARTED, "running", progress=0.1)
    lab.put(Copying(), STARTED, "running", progress=0.1)
    assert opened("methods.py").count("Recorded run of") == 2
