"""What is kept of a hidden layer: by hand, and of the students of a comparison, beside those of a run."""

import json
from dataclasses import replace

import numpy as np
import pytest
import safetensors.torch
import torch

from kdcore.data.load import load
from kdcore.events import LANES, first
from kdcore.experiment import unflatten
from kdcore.figures import attention, inside
from kdcore.figures.inside import called
from kdcore.grid import Sweep
from kdcore.inside import Inside
from kdcore.lesson import teachers, untrained
from kdcore.measure.inside import MAPS, MOST, SEEN, chosen, distances, look, maps, with_maps
from kdcore.nets import build
from kdcore.sweep import sweep
from kdcore.train import fit

SMALL = {"teacher_training.epochs": 2, "training.epochs": 3, "seeds": 1, "data.labels": 40}
MLP = SMALL | {"teacher.widths": "12", "student.widths": "8"}
CNN = SMALL | {"teacher.kind": "cnn", "student.kind": "cnn", "teacher.widths": "3", "student.widths": "2"}
METHODS = ("soft_targets", "relational")


def compared(settings: dict, setting: str = "method", values=METHODS) -> list[dict]:
    asked = Sweep(experiment=unflatten(settings), x={"setting": setting, "values": values})
    return [json.loads(json.dumps(row)) for row in sweep(asked) if row["event"] != "batch"]


@pytest.fixture(scope="module")
def mlp() -> list[dict]:
    return compared(MLP)


@pytest.fixture(scope="module")
def cnn() -> list[dict]:
    return compared(CNN)


def test_the_first_examples_of_each_class_are_looked_at():
    labels = np.array([2, 0, 1, 1, 0, 2, 0, 1, 2] * 3)
    assert chosen(labels)[:3] == [1, 4, 6]
    assert labels[chosen(labels)].tolist() == [0] * 5 + [1] * 5 + [2] * 5
    assert len(chosen(np.arange(100) % 50)) == MOST
    assert chosen(np.array([1, 0, 1])) == [1, 0, 2]
    assert len(with_maps(20)) == MAPS
    assert with_maps(3) == [0, 1, 2]


def test_distances_by_hand():
    """3, 4 and 5 apart: over their mean of 4."""
    assert distances(np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 4.0]])) == pytest.approx([3 / 4, 1, 5 / 4])
    assert distances(np.zeros((3, 2))).tolist() == [0, 0, 0], "a layer that says nothing"


def test_maps_by_hand():
    """Two channels, (1, 2) and (3, 0): squares 1 and 4, 9 and 0; means 5 and 2; over the largest."""
    hidden = np.array([[[[1.0, 2.0]], [[3.0, 0.0]]]])
    assert maps(hidden) == pytest.approx(np.array([[[1, 0.4]]]))
    wide = np.zeros((1, 1, 28, 28))
    wide[0, 0, 0, 0], wide[0, 0, 2, 0] = 2, 1
    assert maps(wide).shape == (1, 14, 14)
    assert maps(wide)[0, :2, 0] == pytest.approx([1, 0.25]), "places are averaged"


def test_what_is_no_number_is_not_looked_at():
    assert look(np.array([[np.nan, 1.0], [0.0, 1.0]])) is None


@pytest.mark.parametrize("method", METHODS)
def test_layers_are_those_of_the_networks_of_a_run(mlp, method):
    experiment = unflatten(MLP | {"method": method})
    files = {row["name"]: row["payload"] for row in fit(experiment) if row.get("payload")}
    data, row = load(experiment.data), first(mlp, "inside", x=method)
    examples = chosen(data.validation_y)
    assert row["label"] == data.validation_y[examples].tolist()

    def layer(who, weights) -> list[float]:
        net = build(experiment.layers(who), experiment.network(who), 0)
        net.load_state_dict(weights or net.state_dict())
        with torch.no_grad():
            return look(net[:3](torch.from_numpy(data.validation_x[examples])).numpy())["distances"]

    assert row["before"]["distances"] == pytest.approx(layer("student", None), abs=0.011)
    for lane in LANES:
        expected = layer(
            "teacher" if lane == "teacher" else "student", safetensors.torch.load(files[f"{lane}.safetensors"])
        )
        assert row[lane]["distances"] == pytest.approx(expected, abs=0.011)
    assert row["distilled"] != row["scratch"] != row["before"]


def test_other_sweeps_keep_nothing_of_it_and_networks_without_hidden_layers_have_nothing():
    assert not first(compared(MLP, "temperature", (1, 4)), "inside")
    assert not first(compared(MLP | {"student.widths": "linear"}, values=("soft_targets",)), "inside")


def test_pictures_are_those_whose_maps_are_kept(cnn, mlp):
    row = first(cnn, "inside", x="relational")
    assert np.shape(row["pictures"]["x"]) == (MAPS, 8, 8)
    assert np.shape(row["teacher"]["maps"]) == (MAPS, 8, 8)
    assert row["pictures"]["label"] == [row["label"][place] for place in with_maps(len(row["label"]))]
    assert "pictures" not in first(mlp, "inside")


def test_a_student_that_is_its_teacher_has_its_distances():
    experiment = unflatten(MLP)
    data = load(experiment.data)
    data = replace(data, validation_x=data.validation_x[:60], validation_y=data.validation_y[:60])
    cohort = untrained(experiment, "teacher", teachers(experiment))
    (row,) = Inside(data, cohort, cohort, 1).rows({0: {"scratch": 0, "distilled": 0}})
    rows = [{"event": "started", "sweep": {"experiment": experiment.model_dump(mode="json")}}, row | {"x": "hints"}]
    told = inside.reading(rows, "hints")
    assert "1.00 before it learned, 1.00 after labels alone, 1.00 after Hints" in told


def test_a_square_stands_for_every_pair_of_examples_twice(mlp):
    squares = inside.figure(mlp, "relational").data
    assert len(squares) == len(SEEN)
    row = first(mlp, "inside", x="relational")
    for square, whose in zip(squares, SEEN, strict=True):
        z, kept = np.array(square.z), row[whose]["distances"]
        assert (z == z.T).all()
        assert not z.diagonal().any()
        assert z[0, 1:4].tolist() == kept[:3]
        assert z.sum() == pytest.approx(2 * sum(kept))
    own, teacher = (row[whose]["distances"] for whose in ("distilled", "teacher"))
    assert f"{np.corrcoef(own, teacher)[0, 1]:.2f} after Relational" in inside.reading(mlp, "relational")
    assert len(inside.table(mlp, "relational")) == len(own)
    assert inside.look(mlp, "dkd") is None


def test_class_names_stand_beside_the_first_square_of_a_row_and_on_no_other(mlp):
    layout = inside.figure(mlp, "relational").layout
    axes = ["yaxis", "yaxis2", "yaxis3", "yaxis4"]
    assert [layout[axis].showticklabels for axis in axes] == [True, False, False, False]
    assert [layout.meta["phone"][f"{axis}.showticklabels"] for axis in axes] == [True, False, True, False]


def test_maps_stand_under_their_pictures(cnn):
    drawn = attention.figure(cnn, "relational")
    assert len(drawn.data) == (1 + len(SEEN)) * MAPS
    picture, below = drawn.data[1], drawn.data[MAPS + 1]
    assert (picture.x0, below.x0) == (below.x0, picture.x0)
    row = first(cnn, "inside", x="relational")
    assert np.array(drawn.data[-1].z).tolist() == row["teacher"]["maps"][-1]
    own, teacher = (np.array(row[whose]["maps"]).reshape(MAPS, -1) for whose in ("scratch", "teacher"))
    cosine = ((own * teacher).sum(1) / np.linalg.norm(own, axis=1) / np.linalg.norm(teacher, axis=1)).mean()
    assert f"{cosine:.2f} after labels alone" in attention.reading(cnn, "relational")
    assert set(attention.table(cnn, "relational")["Layer of"]) == {called(whose, "relational") for whose in SEEN}


def test_maps_of_other_sizes_are_left_to_the_eye(cnn):
    row = first(cnn, "inside", x="relational")
    small = row | {"teacher": row["teacher"] | {"maps": np.ones((MAPS, 4, 4)).tolist()}}
    assert "compared by eye" in attention.reading([cnn[0], small], "relational")
