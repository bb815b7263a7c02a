"""Every registered method in training: many equal one by one, and both equal the loop that everybody writes."""

import pytest
import torch
from pydantic import ValidationError
from torch.nn import functional as F

from kdcore.cohort import Lesson, Member, labelled, train
from kdcore.events import first
from kdcore.experiment import Experiment, Network, Training, problems, unflatten
from kdcore.grid import Sweep
from kdcore.methods import METHODS, Seen
from kdcore.nets import ACTIVATIONS, Cohort, build
from kdcore.peers import FIRST_SEED
from kdcore.shapes import layers
from kdcore.sweep import sweep
from kdcore.teaching import read, told
from kdcore.train import fit

CLASSES, ROWS, SHAPE = 3, 40, (1, 4, 4)
NETWORKS = {  # student and teacher
    "mlp": (Network(widths=(7, 5), activation="tanh", dropout=0.25), Network(widths=(9, 8, 6))),
    "cnn": (Network(kind="cnn", widths=(3, 4), activation="gelu"), Network(kind="cnn", widths=(5,))),
}
TRAINING = Training(epochs=2, batch_size=8)


def nets(network, seeds):
    return [build(layers(network, SHAPE, CLASSES), network, seed) for seed in seeds]


def make_lesson(teacher: Network) -> Lesson:
    """Some random pictures, and the answers of two teachers, which have learned nothing, but are sure of it."""
    random = torch.Generator().manual_seed(7)
    x = torch.rand(ROWS, *SHAPE, generator=random, dtype=torch.float64)
    cohort = Cohort(nets(teacher, [70, 71]), dtype=torch.float64)
    cohort.matrix.mul_(3)
    return Lesson(x, torch.arange(ROWS) % CLASSES, CLASSES, cohort.evaluate(x), (cohort,))


def run(network, members, lesson, training=TRAINING):
    cohort = Cohort(nets(network, [member.seed for member in members]), dtype=torch.float64)
    terms = [step.terms for step in train(cohort, members, training, lesson) if step.terms]
    return cohort, terms


SET = ("adversarial:look=features", "hints:stage=0.5", "dkd:warmup=0.9", "annealed:form=scaled,fall=0.5")
# those that tell a student something of their own; others choose who teaches by soft targets, see tests/test_schemes.py
TAUGHT = [text for text in (*METHODS, *SET) if told(text) == "term"]


def fitting(kind: str) -> list[str]:
    """Those that can teach between networks of this kind."""
    spots = {"mlp": [(7,), (5,)], "cnn": [(3, 4, 4), (4, 2, 2)]}[kind]
    return [text for text in TAUGHT if not read(text).method.problem(spots, spots, CLASSES, 8, read(text).knobs)]


CASES = [(name, kind) for kind in NETWORKS for name in fitting(kind)]


def test_every_method_is_among_the_cases():
    assert {name for name, _kind in CASES} == set(TAUGHT)


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_many_equal_one_by_one(name, kind):
    """Beside members who are taught otherwise, or have more examples; those of a seed share their batches."""
    student, teacher = NETWORKS[kind]
    members = [
        Member(0, 22, 1e-2),
        Member(0, 22, 1e-2, 0.9, 4.0, method=name),
        Member(1, 22, 1e-2, 0.5, 2.0, teacher=1, method=name),
        Member(1, 22, 3e-3, 0.5, 2.0, teacher=1),
        Member(2, 16, 3e-3, 0.7, 2.0, teacher=1, method=name),
    ]
    lesson = make_lesson(teacher)
    together, terms = run(student, members, lesson)
    for m, member in enumerate(members):
        alone, own = run(student, [member], lesson)
        torch.testing.assert_close(together.matrix[m], alone.matrix[0], atol=1e-9, rtol=0)
        for epoch, expected in enumerate(own):
            for term in expected:
                torch.testing.assert_close(terms[epoch][term][m], expected[term][0], atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_a_member_is_taught_as_by_the_loop_that_everybody_writes(name, kind):
    """Plain torch: one network with hooks on its hidden layers, autograd, and extras in the same optimiser."""
    method, knobs = read(name)
    student, teacher = (network.model_copy(update={"dropout": 0.0}) for network in NETWORKS[kind])
    lesson, member = make_lesson(teacher), Member(3, 22, 1e-2, 0.4, 2.0, teacher=1, method=name)
    cohort, terms = run(student, [Member(0, 22, 1e-2), member], lesson)

    net, guide = nets(student, [3])[0].double(), lesson.teachers[0].member(1).double()
    said, heard = hooked(net), hooked(guide)
    net(lesson.x[:1]), guide(lesson.x[:1])
    shapes, others = ([tuple(layer.shape[1:]) for layer in each.values()] for each in (said, heard))
    extras = method.extras(shapes, others, CLASSES, torch.Generator().manual_seed(3), knobs)
    extras = {name: each.double().requires_grad_() for name, each in extras.items()}
    peer = nets(student, [FIRST_SEED + 3])[0].double()
    optimizer = torch.optim.Adam([*net.parameters(), *extras.values(), *peer.parameters()], lr=1e-2)
    order = torch.Generator().manual_seed(3)
    examples = labelled(lesson.y, 22, order)
    for epoch in range(TRAINING.epochs):
        total, minimised, progress = 0.0, 0.0, epoch / TRAINING.epochs
        for batch in examples[torch.randperm(22, generator=order)].split(8):
            z, z_t, y = net(lesson.x[batch]), guide(lesson.x[batch]), lesson.y[batch]
            heat = torch.tensor(2.0, dtype=torch.float64)
            inside = tuple(said.values()), tuple(heard.values())
            seen = Seen(z, z_t, y, heat, *inside, progress, peer(lesson.x[batch]))
            term = method.term(seen, knobs, extras)
            loss = 0.4 * term
            if method.hears_labels(knobs, progress):
                loss = loss + 0.6 * F.cross_entropy(z, y)
            optimizer.zero_grad()
            loss.backward()
            for weights in net.parameters():  # of layers above a hint: a gradient of 0 is one, too
                weights.grad = torch.zeros_like(weights) if weights.grad is None else weights.grad
            optimizer.step()
            total += term.item() * len(batch) / 22
            minimised += loss.item() * len(batch) / 22
        assert terms[epoch]["soft"][1].item() == pytest.approx(total, rel=1e-6)
        assert terms[epoch]["loss"][1].item() == pytest.approx(minimised, rel=1e-6)
    weights = torch.nn.utils.parameters_to_vector(net.parameters())
    torch.testing.assert_close(cohort.matrix[1], weights.detach(), atol=1e-6, rtol=0)
    assert (cohort.matrix[1] - run(student, [Member(3, 22, 1e-2)], lesson)[0].matrix[0]).abs().max() > 1e-4


def hooked(net: torch.nn.Sequential) -> dict[int, torch.Tensor]:
    """What each activation said last."""
    said = {}
    for place, module in enumerate(net):
        if isinstance(module, tuple(ACTIVATIONS.values())):
            module.register_forward_hook(lambda _module, _x, y, place=place: said.__setitem__(place, y))
    return said


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("name", ["dkd", "variational", "mutual"])
def test_who_leaves_stays_as_it_was_and_the_others_do_not_notice(name, optimizer):
    student, teacher = NETWORKS["mlp"]
    members = [Member(seed, 20, 3e-3, 0.5, 2.0, teacher=1, method=name) for seed in range(3)]
    lesson, training = make_lesson(teacher), Training(epochs=3, batch_size=8, optimizer=optimizer)
    cohort = Cohort(nets(student, range(3)), dtype=torch.float64)
    for step in train(cohort, members, training, lesson):
        if step.terms:
            step.leave.update({1: {0}, 2: {2}}.get(step.epoch, ()))
    for place, epochs in enumerate((1, 3, 2)):
        alone, terms = run(student, [members[place]], lesson, training.model_copy(update={"epochs": epochs}))
        torch.testing.assert_close(cohort.matrix[place], alone.matrix[0], atol=1e-9, rtol=0)
        torch.testing.assert_close(step.terms["soft"][place], terms[-1]["soft"][0], atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize("name", ["hints", "contrastive", "variational", "adversarial"])
def test_extras_begin_with_the_seed_and_learn(name, monkeypatch):
    student, teacher = NETWORKS["mlp"]
    method, seen = METHODS[name], []
    term = type(method).term

    def noted(self, now, knobs, extras):
        seen.append({extra: values.detach().clone() for extra, values in extras.items()})
        return term(self, now, knobs, extras)

    monkeypatch.setattr(type(method), "term", noted)
    members = [Member(seed, 16, 1e-2, 0.5, 2.0, method=name) for seed in (4, 5)]
    run(student, members, make_lesson(teacher), Training(epochs=1, batch_size=8))
    drawn = [
        method.extras([(7,), (5,)], [(9,), (8,), (6,)], CLASSES, torch.Generator().manual_seed(seed), method.Knobs())
        for seed in (4, 5)
    ]
    assert len(seen) == 2
    assert seen[0].keys() == drawn[0].keys()
    for extra, begun in seen[0].items():
        for m in range(2):
            assert torch.equal(begun[m], drawn[m][extra].double())
        assert (seen[1][extra] - begun).abs().flatten(1).max(1).values.min() > 1e-3, extra


SMALL = {
    "teacher.widths": "16",
    "student.widths": "8",
    "teacher_training.epochs": 2,
    "training.epochs": 4,
    "data.labels": 40,
    "seeds": 2,
    "assistant": True,
}
TOGETHER = ("soft_targets", "dkd:target=2,others=4", "hints", "relational", "mutual")


@pytest.fixture(scope="module")
def cells():
    order = Sweep(
        experiment=unflatten(SMALL),
        x={"setting": "method", "values": ", ".join(TOGETHER)},
        y={"setting": "student.widths", "values": "8, 6"},
    )
    (group,) = order.groups()
    assert [[each.method for each in part.experiments] for part in group.parts].count(list(TOGETHER[2:])) == 2
    return {(row["x"], row["y"]): row for row in sweep(order, torch.float64) if row.get("done")}


@pytest.mark.parametrize(
    "where", [("dkd:target=2,others=4", "6"), ("hints", "6"), ("relational", "8"), ("mutual", "6")]
)
def test_a_cell_equals_the_run_of_its_experiment(cells, where):
    """Beside other methods and widths, with an assistant taught by the method, which then teaches by it."""
    experiment = unflatten(SMALL | {"method": where[0], "student.widths": where[1]})
    rows = list(fit(experiment, torch.float64))
    usual = cells["soft_targets", where[1]]["val_loss"]
    table = {line["lane"]: line for line in first(rows, "finished")["table"]}
    for lane in experiment.students:
        own = cells[where]["val_loss"][lane]
        assert own == pytest.approx(first(rows, "epoch", lane=lane, epoch=4)["val_loss"], abs=1e-9)
        assert (own == pytest.approx(usual[lane], abs=1e-9)) == (lane == "scratch")
    # a regressor from 6 units to the teacher's 16, or to the assistant's 10; a network of 6 units of their own
    beside = {"hints": (6 * 16 + 16, 6 * 10 + 10), "mutual": (64 * 6 + 6 + 6 * 10 + 10,) * 2}
    from_teacher, from_assistant = beside.get(where[0], (0, 0))
    assert cells[where]["extra_parameters"] == table["distilled"]["extra_parameters"] == from_teacher
    assert table["assisted"]["extra_parameters"] == from_assistant
    assert "extra_parameters" not in table["scratch"] | table["teacher"]
    assert table["distilled"]["parameters"] == table["scratch"]["parameters"]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"method": "dkk"}, "did you mean dkd?"),
        ({"method": "dkd:othrs=4"}, "there is no knob othrs; choose of target, others, warmup; did you mean others?"),
        ({"method": "dkd:others=101"}, "others: a number from 0 to 100 was expected"),
        ({"method": "dkd:others=nan"}, "others: a number from 0 to 100 was expected"),
        ({"method": "hints:layers=frist"}, "layers: choose one of first, middle, last, all"),
        ({"method": "dkd:others"}, "write each knob once, such as dkd:target=2,others=4"),
        ({"method": "soft_targets:others=4"}, "soft_targets has no knobs"),
        ({"method": None}, "the name of a method was expected, such as dkd or dkd:others=4"),
        ({"method": "dkd", "data.name": "moons"}, "has nothing to compare with 2 classes"),
        ({"method": "hints", "student.widths": "linear"}, "compares hidden layers, and the student has none"),
        ({"method": "hints", "teacher.widths": "linear"}, "compares hidden layers, and the teacher has none"),
        ({"method": "adversarial:look=features", "student.widths": "linear"}, "and the student has none"),
        ({"method": "mutual", "unlabelled": 9}, "mutual asks for the label of every example"),
        ({"method": "attention", "teacher.kind": "cnn"}, "these layers have only one; choose two CNNs"),
        ({"method": "relational", "training.batch_size": 2}, "needs 3 of them; the batch size is 2"),
        (
            {"method": "relational", "training.batch_size": 256, "data.labels": 500},
            "can with 128; the batch size is 256",
        ),
        ({"method": "dkd", "unlabelled": 9}, "dkd asks for the label of every example; choose 0, or another method"),
        ({"method": "hints", "data.name": "mnist", "data.labels": None}, "225,280,000 numbers of the hidden layers"),
        (
            {"method": "hints", "data.name": "mnist", "data.labels": None, "assistant": True}
            | {"teacher.widths": "300-1", "student.widths": "250-2000"},
            "of the hidden layers of the assistant",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(settings, sentence):
    with pytest.raises(ValidationError) as caught:
        unflatten(settings)
    (problem,) = problems(caught.value)
    assert sentence in str(problem)


def test_one_way_to_teach_has_one_text():
    assert unflatten({"method": " dkd : others = 4, target=1.50,"}).method == "dkd:target=1.5,others=4"
    assert unflatten({"method": "dkd:others=8"}) == unflatten({"method": "dkd"})
    assert unflatten({"method": "soft_targets:"}) == Experiment()
    for name, method in METHODS.items():
        assert all(method.Knobs(**{knob: value}) == method.Knobs() for knob, value in method.Knobs()), name
