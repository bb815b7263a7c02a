"""A small run with numbers that can be checked by hand."""

import numpy as np
import pytest

from kdcore.measure.snapshots import SoftLabels
from kdcore.softness import Example
from tests.figures.made_up import epoch, started


@pytest.fixture
def rows():
    return [
        started(),
        epoch("teacher", 0, [0.1, 0.1]),
        epoch("teacher", 1, [0.9, 1.0]),
        epoch("scratch", 0, [0.1, 0.2]),
        epoch("distilled", 0, [0.1, 0.2]),
        epoch("scratch", 1, [0.6, 0.8]),
        epoch("distilled", 1, [0.7, 0.9], hard=[0.3, 0.5], soft=[1.0, 1.2]),
        epoch("scratch", 2, [0.7, 0.7]),
        epoch("distilled", 2, [0.8, 0.9], hard=[0.2, 0.4], soft=[0.5, 0.5]),
    ]


@pytest.fixture
def confusion_row():
    teacher, scratch = [[9, 1], [0, 10]], [[6, 4], [2, 8]]
    data = {"classes": ["cat", "dog"], "teacher": teacher, "scratch": scratch, "distilled": [[8, 2], [1, 9]]}
    return {"event": "snapshot", "name": "confusion", "data": data}


@pytest.fixture
def boundary_row():
    """Two classes on a 3x3 plane: the teacher cuts it left from right, scratch says all is class 0."""
    cut, all_zero = [[0, 1, 1]] * 3, [[0, 0, 0]] * 3
    lanes = {"teacher": cut, "scratch": all_zero, "distilled": cut}
    sure = {f"{lane}_confidence": [[1.0, 0.5, 1.0]] * 3 for lane in lanes}
    plane = {"classes": ["left", "right"], "x": [-1, 1], "y": [-1, 1], "size": 3}
    return {
        "event": "snapshot",
        "name": "boundary",
        "data": {**plane, **lanes, **sure, "points": [[-1, -1, 0], [1, 1, 1], [0.9, -0.8, 1], [-0.9, 0.2, 1]]},
    }


@pytest.fixture
def examples_row():
    logits = {"teacher": [2.0, 1.0, 0.0], "scratch": [0.0, 0.0, 0.0], "distilled": [4.0, 2.0, 0.0]}
    rows = [
        {"index": 7, "label": 0, "x": [0.0, 0.5, 1.0, 0.0], "shape": [1, 2, 2], **logits},
        {"index": 9, "label": 2, "x": [0.0, 0.5, 1.0, 0.0], "shape": [1, 2, 2], **logits},
    ]
    return {"event": "snapshot", "name": "examples", "data": {"classes": ["a", "b", "c"], "rows": rows}}


@pytest.fixture
def soft():
    """Six examples of three classes. The teacher sees some b in a; scratch has no idea, before training and after."""
    teacher = np.log(np.repeat([[0.7, 0.2, 0.1], [0.3, 0.6, 0.1], [0.1, 0.1, 0.8]], 2, axis=0)).astype(np.float32)
    none = np.zeros((6, 3), np.float32)
    return SoftLabels(
        classes=("a", "b", "c"),
        index=np.arange(6, dtype=np.int32),
        x=np.zeros((6, 1, 2, 2), np.uint8),
        label=np.repeat([0, 1, 2], 2).astype(np.uint8),
        epochs=np.array([0, 5], np.int32),
        teacher=teacher,
        scratch=none,
        distilled=teacher,
        scratch_over=np.stack([none, none]).astype(np.float16),
        distilled_over=np.stack([none, teacher]).astype(np.float16),
    )


@pytest.fixture
def example():
    """What the formula and the gradients are shown for."""
    return Example(np.array([2.0, 1.0, 0.0]), np.array([1.0, 1.0, 0.0]), 0, ("a", "b", "c"), 4.0, 0.9)


@pytest.fixture
def controls_rows():
    """Three seeds of which the first pairs differ by 10, 12 and 14 points."""
    lanes = {"scratch": 0.7, "smoothed": 0.7, "shuffled": 0.72, "distilled": 0.8, "teacher": 0.9}
    spread = {"distilled": (0.0, 0.02, 0.04)}
    table = [
        {"lane": lane, "test_accuracy": [level + more for more in spread.get(lane, (0.0, 0.0, 0.0))]}
        for lane, level in lanes.items()
    ]
    return [started(seeds=3), {"event": "finished", "exported_seed": 0, "table": table}]


@pytest.fixture
def left_out_rows(confusion_row):
    """Dogs were left out. With the bias by frequency the distilled student knows all of them, scratch half."""

    def lane(before, after, bias, curve):
        values = {"unseen": [before] * 2, "seen": [0.9, 0.9], "corrected_unseen": [after] * 2}
        by_hand = {"unseen": [[share] * 2 for share in curve], "seen": [[0.9] * 2, [0.8] * 2, [0.7] * 2]}
        return values | {"corrected_seen": [0.8, 0.9], "bias": [[0.0, bias]] * 2, "by_hand": by_hand}

    lanes = {
        "teacher": lane(1.0, 1.0, 0.1, (1.0, 1.0, 1.0)),
        "scratch": lane(0.0, 0.5, 9.0, (0.0, 0.0, 0.1)),
        "distilled": lane(0.6, 1.0, 1.5, (0.6, 0.8, 1.0)),
    }
    told = {"classes": [1], "prior": [0.5, 0.5], "by_hand": [0.0, 1.0, 2.0], "lanes": lanes}
    return [confusion_row, {"event": "finished", "exported_seed": 0, "table": [], "left_out": told}]
