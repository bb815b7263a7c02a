"""Born-again networks: the student becomes a teacher of its own kind, and that one's student again."""

from __future__ import annotations

from typing import Literal

from kdcore.methods.method import TEACHER, Guide, Value, knob, register
from kdcore.methods.soft_targets import SoftTargets
from kdcore.words import N_


@register
class BornAgain(SoftTargets):
    """Learn from a network of your own shape, which learned from one of your shape, and so on back to the teacher.

        generation 1 hears the teacher, generation k hears generation k - 1, by soft targets:
        term = T^2 * KL(softmax(z_{k-1} / T) || softmax(z_k / T))

    The last generation is the student that is measured. The ones before it have other first weights, but the same
    labelled examples, batches and steps; they are trained one after the other before it, and thrown away. With one
    generation it is soft targets.
    Furlanello et al. 2018, section 3. There the first teacher mostly has the student's shape, and generations learn
    with labels or without; here it is the experiment's teacher, which may be larger, and labels have the share that all
    methods give them. The paper also averages all generations in the end, which is left out here.
    """

    name = "born_again"
    title = N_("Born-again generations")
    about = N_("Have a teacher of the student's own shape, which had one as well, and so on back to the teacher.")
    kind = "scheme"
    equation = r"T^2\,\mathrm{KL}\big(\sigma(z_{k-1} / T) \,\|\, \sigma(z_k / T)\big),\quad z_0 = z_t,\ k = 1, 2, \dots"
    paper = "Furlanello, Lipton, Tschannen, Itti, Anandkumar: Born Again Neural Networks, ICML 2018"
    link = "https://arxiv.org/abs/1805.04770"

    class Knobs(Value):
        generations: int = knob(
            3,
            N_("Generations"),
            N_("How many networks of the student's shape follow one another; the last one is the student."),
            ge=1,
            le=8,
        )

    def told(self, knobs: Knobs) -> Literal["soft targets"]:
        return "soft targets"

    def guides(self, knobs: Knobs) -> tuple[Guide, ...]:
        last = TEACHER
        for generation in range(1, knobs.generations):
            last = Guide("student", other=generation, taught_by=last)
        return (last,)
