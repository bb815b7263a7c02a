"""What a hidden layer says of some examples, as it can be looked at: how far apart it finds them, and where it looks.

    distances    d_ij = |h_i - h_j|, over their mean: what relational distillation compares
    maps         a_xy = mean over channels of h_cxy^2, over its largest: what attention transfer compares

Neither minds how many units a layer has, so that student and teacher can stand side by side.
"""

from typing import Any

import numpy as np

SEEN = ("before", "scratch", "distilled", "teacher")  # whose layer it is; before: the distilled student's, untrained
FEW, EACH = 16, 2  # examples that are looked at, about; of each class at least
MOST = 20
MAPS = 6  # examples whose maps are kept
WIDEST = 14  # places of a map from side to side; a wider one is averaged down
DIGITS = 2


def chosen(labels: np.ndarray) -> list[int]:
    """Which examples are looked at: the first ones of each class, equally many where there are so many, in the order of
    the classes. labels (examples,)."""
    classes = np.unique(labels)
    each = max(EACH, FEW // len(classes))
    return [int(place) for own in classes for place in np.flatnonzero(labels == own)[:each]][:MOST]


def with_maps(count: int) -> list[int]:
    """Those among so many chosen ones whose maps are kept, from the first class to the last."""
    return list(dict.fromkeys(k * count // MAPS for k in range(MAPS)))


def look(hidden: np.ndarray) -> dict[str, Any] | None:
    """What is kept of a layer's answers (examples, units) or (examples, channels, height, width): distances, of each
    pair of examples once; and where it has places the maps of some. None where an answer is no number."""
    if not np.isfinite(hidden).all():
        return None
    found = {"distances": _short(distances(hidden))}
    return found | {"maps": _short(maps(hidden[with_maps(len(hidden))]))} if hidden.ndim == 4 else found


def distances(hidden: np.ndarray) -> np.ndarray:
    """How far apart a layer finds each pair of examples, by their mean: (examples, ...) -> (pairs,), 0-1, 0-2, ..."""
    rows = hidden.reshape(len(hidden), -1).astype(np.float64)
    one, other = np.triu_indices(len(rows), 1)
    found = np.linalg.norm(rows[one] - rows[other], axis=1)
    return found / (found.mean() or 1)


def maps(hidden: np.ndarray) -> np.ndarray:
    """Where a layer is active: (examples, channels, height, width) -> (examples, height, width), from 0 to 1."""
    active = np.square(hidden, dtype=np.float64).mean(1)
    block = -(-max(active.shape[1:]) // WIDEST)
    height, width = (side // block * block for side in active.shape[1:])
    parts = active[:, :height, :width].reshape(len(active), height // block, block, width // block, block)
    found = parts.mean((2, 4))
    largest = found.max((1, 2), keepdims=True)
    return found / np.where(largest == 0, 1, largest)


def _short(values: np.ndarray) -> list:
    return values.round(DIGITS).tolist()
