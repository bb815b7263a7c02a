"""The page on families in a real browser: trees learn from a forest, and one of them is looked into."""

from lab_server import PATIENCE_S, go
from playwright.sync_api import expect
from test_soft_labels_visit import fits
from test_visit import button, serious_findings

QUICK = "/families?teacher=forest:trees=10&students=tree:depth=4&seeds=2&data.seed=41"


def test_trees_learn_from_a_forest(visit):
    page = visit(QUICK)
    button(page, "Teach them").click()
    expect(page.get_by_text("It was then tested once").first).to_be_visible(timeout=1000 * PATIENCE_S)
    expect(page.get_by_text("Trained here on").first).to_be_visible(timeout=1000 * PATIENCE_S)
    assert serious_findings(page) == []
    fits(page)
    go(page, page.url)
    expect(page.get_by_text("Trained here on").first).to_be_visible(timeout=1000 * PATIENCE_S)
