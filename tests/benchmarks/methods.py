"""Which way of teaching helps on digits with few labels, and what does each cost?

    python tests/benchmarks/methods.py [--smoke]

1. Every registered method with its usual knobs, and some that are another one with their knobs set so, on the
   experiment that Distil begins with, 100 labels and 8 seeds; and once more between CNNs. Gains are in points of test
   accuracy, paired over seeds, with 95 % intervals: over the student from labels, and over soft targets of the same
   share. At a share of 0.5 labels and the method's term are added up as in its paper; at 0.9 labels count for little.
   Nothing was tuned but the strength of the adversarial judge: one temperature and these knobs for all.
2. Seconds of training alone: the distilled students of all seeds as one cohort, and one after the other, as told by
   the first of them. The speed-up of a cohort beside that of soft targets is what a method keeps of it; methods that
   compare hidden layers are to keep half. What learns along with a student, such as a judge or a peer, is part of it.
   Students that learn by soft targets, from whomever, take the time of soft targets, and are not timed. Between CNNs
   those are timed which teach nobody else.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

import torch

sys.path.insert(0, str(Path(__file__).parents[2]))

from kdcore.cohort import Lesson, Member, train
from kdcore.data.load import load
from kdcore.events import Row
from kdcore.experiment import SOFT_TARGETS, Experiment, unflatten
from kdcore.grid import OURS, Sweep
from kdcore.interval import Interval, interval
from kdcore.lesson import explained, shown, students, teachers, untrained
from kdcore.methods import METHODS
from kdcore.sweep import sweep
from kdcore.teaching import read, told

SET = ("hints:stage=0.3", "adversarial:look=features", "several:average=logits", "structure:then=labels")
SHARES = (0.5, 0.9)
CNN = {"teacher.kind": "cnn", "teacher.widths": "16-32", "student.kind": "cnn", "student.widths": "4-8"}
BASES = {"MLPs": {}, "CNNs": CNN}
SMOKE = {"teacher_training.epochs": 1, "training.epochs": 2, "seeds": 2}
KEPT = 0.5  # of the speed-up of soft targets, at least


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    torch.set_num_threads(1)
    options.add_argument("--smoke", action="store_true", help="few epochs and seeds, to see that it works")
    smoke, began = options.parse_args().smoke, perf_counter()
    timed: set[str] = set()
    for title, base in BASES.items():
        experiment = unflatten(base | (SMOKE if smoke else {}))
        names = [name for name in (*METHODS, *SET) if teaches(experiment, name)]
        gains(title, experiment, names)
        others = [name for name in names if name not in timed and told(name) == "term"]
        speeds(experiment, list(dict.fromkeys([SOFT_TARGETS, *others])), rounds=1 if smoke else 3)
        timed.update(names)
    print(f"\n{(perf_counter() - began) / 60:.1f} minutes, torch {torch.__version__}, one thread.")


def teaches(experiment: Experiment, name: str) -> bool:
    """Whether the method can teach between these networks."""
    (method, knobs), size = read(name), experiment.training.batch_size
    hidden = experiment.hidden("student"), experiment.hidden("teacher")
    return not method.problem(*hidden, len(experiment.facts.classes), size, knobs)


def needs(name: str) -> tuple[str, ...]:
    """What the method needs, set so."""
    method, knobs = read(name)
    return method.needed(knobs)


def gains(title: str, experiment: Experiment, names: Sequence[str]) -> None:
    """The first table."""
    axes = {"x": {"setting": "method", "values": names}, "y": {"setting": "soft_weight", "values": SHARES}}
    order = Sweep.model_validate({"experiment": experiment, **axes}, context=OURS)
    rows = list(sweep(order))
    cells = {(row["x"], row["y"]): row for row in rows if row.get("done")}
    (taught,) = (row for row in rows if row["event"] == "teacher")
    scratch = cells[SOFT_TARGETS, SHARES[0]]["test_accuracy"]["scratch"]
    print(f"\n{title}: {experiment.labels} labels of {experiment.facts.title}, {experiment.seeds} seeds. ", end="")
    print(f"Teacher {100 * interval(taught['test_accuracy']).mean:.1f} %, ", end="")
    print(f"student from labels {100 * interval(scratch).mean:.1f} %.\n")
    each = [f"share {share}: test accuracy | over labels | over soft targets" for share in SHARES]
    print(f"| method | {' | '.join(each)} | learns beside | needs |")
    print(f"| --- |{' --- |' * 3 * len(SHARES)} --- | --- |")
    for name in names:
        parts = [part for share in SHARES for part in gain(cells, name, share)]
        extra = cells[name, SHARES[0]].get("extra_parameters", 0)
        print(f"| {name} | {' | '.join(parts)} | {extra:,} | {', '.join(needs(name))} |", flush=True)


def gain(cells: dict[tuple[str, float], Row], name: str, share: float) -> list[str]:
    """A method's accuracy, and what it gains."""
    own, usual = (cells[each, share]["test_accuracy"] for each in (name, SOFT_TARGETS))
    over_labels, over_usual = paired(own["distilled"], own["scratch"]), paired(own["distilled"], usual["distilled"])
    return [f"{100 * interval(own['distilled']).mean:.1f} %", points(over_labels), points(over_usual)]


def paired(own: Sequence[float], other: Sequence[float]) -> Interval:
    return interval([a - b for a, b in zip(own, other, strict=True)])


def points(gain: Interval) -> str:
    return f"{100 * gain.mean:+.1f} ± {100 * (gain.half_width or 0):.1f}"


def speeds(experiment: Experiment, names: Sequence[str], rounds: int) -> None:
    """The second table: medians of rounds in which the methods take turns."""
    data = load(experiment.data)
    lesson, guides = shown(experiment, data), teachers(experiment)
    lesson = explained(lesson, [untrained(experiment, "teacher", guides)])
    together: dict[str, list[float]] = {name: [] for name in names}
    apart: dict[str, list[float]] = {name: [] for name in names}
    for _round in range(rounds):
        for name in names:
            taught = experiment.model_copy(update={"method": name})
            members = students(taught, len(lesson.y))[experiment.seeds :]
            together[name].append(seconds(taught, members, lesson))
            apart[name].append(len(members) * seconds(taught, members[:1], lesson))
    print("\n| method | a cohort, s | one by one, s | speed-up | of that of soft targets |")
    print("| --- | --- | --- | --- | --- |")
    faster = {name: median(apart[name]) / median(together[name]) for name in names}
    for name in names:
        kept = faster[name] / faster[SOFT_TARGETS]
        missed = "" if kept >= KEPT or "features" not in needs(name) else f", less than {KEPT:.0%}"
        times = f"{median(together[name]):.2f} | {median(apart[name]):.2f} | {faster[name]:.1f}x"
        print(f"| {name} | {times} | {kept:.0%}{missed} |", flush=True)


def seconds(experiment: Experiment, members: Sequence[Member], lesson: Lesson) -> float:
    """How long these take to learn."""
    cohort = untrained(experiment, "student", members)
    start = perf_counter()
    for _step in train(cohort, members, experiment.training, lesson):
        pass
    return perf_counter() - start


if __name__ == "__main__":
    main()
