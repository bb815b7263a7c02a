"""What a pupil sees and is told."""

import numpy as np
import pytest

from kdcore.classical.pupils import alone, log, taught

Y = np.array([0, 1, 2] * 10)


def soft(seeds):
    return np.tile([0.5, 0.3, 0.2], (seeds, len(Y), 1))


def test_labels_are_certain_and_every_seed_has_its_own_choice_of_examples():
    one, other = alone(Y, classes=3, labels=6, seeds=2)
    assert np.array_equal(one.targets, np.eye(3)[Y[one.rows]])
    assert np.bincount(Y[one.rows]).tolist() == [2, 2, 2]
    assert set(one.rows) != set(other.rows)


def test_a_target_mixes_the_label_and_the_soft_label():
    (pupil,) = taught(Y, soft(1), labels=6, unlabelled=0, soft_weight=0.9)
    first = int(np.flatnonzero(Y[pupil.rows] == 2)[0])
    assert pupil.targets[first] == pytest.approx([0.45, 0.27, 0.28])  # 0.9 * 0.2 + 0.1
    assert np.array_equal(pupil.rows, alone(Y, 3, 6, 1)[0].rows), "the same examples as from labels alone"


def test_of_unlabelled_examples_it_hears_the_soft_label_alone():
    (pupil,) = taught(Y, soft(1), labels=6, unlabelled=4, soft_weight=0.25)
    assert len(set(pupil.rows)) == 10
    assert np.allclose(pupil.targets[6:], [0.5, 0.3, 0.2])


def test_who_does_not_listen_to_the_teacher_sees_no_unlabelled_examples():
    (pupil,) = taught(Y, soft(1), labels=6, unlabelled=4, soft_weight=0)
    assert np.array_equal(pupil.targets, alone(Y, 3, 6, 1)[0].targets)


def test_impossible_has_a_logarithm():
    assert np.isfinite(log(np.array([0.0, 1.0]))).all()
