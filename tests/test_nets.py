"""Networks count what the literature counts, and a stacked one answers as each of its members."""

import pytest
import torch
from torch.nn.utils import parameters_to_vector
from torch.utils.flop_counter import FlopCounterMode

from kdcore import shapes
from kdcore.experiment import Network
from kdcore.nets import Cohort, build
from kdcore.shapes import Layer

NETWORKS = [
    Network(widths=()),
    Network(widths=(9,), activation="sigmoid"),
    Network(widths=(9, 5), activation="gelu", dropout=0.5),
    Network(kind="cnn", widths=(4,), activation="tanh"),
    Network(kind="cnn", widths=(4, 6), dropout=0.5),
]


def nets(network, count=3):
    stack = shapes.layers(network, (1, 8, 8), 10)
    return stack, [build(stack, network, seed).eval() for seed in range(count)]


def test_lenet_300_100_counts_what_han_counted():
    stack = shapes.layers(Network(widths=(300, 100)), (1, 28, 28), 10)
    assert shapes.parameters(stack) == 266_610
    assert shapes.flops(stack) == 532_400


def test_lenet_5_counts_what_han_counted():
    """5x5 filters without a border: 24x24 and 8x8 places, each halved by pooling; 500 units before the classes."""
    filters = [Layer("conv", 1, 20, positions=24 * 24, kernel=5), Layer("conv", 20, 50, positions=8 * 8, kernel=5)]
    stack = [*filters, Layer("linear", 50 * 4 * 4, 500), Layer("linear", 500, 10, hidden=False)]
    assert shapes.parameters(stack) == 431_080
    assert shapes.flops(stack) == 4_586_000


def test_a_cohort_with_thin_convolutions_answers_and_learns_as_each_member():
    """3x3 filters to few channels, then 1x1 to many: what a low-rank convolution is."""
    thin = [
        Layer("conv", 1, 2, 64, hidden=False),
        Layer("conv", 2, 4, 64, kernel=1),
        Layer("linear", 64, 10, hidden=False),
    ]
    members = [build(thin, Network(kind="cnn", widths=(4,)), seed) for seed in range(2)]
    cohort, x = Cohort(members), torch.rand(2, 5, 1, 8, 8)
    cohort.backward((cohort.logits(x) ** 2).sum())
    for m, net in enumerate(members):
        answer = net(x[m])
        (answer**2).sum().backward()
        torch.testing.assert_close(cohort.logits(x)[m], answer)
        torch.testing.assert_close(cohort.gradients[m], parameters_to_vector(w.grad for w in net.parameters()))


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_counts_are_those_of_the_network_that_is_built(network):
    stack, (net, *_) = nets(network)
    with FlopCounterMode(display=False) as counter:
        net(torch.zeros(1, 1, 8, 8))
    assert shapes.flops(stack) == counter.get_total_flops()
    assert shapes.parameters(stack) == sum(parameter.numel() for parameter in net.parameters())


@pytest.mark.parametrize("room", [None, 3, 9])  # examples at once: all, of one member, of some members
@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_a_cohort_answers_as_each_member(network, room, monkeypatch):
    _stack, members = nets(network)
    monkeypatch.setattr(Cohort, "room", lambda cohort, shape, usual=Cohort.room: room or usual(cohort, shape))
    monkeypatch.setattr("kdcore.nets.ROW", 4)
    cohort = Cohort(members)
    own, shared = torch.rand(3, 6, 1, 8, 8), torch.rand(7, 1, 8, 8)
    for m, net in enumerate(members):
        torch.testing.assert_close(cohort.logits(own)[m], net(own[m]), atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(cohort.evaluate(shared)[m], net(shared), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_gradients_are_those_of_each_member(network):
    _stack, members = nets(network)
    cohort, x = Cohort(members, dtype=torch.float64), torch.rand(3, 6, 1, 8, 8, dtype=torch.float64)
    cohort.backward((cohort.logits(x) ** 2).sum())
    for m, net in enumerate(members):
        (net.double()(x[m]) ** 2).sum().backward()
        expected = parameters_to_vector(parameter.grad for parameter in net.parameters())
        torch.testing.assert_close(cohort.gradients[m], expected, atol=1e-9, rtol=1e-9)


def test_a_slice_of_a_cohort_has_its_weights_and_gradients_and_needs_no_more_room():
    _stack, members = nets(NETWORKS[0])
    cohort = Cohort(members)
    part = cohort.part(slice(1, 3))
    for own, whole in ((part.tables, cohort.tables), (part.gradient_tables, cohort.gradient_tables)):
        assert own[0].data_ptr() == whole[0][1].data_ptr()
    part.backward((part.logits(torch.rand(2, 6, 1, 8, 8)) ** 2).sum())
    assert part.gradients.any()
    assert torch.equal(cohort.gradients[1:], part.gradients)
    assert not cohort.gradients[0].any()


def test_odd_and_coloured_pictures_go_forward_and_back_as_in_torch():
    stack = shapes.layers(Network(kind="cnn", widths=(4, 5), activation="tanh"), (3, 7, 6), 10)
    members = [build(stack, Network(kind="cnn", widths=(4, 5), activation="tanh"), seed) for seed in range(2)]
    cohort, x = Cohort(members), torch.rand(2, 6, 3, 7, 6)
    cohort.backward((cohort.logits(x) ** 2).sum())
    for m, net in enumerate(members):
        (net(x[m]) ** 2).sum().backward()
        expected = parameters_to_vector(parameter.grad for parameter in net.parameters())
        torch.testing.assert_close(cohort.gradients[m], expected, atol=1e-5, rtol=1e-4)


def test_a_member_taken_out_is_a_copy():
    _stack, members = nets(NETWORKS[1])
    cohort = Cohort(members)
    before = cohort.matrix.clone()
    out = cohort.member(1)
    for name, weight in out.state_dict().items():
        assert torch.equal(weight, members[1].state_dict()[name])
    torch.nn.init.zeros_(out[1].weight)
    assert torch.equal(cohort.matrix, before)


def test_the_first_weights_are_torchs_own_after_its_seed():
    torch.manual_seed(4)
    plain = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 9), torch.nn.Sigmoid(), torch.nn.Linear(9, 10))
    stack = shapes.layers(NETWORKS[1], (1, 8, 8), 10)
    torch.manual_seed(99)
    ours, following = build(stack, NETWORKS[1], seed=4), torch.rand(1)
    assert all(torch.equal(a, b) for a, b in zip(ours.parameters(), plain.parameters(), strict=True))
    torch.manual_seed(99)
    assert torch.equal(following, torch.rand(1)), "building a network must leave the chance of others alone"
