"""The examples of the source articles, to be run again: their settings, and what they show.

Those that are experiments are this lab's experiments. The one whose networks copy numbers tells no classes apart, and
so is an order of its own: `copying` carries it out.
"""

import hashlib
import json
from typing import Literal, NamedTuple

from kdcore.experiment import Experiment, Value, unflatten
from kdcore.grid import Sweep
from kdcore.words import N_

RECIPE = 1  # part of the key of copying: raise it when a change of code changes the numbers
WIDTH = 10  # numbers of a row that is to be copied, and of an answer
HIDDEN = {"teacher": 20, "student": 10}  # units between
RATES = (1e-3, 1e-2)  # Adam's usual one, and ten times that
STEPS = 1000  # of each training
SEEDS = 8


class Copying(Value):
    """The order to run the example of the second article. It is the same for everybody, so that one answer is kept."""

    copying: Literal[True] = True

    @property
    def key(self) -> str:
        """Sixteen hex digits that name it."""
        return hashlib.sha256(json.dumps(["copying", RECIPE]).encode()).hexdigest()[:16]


class Run(NamedTuple):
    """An experiment of an article, or some methods to compare, and what that is called in its example."""

    title: str
    order: Experiment | Sweep


class Example(NamedTuple):
    """An example of an article: what is trained, what it shows or what is wrong with it there, and its runs."""

    title: str
    about: str
    shows: str
    runs: tuple[Run, ...]


_TWO_CLASSES = {
    "data.name": "two_classes",
    "data.labels": None,
    "teacher.widths": "10-5",
    "teacher_training.epochs": 60,
    "student.widths": "5-2",
    "training.epochs": 60,
    "soft_weight": 0.5,
}
_MNIST = {
    "data.name": "mnist",
    "data.labels": None,
    "teacher.widths": "10-5",
    "teacher_training.epochs": 10,
    "student.widths": "5",
    "training.batch_size": 64,
    "training.learning_rate": 1e-3,
    "training.epochs": 10,
    "soft_weight": 0.5,
    "seeds": 4,
}


def _run(title: str, settings: dict, **others: object) -> Run:
    return Run(title, unflatten(settings | others))


def _comparison(title: str, *methods: str) -> Run:
    base = unflatten({"seeds": 4, "teacher_training.epochs": 15, "training.epochs": 60})
    return Run(title, Sweep(experiment=base, x={"setting": "method", "values": methods}))


EXAMPLES = (
    Example(
        N_("Two classes, 500 rows"),
        N_(
            "From an article on distillation in software: rows of ten numbers, 500 to learn from and 100 to test with; "
            "a teacher with hidden layers of 10 and 5 units, students with 5 and 2, or with 5."
        ),
        N_(
            "Where there are two classes, only one answer is wrong: a soft label tells how sure the teacher is, and "
            "nothing of how classes resemble each other. And of 100 test rows each is a whole point of accuracy, so "
            "that one run, as in the article, proves nothing: look at the interval."
        ),
        (
            _run(N_("Students of 5 and 2 units"), _TWO_CLASSES),
            _run(N_("Students of 5 units"), _TWO_CLASSES, **{"student.widths": "5"}),
        ),
    ),
    Example(
        N_("MNIST through five units"),
        N_(
            "The project of the same article: a teacher 784-10-5-10 and a student 784-5-10, batches of 64, Adam, 10 "
            "epochs. Here both end in ten outputs, one for each digit."
        ),
        N_(
            "In the article both end in two outputs for ten digits; the divergence from the teacher is computed with "
            "its sides exchanged, and then never used, so that its student learns from labels alone. That is a "
            "soft-label share of 0: run both and compare. All that either network knows of a picture passes "
            "through five units."
        ),
        (
            _run(N_("Put right"), _MNIST),
            _run(N_("As it stands there"), _MNIST, soft_weight=0.0),
        ),
    ),
    Example(
        N_("Outputs, structure, or both"),
        N_(
            "Another article tells two kinds of distillation apart: by outputs, and by structure and parameters, which "
            "go from the teacher to the student; and it says that the two can be joined. Its code has the first alone. "
            "Here a student that begins at random and learns the teacher's outputs stands beside one that begins as a "
            "part of the teacher, and then learns from labels alone, or from the outputs as well."
        ),
        N_(
            "Say first: which is worth more, what the teacher says or what it is made of? And are both worth more than "
            "either?"
        ),
        (
            _comparison(N_("Outputs beside structure"), "soft_targets", "structure:then=labels"),
            _comparison(N_("Outputs beside both at once"), "soft_targets", "structure"),
        ),
    ),
)

COPIES = Example(  # carried out by `copying`
    N_("Learning to copy, 10-20-10 into 10-10-10"),
    N_(
        "The code of the article on these two kinds: a network of two linear layers is to answer with the ten "
        "numbers that it is given, and a smaller one to answer as it does, by the mean squared error, with Adam, in "
        "1000 steps of one random row each. Here another student stands beside it, which is to copy by itself, and "
        "there are eight seeds; the article has one, and shows the same listing for both of its kinds."
    ),
    N_(
        "Nothing bends between the layers, so that each network is one matrix of ten by ten. Both shapes can copy "
        "without any error, and neither is more able than the other: the student needs no teacher. With Adam's usual "
        "learning rate a thousand rows are too few for either student, and both end at the same error. With ten times "
        "that rate the one that was told the truth copies almost exactly. The teacher, too, copies well half-way, and "
        "worse at the end; and the distilled student repeats its teacher's mistakes, wherever they come from."
    ),
    (),
)
