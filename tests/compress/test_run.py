"""A compression from order to rows: real teachers, real variants, measured on files that were written and read back."""

import json
from dataclasses import replace

import numpy as np
import pytest

from kdcore.compress import codec, run
from kdcore.compress.answers import calibrated, logits
from kdcore.compress.coded import values
from kdcore.compress.run import compress
from kdcore.compress.stages import Net
from kdcore.compression import Compression, name
from kdcore.data.load import load
from kdcore.events import Row, first
from kdcore.experiment import unflatten
from kdcore.train import fit

SMALL = unflatten(
    {"teacher.widths": "24", "student.widths": "4", "teacher_training.epochs": 8, "training.epochs": 1, "seeds": 2}
)
PIPELINES = (
    "prune:sparsity=0.8,epochs=2,rounds=2+share:bits=3,epochs=1+code",
    "prune:sparsity=0.8,epochs=2,rounds=2,scope=random",
    "prune:sparsity=0.5,scope=units,epochs=1",
    "prune:sparsity=0.5,epochs=2,rewind=start",
    "prune:sparsity=0.5,epochs=2,rewind=fresh",
    "quantize:bits=2,epochs=2",
    "quantize:bits=8,activations=true",
    "low_rank:keep=0.3,epochs=1",
    "distil:widths=6,epochs=3",
    "deploy",
    "deploy:kind=dynamic",
)


@pytest.fixture(scope="module")
def order() -> Compression:
    return Compression(experiment=SMALL, pipelines=PIPELINES, seeds=2)


@pytest.fixture(scope="module")
def rows(order: Compression) -> list[Row]:
    return list(compress(order))


def variant(rows: list[Row], text: str) -> Row:
    return first(rows, "variant", name=text)


def file(rows: list[Row], text: str) -> bytes:
    return first(rows, "snapshot", name=f"{text or 'teacher'}.kdz")["payload"]


def test_every_variant_is_measured_once_after_its_parent(order: Compression, rows: list[Row]):
    told = [row["name"] for row in rows if row["event"] == "variant"]
    assert sorted(told) == sorted(name(pipeline) for pipeline in order.variants())
    for row in rows:
        if row["event"] == "variant" and row["name"]:
            assert told.index(row["parent"]) < told.index(row["name"])
    assert (rows[0]["event"], rows[-1]["event"]) == ("started", "finished")


def test_progress_rises_to_its_end(rows: list[Row]):
    progress = [row["progress"] for row in rows if "progress" in row]
    assert progress == sorted(progress)
    assert 0.9 < progress[-1] <= 1


def test_the_teachers_are_those_of_the_experiment(rows: list[Row]):
    line = first(fit(SMALL), "finished")["table"][0]
    assert variant(rows, "")["test_accuracy"] == line["test_accuracy"]


@pytest.mark.parametrize(
    "text", [name(pipeline) for pipeline in Compression(experiment=SMALL, pipelines=PIPELINES, seeds=2).variants()]
)
def test_a_size_is_the_length_of_a_file_whose_network_answers_as_was_measured(rows: list[Row], text: str):
    row, data = variant(rows, text), load(SMALL.data)
    if text.startswith("deploy"):
        written = first(rows, "snapshot", name=f"{text}.onnx")["payload"]
        assert row["size_bytes"][row["seed"]] == len(written)
        return
    written = file(rows, text)
    assert row["size_bytes"][row["seed"]] == len(written)
    found = codec.contents(written)
    if "activations" in text:
        ranges = json.loads(found.metadata["ranges"])
        answers = logits(Net(found.layers, found.network, found.weights, ranges=ranges), data.test_x)
        assert (answers.argmax(-1) == data.test_y).mean() == row["test_accuracy"][row["seed"]]
        return
    weights, x = values(found.weights), data.test_x.reshape(len(data.test_x), -1)
    for place, (weight, bias) in enumerate(zip(list(weights.values())[::2], list(weights.values())[1::2], strict=True)):
        x = x @ weight.T + bias
        x = x if 2 * place + 2 == len(weights) or not found.layers[place].hidden else np.maximum(x, 0)
    assert (x.argmax(-1) == data.test_y).mean() == pytest.approx(row["test_accuracy"][row["seed"]], abs=0.003)


def test_pruned_weights_are_as_few_as_was_asked_for_and_stay_so_through_sharing(rows: list[Row]):
    weights = 64 * 24 + 24 * 10
    for text in ("prune:sparsity=0.8,rounds=2,epochs=2", "prune:sparsity=0.8,rounds=2,epochs=2+share:bits=3,epochs=1"):
        for nonzero in variant(rows, text)["nonzero"]:
            assert nonzero == pytest.approx(0.2 * weights, abs=1)


def test_a_rewound_network_is_the_beginning_with_fewer_weights_trained_again(rows: list[Row]):
    """Two epochs from the start of the teacher are another network than two from somewhere else."""
    ways = {
        text: values(codec.read(file(rows, f"prune:sparsity=0.5,epochs=2,rewind={text}")))
        for text in ("start", "fresh")
    }
    masks = [{each: array != 0 for each, array in way.items() if each.endswith("weight")} for way in ways.values()]
    for each in masks[0]:
        assert (masks[0][each] == masks[1][each]).mean() > 0.99  # by chance a weight learns to be 0
        assert not np.array_equal(ways["start"][each], ways["fresh"][each])


def test_quantised_weights_have_as_few_values_as_their_bits_allow(rows: list[Row]):
    found = codec.read(file(rows, "quantize:bits=2,epochs=2"))
    for each in ("1.weight", "3.weight"):
        assert all(len(np.unique(row)) <= 3 for row in found[each].values)  # -a, 0, a
    assert len(np.unique(found["1.bias"])) > 3


def test_removed_units_and_thin_layers_make_a_smaller_network(rows: list[Row]):
    teacher = variant(rows, "")
    for text in ("prune:sparsity=0.5,scope=units,epochs=1", "low_rank:keep=0.3,epochs=1", "distil:widths=6,epochs=3"):
        row = variant(rows, text)
        assert row["parameters"] < 0.6 * teacher["parameters"]
        assert row["flops"] < 0.6 * teacher["flops"]
        assert max(row["size_bytes"]) < 0.6 * min(teacher["size_bytes"])


def test_zeros_alone_make_no_file_smaller(rows: list[Row]):
    teacher, pruned = variant(rows, ""), variant(rows, "prune:sparsity=0.8,rounds=2,epochs=2")
    assert abs(pruned["size_bytes"][0] - teacher["size_bytes"][0]) < 20
    assert pruned["flops"] == teacher["flops"]
    assert sum(pruned["ways"]["csr"].values()) < sum(pruned["ways"]["safetensors"].values())


def test_each_class_has_its_share_of_the_accuracy(rows: list[Row]):
    data = load(SMALL.data)
    of_class = np.bincount(data.test_y) / len(data.test_y)
    for row in rows:
        if row["event"] == "variant":
            np.testing.assert_allclose(np.array(row["recall"]) @ of_class, row["test_accuracy"])


def test_the_weights_of_a_deployed_network_are_its_whole_numbers(rows: list[Row]):
    for layer, before in zip(variant(rows, "deploy")["layers"], variant(rows, "")["layers"], strict=True):
        assert layer["shape"] == before["shape"]
        assert layer["values"] <= 256


def test_effort_is_epochs_times_examples_times_work(rows: list[Row]):
    row = variant(rows, "prune:sparsity=0.8,rounds=2,epochs=2")
    assert row["training_flops"] == 3 * row["flops"] * SMALL.facts.train * 4
    assert variant(rows, "deploy")["training_flops"] == 0


def test_variants_answer_as_well_as_they_are_said_to(rows: list[Row]):
    """A sanity check of the whole: int8 keeps accuracy, and training after pruning by size beats by chance."""
    teacher = np.mean(variant(rows, "")["test_accuracy"])
    assert np.mean(variant(rows, "deploy")["test_accuracy"]) == pytest.approx(teacher, abs=0.02)
    assert np.mean(variant(rows, "quantize:activations=true")["test_accuracy"]) == pytest.approx(teacher, abs=0.02)


def test_the_same_order_gives_the_same_networks(order: Compression, rows: list[Row]):
    again = [row for row in compress(order) if row["event"] == "variant"]
    for row in again:
        assert row["test_accuracy"] == variant(rows, row["name"])["test_accuracy"]
        assert row["size_bytes"] == variant(rows, row["name"])["size_bytes"]


@pytest.mark.filterwarnings("ignore:invalid value")  # of classes that no test example has
def test_test_examples_choose_nothing(rows: list[Row], monkeypatch: pytest.MonkeyPatch):
    """With others, on which the best teacher is always wrong: the same seed is kept, and ranges are those of before."""
    data, best = load(SMALL.data), variant(rows, "")["seed"]
    found, x = codec.contents(file(rows, "")), 1 - data.test_x
    said = logits(Net(found.layers, found.network, found.weights), x)
    other = replace(data, test_x=x, test_y=(said.argmax(-1) + 1) % 10)
    monkeypatch.setattr(run, "load", lambda _data: other)
    again = list(compress(Compression(experiment=SMALL, pipelines=("quantize:activations=true", "deploy"), seeds=2)))
    assert [row["seed"] for row in again if row["event"] == "variant"] == 3 * [best]
    for each in ("teacher.kdz", "quantize:activations=true.kdz", "deploy.onnx"):
        assert first(again, "snapshot", name=each)["payload"] == first(rows, "snapshot", name=each)["payload"]


def test_a_variant_is_the_same_in_other_company(rows: list[Row]):
    text = "quantize:bits=2,epochs=2"
    alone = variant(list(compress(Compression(experiment=SMALL, pipelines=(text,), seeds=2))), text)
    assert alone["test_accuracy"] == pytest.approx(variant(rows, text)["test_accuracy"], abs=0.005)


def test_inputs_of_eight_bits_change_the_answers_a_little(rows: list[Row]):
    found, data = codec.contents(file(rows, "")), load(SMALL.data)
    net = Net(found.layers, found.network, found.weights)
    exact, coarse = logits(net, data.test_x), logits(calibrated(net, data.validation_x), data.test_x)
    assert 0 < np.abs(exact - coarse).max() < 1
    with pytest.raises(ValueError, match="calibration"):
        calibrated(net, data.validation_x[:0])


def test_a_teacher_with_convolutions_is_compressed_too():
    short = {"teacher_training.epochs": 1, "training.epochs": 1, "seeds": 1}
    experiment = unflatten({"teacher.kind": "cnn", "teacher.widths": "4-6"} | short)
    thin = "low_rank:keep=0.4,epochs=1"
    pipelines = ("prune:sparsity=0.5,scope=units,epochs=1", thin, "quantize:bits=4,epochs=1", "deploy")
    rows = list(compress(Compression(experiment=experiment, pipelines=pipelines, seeds=1)))
    assert len([row for row in rows if row["event"] == "variant"]) == 5
    assert variant(rows, thin)["flops"] < variant(rows, "")["flops"]


@pytest.mark.parametrize(
    ("impossible", "why"),
    [
        ("prune:sparsity=0.999,scope=layer,epochs=1", "0.999"),
        ("distil:widths=6,epochs=1+prune:epochs=1,rewind=start", "rewind is start: this network has other layers"),
        ("distil:widths=24-10,epochs=1+prune:epochs=1,rewind=fresh", "rewind is fresh: this network has other layers"),
        ("low_rank:keep=0.01,epochs=1", "keep is 0.01: no layer of this network gets smaller"),
    ],
)
def test_what_cannot_be_made_of_this_network_is_told_and_the_rest_goes_on(impossible: str, why: str):
    rows = list(compress(Compression(experiment=SMALL, pipelines=(f"{impossible}+code", "quantize"), seeds=2)))
    told = first(rows, "impossible")
    assert told["name"] == impossible
    assert why in told["detail"]
    made = [row["name"] for row in rows if row["event"] == "variant"]
    assert "quantize" in made
    assert not any("code" in each for each in made)
    assert rows[-1]["event"] == "finished"
