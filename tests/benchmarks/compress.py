"""How much faster does a cohort learn on than one network after the other? Fine-tuning of the default plane on digits.

    python tests/benchmarks/compress.py [--smoke] [--threads N]

All variants of the Compress page's default plane that learn on for ten epochs, for three seeds, pruned or rounded by
the same functions, in three ways: *tutorial-style* (a DataLoader, one network after the other), *tight* (indexed
tensors), and as a cohort. The last column shows that the work was equal: mean validation accuracy, for each way.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

sys.path.insert(0, str(Path(__file__).parents[2]))

from cohort import kd

from kdcore.compress import run
from kdcore.compress.answers import logits, module
from kdcore.compress.stages import Net, Task
from kdcore.compression import Compression
from kdcore.data.load import Split, load
from kdcore.experiment import Experiment, unflatten

Tasks = list[tuple[int, Task]]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--smoke", action="store_true", help="two small networks, to see that it works")
    options.add_argument("--threads", type=int, default=1, help="as the lab has for a run")
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    print(f"torch {torch.__version__}, {chosen.threads} threads; seconds, and validation accuracy in %")
    print("| networks | tutorial-style | tight | cohort | faster than tutorial-style | than tight | accuracies |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for widths in ("32",) if chosen.smoke else ("32", "64-64", "256-256"):
        experiment = unflatten({"teacher.widths": widths, "teacher_training.epochs": 2 if chosen.smoke else 30})
        few = {"pipelines": ("prune", "quantize:bits=2,epochs=10"), "seeds": 1} if chosen.smoke else {}
        school, tasks = prepare(Compression(experiment=experiment, **few))
        torch.set_num_threads(chosen.threads)
        print(row(f"{len(tasks)} of 64-{widths}-10", experiment, school, tasks, 1 if chosen.smoke else chosen.rounds))


def prepare(order: Compression) -> tuple[run.School, Tasks]:
    """The tasks that the page's run hands to its school at once: those of the largest company."""
    companies: list[tuple[run.School, Tasks]] = []
    teach = run.School.teach

    def noted(school: run.School, tasks: Tasks):
        companies.append((school, tasks))
        return teach(school, tasks)

    run.School.teach = noted
    try:
        for _row in run.compress(order):
            pass
    finally:
        run.School.teach = teach
    return max(companies, key=lambda company: len(company[1]))


def row(name: str, experiment: Experiment, school: run.School, tasks: Tasks, rounds: int) -> str:
    """One line of the table."""
    data = load(experiment.data)
    ways: dict[str, Callable] = {
        "tutorial-style": lambda: [tutorial_style(school, experiment, data, *task) for task in tasks],
        "tight": lambda: [tight(school, experiment, data, *task) for task in tasks],
        "cohort": lambda: cohort(school, tasks),
    }
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    accuracies = {}
    for _round in range(rounds):
        for way, work in ways.items():
            start = perf_counter()
            trained = work()
            seconds[way].append(perf_counter() - start)
            right = [accuracy(task, weights, data) for (_seed, task), weights in zip(tasks, trained, strict=True)]
            accuracies[way] = f"{100 * np.mean(right):.1f}"
    typical = {way: median(times) for way, times in seconds.items()}
    times = " | ".join(f"{typical[way]:.2f}" for way in ways)
    factors = " | ".join(f"{typical[way] / typical['cohort']:.1f}x" for way in ("tutorial-style", "tight"))
    return f"| {name} | {times} | {factors} | {', '.join(accuracies.values())} |"


def cohort(school: run.School, tasks: Tasks) -> list[dict[str, np.ndarray]]:
    """All at once."""
    steps = school.teach(tasks)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def tutorial_style(school: run.School, experiment: Experiment, data: Split, seed: int, task: Task) -> dict:
    """As tutorials write it: a DataLoader, the teacher asked in every step, all of it for one network."""
    training = experiment.teacher_training
    dataset = TensorDataset(torch.from_numpy(data.train_x), torch.from_numpy(data.train_y), school.opinion(seed))
    loader = DataLoader(dataset, batch_size=training.batch_size, shuffle=True)
    learner = Learner(experiment, task)
    for _epoch in range(task.epochs):
        for x, y, opinion in loader:
            learner.step(x, y, opinion)
    return learner.latent


def tight(school: run.School, experiment: Experiment, data: Split, seed: int, task: Task) -> dict:
    """Without a DataLoader: indexed tensors."""
    x, y, opinion = torch.from_numpy(data.train_x), torch.from_numpy(data.train_y), school.opinion(seed)
    learner = Learner(experiment, task)
    for _epoch in range(task.epochs):
        for batch in torch.randperm(len(x)).split(experiment.teacher_training.batch_size):
            learner.step(x[batch], y[batch], opinion[batch])
    return learner.latent


class Learner:
    """One network in its form, with autograd and torch's Adam."""

    def __init__(self, experiment: Experiment, task: Task):
        self._experiment, self._task = experiment, task
        self._net: nn.Sequential = module(task.net).train()
        self._optimizer = torch.optim.Adam(self._net.parameters(), lr=experiment.teacher_training.learning_rate)
        form = task.form
        self._masks = {name: torch.from_numpy(mask).float() for name, mask in (form.masks or {}).items()}
        self._weights = {name: each for name, each in self._net.named_parameters() if name in task.net.names}
        self._kept = {name: each.detach().clone() for name, each in self._weights.items()}
        self._round()

    @property
    def latent(self) -> dict[str, np.ndarray]:
        arrays = {name: each.detach().numpy() for name, each in self._net.named_parameters()}
        return arrays | ({name: each.numpy() for name, each in self._kept.items()} if self._task.form.rounding else {})

    def step(self, x: Tensor, y: Tensor, opinion: Tensor) -> None:
        logits = self._net(x)
        loss = F.cross_entropy(logits, y)
        if self._task.taught:
            share = self._experiment.soft_weight
            loss = (1 - share) * loss + share * kd(logits, opinion, self._experiment.temperature)
        self._optimizer.zero_grad()
        loss.backward()
        if self._task.form.rounding:  # straight through: the step is taken by the latent weights
            with torch.no_grad():
                for name, each in self._weights.items():
                    each.copy_(self._kept[name])
        self._optimizer.step()
        self._round()

    @torch.no_grad()
    def _round(self) -> None:
        for name, each in self._weights.items():
            if name in self._masks:
                each.mul_(self._masks[name])
            if self._task.form.rounding:
                self._kept[name].copy_(each)
                each.copy_(torch.from_numpy(self._task.form.rounding(each.numpy()[None])[0]))


def accuracy(task: Task, weights: dict[str, np.ndarray], data: Split) -> float:
    """Of the network as it will be used: rounded, if it is to be."""
    rounding = task.form.rounding
    used = {
        name: rounding(each[None])[0] if rounding and name in task.net.names else each for name, each in weights.items()
    }
    net: Net = replace(task.net, weights=used)
    return float((logits(net, data.validation_x).argmax(-1) == data.validation_y).mean())


if __name__ == "__main__":
    main()
