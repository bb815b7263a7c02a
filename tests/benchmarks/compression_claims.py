"""What the literature claims of ways to compress, measured on digits: which of two ways keeps more accuracy?

    python tests/benchmarks/compression_claims.py [--smoke] [--seeds N]

Both ways start from the same teachers, and where both learn on, from the same batches. A line gives the paired
difference in test accuracy over seeds with its 95 % interval, and what it says of the claim.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from kdcore.claims import ORDER, findings
from kdcore.compress.run import compress
from kdcore.compression import Compression
from kdcore.experiment import unflatten
from kdcore.figures import numbers
from kdcore.interval import interval


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--smoke", action="store_true", help="two seeds and a small teacher, to see that it works")
    options.add_argument("--seeds", type=int, default=5, help="from 1 to 16")
    chosen = options.parse_args()
    seeds = 2 if chosen.smoke else chosen.seeds
    small = {"teacher.widths": "16", "teacher_training.epochs": 3} if chosen.smoke else {}
    experiment = unflatten({"seeds": max(seeds, 8)} | small)
    order = Compression(experiment=experiment, pipelines=ORDER.pipelines, seeds=seeds)
    print(f"digits, {seeds} seeds, test accuracy")
    print("| claim | this way | other way | difference, points | it |\n| --- | --- | --- | --- | --- |")
    for found in findings(list(compress(order))):
        both = " | ".join(numbers.percent(interval(way)) for way in (found.this, found.other))
        half = 100 * (found.difference.half_width or 0)
        print(f"| {found.claim} | {both} | {100 * found.difference.mean:+.1f} ±{half:.1f} | {found.says} |")


if __name__ == "__main__":
    main()
