"""A visit to the lab: open, train, watch, zoom, reload, share; and what happens when something is killed."""

import re
import signal
import time

import psutil
from axe_playwright_python.sync_playwright import Axe
from lab_server import PATIENCE_S, go, own_server, until
from playwright.sync_api import Locator, Page, expect

QUICK = "teacher.widths=16&student.widths=4&teacher_training.epochs=2&training.epochs=40&seeds=2"
LONG = "teacher.widths=16&student.widths=4&teacher_training.epochs=2&training.epochs=500&seeds=2"
SCHEMES = ("light", "dark")
OF_STREAMLIT = set()  # rule and place of findings in Streamlit's own frame; at present there are none
AT_REST = """() => !document.querySelector('[data-stale="true"]') && document.getAnimations().every((each) =>
  each.playState !== "running" || each.effect.getTiming().iterations === Infinity)"""  # Streamlit fades in what is new
FIRST_CHART = "document.querySelector('.js-plotly-plot')"
POINTS = f"{FIRST_CHART}.data.filter(t => t.meta && t.meta.part == 'mean').reduce((n, t) => n + t.x.length, 0)"


def points(page: Page) -> int:
    return page.evaluate(POINTS)


def button(page: Page, name: str) -> Locator:
    """A button of the page's own; Streamlit's frame has a Stop of its own now and then."""
    return page.get_by_test_id("stMain").get_by_role("button", name=name, exact=True)


def press(page: Page, name: str) -> None:
    button(page, name).click()


def slow_down(page: Page) -> None:
    page.get_by_text("10 epochs/s").click()


def train(page: Page) -> None:
    """Begin a long run, slowly enough to watch."""
    slow_down(page)
    press(page, "Train")
    expect(button(page, "Stop")).to_be_visible(timeout=1000 * PATIENCE_S)


def run(page: Page) -> str:
    """Train to the end; the verdict."""
    press(page, "Train")
    expect(page.get_by_text("results of other settings")).to_have_count(0, timeout=1000 * PATIENCE_S)
    expect(page.get_by_text("Trained here on")).to_be_visible(timeout=1000 * PATIENCE_S)
    return see_verdict(page)


def see_verdict(page: Page) -> str:
    verdict = page.get_by_text(re.compile("points of test accuracy"))
    expect(verdict.first).to_be_visible(timeout=1000 * PATIENCE_S)
    expect(button(page, "Stop")).to_have_count(0, timeout=1000 * PATIENCE_S)
    return verdict.first.inner_text()


def test_opens_on_a_recorded_run(visit):
    page = visit()
    expect(page.get_by_text("Recorded run of")).to_be_visible()
    expect(page.get_by_text("Distillation helps").first).to_be_visible()
    assert points(page) > 200


def test_trains_live_and_ends_with_a_verdict(visit):
    page = visit(f"/?{LONG}&data.seed=1")
    train(page)
    until(lambda: points(page) >= 3, "the first points are drawn")
    before = points(page)
    until(lambda: points(page) > before, "the curve moves")
    page.get_by_text("as fast as it goes").click()
    assert "2 paired seeds" in see_verdict(page)
    until(lambda: points(page) == 3 + 2 * 501, "every epoch of every lane is drawn")


def test_zoom_survives_updates_and_reruns(visit):
    page = visit(f"/?{LONG}&data.seed=2")
    train(page)
    until(lambda: points(page) > 10, "some points are drawn")
    page.evaluate(f"{FIRST_CHART}.id = 'mine'")
    zoomed = zoom(page)
    before = points(page)
    until(lambda: points(page) > before + 10, "more points are drawn")
    page.get_by_role("slider", name="Soft-label share").press("ArrowRight")
    expect(page.get_by_text("results of other settings")).to_be_visible(timeout=1000 * PATIENCE_S)
    assert page.evaluate("document.getElementById('mine').layout.xaxis.range") == zoomed, "same chart, same zoom"
    press(page, "Stop")
    expect(page.get_by_text("Stopped. Press Train")).to_be_visible(timeout=1000 * PATIENCE_S)


def zoom(page: Page) -> list[float]:
    """Draw a rectangle with the mouse in the first chart; the range of epochs that it then shows."""
    plot = page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    page.mouse.move(plot["x"] + 0.2 * plot["width"], plot["y"] + 0.2 * plot["height"])
    page.mouse.down()
    page.mouse.move(plot["x"] + 0.6 * plot["width"], plot["y"] + 0.8 * plot["height"], steps=5)
    page.mouse.up()
    until(lambda: page.evaluate(f"{FIRST_CHART}.layout.xaxis.range[0]") > 0, "the chart is zoomed")
    return page.evaluate(f"{FIRST_CHART}.layout.xaxis.range")


def test_pause_step_and_go_on(visit):
    page = visit(f"/?{LONG}&data.seed=3")
    train(page)
    until(lambda: points(page) > 5, "the students learn")
    press(page, "Pause")
    expect(button(page, "Go on")).to_be_visible(timeout=1000 * PATIENCE_S)
    held = points_at_rest(page)
    press(page, "Step")
    until(lambda: points(page) > held, "a step is drawn")
    assert points_at_rest(page) == held + 2, "one epoch of both students"
    press(page, "Go on")
    until(lambda: points(page) > held + 6, "it goes on")
    press(page, "Stop")
    expect(page.get_by_text("Stopped. Press Train")).to_be_visible(timeout=1000 * PATIENCE_S)


def points_at_rest(page: Page) -> int:
    """How many points are drawn, once no more come."""
    counts = [-1]
    until(lambda: time.sleep(1) or counts.append(points(page)) or counts[-1] == counts[-2], "no more points come")
    return counts[-1]


def test_reload_and_a_sent_address_show_the_same_run(visit):
    page = visit(f"/?{QUICK}&data.seed=4")
    verdict = run(page)
    page.reload()
    assert see_verdict(page) == verdict
    expect(page.get_by_text("Trained here on")).to_be_visible()
    friend = visit(page.url.partition("localhost")[2].partition("/")[2].join(["/", ""]))
    assert see_verdict(friend) == verdict
    press(friend, "Train")
    expect(friend.get_by_text("These settings were run before")).to_be_visible(timeout=1000 * PATIENCE_S)


def test_two_browsers_share_one_run(visit, server):
    one, other = visit(f"/?{LONG}&data.seed=5"), visit(f"/?{LONG}&data.seed=5")
    train(one)
    train(other)
    until(lambda: points(one) > 5 and points(other) > 5, "both draw")
    press(one, "Stop")
    before = points(other)
    until(lambda: points(other) > before, "the other's run goes on")
    press(other, "Stop")
    expect(other.get_by_text("Stopped. Press Train")).to_be_visible(timeout=1000 * PATIENCE_S)


def test_the_last_run_stays_as_a_ghost(visit):
    page = visit(f"/?{QUICK}&data.seed=6")
    run(page)
    page.get_by_role("slider", name="Soft-label share").press("ArrowLeft")
    expect(page.get_by_text("results of other settings")).to_be_visible(timeout=1000 * PATIENCE_S)
    run(page)
    ghosts = f"{FIRST_CHART}.data.filter(t => !t.meta && t.x && t.x.length > 2).length"
    assert page.evaluate(ghosts) == 3


def test_no_serious_accessibility_finding(visit):
    """The whole page: with boundaries and everything folded open, with a wrong setting, and with a run that waits."""
    page = visit(f"/?{QUICK}&data.name=moons&data.seed=8")
    run(page)
    page.evaluate("document.querySelectorAll('details:not([open]) > summary').forEach((folded) => folded.click())")
    assert serious_findings(page) == []
    page.get_by_role("textbox", name="Hidden layers").last.fill("x")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Correct the setting marked in red")).to_be_visible(timeout=1000 * PATIENCE_S)
    assert serious_findings(page) == []
    page = visit(f"/?{LONG}&data.seed=8")
    train(page)
    press(page, "Pause")
    expect(button(page, "Go on")).to_be_visible(timeout=1000 * PATIENCE_S)
    assert serious_findings(page) == []
    press(page, "Stop")


def serious_findings(page: Page) -> list[tuple[str, str, str]]:
    """Rule and element of each serious or critical finding, in light and in dark, but for those of what only Streamlit
    can change."""
    found = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        time.sleep(1)
        page.wait_for_function(AT_REST, timeout=1000 * PATIENCE_S)
        found += [finding | {"scheme": scheme} for finding in Axe().run(page).response["violations"]]
    return [
        (finding["scheme"], finding["id"], node["html"][:300])
        for finding in found
        if finding["impact"] in ("serious", "critical")
        for node in finding["nodes"]
        if (finding["id"], node["target"][0]) not in OF_STREAMLIT
    ]


def test_a_phone_shows_everything_without_scrolling_sideways(visit):
    page = visit(width=390, height=844)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390


def test_an_engine_that_is_killed_comes_back_and_tries_the_run_again(chromium, tmp_path):
    with own_server(tmp_path) as server:
        page = chromium.new_page()
        go(page, f"{server.url}/?{QUICK}")
        first_verdict = run(page)
        go(page, f"{server.url}/?{LONG}")
        train(page)
        until(lambda: points(page) > 10, "the run is under way")
        old = server.engine()
        old.kill()
        killed = time.monotonic()
        until(lambda: (new := server.engine()) is not None and new.pid != old.pid, "a new engine is there", 5)
        print(f"engine back after {time.monotonic() - killed:.1f} s")
        expect(page.get_by_text("second attempt")).to_be_visible(timeout=1000 * PATIENCE_S)
        press(page, "Stop")
        page.goto(f"{server.url}/?{QUICK}")
        assert see_verdict(page) == first_verdict
        page.close()


def test_a_server_that_is_killed_leaves_no_orphans_and_finds_its_runs_again(chromium, tmp_path):
    with own_server(tmp_path) as server:
        page = chromium.new_page()
        go(page, f"{server.url}/?{QUICK}")
        verdict = run(page)
        page.close()
        family = server.family()
        assert len(family) >= 3, "server, engine, worker"
        server.process.send_signal(signal.SIGKILL)
        _gone, left = psutil.wait_procs(family, timeout=PATIENCE_S)
        assert left == []
        server.start()
        page = chromium.new_page()
        page.goto(f"{server.url}/?{QUICK}")
        assert see_verdict(page) == verdict
        page.close()


def test_one_open_page_leaves_the_server_idle(visit, server):
    visit()
    time.sleep(3)  # what opening costs is over
    before, start = sum(server.process.cpu_times()[:2]), time.monotonic()
    time.sleep(5)
    share = (sum(server.process.cpu_times()[:2]) - before) / (time.monotonic() - start)
    print(f"the server uses {100 * share:.1f} % of a core with one page open")
    assert share < 0.05
