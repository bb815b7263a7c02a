"""The live chart in a real browser, behind a base path, while this test plays the engine."""

from contextlib import closing
from itertools import pairwise

import pytest
from app_server import app_server, needs_chromium, wait_until

from kdcore.store import Run, Writer
from pages._ui.routes import static_address
from tests.figures.made_up import epoch, started

pytestmark = needs_chromium

WATCH = """
    [window.told, window.most, window.open] = [[], 0, 0];
    const { fetch } = window;
    window.fetch = async (address, ...rest) => {
        if (!String(address).includes("/points?")) return fetch(address, ...rest);
        window.most = Math.max(window.most, ++window.open);
        const answer = await fetch(address, ...rest);
        window.open -= 1;
        window.told.push({ address, status: (await answer.clone().json()).status });
        return answer;
    };
"""  # what was asked about a run, what came back, and how many questions were ever open at once

CURVE = """([chart, lane]) => {
    const picture = document.querySelectorAll(".js-plotly-plot")[chart];
    const mean = picture.data.find(({ meta }) => meta?.lane === lane && meta.part === "mean");
    return { x: mean.x, y: mean.y, colour: mean.line.color, range: picture.layout.xaxis.range };
}"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A server on a free port, its store, and the only writer of it."""
    store = f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.sqlite'}"
    writer = Writer(store)
    with closing(writer), app_server("chart_app.py", {"KD_STORE": store}, base="lab") as address:
        yield Lab(address, writer)


class Lab:
    """Plays the engine: one run at a time, two seeds, epochs as the test wants them."""

    def __init__(self, address, writer):
        self.address, self.writer, self.made = address, writer, 0

    def begin(self, *rows):
        self.made += 1
        self.key = f"{self.made:016x}"
        self.tell(started(epochs=40), *rows)

    def tell(self, *rows, status="running"):
        run = Run(self.key, {}, status, "2026-11-21T00:00:00+00:00")
        self.writer.write([run], {self.key: [row | {"key": self.key} for row in rows]})

    def open(self, chromium, watch="", **options):
        page = chromium.new_context(**{"viewport": {"width": 1200, "height": 900}, **options}).new_page()
        page.add_init_script(watch)
        page.goto(f"{self.address}/?run={self.key}")
        page.locator(".js-plotly-plot .annotation").first.wait_for(timeout=30_000)
        page.wait_for_function("document.querySelectorAll('.js-plotly-plot .main-svg').length >= 4")
        return page


def students(first, last):
    """Epochs first to last of both students, at 50 to 90 %."""
    return [
        epoch(lane, number, [0.5 + number / 100, 0.5 + number / 100 + shift])
        for number in range(first, last + 1)
        for lane, shift in (("scratch", 0), ("distilled", 0.01))
    ]


def curve(page, lane="distilled", chart=0):
    return page.evaluate(CURVE, [chart, lane])


def epochs_drawn(page, lane="distilled", chart=0):
    return curve(page, lane, chart)["x"]


def wait_for_epoch(page, number, chart=0):
    wait_until(lambda: page.wait_for_timeout(50) or epochs_drawn(page, chart=chart)[-1:] == [number])


def zoom(page):
    """Drag over a part of the first chart."""
    page.locator(".js-plotly-plot .nsewdrag").first.scroll_into_view_if_needed()
    box = page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 120, steps=4)
    page.mouse.up()
    wait_until(lambda: page.wait_for_timeout(50) or curve(page)["range"] != [0, 40])
    return curve(page)["range"]


def test_points_appear_without_a_rerun_and_zoom_is_kept(lab, chromium):
    lab.begin(epoch("teacher", 0, [0.1, 0.1]), epoch("teacher", 1, [0.9, 0.9]), *students(0, 2))
    page = lab.open(chromium)
    assert epochs_drawn(page) == [0, 1, 2]
    zoomed = zoom(page)
    page.evaluate("document.querySelectorAll('.js-plotly-plot').forEach((picture) => (picture.mark = 'the same'))")
    lab.tell(*students(3, 6))
    for chart in (0, 1):
        wait_for_epoch(page, 6, chart)
    drawn = curve(page)
    assert drawn["x"] == [0, 1, 2, 3, 4, 5, 6]
    assert drawn["y"][-1] == pytest.approx(56.5)
    assert drawn["range"] == zoomed
    page.get_by_label("Question").fill("7")  # the script runs again, with a new figure
    page.get_by_label("Question").press("Enter")
    page.get_by_text("answer 7").wait_for()
    lab.tell(*students(7, 7))
    wait_for_epoch(page, 7)
    assert curve(page)["range"] == zoomed
    marks = page.evaluate("[...document.querySelectorAll('.js-plotly-plot')].map((picture) => picture.mark)")
    assert marks == ["the same"] * 2


def test_what_lies_between_event_and_picture_is_recorded(lab, chromium):
    lab.begin(*students(0, 1))
    page = lab.open(chromium)
    lab.tell(*students(2, 2))
    page.wait_for_function("window.kdPerf?.length > 0")
    for entry in page.evaluate("window.kdPerf"):
        assert 0 < entry["at_picture"] - entry["at_event"] < 60


def test_a_second_attempt_starts_the_curve_over(lab, chromium):
    lab.begin(*students(0, 9))
    page = lab.open(chromium)
    lab.tell(started(attempt=2, epochs=40), *students(0, 1))
    wait_for_epoch(page, 1)
    assert epochs_drawn(page) == [0, 1]


def test_the_charts_of_a_run_ask_together_and_stop_when_it_ends(lab, chromium):
    lab.begin(*students(0, 1))
    page = lab.open(chromium, watch=WATCH)
    page.wait_for_function("window.told.length >= 3")
    lab.tell(*students(2, 2), {"event": "finished"}, status="finished")
    page.wait_for_function("window.told.at(-1).status === 'finished'")
    wait_for_epoch(page, 2, chart=1)
    answers_so_far = page.evaluate("window.told.length")
    page.wait_for_timeout(1000)
    assert page.evaluate("window.told.length") == answers_so_far
    assert page.evaluate("window.most") == 1  # two pollers would have asked at the same time
    assert f"/lab/kd/runs/{lab.key}/points?since=5" in page.evaluate("window.told[0].address")


def test_when_the_server_has_been_away_nothing_is_missing(lab, chromium):
    lab.begin(*students(0, 1))
    page = lab.open(chromium)
    page.route("**/points?*", lambda route: route.abort())
    lab.tell(*students(2, 5))
    page.wait_for_timeout(700)
    assert epochs_drawn(page)[-1] == 1
    page.unroute("**/points?*")
    wait_for_epoch(page, 5)
    assert epochs_drawn(page) == [0, 1, 2, 3, 4, 5]


def test_an_older_figure_takes_over_the_points_that_came_after_it(lab, chromium):
    lab.begin(*students(0, 1))
    page = lab.open(chromium)
    kept = page.evaluate(
        """async (address) => {
            const { keep } = await import(address);
            const meta = { lane: "distilled", metric: "accuracy", part: "mean", scale: 100 };
            const drawn = [{ meta, x: [0, 1, 2], y: [50, 60, 70], customdata: [1, 1, 1] }];
            const older = [{ x: [0], y: [1] }, { meta, x: [0, 1], y: [50, 60], customdata: [1, 1] }];
            keep(older, drawn);
            return older;
        }""",
        f"/lab{static_address('growth.js')}",
    )
    assert kept[0] == {"x": [0], "y": [1]}
    assert (kept[1]["x"], kept[1]["y"], kept[1]["customdata"]) == ([0, 1, 2], [50, 60, 70], [1, 1, 1])


def test_a_point_that_is_told_twice_is_drawn_once(lab, chromium):
    lab.begin(*students(0, 1))
    page = lab.open(chromium)
    drawn = page.evaluate(
        """async (address) => {
            const { add } = await import(address);
            const meta = { lane: "distilled", metric: "accuracy", part: "mean", scale: 100 };
            const traces = [{ meta, x: [0, 1], y: [50, 60], customdata: [1, 1] }];
            const point = { lane: "distilled", accuracy: [0.7, 0.6, 0.8] };
            const isNew = [1, 2, 2].map((epoch) => add(traces, { ...point, epoch }));
            return { isNew, ...traces[0] };
        }""",
        f"/lab{static_address('growth.js')}",
    )
    assert drawn["isNew"] == [False, True, False]
    assert (drawn["x"], drawn["y"]) == ([0, 1, 2], [50, 60, 70])
    assert drawn["customdata"][2] == pytest.approx([60, 80])


def test_the_steep_start_of_a_curve_may_leave_the_picture(lab, chromium):
    lab.begin(epoch("scratch", 0, [0.1, 0.1], loss=[9, 9]), *students(1, 40))
    page = lab.open(chromium)
    accuracy, loss = page.evaluate("[...document.querySelectorAll('.js-plotly-plot')].map((p) => p.layout.yaxis.range)")
    assert 30 < accuracy[0] < 60
    assert loss[1] < 5


def test_names_at_the_ends_of_close_curves_do_not_overlap(lab, chromium):
    lab.begin(epoch("teacher", 0, [0.5, 0.9]), epoch("teacher", 1, [0.895, 0.895]), *students(0, 40))
    page = lab.open(chromium)
    lines = page.locator(".js-plotly-plot").first.locator(".annotation-text")
    assert lines.count() == 3
    boxes = sorted((line.bounding_box() for line in lines.all()), key=lambda box: box["y"])
    assert all(upper["y"] + upper["height"] <= lower["y"] + 3 for upper, lower in pairwise(boxes))


def test_a_lane_that_has_ended_is_led_on_to_the_edge(lab, chromium):
    lab.begin(epoch("teacher", 0, [0.5, 0.5]), epoch("teacher", 1, [0.9, 0.9]), *students(0, 5))
    page = lab.open(chromium)
    held = page.evaluate("document.querySelector('.js-plotly-plot').data.filter(({ meta }) => meta.part === 'held')")
    assert {trace["meta"]["lane"]: trace["x"] for trace in held} == {
        "teacher": [1, 40],
        "scratch": [],
        "distilled": [],
    }


def test_the_chart_follows_the_readers_theme(lab, chromium):
    lab.begin(*students(0, 3))
    page = lab.open(chromium, color_scheme="light")
    zoomed, light = zoom(page), curve(page)["colour"]
    page.emulate_media(color_scheme="dark")
    wait_until(lambda: page.wait_for_timeout(50) or curve(page)["colour"] != light)
    assert (light, curve(page)["colour"]) == ("#D55E00", "#F2813A")
    assert curve(page)["range"] == zoomed


def test_a_chart_says_what_is_to_be_seen_to_those_who_cannot_see(lab, chromium):
    lab.begin(*students(0, 3))
    page = lab.open(chromium)
    picture = page.get_by_role("img").first
    assert "distilled 53.5" in picture.get_attribute("aria-label")
    assert picture.locator("button, a, [tabindex]").count() == 0


def test_a_phone_gets_a_lower_chart_and_nothing_to_scroll_sideways(lab, chromium):
    lab.begin(*students(0, 3))
    page = lab.open(chromium, viewport={"width": 390, "height": 844})
    box = page.locator(".js-plotly-plot").first.bounding_box()
    assert box["height"] == 260
    assert box["x"] + box["width"] <= 390
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390


def test_a_script_sees_the_name_of_its_browser(lab, chromium):
    lab.begin()
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{lab.address}/?run={lab.key}")
    named = {cookie["name"]: cookie["value"] for cookie in context.cookies()}["kd_browser"]
    page.get_by_text(f"browser {named}").wait_for()
