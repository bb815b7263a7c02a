"""One cohort of M equals M single runs: for every kind of network, whatever its members differ in."""

from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F
from torch.nn.utils import parameters_to_vector

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
    Member(1, 20, 1e-2, soft_weight=0.7, temperature=3.0, teacher=1),
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


OPTIMIZED = [*((name, "adam") for name in NETWORKS), ("mlp with dropout", "adamw"), ("mlp", "sgd"), ("cnn", "sgd")]


@pytest.mark.parametrize(("name", "optimizer"), OPTIMIZED)
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


COURSES = [(0.0, 1.0, 1e-2), (0.9, 4.0, 1e-2), (0.5, 4.0, 3e-2), (1.0, 2.0, 1e-2)]
BY_SEED = [Member(seed, 40, rate, weight, heat, teacher=seed) for seed in (0, 1) for weight, heat, rate in COURSES]


@pytest.mark.parametrize("name", ["mlp with dropout", "linear", "cnn with dropout"])
@pytest.mark.parametrize("room", [3 * 16, 7 * 16, 8 * 16])  # of all members of a seed, none, one or both are at once
def test_members_ordered_by_seed_share_their_batches_and_learn_as_if_alone(name, room, monkeypatch):
    training, lesson = Training(epochs=3, batch_size=16), make_lesson()
    alone = [run(NETWORKS[name], [member], training, lesson)[0].matrix[0] for member in BY_SEED]
    rows, original = [], Cohort.logits

    def noted(cohort, x, drop):
        rows.append((len(x), len(cohort)))
        return original(cohort, x, drop)

    monkeypatch.setattr(Cohort, "logits", noted)
    monkeypatch.setattr(Cohort, "room", lambda cohort, shape: room)
    together, _terms = run(NETWORKS[name], BY_SEED, training, lesson)
    assert set(rows) == {3: {(1, 2)}, 7: {(1, 4)}, 8: {(2, 8)}}[room // 16], "rows of data, and members"
    torch.testing.assert_close(together.matrix, torch.stack(alone), atol=1e-9, rtol=0)


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("room", [2 * 16, 100 * 16])  # two at once, or all
def test_who_leaves_stays_as_it_was_and_the_others_do_not_notice(room, optimizer, monkeypatch):
    monkeypatch.setattr(Cohort, "room", lambda cohort, shape: room)
    network, lesson = NETWORKS["mlp with dropout"], make_lesson()
    training = Training(epochs=5, batch_size=16, optimizer=optimizer)
    leaving = {1: {0}, 2: {2, 3}, 4: {5}}  # after these epochs
    last = {place: epoch for epoch, places in leaving.items() for place in places}
    cohort = Cohort([build(layers(network, (1, 4, 4), CLASSES), network, m.seed) for m in MEMBERS], dtype=torch.float64)
    answers, original = [], Cohort.logits
    monkeypatch.setattr(Cohort, "logits", lambda self, x, drop: answers.append(len(self)) or original(self, x, drop))
    for step in train(cohort, MEMBERS, training, lesson):
        if step.terms:
            step.leave.update(leaving.get(step.epoch, ()))
    assert set(answers[-4:]) == {1 if room < 100 else 3}, "steps of the last epoch are taken by those who are left"
    for place, member in enumerate(MEMBERS):
        epochs = training.model_copy(update={"epochs": last.get(place, training.epochs)})
        alone, terms = run(network, [member], epochs, lesson)
        torch.testing.assert_close(cohort.matrix[place], alone.matrix[0], atol=1e-9, rtol=0)
        for name, own in terms[-1].items():
            torch.testing.assert_close(step.terms[name][place], own[0], atol=1e-9, rtol=0)


def test_terms_that_are_not_wanted_change_nothing():
    training, lesson = Training(epochs=3, batch_size=16), make_lesson()
    expected, _terms = run(NETWORKS["mlp"], MEMBERS, training, lesson)
    stack = layers(NETWORKS["mlp"], (1, 4, 4), CLASSES)
    cohort = Cohort([build(stack, NETWORKS["mlp"], member.seed) for member in MEMBERS], dtype=lesson.x.dtype)
    terms = [step.terms for step in train(cohort, MEMBERS, training, lesson, wants_terms=False)]
    assert torch.equal(cohort.matrix, expected.matrix)
    assert [own for own in terms if own is not None] == 3 * [{}], "an epoch ends all the same"


def test_it_ends_when_nobody_is_left():
    cohort = Cohort([build(layers(NETWORKS["mlp"], (1, 4, 4), CLASSES), NETWORKS["mlp"], 0)], dtype=torch.float64)
    epochs = []
    for step in train(cohort, MEMBERS[:1], Training(epochs=9, batch_size=50), make_lesson()):
        epochs.append(step.epoch)
        step.leave.add(0)
    assert epochs == [1]


@pytest.fixture
def threads():
    """A function that says how many threads there are, during a test."""
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


@pytest.mark.parametrize(("count", "caches"), [(1, 1), (2, 4)])
def test_the_cache_has_room_for_so_many_examples_in_the_largest_layer(threads, count, caches):
    threads(count)
    stack = layers(NETWORKS["cnn"], (1, 28, 28), CLASSES)
    cohort = Cohort([build(stack, NETWORKS["cnn"], 0)])
    patches = 4 * 9 * 14 * 14  # of the second layer: 4 channels, 3x3 pixels, and as many positions as pooling left
    assert cohort.room((1, 28, 28)) == caches * nets.CACHE["cpu"] // patches


@pytest.mark.parametrize("name", ["mlp with dropout", "cnn"])
def test_many_equals_one_by_one_in_float32_to_two_examples(name):
    training, lesson = Training(epochs=10, batch_size=16), make_lesson(torch.float32)
    together, _terms = run(NETWORKS[name], MEMBERS, training, lesson)
    right = (together.evaluate(lesson.x).argmax(-1) == lesson.y).sum(-1)
    for m, member in enumerate(MEMBERS):
        alone, _terms = run(NETWORKS[name], [member], training, lesson)
        assert abs(right[m] - (alone.evaluate(lesson.x).argmax(-1) == lesson.y).sum()) <= 2


RULES = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "sgd": lambda weights, lr: torch.optim.SGD(weights, lr, momentum=0.9),
}


@pytest.mark.parametrize(("name", "rule"), [*((name, "adam") for name in NETWORKS), ("mlp", "adamw"), ("mlp", "sgd")])
def test_a_member_is_trained_as_by_the_loop_that_everybody_writes(name, rule):
    """Plain torch, one network, one batch after the other: the same weights in the end, and the same terms."""
    network, lesson, member = NETWORKS[name], make_lesson(), MEMBERS[2]
    cohort, terms = run(network, [MEMBERS[0], member], Training(epochs=3, batch_size=16, optimizer=rule), lesson)

    order = torch.Generator().manual_seed(member.seed)
    examples = labelled(lesson.y, member.labels, order)
    net = build(layers(network, (1, 4, 4), CLASSES), network, member.seed).double()
    optimizer = RULES[rule](net.parameters(), lr=member.learning_rate)
    torch.manual_seed(member.seed)
    for _epoch in range(3):
        softs = []
        for batch in examples[torch.randperm(len(examples), generator=order)].split(16):
            z, z_t, temperature = net(lesson.x[batch]), lesson.teacher_logits[1][batch], member.temperature
            p, log_q = (z_t / temperature).softmax(-1), (z / temperature).log_softmax(-1)
            soft = temperature**2 * F.kl_div(log_q, p, reduction="batchmean")
            loss = (1 - member.soft_weight) * F.cross_entropy(z, lesson.y[batch]) + member.soft_weight * soft
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            softs.append(len(batch) * soft.detach())
    torch.testing.assert_close(terms[-1]["soft"][1], sum(softs) / len(examples), atol=1e-9, rtol=0)
    torch.testing.assert_close(cohort.matrix[1], parameters_to_vector(net.parameters()).detach(), atol=1e-9, rtol=0)


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


def test_dropout_is_on_in_every_epoch_and_off_in_evaluation(monkeypatch):
    network, lesson = NETWORKS["mlp with dropout"], make_lesson()
    stack = layers(network, (1, 4, 4), CLASSES)
    cohort = Cohort([build(stack, network, 0)], dtype=torch.float64)
    seen, original = [], Cohort.logits
    monkeypatch.setattr(Cohort, "logits", lambda self, x, drop=None: seen.append(bool(drop)) or original(self, x, drop))
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


@pytest.mark.parametrize("name", ["mlp with dropout", "cnn"])
def test_members_with_unlabelled_examples_learn_as_if_alone(name):
    """In a cohort with others, of which one repeats its labelled examples in the place of such."""
    pooled = [
        Member(0, 20, 1e-2, repeats=25),
        Member(0, 20, 1e-2, soft_weight=0.7, temperature=3.0, unlabelled=25),
        Member(1, 9, 3e-3, soft_weight=0.5, unlabelled=32, teacher=1),
        *MEMBERS[:3],
    ]
    training, lesson = Training(epochs=3, batch_size=16, label_smoothing=0.1), make_lesson()
    together, terms = run(NETWORKS[name], pooled, training, lesson)
    for m, member in enumerate(pooled):
        alone, own = run(NETWORKS[name], [member], training, lesson)
        torch.testing.assert_close(together.matrix[m], alone.matrix[0], atol=1e-9, rtol=0)
        for term, values in own[-1].items():
            torch.testing.assert_close(terms[-1][term][m], values[0], atol=1e-9, rtol=0)


def test_unlabelled_examples_are_others_of_any_class_and_more_of_them_hold_the_fewer():
    y = torch.tensor([0] * 90 + [1] * 10)
    few, many = (labelled(y, 8, torch.Generator().manual_seed(2), unlabelled) for unlabelled in (20, 60))
    assert few[:8].tolist() == labelled(y, 8, torch.Generator().manual_seed(2)).tolist()
    assert few.tolist() == many[:28].tolist()
    assert len(set(many.tolist())) == 68
    assert y[many[8:]].double().mean() < 0.2, "their classes are not evened out, as nobody knows them"
