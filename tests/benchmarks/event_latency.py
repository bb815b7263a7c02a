"""How long a row takes from the worker to the store: `python tests/benchmarks/event_latency.py [seconds]`.

An engine of its own trains nothing and yields epochs that say when they were made; the store says when it got them.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from kdcore import settings  # noqa: E402
from kdcore.engine import client  # noqa: E402
from kdcore.events import Row  # noqa: E402
from kdcore.experiment import Experiment, Training  # noqa: E402
from kdcore.store import Reader  # noqa: E402

PACES = {"an epoch every 100 ms": 0.1, "every 20 ms": 0.02, "every 2 ms": 0.002}


def fit(experiment: Experiment) -> Iterator[Row]:
    """Epochs at the pace of this experiment, for as long as it says."""
    pause = list(PACES.values())[experiment.data.seed]
    yield {"event": "started"}
    for epoch in range(int(experiment.training.epochs / pause)):
        time.sleep(pause)
        yield {"event": "epoch", "lane": "distilled", "epoch": epoch, "made": time.time()}
        yield {"event": "batch", "progress": 0.5}
    yield {"event": "finished", "table": []}


def latencies(reader: Reader, experiment: Experiment) -> list[float]:
    """Milliseconds from the worker to the store, for every epoch of a run."""
    while (answer := client.submit(experiment, "benchmark")).refusal == "engine_down":
        time.sleep(0.1)
    assert answer.accepted, client.sentence(answer)
    while not reader.run(experiment.key).ended:
        time.sleep(0.1)
    rows = [row for _n, row in reader.events(experiment.key) if row["event"] == "epoch"]
    return [1000 * (row["at"] - row["made"]) for row in rows]


def main(seconds: int) -> None:
    print(f"{'row in worker -> row in store, ms':36}{'median':>8}{'95 %':>8}{'most':>8}{'rows':>8}")
    with tempfile.TemporaryDirectory() as home:
        paths = os.pathsep.join([str(ROOT), str(Path(__file__).parent)])
        os.environ |= {"KD_HOME": home, "KD_SLOTS": "1", "PYTHONPATH": paths}
        command = [sys.executable, "-m", "kdcore.engine", "--fit", "event_latency:fit"]
        engine = subprocess.Popen(command, stdin=subprocess.PIPE)
        with engine, closing(Reader(settings.store_url())) as reader:
            for number, pace in enumerate(PACES):
                experiment = Experiment(data={"seed": number}, training=Training(epochs=seconds))
                found = sorted(latencies(reader, experiment))
                part = [statistics.median(found), found[int(0.95 * len(found))], found[-1]]
                print(f"{pace:36}" + "".join(f"{value:8.1f}" for value in part) + f"{len(found):8}")
            engine.communicate()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", nargs="?", type=int, default=5, help="how long each pace is kept up")
    parser.add_argument("--smoke", action="store_true", help="one second each: does it run at all?")
    options = parser.parse_args()
    main(1 if options.smoke else options.seconds)
