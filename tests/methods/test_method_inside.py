"""Methods that look at hidden layers: which, of what shapes, and what each of them does and does not mind."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from method_cases import CNN, MLP, NETS, batch, extras
from torch.nn import functional as F

from kdcore.methods import METHODS, Seen
from kdcore.methods.attention import attention
from kdcore.methods.layers import linear, maps, pairs
from kdcore.methods.relational import figure

seeds = st.integers(0, 10_000)
INSIDE = [method for method in METHODS.values() if "features" in method.needs]


def numbers(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def seen(student, teacher, labels=None) -> Seen:
    """One hidden layer each, and nothing else to look at."""
    size = len(student)
    labels = torch.arange(size) if labels is None else labels
    blank = torch.zeros(size, 4, dtype=torch.float64)
    return Seen(blank, blank, labels, torch.tensor(4.0), (student,), (teacher,))


def term(name: str, given: Seen, extra=None, **knobs) -> torch.Tensor:
    return METHODS[name].term(given, METHODS[name].Knobs(**knobs), extra or {})


@pytest.mark.parametrize(
    ("layers", "student", "teacher", "expected"),
    [
        ("first", "ab", "xyz", ["ax"]),
        ("middle", "ab", "xyz", ["ay"]),
        ("middle", "abcde", "wxyz", ["cx"]),
        ("last", "ab", "xyz", ["bz"]),
        ("all", "ab", "wxyz", ["ax", "bz"]),
        ("all", "ab", "xyz", ["ay", "bz"]),
        ("all", "abc", "xy", ["ax", "by", "cy"]),
        ("all", "a", "z", ["az"]),
    ],
)
def test_which_layers_are_compared(layers, student, teacher, expected):
    assert ["".join(pair) for pair in pairs(student, teacher, layers)] == expected


def test_the_larger_of_two_maps_is_averaged_down_and_units_are_a_map_of_one_place():
    large, small = numbers(0, 5, 3, 4, 4), numbers(1, 5, 2, 2, 2)
    ((student, teacher),) = maps(seen(large, small), "last")
    torch.testing.assert_close(student, F.avg_pool2d(large, 2))
    assert torch.equal(teacher, small)
    ((student, teacher),) = maps(seen(numbers(2, 5, 7), large), "last")
    assert student.shape == (5, 7, 1, 1)
    torch.testing.assert_close(teacher[..., 0, 0], large.mean((-1, -2)))


@pytest.mark.parametrize("method", INSIDE, ids=lambda method: method.name)
@pytest.mark.parametrize(("student", "teacher", "who"), [((), MLP[1], "the student"), (MLP[0], (), "the teacher")])
def test_a_network_without_hidden_layers_is_refused_in_a_sentence(method, student, teacher, who):
    said = method.problem(student, teacher, 10, 64, method.Knobs())
    assert said == f"{method.title} compares hidden layers, and {who} has none; give it one, such as 64"


@pytest.mark.parametrize("method", METHODS.values(), ids=lambda method: method.name)
def test_a_batch_too_small_to_compare_examples_is_refused(method):
    assert method.problem(*CNN, 10, method.least_batch, method.Knobs()) is None
    if method.least_batch > 1:
        said = method.problem(*CNN, 10, 1, method.Knobs())
        assert said.startswith(f"{method.title} compares the examples of a batch, and needs {method.least_batch}")


def test_attention_needs_more_than_one_place():
    method, knobs = METHODS["attention"], METHODS["attention"].Knobs()
    assert method.problem(*CNN, 10, 64, knobs) is None
    for name in ("mlp", "mlp of cnn", "cnn of mlp"):
        assert "choose two CNNs" in method.problem(*NETS[name], 10, 64, knobs)
    shrunk = ((3, 4, 4), (2, 1, 1)), ((3, 4, 4), (4, 1, 1))
    assert method.problem(*shrunk, 10, 64, knobs) is None
    assert "choose two CNNs" in method.problem(*shrunk, 10, 64, method.Knobs(layers="last"))
    of_units = batch(0, MLP)
    found = torch.autograd.grad(method.term(of_units, knobs, {}), of_units.features)
    assert not any(each.any() for each in found), "this is why: whatever is said, nothing is learned"


@given(seeds, st.floats(0.01, 100))
def test_an_attention_map_does_not_mind_a_positive_scale_of_each_example(seed, scale):
    layer, scales = numbers(seed, 4, 3, 2, 2), torch.tensor([1.0, scale, 2.0, 3.0]).double().view(4, 1, 1, 1)
    torch.testing.assert_close(attention(scales * layer), attention(layer))
    assert attention(layer).norm(dim=-1).sub(1).abs().max() < 1e-12


def test_the_two_forms_of_attention_transfer_are_a_square_apart():
    one = seen(numbers(0, 1, 3, 2, 2), numbers(1, 1, 5, 2, 2))  # a single example: the mean of norms is a norm
    paper, code = (term("attention", one, form=form, strength=1) for form in ("paper", "code"))
    assert paper.item() == pytest.approx((4 * code.item()) ** 0.5)


@given(seeds, st.floats(0.1, 10))
def test_distances_do_not_mind_the_scale_and_angles_neither_scale_nor_place(seed, scale):
    features = numbers(seed, 5, 3)
    moved = scale * features + numbers(seed + 1, 3)
    torch.testing.assert_close(figure(moved), figure(features))
    assert term("relational", seen(moved, features)) == pytest.approx(0, abs=1e-12)


@given(seeds)
def test_distances_and_angles_are_those_of_the_differences(seed):
    features = torch.cat([numbers(seed, 4, 3), numbers(seed, 4, 3)[:1]]) + 100  # the last is the first once more
    apart = features.unsqueeze(-2) - features.unsqueeze(-3)
    lengths = apart.norm(dim=-1)
    distance, angle = figure(features)
    torch.testing.assert_close(distance, lengths / lengths[lengths > 0].mean())
    direction = F.normalize(apart, dim=-1)
    torch.testing.assert_close(angle, direction @ direction.mT)


@pytest.mark.parametrize("seed", range(5))
def test_relations_hold_in_single_precision_where_examples_are_far_off_or_close_to_each_other(seed):
    near = numbers(seed, 4, 64)
    features = torch.cat([near, near[:1] + 1e-5 * numbers(seed + 10, 1, 64)]) + 300
    for single, double in zip(figure(features.float()), figure(features), strict=True):
        torch.testing.assert_close(single.double(), double, atol=1e-4, rtol=0)


def test_two_examples_always_lie_alike_to_each_other():
    two = seen(numbers(0, 2, 3), numbers(1, 2, 3))
    assert term("relational", two).item() == pytest.approx(0, abs=1e-12)


@given(seeds)
def test_similarity_does_not_mind_a_rotation_of_the_layer_nor_its_width(seed):
    features = numbers(seed, 5, 3)
    rotation, _r = torch.linalg.qr(numbers(seed + 1, 3, 3))
    wider = torch.cat([2 * features @ rotation, torch.zeros(5, 2, dtype=torch.float64)], -1)
    assert term("similarity", seen(wider, features)) == pytest.approx(0, abs=1e-12)
    assert term("similarity", seen(numbers(seed + 2, 5, 3), features)) > 1


@pytest.mark.parametrize("name", ["hints", "variational"])
def test_a_regressor_that_is_the_identity_makes_a_copy_the_best(name):
    layer = numbers(0, 6, 4)
    blank = {"weight0": torch.eye(4).double(), "bias0": torch.zeros(4).double(), "scale0": torch.zeros(4).double()}
    copy = term(name, seen(layer, layer), blank)
    for size in (1e-3, 0.1, 1.0):
        assert term(name, seen(layer + size * numbers(1, 6, 4), layer), blank) > copy


def test_hints_regress_each_place_alike():
    given = seen(numbers(0, 6, 3, 2, 2), numbers(1, 6, 5, 2, 2))
    extra = extras(METHODS["hints"], (((3, 2, 2),), ((5, 2, 2),)), METHODS["hints"].Knobs())
    predicted = F.conv2d(given.features[0], extra["weight0"][..., None, None], extra["bias0"])
    expected = F.mse_loss(predicted, given.teacher_features[0])
    torch.testing.assert_close(term("hints", given, extra, strength=1), expected)


def test_a_regressor_starts_as_a_linear_layer_of_torch_does():
    weight, bias = linear(400, 100, torch.Generator().manual_seed(0))
    assert weight.shape == (100, 400)
    assert bias.shape == (100,)
    assert weight.abs().max() == pytest.approx(1 / 20, rel=1e-3)
    assert weight.mean().abs() < 1e-3


def test_the_best_doubt_of_a_channel_is_its_mean_squared_error():
    given = seen(numbers(0, 50, 3), numbers(1, 50, 2))
    extra = extras(METHODS["variational"], (((3,),), ((2,),)), METHODS["variational"].Knobs())
    assert F.softplus(extra["scale0"]).tolist() == pytest.approx([5 - 1e-5] * 2)
    error = (F.linear(given.features[0], extra["weight0"], extra["bias0"]) - given.teacher_features[0]).square().mean(0)
    best = (error - 1e-5).expm1().log().detach().requires_grad_()
    loss = term("variational", given, extra | {"scale0": best})
    (gradient,) = torch.autograd.grad(loss, best)
    assert gradient.abs().max() < 1e-12
    assert loss < term("variational", given, extra)


def test_contrast_is_cross_entropy_over_the_batch_where_all_classes_differ():
    given = seen(numbers(0, 4, 3), numbers(1, 4, 5))
    method = METHODS["contrastive"]
    extra = extras(method, (((3,),), ((5,),)), method.Knobs())
    u, v = (
        F.normalize(F.linear(layer, extra[f"{who}_weight0"], extra[f"{who}_bias0"]), dim=-1)
        for who, layer in (("student", given.features[0]), ("teacher", given.teacher_features[0]))
    )
    right, scores = torch.arange(4), u @ v.T / 0.07
    expected = F.cross_entropy(scores, right) + F.cross_entropy(scores.T, right)
    torch.testing.assert_close(term("contrastive", given, extra, strength=1), expected)


def test_examples_of_one_class_are_not_told_apart():
    method = METHODS["contrastive"]
    extra = extras(method, (((3,),), ((5,),)), method.Knobs())
    alike = seen(numbers(0, 4, 3), numbers(1, 4, 5), labels=torch.zeros(4, dtype=torch.long))
    assert term("contrastive", alike, extra).item() == 0
