"""A transfer as a value: texts of families, its key and address, and a sentence for whatever does not fit."""

import json

import pytest
from pydantic import ValidationError

from kdcore import families, order
from kdcore.families import FAMILIES, LEAST_SHARE, MEANS, PARTS
from kdcore.transfer import Transfer, problems

MOONS = {"name": "moons", "labels": 20}


def sentence(**settings):
    """What is said of a transfer that cannot be."""
    with pytest.raises(ValidationError) as caught:
        Transfer.model_validate(settings)
    return "; ".join(map(str, problems(caught.value)))


def test_a_family_has_one_text():
    assert Transfer(teacher="forest: depth=6 , trees=50").teacher == "forest:depth=6"
    assert Transfer(students="tree;tree:depth=8; net:widths=32-16").students == ("tree", "net:widths=32-16")
    assert families.read("boosting:rate=0.2").rate == 0.2


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_says_how_soft_labels_reach_it(name):
    family = families.read(name)
    assert family.means in MEANS
    assert family.parts in PARTS
    assert families.write(family) == name


def test_the_sentence_on_weights_tells_the_threshold():
    assert f"below {100 * LEAST_SHARE:g} %" in MEANS["weights"]


def test_it_is_read_again_from_an_address_and_from_json():
    chosen = Transfer(data=MOONS, teacher="tree", students="net;forest:trees=5", unlabelled=30, seeds=2)
    assert Transfer.from_query(chosen.to_query()) == (chosen, [])
    assert order.read(json.loads(chosen.model_dump_json())) == chosen
    assert Transfer().to_query() == {}
    assert Transfer(data={"labels": None}).to_query() == {"data.labels": "all"}


def test_what_an_address_says_wrong_is_ignored_with_a_sentence():
    chosen, ignored = Transfer.from_query({"teacher": "forst", "seeds": "3", "colour": "red"})
    assert chosen == Transfer(seeds=3)
    assert [str(problem) for problem in ignored] == [
        "teacher is forst: choose one of net, soft_tree, tree, forest, boosting, linear_svm, kernel_svm; "
        "did you mean forest?",
        "colour is red: there is no such setting",
    ]


def test_equal_transfers_have_equal_keys():
    assert Transfer(teacher="net:epochs=30,widths=256-256").key == Transfer().key
    assert Transfer(seeds=4).key != Transfer().key


def test_it_knows_the_experiment_of_its_networks():
    chosen = Transfer(teacher="net:widths=8,epochs=3", students="tree;net:widths=5,epochs=7", seeds=2)
    experiment = chosen.experiment
    assert (experiment.teacher.widths, experiment.teacher_training.epochs) == ((8,), 3)
    assert (experiment.student.widths, experiment.training.epochs) == ((5,), 7)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"students": "tree:dept=3"}, "there is no knob dept; choose of depth, on; did you mean depth?"),
        ({"students": "tree:depth=99"}, "students is tree:depth=99: depth: a whole number from 1 to 30 was expected"),
        ({"students": [f"tree:depth={n}" for n in range(1, 10)]}, "students is 9: choose between 1 and 8 students"),
        ({"students": []}, "students is 0: choose between 1 and 8"),
        ({"students": [4]}, "students is 4: families were expected, such as forest"),
        ({"method": "dkd"}, "method is dkd: dkd is a loss whose gradients a network follows, and a student of the fam"),
        ({"method": "hints", "students": "net", "teacher": "tree"}, "hints compares hidden layers, and a teacher of"),
        ({"method": "hints", "students": "net:widths=linear"}, "compares hidden layers, and the student has none"),
        ({"method": "born_again", "students": "net"}, "it is more than a loss: it has further networks"),
        ({"method": "mutual", "students": "net"}, "it is more than a loss: it has further networks"),
        ({"data": {"labels": 29}}, "with 10 classes that takes 30 labels"),
        ({"data": {"labels": 2000}}, "data.labels is 2000: digits has 1077 training examples"),
        ({"data": MOONS, "teacher": "net:kind=cnn"}, "teacher is net:kind=cnn: a CNN needs pictures"),
        ({"data": MOONS, "students": "tree;net:kind=cnn"}, "students is net:kind=cnn: a CNN needs pictures"),
        ({"teacher": "net:widths=2048-2048-2048", "seeds": 16}, "teacher is net:widths=2048-2048-2048: 16 networks"),
        ({"data": {"name": "mnist"}, "teacher": "kernel_svm"}, "hours, and all together may take 2; choose fewer lab"),
        ({"temprature": 3}, "temprature is 3: there is no such setting; did you mean temperature?"),
        ({"temperature": 0}, "temperature is 0: a number from 0.1 to 100 was expected"),
    ],
)
def test_what_does_not_fit_is_said_in_a_sentence(settings, words):
    assert words in sentence(**settings)


def test_thirty_labels_are_enough_to_calibrate_and_a_network_may_be_taught_by_any_method():
    assert Transfer(data={"labels": 30}).labels == 30
    assert Transfer(method="dkd", students="net", teacher="forest").method == "dkd"


def test_a_teacher_may_be_as_large_as_in_an_experiment():
    assert Transfer(teacher="net:widths=2048-2048", seeds=8).experiment.teacher.widths == (2048, 2048)
