"""Pruning: the weights that matter least are set to zero, or whole units are cut out.

    w <- m * w        m: a mask of the shape of w, False where a weight goes

What matters least is what has the smallest magnitude |w|, never the smallest w: -3 matters more than 1.
Han et al. 2015, "Learning both Weights and Connections for Efficient Neural Networks", section 3. 2:4: Mishra et al.
2021, "Accelerating Sparse Deep Neural Networks". Units: Li et al. 2017, "Pruning Filters for Efficient ConvNets",
who take the sum of magnitudes where we take the L2 norm.

Weights are called "1.weight", "1.bias" and so on; `names` are those of the weight matrices, in the order of layers.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from kdcore import shapes
from kdcore.experiment import Network
from kdcore.shapes import Layer
from kdcore.words import _

Arrays = Mapping[str, np.ndarray]
Units = Mapping[str, np.ndarray]  # of layers by the name of their weights: the numbers of the units that stay, rising


def masks(
    weights: Arrays,
    names: Sequence[str],
    sparsity: float,
    scope: str,
    seed: int = 0,
    before: Arrays | None = None,
) -> dict[str, np.ndarray]:
    """Which weights stay: a mask for each name, True for those.

    Of n weights exactly round(sparsity * n) go, of equals those that come first. Which ones, `scope` says:

    * layer: the smallest of each layer.
    * global: the smallest of all layers together, so layers with small weights lose more.
    * 2:4: the two smallest of any four neighbours in a row (out, in * height * width), which is thought to end in
      zeros until it can be divided by four; so fewer may go. A sparsity below 0.5 takes only the smallest of these.
    * random: any of each layer, drawn with `seed`; what pruning with a reason is compared with.

    What is pruned in the masks `before` stays pruned and is part of the count. Raises ValueError where no weight
    would go, or none would stay.
    """
    chance = np.random.default_rng(seed)
    scores = {
        name: chance.random(weights[name].shape) if scope == "random" else np.abs(weights[name]) for name in names
    }
    if before is not None:
        scores = {name: np.where(before[name], score, -1) for name, score in scores.items()}
    if scope == "global":
        together = _larger(np.concatenate([score.ravel() for score in scores.values()]), sparsity)
        parts = np.split(together, np.cumsum([score.size for score in scores.values()])[:-1])
        return {name: part.reshape(weights[name].shape) for name, part in zip(names, parts, strict=True)}
    if scope == "2:4":
        return {name: _larger_of_four(score, sparsity) & (score >= 0) for name, score in scores.items()}
    return {name: _larger(score, sparsity) for name, score in scores.items()}


def _larger(scores: np.ndarray, sparsity: float) -> np.ndarray:
    """False for the smallest scores: so large a share of them, and all that are negative."""
    count = max(_count(scores, sparsity), int((scores < 0).sum()))
    return _without(scores, count)


def _larger_of_four(scores: np.ndarray, sparsity: float) -> np.ndarray:
    """False for the two smaller of four neighbours; of these only the smallest if the sparsity is below 0.5."""
    if sparsity > 0.5:
        raise ValueError(_("sparsity is {sparsity}: 2:4 takes two of four; choose 0.5").format(sparsity=sparsity))
    rows = scores.reshape(len(scores), -1)
    missing = -rows.shape[1] % 4
    fours = np.pad(rows, ((0, 0), (0, missing)), constant_values=-2).reshape(-1, 4)
    places = fours.argsort(axis=1, kind="stable").argsort(axis=1)  # of each number among its four: 0 for the smallest
    is_smaller = (places < 2).reshape(len(rows), -1)[:, : rows.shape[1]].reshape(scores.shape)
    count = min(_count(scores, sparsity), int(is_smaller.sum()))
    return _without(np.where(is_smaller, scores, np.inf), count)


def _count(scores: np.ndarray, sparsity: float) -> int:
    """How many go."""
    _check(sparsity)
    count = round(sparsity * scores.size)
    if not 0 < count < scores.size:
        advice = _("sparsity is {sparsity}: of {n} weights {count} would go; some must go and some must stay")
        raise ValueError(advice.format(sparsity=sparsity, n=scores.size, count=count))
    return count


def _check(sparsity: float) -> None:
    if not 0 < sparsity < 1:
        raise ValueError(
            _("sparsity is {sparsity}: choose a share between 0 and 1, such as 0.9").format(sparsity=sparsity)
        )


def _without(scores: np.ndarray, count: int) -> np.ndarray:
    """False for so many of the smallest scores; of equal ones the first go first."""
    kept = np.ones(scores.size, dtype=bool)
    kept[np.argsort(scores, axis=None, kind="stable")[:count]] = False
    return kept.reshape(scores.shape)


# Whole units of an MLP, channels of a CNN


def weakest_units(
    weights: Arrays, names: Sequence[str], sparsity: float, whole: Mapping[str, int] | None = None
) -> dict[str, np.ndarray]:
    """Which units stay in each layer but the last, whose units are the classes.

    Of a layer's n units round(sparsity * n) go, but one stays at least: those whose incoming weights are the shortest
    vectors, |w_j| = sqrt(sum_i w_ji^2). `whole` says of how many units the sparsity is a share, where units have been
    removed before. Raises ValueError for a sparsity that is no share.
    """
    _check(sparsity)
    kept = {}
    for name in names[:-1]:
        norms = np.linalg.norm(weights[name].reshape(len(weights[name]), -1), axis=1)
        n = whole[name] if whole else len(norms)
        stay = min(max(n - round(sparsity * n), 1), len(norms))
        kept[name] = np.flatnonzero(_without(norms, len(norms) - stay))
    return kept


def masked_units(layers: Sequence[Layer], network: Network, kept: Units) -> dict[str, np.ndarray]:
    """Masks of all weights and biases that switch units off: what comes into them, their bias, and what goes out.

    As nothing goes out, it does not matter that some activations make something of nothing: sigmoid(0) = 0.5.
    """
    found = {}
    for name, layer, rows, columns in _parts(layers, network, kept):
        found[f"{name}.weight"] = np.zeros(layer.weight_shape, dtype=bool)
        found[f"{name}.weight"][np.ix_(rows, columns)] = True
        found[f"{name}.bias"] = np.isin(np.arange(layer.outputs), rows)
    return found


def remove_units(
    weights: Arrays, layers: Sequence[Layer], network: Network, kept: Units
) -> tuple[dict[str, np.ndarray], tuple[Layer, ...]]:
    """The weights and layers of the network without these units: smaller, with the outputs of `masked_units`."""
    smaller, found = {}, []
    for name, layer, rows, columns in _parts(layers, network, kept):
        smaller[f"{name}.weight"] = weights[f"{name}.weight"][np.ix_(rows, columns)]
        smaller[f"{name}.bias"] = weights[f"{name}.bias"][rows]
        found.append(replace(layer, inputs=len(columns), outputs=len(rows)))
    return smaller, tuple(found)


def _parts(
    layers: Sequence[Layer], network: Network, kept: Units
) -> Iterator[tuple[str, Layer, np.ndarray, np.ndarray]]:
    """Of each layer with its name the rows (units) and columns (inputs) of its weights that stay."""
    columns = np.arange(layers[0].inputs)
    for (name, layer), following in zip(shapes.names(layers, network), [*layers[1:], None], strict=True):
        rows = kept.get(f"{name}.weight", np.arange(layer.outputs))
        yield name, layer, rows, columns
        if following:
            each = following.inputs // layer.outputs  # height * width where channels are flattened, else 1
            columns = (rows[:, None] * each + np.arange(each)).ravel()
