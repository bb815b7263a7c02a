"""Export: ONNX that answers as torch does, weights bit for bit, and a script that repeats the run."""

import contextlib
import io
import json
import subprocess
import sys

import numpy as np
import onnxruntime
import pytest
import safetensors
import torch
from hypothesis import given, reject
from hypothesis import strategies as st
from pydantic import ValidationError

from kdcore.data.catalogue import CATALOGUE
from kdcore.events import CONTROLS, LANES, first
from kdcore.experiment import Experiment, Network, unflatten
from kdcore.export import metadata, modules, onnx_model, read_safetensors, safetensors_bytes, script
from kdcore.nets import build
from kdcore.shapes import layers
from kdcore.train import fit

ACTIVATIONS = ("relu", "tanh", "gelu", "sigmoid")
NETWORKS = [
    *(Network(widths=(32, 16), activation=activation, dropout=0.3) for activation in ACTIVATIONS),
    *(Network(kind="cnn", widths=(4, 8), activation=activation, dropout=0.3) for activation in ACTIVATIONS),
    Network(widths=()),
    Network(kind="cnn", widths=(3,)),
]


def weights_of(net: torch.nn.Module) -> dict[str, np.ndarray]:
    return {name: weight.numpy() for name, weight in net.state_dict().items()}


# ONNX


@pytest.mark.parametrize("shape", [(1, 8, 8), (1, 28, 28), (2, 7, 9)])
@pytest.mark.parametrize("network", NETWORKS, ids=lambda n: f"{n.kind}-{len(n.widths)}-{n.activation}")
def test_onnx_answers_as_torch_does(network, shape):
    stack = layers(network, shape, 10)
    net = build(stack, network, seed=1).eval()
    session = onnxruntime.InferenceSession(onnx_model(stack, network, shape, weights_of(net)))
    for batch in (1, 5):
        x = torch.randn(batch, *shape, generator=torch.Generator().manual_seed(batch))
        (logits,) = session.run(["logits"], {"x": x.numpy()})
        np.testing.assert_allclose(logits, net(x).detach().numpy(), atol=1e-4)


def test_onnx_knows_what_it_is():
    experiment = Experiment(seeds=3)
    stack = experiment.layers("student")
    weights = weights_of(build(stack, experiment.student, seed=0))
    file = onnx_model(stack, experiment.student, experiment.facts.shape, weights, metadata(experiment))
    told = onnxruntime.InferenceSession(file).get_modelmeta().custom_metadata_map
    assert Experiment.model_validate_json(told["experiment"]) == experiment
    assert told["key"] == experiment.key
    assert json.loads(told["classes"]) == list("0123456789")


def test_onnx_of_points_has_one_axis_beside_the_batch():
    network = Network(widths=(4,))
    stack = layers(network, (2,), 3)
    session = onnxruntime.InferenceSession(onnx_model(stack, network, (2,), weights_of(build(stack, network, 0))))
    assert [entry.shape for entry in (*session.get_inputs(), *session.get_outputs())] == [["batch", 2], ["batch", 3]]


def test_weights_of_another_network_are_refused():
    small, large = Network(widths=(4,)), Network(widths=(5,))
    weights = weights_of(build(layers(small, (2,), 3), small, 0))
    with pytest.raises(ValueError, match=r"another network: .*\(4, 2\).* instead of .*\(5, 2\)"):
        onnx_model(layers(large, (2,), 3), large, (2,), weights)


@pytest.mark.parametrize("network", NETWORKS, ids=lambda n: f"{n.kind}-{len(n.widths)}-{n.activation}")
def test_modules_are_those_of_torch(network):
    names = {"conv": "conv2d", "pool": "maxpool2d"}
    stack = layers(network, (1, 8, 8), 10)
    expected = [type(module).__name__.lower() for module in build(stack, network, 0)]
    assert [names.get(word, word) for word, _layer in modules(stack, network)] == expected


# safetensors


def test_weights_come_back_bit_for_bit_with_what_is_told_of_them():
    weights = {
        "0.weight": np.array([[np.nan, -0.0, np.inf], [1e-45, 1, -1]], np.float32).T,
        "0.bias": np.arange(3, dtype=np.float32),
    }
    read, told = read_safetensors(safetensors_bytes(weights, metadata(Experiment())))
    assert told == metadata(Experiment())
    assert {n: (a.dtype, a.shape, a.tobytes()) for n, a in read.items()} == {
        n: (a.dtype, a.shape, a.tobytes()) for n, a in weights.items()
    }


def test_weights_without_a_word_about_them():
    assert read_safetensors(safetensors_bytes({"a": np.zeros(1)}))[1] == {}


def test_file_that_was_cut_is_refused():
    with pytest.raises(safetensors.SafetensorError):
        read_safetensors(safetensors_bytes({"a": np.zeros(9)})[:-1])


# The script


def accuracies(printed: str) -> dict[str, np.ndarray]:
    """The table that the script prints: accuracies in %, of each lane seed by seed; the mean is checked here."""
    title, head, *rows, mean = [line.replace("%", "").split() for line in printed.splitlines()]
    assert " ".join(title) == "Test accuracy"
    assert head[:4] == ["seed", *LANES]
    assert [row[0] for row in (*rows, mean)] == [*map(str, range(len(rows))), "mean"]
    seeds, means = np.array([row[1:] for row in rows], dtype=float), np.array(mean[1:], dtype=float)
    np.testing.assert_allclose(means, seeds.mean(axis=0), atol=0.011)
    return dict(zip(head[1:], seeds.T, strict=True))


def assert_repeats(experiment: Experiment, printed: str) -> None:
    """The printed accuracies are those of `fit`, to within two test examples a seed."""
    table = {row["lane"]: row["test_accuracy"] for row in first(fit(experiment), "finished")["table"]}
    found = accuracies(printed)
    assert set(found) == table.keys() - set(CONTROLS)
    for lane in found:
        np.testing.assert_allclose(found[lane], 100 * np.array(table[lane]), atol=200 / experiment.facts.test + 0.01)


SHORT = {"seeds": 2, "training.epochs": 12, "teacher_training.epochs": 4}


def test_script_run_by_itself_repeats_the_run():
    experiment = unflatten(SHORT | {"training.learning_rate": 0.01, "student.dropout": 0.2, "teacher.dropout": 0.3})
    command = [sys.executable, "-W", "error", "-"]
    done = subprocess.run(command, input=script(experiment), capture_output=True, text=True, check=True)
    assert_repeats(experiment, done.stdout)


@pytest.mark.parametrize(
    "settings",
    [
        {"training.optimizer": "adamw", "training.label_smoothing": 0.2, "training.batch_size": 7},
        {"data.name": "spirals", "training.optimizer": "sgd", "data.labels": None, "student.activation": "tanh"},
        {"data.name": "moons", "teacher.widths": "linear", "soft_weight": 1, "temperature": 1.5, "data.seed": 7},
        {"teacher.kind": "cnn", "teacher.widths": "4-8", "student.kind": "cnn", "student.widths": "4"}
        | {"student.dropout": 0.3, "student.activation": "gelu", "data.labels": 95, "training.learning_rate": 0.02},
        {"left_out": "3", "data.labels": 1050, "controls": True},
        {"label_noise": 0.3, "unlabelled": 150, "assistant": True, "training.label_smoothing": 0.1},
        {"unlabelled": 2000, "soft_weight": 0, "student.dropout": 0.2, "left_out": "0-1"},
    ],
    ids=["adamw", "spirals", "moons", "cnn", "left out", "all that is later", "labels again"],
)
def test_script_repeats_the_run(settings):
    experiment = unflatten(SHORT | settings)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(script(experiment), {})
    assert_repeats(experiment, printed.getvalue())


@st.composite
def experiments(draw):
    """Experiments of every data set and kind, with the longest networks there are."""
    name = draw(st.sampled_from(list(CATALOGUE)))

    def network(deepest_cnn: int) -> Network:
        kind = draw(st.sampled_from(["mlp", "cnn"] if deepest_cnn else ["mlp"]))
        most = deepest_cnn if kind == "cnn" else 6
        return Network(
            kind=kind,
            widths=draw(st.lists(st.integers(1, 999), min_size=kind == "cnn", max_size=most)),
            activation=draw(st.sampled_from(ACTIVATIONS)),
            dropout=draw(st.floats(0, 0.9)),
        )

    deepest = {"digits": 3, "mnist": 4, "fashion_mnist": 4}.get(name, 0)
    optimizer = draw(st.sampled_from(["adam", "adamw", "sgd"]))
    teacher, student = network(deepest), network(deepest)
    later = draw(st.fixed_dictionaries({"label_noise": st.floats(0, 0.9), "unlabelled": st.integers(0, 60_000)}))
    later["assistant"] = teacher.kind == student.kind and draw(st.booleans())
    training = {"optimizer": optimizer}
    try:
        return Experiment(data={"name": name}, teacher=teacher, student=student, training=training, seeds=1, **later)
    except ValidationError:
        assert later["assistant"], "only an assistant may be too large, that of a student larger than its teacher"
        reject()


@given(experiments())
def test_script_is_short_plain_python_of_its_own(experiment):
    text = script(experiment)
    compile(text, "script", "exec")
    lines = text.splitlines()
    assert len(lines) < 100
    assert max(map(len, lines)) <= 120
    assert "kdcore" not in text
    assert experiment.key in text
    assert "$" not in text
    assert text.isascii()


@pytest.mark.parametrize(
    "settings",
    [
        {"left_out": range(8), "controls": True, "assistant": True},
        {"left_out": range(8), "unlabelled": 50_000, "assistant": True},
        {"label_noise": 1 / 3, "unlabelled": 50_000, "assistant": True},
    ],
    ids=["controls", "left out", "wrong labels"],
)
def test_longest_script_is_under_100_lines(settings):
    longest = {"widths": (999,) * 6, "activation": "sigmoid", "dropout": 0.12345678901234567}
    networks = {"teacher": longest, "student": longest}
    experiment = Experiment(data={"name": "fashion_mnist"}, **networks, seeds=1, **settings)
    lines = script(experiment).splitlines()
    assert len(lines) < 100
    assert max(map(len, lines)) <= 120


def test_script_says_that_it_has_no_controls():
    assert "\nIts controls are not repeated. Needs: pip" in script(Experiment(controls=True))
    assert "controls" not in script(Experiment())


def test_script_says_where_it_has_no_assistant():
    deep = Network(widths=(99,) * 6, dropout=0.5)
    settings = {"data": {"name": "mnist"}, "teacher": deep, "student": deep, "assistant": True, "seeds": 1}
    assert "Its assistant is not repeated" not in script(Experiment(assistant=True, label_noise=0.1, unlabelled=9))
    assert "\nIts assistant is not repeated. Needs: pip" in script(
        Experiment(**settings, label_noise=0.1, unlabelled=9)
    )
