"""How long the bars take to follow the temperature slider, in Chromium, with the real server.

    python tests/benchmarks/soft_labels.py [--smoke]

A key is pressed on the slider; time runs from the browser's own `input` event until the bars have changed and the next
frame begins. That is what the eye waits for, the page's other pictures being drawn meanwhile.
"""

import argparse
import sys
import time
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

from lab_server import CHROMIUM, PATIENCE_S, QUIET, own_server

MOVES = 50
PAUSES_S = (0.05, 0.6)  # between moves: a key held down, and a hand that rests, so that the page draws everything anew
WATCH = """
    window.waits = [];
    const bars = document.querySelector(".kd-dials ~ div .barlayer");
    document.addEventListener("input", ({ target }) => {
        if (target.type !== "range") return;
        const start = performance.now();
        const eye = new MutationObserver(() => {
            eye.disconnect();
            requestAnimationFrame(() => setTimeout(() => window.waits.push(performance.now() - start)));
        });
        eye.observe(bars, { subtree: true, attributes: true, childList: true });
    }, true);
"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--smoke", action="store_true", help="a few moves, to see that it works")
    moves = 4 if options.parse_args().smoke else MOVES
    if not CHROMIUM.exists():
        print(f"not measured: no browser at {CHROMIUM}")
        return
    with TemporaryDirectory() as home, own_server(Path(home)) as server, sync_playwright() as playwright:
        page = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET).new_page()
        page.goto(f"{server.url}/soft_labels")
        page.wait_for_selector(".kd-dials ~ div .barlayer path", timeout=1000 * PATIENCE_S)
        time.sleep(2 if moves < MOVES else 10)  # everything else is drawn
        page.evaluate(WATCH)
        print("| pause between moves | median | 95 % | moves |\n| --- | --- | --- | --- |")
        for pause_s in PAUSES_S:
            waits = move(page, moves, pause_s)
            print(
                f"| {pause_s} s | {median(waits):.0f} ms | {quantiles(waits, n=20)[-1]:.0f} ms | {len(waits)} |",
                flush=True,
            )


def move(page: Page, moves: int, pause_s: float) -> list[float]:
    """Milliseconds from input to redrawn bars, of each move up and down the stops."""
    slider = page.get_by_role("slider", name="Temperature")
    page.evaluate("window.waits.length = 0")
    for number in range(moves):
        slider.press("ArrowRight" if number // 4 % 2 else "ArrowLeft")
        page.wait_for_function("moves => window.waits.length >= moves", arg=number + 1, timeout=1000 * PATIENCE_S)
        time.sleep(pause_s)
    return page.evaluate("window.waits")


if __name__ == "__main__":
    main()
