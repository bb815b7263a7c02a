"""What each stage of a pipeline does to one network.

A stage is a generator: it changes the weights it was given, and where it needs training it yields a `Task` and is sent
the weights that came of it. So who runs the stages can train many networks at once; see `run`.
"""

from collections.abc import Generator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from kdcore import shapes
from kdcore.compress import low_rank, prune, quantize, share
from kdcore.compress.coded import Coded, Weights, values
from kdcore.compress.hold import Arrays, Form
from kdcore.compression import Code, Deploy, Distil, LowRank, Prune, Quantize, Share, Value
from kdcore.experiment import Network
from kdcore.shapes import Layer
from kdcore.words import _

Masks = dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Net:
    """A network as values: shape, weights by name, and what binds them. `ranges` are scale and zero of each layer's
    8-bit inputs, by the layer's name, where these are quantised too."""

    layers: tuple[Layer, ...]
    network: Network
    weights: Weights
    masks: Masks | None = None
    ranges: dict[str, tuple[float, int]] | None = None

    @property
    def names(self) -> list[str]:
        """The names of the weight matrices; biases are left as they are by all stages."""
        return [f"{name}.weight" for name, _layer in shapes.names(self.layers, self.network)]

    @cached_property
    def values(self) -> dict[str, np.ndarray]:
        return values(self.weights)


@dataclass(frozen=True, eq=False)
class Task:
    """Training that a stage asks for: from these weights, so many epochs, in this form. `taught` says whether the
    teacher's soft labels are part of it."""

    net: Net
    epochs: int
    form: Form
    taught: bool
    as_student: bool = False  # with the experiment's settings for students, rather than those for teachers


Stage = Generator[Task, Arrays, Net]  # what comes back is as the optimiser left it: of rounded weights, the latent ones


def work(stage: Value, net: Net, start: Net, fresh: Net | None, seed: int) -> Stage:
    """The work of a stage on a network. `start` is the teacher before training, and `fresh` another untrained network
    where the stage needs one: the student, or other random weights. The seed is for what is left to chance."""
    if isinstance(stage, Distil):
        return _distil(stage, fresh)
    if isinstance(stage, Prune):
        return _prune_units(stage, net) if stage.scope == "units" else _prune(stage, net, start, fresh, seed)
    if isinstance(stage, Code | Deploy):
        return _as_it_is(net)
    return {Quantize: _quantize, LowRank: _low_rank, Share: _share}[type(stage)](stage, net)


def _as_it_is(net: Net) -> Stage:
    """Another file of the same network."""
    return net
    yield


def _distil(stage: Distil, fresh: Net) -> Stage:
    trained = yield Task(fresh, stage.epochs, Form(), taught=True, as_student=True)
    return replace(fresh, weights=trained)


def _prune(stage: Prune, net: Net, start: Net, fresh: Net | None, seed: int) -> Stage:
    """Round after round the same part of what is left goes, and it learns on: of all weights there stay
    k_r = k_0^(1 - r / rounds) * (1 - sparsity)^(r / rounds).

    A lottery ticket (Frankle, Carbin 2019) is rewound to the start in every round. With fresh weights the masks are
    those of the ticket, and only the last training begins elsewhere.
    """
    if stage.rewind != "no" and net.layers != start.layers:
        advice = _("rewind is {rewind}: this network has other layers than the teacher; choose no")
        raise ValueError(advice.format(rewind=stage.rewind))
    left = np.mean(np.concatenate([mask.ravel() for mask in net.masks.values()])) if net.masks else 1.0
    for part in np.arange(1, stage.rounds + 1) / stage.rounds:
        sparsity = float(1 - left ** (1 - part) * (1 - stage.sparsity) ** part)
        masks = prune.masks(net.values, net.names, sparsity, stage.scope, seed=seed, before=net.masks)
        anew = {"no": net, "start": start, "fresh": fresh if part == 1 else start}[stage.rewind]
        net = replace(net, weights=_masked(anew.values, masks), masks=masks)
        if stage.epochs:
            trained = yield Task(net, stage.epochs, Form(masks=masks), stage.taught)
            net = replace(net, weights=trained)
    return net


def _prune_units(stage: Prune, net: Net) -> Stage:
    """The same with whole units, which are cut out: the network is a smaller one afterwards."""
    whole = {name: len(net.values[name]) for name in net.names}
    for part in np.arange(1, stage.rounds + 1) / stage.rounds:
        kept = prune.weakest_units(net.values, net.names, float(1 - (1 - stage.sparsity) ** part), whole)
        weights, layers = prune.remove_units(net.values, net.layers, net.network, kept)
        net = _smaller(net, weights, layers)
        if stage.epochs:
            net = replace(net, weights=(yield Task(net, stage.epochs, Form(masks=net.masks), stage.taught)))
    return net


def _quantize(stage: Quantize, net: Net) -> Stage:
    """After training; or with epochs while it learns on."""
    how, weights = (stage.bits, stage.levels, stage.scheme, stage.per), net.values
    if stage.epochs:
        form = Form(masks=net.masks, rounding=quantize.Rounding(*how))
        weights = yield Task(net, stage.epochs, form, stage.taught)
    rounded = {name: quantize.quantize(weights[name], *how) for name in net.names}
    return replace(net, weights=dict(weights) | rounded)


def _low_rank(stage: LowRank, net: Net) -> Stage:
    weights, layers = low_rank.low_rank(net.values, net.layers, net.network, stage.keep, stage.by)
    if layers == net.layers:
        raise ValueError(_("keep is {keep}: no layer of this network gets smaller by it").format(keep=stage.keep))
    net = replace(_smaller(net, weights, layers), masks=None)
    if stage.epochs:
        net = replace(net, weights=(yield Task(net, stage.epochs, Form(), stage.taught)))
    return net


def _share(stage: Share, net: Net) -> Stage:
    shared = {name: share.share(net.values[name], stage.bits) for name in net.names}
    net = replace(net, weights=dict(net.weights) | shared)
    if stage.epochs:
        trained = yield Task(net, stage.epochs, Form(masks=net.masks, shared=shared), stage.taught)
        retuned = {name: _retuned(coded, trained[name]) for name, coded in shared.items()}
        net = replace(net, weights=trained | retuned)
    return net


def _retuned(coded: Coded, trained: np.ndarray) -> Coded:
    """The same codes with the values that training has found for them."""
    codebook = coded.codebook.copy()
    codebook[coded.codes.ravel()] = trained.ravel()
    return replace(coded, codebook=codebook)


def _smaller(net: Net, weights: dict[str, np.ndarray], layers: tuple[Layer, ...]) -> Net:
    """A network of other layers; what was pruned is known by its zeros."""
    smaller = replace(net, weights=weights, layers=tuple(layers))
    return replace(smaller, masks=net.masks and {name: weights[name] != 0 for name in smaller.names})


def _masked(weights: dict[str, np.ndarray], masks: Masks) -> dict[str, np.ndarray]:
    return {name: array * masks[name] if name in masks else array for name, array in weights.items()}
