"""Is the page quick while a run is under way? Measured in Chromium, with the real server and engine.

    python tests/benchmarks/browser.py [--smoke]

Prints how soon the first points are drawn after Train, how many pictures are drawn each second, how long an event
takes from the store to the picture, how long a slider takes to be answered by the whole page, and what the server
uses of a core with one idle page open. Then of a map of 1024 distilled students: how soon its first cells are drawn,
and how long a click on a cell takes to be answered while it is trained.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

from lab_server import CHROMIUM, QUIET, Server, go, own_server, until

ADDRESS = "/?teacher.widths=64&teacher_training.epochs=3&data.labels=1000&training.epochs=500&data.seed=7"
WINDOW = {"width": 1440, "height": 900}
SLIDER = "Temperature"
TEMPERATURES, SHARES = ", ".join(map(str, range(1, 17))), ", ".join(f"{n / 16:g}" for n in range(1, 17))
MAP = f"/trade_offs?x=temperature:{TEMPERATURES}&y=soft_weight:{SHARES}&seeds=4&data.labels=500&training.epochs=200"
CELLS = """(() => {
  const map = document.querySelector(".js-plotly-plot")?.data?.find((trace) => trace.type === "heatmap");
  return map?.z.flat().some((cell) => cell !== null) ? JSON.stringify(map.z) : null;
})()"""
CELL = """([column, row]) => {
  const plot = document.querySelector(".js-plotly-plot"), { xaxis, yaxis } = plot._fullLayout;
  const box = plot.getBoundingClientRect();
  return [box.x + xaxis._offset + xaxis.c2p(column), box.y + yaxis._offset + yaxis.c2p(row)];
}"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--smoke", action="store_true", help="a few seconds, to see that it works")
    chosen = options.parse_args()
    if not CHROMIUM.exists():
        print(f"not measured: no browser at {CHROMIUM}")
        return
    with TemporaryDirectory() as home, own_server(Path(home)) as server, sync_playwright() as playwright:
        page = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET).new_page(viewport=WINDOW)
        go(page, server.url + ADDRESS)
        time.sleep(2 if chosen.smoke else 10)  # the engine is ready
        print("| what | measured |\n| --- | --- |")
        if not chosen.smoke:
            print(f"| server with one idle page | {idle(server):.1f} % of a core |", flush=True)
        print(f"| Train to the first points | {first_points(page):.2f} s |", flush=True)
        watch(page, 2 if chosen.smoke else 8)
        moves = [slider_ms(page, number) for number in range(3 if chosen.smoke else 20)]
        print(f"| slider to its answer, run under way | median {median(moves):.0f} ms of {len(moves)} moves |")
        page.get_by_test_id("stMain").get_by_role("button", name="Stop", exact=True).click()
        for words, address in (("the default map", "/trade_offs?data.seed=7"), ("a map of 1024 students", MAP)):
            go(page, server.url + address)
            time.sleep(2)
            print(f"| Train to the first cells of {words} | {first_cells(page):.2f} s |", flush=True)
        clicks = [cell_ms(page, number) for number in range(2 if chosen.smoke else 15)]
        is_live = page.get_by_role("button", name="Stop", exact=True).count() > 0
        told = "while it is trained" if is_live else "until after it was trained"
        print(f"| click on a cell to its answer, {told} | median {median(clicks):.0f} ms of {len(clicks)} clicks |")


def idle(server: Server) -> float:
    """What the server uses of a core, in percent, while nobody does anything."""
    before, start = sum(server.process.cpu_times()[:2]), time.monotonic()
    time.sleep(10)
    return 100 * (sum(server.process.cpu_times()[:2]) - before) / (time.monotonic() - start)


def first_points(page: Page) -> float:
    """Seconds from the click on Train until the first chart shows a point of the new run."""
    page.evaluate("window.kdPerf = []")
    page.get_by_test_id("stMain").get_by_role("button", name="Train", exact=True).click()
    start = time.monotonic()
    until(lambda: page.evaluate("window.kdPerf.length") > 0, "a point is drawn")
    return time.monotonic() - start


def watch(page: Page, seconds: float) -> None:
    """Pictures a second of each chart, and how late they are, while the students learn."""
    page.evaluate("window.kdPerf.length = 0")
    time.sleep(seconds)
    drawn = page.evaluate("window.kdPerf")
    delays = [1000 * (each["at_picture"] - each["at_event"]) for each in drawn]
    charts = page.locator(".js-plotly-plot").count()
    print(f"| pictures a second, each of {charts} charts | {len(drawn) / charts / seconds:.1f} |")
    print(f"| event stored to picture | median {median(delays):.0f} ms of {len(delays)} |", flush=True)


def slider_ms(page: Page, number: int) -> float:
    """Milliseconds from a key on a slider to the script's answer."""
    page.get_by_role("slider", name=SLIDER).focus()
    return answered_ms(page, "keydown", lambda: page.keyboard.press("ArrowLeft" if number % 2 else "ArrowRight"))


def first_cells(page: Page) -> float:
    """Seconds from the click until the map shows cells of the new sweep, and no more those of another one."""
    before = page.evaluate(CELLS)
    page.get_by_role("button", name="Train the map", exact=True).click()
    start = time.monotonic()
    until(lambda: page.evaluate(CELLS) not in (before, None), "a cell is drawn")
    return time.monotonic() - start


def cell_ms(page: Page, number: int) -> float:
    """Milliseconds from a click on a cell to the script's answer."""
    page.wait_for_selector(".js-plotly-plot .main-svg")
    page.mouse.move(*page.evaluate(CELL, [number % 16, 3 * number % 7]))  # of the half that is trained first
    time.sleep(0.5)
    return answered_ms(page, "mousedown", lambda: (page.mouse.down(), page.mouse.up()))


def answered_ms(page: Page, event: str, act: Callable[[], object]) -> float:
    """Milliseconds, by the browser's clock, from what a hand does to the script's answer: the new address."""
    page.evaluate(
        """(event) => {
          window.kdAnswer = null;
          const before = location.href;
          addEventListener(event, () => {
            const start = performance.now();
            const look = () => {
              if (location.href === before) return setTimeout(look, 1);
              window.kdAnswer = performance.now() - start;
            };
            look();
          }, { once: true, capture: true });
        }""",
        event,
    )
    act()
    until(lambda: page.evaluate("window.kdAnswer"), "it is answered")
    return page.evaluate("window.kdAnswer")


if __name__ == "__main__":
    main()
