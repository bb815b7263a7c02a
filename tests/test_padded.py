"""A narrow network learns in a wide one what it would learn alone; and it lies there only where that is faster."""

import pytest
import torch

from kdcore.cohort import Lesson, Member, train
from kdcore.experiment import Network, Training
from kdcore.nets import Cohort, build
from kdcore.padded import fits, narrowed, together, widened, widest
from kdcore.shapes import layers

SHAPE, CLASSES = (1, 6, 5), 3
SIZES = {
    "mlp": [(4,), (9,), (6,)],
    "two layers": [(4, 9), (9, 2), (9, 9)],
    "cnn": [(2, 5), (3, 3), (4, 1)],
}


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    random = torch.Generator().manual_seed(3)
    x = torch.rand(40, *SHAPE, generator=random, dtype=torch.float64)
    logits = 3 * torch.randn(2, 40, CLASSES, generator=random, dtype=torch.float64)
    return Lesson(x, torch.arange(40) % CLASSES, CLASSES, logits)


def learned(nets, members, training, lesson) -> Cohort:
    cohort = Cohort(nets, dtype=torch.float64)
    for _step in train(cohort, members, training, lesson):
        pass
    return cohort


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
@pytest.mark.parametrize("name", SIZES)
def test_a_narrow_network_learns_in_a_wide_one_what_it_learns_alone(name, activation, optimizer, lesson):
    training = Training(epochs=3, batch_size=16, optimizer=optimizer, learning_rate=1e-2)
    kind = "cnn" if name == "cnn" else "mlp"
    own = [Network(kind=kind, widths=widths, activation=activation) for widths in SIZES[name]]
    around = own[0].model_copy(update={"widths": widest(SIZES[name])})
    members = [Member(seed, 30, 1e-2, 0.5, 4.0, teacher=1) for seed in range(3)]
    nets = [build(layers(network, SHAPE, CLASSES), network, seed) for seed, network in enumerate(own)]
    wide = [build(layers(around, SHAPE, CLASSES), around, 7) for _net in nets]
    cohort = learned([widened(*pair) for pair in zip(nets, wide, strict=True)], members, training, lesson)
    answers = cohort.evaluate(lesson.x)
    for m, net in enumerate(nets):
        alone = learned([net], [members[m]], training, lesson)
        torch.testing.assert_close(answers[m], alone.evaluate(lesson.x)[0], atol=1e-9, rtol=0)
        taken = narrowed(cohort.member(m), build(layers(own[m], SHAPE, CLASSES), own[m], 9))
        for weight, expected in zip(taken.parameters(), alone.member(0).parameters(), strict=True):
            torch.testing.assert_close(weight, expected, atol=1e-6, rtol=0)
        taken = sum(weight.count_nonzero() for weight in taken.parameters())
        assert cohort.matrix[m].count_nonzero() == taken, "what was zero has stayed zero"


def test_what_answers_to_nothing_or_draws_masks_does_not_fit():
    assert fits(Network())
    assert not fits(Network(activation="sigmoid"))
    assert not fits(Network(dropout=0.1))


def test_widths_share_a_cohort_where_that_is_cheaper():
    """A cohort costs 10, and a unit of a member 1. To put 2 in with 4 saves 10 for 2 * 2 zeros; 4 in with 64 does not
    pay, as it takes 4 * 60; 60 in with 64 does."""
    members = {(64,): 1, (2,): 2, (60,): 1, (4,): 2}
    assert together(members, lambda widths, count: 10 + count * widths[0]) == [[(2,), (4,)], [(60,), (64,)]]
    assert together(members, lambda widths, count: count * widths[0]) == [[(2,)], [(4,)], [(60,)], [(64,)]]
    assert together(members, lambda widths, count: 1000 + count * widths[0]) == [[(2,), (4,), (60,), (64,)]]


def test_where_layers_differ_apart_the_wide_one_holds_both():
    assert widest([(4, 9), (9, 2)]) == (9, 9)
    assert together({(4, 9): 1, (9, 2): 1}, lambda widths, count: 1) == [[(9, 2), (4, 9)]]
