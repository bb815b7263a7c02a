"""What must be true of every method, each a function that asserts it of one method, so set, on one pair of networks."""

from dataclasses import replace

import torch
from method_cases import MLP, batch, extras, leaf, member, within
from torch.nn.utils import parameters_to_vector

from kdcore.experiment import Network, bounds, choices
from kdcore.methods import KINDS, NEEDS, Method, Seen
from kdcore.nets import build
from kdcore.shapes import layers


def run(method: Method, seen: Seen, knobs, extra) -> torch.Tensor:
    return method.term(seen, knobs, extra)


def gradients(loss, *tensors):
    """Those of the loss in the tensors, None where it does not depend on one."""
    is_moved = tensors and loss.requires_grad
    return torch.autograd.grad(loss.sum(), tensors, allow_unused=True) if is_moved else [None] * len(tensors)


def moves(gradient) -> bool:
    return gradient is not None and bool(gradient.abs().sum() > 1e-8)


def it_is_described(method, nets, knobs):
    assert method.kind in KINDS
    assert set(method.needed(knobs)) <= set(NEEDS)
    assert all([method.name, method.title, method.about, method.equation, method.paper, method.__doc__])
    assert method.link.startswith("https://")
    for name, info in method.Knobs.model_fields.items():
        assert info.title, name
        assert info.description, name
        assert choices(info) or None not in bounds(info), f"{name} has no bounds"


def it_is_finite(method, nets, knobs):
    """As it is, of dead layers, of a batch of one, of logits all alike, and of huge ones; and so are its gradients."""
    plain = batch(1, nets, dtype=torch.float32)
    dead = replace(plain, features=tuple(leaf(0 * layer) for layer in plain.features))
    numb = replace(dead, teacher_features=tuple(0 * layer for layer in plain.teacher_features))
    alike = replace(plain, student=leaf(0 * plain.student), teacher=0 * plain.teacher)
    one, huge = batch(2, nets, examples=1, dtype=torch.float32), batch(3, nets, spread=1e3, dtype=torch.float32)
    for seen in (plain, dead, numb, alike, one, huge):
        extra = extras(method, nets, knobs, dtype=torch.float32)
        loss = run(method, seen, knobs, extra)
        assert loss.isfinite()
        found = gradients(loss, seen.student, *seen.features, *extra.values())
        assert all(each.isfinite().all() for each in found if each is not None)


def it_teaches_the_student_and_never_the_teacher(method, nets, knobs):
    """Even with the fewest examples and classes that it says it takes."""
    for seen in (batch(4, nets), batch(5, nets, examples=method.least_batch, classes=method.least_classes)):
        teacher = [leaf(each) for each in (seen.teacher, *seen.teacher_features)]
        told = replace(seen, teacher=teacher[0], teacher_features=tuple(teacher[1:]))
        loss = run(method, told, knobs, extras(method, nets, knobs, classes=seen.student.shape[-1]))
        to_logits, *to_layers = gradients(loss, seen.student, *seen.features)
        assert any(map(moves, to_layers)) if "features" in method.needed(knobs) else moves(to_logits)
        assert not any(map(moves, gradients(loss, *teacher)))


def a_perfect_copy_costs_least(method, nets, knobs):
    """Or it says why not; and then there are students that cost less than a copy."""
    shapes, random = (nets[1], nets[1]), torch.Generator().manual_seed(0)
    less = []
    for seed in range(5):
        seen, extra = batch(seed, shapes), extras(method, shapes, knobs)
        copy = replace(seen, student=seen.teacher, features=seen.teacher_features)
        for size in (1e-3, 0.1, 1.0):
            student, *layers = (
                said + size * torch.randn(said.shape, dtype=said.dtype, generator=random)
                for said in (copy.student, *copy.features)
            )
            near = replace(copy, student=student, features=tuple(layers))
            less.append(bool(run(method, near, knobs, extra) < run(method, copy, knobs, extra) - 1e-9))
    assert any(less) == bool(method.copy_is_not_best)


def a_cohort_gets_what_each_of_its_members_gets_alone(method, nets, knobs):
    together = batch(6, nets, members=3)
    extra = extras(method, nets, knobs, members=3)
    terms = run(method, together, knobs, extra)
    assert terms.shape == (3,)
    folded = {name: each.unsqueeze(0) for name, each in extra.items()}
    torch.testing.assert_close(run(method, within(together), knobs, folded), terms.unsqueeze(0))
    moved = (together.student, together.peer, *together.features, *extra.values())
    all_gradients = gradients(terms, *moved)
    for m in range(3):
        alone, own = member(together, m), {name: leaf(each[m]) for name, each in extra.items()}
        term = run(method, alone, knobs, own)
        torch.testing.assert_close(term, terms[m])
        found = gradients(term, alone.student, alone.peer, *alone.features, *own.values())
        for single, stacked in zip(found, all_gradients, strict=True):
            assert (single is None) == (stacked is None)
            if single is not None:
                torch.testing.assert_close(single, stacked[m])


def its_extras_learn_and_are_drawn_from_the_seed(method, nets, knobs):
    first, again, other = (method.extras(*nets, 4, torch.Generator().manual_seed(seed), knobs) for seed in (0, 0, 1))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not first or any(not torch.equal(first[name], other[name]) for name in first)
    seen, extra = batch(7, nets), extras(method, nets, knobs)
    of_peer, *found = gradients(run(method, seen, knobs, extra), seen.peer, *extra.values())
    assert all(map(moves, found)), dict(zip(extra, found, strict=True))
    assert moves(of_peer) == method.has_peer


def it_needs_what_it_says(method, nets, knobs):
    """Its term depends on that, and does without the rest."""
    seen, other, extra = batch(8, nets), batch(9, nets), extras(method, nets, knobs)
    changed = {
        "labels": {"labels": seen.labels.roll(1, -1)},
        "features": {"features": other.features},
        "second net": {"teacher": other.teacher, "teacher_features": other.teacher_features, "peer": other.peer},
    }
    without = {"features": {"features": (), "teacher_features": ()}, "second net": {"teacher": None, "peer": None}}
    term = run(method, seen, knobs, extra)
    for need, change in changed.items():
        is_moved = not torch.allclose(run(method, replace(seen, **change), knobs, extra), term)
        assert is_moved == (need in method.needed(knobs)), need
    for need, change in without.items():
        if need not in method.needed(knobs):
            torch.testing.assert_close(run(method, replace(seen, **change), knobs, extra), term)


def every_knob_turns_something(method, nets, knobs):
    """At the start of training or later: the term, or whom the student hears, what of them, or how it begins."""
    moments = [replace(batch(10, nets), progress=progress) for progress in (0, 0.2, 0.7)]
    for name, info in method.Knobs.model_fields.items():
        other = next((each for each in bounds(info) if each != info.default), None)
        values = choices(info) or (info.default, info.annotation((info.default + other) / 2))
        found = []
        for value in values:
            own = knobs.model_copy(update={name: value})
            terms = tuple(round(run(method, seen, own, extras(method, nets, own)).item(), 9) for seen in moments)
            found.append((terms, method.guides(own), heard(method, own), begun(method, own)))
        assert len(set(found)) == len(values), f"{name} at {values} gives {found}"


def heard(method, knobs):
    """What the student hears of its guides, where they are several."""
    guides = len(method.guides(knobs))
    said = torch.arange(4.0 * guides).square().view(guides, 1, 4).sin()
    return tuple(method.opinion(said, 4.0, knobs).flatten().tolist()) if guides > 1 else ()


@torch.no_grad()
def begun(method, knobs):
    """The first weights of an MLP, where they come from the teacher's."""
    if not method.is_heir:
        return ()
    shapes = [Network(widths=[width for (width,) in hidden]) for hidden in MLP]
    student, teacher = (build(layers(network, (9,), 4), network, seed) for seed, network in enumerate(shapes))
    method.begin(student, teacher, batch(0, MLP, dtype=torch.float32).teacher_features, knobs)
    return tuple(parameters_to_vector(student.parameters()).tolist())


PROPERTIES = (
    it_is_described,
    it_is_finite,
    it_teaches_the_student_and_never_the_teacher,
    a_perfect_copy_costs_least,
    a_cohort_gets_what_each_of_its_members_gets_alone,
    its_extras_learn_and_are_drawn_from_the_seed,
    it_needs_what_it_says,
    every_knob_turns_something,
)
