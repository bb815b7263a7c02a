"""Numbers behind pictures, on inputs small enough to work out by hand."""

import numpy as np
import pytest

from kdcore import softness
from kdcore.measure.pictures import EXAMPLES, GRID, boundary, confusion, examples

SURE = 20.0  # a logit that leaves nothing for the others


def said(*classes: int) -> np.ndarray:
    """Logits of a lane that is sure of these classes, one an example."""
    return SURE * np.eye(3)[list(classes)]


def test_confusion_counts_over_seeds():
    labels = np.array([0, 1, 1, 2])
    found = confusion("abc", labels, {"teacher": np.stack([said(0, 1, 2, 2), said(0, 1, 1, 0)])})
    assert found["classes"] == ["a", "b", "c"]
    assert found["teacher"] == [[2, 0, 0], [0, 3, 1], [1, 0, 1]]


def test_examples_are_those_on_which_lanes_disagree_most_first():
    lanes = {name: np.zeros((20, 3)) for name in ("teacher", "scratch", "distilled")}
    lanes["teacher"][7], lanes["scratch"][7] = said(0)[0], said(1)[0]
    lanes["teacher"][3] = said(0)[0]
    found = examples("abc", np.arange(20.0).reshape(20, 1), np.arange(20) % 3, lanes)["rows"]
    assert len(found) == EXAMPLES
    assert [row["index"] for row in found[:2]] == [7, 3]
    assert found[0]["label"] == 1
    assert found[0]["x"] == [7.0]
    assert found[0]["scratch"] == [0.0, SURE, 0.0]


def test_examples_are_in_the_order_of_disagreement_on_the_page():
    """So close together that in 32 bits, in which networks answer, all would be equal."""
    lanes = {name: np.zeros((EXAMPLES, 3), np.float32) for name in ("teacher", "scratch", "distilled")}
    lanes["teacher"][:, 0] = np.linspace(0, 1e-8, EXAMPLES)
    labels = np.zeros(EXAMPLES, int)
    found = [row["index"] for row in examples("abc", np.zeros((EXAMPLES, 1)), labels, lanes)["rows"]]
    assert found == softness.order("disagreement", lanes, labels).tolist() == list(range(EXAMPLES))[::-1]


def test_boundary_says_the_class_and_how_sure_it_is():
    def left_or_right(points):
        """Two seeds; one is sure of class 0 on the left and 1 on the right, the other always of class 0."""
        one = SURE * np.stack([points[:, 0] < 0, points[:, 0] >= 0], axis=1)
        return np.stack([one, SURE * np.tile([1.0, 0.0], (len(points), 1))])

    x = np.array([[-1.0, 0.0], [1.0, 2.0]])
    found = boundary("ab", x, np.array([0, 1]), {"teacher": left_or_right})
    assert found["x"] == pytest.approx([-1.2, 1.2])
    assert found["y"] == pytest.approx([-0.2, 2.2])
    assert len(found["teacher"]) == len(found["teacher"][0]) == found["size"] == GRID
    assert found["teacher"][0][0] == 0
    assert found["teacher_confidence"][0][0] == 1.0
    assert found["teacher_confidence"][0][-1] == 0.5, "the two seeds differ on the right"
    assert found["points"] == [[-1.0, 0.0, 0], [1.0, 2.0, 1]]
