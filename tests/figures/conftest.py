"""A small run with numbers that can be checked by hand."""

import pytest

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
