"""What would a class, a course, and an open course need? The numbers of the page `pages/lessons/en/classes.md`.

    python tests/benchmarks/classes.py [--smoke]

1. Measured, on this machine: an engine of its own runs the default experiment and the default map, as fast as they go;
   of each the seconds of a processor that its training, the engine around it and the store took. A page is run as a
   visitor's click runs it, and what a chart asks for while a run is under way is asked.
2. Assumed, in the constants below: what visitors ask for, and when. How much of that the store answers follows from
   drawing it at random, visitor by visitor.
3. Calculated from both: how many processors the busiest hour takes, and how much is stored in the end.
"""

import argparse
import logging
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from kdcore import settings  # noqa: E402
from kdcore.calibrate import Calibration  # noqa: E402
from kdcore.engine import client  # noqa: E402
from kdcore.events import Row  # noqa: E402
from kdcore.experiment import Experiment  # noqa: E402
from kdcore.grid import QUESTIONS  # noqa: E402
from kdcore.order import Order  # noqa: E402
from kdcore.store import Reader, Run, Writer  # noqa: E402

AUDIENCES = {"a class of 30": 30, "a course of 3,000": 3_000, "an open course of 300,000": 300_000}
BUSIEST = (1.0, 0.1, 0.005)  # share of all that is asked for which falls into the busiest hour
RUNS_EACH, MAPS_EACH = 10, 1  # that a visitor asks for in all
NAMED = 0.5  # share of wishes that are among those the lessons name,
LESSONS = {"run": 20, "map": 6}  # which are so many, one as likely as another;
OWN = {"run": 1_000_000, "map": 100_000}  # the others are of so many, the k-th most popular 1/k as likely as the first
CLICKS = 10  # that a visitor makes on pages for each wish, beside watching it
LOOKS_S = 10  # a second, at a run under way


class Cost(NamedTuple):
    """Seconds of a processor that training and the engine take, bytes in the store, how often it is written."""

    training_s: float
    engine_s: float
    stored: int
    commits: int


def main(smoke: bool) -> None:
    orders = {"run": Experiment(), "map": QUESTIONS["map"].sweep}
    if smoke:
        quick = {"epochs": 2}
        small = Experiment(seeds=2, training=quick, teacher_training=quick)
        orders = {"run": small, "map": orders["map"].model_copy(update={"experiment": small})}
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"KD_HOME": home, "KD_SLOTS": "1"}
        costs = measured(orders)
        print("| measured | training, core s | engine, core s | stored, kB | commits |")
        print("| --- | --- | --- | --- | --- |")
        for kind, cost in costs.items():
            numbers = f"{cost.training_s:.2f} | {cost.engine_s:.2f} | {cost.stored / 1000:.0f} | {cost.commits}"
            print(f"| the default {kind} | {numbers} |")
        click_s, look_s = page_s(orders["run"], 2 if smoke else 20)
        print(f"\nA click on the page takes {1000 * click_s:.0f} ms of a core, a chart's look {1000 * look_s:.1f} ms.")
        print(f"A commit takes {commit_ms(20 if smoke else 200):.1f} ms.")
    one, at_once = costs["run"].training_s, AUDIENCES["a class of 30"]
    print(f"{at_once} who press Train at once, each for something else: {at_once * one:.0f} s on one core, ", end="")
    print(f"{at_once * one / 4:.0f} s on four.\n")
    print("| | wishes | answered by the store | cores: training | engine | pages | commits a second | stored, GB |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for (name, visitors), busiest in zip(AUDIENCES.items(), BUSIEST, strict=True):
        print(needed(name, visitors, busiest, costs, click_s, look_s), flush=True)


def measured(orders: dict[str, Order]) -> dict[str, Cost]:
    """Have each of them run by an engine that has warmed up."""
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    engine = subprocess.Popen([sys.executable, "-m", "kdcore.engine"], stdin=subprocess.PIPE, env=env)
    found = {}
    with engine, closing(Reader(settings.store_url())) as reader:
        run(Calibration(), reader)
        for kind, order in orders.items():
            before = engine_s(engine)
            rows = run(order, reader)
            commits = len({round(row["at"], 2) for row in rows})
            found[kind] = Cost(rows[-1]["processor_s"], engine_s(engine) - before, size(order.key), commits)
        print("An engine holds {:.0f} MB, its worker {:.0f} MB.\n".format(*memory(engine)))
        engine.communicate()
    return found


def run(order: Order, reader: Reader) -> list[Row]:
    """The rows of a run, when it has finished."""
    while (answer := client.submit(order, "benchmark")).refusal == "engine_down":
        time.sleep(0.1)
    assert answer.accepted, client.sentence(answer)
    while not reader.run(order.key).ended:
        time.sleep(0.2)
    rows = [row for _n, row in reader.events(order.key)]
    assert rows[-1]["event"] == "finished", rows[-1]
    return rows


def memory(engine: subprocess.Popen) -> tuple[float, float]:
    """Of the engine, and of the largest of its children, in MB."""
    process = psutil.Process(engine.pid)
    sizes = [each.memory_info().rss / 1e6 for each in process.children(recursive=True)]
    return process.memory_info().rss / 1e6, max(sizes)


def engine_s(engine: subprocess.Popen) -> float:
    """Processor seconds of the engine and its scheduler, which is in it; not of its workers."""
    times = psutil.Process(engine.pid).cpu_times()
    return times.user + times.system


def size(key: str) -> int:
    """Bytes that a run takes in the store: how much smaller the store is without it."""
    path = settings.home() / "store.sqlite"
    sizes = []
    for condition in ("''", f"'{key}'"):
        copy = settings.home() / "copy.sqlite"
        copy.unlink(missing_ok=True)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("VACUUM INTO ?", [str(copy)])
        with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            for table, column in (("events", "run"), ("blobs", "run"), ("runs", "key")):
                connection.execute(f"DELETE FROM {table} WHERE {column} = {condition}")
            connection.execute("VACUUM")
        sizes.append(copy.stat().st_size)
    return sizes[0] - sizes[1]


def page_s(order: Order, clicks: int) -> tuple[float, float]:
    """Processor seconds of a click on Distil, and of a look at a run under way, when a few new rows are there."""
    from streamlit.testing.v1 import AppTest

    from pages._ui.routes import news

    logging.disable(logging.WARNING)  # Streamlit misses a browser
    app = AppTest.from_file(str(ROOT / "pages" / "_shell.py"), default_timeout=60).run()
    began = time.process_time()
    for click in range(clicks):
        app = app.select_slider(key="temperature").set_value((1.0, 2.0)[click % 2]).run()
    click_s = (time.process_time() - began) / clicks
    store = settings.store_url()
    last = news(store, order.key, 0)["next"]
    began = time.process_time()
    for _look in range(10 * clicks):
        news(store, order.key, last - 4)
    return click_s, (time.process_time() - began) / (10 * clicks)


def commit_ms(commits: int) -> float:
    """Milliseconds of a commit that stores three rows of an epoch and how far the run is."""
    row = {"event": "epoch", "lane": "distilled", "epoch": 1, "val_accuracy": [0.5] * 8, "val_loss": [0.5] * 8}
    with closing(Writer(f"sqlite:///{settings.home()}/another.sqlite")) as writer:
        began = time.perf_counter()
        for number in range(commits):
            writer.write([Run("key", {}, "running", "now", progress=number / commits)], {"key": [row] * 3})
        return 1000 * (time.perf_counter() - began) / commits


def needed(name: str, visitors: int, busiest: float, costs: dict[str, Cost], click_s: float, look_s: float) -> str:
    """A line of the last table."""
    random = np.random.default_rng(0)
    wishes = training_s = engine_s = watching_s = commits = stored = asked = 0.0
    for kind, each in (("run", RUNS_EACH), ("map", MAPS_EACH)):
        count = visitors * each
        distinct = len(np.unique(drawn(random, count, kind)))
        cost = costs[kind]
        wishes, asked = wishes + count, asked + distinct
        training_s += distinct * cost.training_s
        engine_s += distinct * cost.engine_s
        commits += distinct * cost.commits
        stored += distinct * cost.stored
        watching_s += distinct * cost.training_s * LOOKS_S * look_s
    pages_s = wishes * CLICKS * click_s + watching_s
    cores = [f"{busiest * seconds / 3600:.2g}" for seconds in (training_s, engine_s, pages_s)]
    answered = f"{100 * (1 - asked / wishes):.0f} %"
    written = f"{busiest * commits / 3600:.2g}"
    return f"| {name} | {wishes:,.0f} | {answered} | {' | '.join(cores)} | {written} | {stored / 1e9:,.2f} |"


def drawn(random: np.random.Generator, count: int, kind: str) -> np.ndarray:
    """What is wished for, as numbers: those below 0 are named by lessons."""
    chances = 1 / np.arange(1, OWN[kind] + 1)
    own = random.choice(OWN[kind], count, p=chances / chances.sum())
    named = -1 - random.integers(LESSONS[kind], size=count)
    return np.where(random.random(count) < NAMED, named, own)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="short runs: does it work at all?")
    main(parser.parse_args().smoke)
