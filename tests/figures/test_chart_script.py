"""The script that draws, alone in a browser, with a network that fails once."""

import shutil
from pathlib import Path

import plotly
import pytest
from playwright.sync_api import sync_playwright

from kdcore.figures import curves
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


def test_when_plotly_could_not_be_fetched_the_next_chart_tries_again():
    asked = []

    def answer(route):
        name = route.request.url.rpartition("/")[2]
        asked.append(name)
        if name == "plotly.min.js" and asked.count(name) == 1:
            route.abort()
        elif name.endswith(".js"):
            path = PLOTLY if name == PLOTLY.name else STATIC / name
            route.fulfill(path=path, content_type="text/javascript")
        else:
            route.fulfill(body="<body></body>", content_type="text/html")

    figure = curves.figure([started(), epoch("teacher", 0, [0.1, 0.2])]).to_json()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.route("**/*", answer)
        page.goto("http://lab.example/")
        assert page.evaluate(SHOW, figure) == "Plotly could not be loaded."
        assert page.evaluate(SHOW, figure) == "shown"
        page.locator(".js-plotly-plot .annotation").first.wait_for(timeout=20_000)
        assert page.evaluate(SHOW, figure) == "shown"
        assert asked.count("plotly.min.js") == 2
        browser.close()
