"""Rows of a run that never was."""


def epoch(lane, number, accuracy, loss=(0.5, 0.7), hard=None, soft=None):
    values = {"val_accuracy": list(accuracy), "val_loss": list(loss), "hard": hard, "soft": soft}
    return {"event": "epoch", "lane": lane, "epoch": number, **values}


def started(attempt=1, seeds=2, epochs=2):
    lanes = {"teacher": 1, "scratch": epochs, "distilled": epochs}
    run = {"key": "k", "attempt": attempt, "experiment": {"temperature": 4.0}}
    return {"event": "started", **run, "seeds": list(range(seeds)), "epochs": lanes}
