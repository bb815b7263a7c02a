"""Numbers behind the pictures of a trained run: confusion, the examples on which the lanes disagree, boundaries."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from scipy.special import softmax

from kdcore.softness import disagreement

GRID = 64  # points along each side of a boundary picture
EXAMPLES = 8


def confusion(classes: Sequence[str], labels: np.ndarray, answers: Mapping[str, np.ndarray]) -> dict:
    """How often each class was taken for each other: of each lane counts (true, predicted), summed over seeds.

    labels (examples,), answers of each lane (seeds, examples, classes).
    """
    counts = {}
    for lane, logits in answers.items():
        counts[lane] = np.zeros((len(classes), len(classes)), dtype=int)
        np.add.at(counts[lane], (np.broadcast_to(labels, logits.shape[:-1]), logits.argmax(-1)), 1)
    return {"classes": list(classes)} | {lane: matrix.tolist() for lane, matrix in counts.items()}


def examples(classes: Sequence[str], x: np.ndarray, labels: np.ndarray, answers: Mapping[str, np.ndarray]) -> dict:
    """The examples on which the lanes disagree most, with what each lane says of them.

    x (examples, *shape), answers of each lane (examples, classes).
    """
    chosen = np.argsort(-disagreement(answers), kind="stable")[:EXAMPLES]
    rows = [
        {"index": int(i), "label": int(labels[i]), "x": _short(x[i].ravel()), "shape": list(x.shape[1:])}
        | {lane: _short(logits[i]) for lane, logits in answers.items()}
        for i in chosen
    ]
    return {"classes": list(classes), "rows": rows}


def boundary(
    classes: Sequence[str], x: np.ndarray, labels: np.ndarray, logits: Mapping[str, Callable[[np.ndarray], np.ndarray]]
) -> dict:
    """What each lane says all over the plane: the class with the largest mean probability over seeds, and that mean.

    x (examples, 2); `logits` of each lane takes points (points, 2) to (seeds, points, classes).
    """
    across, up = sides(x, GRID)
    points = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)  # a row of the picture after the other
    picture = {"classes": list(classes), "x": _short(across[[0, -1]]), "y": _short(up[[0, -1]]), "size": GRID}
    for lane, ask in logits.items():
        belief = softmax(ask(points), axis=-1).mean(0).reshape(GRID, GRID, -1)
        picture[lane] = belief.argmax(-1).tolist()
        picture[f"{lane}_confidence"] = belief.max(-1).round(2).tolist()
    return picture | {"points": [[*_short(point), int(label)] for point, label in zip(x, labels, strict=True)]}


def sides(x: np.ndarray, size: int) -> list[np.ndarray]:
    """Places along both sides of a plane that holds all points (examples, 2), with a margin of a tenth."""
    low, high = x.min(0), x.max(0)
    low, high = low - 0.1 * (high - low), high + 0.1 * (high - low)
    return [np.linspace(low[axis], high[axis], size, dtype=np.float32) for axis in (0, 1)]


def _short(values: np.ndarray) -> list[float]:
    """Numbers with six digits, as more would only make rows longer."""
    return [float(f"{value:.6g}") for value in values]
