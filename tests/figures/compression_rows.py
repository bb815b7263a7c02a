"""Rows of a compression that never was: a teacher of 10 kB with two classes, and what was made of it."""

PRUNED, SHARED, CODED = "prune", "prune+share", "prune+share+code"


def started(names=("", PRUNED, SHARED, CODED, "quantize:bits=4")):
    run = {"key": "k", "compression": {}, "machine": "Linux", "date": "2026-11-21"}
    return {"event": "started", **run, "seeds": [0, 1], "classes": ["cat", "dog"], "variants": list(names)}


def variant(name, accuracy=(0.9, 0.92), size_bytes=10_000, **values):
    row = {"event": "variant", "name": name, "parent": name.rpartition("+")[0] if name else None, "seconds": 1.5}
    row |= {"val_accuracy": list(accuracy), "test_accuracy": list(accuracy), "recall": 2 * [[0.9, 0.92]], "seed": 0}
    row |= {"size_bytes": [size_bytes - 10, size_bytes + 10], "nonzero": [100, 100], "flops": 200, "ways": {}}
    return row | {"latency_ms": {"1": [0.02, 0.01, 0.06], "256": [1.0, 1.1, 1.2]}} | values


def rows():
    """The teacher is right 95 times of 100; the coded file is as good as the pruned net, and a tenth of its size."""
    ways = {
        "codes+index5": {"header": 50, "biases": 100, "values": 450, "indices": 300, "fillers": 100},
        "safetensors": {"header": 100, "biases": 100, "values": 9_800},
        "safetensors+zip": {"zipped": 5_000},
    }
    return [
        started(),
        variant("", (0.95, 0.95)),
        variant(PRUNED, (0.94, 0.95), nonzero=[10, 10]),
        variant("quantize:bits=4", (0.90, 0.90), 2_000),
        variant(SHARED, (0.93, 0.95), 3_000),
        variant(CODED, (0.945, 0.945), 1_000, ways=ways, recall=[[0.80, 0.93], [0.798, 0.93]]),
    ]
