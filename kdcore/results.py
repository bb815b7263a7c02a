"""What is kept of a trained run: pictures, weights, and the table of measures on test examples."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from kdcore import shapes
from kdcore.data.load import Split
from kdcore.events import ASSISTED, LANES, Row, compared
from kdcore.experiment import SOFT_TARGETS, Experiment, Who
from kdcore.export import metadata, onnx_model, safetensors_bytes
from kdcore.measure.calibration import expected_calibration_error
from kdcore.measure.fidelity import agreement, kl
from kdcore.measure.latency import latency
from kdcore.measure.left_out import left_out
from kdcore.measure.pictures import boundary, confusion, examples
from kdcore.measure.size import size_bytes
from kdcore.measure.snapshots import Diary, pack
from kdcore.nets import Cohort
from kdcore.otherwise import extra_parameters

Answers = dict[str, np.ndarray]  # of each lane: logits (seeds, examples, classes)


@dataclass(frozen=True)
class Lane:
    """The trained networks of a lane: `part` of a cohort, a network a seed."""

    who: Who
    cohort: Cohort
    part: slice

    def logits(self, x: np.ndarray) -> np.ndarray:
        """(examples, *shape) -> (seeds, examples, classes)"""
        return self.cohort.evaluate(torch.from_numpy(x).to(self.cohort.matrix))[self.part].cpu().numpy()

    def weights(self, seed: int) -> dict[str, np.ndarray]:
        """The weights of one seed's network, by their names in its `nn.Sequential`."""
        m = range(len(self.cohort))[self.part][seed]
        return {name: weight.numpy() for name, weight in self.cohort.member(m).state_dict().items()}


def results(experiment: Experiment, data: Split, lanes: dict[str, Lane], diary: Diary) -> Iterator[Row]:
    """Snapshots of the pictures and of one seed's answers and weights, then `finished` with the table."""
    classes = experiment.class_names
    # choices are made on validation examples
    validation = {name: lane.logits(data.validation_x) for name, lane in lanes.items()}
    best = int((validation["distilled"].argmax(-1) == data.validation_y).mean(-1).argmax())
    of_best = {name: validation[name][best] for name in LANES}
    yield _snapshot("examples", examples(classes, data.validation_x, data.validation_y, of_best))
    ask = {name: lanes[name].logits for name in LANES}
    yield _file("soft_labels", pack(diary.soft_labels(classes, ask, best)))
    if experiment.facts.is_plane:
        planes = {name: lanes[name].logits for name in compared(lanes)}
        yield _snapshot("boundary", boundary(classes, data.validation_x, data.validation_y, planes))
    # test examples are used here, and only here
    answers = {name: lane.logits(data.test_x) for name, lane in lanes.items()}
    yield _snapshot("confusion", confusion(classes, data.test_y, answers))
    table = []
    for name, lane in lanes.items():
        weights = lane.weights(best)
        yield _file(f"{name}.safetensors", safetensors_bytes(weights, metadata(experiment, lane.who)))
        costs = _costs(experiment, lane.who, weights) | _extra(experiment, name)
        table.append({"lane": name} | costs | _quality(answers, name, data.test_y))
    finished = {"event": "finished", "exported_seed": best, "table": table}
    if experiment.left_out:
        finished["left_out"] = left_out(
            experiment.left_out, data.train_y, validation, data.validation_y, answers, data.test_y
        )
    yield finished


def _costs(experiment: Experiment, who: Who, weights: dict[str, np.ndarray]) -> Row:
    """Size and speed, which do not depend on the seed."""
    layers, network = experiment.layers(who), experiment.network(who)
    timed = latency(onnx_model(layers, network, experiment.facts.shape, weights))
    return {
        "parameters": shapes.parameters(layers),
        "size_bytes": size_bytes(weights),
        "flops": shapes.flops(layers),
        "latency_ms": timed.median_ms,
        "latency_on": f"{timed.runtime}, {timed.threads} thread, {timed.processor}",
    }


def _extra(experiment: Experiment, lane: str) -> Row:
    """How many numbers were learned beside the student's own weights, and thrown away, where another method taught."""
    if experiment.method == SOFT_TARGETS or lane not in ("distilled", *ASSISTED):
        return {}
    return {"extra_parameters": extra_parameters(experiment, "assistant" if lane in ASSISTED else "teacher")}


def _quality(answers: Answers, name: str, labels: np.ndarray) -> Row:
    """Accuracy, fidelity to the teacher of the same seed, and calibration; a number for each seed."""
    logits, teacher = answers[name], answers["teacher"]
    return {
        "test_accuracy": (logits.argmax(-1) == labels).mean(-1).tolist(),
        "agreement": None if name == "teacher" else agreement(teacher, logits).tolist(),
        "kl": None if name == "teacher" else kl(teacher, logits).tolist(),
        "ece": expected_calibration_error(logits, labels).tolist(),
    }


def _snapshot(name: str, data: Row) -> Row:
    return {"event": "snapshot", "name": name, "data": data}


def _file(name: str, payload: bytes) -> Row:
    return {"event": "snapshot", "name": name, "payload": payload}
