"""Who learns what: wrong labels, examples without one, and an assistant between teacher and student."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kdcore import train
from kdcore.cohort import labelled
from kdcore.data.load import load
from kdcore.events import CONTROLS, first
from kdcore.experiment import Experiment, unflatten
from kdcore.export import read_safetensors
from kdcore.lesson import mistaken, shown, student, students
from kdcore.losses import distillation_loss
from kdcore.nets import build

SMALL = {
    "teacher.widths": "32",
    "student.widths": "8",
    "teacher_training.epochs": 3,
    "training.epochs": 4,
    "data.labels": 50,
    "seeds": 1,
}


def experiment(**settings) -> Experiment:
    return unflatten(SMALL | {name.replace("__", "."): value for name, value in settings.items()})


def weights(rows: list, lane: str) -> dict[str, Tensor]:
    """A lane's weights as the run kept them."""
    arrays, _about = read_safetensors(first(rows, "snapshot", name=f"{lane}.safetensors")["payload"])
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


def kept(rows: list, asked: Experiment, who: str) -> nn.Module:
    """The teacher or the assistant as the run kept it."""
    net = build(asked.layers(who), asked.network(who), 0).double()
    net.load_state_dict(weights(rows, who))
    return net


def seen_by_hand(asked: Experiment, y: Tensor, order: torch.Generator) -> tuple[list[int], list[int]]:
    """The examples with a label, the first of each class, the second, and so on; and others, as they come."""
    shuffled, ranked, count = torch.randperm(len(y), generator=order).tolist(), [], [0] * 10
    for place, i in enumerate(shuffled):
        ranked.append((count[int(y[i])], place))
        count[int(y[i])] += 1
    own = [shuffled[place] for _rank, place in sorted(ranked)][: asked.labels]
    return own, [i for i in shuffled if i not in set(own)][: asked.unlabelled]


def learned(asked: Experiment, teacher: nn.Module, weight: float) -> nn.Module:
    """A student by the loop that everybody writes, in float64: seed 0, one batch after the other. With weight 0 it sees
    its labelled examples over and over in the place of the others."""
    data = load(asked.data)
    x, y = torch.from_numpy(data.train_x).double(), torch.from_numpy(data.train_y)
    order = torch.Generator().manual_seed(0)
    own, others = seen_by_hand(asked, y, order)
    if not weight:
        others = [own[k % len(own)] for k in range(len(others))]
    seen, has_label = torch.tensor(own + others), torch.tensor([True] * len(own) + [not weight] * len(others))
    student = build(asked.layers("student"), asked.student, 0).double()
    optimizer = torch.optim.Adam(student.parameters(), lr=asked.training.learning_rate)
    with torch.no_grad():
        said = teacher(x)
    for _epoch in range(asked.training.epochs):
        for batch in torch.randperm(len(seen), generator=order).split(asked.training.batch_size):
            rows, known = seen[batch], has_label[batch]
            z, share = student(x[rows]), has_label.double().mean()
            hard = F.cross_entropy(z[known], y[rows][known], reduction="sum") / (len(batch) * share)
            soft = distillation_loss(z, said[rows], y[rows], asked.temperature, 1.0)
            optimizer.zero_grad()
            ((1 - weight) * hard + weight * soft).backward()
            optimizer.step()
    return student


def assert_same(found: dict[str, Tensor], net: nn.Module) -> None:
    for name, weight in net.state_dict().items():
        torch.testing.assert_close(found[name].double(), weight, atol=1e-6, rtol=0, msg=name)


# Wrong labels


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_the_stated_share_of_labels_names_another_class(share):
    y = torch.arange(1000) % 4
    told = mistaken(y, share, 4, seed=3)
    wrong = told != y
    assert wrong.sum() == round(1000 * share)
    assert set(told.tolist()) == {0, 1, 2, 3}
    shift = ((told - y)[wrong] % 4).bincount(minlength=4).double()
    assert shift[0] == 0
    assert (shift[1:] / wrong.sum()).min() > 0.22  # each other class alike, a third
    assert torch.equal(told, mistaken(y, share, 4, seed=3))
    assert not torch.equal(told, mistaken(y, share, 4, seed=4))


def test_more_mistakes_hold_the_fewer():
    y = torch.arange(1000) % 4
    few, many = mistaken(y, 0.2, 4, seed=0), mistaken(y, 0.4, 4, seed=0)
    assert torch.equal(many[few != y], few[few != y])


def test_teacher_and_students_are_told_the_same_wrong_labels_and_are_measured_by_right_ones(monkeypatch):
    """Test accuracy is counted from the confusion of the run, validation accuracy from the networks it kept."""
    lessons = []
    learn = train.train
    monkeypatch.setattr(train, "train", lambda *given: lessons.append(given[3]) or learn(*given))
    asked = experiment(label_noise=0.4)
    rows, data = list(train.fit(asked)), load(asked.data)
    for lesson in lessons:
        assert np.mean(lesson.y.numpy() != data.train_y) == pytest.approx(0.4, abs=1e-3)
        assert torch.equal(lesson.y, lessons[0].y)
    counts = np.array(first(rows, "snapshot", name="confusion")["data"]["teacher"])
    assert counts.sum(1).tolist() == np.bincount(data.test_y).tolist()
    answers = kept(rows, asked, "teacher")(torch.from_numpy(data.validation_x).double())
    right = (answers.argmax(-1).numpy() == data.validation_y).mean()
    last = [row for row in rows if row.get("lane") == "teacher" and row["event"] == "epoch"][-1]
    assert last["val_accuracy"] == [pytest.approx(right)]


# Examples without a label


@pytest.mark.parametrize("weight", [0.0, 0.6, 1.0])
def test_unlabelled_examples_are_told_of_by_the_teacher_alone_as_in_a_plain_loop(weight):
    asked = experiment(unlabelled=90, soft_weight=weight)
    rows = list(train.fit(asked, torch.float64))
    teacher = kept(rows, asked, "teacher")
    assert_same(weights(rows, "distilled"), learned(asked, teacher, weight))
    assert_same(weights(rows, "scratch"), learned(asked, teacher, 0.0))


def test_both_students_take_as_many_steps_and_no_more_examples_are_seen_than_there_are():
    asked = experiment(unlabelled=5000, data__labels=1000)
    scratch, distilled = students(asked, len(shown(asked, load(asked.data)).y))
    assert (scratch.labels, scratch.unlabelled, scratch.repeats) == (1000, 0, 77)
    assert (distilled.labels, distilled.unlabelled, distilled.repeats) == (1000, 77, 0)
    assert scratch.examples == distilled.examples == 1077 == asked.labels + asked.pool


def test_with_a_pool_the_terms_of_the_loss_are_means_over_labelled_ones_and_over_all(monkeypatch):
    """Of a network that hardly moves: its terms are those of the whole epoch."""
    still = {"training__optimizer": "sgd", "training__learning_rate": 1e-5}
    asked, terms = experiment(unlabelled=90, teacher_training__epochs=1, **still), []
    learn = train.train
    monkeypatch.setattr(train, "train", lambda *given: terms.append(given) or learn(*given))
    rows = list(train.fit(asked, torch.float64))
    _cohort, (_scratch, member), _training, lesson = terms[-1]
    seen = labelled(lesson.y, member.labels, torch.Generator().manual_seed(0), member.unlabelled)
    with torch.no_grad():
        z = build(asked.layers("student"), asked.student, 0).double()(lesson.x[seen])
    hard = F.cross_entropy(z[: asked.labels], lesson.y[seen[: asked.labels]])
    said = lesson.teacher_logits[0][seen]
    soft = distillation_loss(z, said, lesson.y[seen], asked.temperature, 1.0)
    row = next(row for row in rows if row.get("lane") == "distilled" and row.get("epoch") == 1)
    assert row["hard"] == [pytest.approx(hard.item(), rel=2e-3)]
    assert row["soft"] == [pytest.approx(soft.item(), rel=2e-3)]
    assert row["train_loss"] == [pytest.approx(0.1 * hard.item() + 0.9 * soft.item(), rel=2e-3)]


# The assistant


def test_an_assistant_is_a_distilled_student_of_its_size_and_teaches_the_assisted_one():
    """By hand: a run whose student has the assistant's size, and a student told what that one says."""
    asked = experiment(assistant=True, unlabelled=30)
    rows = list(train.fit(asked, torch.float64))
    assert asked.network("assistant").widths == (16,)
    own = list(train.fit(experiment(student__widths="16", unlabelled=30), torch.float64))
    for name, weight in weights(own, "distilled").items():
        torch.testing.assert_close(weights(rows, "assistant")[name], weight, atol=1e-9, rtol=0)
    assert_same(weights(rows, "assisted"), learned(asked, kept(rows, asked, "assistant"), asked.soft_weight))


@pytest.mark.parametrize("method", ["dkd", "structure:then=labels"])
def test_controls_are_told_soft_targets_in_disguise_whatever_the_method(method):
    asked = experiment(controls=True, method=method)
    for lane in CONTROLS:
        own = student(asked, lane, 0, 1077)
        assert (own.method, own.control, own.soft_weight) == ("soft_targets", lane, 0.9)


def test_each_student_hears_the_teacher_or_the_assistant_of_its_own_seed(monkeypatch):
    calls = []
    learn = train.train
    monkeypatch.setattr(train, "train", lambda *given: calls.append(given) or learn(*given))
    list(train.fit(experiment(assistant=True, seeds=2)))
    members = calls[-1][1]  # lanes: scratch, distilled, assisted
    assert [member.teacher for member in members] == [0, 1, 0, 1, 2, 3]
    assert [member.seed for member in members] == [0, 1, 0, 1, 0, 1]


def test_a_run_with_an_assistant_tells_of_it_and_of_its_student():
    rows = list(train.fit(experiment(assistant=True, seeds=2)))
    assert [row["progress"] for row in rows if row["event"] == "batch"][-1] == pytest.approx(1)
    lanes = ["teacher", "assistant", "scratch", "distilled", "assisted"]
    assert list(rows[0]["epochs"]) == [line["lane"] for line in rows[-1]["table"]] == lanes
    assert {row["lane"] for row in rows if row["event"] == "epoch"} == set(lanes)
    sizes = {line["lane"]: line["parameters"] for line in rows[-1]["table"]}
    assert sizes["teacher"] > sizes["assistant"] > sizes["assisted"] == sizes["distilled"]
