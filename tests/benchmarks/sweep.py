"""How much faster is a map than the loops that everybody writes, how do time and memory grow with it, and when do
students of different widths share a cohort?

    python tests/benchmarks/sweep.py [--smoke] [--threads N] [--plot growth.html]

1. A map of 16 temperatures x 16 shares, 256 distilled students 64-32-10 and one from labels, ten epochs of all digits.
   Its time is that of all students from the first step to the last row: training, validation at eight epochs, and
   test. The loops are those of `cohort.py`, without any of this but with one answer at the end, and all distilled.
   They train one student after the other, so that they are timed on few students, between rounds of ours, and the
   time is told for 256. What is printed is the median. A map takes one thread, and so do the loops, unless told else.
   All of them keep the memory that they free, as whatever trains in the lab's engine does.
2. Maps of 1 to 1024 distilled students, each in a process of its own: seconds, the most memory that the process
   took, beside what it takes before the students come, and how many of the multiplications that one thread does in a
   large matrix product, in the same moment, it does in training.
3. Students of one hidden layer of 2, 4, ... 128 units, few or many of each width: a cohort for each width, all of them
   in one (the narrow ones with zeros around them, see `kdcore/padded.py`), or as `padded.together` puts them together
   by what `kdcore/cost.py` says that a step costs. Seconds of training alone; the ways take turns, and the median of
   the rounds is told.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

import plotly.graph_objects as go
import torch
from plotly.subplots import make_subplots

sys.path.insert(0, str(Path(__file__).parents[2]))

import cohort

from kdcore import cost, shapes
from kdcore.cohort import Lesson, Member, train
from kdcore.data.load import load
from kdcore.engine.cluster import KEEPS_MEMORY
from kdcore.experiment import Experiment, unflatten
from kdcore.grid import Sweep
from kdcore.nets import Cohort, build
from kdcore.padded import Widths, together, widened, widest
from kdcore.sweep import sweep

SIZES = (1, 4, 16, 64, 256, 1024)
SETTINGS = {"student.widths": "32", "data.labels": None, "training.batch_size": 64, "training.learning_rate": 1e-3}
WIDTHS = [(2**power,) for power in range(1, 8)]
WAYS = ("a cohort each", "all in one", "as together says")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--smoke", action="store_true", help="a few students and steps, to see that it works")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--threads", type=int, default=1, help="threads of the loops")
    options.add_argument("--plot", type=Path, help="draw the second and third table as HTML, to this file")
    options.add_argument("--students", type=int, help="measure one map of so many, for the second table")
    chosen = options.parse_args()
    if not os.environ.keys() >= KEEPS_MEMORY.keys():  # what a process listens to only when it begins
        os.execve(
            sys.executable, [sys.executable, *sys.argv], os.environ | {k: str(v) for k, v in KEEPS_MEMORY.items()}
        )
    torch.set_num_threads(1)
    epochs, rounds = (1, 1) if chosen.smoke else (10, chosen.rounds)
    if chosen.students:
        print(json.dumps(grown(chosen.students, epochs)))
        return
    print(f"torch {torch.__version__}; threads: 1 for the map, {chosen.threads} for the loops")
    race(epochs, rounds, 2 if chosen.smoke else 16, chosen.threads)
    growth = growing(SIZES[:2] if chosen.smoke else SIZES, chosen.smoke)
    mixed = {members: mixing(members, epochs, rounds) for members in ((2,) if chosen.smoke else (6, 60))}
    if chosen.plot:
        drawn(growth, mixed).write_html(chosen.plot)


def race(epochs: int, rounds: int, rivals: int, threads: int) -> None:
    """The first table: ours in full, the loops on `rivals` students and so many threads."""
    order, students = a_map(16, 16, epochs), 16 * 16
    lesson = cohort.prepare(SETTINGS | {"data.name": "digits"}, epochs, None)
    ways = {"tutorial-style": cohort.tutorial_style, "tight": cohort.tight}
    seconds: dict[str, list[float]] = {way: [] for way in ("map", *ways)}
    cohort.seat = lambda number: (number // 2, True)
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


def growing(sizes: tuple[int, ...], smoke: bool) -> list[dict[str, float]]:
    """The second table."""
    print("\n| distilled | seconds | ms a student | memory | more than without students | of a product's speed |")
    print("| --- | --- | --- | --- | --- | --- |")
    found = []
    for students in sizes:
        again = [sys.executable, __file__, "--students", str(students), *(["--smoke"] if smoke else [])]
        row = json.loads(subprocess.run(again, check=True, capture_output=True, text=True).stdout)
        times = f"{row['seconds']:.2f} | {1000 * row['seconds'] / students:.1f}"
        memory = f"{row['memory']:.0f} MB | {row['more']:.0f} MB"
        share = f"{100 * row['rate'] / row['peak']:.0f} % of {row['peak'] / 1e9:.0f} GFLOP/s"
        print(f"| {students} | {times} | {memory} | {share} |", flush=True)
        found.append(row)
    return found


def grown(students: int, epochs: int) -> dict[str, float]:
    """What a map of so many takes: seconds, MB, and operations a second, beside those of a large product."""
    order = a_map(students, 1, epochs)
    students_of(a_map(1, 1, 1))  # whatever is loaded or made once
    before, peak = memory(), product_flops()
    seconds = students_of(order)
    rate, most = training_flops(order) / seconds, memory()
    told = {"students": students, "seconds": seconds, "memory": most, "more": most - before}
    return told | {"rate": rate, "peak": peak}


def mixing(members: int, epochs: int, rounds: int) -> dict[str, float]:
    """The third table: seconds of each way to train so many members of each width."""
    experiment = unflatten(SETTINGS | {"training.epochs": epochs})
    data, of_width = load(experiment.data), {width: at(experiment, width) for width in WIDTHS}
    x, y = torch.from_numpy(data.train_x), torch.from_numpy(data.train_y)
    lesson = Lesson(x, y, 10, torch.nn.functional.one_hot(y, 10).float().unsqueeze(0))

    def price(widths: Widths, count: int) -> float:
        return cost.step(at(experiment, widths), "student", len(x), count)

    chosen = together(dict.fromkeys(WIDTHS, members), price)
    ways = dict(zip(WAYS, ([[width] for width in WIDTHS], [WIDTHS], chosen), strict=True))
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for _round in range(rounds + 1):  # the first warms up
        for way, cohorts in ways.items():
            start = perf_counter()
            for widths in cohorts:
                mixed(widths, members, of_width, lesson)
            seconds[way].append(perf_counter() - start)
    typical = {way: median(times[1:]) for way, times in seconds.items()}
    print(f"\n| {members} students of each width 2 to 128, {epochs} epochs | cohorts | seconds | of a cohort each |")
    print("| --- | --- | --- | --- |")
    for way, time in typical.items():
        told = ", ".join("+".join(str(width) for (width,) in widths) for widths in ways[way])
        print(f"| {way} | {told} | {time:.2f} | {time / typical[WAYS[0]]:.2f} |", flush=True)
    return typical


def mixed(widths: list[Widths], members: int, of_width: dict[Widths, Experiment], lesson: Lesson) -> None:
    """Train so many of each of these widths, half from labels and half distilled, in one cohort."""
    around = of_width[widest(widths)]
    nets = {
        (width, seed): widened(net(of_width[width], seed), net(around, seed))
        for width in widths
        for seed in range(members // 2)
    }
    places = [(width, seed, weight) for seed in range(members // 2) for width in widths for weight in (0.0, 0.9)]
    learners = [Member(seed, len(lesson.y), 1e-3, weight, 4.0) for _width, seed, weight in places]
    for _step in train(Cohort([nets[place[:2]] for place in places]), learners, around.training, lesson):
        pass


def at(experiment: Experiment, widths: Widths) -> Experiment:
    """The experiment with a student of these hidden layers."""
    return experiment.model_copy(update={"student": experiment.student.model_copy(update={"widths": widths})})


def net(experiment: Experiment, seed: int) -> torch.nn.Sequential:
    return build(experiment.layers("student"), experiment.student, seed)


def drawn(growth: list[dict[str, float]], mixed: dict[int, dict[str, float]]) -> go.Figure:
    """The second and third table. What grows in proportion to the students is a line as steep as the dotted one."""
    titles = ("Seconds", "Memory beyond that without students, MB", "Share of a matrix product's speed, %")
    figure = make_subplots(2, 2, subplot_titles=(*titles, "Widths 2 to 128: seconds"))
    students = [row["students"] for row in growth]
    shares = [100 * row["rate"] / row["peak"] for row in growth]
    lines = {(1, 1): [row["seconds"] for row in growth], (1, 2): [row["more"] for row in growth], (2, 1): shares}
    for (row, column), values in lines.items():
        figure.add_scatter(x=students, y=values, mode="lines+markers", row=row, col=column, showlegend=False)
        figure.update_xaxes(type="log", title_text="Distilled students", row=row, col=column)
    for column in (1, 2):
        last = lines[1, column][-1]
        straight = [last * count / students[-1] for count in students]
        dots = {"dash": "dot", "color": "grey"}
        figure.add_scatter(x=students, y=straight, mode="lines", line=dots, row=1, col=column, showlegend=False)
        figure.update_yaxes(type="log", row=1, col=column)
    for members, seconds in mixed.items():
        figure.add_bar(x=list(seconds), y=list(seconds.values()), name=f"{members} of each width", row=2, col=2)
    return figure.update_layout(template="plotly_white", title=f"torch {torch.__version__}, one thread")


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
    """The most memory that this process has taken so far, in MB, as Linux tells it; what `getrusage` tells may be that
    of the process that started this one."""
    (told,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(told.split()[1]) / 1000


if __name__ == "__main__":
    main()
