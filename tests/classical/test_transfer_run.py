"""A transfer as it is run: every family on small data, and what its rows tell."""

import json
import re
from collections import Counter

import numpy as np
import pytest

from kdcore.classical import machines
from kdcore.classical.pupils import Impossible
from kdcore.classical.run import transfer
from kdcore.events import first, to_line
from kdcore.train import fit
from kdcore.transfer import Transfer

MOONS = {"name": "moons", "labels": 12}
SMALL = ("soft_tree:depth=2,epochs=3", "tree:depth=3", "forest:trees=3", "boosting:trees=3", "linear_svm", "kernel_svm")


def run(**settings):
    """The rows of a transfer; `batch` rows are left out, once their progress was seen to rise."""
    rows = list(transfer(Transfer(**settings)))
    told = [row["progress"] for row in rows if "progress" in row]
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)
    return [row for row in rows if row["event"] != "batch"]


@pytest.fixture(scope="module")
def rows():
    """Every family, taught by a forest."""
    return run(data=MOONS, teacher="forest:trees=5,depth=4", students=("net:widths=4,epochs=3", *SMALL), seeds=2)


def without_times(rows):
    told = [{name: value for name, value in row.items() if name not in ("seconds", "processor_s")} for row in rows]
    return json.loads(json.dumps(told))


def test_every_family_is_measured_alone_and_taught(rows):
    told = [row for row in rows if row["event"] == "family"]
    assert [row["family"] for row in told] == first(rows, "started")["families"]
    assert [row["role"] for row in told] == ["teacher"] + ["student"] * 7
    for row in told[1:]:
        for name in ("val_accuracy", "val_agreement", "size_bytes", "count", "seconds"):
            assert {arm: len(values) for arm, values in row[name].items()} == {"labels": 2, "distilled": 2}
        assert min(row["size_bytes"]["distilled"] + row["count"]["distilled"]) > 0
        assert min(row["val_agreement"]["labels"]) < 1, "it is agreement with the teacher, not with itself"


def test_test_examples_are_told_of_at_the_end_alone(rows):
    *before, finished = rows
    assert not any("test_accuracy" in row or "agreement" in row for row in before)
    assert [line["family"] for line in finished["table"]] == first(rows, "started")["families"]
    assert "agreement" not in finished["table"][0]
    assert all(0.6 < np.mean(line["test_accuracy"]["labels"]) <= 1 for line in finished["table"][3:])


def test_the_same_transfer_gives_the_same_rows(rows):
    order = Transfer.model_validate(first(rows, "started")["transfer"])
    again = [row for row in transfer(order) if row["event"] != "batch"]
    assert without_times(again) == without_times(rows)


def test_trees_and_soft_trees_can_be_looked_at(rows):
    assert Counter(row["name"] for row in rows if row["event"] == "snapshot") == {"tree": 1, "soft_tree": 1}
    tree, soft = (first(rows, "snapshot", name=name)["data"] for name in ("tree", "soft_tree"))
    assert "x1 <= " in tree["labels"] + tree["distilled"]
    assert len(soft["examples"]) == len(soft["distilled"]["paths"]) == 8
    assert all(to_line(row) for row in rows), "it can be kept as JSON"


@pytest.mark.parametrize("method", ["soft_targets", "hints"])
def test_networks_are_those_of_the_experiment(method):
    nets = {"teacher": "net:widths=6,epochs=2", "students": "net:widths=4,epochs=9"}
    chosen = Transfer(data=MOONS, **nets, seeds=2, unlabelled=50, method=method, soft_weight=0.5)
    table = first(fit(chosen.experiment), "finished")["table"]
    expected = {line["lane"]: line["test_accuracy"] for line in table}
    teacher, student = first(transfer(chosen), "finished")["table"]
    assert teacher["test_accuracy"] == {"labels": expected["teacher"]}
    assert student["test_accuracy"] == {"labels": expected["scratch"], "distilled": expected["distilled"]}
    assert student["agreement"]["distilled"] == table[2]["agreement"]


def test_a_higher_temperature_makes_softer_labels():
    usual = {"data": MOONS, "teacher": "forest:trees=9", "students": "tree:depth=1", "seeds": 1, "soft_weight": 1}
    sharp, flat = (
        first(run(**usual, temperature=temperature), "snapshot")["data"]["distilled"] for temperature in (1, 20)
    )
    most = [max(float(share) for share in re.findall(r"\((.*?)\)", text)) for text in (sharp, flat)]
    assert most[0] > most[1] + 0.1
    assert most[1] < 0.65


def test_without_a_share_of_soft_labels_nothing_is_gained_by_any_family():
    rows = run(data=MOONS, teacher="tree", students=SMALL, seeds=1, soft_weight=0, unlabelled=9)
    for row in rows:
        if row["event"] == "family" and row["role"] == "student":
            assert row["val_accuracy"]["labels"] == row["val_accuracy"]["distilled"], row["family"]


def test_a_tree_teaches_a_network_by_any_method_of_outputs():
    usual = {"data": MOONS, "teacher": "tree", "students": "net:widths=8,epochs=30", "seeds": 1, "soft_weight": 0.9}
    one, other = (run(**usual, method=method)[-1]["table"][1] for method in ("soft_targets", "logit_matching"))
    assert one["agreement"]["labels"] == other["agreement"]["labels"]
    assert one["agreement"]["distilled"] != other["agreement"]["distilled"]


def test_a_family_that_cannot_learn_here_is_told_and_the_others_go_on(monkeypatch):
    def refuse(*_arguments):
        raise Impossible("too few")

    monkeypatch.setattr(machines, "_folds", refuse)
    rows = run(data=MOONS, teacher="tree", students="linear_svm;tree", seeds=1)
    assert first(rows, "impossible")["family"] == "linear_svm"
    assert [line["family"] for line in first(rows, "finished")["table"]] == ["tree", "tree"]
    failed = list(transfer(Transfer(data=MOONS, teacher="linear_svm", students="tree", seeds=1)))[-1]
    assert (failed["event"], failed["role"], failed["detail"]) == ("failed", "teacher", "too few")


def test_unlabelled_examples_help_a_tree_more_than_soft_labels_alone():
    few, many = (
        first(run(students="tree", seeds=3, unlabelled=count, teacher="forest:trees=30"), "family", role="student")
        for count in (0, 900)
    )
    assert few["val_accuracy"]["labels"] == many["val_accuracy"]["labels"]
    assert np.mean(many["val_accuracy"]["distilled"]) > np.mean(few["val_accuracy"]["distilled"]) + 0.1
