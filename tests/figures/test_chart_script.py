"""The script that draws, alone in a browser: a network that fails once, and what a hand does on a chart."""

import shutil
from pathlib import Path

import plotly
import pytest
from playwright.sync_api import sync_playwright

from kdcore.figures import curves, theme
from tests.figures.made_up import epoch, started

CHROMIUM = shutil.which("chromium")
STATIC = Path(__file__).parents[2] / "pages" / "_ui" / "static"
PLOTLY = Path(plotly.__file__).with_name("package_data") / "plotly.min.js"
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium on this machine")

SHOW = """async (figure) => {
    const { default: show } = await import("/chart.js");
    const data = { figure, run: null, since: 0, dark: {}, label: "" };
    return show({ data, parentElement: document.body }).then(() => "shown", (problem) => problem.message);
}"""


SHOW_TOLD = """async (figure) => {
    const { default: show } = await import("/chart.js");
    const data = { figure, run: null, since: 0, dark: {}, label: "", picks: true, brushes: true };
    window.told = [];
    await show({ data, parentElement: document.body, setTriggerValue: (...told) => window.told.push(told) });
}"""
PLACE = """() => {
    const { xaxis, yaxis } = document.querySelector(".js-plotly-plot")._fullLayout;
    return [[1, 10], [2, 20]].map(([x, y]) => [xaxis._offset + xaxis.d2p(x), yaxis._offset + yaxis.d2p(y)]);
}"""  # where two points lie, in pixels


@pytest.fixture
def page():
    """An empty page at an address that has the scripts."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.route("**/*", answer)
        page.goto("http://lab.example/")
        yield page
        browser.close()


def answer(route):
    name = route.request.url.rpartition("/")[2]
    if name.endswith(".js"):
        path = PLOTLY if name == PLOTLY.name else STATIC / name
        route.fulfill(path=path, content_type="text/javascript")
    else:
        route.fulfill(body="<body style='margin: 0'></body>", content_type="text/html")


def test_when_plotly_could_not_be_fetched_the_next_chart_tries_again(page):
    asked = []

    def fail_once(route):
        asked.append(route.request.url)
        route.abort() if len(asked) == 1 else route.fallback()

    page.route("**/plotly.min.js", fail_once)
    figure = curves.figure([started(), epoch("teacher", 0, [0.1, 0.2])]).to_json()
    assert page.evaluate(SHOW, figure) == "Plotly could not be loaded."
    assert page.evaluate(SHOW, figure) == "shown"
    page.locator(".js-plotly-plot .annotation").first.wait_for(timeout=20_000)
    assert page.evaluate(SHOW, figure) == "shown"
    assert len(asked) == 2


def test_what_is_dragged_over_is_told_by_name_and_what_is_clicked_by_place(page):
    figure = theme.blank("Which?")
    named = {"x": [1, 2, 2], "y": [10, 20, 20], "mode": "markers", "customdata": ["one", "two", "three"]}
    figure.add_traces([named, {"x": [1], "y": [10], "mode": "markers", "marker": {"size": 22}}])  # and a ring
    figure.update_layout(dragmode="select", hovermode="closest")
    figure.update_xaxes(range=[0, 3]).update_yaxes(range=[0, 30])
    page.evaluate(SHOW_TOLD, figure.to_json())
    page.locator(".js-plotly-plot .nsewdrag").first.wait_for(timeout=20_000)
    (one_x, one_y), (two_x, two_y) = page.evaluate(PLACE)

    def drag(left, top, right, bottom):
        page.mouse.move(left, top)
        page.mouse.down()
        page.mouse.move(right, bottom, steps=4)
        page.mouse.up()

    def told(count):
        page.wait_for_function("(count) => window.told.length >= count", arg=count)
        return page.evaluate("window.told")[-1]

    drag(one_x - 30, one_y - 30, one_x + 30, one_y + 30)
    assert told(1) == ["brushed", ["one"]], "the ring has no name"
    drag(two_x - 30, two_y - 30, two_x + 30, two_y + 30)
    assert told(2) == ["brushed", ["two", "three"]]
    page.wait_for_timeout(400)  # no double click with what was before
    page.mouse.move(two_x - 3, two_y)
    page.locator(".hoverlayer .hovertext").first.wait_for()
    page.mouse.click(two_x, two_y)
    assert told(3) == ["picked", [2, 20]]
    page.wait_for_timeout(400)
    page.mouse.dblclick(two_x + 80, two_y)
    assert told(4) == ["brushed", []]
    assert len(page.evaluate("window.told")) == 4
