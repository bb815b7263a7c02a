"""What a run will cost: more of anything costs more, and twice the work twice as much."""

import pytest

from kdcore import cost, shapes
from kdcore.experiment import Experiment, unflatten
from kdcore.grid import Sweep
from kdcore.guides import Course, rounds


def test_a_step_by_hand():
    """A linear student on digits: 3 * 16 examples, and a fifth of the validation examples, for 2 lanes."""
    experiment = unflatten({"student.widths": "linear", "seeds": 1, "training.batch_size": 16})
    flops = shapes.flops(experiment.layers("student"))
    looked_at = 3 * 16 + experiment.facts.validation / 5
    assert cost.step(experiment, "student", 80) == pytest.approx(cost.OVERHEAD_FLOPS + 2 * flops * looked_at)


def test_a_peer_counts_as_a_student():
    peers, controls = unflatten({"method": "mutual"}), unflatten({"controls": True})
    three, four = (cost.step(Experiment(), "student", 100, 8 * lanes) for lanes in (3, 4))
    assert cost.step(peers, "student", 100) == three
    assert cost.step(peers.model_copy(update={"controls": True}), "student", 100) > cost.step(controls, "student", 100)
    assert cost.step(peers.model_copy(update={"soft_weight": 0.0}), "student", 100) < three
    helped = peers.model_copy(update={"assistant": True})  # it learns from a peer as well, and so does its own student
    assert cost.step(helped, "student", 100) > four
    assert cost.of_helpers(rounds([Course("assisted", helped)]), helped, 100) > cost.of_helpers(
        rounds([Course("assisted", unflatten({"assistant": True}))]), helped, 100
    )


def test_a_map_counts_its_peers():
    one, two = (Sweep(x={"setting": "method", "values": values}) for values in ("mutual", "mutual, dkd"))
    without = Sweep(x={"setting": "method", "values": "dist"})
    assert cost.of_sweep(one) > cost.of_sweep(without)
    (part,) = two.groups()[0].parts
    assert (part.members, part.networks) == (9, 12)


@pytest.mark.parametrize(
    "more",
    [
        {"seeds": 16},
        {"teacher.widths": "512-512"},
        {"student.widths": "128"},
        {"training.epochs": 200},
        {"teacher_training.epochs": 60},
        {"training.batch_size": 4},
        {"data.labels": None},
        {"controls": True},
        {"assistant": True},
        {"unlabelled": 500},
        {"data.name": "mnist"},
        {"student.kind": "cnn"},
    ],
)
def test_more_costs_more(more):
    assert cost.total(unflatten(more)) > cost.total(Experiment())


def test_twice_the_epochs_take_twice_as_long():
    one = Experiment()
    twice = unflatten({"training.epochs": 200, "teacher_training.epochs": 60})
    assert cost.seconds(twice, one, took_s=3.0) == pytest.approx(6.0)
    assert cost.seconds(one, one, took_s=3.0) == pytest.approx(3.0)


def test_fewer_examples_cost_less():
    assert cost.total(unflatten({"data.labels": None}), examples=500) < cost.total(unflatten({"data.labels": None}))
