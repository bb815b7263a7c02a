"""Rows of sweeps that never were: two groups of teachers at most, three seeds, and cells whose numbers are round."""

from kdcore.experiment import Experiment, flatten, unflatten

SEEDS = [0, 1, 2]
SOFT = [[*told, *7 * [0.0]] for told in ([0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.4, 0.5, 0.1])]


def started(x, y=None, panel=None, **settings):
    """The beginning of a sweep; an axis is (setting, values)."""
    experiment = unflatten(flatten(Experiment()) | {"seeds": len(SEEDS)} | settings)
    axes = {"x": x, "y": y, "panel": panel}
    told = {name: axis and {"setting": axis[0], "values": list(axis[1])} for name, axis in axes.items()}
    many = 1
    for axis in filter(None, axes.values()):
        many *= len(axis[1])
    run = {"key": "k", "machine": "Linux", "date": "2026-11-21", "seeds": SEEDS, "cells": many, "students": 2 * many}
    sweep = {"experiment": experiment.model_dump(mode="json"), "early": False, **told}
    return {"event": "started", "sweep": sweep, **run}


def teacher(group=0, accuracy=(0.95, 0.96, 0.97), **values):
    """One group's teachers, of 4,000 parameters."""
    example = {"index": 7, "label": 0, "x": [0.0, 0.5, 1.0, 0.0], "shape": [1, 2, 2]}
    examples = [example | {"index": 7 + i, "label": i % 3, "probabilities": soft} for i, soft in enumerate(SOFT)]
    row = {"event": "teacher", "group": group, "val_accuracy": list(accuracy), "test_accuracy": list(accuracy)}
    return row | {"diverged": [], "parameters": 4_000, "examples": examples} | values


def cell(x, y=None, panel=None, distilled=(0.80, 0.82, 0.84), scratch=(0.70, 0.72, 0.74), epoch=10, lanes=(), **values):
    """A finished cell; `lanes` are accuracies of more lanes, and of test examples all get a point less."""
    accuracy = {"scratch": list(scratch), "distilled": list(distilled), **{lane: list(a) for lane, a in lanes}}
    less = {lane: [round(each - 0.01, 6) for each in told] for lane, told in accuracy.items()}
    row = {"event": "cell", "x": x, "y": y, "panel": panel, "group": 0, "epoch": epoch, "progress": 1.0}
    row |= {"val_accuracy": accuracy, "diverged": []}
    if values.pop("done", True):
        row |= {"done": True, "test_accuracy": less, "parameters": 1_000, "flops": 2_000}
        row |= {"val_loss": {lane: [0.5, 0.6, 0.7] for lane in accuracy}}
        row |= {name: {lane: [0.90, 0.91, 0.92] for lane in accuracy} for name in ("agreement", "kl")}
        row |= {"ece": {lane: [0.05, 0.06, 0.07] for lane in accuracy}, "soft": dict.fromkeys(accuracy, SOFT)}
    return row | values


def begun(x, y=None, panel=None, epoch=0, accuracy=0.1, **values):
    """A cell on its way."""
    both = (accuracy, accuracy, accuracy)
    return cell(x, y, panel, both, both, epoch, done=False, progress=epoch / 10, **values)


def rows():
    """A map of 2 x 2: at T = 4 and share 0.9 the gain is 10 points and proven, at 1 and 0.9 it may be luck; T = 1 at
    share 0.5 hurts; at T = 4 and share 0.5 a seed has diverged."""
    return [
        started(("temperature", (1, 4)), ("soft_weight", (0.5, 0.9))),
        teacher(),
        *(begun(x, y) for y in (0.5, 0.9) for x in (1, 4)),
        cell(1, 0.5, distilled=(0.59, 0.62, 0.65)),
        cell(4, 0.5, distilled=(0.9, 0.9, 0.1), diverged=[2]),
        cell(1, 0.9, distilled=(0.65, 0.73, 0.85)),
        cell(4, 0.9, distilled=(0.79, 0.82, 0.85)),
        {"event": "finished", "processor_s": 3.0},
    ]
