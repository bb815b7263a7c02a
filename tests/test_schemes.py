"""Schemes: who is trained before the student, what that one hears of them, and what it costs. Heirs: `test_heirs`."""

import pickle

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor, nn

from kdcore import cohort, cost, guides, many, shapes, train
from kdcore.cohort import Lesson, labelled
from kdcore.events import first
from kdcore.experiment import Experiment, problems, unflatten
from kdcore.grid import Sweep
from kdcore.guides import Course, Round, rounds
from kdcore.losses import distillation_loss
from kdcore.methods import METHODS
from kdcore.methods.method import TEACHER, Guide
from kdcore.nets import build
from kdcore.sweep import sweep

SMALL = {
    "teacher.widths": "16",
    "student.widths": "8",
    "teacher_training.epochs": 4,
    "training.epochs": 4,
    "data.labels": 40,
    "seeds": 2,
}


def experiment(**settings) -> Experiment:
    return unflatten(SMALL | {name.replace("__", "."): value for name, value in settings.items()})


def watched(asked: Experiment, monkeypatch) -> tuple[list, list]:
    """The rows of a run in double precision, and what each training in it was given."""
    calls, learn = [], train.train
    monkeypatch.setattr(train, "train", lambda *given: calls.append(given) or learn(*given))
    return list(train.fit(asked, torch.float64)), calls


def epochs(rows, lane: str = "distilled") -> list[dict]:
    """What a lane's epochs were like, wherever in the run they came."""
    own = [row for row in rows if row["event"] == "epoch" and row["lane"] == lane]
    return [{name: value for name, value in row.items() if name != "progress"} for row in own]


# Who is trained, and whom students hear


@pytest.mark.parametrize("method", ["born_again:generations=1", "early_teacher:share=1"])
def test_a_scheme_that_changes_nothing_is_soft_targets(method):
    plain, same = (list(train.fit(experiment(seeds=1, method=each))) for each in ("soft_targets", method))
    assert epochs(plain) == epochs(same)
    assert epochs(plain, "scratch") == epochs(same, "scratch")


def test_generations_are_students_of_one_another_with_other_first_weights(monkeypatch):
    asked = experiment(method="born_again:generations=3")
    rows, calls = watched(asked, monkeypatch)
    (_teacher, *_rest), one, two, (students, pupils, _t, lesson) = calls
    lines = [[member.teacher for member in members] for _cohort, members, *_rest in (one, two)]
    assert lines == [[0, 1], [2, 3]]  # rows: the teachers, then generation 1, then 2
    assert [pupil.teacher for pupil in pupils[2:]] == [4, 5]
    for number, (generation, members, training, _told) in enumerate((one, two), 1):
        assert training == asked.training
        assert [(member.seed, member.labels, member.method) for member in members] == [
            (seed, 40, "soft_targets") for seed in range(2)
        ]
        said = generation.evaluate(lesson.x)
        torch.testing.assert_close(lesson.teacher_logits[2 * number : 2 * number + 2], said)
        assert not torch.allclose(generation.matrix[0], students.matrix[0])
    assert [row["lane"] for row in rows if row["event"] == "epoch" and row["epoch"] == 0] == list(asked.lanes)


def test_a_generation_is_the_distilled_student_of_its_first_weights(monkeypatch):
    """Generation 1 as it was trained, and as a loop that has never heard of generations trains it."""
    asked = experiment(method="born_again:generations=2", seeds=1)
    calls = watched(asked, monkeypatch)[1]
    (teacher, *_rest), (generation, *_told), (_students, _pupils, _t, lesson) = calls
    net = build(asked.layers("student"), asked.student, guides.OTHER).double()
    learned_by_hand(net, teacher.evaluate(lesson.x)[0], asked, lesson)
    expected = torch.nn.utils.parameters_to_vector(net.parameters()).detach()
    torch.testing.assert_close(generation.matrix[0], expected, atol=1e-6, rtol=0)


def learned_by_hand(net: nn.Module, said: Tensor, asked: Experiment, lesson: Lesson) -> None:
    order = torch.Generator().manual_seed(0)
    own = labelled(lesson.y, asked.labels, order)
    optimizer = torch.optim.Adam(net.parameters(), lr=asked.training.learning_rate)
    for _epoch in range(asked.training.epochs):
        for batch in own[torch.randperm(len(own), generator=order)].split(asked.training.batch_size):
            loss = distillation_loss(
                net(lesson.x[batch]), said[batch], lesson.y[batch], asked.temperature, asked.soft_weight
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


@pytest.mark.parametrize("average", ["probabilities", "logits"])
def test_the_opinion_of_several_teachers_is_their_average(average, monkeypatch):
    asked = experiment(method=f"several:teachers=3,average={average}", temperature=2)
    calls = watched(asked, monkeypatch)[1]
    (teacher, guide, _t, whole), (others, members, training, own), (_s, pupils, _u, lesson) = calls
    assert training == asked.teacher_training
    assert own is whole
    assert [member.seed for member in members] == [1000, 2000, 1001, 2001]
    assert {member.labels for member in members} == {member.labels for member in guide} == {len(whole.y)}
    said = torch.cat([teacher.evaluate(lesson.x)[:1], others.evaluate(lesson.x)[:2]])  # of seed 0
    by_hand = {"probabilities": (said / 2).softmax(-1).mean(0), "logits": (said.mean(0) / 2).softmax(-1)}
    heard = (lesson.teacher_logits[pupils[2].teacher] / 2).softmax(-1)
    torch.testing.assert_close(heard, by_hand[average])
    assert (by_hand["probabilities"] - by_hand["logits"]).abs().max() > 1e-3


def test_the_early_teacher_is_the_teacher_on_its_way(monkeypatch):
    calls = watched(experiment(method="early_teacher:share=0.5"), monkeypatch)[1]
    (early, *_told) = calls[1]
    half = watched(experiment(teacher_training__epochs=2), monkeypatch)[1]
    assert torch.equal(early.matrix, half[0][0].matrix)
    assert not torch.equal(early.matrix, calls[0][0].matrix)
    _students, pupils, _training, lesson = calls[2]
    assert torch.equal(lesson.teacher_logits[pupils[2].teacher], early.evaluate(lesson.x)[0])


def test_what_several_students_need_is_trained_once():
    told = ["several:teachers=2", "several", "several:average=logits", "born_again:generations=2", "born_again"]
    courses = [Course("distilled", experiment(method=each)) for each in told]
    found = [(each.who, [helper.guide.other for helper in each.helpers]) for each in rounds(courses)]
    assert found == [("student", [1]), ("teacher", [1, 2]), ("student", [2])]


# A run tells of it, and what it costs


@pytest.mark.parametrize(
    ("method", "beside"),
    [
        ("born_again:generations=3", 2 * (64 * 8 + 8 + 8 * 10 + 10)),
        ("several:teachers=4", 3 * (64 * 16 + 16 + 16 * 10 + 10)),
        ("early_teacher", 64 * 16 + 16 + 16 * 10 + 10),
        ("structure", 0),
    ],
)
def test_helpers_are_counted_apart_and_progress_rises_to_one(method, beside):
    asked = experiment(method=method)
    rows = list(train.fit(asked))
    progress = [row["progress"] for row in rows if row["event"] == "batch"]
    assert progress == sorted(progress)
    assert progress[-1] == pytest.approx(1)
    line = {line["lane"]: line for line in first(rows, "finished")["table"]}
    assert line["distilled"]["extra_parameters"] == beside == guides.parameters(asked)
    assert (
        line["distilled"]["parameters"] == line["scratch"]["parameters"] == shapes.parameters(asked.layers("student"))
    )
    assert (cost.total(asked) > cost.total(experiment())) == bool(beside)


def test_a_helper_that_diverges_ends_the_run_in_a_row():
    asked, real = experiment(method="several", teacher_training__epochs=1), train.train

    def broken(networks, *told):
        for step in real(networks, *told):
            if len(networks) == 4 and step.terms:  # further teachers, two of each seed
                step.terms["loss"][3] = float("nan")
            yield step

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "train", broken)
        rows = list(train.fit(asked))
    failed = {"event": "failed", "reason": "diverged", "lane": "teacher", "epoch": 1, "seeds": [1]}
    assert rows[-1] == failed


def test_seconds_are_shared_out_by_the_clock(monkeypatch):
    """On this clock a second passes between any two looks. 40 labels are 3 steps an epoch. A step takes three seconds,
    one of which is the term of hints; and one second where no method has a term of its own, as of generation 1."""
    clock = iter(range(10**6))
    monkeypatch.setattr(cohort, "thread_time", lambda: next(clock))
    told = ["soft_targets", "born_again:generations=2", "hints"]
    rows = list(sweep(Sweep(experiment=experiment(), x={"setting": "method", "values": told})))
    found = {row["x"]: row["seconds"] for row in rows if row.get("done")}
    steps, members = 4 * 3, 2 * 4  # three methods and labels alone, two seeds
    common = steps * 2 / members
    for lane in ("scratch", "distilled"):
        assert found["soft_targets"][lane] == pytest.approx([common] * 2, abs=1e-4)
    assert found["hints"]["distilled"] == pytest.approx([common + steps / 2] * 2, abs=1e-4)
    assert found["born_again:generations=2"]["distilled"] == pytest.approx([common + steps / 2] * 2, abs=1e-4)


# A cell equals its run

METHODS_TOGETHER = (
    "soft_targets",
    "born_again:generations=2",
    "several",
    "several:teachers=2,average=logits",
    "early_teacher:share=0.5",
    "structure:then=labels",
    "structure:start=low_rank",
)


@pytest.fixture(scope="module")
def cells():
    order = Sweep(
        experiment=experiment(),
        x={"setting": "method", "values": METHODS_TOGETHER},
        y={"setting": "student.widths", "values": "8, 6"},
        panel={"setting": "temperature", "values": "1, 4"},
    )
    (group,) = order.groups()
    assert len(group.parts) == 1  # narrow students lie in wide ones
    rows = list(sweep(order, torch.float64))
    progress = [row["progress"] for row in rows if row["event"] == "batch"]
    assert progress == sorted(progress)
    assert 1 - 1e-9 < progress[-1] <= 1
    return {(row["x"], row["y"], row["panel"]): row for row in rows if row.get("done")}


@pytest.mark.parametrize("method", METHODS_TOGETHER[1:])
@pytest.mark.parametrize("width", ["6"])
def test_a_cell_equals_the_run_of_its_experiment(cells, method, width):
    asked = experiment(method=method, student__widths=width)
    rows, cell = list(train.fit(asked, torch.float64)), cells[method, width, 4]
    table = {line["lane"]: line for line in first(rows, "finished")["table"]}
    for lane in asked.students:
        own = cell["val_loss"][lane]
        assert own == pytest.approx(first(rows, "epoch", lane=lane, epoch=4)["val_loss"], abs=1e-9)
        plain = cells["soft_targets", width, 4]["val_loss"][lane]
        assert (own == pytest.approx(plain, abs=1e-9)) == (lane == "scratch")
        assert cell["agreement"][lane] == pytest.approx(table[lane]["agreement"])
    assert cell["extra_parameters"] == table["distilled"]["extra_parameters"]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"method": "structure:start=copied"}, "no layer of the student has the shape of the teacher's"),
        ({"method": "structure", "student.widths": "linear"}, "the student has no hidden layers, and there is nothing"),
        ({"method": "structure", "teacher.widths": "linear"}, "the teacher has no hidden layers, and there is nothing"),
        ({"method": "structure", "teacher.kind": "cnn"}, "an MLP and a CNN have no layers in common"),
        ({"method": "several:teachers=1"}, "teachers: a whole number from 2 to 8 was expected"),
        ({"method": "born_again:generation=2"}, "there is no knob generation; choose of generations; did you mean"),
        ({"method": "early_teacher:share=0"}, "share: a number from 0.05 to 1 was expected"),
        (
            {"method": "several", "assistant": True},
            "several says itself who teaches the student; choose another method",
        ),
        (
            {"method": "several:teachers=8", "teacher.widths": "2048", "data.name": "mnist", "seeds": 16},
            "112 networks of 1,628,170 parameters are more than 50,000,000",
        ),
        ({"method": "structure:then=labels", "unlabelled": 9}, "asks for the label of every example"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(settings, sentence):
    with pytest.raises(ValidationError) as caught:
        unflatten(SMALL | settings)
    (problem,) = problems(caught.value)
    assert sentence in str(problem)


def test_a_guide_is_the_teacher_of_the_seed_unless_something_is_said_of_it():
    assert METHODS["born_again"].guides(METHODS["born_again"].Knobs(generations=1)) == (TEACHER,)
    assert METHODS["several"].guides(METHODS["several"].Knobs(teachers=2)) == (TEACHER, Guide(other=1))
    assert METHODS["soft_targets"].guides(METHODS["soft_targets"].Knobs()) == (TEACHER,)


def test_an_heir_is_a_distilled_student_that_hears_the_teacher():
    told = {weight: experiment(method="structure:start=low_rank", soft_weight=weight) for weight in (0, 0.5)}
    assert guides.heir(Course("distilled", told[0.5])) == "structure:start=low_rank"
    assert guides.heir(Course("distilled", told[0])) is None, "it learns as the student from labels, from the start"
    assert guides.heir(Course("scratch", told[0.5])) is None


def test_a_teacher_that_is_stopped_early_has_learned_for_an_epoch_at_least():
    few = experiment(teacher_training__epochs=3)
    assert [Round("teacher", share, ()).training(few).epochs for share in (0.05, 0.5, 1)] == [1, 2, 3]


def test_a_part_with_helpers_can_be_trained_elsewhere():
    """Their teachers' weights are all that it needs."""
    order = Sweep(experiment=experiment(), x={"setting": "method", "values": ["several", "structure"]})
    (group,) = order.groups()
    steps = many.teach(group)
    try:
        while True:
            next(steps)
    except StopIteration as end:
        taught = end.value
    sent = pickle.loads(pickle.dumps((group, group.parts[0], taught)))
    here, there = (
        [row for row in many.learn(*each) if row.get("done")] for each in ((group, group.parts[0], taught), sent)
    )
    assert [row | {"seconds": None} for row in here] == [row | {"seconds": None} for row in there]
