"""A transfer is run: teachers learn and tell soft labels, and families of students learn with and without these."""

from collections.abc import Generator, Iterator
from dataclasses import asdict
from time import process_time

import torch
from threadpoolctl import threadpool_limits

from kdcore.classical.measured import Bench
from kdcore.classical.pupils import Impossible
from kdcore.classical.school import Arms, School
from kdcore.data.download import fetch
from kdcore.data.load import load
from kdcore.events import Row
from kdcore.train import origin
from kdcore.transfer import Transfer


def transfer(order: Transfer) -> Iterator[Row]:
    """Train the teachers, then every family of students, and measure; yields the rows described in `events`.

    The same order gives the same rows wherever it runs, up to times and the last digits of arithmetic. All of it is
    done by the processor, by one thread of it. A family that cannot learn here is told as `impossible`; without a
    teacher there is nothing more to do. Raises DataUnavailable.
    """
    began, done = process_time(), 0.0
    torch.set_num_threads(1)  # as in `train`,
    threadpool_limits(1)  # and the same for scikit-learn
    yield _started(order)
    for progress in fetch(order.data.name):
        yield {"event": "download"} | asdict(progress)
    data = load(order.data)
    school, bench = School(order, data), Bench(order, data)
    for text, role in order.lessons:
        share = order.seconds_of(text, role) / order.seconds
        try:
            arms = yield from _told(school.learn(text, role), done, share)
        except Impossible as why:
            named = {"family": text, "role": role, "detail": str(why)}
            if role == "teacher":
                yield {"event": "failed", "reason": "error"} | named
                return
            yield {"event": "impossible"} | named
        else:
            yield from bench.rows(text, role, arms, min(1.0, done + share))
        done += share
    yield bench.finished() | {"processor_s": round(process_time() - began, 2)}


def _told(learning: Generator[float, None, Arms], done: float, share: float) -> Generator[Row, None, Arms]:
    """Progress of the whole, of which this is a share; ends in what was trained."""
    while True:
        try:
            yield {"event": "batch", "progress": min(1.0, done + share * next(learning))}
        except StopIteration as end:
            return end.value


def _started(order: Transfer) -> Row:
    return {
        "event": "started",
        "key": order.key,
        "transfer": order.model_dump(mode="json"),
        **origin("cpu"),
        "seeds": list(range(order.seeds)),
        "classes": list(order.facts.classes),
        "families": [text for text, _role in order.lessons],
    }
