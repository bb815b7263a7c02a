"""What is taken away is what was trained: the same weights, the same answers, the same numbers."""

import csv
import io
import json

import numpy as np
import onnxruntime
import pytest
from visits import SMALL

from kdcore import export
from kdcore.events import first
from kdcore.experiment import Experiment
from pages._ui import downloads, runs
from pages._ui.runs import Shown


@pytest.fixture(params=["stored", "recorded"])
def shown(request, lab, small_rows) -> Shown:
    if request.param == "recorded":
        return runs.default()
    lab.put(SMALL, small_rows)
    return runs.find(SMALL.key)


def test_the_onnx_student_gives_the_logits_of_the_run_within_1e_4(shown):
    session = onnxruntime.InferenceSession(downloads._onnx(shown))
    for example in first(shown.rows, "snapshot", name="examples")["data"]["rows"]:
        x = np.array(example["x"], np.float32).reshape(1, *example["shape"])
        (logits,) = session.run(None, {"x": x})
        np.testing.assert_allclose(logits[0], example["distilled"], atol=1e-4)


def test_the_safetensors_student_knows_where_it_comes_from(shown):
    weights, about = export.read_safetensors(shown.payload(downloads.STUDENT))
    assert sum(array.size for array in weights.values()) == first(shown.rows, "finished")["table"][2]["parameters"]
    assert Experiment.model_validate_json(about["experiment"]).key == about["key"] == shown.key


def test_rows_as_csv_and_json_are_those_of_the_run(shown):
    lines = list(csv.DictReader(io.StringIO(downloads._csv(shown))))
    epochs = [row for row in json.loads(downloads.as_json(shown.rows)) if row["event"] == "epoch"]
    assert len(lines) == sum(len(row["val_accuracy"]) for row in epochs)
    assert float(lines[-1]["val_accuracy"]) == epochs[-1]["val_accuracy"][-1]
    assert float(lines[-1]["soft"]) == epochs[-1]["soft"][-1]
