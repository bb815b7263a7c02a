"""Members that are taught by another method than soft targets: their term, and where it pulls.

The term of the loss is the method's, a formula for autograd; all else is as for any member. So autograd watches nothing
but the term: it starts at copies of logits, hidden layers and extras, and ends with its gradients in these. From there
the layers that are written out in `stacked` pass them on.

Extras are what a method learns beside the student, such as a regressor between hidden layers. Each member has its own,
drawn from its seed; they take their steps with the same rule and rate, and are gone when training ends. So are peers,
see `peers`, where the method has them. Their gradients are those of the term with its weight in the loss.
"""

from collections.abc import Sequence
from itertools import accumulate
from math import prod
from typing import TYPE_CHECKING, Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.utils import parameters_to_vector

from kdcore import guides, shapes, teaching
from kdcore.experiment import SOFT_TARGETS, Experiment
from kdcore.methods import Seen
from kdcore.nets import CACHE_LINE, Cohort, Pull
from kdcore.optimizer import Optimizer
from kdcore.peers import Peers

if TYPE_CHECKING:
    from kdcore.cohort import Lesson, Member

AT_ONCE = 2**22  # numbers of a teacher's hidden layers that are computed at once


def ways(
    members: Sequence["Member"], streams: Tensor, examples: Tensor, cohort: Cohort, lesson: "Lesson", optimizer: str
) -> list["Way"]:
    """The members that are taught otherwise, together as far as they can be: by one method, from as many examples,
    and from teachers of one shape. `streams` are the members' rows of `examples`, which are places in the lesson."""
    first = [0, *accumulate(map(len, lesson.teachers))]  # teacher of each cohort of them
    found: dict[tuple, list[int]] = {}
    for place, member in enumerate(members):
        if member.method != SOFT_TARGETS and member.soft_weight and lesson.teacher_logits is not None:
            who = sum(member.teacher >= start for start in first[1:])
            found.setdefault((member.method, member.examples, who), []).append(place)
    return [
        Way(places, members, streams, examples, cohort, lesson, lesson.teachers[who:][:1], first[who], optimizer)
        for (_method, _examples, who), places in found.items()
    ]


def extra_parameters(experiment: Experiment, teacher: Literal["teacher", "assistant"] = "teacher") -> int:
    """How many numbers are learned for a student beside its own weights, from this teacher, and thrown away: by itself,
    by a peer, and by the networks that are its guides."""
    method, knobs = teaching.read(experiment.method)
    random, classes = torch.Generator(), len(experiment.facts.classes)
    drawn = method.extras(experiment.hidden("student"), experiment.hidden(teacher), classes, random, knobs)
    of_peer = shapes.parameters(experiment.layers("student")) if method.has_peer else 0
    return sum(each.numel() for each in drawn.values()) + of_peer + guides.parameters(experiment)


class Moment(NamedTuple):
    """A step that is being taken: what all members of the part said, and where in the lesson the examples stand."""

    logits: Tensor  # (members, batch, classes)
    hidden: tuple[Tensor, ...]  # (members, batch, ...)
    order: Tensor  # (streams, batch), places among each stream's own examples
    start: int  # how many of an epoch's examples came before
    progress: float  # how much of the training is over


class Way:
    """Members of one method, from as many examples each, taught by teachers of one shape."""

    def __init__(
        self,
        places: list[int],
        members: Sequence["Member"],
        streams: Tensor,
        examples: Tensor,
        cohort: Cohort,
        lesson: "Lesson",
        teachers: Sequence[Cohort],
        first: int,
        optimizer: str,
    ):
        self.places, self._members = places, [members[place] for place in places]
        self._method, self._knobs = teaching.read(self._members[0].method)
        self._lesson, self._count = lesson, self._members[0].examples
        self._streams, self._examples = streams[places], examples[:, : self._count]
        self._teacher = streams.new_tensor([member.teacher for member in self._members])
        settings = [(member.temperature, member.soft_weight) for member in self._members]
        self._temperature, self._weight = lesson.x.new_tensor(settings).T
        self._said, self._pair = self._asked(teachers, first)
        self._draw(cohort, optimizer)
        self._peers = Peers(cohort, self._members, optimizer) if self._method.has_peer else None
        self._sum = torch.zeros_like(self._weight)

    def _asked(self, teachers: Sequence[Cohort], first: int) -> tuple[tuple[Tensor, ...], Tensor]:
        """What the hidden layers of the members' teachers say of their examples, asked for once: (pairs, examples, ...)
        of each layer, and the members' pairs of teacher and stream."""
        pairs = list(zip((self._teacher - first).tolist(), self._streams.tolist(), strict=True))
        one = list(dict.fromkeys(pairs))
        number = self._streams.new_tensor([one.index(pair) for pair in pairs])
        if "features" not in self._method.needed(self._knobs):
            return (), number
        asked = teachers[0].part([teacher for teacher, _stream in one])
        own = self._examples[[stream for _teacher, stream in one]]  # (pairs, examples)
        at_once = max(1, AT_ONCE // (len(one) * sum(prod(shape) for shape in asked.shapes(self._lesson.x[:1]))))
        parts = [asked.features(self._lesson.x[columns]) for columns in own.split(at_once, 1)]
        return tuple(torch.cat(layer, 1) for layer in zip(*parts, strict=True)), number

    def _draw(self, cohort: Cohort, optimizer: str) -> None:
        """Draw the members' extras, each from its seed: all of one member in a row, as its weights are in a cohort."""
        x, shapes = self._lesson.x, cohort.shapes(self._lesson.x[:1])
        others = [tuple(layer.shape[2:]) for layer in self._said]
        drawn = []
        for member in self._members:
            random = torch.Generator().manual_seed(member.seed)
            drawn.append(self._method.extras(shapes, others, self._lesson.classes, random, self._knobs))
        self._shapes = {name: each.shape for name, each in drawn[0].items()}
        self._extras = self._gradients = self._optimizer = None
        if self._shapes:
            rows = torch.stack([parameters_to_vector(each.values()) for each in drawn]).to(x)
            self._extras = F.pad(rows, (0, -rows.shape[1] % CACHE_LINE))
            self._optimizer = Optimizer(optimizer, [self._extras])
            self._work_on()

    def _work_on(self) -> None:
        self._gradients = torch.zeros_like(self._extras)
        self._optimizer.work_on([self._extras], [self._gradients], self._members)

    def _by_name(self, rows: Tensor) -> dict[str, Tensor]:
        """The columns of rows that are each of the extras: (members, *shape)."""
        sizes = [shape.numel() for shape in self._shapes.values()]
        parts = rows[:, : sum(sizes)].split(sizes, 1)
        return {name: part.unflatten(1, shape) for (name, shape), part in zip(self._shapes.items(), parts, strict=True)}

    def pull(self, now: Moment) -> Pull | None:
        """Where the term pulls its members, who then have other extras; None where they have no examples left."""
        places = now.order[self._streams, : max(self._count - now.start, 0)]  # (members, batch)
        batch = places.shape[1]
        if not batch:
            return None
        # 1. what there is to see
        rows = self._examples[self._streams.unsqueeze(1), places]
        seen = Seen(
            student=_leaf(now.logits[self.places, :batch]),
            teacher=self._lesson.teacher_logits[self._teacher.unsqueeze(1), rows],
            labels=self._lesson.y[rows],
            temperature=self._temperature,
            features=tuple(_leaf(layer[self.places, :batch]) for layer in now.hidden) if self._said else (),
            teacher_features=tuple(layer[self._pair.unsqueeze(1), places] for layer in self._said),
            progress=now.progress,
            peer=_leaf(self._peers.logits(self._lesson.x[rows])) if self._peers else None,
        )
        extras = None if self._extras is None else _leaf(self._extras)
        # 2. the term, and its gradients
        with torch.enable_grad():
            term = self._method.term(seen, self._knobs, {} if extras is None else self._by_name(extras))
        watched = [extras, seen.peer, seen.student, *seen.features]
        of_extras, of_peers, of_logits, *of_hidden = _gradients(term, self._weight, watched)
        self._sum += batch * term.detach()
        # 3. a step of what learns beside, unless the term says nothing of it
        if of_extras is not None:
            self._gradients.copy_(of_extras)
            self._optimizer.step([batch] * len(self._members))
        if of_peers is not None:
            self._peers.learn(of_peers)
        return Pull(self.places, of_logits, tuple(of_hidden))

    def hears_labels(self, progress: float) -> bool:
        """Whether its members are told labels beside the term when so much of the training is over."""
        return self._method.hears_labels(self._knobs, progress)

    def mean(self) -> Tensor:
        """The mean of the term over the examples since it was last asked for, (members,)."""
        mean, self._sum = self._sum / self._count, torch.zeros_like(self._sum)
        return mean

    def keep(self, stay: Sequence[int]) -> bool:
        """Forget the members that are at none of these places of the part, which are counted anew; is anyone left?"""
        number = {place: n for n, place in enumerate(stay)}
        own = [n for n, place in enumerate(self.places) if place in number]
        self.places, self._members = [number[self.places[n]] for n in own], [self._members[n] for n in own]
        for name in ("_streams", "_teacher", "_temperature", "_weight", "_pair", "_sum"):
            setattr(self, name, getattr(self, name)[own])
        if own and self._extras is not None:
            self._optimizer.keep(own)
            self._extras = self._extras[own]
            self._work_on()
        if own and self._peers:
            self._peers.keep(own, self._members)
        return bool(own)


def _gradients(term: Tensor, weight: Tensor, watched: Sequence[Tensor | None]) -> list[Tensor | None]:
    """Those of the weighted sum of the members' terms in each of these, None where there is nothing."""
    found = iter(torch.autograd.grad(term, [each for each in watched if each is not None], weight, allow_unused=True))
    return [None if each is None else next(found) for each in watched]


def _leaf(x: Tensor) -> Tensor:
    """The same numbers, where autograd begins to watch."""
    return x.detach().requires_grad_()
