"""Stages as conversations: what each asks to be trained, in which form, and what it makes of the answer."""

import numpy as np
import pytest

from kdcore import shapes
from kdcore.compress.coded import Coded
from kdcore.compress.hold import Form
from kdcore.compress.stages import Net, Task, work
from kdcore.compression import read
from kdcore.experiment import Network

NETWORK = Network(widths=(8,))
LAYERS = tuple(shapes.layers(NETWORK, (6,), 3))


def net(seed: int) -> Net:
    random = np.random.default_rng(seed)
    weights = {}
    for name, layer in shapes.names(LAYERS, NETWORK):
        weights[f"{name}.weight"] = random.standard_normal(layer.weight_shape).astype(np.float32)
        weights[f"{name}.bias"] = random.standard_normal(layer.outputs).astype(np.float32)
    return Net(LAYERS, NETWORK, weights)


def pruned() -> Net:
    dense = net(1)
    masks = {name: np.abs(dense.values[name]) > 0.7 for name in dense.names}
    return Net(LAYERS, NETWORK, masked(dense.values, masks), masks)


def masked(weights: dict[str, np.ndarray], masks: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: array * masks.get(name, 1) for name, array in weights.items()}


def learned(task: Task) -> dict[str, np.ndarray]:
    """What training might make of it: other weights, those that are pruned still 0."""
    moved = {name: array * np.float32(1.5) + np.float32(0.01) for name, array in task.net.values.items()}
    return masked(moved, task.form.masks or {})


def told(text: str, given: Net, start: Net | None = None, fresh: Net | None = None) -> tuple[list[Task], Net]:
    """All that a stage asks for, and the network that it ends in."""
    ((stage,), tasks, answer) = read(text), [], None
    stages = work(stage, given, start or net(2), fresh, seed=0)
    while True:
        try:
            tasks.append(stages.send(answer))
        except StopIteration as end:
            return tasks, end.value
        answer = learned(tasks[-1])


def same(one: Net, other: Net) -> bool:
    return all(np.array_equal(array, other.values[name]) for name, array in one.values.items())


def left(task: Task) -> int:
    return sum(int(mask.sum()) for mask in task.form.masks.values())


@pytest.mark.parametrize("taught", ["true", "false"])
@pytest.mark.parametrize(
    "text",
    [
        "prune:epochs=3",
        "prune:scope=units,sparsity=0.5,epochs=3",
        "quantize:epochs=3",
        "low_rank:keep=0.8,epochs=3",
        "share:epochs=3",
    ],
)
def test_the_teachers_soft_labels_are_part_of_it_where_that_was_asked(text, taught):
    (task,), _made = told(f"{text},taught={taught}", net(1))
    assert (task.epochs, task.taught, task.as_student) == (3, taught == "true", False)


def test_what_is_not_to_learn_on_asks_for_nothing():
    for text in ("prune:epochs=0", "quantize", "low_rank:keep=0.8,epochs=0", "share:epochs=0", "code", "deploy"):
        tasks, made = told(text, net(1))
        assert tasks == []
        assert same(made, net(1)) == (text in ("code", "deploy"))


def test_a_smaller_student_is_taught_as_on_distil():
    (task,), made = told("distil:epochs=4", net(1), fresh=net(3))
    assert same(task.net, net(3))
    assert (task.epochs, task.taught, task.as_student) == (4, True, True)
    assert task.form == Form()
    assert not same(made, net(3))


def test_each_round_takes_the_same_part_of_what_is_left_and_learns_on_in_its_masks():
    tasks, made = told("prune:sparsity=0.75,rounds=2,epochs=1", net(1))
    assert [left(task) for task in tasks] == [36, 18], "half of 72, then half of these"
    assert all((task.net.values[name][~mask] == 0).all() for task in tasks for name, mask in task.form.masks.items())
    first, second = (task.form.masks for task in tasks)
    assert all((first[name] | ~second[name]).all() for name in first), "what went stays away"
    assert [np.count_nonzero(made.values[name]) for name in made.names] == [mask.sum() for mask in second.values()]
    assert made.masks is second


def test_a_second_pruning_counts_from_the_whole():
    given = pruned()
    before = sum(int(mask.sum()) for mask in given.masks.values())
    tasks, _made = told("prune:sparsity=0.9,rounds=2,epochs=1", given)
    assert [left(task) for task in tasks] == [round(np.sqrt(before * 7.2)), 7]


def test_a_lottery_ticket_begins_again_at_the_start_in_every_round():
    tasks, _made = told("prune:sparsity=0.75,rounds=2,epochs=1,rewind=start", net(1))
    for task in tasks:
        assert same(task.net, Net(LAYERS, NETWORK, masked(net(2).values, task.form.masks)))


def test_fresh_weights_come_only_the_last_time_in_the_masks_of_the_ticket():
    tickets, _made = told("prune:sparsity=0.75,rounds=2,epochs=1,rewind=start", net(1))
    tasks, _made = told("prune:sparsity=0.75,rounds=2,epochs=1,rewind=fresh", net(1), fresh=net(3))
    for task, begun, ticket in zip(tasks, (net(2), net(3)), tickets, strict=True):
        assert same(task.net, Net(LAYERS, NETWORK, masked(begun.values, task.form.masks)))
        assert all((task.form.masks[name] == mask).all() for name, mask in ticket.form.masks.items())


def test_rounded_weights_learn_in_their_masks_and_are_rounded_at_the_end():
    given = pruned()
    (task,), made = told("quantize:bits=2,epochs=1", given)
    assert task.form.masks is given.masks
    (rounded,) = task.form.rounding(given.values["1.weight"][np.newaxis])
    assert all(len(np.unique(channel)) <= 3 for channel in rounded)
    for name in made.names:
        assert isinstance(made.weights[name], Coded)
        assert (made.values[name][~given.masks[name]] == 0).all()
    assert np.array_equal(made.weights["1.bias"], learned(task)["1.bias"]), "biases are as training left them"


def test_shared_weights_keep_their_codes_and_take_the_values_that_training_found():
    given = pruned()
    (task,), made = told("share:bits=2,epochs=1", given)
    assert task.form.masks is given.masks
    for name in made.names:
        before, after = task.form.shared[name], made.weights[name]
        assert np.array_equal(task.net.values[name], before.values)
        assert np.array_equal(after.codes, before.codes)
        assert np.array_equal(after.values, learned(task)[name]), "the new values, not those of k-means"


def test_a_thin_or_a_smaller_network_asks_to_learn_as_what_it_is():
    (thin,), made = told("low_rank:keep=0.8,epochs=1", net(1))
    assert len(thin.net.layers) == len(made.layers) == 3
    (cut,), made = told("prune:scope=units,sparsity=0.5,epochs=1", pruned())
    assert [layer.outputs for layer in cut.net.layers] == [layer.outputs for layer in made.layers] == [4, 3]
    assert all(np.array_equal(mask, cut.net.values[name] != 0) for name, mask in cut.form.masks.items())
