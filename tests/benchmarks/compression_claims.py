"""What the literature claims of ways to compress, measured on digits: which of two ways keeps more accuracy?

    python tests/benchmarks/compression_claims.py [--smoke] [--seeds N]

Both ways start from the same teachers and learn on equally long from the same batches. A line gives the paired
difference in test accuracy over seeds with its 95 % interval, and what it says of the claim.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from kdcore.compress.run import compress
from kdcore.compression import Compression, name, read
from kdcore.events import first
from kdcore.experiment import unflatten
from kdcore.figures import numbers
from kdcore.interval import interval
from kdcore.measure.verdict import verdict

CLAIMS = [  # what is claimed to keep more accuracy, and than what
    ("the smallest weights go, rather than any", "prune:sparsity=0.9", "prune:sparsity=0.9,scope=random"),
    ("3 bits: rounded while learning, rather than afterwards", "quantize:bits=3,epochs=10", "quantize:bits=3"),
    ("2 bits: rounded while learning, rather than afterwards", "quantize:bits=2,epochs=10", "quantize:bits=2"),
    ("4 bits: a scale for each output, rather than one a layer", "quantize:bits=4", "quantize:bits=4,per=tensor"),
    ("in four rounds, rather than at once", "prune:sparsity=0.95,rounds=4", "prune:sparsity=0.95,epochs=40"),
    ("taught by the teacher, rather than by labels", "prune:sparsity=0.95,taught=true", "prune:sparsity=0.95"),
]
SAYS = {"helps": "holds", "hurts": "the opposite", "no_difference": "no difference shown", "one_seed": "one seed only"}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--smoke", action="store_true", help="two seeds and a small teacher, to see that it works")
    options.add_argument("--seeds", type=int, default=5, help="from 1 to 16")
    chosen = options.parse_args()
    seeds = 2 if chosen.smoke else chosen.seeds
    small = {"teacher.widths": "16", "teacher_training.epochs": 3} if chosen.smoke else {}
    pipelines = tuple({text for _claim, *pair in CLAIMS for text in pair})
    order = Compression(experiment=unflatten({"seeds": seeds} | small), pipelines=sorted(pipelines), seeds=seeds)
    rows = [row for row in compress(order) if row["event"] == "variant"]
    print(f"digits, teacher 64-{'16' if chosen.smoke else '256-256'}-10, {seeds} seeds, test accuracy")
    print("| claim | this way | other way | difference, points | it |\n| --- | --- | --- | --- | --- |")
    for claim, *pair in CLAIMS:
        this, other = (first(rows, "variant", name=name(read(text)))["test_accuracy"] for text in pair)
        found = verdict(other, this)
        half = 100 * (found.difference.half_width or 0)
        both = " | ".join(numbers.percent(interval(way)) for way in (this, other))
        print(f"| {claim} | {both} | {100 * found.difference.mean:+.1f} ±{half:.1f} | {SAYS[found.outcome]} |")


if __name__ == "__main__":
    main()
