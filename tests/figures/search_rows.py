"""Rows of a small search that never was: nine trials of temperature and optimiser, one of which diverged."""

from typing import Any

ACCURACIES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.85, 0.65, 0.55)  # of the trials at temperatures 1, 2, 4 ... 128


def started() -> dict[str, Any]:
    settings = [
        {"setting": "temperature", "low": 1.0, "high": 128.0, "log": True, "choices": []},
        {"setting": "training.optimizer", "low": None, "high": None, "log": False, "choices": ["adam", "sgd"]},
    ]
    search = {"experiment": {}, "settings": settings, "trials": 9, "sampler": "tpe", "seed": 0}
    return {"event": "started", "key": "k", "search": search, "seeds": [0, 1], "trials": 9, "machine": "m", "date": "d"}


def trial(number: int, temperature: float, optimizer: str, accuracy: float | None) -> dict[str, Any]:
    lanes = {"scratch": [0.6, 0.7], "distilled": [accuracy] * 2}
    row = {"event": "trial", "number": number, "values": {"temperature": temperature, "training.optimizer": optimizer}}
    return row | {"val_accuracy": lanes, "diverged": [] if accuracy else [1], "progress": number / 9}


def trials() -> list[dict[str, Any]]:
    """At even numbers adam, at odd ones sgd; number 8 diverged."""
    optimizers = ("adam", "sgd") * 4
    found = [trial(n, 2.0**n, name, a) for n, (name, a) in enumerate(zip(optimizers, ACCURACIES, strict=True))]
    return [*found, trial(8, 3.0, "sgd", None)]


def finished(importance: dict[str, float] | None) -> dict[str, Any]:
    tested = {"scratch": [0.6, 0.62], "distilled": [0.8, 0.84]}
    return {"event": "finished", "best": 4, "test_accuracy": tested, "importance": importance, "processor_s": 1.0}


def rows(importance: dict[str, float] | None = None) -> list[dict[str, Any]]:
    return [started(), *trials(), finished(importance)]
