"""Trees, forests and chains of trees: regression on labels is the usual tree, and soft labels change its targets."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from kdcore.classical.pupils import Pupil
from kdcore.classical.trees import learn
from kdcore.families import read

RANDOM = np.random.default_rng(0)
X = RANDOM.random((120, 4)).astype(np.float32)
Y = (X[:, :2] > [0.5, 0.6]).sum(1)  # three classes
FRESH = RANDOM.random((200, 4)).astype(np.float32)


def learned(text, targets):
    """What a family has learned of these targets."""
    learning = learn(read(text), X, [Pupil(3, np.arange(len(X)), targets)])
    try:
        while True:
            next(learning)
    except StopIteration as end:
        return end.value[0]


@pytest.mark.parametrize(
    ("text", "usual"),
    [
        ("tree:depth=3", DecisionTreeClassifier(max_depth=3, random_state=3)),
        ("forest:trees=7,depth=4", RandomForestClassifier(7, max_depth=4, random_state=3)),
    ],
)
def test_from_labels_it_is_the_usual_classifier(text, usual):
    probabilities = np.exp(learned(text, np.eye(3)[Y]).answer(FRESH))
    assert probabilities == pytest.approx(usual.fit(X, Y).predict_proba(FRESH), abs=2e-4)


@pytest.mark.parametrize("on", ["probabilities", "logits"])
@pytest.mark.parametrize("text", ["tree:depth=12", "forest:depth=12", "boosting:trees=60,rate=0.3"])
def test_it_learns_to_be_as_unsure_as_its_teacher(text, on):
    soft = np.where(np.eye(3)[Y] > 0, 0.6, 0.2)
    told = np.exp(learned(f"{text},on={on}", soft).answer(X))
    assert np.abs(told - soft).mean() < 0.03


def test_a_tree_that_predicts_logarithms_still_learns_plain_labels():
    assert np.array_equal(learned("tree:on=logits", np.eye(3)[Y]).answer(X), learned("tree", np.eye(3)[Y]).answer(X))


def test_a_tree_is_told_as_questions_with_what_its_leaves_say():
    text = learned("tree:depth=2", np.eye(3)[Y]).inner(["a", "b", "c", "d"], ["none", "one", "both"])
    assert text.startswith("|--- b <= 0.598\n|   |--- a <= 0.496")
    assert text.count("(1.00)") == 4
    assert {"none", "one", "both"} < set(text.split())


def test_nodes_are_counted_and_a_larger_forest_takes_more_bytes():
    assert learned("tree:depth=1", np.eye(3)[Y]).count == 3
    small, large = (learned(f"forest:trees={n}", np.eye(3)[Y]) for n in (2, 20))
    assert small.size_bytes < large.size_bytes
    assert learned("boosting:trees=2,depth=1", np.eye(3)[Y]).count == 2 * 3 * 3
