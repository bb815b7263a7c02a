"""The page on trade-offs in a real browser: train a map, choose a cell, ask another question, share."""

import time

from lab_server import PATIENCE_S, until
from playwright.sync_api import Page, expect
from test_visit import button, serious_findings

PAGE = "/trade_offs"
QUICK = "teacher.widths=16&student.widths=4&teacher_training.epochs=10&training.epochs=20&seeds=2"
MAP = ".js-plotly-plot"
STILL = 5  # looks at the same place: from the first to the last a second
CELL = """(plot, [column, row]) => {
  const { xaxis, yaxis } = plot._fullLayout;
  const box = plot.getBoundingClientRect();
  return [box.x + xaxis._offset + xaxis.c2p(column), box.y + yaxis._offset + yaxis.c2p(row)];
}"""


def search(page: Page) -> str:
    return page.evaluate("decodeURIComponent(location.search)")


def at_rest(page: Page, column: int, row: int) -> tuple[float, float]:
    """Where a cell of the map is once nothing moves any more, with the mouse over it."""
    seen = [None] * STILL
    while len(set(seen[-STILL:])) > 1 or None in seen[-STILL:]:
        seen.append(tuple(page.locator(MAP).first.evaluate(CELL, [column, row])))
        page.mouse.move(*seen[-1])
        time.sleep(0.25)
        assert len(seen) < 4 * PATIENCE_S, f"the cell never came to rest: {seen[-STILL:]}"
    return seen[-1]


def test_a_map_fills_is_clicked_asked_something_else_and_shared(visit):
    page = visit(f"{PAGE}?{QUICK}&data.seed=41&x=temperature:1,4,16&y=soft_weight:0,0.5,1")
    button(page, "Train the map").click()
    expect(page.get_by_text("Best of 9 cells on validation examples")).to_be_visible(timeout=1000 * PATIENCE_S)
    expect(page.get_by_text("Trained here on").first).to_be_visible(timeout=1000 * PATIENCE_S)
    page.mouse.click(*at_rest(page, 1, 1))
    until(lambda: "cell=4,0.5" in search(page), "the address names the cell")
    expect(page.get_by_text("One cell: temperature 4, soft-label share 0.5")).to_be_visible(timeout=1000 * PATIENCE_S)
    assert serious_findings(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    expect(page.get_by_text("One cell: temperature 4, soft-label share 0.5")).to_be_visible(timeout=1000 * PATIENCE_S)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    page.get_by_role("link", name="Train this on the Distil page").click()
    expect(page.get_by_role("heading", name="Does the teacher help?")).to_be_visible(timeout=1000 * PATIENCE_S)
    assert "soft_weight=0.5" in search(page)
    page.goto(page.url.partition("/?")[0] + f"{PAGE}?question=pareto")
    expect(page.locator(MAP).first).to_be_visible(timeout=1000 * PATIENCE_S)
    assert serious_findings(page) == []
