"""One cohort of M equals M single runs: for every kind of network, whatever its members differ in."""

from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from kdcore import nets
from kdcore.cohort import Lesson, Member, labelled, train
from kdcore.experiment import Network, Training
from kdcore.nets import Cohort, build
from kdcore.shapes import layers

ROWS, CLASSES = 50, 3
NETWORKS = {
    "mlp": Network(widths=(12, 7)),
    "mlp with dropout": Network(widths=(12, 7), activation="tanh", dropout=0.3),
    "linear": Network(widths=()),
    "cnn": Network(kind="cnn", widths=(4, 5)),
    "cnn with dropout": Network(kind="cnn", widths=(4,), activation="gelu", dropout=0.3),
}
MEMBERS = [  # differ in seed, label budget, learning rate, share, temperature, teacher and control
    Member(0, 50, 1e-2),
    Member(0, 50, 1e-2, soft_weight=0.9, temperature=4.0),
    Member(1, 20, 1e-2, soft_weight=0.5, temperature=1.0, teacher=1),
    Member(2, 9, 1e-3, soft_weight=1.0, temperature=20.0),
    Member(2, 50, 3e-2),
    Member(3, 30, 1e-2, soft_weight=0.9, temperature=4.0, teacher=1, control="smoothed"),
    Member(3, 30, 1e-2, soft_weight=0.9, temperature=4.0, teacher=1, control="shuffled"),
]


def make_lesson(dtype=torch.float64) -> Lesson:
    random = torch.Generator().manual_seed(7)
    x = torch.rand(ROWS, 1, 4, 4, generator=random, dtype=dtype)
    y = torch.arange(ROWS) % CLASSES
    return Lesson(x, y, CLASSES, 3 * torch.randn(2, ROWS, CLASSES, generator=random, dtype=dtype))


def run(network, members, training, lesson):
    """The cohort after training, and the terms of every epoch."""
    stack = layers(network, (1, 4, 4), CLASSES)
    cohort = Cohort([build(stack, network, member.seed) for member in members], dtype=lesson.x.dtype)
    terms = [step.terms for step in train(cohort, members, training, lesson) if step.terms]
    return cohort, terms


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
@pytest.mark.parametrize("name", NETWORKS)
def test_many_equals_one_by_one(name, optimizer):
    training, lesson = Training(epochs=4, batch_size=16, optimizer=optimizer, label_smoothing=0.1), make_lesson()
    together, terms = run(NETWORKS[name], MEMBERS, training, lesson)
    for m, member in enumerate(MEMBERS):
        alone, own = run(NETWORKS[name], [member], training, lesson)
        torch.testing.assert_close(together.matrix[m], alone.matrix[0], atol=1e-9, rtol=0)
        for epoch, expected in enumerate(own):
            for term in ("hard", "soft", "loss"):
                torch.testing.assert_close(terms[epoch][term][m], expected[term][0], atol=1e-9, rtol=0)


@pytest.mark.parametrize("name", ["mlp with dropout", "cnn with dropout"])
@pytest.mark.parametrize("room", [16, 32])  # for the examples of one member in each step, and of two
def test_a_cohort_that_is_trained_in_parts_learns_the_same(name, room, monkeypatch):
    training, lesson = Training(epochs=3, batch_size=16), make_lesson()
    whole, expected = run(NETWORKS[name], MEMBERS, training, lesson)
    monkeypatch.setattr(Cohort, "room", lambda cohort, shape: room)
    monkeypatch.setattr(Cohort, "part", lambda *args, part=Cohort.part: parts.append(args) or part(*args))
    parts = []
    in_parts, terms = run(NETWORKS[name], MEMBERS, training, lesson)
    assert len(parts) == {16: 7, 32: 4}[room]
    torch.testing.assert_close(in_parts.matrix, whole.matrix, atol=1e-9, rtol=0)
    for ours, theirs in zip(terms, expected, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-9, rtol=0)


def test_the_cache_has_room_for_so_many_examples_in_the_largest_layer():
    stack = layers(NETWORKS["cnn"], (1, 28, 28), CLASSES)
    cohort = Cohort([build(stack, NETWORKS["cnn"], 0)])
    patches = 4 * 9 * 14 * 14  # of the second layer: 4 channels, 3x3 pixels, and as many positions as pooling left
    assert cohort.room((1, 28, 28)) == nets.CACHE["cpu"] // patches


@pytest.mark.parametrize("name", ["mlp with dropout", "cnn"])
def test_many_equals_one_by_one_in_float32_to_two_examples(name):
    training, lesson = Training(epochs=10, batch_size=16), make_lesson(torch.float32)
    together, _terms = run(NETWORKS[name], MEMBERS, training, lesson)
    right = (together.evaluate(lesson.x).argmax(-1) == lesson.y).sum(-1)
    for m, member in enumerate(MEMBERS):
        alone, _terms = run(NETWORKS[name], [member], training, lesson)
        assert abs(right[m] - (alone.evaluate(lesson.x).argmax(-1) == lesson.y).sum()) <= 2


@pytest.mark.parametrize("name", NETWORKS)
def test_a_member_is_trained_as_by_the_loop_that_everybody_writes(name):
    """Plain torch, one network, one batch after the other: the same weights in the end."""
    network, lesson, member = NETWORKS[name], make_lesson(torch.float32), MEMBERS[2]
    cohort, _terms = run(network, [MEMBERS[0], member], Training(epochs=3, batch_size=16), lesson)

    order = torch.Generator().manual_seed(member.seed)
    examples = labelled(lesson.y, member.labels, order)
    net = build(layers(network, (1, 4, 4), CLASSES), network, member.seed)
    optimizer = torch.optim.Adam(net.parameters(), lr=member.learning_rate)
    torch.manual_seed(member.seed)
    for _epoch in range(3):
        for batch in examples[torch.randperm(len(examples), generator=order)].split(16):
            z, z_t, temperature = net(lesson.x[batch]), lesson.teacher_logits[1][batch], member.temperature
            p, log_q = (z_t / temperature).softmax(-1), (z / temperature).log_softmax(-1)
            soft = temperature**2 * F.kl_div(log_q, p, reduction="batchmean")
            loss = (1 - member.soft_weight) * F.cross_entropy(z, lesson.y[batch]) + member.soft_weight * soft
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    for name_, weight in cohort.member(1).state_dict().items():
        torch.testing.assert_close(weight, net.state_dict()[name_], atol=1e-4, rtol=1e-3, msg=name_)


def test_lanes_of_one_seed_start_equal_and_differ_only_by_the_target():
    network, training, lesson = NETWORKS["mlp with dropout"], Training(epochs=3, batch_size=16), make_lesson()
    twin = replace(MEMBERS[0], soft_weight=0.0, temperature=9.0)
    cohort, _terms = run(network, [MEMBERS[0], twin, replace(MEMBERS[1], labels=MEMBERS[0].labels)], training, lesson)
    torch.testing.assert_close(cohort.matrix[0], cohort.matrix[1], atol=1e-12, rtol=0)
    assert (cohort.matrix[0] - cohort.matrix[2]).abs().max() > 1e-3


def test_controls_are_told_something_else_than_the_teachers_opinion():
    told = [replace(MEMBERS[5], control=control) for control in (None, "smoothed", "shuffled")]
    cohort, terms = run(NETWORKS["mlp"], told, Training(epochs=3, batch_size=16), make_lesson())
    distances = torch.cdist(cohort.matrix, cohort.matrix)[*torch.triu_indices(3, 3, 1)]
    assert distances.min() > 0.1
    assert all((term["soft"] >= 0).all() for term in terms)


def test_the_soft_loss_is_used():
    _cohort, terms = run(NETWORKS["mlp"], MEMBERS, Training(epochs=1), make_lesson())
    mixed = torch.tensor([1 - m.soft_weight for m in MEMBERS]) * terms[0]["hard"]
    mixed += torch.tensor([m.soft_weight for m in MEMBERS]) * terms[0]["soft"]
    torch.testing.assert_close(terms[0]["loss"], mixed)
    assert (terms[0]["soft"] > 0).all()


def test_dropout_is_on_in_every_epoch_and_off_in_evaluation():
    network, lesson = NETWORKS["mlp with dropout"], make_lesson()
    stack = layers(network, (1, 4, 4), CLASSES)
    cohort = Cohort([build(stack, network, 0)], dtype=torch.float64)
    seen = []
    original = cohort.logits
    cohort.logits = lambda x, drop=None: seen.append(drop is not None) or original(x, drop)
    for _step in train(cohort, MEMBERS[:1], Training(epochs=3, batch_size=50), lesson):
        first, second = cohort.evaluate(lesson.x), cohort.evaluate(lesson.x)
        assert torch.equal(first, second)
    assert seen == 3 * [True, False, False]


def test_label_budget_is_balanced_and_nested():
    y = torch.tensor([0] * 30 + [1] * 30 + [2] * 3)
    chosen = [labelled(y, budget, torch.Generator().manual_seed(5)) for budget in (6, 20, 63)]
    assert y[chosen[0]].bincount().tolist() == [2, 2, 2]
    assert y[chosen[1]].bincount().tolist() in ([9, 8, 3], [8, 9, 3])
    assert sorted(chosen[2].tolist()) == list(range(63))
    assert chosen[2].tolist()[:20] == chosen[1].tolist()
