"""The lottery ticket (Frankle, Carbin 2019) on MNIST with LeNet-300-100: pruned, rewound to the start, trained again.

    python tests/benchmarks/lottery.py [--smoke] [--epochs N]

In each round a fifth of the weights goes from every layer, the smallest, and what stays begins again where it began
before training. The paper's three marks are at 51.3, 21.1 and 3.6 % of the weights. *Fresh* networks have the masks of
the tickets but begin with other random weights. Adam 1.2e-3 and batches of 60, as in the paper. How long is ours; and
theirs prunes the output layer at half that pace, ours like the others. *Learns faster* is judged after the first epoch
of the last training, where the paper looks for the step at which a validation loss is lowest.
"""

import argparse
import sys
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[2]))

from kdcore.compress.run import compress
from kdcore.compression import Compression, name, read
from kdcore.experiment import unflatten
from kdcore.figures import numbers
from kdcore.interval import interval
from kdcore.measure.verdict import verdict

ROUNDS = (3, 7, 15)  # after which 51.2, 21.0 and 3.5 % are left
PAPER = ("learns faster, ends better than dense", "is best of all", "is back to dense")
SETTINGS = {
    "data.name": "mnist",
    "data.labels": None,
    "teacher.widths": "300-100",
    "teacher_training.learning_rate": 1.2e-3,
    "teacher_training.batch_size": 60,
    "seeds": 3,
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--smoke", action="store_true", help="digits 8x8, to see that it works")
    options.add_argument("--epochs", type=int, default=4, help="of each training")
    chosen = options.parse_args()
    small = {"data.name": "digits", "teacher.widths": "32"} if chosen.smoke else {}
    experiment = unflatten(SETTINGS | {"teacher_training.epochs": chosen.epochs} | small)
    began = perf_counter()
    ways = {way: stages(way, chosen.epochs) for way in ("start", "fresh", "early")}
    pipelines = [each for way in ways.values() for each in way]
    rows = accuracies(Compression(experiment=experiment, pipelines=pipelines, seeds=3))
    dense = rows[""]
    short = experiment.model_copy(
        update={"teacher_training": experiment.teacher_training.model_copy(update={"epochs": 1})}
    )
    dense_early = accuracies(Compression(experiment=short, pipelines=["code"], seeds=3))[""]
    print(f"dense: {numbers.percent(interval(dense))} after {chosen.epochs} epochs, 3 seeds; ", end="")
    print(f"{numbers.percent(interval(dense_early))} after the first")
    print("| weights left | ticket | minus dense, points | fresh weights | ticket minus fresh ", end="")
    print("| ticket after one epoch | minus dense then | the paper: a ticket |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for place, rounds in enumerate(ROUNDS):
        ticket, fresh, early = (rows[name(read(way[place]))] for way in ways.values())
        cells = [
            f"{100 * 0.8**rounds:.1f} %",
            numbers.percent(interval(ticket)),
            difference(dense, ticket),
            numbers.percent(interval(fresh)),
            difference(fresh, ticket),
            numbers.percent(interval(early)),
            difference(dense_early, early),
            PAPER[place],
        ]
        print("|", " | ".join(cells), "|")
    print(f"{numbers.seconds(perf_counter() - began)} in all")


def accuracies(order: Compression) -> dict[str, list[float]]:
    """Of each variant on test examples, a number for each seed."""
    return {row["name"]: row["test_accuracy"] for row in compress(order) if row["event"] == "variant"}


def stages(way: str, epochs: int) -> list[str]:
    """The pipelines that end at the three marks: tickets up to the last round, and that as `way` says; *early* are
    tickets that learn for one epoch then."""
    last = f"rewind={way},epochs={epochs}" if way != "early" else "rewind=start,epochs=1"
    before, found, tickets = 0, [], ""
    for rounds in ROUNDS:
        tickets += _prune(rounds - 1, rounds - 1 - before, f"rewind=start,epochs={epochs}") + "+"
        found.append(tickets + _prune(rounds, 1, last))
        before, tickets = rounds, f"{tickets}{_prune(rounds, 1, f'rewind=start,epochs={epochs}')}+"
    return found


def _prune(rounds: int, steps: int, how: str) -> str:
    """The stage that ends after so many rounds in all, the last of them in this many steps."""
    return f"prune:sparsity={1 - 0.8**rounds:.4f},scope=layer,rounds={steps},{how}"


def difference(one: list[float], other: list[float]) -> str:
    found = verdict(one, other).difference
    return f"{100 * found.mean:+.2f} ±{100 * (found.half_width or 0):.2f}"


if __name__ == "__main__":
    main()
