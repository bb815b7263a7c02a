"""Training a cohort: many students in lock-step, each exactly as if it were alone.

A member has its own seed, label budget, learning rate, temperature, soft-label share and kind of soft labels. From its
seed come, in this order, its initial weights (`nets.build`), its labelled examples, the order of its batches, and its
dropout masks; so two members with the same seed and budget differ in nothing but their targets.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Literal, Protocol

import torch
from torch import Tensor
from torch.optim.adam import adam
from torch.optim.adamw import adamw
from torch.optim.sgd import sgd

from kdcore.experiment import Training
from kdcore.losses import SoftLabels, hard_labels, shuffled, smoothed, soft_labels, surprise_and_gradient
from kdcore.nets import Cohort, Drop


@dataclass(frozen=True)
class Member:
    """What may differ between members of a cohort. `labels` is how many labelled examples this member sees.

    `teacher` counts rows of `Lesson.teacher_logits`; without a teacher there is only the hard loss. `control` says
    what the member is told in place of the teacher's opinion: "smoothed" or "shuffled", see `losses`.
    """

    seed: int
    labels: int
    learning_rate: float
    soft_weight: float = 0.0
    temperature: float = 1.0
    teacher: int = 0
    control: Literal["smoothed", "shuffled"] | None = None


@dataclass(frozen=True)
class Lesson:
    """What all members learn from: x (examples, *shape), y (examples,), and what each teacher says of every example,
    computed once: teacher_logits (teachers, examples, classes)."""

    x: Tensor
    y: Tensor
    classes: int
    teacher_logits: Tensor | None = None


class Held(Protocol):
    """What keeps the members' weights in some form while they learn; see `compress.hold`.

    The optimiser moves `latent`, of the shape of `cohort.rows`. `bend` changes the gradients before a step, in place;
    `settle` makes the cohort's weights anew from `latent` after it.
    """

    latent: Tensor

    def bend(self, gradients: Tensor) -> None: ...
    def settle(self) -> None: ...
    def part(self, members: slice) -> "Held": ...


@dataclass(frozen=True)
class Step:
    """A step of optimisation was taken. At the end of an epoch `terms` holds each member's mean loss terms of that
    epoch: "hard", and "soft" where there is a teacher, both unweighted, and their "loss" as it was minimised."""

    epoch: int
    terms: dict[str, Tensor] | None = None


def train(
    cohort: Cohort, members: Sequence[Member], training: Training, lesson: Lesson, held: Held | None = None
) -> Iterator[Step]:
    """Train all members in lock-step; yield after every step. `held` keeps their weights in some form.

    A member whose examples are used up before the others' waits, unchanged, until the epoch ends. Members never
    meet: so a cohort too large for the processor's cache is trained in parts, which take each step one after the other.
    """
    longest = max(member.labels for member in members)
    starts = range(0, longest, training.batch_size)
    at_once = max(1, cohort.room(lesson.x.shape[1:]) // min(training.batch_size, longest))
    if at_once >= len(members):
        yield from _train(cohort, members, training, lesson, starts, held)
        return
    slices = [slice(first, first + at_once) for first in range(0, len(members), at_once)]
    parts = [
        _train(cohort.part(part), members[part], training, lesson, starts, held and held.part(part)) for part in slices
    ]
    for steps in zip(*parts, strict=True):
        terms = [step.terms or {} for step in steps]
        yield Step(steps[0].epoch, {name: torch.cat([part[name] for part in terms]) for name in terms[0]} or None)


def _train(
    cohort: Cohort,
    members: Sequence[Member],
    training: Training,
    lesson: Lesson,
    starts: Sequence[int],
    held: Held | None,
) -> Iterator[Step]:
    """Train members that are worked on at once; `starts` are the places in a member's order where batches begin."""
    draws = _Draws(members, lesson)
    told = _tell(members, draws.examples, lesson, training.label_smoothing)
    plan = [_batch(members, told, start, training.batch_size) for start in starts]
    steps = _steps(held.latent if held else cohort.rows, cohort.row_gradients, members, training.optimizer)
    temperature = told.temperature[..., None, None]

    @torch.inference_mode()  # autograd has nothing to watch: it would take time for it all the same
    def learn(batch: _Batch, examples: Tensor, targets: Tensor) -> Tensor:
        """Take one step; return how surprised the members were by it, (members, terms), summed over the batch."""
        # 1. each member's own batch, and the answers to it
        rows = examples[:, batch.columns]
        x = lesson.x.index_select(0, rows.flatten()).unflatten(0, rows.shape)  # as x[rows], but faster
        logits = cohort.logits(x, draws.dropper(batch.counts)).unsqueeze(1)
        # 2. how far each answer is from what the member was told, and where that pulls it
        surprise, gradient = surprise_and_gradient(logits / temperature, targets[..., batch.columns].mT)
        # 3. backward, and a step for every member that had a batch
        cohort.backward_from((gradient.mT * batch.share).sum(1).mT)
        if held:
            held.bend(cohort.row_gradients)
        for first, step in steps:
            if batch.counts[first]:
                step()
        if held:
            held.settle()
        return surprise.sum(-1)

    targets = torch.empty_like(told.targets)
    for epoch in range(1, training.epochs + 1):
        order = draws.order()  # (members, examples)
        examples = draws.examples.gather(1, order)
        torch.gather(told.targets, -1, order[:, None, None].expand_as(targets), out=targets)
        surprise = torch.zeros_like(told.weight)
        for batch in plan:
            if any(batch.counts):
                surprise += learn(batch, examples, targets)
            if batch is not plan[-1]:
                yield Step(epoch)
        yield Step(epoch, told.terms(surprise))


def labelled(y: Tensor, labels: int, order: torch.Generator) -> Tensor:
    """Which training examples a member sees: a random choice, balanced over the classes as far as possible.

    Shuffle, number the examples of each class 0, 1, 2, ... in that order, and take all with number 0, then 1, ...
    y (examples,) -> (labels,). A larger budget of the same seed holds the smaller one.
    """
    shuffled = torch.randperm(len(y), generator=order)
    one_hot = torch.nn.functional.one_hot(y[shuffled])
    rank = (one_hot.cumsum(0) * one_hot).sum(1)  # the how-manieth of its class
    return shuffled[torch.argsort(rank, stable=True)][:labels]


@dataclass(frozen=True)
class _Told:
    """What members are told of each of their examples: the right label, and the teacher's opinion where there is one.

    A term of the loss is its temperature^2 times the mean of (surprise - entropy); see `losses`. The entropy is no
    fault of the student's and does not change, so that training only has to measure the surprise.
    """

    targets: Tensor  # (members, terms, classes, examples), 0 where a member has no more examples
    temperature: Tensor  # (members, terms)
    entropy: Tensor  # (members, terms), the mean over examples
    weight: Tensor  # (members, terms), their sum is 1
    labels: Tensor  # (members, 1)

    def terms(self, surprise: Tensor) -> dict[str, Tensor]:
        """The mean loss terms of an epoch, given the sum of its surprises (members, terms)."""
        terms = self.temperature**2 * (surprise / self.labels - self.entropy)
        return dict(zip(("hard", "soft"), terms.T, strict=False)) | {"loss": (self.weight * terms).sum(1)}


def _tell(members: Sequence[Member], examples: Tensor, lesson: Lesson, label_smoothing: float) -> _Told:
    """Look up and soften, once, what is told of the members' examples (members, largest budget)."""
    settings = [(member.labels, member.temperature, member.soft_weight) for member in members]
    labels, temperature, soft_weight = lesson.x.new_tensor(settings).T
    soft_weight = soft_weight * (lesson.teacher_logits is not None)
    hard = hard_labels(lesson.y, lesson.x.new_empty(lesson.classes), label_smoothing)[examples]
    terms = [(SoftLabels(hard, torch.zeros_like(hard[..., 0])), torch.ones_like(temperature), 1 - soft_weight)]
    if lesson.teacher_logits is not None:
        teacher = torch.tensor([[member.teacher] for member in members], device=examples.device)
        soft = soft_labels(lesson.teacher_logits[teacher, examples], temperature)
        _control(members, soft, lesson.y[examples])
        terms.append((soft, temperature, soft_weight))
    told, temperatures, weights = zip(*terms, strict=True)
    is_real = torch.arange(examples.shape[1], device=examples.device) < labels[:, None]
    return _Told(
        targets=torch.stack([(target.p * is_real.unsqueeze(-1)).mT for target in told], 1),
        temperature=torch.stack(temperatures, 1),
        entropy=torch.stack([(target.entropy * is_real).sum(-1) / labels for target in told], 1),
        weight=torch.stack(weights, 1),
        labels=labels.unsqueeze(1),
    )


def _control(members: Sequence[Member], soft: SoftLabels, labels: Tensor) -> None:
    """Put what the controls among the members are told in the place of the teacher's opinion."""
    for m, member in enumerate(members):
        own, y = SoftLabels(soft.p[m, : member.labels], soft.entropy[m, : member.labels]), labels[m, : member.labels]
        if member.control == "smoothed":
            told = smoothed(own, y)
        elif member.control == "shuffled":
            told = shuffled(own, y, torch.Generator().manual_seed(member.seed))
        else:
            continue
        own.p.copy_(told.p)
        own.entropy.copy_(told.entropy)


@dataclass(frozen=True)
class _Batch:
    """One step of every epoch: columns of the members' orders, and who has how many examples in them."""

    columns: slice
    counts: list[int]  # examples of each member
    share: Tensor  # (members, terms, 1, batch), how much of the gradient of each surprise is in that of the loss


def _batch(members: Sequence[Member], told: _Told, start: int, batch_size: int) -> _Batch:
    counts = [min(max(member.labels - start, 0), batch_size) for member in members]
    columns = torch.arange(max(counts), device=told.labels.device)
    sizes = (told.labels - start).clamp(0, batch_size)  # (members, 1)
    row_weights = (columns < sizes) / sizes.clamp(min=1)  # (members, batch), for a mean over the member's own rows
    share = (told.weight * told.temperature)[..., None, None] * row_weights[:, None, None]
    return _Batch(slice(start, start + len(columns)), counts, share)


class _Draws:
    """The random choices of training. Members of the same seed and budget share a stream of them."""

    def __init__(self, members: Sequence[Member], lesson: Lesson):
        streams = [(member.seed, member.labels) for member in members]
        self._streams = list(dict.fromkeys(streams))
        self._of = torch.tensor([self._streams.index(stream) for stream in streams])  # the stream of each member
        self._orders = [torch.Generator().manual_seed(seed) for seed, _labels in self._streams]
        self._masks = [torch.Generator().manual_seed(seed) for seed, _labels in self._streams]
        self._longest, self._like, y = max(member.labels for member in members), lesson.x, lesson.y.cpu()
        examples = [labelled(y, labels, order) for (_, labels), order in zip(self._streams, self._orders, strict=True)]
        rows = [torch.cat([own, own.new_zeros(self._longest - len(own))]) for own in examples]
        self.examples = self._to_members(torch.stack(rows))  # (members, largest budget), filled up with 0

    def order(self) -> Tensor:
        """Each member's own order of its examples for the next epoch, (members, largest budget); those that it does
        not have come last."""
        rows = []
        for (_, labels), order in zip(self._streams, self._orders, strict=True):
            rows.append(torch.cat([torch.randperm(labels, generator=order), torch.arange(labels, self._longest)]))
        return self._to_members(torch.stack(rows))

    def dropper(self, counts: Sequence[int]) -> Drop:
        """A function that draws the masks that `torch.nn.Dropout` would draw for each member alone."""

        def drop(shape: Sequence[int], rate: float) -> Tensor:
            factors = torch.zeros(len(self._streams), *shape[1:], dtype=self._like.dtype)
            count = dict(zip(self._of.tolist(), counts, strict=True))  # of each stream
            for s, masks in enumerate(self._masks):
                factors[s, : count[s]].bernoulli_(1 - rate, generator=masks)
            return self._to_members(factors.div_(1 - rate))

        return drop

    def _to_members(self, rows: Tensor) -> Tensor:
        """From a row a stream to a row a member."""
        return rows.index_select(0, self._of).to(self._like.device)


def _steps(
    weights: Tensor, gradients: Tensor, members: Sequence[Member], optimizer: str
) -> list[tuple[int, Callable[[], None]]]:
    """Neighbouring members that share budget and learning rate take their steps together: the first of them, and
    a function that takes one. Weights and their gradients are (members, parameters)."""
    found, first = [], 0
    for (_labels, rate), group in groupby(members, key=lambda member: (member.labels, member.learning_rate)):
        rows = slice(first, first + len(list(group)))
        found.append((first, _step(optimizer, weights[rows], gradients[rows], rate)))
        first = rows.stop
    return found


def _step(optimizer: str, weights: Tensor, gradients: Tensor, rate: float) -> Callable[[], None]:
    """A step of one of torch's optimisers with its default settings (SGD: momentum 0.9).

    These are the functions that `torch.optim.Adam(...).step()` calls; what it does around them costs a small cohort
    more than its arithmetic.
    """
    momentum, square, count = torch.zeros_like(weights), torch.zeros_like(weights), weights.new_zeros(())
    common = {"lr": rate, "maximize": False, "fused": True}
    if optimizer == "sgd":
        settings = {"momentum": 0.9, "weight_decay": 0.0, "dampening": 0.0, "nesterov": False}
        return partial(sgd, [weights], [gradients], [momentum], **settings, **common)
    rule, decay = {"adam": (adam, 0.0), "adamw": (adamw, 0.01)}[optimizer]
    settings = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": decay, "amsgrad": False}
    return partial(rule, [weights], [gradients], [momentum], [square], [], [count], **settings, **common)
