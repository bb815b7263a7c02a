"""Latency: one example, one thread, warmed up, the median, and on what."""

from itertools import chain, repeat
from types import SimpleNamespace

import numpy as np
import onnxruntime
import pytest

from kdcore.experiment import Experiment
from kdcore.export import onnx_model
from kdcore.measure import latency as module
from kdcore.measure.latency import WARM_UP, latency


def model() -> bytes:
    experiment = Experiment()
    layers = experiment.layers("student")
    weights = {}
    for index, layer in zip((1, 3), layers, strict=True):
        weights[f"{index}.weight"] = np.ones(layer.weight_shape, np.float32)
        weights[f"{index}.bias"] = np.zeros(layer.outputs, np.float32)
    return onnx_model(layers, experiment.student, experiment.facts.shape, weights)


def test_a_real_model_takes_some_time_and_says_on_what():
    measured = latency(model(), calls=5)
    assert 0 < measured.median_ms < 1000
    assert (measured.calls, measured.threads) == (5, 1)
    assert measured.runtime == f"onnxruntime {onnxruntime.__version__}"
    assert measured.processor


def test_median_of_warmed_calls_with_one_example_and_one_thread(monkeypatch):
    """Calls of 1, 2, 3, 4 and 100 ms: the median is 3. The clock is not looked at while warming up."""
    seen = []

    class Session:
        def __init__(self, _model, options, providers):
            seen.append((options.intra_op_num_threads, options.inter_op_num_threads, providers))

        def get_inputs(self):
            return [SimpleNamespace(name="x", shape=["batch", 1, 8, 8])]

        def run(self, _outputs, feed):
            seen.append((feed["x"].shape, feed["x"].dtype))

    ticks = chain.from_iterable((start, start + ms / 1000) for start, ms in enumerate((2, 100, 1, 4, 3)))
    monkeypatch.setattr(onnxruntime, "InferenceSession", Session)
    monkeypatch.setattr(module, "perf_counter", lambda: next(ticks))
    assert latency(b"", calls=5).median_ms == pytest.approx(3)
    assert seen[0] == (1, 1, ["CPUExecutionProvider"])
    assert seen[1:] == list(repeat(((1, 1, 8, 8), np.float32), WARM_UP + 5))
