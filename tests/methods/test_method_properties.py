"""Registered means tested: what must be true of every method, for every method; and of one that is new."""

import pytest
import torch
from method_cases import NETS, batch
from method_properties import PROPERTIES
from test_method_golden import measured

from kdcore.methods import METHODS, Method, Seen, register
from kdcore.methods import layers as hidden
from kdcore.methods.method import Value, knob
from kdcore.teaching import read

SET = ("adversarial:look=features",)  # and those that are another method where their knobs are set so


def fitting(method: Method, knobs: Value) -> list[str]:
    """The networks that it can teach."""
    return [name for name, nets in NETS.items() if method.problem(*nets, 4, 6, knobs) is None]


@pytest.mark.parametrize("check", PROPERTIES, ids=lambda check: check.__name__)
@pytest.mark.parametrize("text", [*METHODS, *SET])
def test_of_every_method(text, check):
    method, knobs = read(text)
    assert fitting(method, knobs)
    for nets in fitting(method, knobs):
        check(method, NETS[nets], knobs)


class Toy(Method):
    """The mean squared difference of the mean activations of two layers, with a learned factor."""

    name = "toy"
    title = "Toy"
    about = "Be as active on the whole."
    kind = "inside"
    equation = r"\\overline{(a h_s - h_t)^2}"
    paper = "Nobody: Nothing, never"
    link = "https://example.org"
    needs = ("features", "second net")
    copy_is_not_best = "The factor starts at random."

    class Knobs(Value):
        strength: float = knob(1.0, "Strength", "Multiplies the term.", ge=0, le=10)

    def extras(self, student_shapes, teacher_shapes, classes, generator, knobs):
        return {"factor": 1 + torch.rand(1, generator=generator)}

    def term(self, seen, knobs, extras):
        (student, teacher), *_ = hidden.rows(seen, "last")
        return knobs.strength * (extras["factor"] * student.mean(-1) - teacher.mean(-1)).square().mean(-1)


@pytest.fixture
def toy():
    register(Toy)
    yield METHODS["toy"]
    del METHODS["toy"]


def test_a_new_method_is_a_file_an_import_and_a_number(toy):
    assert fitting(toy, toy.Knobs()) == list(NETS)
    for check in PROPERTIES:
        for nets in NETS.values():
            check(toy, nets, toy.Knobs())
    of_both = [(1.25, 0), (0.5, 1), (0.025, 0.85)]  # what student and teacher say on the whole
    golden = sum((student - teacher) ** 2 for student, teacher in of_both) / 3
    assert measured(toy, extras={"factor": torch.ones(1)}) == pytest.approx(golden)


class Mean(Toy):
    def term(self, seen, knobs, extras):
        return super().term(seen, knobs, extras).mean()


class Deaf(Toy):
    def term(self, seen, knobs, extras):
        return super().term(seen, knobs, extras).detach() + 0 * extras["factor"].sum(-1)


class Leaky(Toy):
    def term(self, seen, knobs, extras):
        return super().term(Seen(seen.teacher, None, seen.labels, seen.temperature, seen.teacher_features,
                                 seen.features), knobs, extras)  # fmt: skip


class Logarithm(Toy):
    def term(self, seen, knobs, extras):
        return super().term(seen, knobs, extras).log()


class Spare(Toy):
    def extras(self, *given):
        return super().extras(*given) | {"spare": torch.ones(2)}


class Random(Toy):
    def extras(self, *given):
        return {"factor": torch.rand(1)}


class Secret(Toy):
    def term(self, seen, knobs, extras):
        return super().term(seen, knobs, extras) * (1 + seen.labels[..., 0])


class Greedy(Toy):
    needs = ("labels", "features", "second net")


class Loose(Toy):
    class Knobs(Toy.Knobs):
        nothing: float = knob(1.0, "Nothing", "Does nothing.", ge=0, le=1)


class Unbounded(Toy):
    class Knobs(Toy.Knobs):
        strength: float = knob(1.0, "Strength", "Multiplies the term.")


class Perfect(Toy):
    copy_is_not_best = ""


class Modest(Toy):
    def term(self, seen, knobs, extras):
        (student, teacher), *_ = hidden.rows(seen, "last")
        return knobs.strength * (extras["factor"] * (student.mean(-1) - teacher.mean(-1))).square().mean(-1)


BROKEN = {
    Mean: "a_cohort_gets_what_each_of_its_members_gets_alone",
    Deaf: "it_teaches_the_student_and_never_the_teacher",
    Leaky: "it_teaches_the_student_and_never_the_teacher",
    Logarithm: "it_is_finite",
    Spare: "its_extras_learn_and_are_drawn_from_the_seed",
    Random: "its_extras_learn_and_are_drawn_from_the_seed",
    Secret: "it_needs_what_it_says",
    Greedy: "it_needs_what_it_says",
    Loose: "every_knob_turns_something",
    Unbounded: "it_is_described",
    Perfect: "a_perfect_copy_costs_least",
    Modest: "a_perfect_copy_costs_least",
}


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__)
def test_a_method_that_is_wrong_is_found_out(broken):
    check = {check.__name__: check for check in PROPERTIES}[BROKEN[broken]]
    check(Toy(), NETS["mlp"], Toy.Knobs())
    with pytest.raises(AssertionError):
        check(broken(), NETS["mlp"], broken.Knobs())


def test_what_is_seen_of_the_teacher_is_cut_loose():
    seen = batch(0, NETS["cnn"], members=2)
    assert seen.student.requires_grad
    assert seen.features[0].requires_grad
    assert not seen.teacher.requires_grad
    assert not any(layer.requires_grad for layer in seen.teacher_features)
