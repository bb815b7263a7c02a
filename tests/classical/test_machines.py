"""Support-vector machines: copies weighted by soft labels, and folds that keep an example together."""

import numpy as np
import pytest

from kdcore.classical import machines
from kdcore.classical.machines import copies, learn
from kdcore.classical.pupils import Impossible, Pupil
from kdcore.families import FOLDS, read

RANDOM = np.random.default_rng(0)
Y = np.repeat([0, 1, 2], 20)
X = (RANDOM.normal(size=(60, 2)) * 0.4 + np.array([[0, 0], [2, 0], [0, 2]])[Y]).astype(np.float32)


def learned(text, targets):
    learning = learn(read(text), X, [Pupil(0, np.arange(len(X)), targets)])
    try:
        while True:
            next(learning)
    except StopIteration as end:
        return end.value[0]


def test_an_example_is_shown_once_for_each_class_that_counts():
    row, label, weight = copies(np.array([[0.9, 0.08, 0.02], [0, 1, 0]]))
    assert (row.tolist(), label.tolist(), weight.tolist()) == ([0, 0, 1], [0, 1, 1], [0.9, 0.08, 1])


@pytest.mark.parametrize("text", ["linear_svm", "kernel_svm", "kernel_svm:kernel=poly"])
def test_it_tells_classes_apart_with_probabilities(text):
    answers = np.exp(learned(text, np.eye(3)[Y]).answer(X))
    assert answers.sum(1) == pytest.approx(1, abs=1e-3)
    assert (answers.argmax(1) == Y).mean() > 0.95


@pytest.mark.parametrize("text", ["linear_svm", "kernel_svm"])
def test_soft_labels_make_it_less_sure(text):
    soft = 0.6 * np.eye(3)[Y] + 0.4 / 3
    sure, unsure = (np.exp(learned(text, targets).answer(X)).max(1).mean() for targets in (np.eye(3)[Y], soft))
    assert unsure < sure - 0.1
    assert (learned(text, soft).answer(X).argmax(1) == Y).mean() > 0.9


def test_all_copies_of_an_example_are_in_one_fold():
    targets = np.full((30, 3), 1 / 3) + 0.01 * np.eye(3)[np.arange(30) % 3]
    row, label, _weight = copies(targets)
    folds = machines._folds(targets, row, label, seed=0)
    judged = [set(row[own]) for _others, own in folds]
    assert [len(own) for own in judged] == [30 / FOLDS] * FOLDS
    assert not judged[0] & judged[1]
    assert all(not set(row[others]) & set(row[own]) for others, own in folds)


def test_the_more_it_costs_to_be_wrong_the_fewer_support_vectors():
    assert learned("kernel_svm:c=100", np.eye(3)[Y]).count < learned("kernel_svm:c=0.01", np.eye(3)[Y]).count
    assert learned("linear_svm", np.eye(3)[Y]).count == 3 * (2 + 1)


def test_a_class_without_enough_examples_to_calibrate_is_told():
    targets = np.eye(3)[np.where(np.arange(60) == 0, 2, Y % 2)]  # one example of the last class
    with pytest.raises(Impossible, match="calibrated on 3 folds, and there are too few examples of a class"):
        learned("linear_svm", targets)
