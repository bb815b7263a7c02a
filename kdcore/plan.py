"""Which students are trained together: any list of experiments as few groups, and those as few cohorts.

Experiments of a group share their teachers. A part of a group is the students of some of its experiments, in one
cohort: it needs nothing but the teachers' answers, so that parts may be trained anywhere, in any order. Students of
different widths share a cohort where that costs less, see `padded`; and so do those who are taught by different
methods, beside a student from labels that all of them are compared with.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from kdcore import cost, shapes
from kdcore.events import CONTROLS, LANES
from kdcore.experiment import SOFT_TARGETS, Experiment
from kdcore.guides import Course, Round, networks, rounds
from kdcore.padded import Widths, fits, together, widest
from kdcore.teaching import minds_width

MOST_MEMBERS = 512  # of a part: small enough to be shared out, and room for a map of 256 cells and who hears labels
MOST_NUMBERS = 2**27  # of a part, in memory at a time: half a GiB


@dataclass(frozen=True)
class Part:
    """The students of some experiments of the list, told by their places in it, as one cohort."""

    places: tuple[int, ...]
    experiments: tuple[Experiment, ...]
    courses: tuple[Course, ...]  # each once; the order of members is all courses of seed 0, then all of seed 1, ...

    @property
    def experiment(self) -> Experiment:
        """One of them, for what they share: data, number of examples, student, how it is trained but for its rate.
        Its student is as wide as the widest of them, so that all of them lie in it."""
        return _wide(self.experiments)

    @property
    def members(self) -> int:
        """How many students are trained."""
        return len(self.courses) * self.experiment.seeds

    @property
    def networks(self) -> int:
        """How many learn in a step: the students, and peers of those who have one."""
        return sum(map(networks, self.courses)) * self.experiment.seeds

    @property
    def rounds(self) -> list[Round]:
        """Assistants and other helpers that are trained before the students, each once. Where widths differ they lie in
        that of the widest student, as the students do."""
        return rounds(self.courses)


@dataclass(frozen=True)
class Group:
    """Experiments that share their teachers: one of them, and the parts that their students are trained in."""

    experiment: Experiment
    parts: tuple[Part, ...]

    @property
    def members(self) -> int:
        """How many students are trained."""
        return sum(part.members for part in self.parts)


def plan(experiments: Sequence[Experiment]) -> list[Group]:
    """The groups of a list of experiments, none of which may leave out classes. Those that cost least come first."""
    groups = _grouped(range(len(experiments)), lambda place: _teachers(experiments[place]))
    return sorted((_group(experiments, places) for places in groups.values()), key=_size)


def course(experiment: Experiment, lane: str) -> Course:
    """A lane's course. A student that only hears labels has that of the student from labels, whatever its lane."""
    lane = lane if experiment.soft_share else "scratch"
    unused = {"soft_weight": 0.0, "temperature": 1.0} if lane == "scratch" else {"soft_weight": experiment.soft_share}
    others = {"assistant": lane == "assisted", "controls": lane in CONTROLS}
    if lane == "scratch" or lane in CONTROLS:
        others["method"] = SOFT_TARGETS
    return Course(lane, experiment.model_copy(update=unused | others))


def _group(experiments: Sequence[Experiment], places: Iterable[int]) -> Group:
    alike = _grouped(places, lambda place: _students(experiments[place])).values()
    cohorts = [cohort for own in alike for cohort in _cohorts(experiments, own)]
    parts = [part for cohort in cohorts for part in _parts(experiments, cohort)]
    return Group(
        parts[0].experiment, tuple(sorted(parts, key=lambda part: shapes.flops(part.experiment.layers("student"))))
    )


def _cohorts(experiments: Sequence[Experiment], places: Sequence[int]) -> list[list[int]]:
    """Experiments whose students may be stacked, apart where that costs less: those of other widths, see `padded`. But
    not where the method would notice, see `teaching.minds_width`."""
    one = experiments[places[0]]
    own = _grouped(places, lambda place: experiments[place].student.widths)
    if len(own) == 1:
        return [list(places)]
    if inside := [place for place in places if minds_width(experiments[place].method)]:
        rest = [place for place in places if place not in inside]
        alike = _grouped(inside, lambda place: experiments[place].student.widths).values()
        return [*alike, *(_cohorts(experiments, rest) if rest else [])]
    members = {widths: one.seeds * len(_courses(experiments, alike)) for widths, alike in own.items()}

    def price(widths: Widths, count: int) -> float:
        return cost.step(_at(one, widths), "student", one.labels + one.pool, count)

    return [sorted(place for widths in cohort for place in own[widths]) for cohort in together(members, price)]


def _parts(experiments: Sequence[Experiment], places: Sequence[int]) -> list[Part]:
    """Experiments of one cohort, a part after the other, each as large as it may be."""
    wide = _wide([experiments[place] for place in places])
    is_helped = bool(rounds(_courses(experiments, places)))
    most = max(1, _most_members(wide, is_helped) // wide.seeds)
    found: list[tuple[list[int], dict[Course, None]]] = [([], {})]
    for place in places:
        own = _courses(experiments, [place])
        if found[-1][0] and len(found[-1][1] | own) > most:
            found.append(([], {}))
        found[-1][0].append(place)
        found[-1][1].update(own)
    return [
        Part(tuple(own), tuple(experiments[place] for place in own), tuple(sorted(courses, key=_order)))
        for own, courses in found
    ]


def _courses(experiments: Sequence[Experiment], places: Iterable[int]) -> dict[Course, None]:
    """All courses of these experiments, each once."""
    return dict.fromkeys(course(experiments[place], lane) for place in places for lane in experiments[place].students)


def _wide(experiments: Sequence[Experiment]) -> Experiment:
    """One of them, with a student in which those of all others lie."""
    return _at(experiments[0], widest([experiment.student.widths for experiment in experiments]))


def _at(experiment: Experiment, widths: Widths) -> Experiment:
    """The experiment with a student of these hidden layers."""
    if widths == experiment.student.widths:
        return experiment
    return experiment.model_copy(update={"student": experiment.student.model_copy(update={"widths": widths})})


def _most_members(experiment: Experiment, is_helped: bool) -> int:
    """How many students memory holds: each has weights, gradients and an optimiser's two moments, a table of what it
    is told of each of its examples, and its answers when it is measured; and where helpers are between it and the
    teacher, what is said to it alone, of all examples there are."""
    facts = experiment.facts
    seen = experiment.labels + experiment.pool
    answers = len(facts.classes) * max(facts.validation, facts.test)
    numbers = 4 * shapes.parameters(experiment.layers("student")) + 6 * len(facts.classes) * seen + 3 * answers
    numbers += is_helped * len(facts.classes) * facts.train
    return min(MOST_MEMBERS, MOST_NUMBERS // numbers)


def _order(course: Course) -> tuple[float, int, float, float]:
    """Neighbours share a learning rate, as they then take their steps together."""
    lane, experiment = course
    place = (*LANES, "assisted", *CONTROLS).index(lane)
    return experiment.training.learning_rate, place, experiment.soft_weight, experiment.temperature


def _teachers(experiment: Experiment) -> Hashable:
    """What experiments have in common that share their teachers."""
    data = experiment.data.model_copy(update={"labels": None}), experiment.teacher_data, experiment.classes
    return data, experiment.label_noise, experiment.teacher, experiment.teacher_training, experiment.seeds


def _students(experiment: Experiment) -> Hashable:
    """What experiments have in common whose students may be stacked, beside their teachers: not their widths, where
    narrow ones may lie in wide ones, but how many hidden layers they have."""
    training = experiment.training.model_copy(update={"learning_rate": 1.0})
    student = experiment.student
    shape = student.model_copy(update={"widths": (1,) * len(student.widths)}) if fits(student) else student
    return experiment.labels, experiment.pool, experiment.inputs, shape, training


def _size(group: Group) -> int:
    """Operations of a group's teachers, roughly."""
    return group.experiment.teacher_training.epochs * shapes.flops(group.experiment.layers("teacher"))


def _grouped(things, kind) -> dict:
    """Things by their kind, both in the order in which they come."""
    found: dict = {}
    for thing in things:
        found.setdefault(kind(thing), []).append(thing)
    return found
