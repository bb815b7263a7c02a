"""Rows of a compression that never was."""


def started(names=("",), classes=("cat", "dog")):
    run = {"key": "k", "compression": {}, "machine": "Linux", "date": "2026-11-21"}
    return {"event": "started", **run, "seeds": [0, 1], "classes": list(classes), "variants": list(names)}


def variant(name, accuracy=(0.9, 0.92), size_bytes=(1000, 1000), **values):
    """A variant of a teacher with two classes."""
    parent = name.rpartition("+")[0] if name else None
    row = {"event": "variant", "name": name, "parent": parent, "progress": 0.5, "seconds": 1.5, "seed": 0}
    row |= {"val_accuracy": list(accuracy), "test_accuracy": list(accuracy), "recall": [0.9, 0.92]}
    row |= {"size_bytes": list(size_bytes), "parameters": 100, "nonzero": [100, 100], "flops": 200}
    row |= {"latency_ms": {"1": [0.02, 0.01, 0.03], "256": [1.0, 1.1, 1.2]}, "layers": [], "ways": {}}
    return row | values
