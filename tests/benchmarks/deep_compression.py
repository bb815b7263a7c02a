"""Deep Compression of LeNet-300-100 on MNIST beside the papers' figures: pruned, shared, coded, in bytes of real files.

    python tests/benchmarks/deep_compression.py [--smoke]

Prints error and size of the dense, the pruned and the coded network, ours beside Han et al. 2015 and Deep Compression
(2016), then what each layer takes. It is the pipeline of the Compress page; its settings were chosen on validation
examples, and each size is the length of a file that was written and read back.
"""

import argparse
import sys
from dataclasses import replace
from math import prod
from pathlib import Path
from time import perf_counter

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from kdcore import shapes
from kdcore.compress import codec
from kdcore.compress.coded import Coded
from kdcore.compress.run import compress
from kdcore.compression import Compression
from kdcore.events import Row, first
from kdcore.experiment import Network, unflatten
from kdcore.figures import numbers
from kdcore.interval import interval
from kdcore.published import DEEP_COMPRESSION as THEIRS

PRUNE = "prune:sparsity=0.93,rounds=5,epochs=6"
PIPELINE = f"{PRUNE}+share:bits=5,epochs=2+code"
LENET = {
    "data.name": "mnist",
    "data.labels": None,
    "teacher.widths": "300-100",
    "teacher_training.epochs": 12,
    "seeds": 3,
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--smoke", action="store_true", help="digits 8x8 and few epochs, to see that it works")
    smoke = options.parse_args().smoke
    small = {"data.name": "digits", "teacher_training.epochs": 2, "seeds": 2} if smoke else {}
    pipeline = PIPELINE.replace("epochs=6", "epochs=1") if smoke else PIPELINE
    began = perf_counter()
    order = Compression(experiment=unflatten(LENET | small), pipelines=(pipeline,), seeds=2 if smoke else 3)
    rows = [row for row in compress(order) if row["event"] != "batch"]
    variants = [row for row in rows if row["event"] == "variant"]
    print_whole(variants)
    print_layers(rows, variants)
    print(f"\n{numbers.seconds(perf_counter() - began)} in all, {order.seeds} seeds, one thread")


def print_whole(variants: list[Row]) -> None:
    """A line a stage: test error, weights, bytes."""
    theirs = [
        ("dense", ""),
        ("pruned", f"{THEIRS['times_fewer']}x fewer weights"),
        None,
        ("coded", f"{THEIRS['times_smaller']}x"),
    ]
    print("| stage | test error % | theirs | weights not zero | file | theirs |\n| --- | --- | --- | --- | --- | --- |")
    dense = interval(variants[0]["size_bytes"]).mean
    for row, paper in zip(variants, theirs, strict=True):
        error, size = interval([1 - each for each in row["test_accuracy"]]), interval(row["size_bytes"]).mean
        weights, kept = sum(prod(each["shape"]) for each in row["layers"]), interval(row["nonzero"]).mean
        cells = [
            row["name"].split("+")[-1] or "dense",
            f"{100 * error.mean:.2f} ±{100 * (error.half_width or 0):.2f}",
            f"{100 * THEIRS['errors'][paper[0]]:.2f}" if paper else "",
            f"{kept:,.0f}, {weights / kept:.1f}x fewer",
            f"{size:,.0f} B, {dense / size:.1f}x smaller",
            paper[1] if paper else "",
        ]
        print("|", " | ".join(cells), "|")


def print_layers(rows: list[Row], variants: list[Row]) -> None:
    """What each layer's weights take, in a file of their own, of their float32 bytes."""
    found = codec.contents(first(rows, "snapshot", name=f"{variants[-1]['name']}.kdz")["payload"])
    print("\n| layer | weights kept % | theirs | gaps and codes, % of float32 | theirs | with Huffman | theirs |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, layer in shapes.names(found.layers, found.network):
        weights = found.weights[f"{name}.weight"]
        kept = np.count_nonzero(weights.values) / weights.codes.size
        plain, huffman = (share_of_float32(layer, weights, last) for last in ("plain", "huffman"))
        print(
            f"| {layer.inputs}-{layer.outputs} | {100 * kept:.1f} | {100 * THEIRS['kept'][name]:.0f} "
            f"| {100 * plain:.2f} | {100 * THEIRS['share'][name]:.1f} "
            f"| {100 * huffman:.2f} | {100 * THEIRS['huffman'][name]:.2f} |"
        )


def share_of_float32(layer: shapes.Layer, weights: Coded, last: str) -> float:
    """A file of this layer alone, without header and biases, beside its weights as float32."""
    alone = {"1.weight": weights, "1.bias": np.zeros(layer.outputs, np.float32)}
    pieces = codec.parts(alone, [replace(layer, hidden=False)], Network(widths=()), "index5", last)
    taken = sum(len(data) for part, data in pieces if part not in ("header", "biases"))
    return taken / (4 * weights.codes.size)


if __name__ == "__main__":
    main()
