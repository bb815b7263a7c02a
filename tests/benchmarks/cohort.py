"""How much faster is a cohort than the loops that everybody writes? The same students, data and epochs, in one process.

    python tests/benchmarks/cohort.py [--smoke]

The *tutorial-style* loop is that of PyTorch's own tutorial on distillation: a DataLoader, the teacher asked in every
step, one student after the other. The *tight* loop indexes tensors and asks the teacher once. Half of the students
learn from labels alone, half are distilled; nobody keeps the terms of the loss. The ways take turns, round after
round, and what is printed is the median of the rounds, so that whatever else the machine does disturbs them alike. The
last columns show that the work was equal: validation accuracy of the distilled students, mean and 95 % interval, for
each way.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

sys.path.insert(0, str(Path(__file__).parents[2]))

from kdcore.cohort import Lesson, Member, train
from kdcore.data.download import DataUnavailable
from kdcore.data.load import load
from kdcore.experiment import Experiment, unflatten
from kdcore.interval import interval
from kdcore.nets import Cohort, build

TEMPERATURE, SOFT_WEIGHT, RATE, BATCH = 4.0, 0.9, 1e-3, 64


@dataclass
class Race:
    """What is to be learned: examples, a trained teacher, and the shape of the students."""

    experiment: Experiment
    epochs: int
    x: Tensor
    y: Tensor
    check_x: Tensor
    check_y: Tensor
    teacher: nn.Sequential

    def student(self, seed: int) -> nn.Sequential:
        return build(self.experiment.layers("student"), self.experiment.student, seed)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--smoke", action="store_true", help="a few students and steps, to see that it works")
    options.add_argument("--threads", type=int, default=torch.get_num_threads())
    options.add_argument("--rounds", type=int, default=5)
    chosen = options.parse_args()
    torch.set_num_threads(chosen.threads)
    print(f"torch {torch.__version__}, {chosen.threads} threads; seconds, and accuracy of the distilled in %")
    print(
        "| students | seconds: tutorial-style | tight | cohort | faster than tutorial-style | than tight | accuracies |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, race, students in races(chosen.smoke):
        print(row(name, race, students, 1 if chosen.smoke else chosen.rounds), flush=True)


def races(smoke: bool) -> Iterator[tuple[str, Race, int]]:
    """What is measured."""
    mlp, cnn = {"student.widths": "32"}, {"student.kind": "cnn", "student.widths": "8-16"}
    digits, rows = {"data.name": "digits"}, 200 if smoke else None
    for students in (2,) if smoke else (10, 64):
        yield f"{students} MLP 64-32-10, digits 8x8", prepare(digits | mlp, 1 if smoke else 10, rows), students
    students = 2 if smoke else 16
    yield f"{students} CNN 8-16, digits 8x8", prepare(digits | cnn, 1 if smoke else 5, rows), students
    try:
        yield (
            f"{students} CNN 8-16, MNIST 28x28",
            prepare({"data.name": "mnist"} | cnn, 1, 200 if smoke else 2000),
            students,
        )
    except DataUnavailable as error:
        print(f"| CNN, MNIST 28x28 | not measured: {error} |")


def prepare(settings: dict, epochs: int, rows: int | None) -> Race:
    """Load the data and train a teacher for it."""
    experiment = unflatten(settings | {"data.labels": None})
    data = load(experiment.data)
    x, y = torch.from_numpy(data.train_x[:rows]), torch.from_numpy(data.train_y[:rows])
    teacher = Cohort([build(experiment.layers("teacher"), experiment.teacher, 0)])
    for _step in train(teacher, [Member(0, len(x), RATE)], experiment.teacher_training, Lesson(x, y, 10)):
        pass
    check = torch.from_numpy(data.validation_x[:2000]), torch.from_numpy(data.validation_y[:2000])
    return Race(experiment, epochs, x, y, *check, teacher.member(0))


def row(name: str, race: Race, students: int, rounds: int) -> str:
    """One line of the table."""
    runs: dict[str, Callable] = {"tutorial-style": tutorial_style, "tight": tight, "cohort": cohort}
    seconds: dict[str, list[float]] = {way: [] for way in runs}
    for run in runs.values():
        run(race, 2, epochs=1)  # warmed up
    accuracies = {}
    for _round in range(rounds):
        for way, run in runs.items():
            start = perf_counter()
            answers = run(race, students, race.epochs)
            seconds[way].append(perf_counter() - start)
            right = [(answer.argmax(-1) == race.check_y).double().mean().item() for answer in answers[1::2]]
            accuracies[way] = interval(right)
    typical = {way: median(times) for way, times in seconds.items()}
    times = " | ".join(f"{typical[way]:.2f}" for way in runs)
    factors = " | ".join(f"{typical[way] / typical['cohort']:.1f}x" for way in ("tutorial-style", "tight"))
    bands = ", ".join(f"{100 * band.mean:.1f} ±{100 * (band.half_width or 0):.1f}" for band in accuracies.values())
    return f"| {name} | {times} | {factors} | {bands} |"


def seat(number: int) -> tuple[int, bool]:
    """A student's seed, and whether it is distilled: two of each seed, one after the other, as the lab has them."""
    return number // 2, number % 2 == 1


def tutorial_style(race: Race, students: int, epochs: int) -> list[Tensor]:
    """As in https://docs.pytorch.org/tutorials/beginner/knowledge_distillation_tutorial.html, with the right loss."""
    answers = []
    for seed, is_distilled in map(seat, range(students)):
        net = race.student(seed)
        optimizer = torch.optim.Adam(net.parameters(), lr=RATE)
        loader = DataLoader(TensorDataset(race.x, race.y), batch_size=BATCH, shuffle=True)
        for _epoch in range(epochs):
            for x, y in loader:
                optimizer.zero_grad()
                logits = net(x)
                loss = F.cross_entropy(logits, y)
                if is_distilled:
                    with torch.no_grad():
                        teacher_logits = race.teacher(x)
                    loss = (1 - SOFT_WEIGHT) * loss + SOFT_WEIGHT * kd(logits, teacher_logits)
                loss.backward()
                optimizer.step()
        answers.append(net(race.check_x).detach())
    return answers


def tight(race: Race, students: int, epochs: int) -> list[Tensor]:
    """As tight as one student after the other can be without tricks: indexed tensors, the teacher asked once."""
    with torch.no_grad():
        teacher_logits = race.teacher(race.x)
    answers = []
    for seed, is_distilled in map(seat, range(students)):
        net = race.student(seed)
        optimizer = torch.optim.Adam(net.parameters(), lr=RATE)
        for _epoch in range(epochs):
            for batch in torch.randperm(len(race.x)).split(BATCH):
                logits = net(race.x[batch])
                loss = F.cross_entropy(logits, race.y[batch])
                if is_distilled:
                    loss = (1 - SOFT_WEIGHT) * loss + SOFT_WEIGHT * kd(logits, teacher_logits[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        answers.append(net(race.check_x).detach())
    return answers


def cohort(race: Race, students: int, epochs: int) -> list[Tensor]:
    """All at once."""
    with torch.no_grad():
        teacher_logits = race.teacher(race.x).unsqueeze(0)
    members = [
        Member(seed, len(race.x), RATE, SOFT_WEIGHT * is_distilled, TEMPERATURE)
        for seed, is_distilled in map(seat, range(students))
    ]
    stacked = Cohort([race.student(member.seed) for member in members])
    training = race.experiment.training.model_copy(update={"epochs": epochs, "batch_size": BATCH})
    lesson = Lesson(race.x, race.y, 10, teacher_logits)
    for _step in train(stacked, members, training, lesson, wants_terms=False):
        pass
    return list(stacked.evaluate(race.check_x))


def kd(logits: Tensor, teacher_logits: Tensor, temperature: float = TEMPERATURE) -> Tensor:
    """The soft loss as everybody writes it."""
    log_q = F.log_softmax(logits / temperature, dim=-1)
    p = F.softmax(teacher_logits / temperature, dim=-1)
    return temperature**2 * F.kl_div(log_q, p, reduction="batchmean")


if __name__ == "__main__":
    main()
