"""Support-vector machines: they learn soft labels by weights.

A machine knows labels only. So it is shown each example x once for each class k, and that counts as much as the class
has of the example's target t (see `pupils`): a machine for class k against all others then minimises

    1/2 |w|^2 + C sum_x [t_k loss(+f(x)) + (1 - t_k) loss(-f(x))],        loss(f) = max(0, 1 - f)

and for labels alone that is the usual sum over the examples. Our linear machine squares each loss and has such an f for
each class; the kernel machine has one for each pair of classes. Shares below LEAST_SHARE are not shown.

How far an example is from a boundary is no probability. Platt 1999, "Probabilistic Outputs for Support Vector
Machines", fits p = 1 / (1 + exp(a f + b)) to it, on examples that the machine has not learned from: here in FOLDS
folds, as in scikit-learn's CalibratedClassifierCV with ensemble=False, and then it learns from all. All copies of an
example are in one fold, or a machine would be judged by what it has seen.
"""

from collections.abc import Sequence
from functools import partial
from time import process_time

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.svm import SVC, LinearSVC

from kdcore.classical.pupils import Impossible, Learned, Learning, Pupil, flat, log, pickled
from kdcore.families import FOLDS, LEAST_SHARE, KernelSVM, LinearSVM
from kdcore.words import _

Machine = LinearSVC | SVC


def learn(family: LinearSVM, x: np.ndarray, pupils: Sequence[Pupil]) -> Learning:
    """Train and calibrate a machine for each of them; x (examples, *shape) are all training examples.

    Raises Impossible where a class has too few examples.
    """
    found = []
    for pupil in pupils:
        began, own = process_time(), flat(x)[pupil.rows]
        row, label, weight = copies(pupil.targets)
        folds = _folds(pupil.targets, row, label, pupil.seed)
        machine = CalibratedClassifierCV(_machine(family, own, pupil.seed), cv=folds, ensemble=False)
        machine.fit(own[row], label, sample_weight=weight)
        machine.set_params(cv=None)  # whose folds are not to be kept
        (calibrated,) = machine.calibrated_classifiers_
        seconds = process_time() - began
        found.append(Learned(partial(_logits, machine), pickled(machine), _count(calibrated.estimator), seconds))
        yield len(found) / len(pupils)
    return found


def copies(targets: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How examples are shown whose targets are (examples, classes): the row of each copy, its label and its weight."""
    row, label = np.nonzero(targets >= LEAST_SHARE)
    return row, label, targets[row, label]


def _machine(family: LinearSVM, x: np.ndarray, seed: int) -> Machine:
    """One that has learned nothing yet. How near is near is judged by the examples x as they are, each once."""
    if isinstance(family, KernelSVM):
        return SVC(C=family.c, kernel=family.kernel, gamma=1 / (x.shape[1] * x.var() or 1))
    return LinearSVC(C=family.c, dual=False, random_state=seed)


def _folds(targets: np.ndarray, row: np.ndarray, label: np.ndarray, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Which of the copies to learn from and which to judge by, for each fold. Those of an example are together, and
    examples are dealt out to the folds class by class, by the greatest share of their target.

    Raises Impossible where a fold leaves nothing of a class to learn from.
    """
    chance = np.random.default_rng(seed).random(len(targets))
    fold = np.empty(len(targets), int)
    fold[np.lexsort((chance, targets.argmax(1)))] = np.arange(len(targets)) % FOLDS
    folds = [(np.flatnonzero(fold[row] != n), np.flatnonzero(fold[row] == n)) for n in range(FOLDS)]
    if any(len(np.unique(label[others])) < targets.shape[1] for others, _own in folds):
        advice = _(
            "its probabilities are calibrated on {folds} folds, and there are too few examples of a class for that"
        )
        raise Impossible(advice.format(folds=FOLDS))
    return folds


def _logits(machine: CalibratedClassifierCV, x: np.ndarray) -> np.ndarray:
    return log(machine.predict_proba(flat(x)))


def _count(machine: Machine) -> int:
    """Support vectors, or parameters."""
    return int(machine.n_support_.sum()) if isinstance(machine, SVC) else machine.coef_.size + machine.intercept_.size
