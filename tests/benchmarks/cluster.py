"""A sweep on a cluster of other processes: how much faster are two workers than one, and who else feels it?

    python tests/benchmarks/cluster.py [--smoke]

A Dask scheduler and its workers are started as processes of their own that speak TLS, and an engine that finds them by
KD_SCHEDULER. It is asked for a map of 32 temperatures x 32 shares, 1024 distilled students 64-32-10 on all digits for
ten epochs, first with one worker, then with a second one that joins; each three times, and the fastest is told, as
other programs only take time away. Meanwhile this process reads the store as pages do. On a machine with two cores,
scheduler, engine and reader share them with the workers.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from operator import itemgetter
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "engine")]

from dask_cluster import DaskCluster  # noqa: E402

from kdcore import settings  # noqa: E402
from kdcore.engine import client  # noqa: E402
from kdcore.events import Row, latest  # noqa: E402
from kdcore.experiment import unflatten  # noqa: E402
from kdcore.grid import Sweep  # noqa: E402
from kdcore.store import Reader  # noqa: E402

LOOK_S = 0.5  # how often a page looks


def main(smoke: bool) -> None:
    side, epochs, rounds = (3, 1, 1) if smoke else (32, 10, 3)
    order, warm = a_map(side, epochs), a_map(2, 1)
    parts = sum(len(group.parts) for group in order.groups())
    print(f"{order.students} students in {parts} parts; {os.cpu_count()} cores, {os.getloadavg()[0]:.1f} busy before")
    print("| workers | seconds | to the first cell | of a processor | times as fast |")
    print("| --- | --- | --- | --- | --- |")
    took: list[float] = []
    with tempfile.TemporaryDirectory() as folder, DaskCluster(Path(folder), workers=1) as cluster:
        os.environ |= cluster.environment | {"KD_HOME": folder}
        command = [sys.executable, "-m", "kdcore.engine"]
        engine = subprocess.Popen(command, stdin=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(ROOT)})
        with engine, closing(Reader(settings.store_url())) as reader:
            for workers in (1, 2):
                if workers == 2:
                    cluster.join()
                    time.sleep(1 if smoke else 15)  # it has to import torch
                asked(warm, reader)
                seconds, looks, rows = min((asked(order, reader) for _round in range(rounds)), key=itemgetter(0))
                took.append(seconds)
                cells = [f"{seconds:.1f}", f"{first_cell_s(rows):.2f}", f"{rows[-1]['processor_s']:.1f}"]
                print(f"| {workers} | {' | '.join(cells)} | {took[0] / seconds:.2f} |", flush=True)
            told(rows, looks, reader, order)
            engine.communicate()


def asked(order: Sweep, reader: Reader) -> tuple[float, list[float], list[Row]]:
    """Run it anew: seconds from the wish to its end, milliseconds of each look at what is new, and its rows."""
    key = order.key
    last = max((n for n, _row in reader.events(key)), default=0)
    while (answer := client.submit(order, "benchmark", again=True)).refusal == "engine_down":
        time.sleep(0.1)
    assert answer.accepted, client.sentence(answer)
    start, looks = time.perf_counter(), []
    while True:
        look = time.perf_counter()
        run, found = reader.run(key), reader.events(key, since=last)
        last = found[-1][0] if found else last
        looks.append(1000 * (time.perf_counter() - look))
        if run and run.ended:
            assert run.status == "finished", run.reason
            seconds = time.perf_counter() - start
            return seconds, looks, latest(row for _n, row in reader.events(key))
        time.sleep(LOOK_S)


def first_cell_s(rows: list[Row]) -> float:
    """Seconds from the first row of a run to its first cell."""
    return next(row["at"] for row in rows if row["event"] == "cell") - rows[0]["at"]


def told(rows: list[Row], looks: list[float], reader: Reader, order: Sweep) -> None:
    """How much a map has to tell, how it comes to the store, and how long pages read it."""
    sizes = [len(json.dumps(row)) for row in rows]
    together: Counter[int] = Counter()  # by hundredth of a second
    for row, size in zip(rows, sizes, strict=True):
        together[round(100 * row["at"])] += size
    key, start = order.key, time.perf_counter()
    stored = len(reader.events(key))
    each_ms = 1000 * (time.perf_counter() - start) / stored
    looks = sorted(looks)
    print("\n| what a map tells | |")
    print("| --- | --- |")
    print(f"| rows, and kB of them | {len(rows)}, {sum(sizes) / 1000:.0f} |")
    print(f"| kB of a row: typical, largest | {statistics.median(sizes) / 1000:.2f}, {max(sizes) / 1000:.2f} |")
    print(f"| kB that came within a hundredth of a second, the most | {max(together.values()) / 1000:.0f} |")
    quantiles = f"{statistics.median(looks):.1f}, {looks[int(0.95 * (len(looks) - 1))]:.1f}, {looks[-1]:.1f}"
    print(f"| a look at what is new, ms: typical, 95 %, longest | {quantiles} |")
    print(f"| reading all of it, ms | {each_ms * len(rows):.0f} |")


def a_map(side: int, epochs: int) -> Sweep:
    """A map of so many temperatures and shares, with one seed."""
    training = {"training.epochs": epochs, "training.batch_size": 64, "training.learning_rate": 1e-3}
    student = {"student.widths": "32", "data.labels": None, "teacher_training.epochs": 3, "seeds": 1}
    temperatures = [1 + 19 * column / side for column in range(side)]
    shares = [row / side for row in range(1, side + 1)]
    axes = {"setting": "temperature", "values": temperatures}, {"setting": "soft_weight", "values": shares}
    return Sweep(experiment=unflatten(training | student), x=axes[0], y=axes[1])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="a few students: does it run at all?")
    main(parser.parse_args().smoke)
