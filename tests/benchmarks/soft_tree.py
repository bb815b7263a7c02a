"""Does a soft decision tree of depth 8 learn MNIST better from a network than from labels?

    python tests/benchmarks/soft_tree.py [--smoke] [--seeds N]

Frosst, Hinton 2017 (arXiv 1711.09784): 94.45 % from labels, 96.76 % distilled from a network with 99.21 %. Here each
seed has a teacher of its own, a CNN, and two trees that begin alike and see the same batches; they differ in what they
are told. A tree answers as its likeliest leaf, as that can be explained; what all leaves say together stands beside it.
Settings were chosen on the validation examples of seed 0. Test examples are looked at once, at the end.
"""

import argparse
import sys
from pathlib import Path
from time import perf_counter

import torch
from torch import Tensor
from torch.nn.functional import one_hot

sys.path.insert(0, str(Path(__file__).parents[2]))

from kdcore.classical.soft_tree import Growth, SoftTrees, fit
from kdcore.cohort import train
from kdcore.data.load import Split, load
from kdcore.experiment import Experiment, unflatten
from kdcore.interval import interval
from kdcore.lesson import explained, teachers, untrained, whole
from kdcore.measure.verdict import verdict
from kdcore.nets import Cohort

DEPTH, GROWTH = 8, Growth(epochs=30, batch_size=256, learning_rate=0.004)
TEMPERATURE, SOFT_WEIGHT = 1.0, 0.5
PAPER = {"labels": 0.9445, "distilled": 0.9676, "teacher": 0.9921}
TEACHER = {
    "data.name": "mnist",
    "data.labels": None,
    "teacher.kind": "cnn",
    "teacher.widths": "16-32",
    "teacher_training.epochs": 5,
}
SMOKE = {"data.name": "digits", "teacher_training.epochs": 20}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--smoke", action="store_true", help="digits 8x8 and few epochs, to see that it works")
    options.add_argument("--seeds", type=int, default=3)
    chosen, began = options.parse_args(), perf_counter()
    torch.set_num_threads(1)
    experiment = unflatten(TEACHER | {"seeds": chosen.seeds} | (SMOKE if chosen.smoke else {}))
    growth = Growth(epochs=5, batch_size=32) if chosen.smoke else GROWTH
    data = load(experiment.data)
    teacher, targets = taught(experiment, data)
    print(f"Teachers after {since(began)}.", flush=True)
    trees = grown(experiment, data, targets, growth)
    print(f"Trees after {since(began)}: depth {DEPTH}, {growth}.\n", flush=True)
    report(data, teacher, trees)
    print(f"\n{since(began)} in all, {chosen.seeds} seeds, torch {torch.__version__}, one thread.")


def taught(experiment: Experiment, data: Split) -> tuple[Cohort, Tensor]:
    """A teacher for each seed, and what trees are told: (2 seeds, examples, classes), at first labels."""
    lesson, members = whole(experiment, data), teachers(experiment)
    teacher = untrained(experiment, "teacher", members)
    for _step in train(teacher, members, experiment.teacher_training, lesson):
        pass
    hard = one_hot(lesson.y, lesson.classes).float().expand(len(members), -1, -1)
    soft = (explained(lesson, [teacher]).teacher_logits / TEMPERATURE).softmax(-1)
    return teacher, torch.cat([hard, (1 - SOFT_WEIGHT) * hard + SOFT_WEIGHT * soft])


def grown(experiment: Experiment, data: Split, targets: Tensor, growth: Growth) -> SoftTrees:
    """For each seed a tree from labels, then for each seed a distilled one; validation accuracy is told on the way."""
    x, seeds = torch.from_numpy(data.train_x), [*range(experiment.seeds)] * 2
    trees = SoftTrees(experiment.facts.features, targets.shape[-1], DEPTH, seeds)
    told = 0
    for step in fit(trees, x, targets, growth):
        if int(step.done * 4) > told:
            told = int(step.done * 4)
            right = correct(trees.log_probabilities(torch.from_numpy(data.validation_x)), data.validation_y)
            labels, distilled = percent(right[: experiment.seeds]), percent(right[experiment.seeds :])
            print(f"{told}/4 grown, validation: labels {labels}, distilled {distilled}", flush=True)
    return trees


def report(data: Split, teacher: Cohort, trees: SoftTrees) -> None:
    """A line for each way of answering; test examples are looked at here, for the first time."""
    x, seeds = torch.from_numpy(data.test_x), len(teacher)
    theirs = f"the paper's {100 * PAPER['teacher']:.2f} %"
    print(f"Teacher {percent(correct(teacher.evaluate(x), data.test_y))}, {theirs}.\n")
    print("| test accuracy | labels alone | distilled | difference, points | the paper: labels, distilled |")
    print("| --- | --- | --- | --- | --- |")
    for by, words in (("leaf", "likeliest leaf"), ("mixture", "all leaves")):
        right = correct(trees.log_probabilities(x, by=by), data.test_y)
        labels, distilled = right[:seeds], right[seeds:]
        theirs = f"{100 * PAPER['labels']:.2f} %, {100 * PAPER['distilled']:.2f} %" if by == "leaf" else ""
        print(f"| {words} | {percent(labels)} | {percent(distilled)} | {gain(labels, distilled)} | {theirs} |")


def correct(answers: Tensor, labels: object) -> list[float]:
    """Answers (members, examples, classes) -> the share of each member that is right."""
    return (answers.argmax(-1) == torch.as_tensor(labels)).double().mean(-1).tolist()


def percent(right: list[float]) -> str:
    found = interval(right)
    return f"{100 * found.mean:.2f} % ±{100 * (found.half_width or 0):.2f}"


def gain(labels: list[float], distilled: list[float]) -> str:
    """Paired over seeds, in points, and whether distillation helps, hurts, or no difference is shown."""
    found = verdict(labels, distilled)
    points = f"{100 * found.difference.mean:+.2f} ±{100 * (found.difference.half_width or 0):.2f}"
    return f"{points}, {found.outcome.replace('_', ' ')}"


def since(began: float) -> str:
    return f"{(perf_counter() - began) / 60:.1f} minutes"


if __name__ == "__main__":
    main()
