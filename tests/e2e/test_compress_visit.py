"""The page on compression in a real browser: compress, watch the plane fill, click a point, look closer, share."""

import time

from lab_server import PATIENCE_S, until
from playwright.sync_api import Page, expect
from test_visit import button, serious_findings

PAGE = "/compress"
QUICK = "teacher.widths=16&teacher_training.epochs=30&seeds=2&pipelines=quantize:bits=3;prune:sparsity=0.8%2Bcode"
PLANE = ".js-plotly-plot"
NAMES = f"document.querySelector('{PLANE}').data.flatMap((trace) => trace.customdata ?? [])"
SPOT = """(plot, name) => {
  const { xaxis, yaxis } = plot._fullLayout;
  const trace = plot.data.find(({ customdata }) => customdata?.includes(name));
  const [x, y] = [trace.x, trace.y].map((values) => values[trace.customdata.indexOf(name)]);
  const box = plot.getBoundingClientRect();
  return [box.x + xaxis._offset + xaxis.c2p(x), box.y + yaxis._offset + yaxis.c2p(y)];
}"""
TABLES_FIT = """[...document.querySelectorAll('[data-testid=stTable]')].every(
  (place) => place.querySelector('table').clientWidth <= place.clientWidth)"""


def search(page: Page) -> str:
    return page.evaluate("decodeURIComponent(location.search)")


def test_a_plane_fills_is_clicked_looked_at_and_shared(visit):
    page = visit(f"{PAGE}?{QUICK}&data.seed=31&lose=100")
    button(page, "Compress").click()
    expect(page.get_by_text("Trained here on")).to_be_visible(timeout=1000 * PATIENCE_S)
    names = ["", "prune:sparsity=0.8", "prune:sparsity=0.8+code", "quantize:bits=3"]
    until(lambda: sorted(page.evaluate(NAMES)) == names, "every variant is drawn")
    expect(button(page, "Stop")).to_have_count(0, timeout=1000 * PATIENCE_S)
    x, y = page.locator(PLANE).first.evaluate(SPOT, "prune:sparsity=0.8+code")
    page.mouse.move(x, y)
    time.sleep(0.5)
    page.mouse.click(x, y)
    until(lambda: "variant=prune:sparsity=0.8+code" in search(page), "the address names the point")
    expect(page.get_by_text("Of the variant: pruned 80 % + coded")).to_be_visible(timeout=1000 * PATIENCE_S)
    page.get_by_text("Which method for my need?", exact=True).click()
    button(page, "Look at it").click()
    until(lambda: "variant=quantize:bits=3" in search(page), "the address names what is advised")
    expect(page.get_by_role("combobox", name="Variant")).to_have_value("quantised 3 bits", timeout=1000 * PATIENCE_S)
    page.get_by_text("By hand", exact=True).click()
    page.get_by_role("slider", name="Sparsity").press("End")
    expect(page.get_by_text("this layer has 10 of 1,024 weights")).to_be_visible(timeout=1000 * PATIENCE_S)
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    expect(page.get_by_text("Which layer can bear the most?").first).to_be_visible(timeout=1000 * PATIENCE_S)
    expect(page.get_by_role("combobox", name="Variant")).to_have_value("quantised 3 bits")
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    for part, sentence in (("What is claimed?", "Each claim"), ("Which method for my need?", "For a small")):
        page.get_by_text(part, exact=True).click()
        expect(page.get_by_text(sentence).first).to_be_visible(timeout=1000 * PATIENCE_S)
        until(lambda: page.evaluate(TABLES_FIT), "no table is cut")
    assert serious_findings(page) == []
