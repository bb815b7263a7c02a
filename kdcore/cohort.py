"""Training a cohort: many students in lock-step, each exactly as if it were alone.

A member has its own seed, label budget, learning rate, temperature, soft-label share and kind of soft labels. From its
seed come, in this order, its initial weights (`nets.build`), its labelled examples, the order of its batches, and its
dropout masks; so two members with the same seed and budget differ in nothing but their targets.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from math import ceil, gcd
from time import thread_time
from typing import Literal, Protocol

import torch
from torch import Tensor

from kdcore.experiment import SOFT_TARGETS, Training
from kdcore.losses import SoftLabels, hard_labels, shuffled, smoothed, soft_labels, surprise, surprise_gradient
from kdcore.nets import Cohort, Drop, Pull
from kdcore.optimizer import Optimizer
from kdcore.otherwise import Moment, ways


@dataclass(frozen=True)
class Member:
    """What may differ between members of a cohort. `labels` is how many labelled examples this member sees.

    `unlabelled` is how many more it sees of which only the teacher says something: made-up ones, where the lesson has
    such and the member no labels. `repeats` is how many places of an epoch are filled with its labelled ones over
    again, for a student that is to take as many steps without such. `teacher` counts rows of `Lesson.teacher_logits`;
    without a teacher there is only the hard loss. `control` says what the member is told in place of the teacher's
    opinion: "smoothed" or "shuffled", see `losses`. `method` is the way in which the teacher teaches, as `teaching`
    writes it; `otherwise` has all but the usual one.
    """

    seed: int
    labels: int
    learning_rate: float
    soft_weight: float = 0.0
    temperature: float = 1.0
    teacher: int = 0
    control: Literal["smoothed", "shuffled"] | None = None
    unlabelled: int = 0
    repeats: int = 0
    method: str = SOFT_TARGETS

    @property
    def told(self) -> int:
        """How many places of an epoch have a label: the first ones, before it is shuffled."""
        return self.labels + self.repeats

    @property
    def examples(self) -> int:
        """How many places an epoch has."""
        return self.told + self.unlabelled

    @property
    def stream(self) -> tuple[int, ...]:
        """All that its random choices depend on: members of one stream see the same examples at the same time."""
        return self.seed, self.labels, self.unlabelled, self.repeats


@dataclass(frozen=True)
class Lesson:
    """What all members learn from: x (examples, *shape), y (examples,), and what each teacher says of every example,
    computed once: teacher_logits (teachers, examples, classes). `teachers` are the networks themselves, in the same
    order, a cohort for each shape: some methods ask about their hidden layers. The last examples, so many as `made`,
    were made up, for members that have no labelled ones; their y says nothing."""

    x: Tensor
    y: Tensor
    classes: int
    teacher_logits: Tensor | None = None
    teachers: tuple[Cohort, ...] = ()
    made: int = 0

    @property
    def own(self) -> int:
        """How many examples were not made up."""
        return len(self.y) - self.made

    def places(self, labels: int) -> slice:
        """Where those examples are that a member of so many labelled ones sees some of."""
        return slice(0, self.own) if labels or not self.made else slice(self.own, len(self.y))


class Held(Protocol):
    """What keeps the members' weights in some form while they learn; see `compress.hold`.

    The optimiser moves `latent`, of the shape of the cohort's only table. `bend` changes the gradients before a step,
    in place; `settle` makes the cohort's weights anew from `latent` after it.
    """

    latent: Tensor

    def bend(self, gradients: Tensor) -> None: ...
    def settle(self) -> None: ...
    def part(self, members: slice) -> "Held": ...


@dataclass(frozen=True)
class Step:
    """A step of optimisation was taken. At the end of an epoch `terms` holds each member's mean loss terms of that
    epoch: "hard", and "soft" where there is a teacher, both unweighted, and their "loss" as it was minimised; nothing
    where they are not wanted.

    `seconds` is what each has taken so far of one processor: an equal share of the steps that all here take together,
    and what its method takes beside. Where a device computes, it is the time to tell it what to do.

    Then members may leave: put their places in the cohort into `leave` before the next step is asked for. Their weights
    and terms stay as they are, and the others go on exactly as if nothing had happened, in less time.
    """

    epoch: int
    terms: dict[str, Tensor] | None = None
    seconds: Tensor | None = None
    leave: set[int] = field(default_factory=set)


def train(
    cohort: Cohort,
    members: Sequence[Member],
    training: Training,
    lesson: Lesson,
    held: Held | None = None,
    wants_terms: bool = True,
) -> Iterator[Step]:
    """Train all members in lock-step; yield after every step. `held` keeps their weights in some form, and all of them
    to the end. Where nobody is left it ends. Nobody learns from the terms of the loss, but from its gradient: where
    they are not wanted they are not computed, which takes less time and changes nothing.

    A member whose examples are used up before the others' waits, unchanged, until the epoch ends. Members never
    meet: so a cohort too large for the processor's cache is trained in parts, which take an epoch one after the other;
    a step is then as many steps of theirs.
    Neighbours of one stream share their batches: a cohort ordered by seed learns faster, and no differently.
    """
    longest = max(member.examples for member in members)
    at_once = max(1, cohort.room(lesson.x.shape[1:]) // min(training.batch_size, longest))
    slices = _slices([member.stream for member in members], at_once)
    parts = [
        _Part(cohort.part(part), members[part], training, lesson, held and held.part(part), wants_terms)
        for part in slices
    ]
    turns = [(part, start) for part in parts for start in range(0, longest, training.batch_size)]
    for epoch in range(1, training.epochs + 1):
        for turn, (part, start) in enumerate(turns, 1):
            if start == 0:
                part.begin((epoch - 1) / training.epochs)
            part.learn(start)
            if turn % len(parts) == 0 and turn < len(turns):  # as many have been taken as all together take at once
                yield Step(epoch)
        terms = [part.end() for part in parts]
        seconds = torch.cat([part.seconds for part in parts])
        step = Step(epoch, {name: torch.cat([own[name] for own in terms]) for name in terms[0]}, seconds)
        yield step
        for places, part in zip(slices, parts, strict=True):
            part.dismiss({place - places.start for place in step.leave})
        if not any(part.members for part in parts):
            return


def _slices(streams: Sequence[Hashable], at_once: int) -> list[slice]:
    """Parts of a cohort, evenly, of at most so many members; neighbours of a stream stay together unless too many."""
    alike = _alike(streams)
    whole, unit = (alike, 1) if alike > at_once else (len(streams), alike)  # what is cut, and what is not
    parts = ceil(whole / (at_once // unit * unit))
    size = ceil(whole / unit / parts) * unit
    starts = range(0, len(streams), whole)
    return [slice(cut, min(cut + size, start + whole)) for start in starts for cut in range(start, start + whole, size)]


def _alike(streams: Sequence[Hashable]) -> int:
    """How many neighbours, everywhere, are of one stream."""
    return gcd(*(len(list(run)) for _stream, run in groupby(streams)))


class _Part:
    """Members that are worked on at once, and whatever that takes."""

    def __init__(
        self,
        cohort: Cohort,
        members: Sequence[Member],
        training: Training,
        lesson: Lesson,
        held: Held | None,
        wants_terms: bool,
    ):
        self.members, self._wants_terms = members, wants_terms
        self._all, self._here = cohort, torch.arange(len(cohort), device=lesson.x.device)  # those still here
        self._x, self._batch_size, self._held = lesson.x, training.batch_size, held
        self._draws = _Draws(members, lesson)
        self._told = _tell(members, self._draws, lesson, training.label_smoothing)
        self._ways = ways(members, self._draws.of, self._draws.examples, cohort, lesson, training.optimizer)
        self._terms: dict[str, Tensor] = {}
        self.seconds = torch.zeros(len(cohort), dtype=torch.float64)
        self._cohort = cohort if held else cohort.by_layer()
        self._optimizer = Optimizer(training.optimizer, self._latent)
        self._prepare()

    @property
    def _latent(self) -> list[Tensor]:
        """What the optimiser moves."""
        return [self._held.latent] if self._held else self._cohort.tables

    def _prepare(self) -> None:
        """Get ready for the members who are here."""
        size = self._batch_size
        self._temperature = self._told.temperature[..., None, None]
        self._optimizer.work_on(self._latent, self._cohort.gradient_tables, self.members)
        starts = range(0, max(member.examples for member in self.members), size)
        self._batches = {start: _batch(self.members, self._told, start, size) for start in starts}

    def begin(self, progress: float) -> None:
        """Begin an epoch: its examples in a new order, and what is told of them. So much of the training is over."""
        if not self.members:
            return
        self._progress, self._order = progress, self._draws.order()
        self._deaf = [place for way in self._ways if not way.hears_labels(progress) for place in way.places]
        self._deaf += [place for place, member in enumerate(self.members) if not member.told]
        self._examples = self._draws.examples.gather(1, self._order)[self._draws.rows]  # (rows, examples)
        order = self._order[self._told.stream, None, None].expand_as(self._told.targets)
        self._targets = self._told.targets.gather(-1, order)
        self._surprise = torch.zeros_like(self._told.weight)
        self._all_s, self._own_s = 0.0, [0.0] * len(self._ways)  # of all steps, and of what each way takes of them

    def learn(self, start: int) -> None:
        """Take the step with the examples from this place on."""
        batch = self._batches.get(start)
        if not self.members or not batch:
            return
        began = thread_time()
        # autograd has nothing to watch but the terms of some methods: it would take time for it all the same
        with torch.no_grad() if self._ways else torch.inference_mode():
            self._learn(start, batch)
        self._all_s += thread_time() - began

    def _learn(self, start: int, batch: "_Batch") -> None:
        cohort = self._cohort
        # 1. each stream's own batch, and its members' answers to it
        rows = self._examples[:, batch.columns]
        x = self._x.index_select(0, rows.flatten()).unflatten(0, rows.shape)  # as x[rows], but faster
        logits = cohort.logits(x, self._draws.dropper(batch.counts)).mT.unsqueeze(1)  # (members, 1, classes, batch)
        # 2. how far each answer is from what the member was told, and where that pulls it
        targets = self._targets[..., batch.columns].index_select(0, self._told.kind)
        softened = logits / self._temperature
        if self._wants_terms:
            self._surprise += surprise(softened.mT, targets.mT).sum(-1)
        pull = surprise_gradient(softened.mT, targets.mT).mT.mul_(batch.share)
        # 3. backward, and a step for every member that had a batch
        if batch.is_partial:
            pull *= targets.sum(2, keepdim=True)  # 0 where nothing was told, or else 1
        if self._deaf:
            pull[self._deaf, 0] = 0
        now = Moment(logits.squeeze(1).mT, cohort.hidden, self._order[:, batch.columns], start, self._progress)
        cohort.backward_from(pull.sum(1).mT, [self._pull(n, now) for n in range(len(self._ways))])
        if self._held:
            self._held.bend(*cohort.gradient_tables)
        self._optimizer.step(batch.counts)
        if self._held:
            self._held.settle()

    def _pull(self, n: int, now: Moment) -> Pull | None:
        """Where way n pulls its members, by the clock."""
        began = thread_time()
        pull = self._ways[n].pull(now)
        self._own_s[n] += thread_time() - began
        return pull

    def _share_time(self) -> None:
        """Share out the time of an epoch."""
        own = torch.full((len(self.members),), (self._all_s - sum(self._own_s)) / len(self.members)).double()
        for way, seconds in zip(self._ways, self._own_s, strict=True):
            own[way.places] += seconds / len(way.places)
        self.seconds[self._here.cpu()] += own

    def end(self) -> dict[str, Tensor]:
        """End an epoch: its mean loss terms, and of those who have left the last ones that they had."""
        if self.members:
            if not self._held:
                self._all.matrix[self._here] = self._cohort.matrix
            self._share_time()
        if self.members and self._wants_terms:
            own = [(way.places, way.mean()) for way in self._ways]
            for name, terms in self._told.terms(self._surprise, own, self._deaf).items():
                whole = self._terms.get(name, terms)
                self._terms[name] = whole.index_copy(0, self._here, terms)
        return dict(self._terms)

    def dismiss(self, gone: set[int]) -> None:
        """Let these places of the part go. The others work on in a smaller cohort."""
        stay = [n for n, place in enumerate(self._here.tolist()) if place not in gone]
        if len(stay) == len(self.members):
            return
        if self._held:
            raise ValueError("Members whose weights are held stay to the end")
        self.members = [self.members[n] for n in stay]
        self._here = self._here[stay]
        if stay:
            self._draws.seat(self.members)
            self._told = self._told.part(stay)
            self._ways = [way for way in self._ways if way.keep(stay)]
            self._optimizer.keep(stay)
            self._cohort = self._cohort.part(stay)
            self._prepare()


def labelled(y: Tensor, labels: int, order: torch.Generator, unlabelled: int = 0) -> Tensor:
    """Which training examples a member sees: a random choice, balanced over the classes as far as possible; and then
    any others, `unlabelled` ones, as nobody knows their classes.

    Shuffle, number the examples of each class 0, 1, 2, ... in that order, and take all with number 0, then 1, ...
    y (examples,) -> (labels + unlabelled,). A larger budget of the same seed holds the smaller one.
    """
    shuffled = torch.randperm(len(y), generator=order)
    one_hot = torch.nn.functional.one_hot(y[shuffled])
    rank = (one_hot.cumsum(0) * one_hot).sum(1)  # the how-manieth of its class
    by_rank = torch.argsort(rank, stable=True)
    others = by_rank[labels:].sort().values  # in the order in which they were shuffled
    return shuffled[torch.cat([by_rank[:labels], others[:unlabelled]])]


@dataclass(frozen=True)
class _Told:
    """What members are told of each of their examples: the right label, and the teacher's opinion where there is one.

    A term of the loss is its temperature^2 times the mean of (surprise - entropy); see `losses`. The entropy is no
    fault of the student's and does not change, so that training only has to measure the surprise. The mean is taken
    over those of an epoch's examples of which something is told, and each of them counts alike, whatever its batch.
    """

    targets: Tensor  # (kinds, terms, classes, examples), 0 where a member is told nothing, or has no more examples
    stream: Tensor  # (kinds,)
    kind: Tensor  # (members,), as many are told the same
    temperature: Tensor  # (members, terms)
    entropy: Tensor  # (members, terms), the mean over examples
    weight: Tensor  # (members, terms), their sum is 1
    is_by_surprise: Tensor  # (members, terms), no where a method has a term of its own in the place of the soft one
    told: Tensor  # (members, terms), of how many examples
    examples: Tensor  # (members, 1)

    @property
    def is_partial(self) -> bool:
        """Whether there are examples of which only one of the terms tells."""
        return bool((self.told < self.examples).any())

    @property
    def pull(self) -> Tensor:
        """(members, terms), how much of the gradient of a surprise, mean over a batch, is in that of the loss."""
        return self.is_by_surprise * self.weight * self.temperature * (self.examples / self.told)

    def part(self, members: list[int]) -> "_Told":
        """What some of the members are told."""
        own = ("kind", "temperature", "entropy", "weight", "is_by_surprise", "told", "examples")
        return replace(self, **{name: getattr(self, name)[members] for name in own})

    def terms(
        self, surprise: Tensor, own: Sequence[tuple[list[int], Tensor]], deaf: Sequence[int]
    ) -> dict[str, Tensor]:
        """The mean loss terms of an epoch, given the sum of its surprises (members, terms), the means of methods' own
        terms with whose they are, and who did not hear the labels."""
        terms = self.temperature**2 * (surprise / self.told - self.entropy)
        for places, mean in own:
            terms[places, 1] = mean
        minimised = self.weight * terms
        minimised[deaf, 0] = 0
        return dict(zip(("hard", "soft"), terms.T, strict=False)) | {"loss": minimised.sum(1)}


def _tell(members: Sequence[Member], draws: "_Draws", lesson: Lesson, label_smoothing: float) -> _Told:
    """Look up and soften, once, what is told of the members' examples; once for all those who are told the same."""
    device = lesson.x.device
    settings = [(member.told, member.examples, member.temperature, member.soft_weight) for member in members]
    labels, places, temperature, soft_weight = lesson.x.new_tensor(settings).T
    soft_weight = soft_weight * (lesson.teacher_logits is not None)
    # 1. who is told the same: one member of each kind stands for it
    alike = [replace(member, learning_rate=0.0, soft_weight=0.0, method=SOFT_TARGETS) for member in members]
    one = dict(zip(alike, range(len(members)), strict=True))
    number = {each: n for n, each in enumerate(one)}
    kind, one_of = (torch.tensor(found, device=device) for found in ([number[each] for each in alike], [*one.values()]))
    stream = draws.of[one_of]
    examples = draws.examples[stream]
    # 2. what that is
    hard = hard_labels(lesson.y, lesson.x.new_empty(lesson.classes), label_smoothing)[examples]
    terms = [(SoftLabels(hard, torch.zeros_like(hard[..., 0])), torch.ones_like(temperature), 1 - soft_weight, labels)]
    if lesson.teacher_logits is not None:
        teacher = torch.tensor([[each.teacher] for each in one], device=device)
        soft = soft_labels(lesson.teacher_logits[teacher, examples], temperature[one_of])
        _control(list(one), soft, lesson.y[examples])
        terms.append((soft, temperature, soft_weight, places))
    said, temperatures, weights, counts = zip(*terms, strict=True)
    place = torch.arange(examples.shape[1], device=device)
    told = [(opinion, place < count[one_of, None]) for opinion, count in zip(said, counts, strict=True)]
    is_usual = lesson.y.new_tensor([member.method == SOFT_TARGETS for member in members], dtype=torch.bool)
    entropy = torch.stack([(opinion.entropy * is_told).sum(-1) for opinion, is_told in told], 1)[kind]
    return _Told(
        targets=torch.stack([(opinion.p * is_told.unsqueeze(-1)).mT for opinion, is_told in told], 1),
        stream=stream,
        kind=kind,
        temperature=torch.stack(temperatures, 1),
        entropy=entropy / torch.stack(counts, 1),
        weight=torch.stack(weights, 1),
        is_by_surprise=torch.stack([torch.ones_like(is_usual), is_usual][: len(terms)], 1),
        told=torch.stack(counts, 1),
        examples=places.unsqueeze(1),
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
    is_partial: bool  # whether there are examples of which only one of the terms tells


def _batch(members: Sequence[Member], told: _Told, start: int, batch_size: int) -> _Batch:
    counts = [min(max(member.examples - start, 0), batch_size) for member in members]
    columns = torch.arange(max(counts), device=told.examples.device)
    sizes = (told.examples - start).clamp(0, batch_size)  # (members, 1)
    row_weights = (columns < sizes) / sizes.clamp(min=1)  # (members, batch), for a mean over the member's own rows
    share = told.pull[..., None, None] * row_weights[:, None, None]
    return _Batch(slice(start, start + len(columns)), counts, share, told.is_partial)


class _Draws:
    """The random choices of training, a row for each stream."""

    def __init__(self, members: Sequence[Member], lesson: Lesson):
        self._streams = list(dict.fromkeys(member.stream for member in members))
        self._orders = [torch.Generator().manual_seed(seed) for seed, *_counts in self._streams]
        self._masks = [torch.Generator().manual_seed(seed) for seed, *_counts in self._streams]
        self._longest, self._like, y = max(member.examples for member in members), lesson.x, lesson.y.cpu()
        rows = []
        for (_seed, labels, unlabelled, repeats), order in zip(self._streams, self._orders, strict=True):
            places = lesson.places(labels)
            own = places.start + labelled(y[places], labels, order, unlabelled)
            own = torch.cat([own, own[torch.arange(repeats) % max(1, labels)]])
            rows.append(torch.cat([own, own.new_zeros(self._longest - len(own))]))
        self.examples = torch.stack(rows).to(self._like.device)  # (streams, most examples), filled up with 0
        self.seat(members)

    def seat(self, members: Sequence[Member]) -> None:
        """Draw for these from now on, in rows of neighbours of one stream."""
        number = {stream: s for s, stream in enumerate(self._streams)}
        of = [number[member.stream] for member in members]
        self._alike = _alike(of)
        self._of = of[:: self._alike]
        self.of, self.rows = (torch.tensor(found, device=self._like.device) for found in (of, self._of))

    def order(self) -> Tensor:
        """Each stream's own order of its examples for the next epoch, (streams, most examples); those that it does
        not have come last."""
        rows = []
        for (_seed, *counts), order in zip(self._streams, self._orders, strict=True):
            own = sum(counts)
            rows.append(torch.cat([torch.randperm(own, generator=order), torch.arange(own, self._longest)]))
        return torch.stack(rows).to(self._like.device)

    def dropper(self, counts: Sequence[int]) -> Drop:
        """A function that draws the masks that `torch.nn.Dropout` would draw for each stream alone, a row each."""

        def drop(shape: Sequence[int], rate: float) -> Tensor:
            factors = torch.zeros(len(self._streams), *shape, dtype=self._like.dtype)
            for stream, count in dict(zip(self._of, counts[:: self._alike], strict=True)).items():
                factors[stream, :count].bernoulli_(1 - rate, generator=self._masks[stream])
            return factors.div_(1 - rate).index_select(0, torch.tensor(self._of)).to(self._like.device)

        return drop
