"""One layer changed by hand, at one stroke and without training: what is left of the accuracy? No torch in here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kdcore import export, shapes
from kdcore.compress import prune, quantize
from kdcore.experiment import Network
from kdcore.measure.latency import one_thread
from kdcore.shapes import Layer
from kdcore.words import _

FULL_BITS = 32  # float32: not rounded at all
STOPS = {"sparsity": (0.0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98), "bits": (1, 2, 3, 4, 5, 6, 8, FULL_BITS)}

Arrays = dict[str, np.ndarray]  # "1.weight" and the like


@dataclass(frozen=True, eq=False)
class Model:
    """A network as values. `shape` is that of an example; weights are float32."""

    layers: tuple[Layer, ...]
    network: Network
    shape: tuple[int, ...]
    weights: Arrays

    @property
    def names(self) -> dict[str, Layer]:
        """Its layers by name: '1' has the weights '1.weight'."""
        return dict(shapes.names(self.layers, self.network))


def changed(model: Model, layer: str, sparsity: float = 0.0, bits: int = FULL_BITS) -> Arrays:
    """All weights, those of one layer without this share of the smallest, and the rest written with so many bits."""
    name = f"{layer}.weight"
    weights = model.weights[name]
    if 0 < round(sparsity * weights.size) < weights.size:
        weights = weights * prune.masks(model.weights, [name], sparsity, "layer")[name]
    if bits < FULL_BITS:
        weights = quantize.quantize(weights, bits).values
    return model.weights | {name: weights}


def accuracy(model: Model, weights: Arrays, x: np.ndarray, label: np.ndarray) -> float:
    """The share of examples that the network answers rightly with these weights."""
    session = one_thread(export.onnx_model(model.layers, model.network, model.shape, weights))
    (logits,) = session.run(None, {"x": x})
    return float((logits.argmax(-1) == label).mean())


def sensitivity(
    model: Model, x: np.ndarray, label: np.ndarray, knob: Literal["sparsity", "bits"]
) -> dict[str, list[tuple[float, float]]]:
    """For each layer the accuracy at each stop of the knob, all other layers as they were.

    Li et al. 2017, "Pruning Filters for Efficient ConvNets", section 3.2, ask the same of filters.
    """
    return {
        layer: [(stop, accuracy(model, changed(model, layer, **{knob: stop}), x, label)) for stop in STOPS[knob]]
        for layer in model.names
    }


def fitting(weights: Arrays, candidates: Sequence[tuple[tuple[Layer, ...], Network]], shape: tuple[int, ...]) -> Model:
    """The model that these weights belong to, of several networks. Raises ValueError where they fit none."""
    found = {name: array.shape for name, array in weights.items()}
    fit = next((each for each in candidates if expected(*each) == found), None)
    if fit is None:
        raise ValueError(_misfit(found, expected(*candidates[0])))
    if wrong := next((array.dtype for array in weights.values() if array.dtype.kind != "f"), None):
        raise ValueError(_("float32 was expected, and it holds {kind}").format(kind=wrong))
    with np.errstate(over="ignore"):  # what is too large for float32 is told below
        plain = {name: array.astype(np.float32) for name, array in weights.items()}
    if not all(np.isfinite(array).all() for array in plain.values()):
        raise ValueError(_("some of its weights are no finite numbers"))
    return Model(*fit, shape, plain)


def _misfit(found: dict[str, tuple[int, ...]], wanted: dict[str, tuple[int, ...]]) -> str:
    """The first array that is not as it should be."""
    wrong = next((name for name in wanted if found.get(name) != wanted[name]), None)
    if wrong is None:
        surplus = next(name for name in found if name not in wanted)
        return _("it holds {name}, which this network has not").format(name=surplus[:40])
    advice = _("{name} of shape {wanted} was expected, and it holds {found}")
    held = found[wrong] if wrong in found else _("nothing of this name")
    return advice.format(name=wrong, wanted=wanted[wrong], found=held)


def expected(layers: Sequence[Layer], network: Network) -> dict[str, tuple[int, ...]]:
    """The shapes of a network's weights and biases by name."""
    found: dict[str, tuple[int, ...]] = {}
    for name, layer in shapes.names(layers, network):
        found |= {f"{name}.weight": layer.weight_shape, f"{name}.bias": (layer.outputs,)}
    return found
