"""Training a cohort: many students in lock-step, each exactly as if it were alone.

A member has its own seed, label budget, learning rate, temperature and soft-label share. From its seed come, in this
order, its initial weights (`nets.build`), its labelled examples, the order of its batches, and its dropout masks; so
two members with the same seed and budget differ in nothing but their targets.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor

from kdcore.experiment import Training
from kdcore.losses import SoftLabels, hard_labels, hard_loss, mix, soft_labels, soft_loss
from kdcore.nets import Cohort


@dataclass(frozen=True)
class Member:
    """What may differ between members of a cohort. `labels` is how many labelled examples this member sees.

    `teacher` counts rows of `Lesson.teacher_logits`; without a teacher there is only the hard loss.
    """

    seed: int
    labels: int
    learning_rate: float
    soft_weight: float = 0.0
    temperature: float = 1.0
    teacher: int = 0


@dataclass(frozen=True)
class Lesson:
    """What all members learn from: x (examples, *shape), y (examples,), and what each teacher says of every example,
    computed once: teacher_logits (teachers, examples, classes)."""

    x: Tensor
    y: Tensor
    classes: int
    teacher_logits: Tensor | None = None


@dataclass(frozen=True)
class Step:
    """A step of optimisation was taken. At the end of an epoch `terms` holds each member's mean loss terms of that
    epoch: "hard", and "soft" where there is a teacher, both unweighted, and their "loss" as it was minimised."""

    epoch: int
    terms: dict[str, Tensor] | None = None


def train(cohort: Cohort, members: Sequence[Member], training: Training, lesson: Lesson) -> Iterator[Step]:
    """Train all members in lock-step; yield after every step.

    A member whose examples are used up before the others' waits, unchanged, until the epoch ends.
    """
    draws = _Draws(members, lesson.y.cpu())
    plan = _plan(cohort, members, training.batch_size)
    blocks = _blocks(members)
    optimizer = _optimizer(cohort, members, blocks, training)
    # 0. the targets, once
    hard_targets = hard_labels(lesson.y, lesson.x.new_empty(lesson.classes), training.label_smoothing)
    temperature = _column(cohort, [member.temperature for member in members])
    soft_weight = _column(cohort, [member.soft_weight for member in members])
    if lesson.teacher_logits is not None:
        target = soft_labels(lesson.teacher_logits[[member.teacher for member in members]], temperature)
        soft_p, soft_entropy = target.p.flatten(0, 1), target.entropy.flatten()  # a row for each member and example
    own = len(lesson.x) * torch.arange(len(members), device=lesson.x.device)[:, None]  # where a member's rows start
    examples = _column(cohort, [member.labels for member in members])
    for epoch in range(1, training.epochs + 1):
        order = draws.order().to(lesson.x.device)  # (members, examples)
        hard_sum, soft_sum = torch.zeros_like(examples), torch.zeros_like(examples)
        for batch in plan:
            # 1. each member's own batch
            index = order[:, batch.columns]  # (members, batch)
            x, y = _rows(lesson.x, index), _rows(hard_targets, index)
            # 2. forward, and the loss of each member: (members,)
            logits = cohort.logits(x, draws.dropper(batch.counts))
            hard = loss = hard_loss(logits, y, batch.row_weights)
            if lesson.teacher_logits is not None:
                target = SoftLabels(_rows(soft_p, own + index), _rows(soft_entropy, own + index))
                soft = soft_loss(logits, target, temperature, batch.row_weights)
                loss = mix(hard, soft, soft_weight)
                soft_sum += soft.detach() * batch.sizes
            hard_sum += hard.detach() * batch.sizes
            # 3. backward, and a step for every member that had a batch
            cohort.backward(loss.sum())
            for b, block in enumerate(blocks):
                waits = batch.counts[block.start] == 0  # without a gradient torch leaves weights and momentum alone
                optimizer.param_groups[b]["params"][0].grad = None if waits else cohort.gradients[block]
            optimizer.step()
            if batch is not plan[-1]:
                yield Step(epoch)
        terms = {"hard": hard_sum / examples, "loss": hard_sum / examples}
        if lesson.teacher_logits is not None:
            terms |= {"soft": soft_sum / examples, "loss": mix(hard_sum, soft_sum, soft_weight) / examples}
        yield Step(epoch, terms)


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
class _Batch:
    """One step of every epoch: columns of the members' orders, and who has how many examples in them."""

    columns: slice
    counts: list[int]  # examples of each member
    sizes: Tensor  # the same, (members,)
    row_weights: Tensor | None  # (members, batch), sums to 1 over the examples that count; None where all count


class _Draws:
    """The random choices of training. Members of the same seed and budget share a stream of them."""

    def __init__(self, members: Sequence[Member], y: Tensor):
        self._streams = defaultdict(list)
        for m, member in enumerate(members):
            self._streams[member.seed, member.labels].append(m)
        self._orders = {stream: torch.Generator().manual_seed(stream[0]) for stream in self._streams}
        self._masks = {stream: torch.Generator().manual_seed(stream[0]) for stream in self._streams}
        self._labelled = {stream: labelled(y, stream[1], self._orders[stream]) for stream in self._streams}
        self._shape = len(members), max(member.labels for member in members)

    def order(self) -> Tensor:
        """The examples of the next epoch in each member's own order, (members, largest budget), filled up with 0."""
        order = torch.zeros(self._shape, dtype=torch.long)
        for stream, members in self._streams.items():
            examples = self._labelled[stream]
            order[members, : len(examples)] = examples[torch.randperm(len(examples), generator=self._orders[stream])]
        return order

    def dropper(self, counts: Sequence[int]):
        """A function that drops units, with the masks that `torch.nn.Dropout` would draw for each member alone."""

        def drop(x: Tensor, rate: float) -> Tensor:
            mask = torch.zeros(x.shape, dtype=x.dtype)
            for stream, members in self._streams.items():
                if n := counts[members[0]]:
                    kept = torch.empty(n, *x.shape[2:], dtype=x.dtype)
                    mask[members, :n] = kept.bernoulli_(1 - rate, generator=self._masks[stream])
            return x * (mask / (1 - rate)).to(x.device)

        return drop


def _blocks(members: Sequence[Member]) -> list[slice]:
    """Neighbouring members that share budget and learning rate take their steps together, as one block of rows."""
    blocks, start = [], 0
    for _same, group in groupby(members, key=lambda member: (member.labels, member.learning_rate)):
        blocks.append(slice(start, start := start + len(list(group))))
    return blocks


def _plan(cohort: Cohort, members: Sequence[Member], batch_size: int) -> list[_Batch]:
    """The steps of an epoch; the same for every epoch."""
    plan = []
    for start in range(0, max(member.labels for member in members), batch_size):
        counts = [min(max(member.labels - start, 0), batch_size) for member in members]
        width = max(counts)
        sizes = _column(cohort, counts)
        is_real = torch.arange(width, device=sizes.device) < sizes[:, None]
        weights = None if min(counts) == width else is_real / sizes.clamp(min=1)[:, None]
        plan.append(_Batch(slice(start, start + width), counts, sizes, weights))
    return plan


def _optimizer(
    cohort: Cohort, members: Sequence[Member], blocks: Sequence[slice], training: Training
) -> torch.optim.Optimizer:
    """One of torch's optimisers, with a group of parameters for each block of rows of the cohort's matrix."""
    groups = [{"params": [cohort.matrix[block]], "lr": members[block.start].learning_rate} for block in blocks]
    if training.optimizer == "sgd":
        return torch.optim.SGD(groups, momentum=0.9, fused=True)
    make = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[training.optimizer]
    return make(groups, fused=True)


def _rows(table: Tensor, index: Tensor) -> Tensor:
    """table[index] for a table of examples, several times faster than by writing just that."""
    return table.index_select(0, index.flatten()).unflatten(0, index.shape)


def _column(cohort: Cohort, values: Sequence[float]) -> Tensor:
    """One number a member, (members,), where the cohort is and in its precision."""
    return torch.tensor(values, dtype=cohort.matrix.dtype, device=cohort.matrix.device)
