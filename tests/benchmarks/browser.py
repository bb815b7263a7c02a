"""Is the page quick while a run is under way? Measured in Chromium, with the real server and engine.

    python tests/benchmarks/browser.py [--smoke]

Prints how soon the first points are drawn after Train, how many pictures are drawn each second, how long an event
takes from the store to the picture, how long a slider takes to be answered by the whole page, and what the server
uses of a core with one idle page open.
"""

import argparse
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

from lab_server import CHROMIUM, QUIET, Server, go, own_server, until

ADDRESS = "/?teacher.widths=64&teacher_training.epochs=3&data.labels=1000&training.epochs=500&data.seed=7"
SLIDER = "Temperature"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--smoke", action="store_true", help="a few seconds, to see that it works")
    chosen = options.parse_args()
    if not CHROMIUM.exists():
        print(f"not measured: no browser at {CHROMIUM}")
        return
    with TemporaryDirectory() as home, own_server(Path(home)) as server, sync_playwright() as playwright:
        page = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET).new_page()
        go(page, server.url + ADDRESS)
        time.sleep(2 if chosen.smoke else 10)  # the engine is ready
        print("| what | measured |\n| --- | --- |")
        if not chosen.smoke:
            print(f"| server with one idle page | {idle(server):.1f} % of a core |", flush=True)
        print(f"| Train to the first points | {first_points(page):.2f} s |", flush=True)
        watch(page, 2 if chosen.smoke else 8)
        moves = [slider_ms(page, number) for number in range(3 if chosen.smoke else 20)]
        print(f"| slider to its answer, run under way | median {median(moves):.0f} ms of {len(moves)} moves |")


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
    """Milliseconds, by the browser's clock, from a key on a slider to the script's answer: the new address."""
    page.get_by_role("slider", name=SLIDER).focus()
    page.evaluate(
        """() => {
          window.kdAnswer = null;
          const before = location.href;
          addEventListener("keydown", () => {
            const start = performance.now();
            const look = () => {
              if (location.href === before) return setTimeout(look, 1);
              window.kdAnswer = performance.now() - start;
            };
            look();
          }, { once: true, capture: true });
        }"""
    )
    page.keyboard.press("ArrowLeft" if number % 2 else "ArrowRight")
    until(lambda: page.evaluate("window.kdAnswer"), "the slider is answered")
    return page.evaluate("window.kdAnswer")


if __name__ == "__main__":
    main()
