"""Where the lessons come from: a teacher of other data, a special student, and inputs without labels."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch import Tensor, nn

from kdcore import lesson, sweep, train
from kdcore.data import altered
from kdcore.data.catalogue import CATALOGUE
from kdcore.data.load import Split, load
from kdcore.events import LANES, first
from kdcore.experiment import Data, Experiment, problems, unflatten
from kdcore.export import read_safetensors
from kdcore.figures.cell import examples
from kdcore.grid import Sweep
from kdcore.losses import distillation_loss
from kdcore.nets import build
from kdcore.plan import course, plan
from kdcore.predict import networks
from kdcore.search import Search
from kdcore.searching import search

SMALL = {
    "teacher.widths": "16",
    "student.widths": "8",
    "teacher_training.epochs": 2,
    "training.epochs": 3,
    "data.labels": 40,
    "seeds": 2,
}


def experiment(**settings) -> Experiment:
    return unflatten(SMALL | {name.replace("__", "."): value for name, value in settings.items()})


def random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def learning(monkeypatch) -> list[tuple]:
    """What every training of a run is given, in a list that fills as it goes: cohort, members, training, lesson."""
    calls, learn = [], train.train
    monkeypatch.setattr(train, "train", lambda *given: calls.append(given) or learn(*given))
    return calls


def kept(rows: list, asked: Experiment, lane: str) -> nn.Module:
    """A lane's network, of a run of one seed, in float64."""
    who = "teacher" if lane == "teacher" else "student"
    arrays, _about = read_safetensors(first(rows, "snapshot", name=f"{lane}.safetensors")["payload"])
    net = build(asked.layers(who), asked.network(who), 0)
    net.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
    return net.double().eval()


# Pictures that are altered


def test_each_pixel_of_a_shrunk_picture_is_the_mean_of_the_area_that_it_covers():
    picture = np.zeros((1, 1, 28, 28), np.float32)
    picture[0, 0, 4:24, 4:24] = np.arange(20)  # columns 0, 1, 2, ... inside the margin
    picture[0, 0, :4] = 99  # the margin does not count
    found = altered.shrunk(picture, 8)
    assert found.shape == (1, 1, 8, 8)
    assert found[0, 0, 3].tolist() == pytest.approx(
        [(2.5 * 0.0 + 0 + 1 + 0.5 * 2) / 2.5, 3.2, 5.8, 8.2, 10.8, 13.2, 15.8, 18.2]
    )
    assert altered.shrunk(picture.swapaxes(2, 3), 8)[0, 0, 2:, 3].tolist() == found[0, 0, 3, 2:].tolist()


def test_pictures_are_turned_by_angles_of_their_own_up_to_45_degrees_about_the_middle():
    x = torch.zeros(400, 1, 29, 29)
    x[:, 0, 14, 22:25] = 1  # right of the middle, by 9 pixels
    found = altered.rotated(x, random())[:, 0]
    down, right = (((torch.arange(29) - 14) * found.sum(axis)).sum(1) / found.sum((1, 2)) for axis in (2, 1))
    angles = torch.rad2deg(torch.atan2(down, right))
    assert torch.hypot(down, right).sub(9).abs().max() < 0.2
    assert (angles.min(), angles.max()) == (pytest.approx(-45, abs=2), pytest.approx(45, abs=2))
    assert angles.abs().mean() == pytest.approx(22.5, abs=2)
    assert torch.equal(altered.rotated(x, random())[:, 0], found)


def test_noise_strays_by_what_is_told_and_stays_a_picture():
    found = altered.noisy(torch.full((500, 1, 8, 8), 0.5), random())
    assert (found.min(), found.max()) == (0, 1)
    inside = (found > 0) & (found < 1)
    assert inside.double().mean() == pytest.approx(0.904, abs=0.005)  # within 0.5 / 0.3 standard deviations
    assert found.mean() == pytest.approx(0.5, abs=0.01)


def test_inverted_is_white_for_black():
    assert altered.inverted(torch.tensor([0.0, 0.25, 1.0]), random()).tolist() == [1, 0.75, 0]


@pytest.mark.parametrize("name", ["rotated", "noisy", "inverted"])
def test_the_teacher_learns_from_altered_pictures_and_explains_and_is_measured_on_those_of_the_student(
    name, monkeypatch
):
    calls, asked = learning(monkeypatch), experiment(teacher_data=name, seeds=1)
    rows, data = list(train.fit(asked)), load(asked.data)
    (teacher, _members, _training, taught), (_student, _students, _more, seen) = calls
    own = torch.from_numpy(data.train_x)
    assert torch.equal(taught.x, altered.CHANGES[name](own, random(asked.data.seed)))
    assert torch.equal(seen.x, own)
    assert torch.equal(taught.y, seen.y)
    torch.testing.assert_close(seen.teacher_logits, teacher.evaluate(own))
    counts = np.array(first(rows, "snapshot", name="confusion")["data"]["teacher"])
    right = teacher.evaluate(torch.from_numpy(data.test_x))[0].argmax(-1).numpy() == data.test_y
    assert counts.trace() == right.sum()


def test_a_teacher_of_small_mnist_learns_from_all_of_it_and_it_is_fetched(monkeypatch):
    rows = np.random.default_rng(0).random((70, 1, 28, 28), np.float32)
    mnist = Split(*3 * (rows, np.arange(70) % 10))
    own, asked_for = load(Data()), []
    monkeypatch.setitem(CATALOGUE, "mnist", replace(CATALOGUE["mnist"], train=70))
    monkeypatch.setattr(altered, "load", lambda data: mnist if data.name == "mnist" else own)
    monkeypatch.setattr(altered, "fetch", lambda name: asked_for.append(name) or iter(()))
    calls, asked = learning(monkeypatch), experiment(teacher_data="mnist_small", seeds=1)
    progress = [row["progress"] for row in train.fit(asked) if row["event"] == "batch"]
    (_teacher, (member,), _training, taught), (_student, _students, _more, seen) = calls
    assert asked_for == ["digits", "mnist"]
    assert member.labels == len(taught.x) == 70
    np.testing.assert_array_equal(taught.x.numpy(), altered.shrunk(rows, 8))
    assert torch.equal(seen.x, torch.from_numpy(own.train_x))
    assert progress[-1] == pytest.approx(1)


# A special student of a general teacher


def test_only_the_chosen_classes_are_kept_and_numbered_anew():
    x, y = np.arange(12, dtype=np.float32)[:, None], np.array([0, 1, 2, 3] * 3)
    found = altered.of_classes(Split(x, y, x[:4], y[:4], x[4:7], y[4:7]), (1, 3))
    assert (found.train_x[:, 0].tolist(), found.train_y.tolist()) == ([1, 3, 5, 7, 9, 11], [0, 1] * 3)
    assert (found.validation_y.tolist(), found.test_x[:, 0].tolist(), found.test_y.tolist()) == ([0, 1], [5], [0])


def test_a_special_student_hears_its_classes_of_a_teacher_who_learned_all(monkeypatch):
    calls, asked = learning(monkeypatch), experiment(classes="3-5-8", seeds=1)
    rows, data = list(train.fit(asked)), load(asked.data)
    (_teacher, (member,), _training, taught), (student, _students, _more, seen) = calls
    assert (taught.classes, member.labels) == (10, len(taught.y)) == (10, asked.facts.train)
    assert (seen.classes, seen.y.unique().tolist()) == (3, [0, 1, 2])
    own = data.train_x[np.isin(data.train_y, (3, 5, 8))]
    said = kept(rows, asked, "teacher")(torch.from_numpy(own).double())
    assert said.shape == (len(own), 10)
    torch.testing.assert_close(seen.teacher_logits[0].double(), said[:, [3, 5, 8]], atol=1e-4, rtol=0)
    assert student.evaluate(seen.x).shape[-1] == 3


def test_all_that_is_kept_of_a_special_run_speaks_of_its_classes_only():
    asked = experiment(classes="3-5-8", assistant=True, student__widths="linear", teacher__kind="mlp")
    rows, data = list(train.fit(asked)), load(asked.data)
    tested = np.isin(data.test_y, (3, 5, 8))
    assert asked.network("assistant").widths == (7,)  # the square root of 16 units times 3 classes
    for lane, names in (("teacher", "0123456789"), ("distilled", "358")):
        _weights, about = read_safetensors(first(rows, "snapshot", name=f"{lane}.safetensors")["payload"])
        assert json.loads(about["classes"]) == list(names)
    for name in ("confusion", "examples"):
        assert first(rows, "snapshot", name=name)["data"]["classes"] == ["3", "5", "8"]
    counts = {lane: np.array(first(rows, "snapshot", name="confusion")["data"][lane]) for lane in LANES}
    assert all(count.shape == (3, 3) and count.sum() == 2 * tested.sum() for count in counts.values())
    for line in rows[-1]["table"]:
        if line["lane"] in LANES:
            right = np.trace(counts[line["lane"]]) / counts[line["lane"]].sum()
            assert np.mean(line["test_accuracy"]) == pytest.approx(right)
    ready = networks(asked, lambda name: first(rows, "snapshot", name=name)["payload"])
    assert {lane: net(data.test_x[:2]).shape for lane, net in ready.items()} == dict.fromkeys(LANES, (2, 3))


# Inputs without labels


def test_a_blend_lies_between_two_examples_and_any_share_is_as_likely():
    found = altered.blends(torch.eye(300), random())
    assert found.sum(1).sub(1).abs().max() < 1e-5
    assert (found > 0).sum(1).max() == 2, "more than two examples"
    shares = found.max(1).values[(found > 0).sum(1) == 2]
    assert shares.mean() == pytest.approx(0.75, abs=0.02)  # the larger share of two is even between a half and 1
    assert len((found > 0).nonzero()[:, 1].unique()) > 200, "all examples take part"


def test_noise_has_mean_and_spread_of_each_pixel_and_knows_of_no_other():
    x = torch.tensor([[0.0, 1.0, 5.0], [4.0, 1.0, 5.5]]).repeat(2000, 1)  # first and last pixel go together
    found = altered.noise(x, random())
    torch.testing.assert_close(found.mean(0), x.mean(0), atol=0.1, rtol=0)
    torch.testing.assert_close(found.std(0), x.std(0), atol=0.05, rtol=0)
    assert abs(torch.corrcoef(found[:, [0, 2]].T)[0, 1]) < 0.1


def by_hand(asked: Experiment, teacher: nn.Module) -> dict[str, Tensor]:
    """The student without labels by the loop that everybody writes, in float64: seed 0, its inputs drawn as told."""
    x = torch.from_numpy(load(asked.data).train_x)
    if asked.inputs in altered.MADE:
        x = altered.MADE[asked.inputs](x, random(asked.data.seed))
    order = random(0)
    seen = x[torch.randperm(len(x), generator=order)[: asked.labels + asked.pool]].double()
    student = build(asked.layers("student"), asked.student, 0).double()
    optimizer = torch.optim.Adam(student.parameters(), lr=asked.training.learning_rate)
    with torch.no_grad():
        said = teacher(seen)
    for _epoch in range(asked.training.epochs):
        for batch in torch.randperm(len(seen), generator=order).split(asked.training.batch_size):
            nobody = torch.zeros(len(batch), dtype=torch.int64)
            optimizer.zero_grad()
            distillation_loss(student(seen[batch]), said[batch], nobody, asked.temperature, 1.0).backward()
            optimizer.step()
    return student.state_dict()


@pytest.mark.parametrize("inputs", ["unlabelled", "blends", "noise"])
def test_without_labels_the_student_hears_the_teacher_alone_as_in_a_plain_loop(inputs):
    asked = experiment(inputs=inputs, unlabelled=20, seeds=1)
    rows = list(train.fit(asked, torch.float64))
    for name, weight in by_hand(asked, kept(rows, asked, "teacher")).items():
        torch.testing.assert_close(kept(rows, asked, "distilled").state_dict()[name], weight, atol=1e-6, rtol=0)
    usual = list(train.fit(experiment(unlabelled=20, seeds=1), torch.float64))
    for name, weight in kept(usual, asked, "scratch").state_dict().items():
        assert torch.equal(kept(rows, asked, "scratch").state_dict()[name], weight), "the reference stays as it was"
    told = [row for row in rows if row["event"] == "epoch" and row["lane"] == "distilled"]
    assert [row["hard"] for row in told] == [None, [None], [None], [None]], "nothing is told of labels"
    assert all(row["soft"][0] > 0 and row["train_loss"] == row["soft"] for row in told[1:])


def test_a_labelled_student_sees_no_made_up_example_and_the_other_one_no_other():
    asked = experiment(inputs="noise", data__labels=None)
    seen = lesson.shown(asked, load(asked.data))
    assert (len(seen.x), seen.own, seen.made) == (2 * 1077, 1077, 1077)
    scratch, distilled = lesson.student(asked, "scratch", 0, seen.own), lesson.student(asked, "distilled", 0, seen.own)
    assert (scratch.labels, scratch.examples, seen.places(scratch.labels)) == (1077, 1077, slice(0, 1077))
    assert (distilled.labels, distilled.examples, seen.places(distilled.labels)) == (0, 1077, slice(1077, 2154))
    assert distilled.soft_weight == 1


def test_the_soft_label_share_does_not_matter_where_there_is_nothing_else():
    one, other = experiment(inputs="noise", soft_weight=0.5), experiment(inputs="noise", soft_weight=0)
    assert one.key == other.key != experiment(soft_weight=0.5, inputs="blends").key
    assert course(one, "distilled").experiment == course(other, "distilled").experiment
    assert experiment(soft_weight=0.5).key != experiment(soft_weight=0).key


# Maps and searches

MAPS = {
    "teachers' data": {"x": ("teacher_data", ("same", "noisy", "inverted"))},
    "inputs": {"x": ("inputs", ("own", "unlabelled", "noise")), "y": ("temperature", (1, 4)), "unlabelled": 30},
    "a special student": {"x": ("inputs", ("own", "blends")), "classes": "1-4-9-0", "assistant": True},
    "few of many": {"x": ("temperature", (1, 4)), "classes": "2-3", "data.labels": None},
}


def a_map(name: str) -> Sweep:
    told = dict(MAPS[name])
    axes = {axis: told.pop(axis) for axis in ("x", "y") if axis in told}
    axes = {axis: {"setting": setting, "values": values} for axis, (setting, values) in axes.items()}
    return Sweep(experiment=unflatten(SMALL | told), **axes)


@pytest.mark.parametrize("name", MAPS)
def test_a_cell_equals_the_run_of_its_experiment(name):
    order = a_map(name)
    rows = list(sweep.sweep(order, torch.float64))
    done = {(row["x"], row["y"]): row for row in rows if row.get("done")}
    assert len(done) == len(order.cells())
    for x, y, _panel, cell in order.cells()[1::2]:
        single, ours = list(train.fit(cell, torch.float64)), done[x, y]
        table = {line["lane"]: line for line in first(single, "finished")["table"]}
        for lane in cell.students:
            for measure in ("test_accuracy", "agreement", "kl", "ece"):
                assert ours[measure][lane] == pytest.approx(table[lane][measure], abs=1e-9)
        assert ours["parameters"] == table["distilled"]["parameters"]
        (shown,) = examples(rows, (x, y, None))
        assert tuple(shown["data"]["classes"]) == cell.class_names
        taught = first(rows, "teacher", group=ours["group"])
        assert taught["test_accuracy"] == pytest.approx(table["teacher"]["test_accuracy"], abs=1e-9)
    progress = [row["progress"] for row in rows if row["event"] == "batch"]
    assert progress == sorted(progress)
    assert progress[-1] == pytest.approx(1)


def test_students_of_other_inputs_share_their_teachers_and_those_of_other_teachers_do_not():
    (group,) = plan([experiment(inputs=inputs) for inputs in ("own", "blends", "noise")])
    assert sorted(part.places for part in group.parts) == [(0,), (1,), (2,)]
    for name, values in (("teacher_data", ("same", "noisy")), ("classes", ("3-5", "3-8"))):
        assert len(plan([experiment(**{name: value}) for value in values])) == 2


def test_a_search_tries_where_lessons_come_from():
    settings = "inputs=unlabelled,noise; teacher_data=same,inverted"
    rows = list(search(Search(experiment=experiment(seeds=1), settings=settings, trials=3)))
    tried = [row["values"] for row in rows if row["event"] == "trial"]
    assert len(tried) == 3
    assert all(row["val_accuracy"] for row in rows if row["event"] == "trial")
    assert {value["inputs"] for value in tried} <= {"unlabelled", "noise"}
    assert rows[-1]["test_accuracy"]


# What does not go together


def sentence(**settings) -> str:
    with pytest.raises(ValidationError) as caught:
        experiment(**settings)
    (problem,) = problems(caught.value)
    return str(problem)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"teacher_data": "mnist_small", "data__name": "moons"}, "MNIST is shrunk to the pictures of digits, and"),
        ({"teacher_data": "mnist_small", "data__name": "mnist"}, "the data are mnist; choose digits, or same"),
        ({"teacher_data": "noisy", "data__name": "moons"}, "only pictures can be altered so, and moons has none"),
        (
            {"teacher_data": "rotate"},
            "choose one of same, mnist_small, rotated, noisy, inverted; did you mean rotated?",
        ),
        ({"classes": "3"}, "classes is 3: a student of one class has nothing to tell apart; choose two"),
        ({"classes": "3-10"}, "classes is 3-10: the classes of digits are numbered from 0 to 9"),
        ({"classes": "three"}, "numbers of classes were expected, such as 3 or 0-1, or 'none'"),
        ({"classes": "3-5", "left_out": "3"}, "classes is 3-5: the student knows the classes that were chosen"),
        (
            {"classes": "3-5", "label_noise": 0.1},
            "nobody knows which examples are of a class; choose 0, or all classes",
        ),
        ({"classes": "3-5", "controls": True}, "controls is true: with two classes only one is wrong"),
        ({"classes": "3-5", "method": "dkd"}, "has nothing to compare with 2 classes"),
        ({"inputs": "noise", "controls": True}, "inputs is noise: controls need the right label of every example"),
        ({"inputs": "noise", "method": "dkd"}, "inputs is noise: dkd asks for the label of every example; choose own"),
        ({"inputs": "noise", "method": "hints"}, "hints compares hidden layers, and without labels nobody would tell"),
        ({"inputs": "none"}, "choose one of own, unlabelled, blends, noise"),
    ],
)
def test_what_does_not_go_together_is_told_in_a_sentence(settings, expected):
    assert expected in sentence(**settings)


def test_all_classes_are_none_in_particular():
    assert experiment(classes="0-1-2-3-4-5-6-7-8-9").key == experiment(classes="none").key == experiment().key
    assert experiment(classes="8-3-5-3").to_query()["classes"] == "3-5-8"
