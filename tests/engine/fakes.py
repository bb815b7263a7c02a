"""Stand-ins for `kdcore.work:rows`: they train nothing, and misbehave where a test wants it."""

import os
import resource
import signal
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

from kdcore import settings
from kdcore.data.download import DataUnavailable
from kdcore.events import Row
from kdcore.experiment import Experiment
from kdcore.grid import Sweep

WEIGHTS = b"\x00weights\xff"
EPOCHS = 3
FOUR_MB = 4 * 2**20


def short(experiment: Experiment, epochs: int = EPOCHS, seconds: float = 0.0) -> Iterator[Row]:
    """A run that leaves bytes behind; each epoch takes so many seconds."""
    yield {"event": "started", "key": experiment.key, "experiment": experiment.model_dump(mode="json")}
    for epoch in range(epochs + 1):
        time.sleep(seconds)
        yield {"event": "batch", "progress": epoch / epochs}
        for lane in ("scratch", "distilled"):
            yield {"event": "epoch", "lane": lane, "epoch": epoch, "val_accuracy": [0.5, float("nan")]}
    yield {"event": "snapshot", "name": "distilled.safetensors", "payload": WEIGHTS}
    yield {"event": "finished", "exported_seed": 0, "table": [{"lane": "distilled", "test_accuracy": [0.5]}]}


def half_a_second(experiment: Experiment) -> Iterator[Row]:
    return short(experiment, epochs=25, seconds=0.02)


def endless(experiment: Experiment) -> Iterator[Row]:
    return short(experiment, epochs=10**9, seconds=0.01)


def frail(experiment: Experiment) -> Iterator[Row]:
    """Its process is killed in the second epoch, every time."""
    for row in short(experiment, seconds=0.1):
        if row.get("epoch") == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        yield row


def frail_once(experiment: Experiment) -> Iterator[Row]:
    """The same, the first time only."""
    mark = Path(settings.home()) / f"{experiment.key}.killed"
    run = short if mark.exists() else frail
    mark.touch()
    return run(experiment)


def hungry(experiment: Experiment) -> Iterator[Row]:
    """Takes and frees 4 MB again and again, as training does; tells how often the system handed it a page for that."""
    bytearray(FOUR_MB)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _step in range(100):
        bytearray(FOUR_MB)
    *rows, finished = short(experiment)
    yield from rows
    yield finished | {"pages": resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before}


def broken(experiment: Experiment) -> Iterator[Row]:
    yield from (row for row in short(experiment) if row["event"] == "started")
    raise ZeroDivisionError("the learning rate is 0")


def without_data(_experiment: Experiment) -> Iterator[Row]:
    raise DataUnavailable("download", "no route", Path("/data/t10k.gz"), "https://example.org/")
    yield


BEHAVIOURS: dict[str, Callable[[Experiment], Iterator[Row]]] = {
    run.__name__: run for run in (short, half_a_second, endless, hungry, frail, frail_once, broken, without_data)
}


def wish(behaviour: str, number: int = 0) -> Experiment:
    """An experiment that `fit` will run with this behaviour. Equal numbers, equal keys."""
    return Experiment(data={"seed": 1000 * list(BEHAVIOURS).index(behaviour) + number})


def fit(experiment: Experiment) -> Iterator[Row]:
    return list(BEHAVIOURS.values())[experiment.data.seed // 1000](experiment)


# ---- sweeps: two groups, of two parts and of one, or only the first; they do as their experiment is to behave


def a_map(behaviour: str, number: int = 0, groups: int = 2) -> Sweep:
    """A sweep with this behaviour."""
    return Sweep(experiment=wish(behaviour, number), x={"setting": "temperature", "values": [1, 2][:groups]})


def outline(order: Sweep) -> Generator[Row, None, list[list[float]]]:
    yield {"event": "started", "key": order.key, "sweep": order.model_dump(mode="json")}
    return [[1, 4, 4], [1, 2]][: len(order.x.values)]


def teach(order: Sweep, group: int) -> Generator[Row, None, str]:
    yield {"event": "batch", "progress": 0.5}
    yield {"event": "teacher", "group": group}
    return f"answers of {group}"


def learn(order: Sweep, group: int, part: int, taught: str) -> Iterator[Row]:
    """Cells tell what the teachers said, and who learnt it."""
    place = {"event": "cell", "x": group, "y": part, "taught": taught, "worker": os.getpid()}
    progress = 0.0
    for row in fit(order.experiment):
        progress = row.get("progress", progress)
        if row.get("lane") == "distilled":
            yield place | {"epoch": row["epoch"], "progress": progress}
        elif row["event"] == "batch":
            yield row
