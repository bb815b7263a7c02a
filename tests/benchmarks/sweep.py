"""How much faster is a map than the loops that everybody writes, and how do time and memory grow with it?

    python tests/benchmarks/sweep.py [--smoke] [--threads N]

1. A map of 16 temperatures x 16 shares, 256 distilled students 64-32-10 and one from labels, ten epochs of all digits.
   Its time is that of all students from the first step to the last row: training, validation at eight epochs, and
   test. The loops are those of `cohort.py`, without any of this but with one answer at the end, and all distilled.
   They train one student after the other, so that they are timed on few students, between rounds of ours, and the
   time is told for 256. What is printed is the median. A map takes one thread, and so do the loops, unless told else.
2. Maps of 1 to 1024 distilled students, each in a process of its own: seconds, the most memory that the process
   took, beside what it takes before the students come, and how many of the multiplications that one thread does in a
   large matrix product, in the same moment, it does in training.
"""

import argparse
import subprocess
import sys
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from statistics import median
from time import perf_counter

import torch

sys.path.insert(0, str(Path(__file__).parents[2]))

import cohort

from kdcore import shapes
from kdcore.experiment import unflatten
from kdcore.grid import Sweep
from kdcore.sweep import sweep

SIZES = (1, 4, 16, 64, 256, 1024)
SETTINGS = {"student.widths": "32", "data.labels": None, "training.batch_size": 64, "training.learning_rate": 1e-3}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--smoke", action="store_true", help="a few students and steps, to see that it works")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--threads", type=int, default=1, help="threads of the loops")
    options.add_argument("--students", type=int, help="measure one map of so many, for the second table")
    chosen = options.parse_args()
    torch.set_num_threads(1)
    epochs = 1 if chosen.smoke else 10
    if chosen.students:
        print(grown(chosen.students, epochs))
        return
    print(f"torch {torch.__version__}; threads: 1 for the map, {chosen.threads} for the loops")
    race(epochs, 1 if chosen.smoke else chosen.rounds, 2 if chosen.smoke else 16, chosen.threads)
    print("\n| distilled | seconds | ms a student | memory | more than without students | of a product's speed |")
    print("| --- | --- | --- | --- | --- | --- |")
    for students in SIZES[:2] if chosen.smoke else SIZES:
        again = [sys.executable, __file__, "--students", str(students), *(["--smoke"] if chosen.smoke else [])]
        print(subprocess.run(again, check=True, capture_output=True, text=True).stdout.strip(), flush=True)


def race(epochs: int, rounds: int, rivals: int, threads: int) -> None:
    """The first table: ours in full, the loops on `rivals` students and so many threads."""
    order, students = a_map(16, 16, epochs), 16 * 16
    lesson = cohort.prepare(SETTINGS | {"data.name": "digits"}, epochs, None)
    ways = {"tutorial-style": cohort.tutorial_style, "tight": cohort.tight}
    seconds: dict[str, list[float]] = {way: [] for way in ("map", *ways)}
    cohort.is_distilled = lambda number, students: True
    for run in ways.values():
        run(lesson, 2, epochs=1)  # warmed up
    for _round in range(rounds):
        seconds["map"].append(students_of(order))  # which sets one thread
        torch.set_num_threads(threads)
        for way, run in ways.items():
            start = perf_counter()
            run(lesson, rivals, epochs)
            seconds[way].append((perf_counter() - start) * students / rivals)
    typical = {way: median(times) for way, times in seconds.items()}
    print(f"\n| {students} students 64-32-10, {epochs} epochs | seconds | the map is faster by |")
    print("| --- | --- | --- |")
    for way, time in typical.items():
        told = "" if way == "map" else f" (from {rivals} students)"
        print(f"| {way}{told} | {time:.2f} | {time / typical['map']:.1f}x |", flush=True)


def grown(students: int, epochs: int) -> str:
    """A line of the second table."""
    order = a_map(students, 1, epochs)
    students_of(a_map(1, 1, 1))  # whatever is loaded or made once
    before, peak = memory(), product_flops()
    seconds = students_of(order)
    rate = training_flops(order) / seconds
    more = memory() - before
    cells = (f"{seconds:.2f}", f"{1000 * seconds / students:.1f}", f"{memory():.0f} MB", f"{more:.0f} MB")
    return f"| {students} | {' | '.join(cells)} | {100 * rate / peak:.0f} % of {peak / 1e9:.0f} GFLOP/s |"


def a_map(columns: int, rows: int, epochs: int) -> Sweep:
    """A map of so many cells with one seed; no cell is at share 0, where it would be the student from labels."""
    experiment = unflatten(SETTINGS | {"training.epochs": epochs, "teacher_training.epochs": 1, "seeds": 1})
    shares = [row / rows for row in range(1, rows + 1)]
    temperatures = [1 + 19 * column / columns for column in range(columns)]
    axes = {"setting": "temperature", "values": temperatures}, {"setting": "soft_weight", "values": shares}
    return Sweep(experiment=experiment, x=axes[0], y=axes[1])


def students_of(order: Sweep) -> float:
    """Seconds from the teachers' row to the last."""
    start = 0.0
    for row in sweep(order):
        if row["event"] == "teacher":
            start = perf_counter()
    return perf_counter() - start


def training_flops(order: Sweep) -> float:
    """Operations of the students' training: an answer, and as much for each gradient but that of the data."""
    layers, facts = order.experiment.layers("student"), order.experiment.facts
    each = 3 * shapes.flops(layers) - shapes.flops(layers[:1])
    return order.students * each * facts.train * order.experiment.training.epochs


def product_flops(size: int = 1024) -> float:
    """Operations a second of a product of two large matrices, the best of some."""
    a, times = torch.rand(size, size), []
    for _time in range(10):
        start = perf_counter()
        a @ a
        times.append(perf_counter() - start)
    return 2 * size**3 / min(times)


def memory() -> float:
    """The most memory that this process has taken so far, in MB."""
    return getrusage(RUSAGE_SELF).ru_maxrss / 1000


if __name__ == "__main__":
    main()
