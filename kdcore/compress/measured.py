"""What is measured of a variant: all of it on the file that was written, or on what it was read back as."""

import json
from collections.abc import Callable, Iterator

import numpy as np
import safetensors.numpy

from kdcore import shapes
from kdcore.compress import account, codec, deployed
from kdcore.compress.answers import logits
from kdcore.compress.stages import Net
from kdcore.compression import Code, Deploy, Pipeline, name
from kdcore.data.load import Split
from kdcore.events import Row
from kdcore.experiment import Experiment
from kdcore.export import onnx_model
from kdcore.measure.calibration import expected_calibration_error
from kdcore.measure.fidelity import agreement, kl
from kdcore.measure.latency import BATCHES, REPEATS, latency

EXAMPLES = 2000  # validation examples that are kept, at most


class Bench:
    """Measures variants against their teachers; networks come as one for each seed."""

    def __init__(self, data: Split, experiment: Experiment, teachers: list[Net]):
        self._data, self._experiment = data, experiment
        self._teacher_answers = np.stack([logits(net, data.test_x) for net in teachers])
        right = [(logits(net, data.validation_x).argmax(-1) == data.validation_y).mean() for net in teachers]
        self._seed = int(np.argmax(right))  # whose networks are kept: the best teacher's, and what was made of it

    def examples(self) -> Row:
        """The examples whose predicted classes are kept of every variant."""
        x, label = self._data.validation_x[:EXAMPLES], self._data.validation_y[:EXAMPLES]
        pixels = (255 * x).round().astype(np.uint8) if self._experiment.facts.is_image else x
        payload = safetensors.numpy.save({"x": np.ascontiguousarray(pixels), "label": label.astype(np.uint8)})
        return {"event": "snapshot", "name": "examples", "payload": payload}

    def rows(
        self, pipeline: Pipeline, nets: list[Net], seconds: float, trained_with: Row | None, progress: float
    ) -> Iterator[Row]:
        """The variant's row, and the file of one seed."""
        files = [self._file(pipeline, net) for net in nets]
        asked = [self._asker(pipeline, net, file) for net, file in zip(nets, files, strict=True)]
        validation = np.stack([ask(self._data.validation_x) for ask in asked])
        test = np.stack([ask(self._data.test_x) for ask in asked])
        right = (validation.argmax(-1) == self._data.validation_y).mean(-1)
        net, file = nets[self._seed], files[self._seed]
        matrices = [_matrices(pipeline, net, file) for net, file in zip(nets, files, strict=True)]
        is_deployed = _is_deployed(pipeline)
        yield {
            "event": "variant",
            "name": name(pipeline),
            "parent": name(pipeline[:-1]) if pipeline else None,
            "progress": progress,
            "seed": self._seed,
            "val_accuracy": right.tolist(),
            "test_accuracy": (test.argmax(-1) == self._data.test_y).mean(-1).tolist(),
            "recall": self._recall(test),
            "agreement": agreement(self._teacher_answers, test).tolist() if pipeline else None,
            "kl": kl(self._teacher_answers, test).tolist() if pipeline else None,
            "ece": expected_calibration_error(test, self._data.test_y).tolist(),
            "size_bytes": [len(file) for file in files],
            "parameters": shapes.parameters(list(net.layers)),
            "nonzero": [int(sum(map(np.count_nonzero, each))) for each in matrices],
            "flops": shapes.flops(list(net.layers)),
            **_speed(file if is_deployed else self._float(net)),
            "seconds": seconds,
            "training_flops": self._effort(nets[0], trained_with),
            "trained_with": trained_with,
            "layers": _layers(net, matrices[self._seed]),
            "predicted": validation[self._seed][:EXAMPLES].argmax(-1).tolist(),
            "ways": {} if is_deployed else account.ways(net.weights, net.layers, net.network),
        }
        ending = "onnx" if is_deployed else "kdz"
        yield {"event": "snapshot", "name": f"{name(pipeline) or 'teacher'}.{ending}", "payload": file}

    def _effort(self, net: Net, trained_with: Row | None) -> int:
        """FLOPs of a stage's learning, about: forward, and twice as much backward, for every example of every epoch."""
        epochs = trained_with["epochs"] if trained_with else 0
        return 3 * shapes.flops(list(net.layers)) * len(self._data.train_x) * epochs

    def _file(self, pipeline: Pipeline, net: Net) -> bytes:
        last = pipeline[-1] if pipeline else None
        if isinstance(last, Deploy):
            return deployed.int8(self._float(net), last.kind, self._data.validation_x)
        how = {"form": last.form, "last": last.last} if isinstance(last, Code) else {}
        metadata = {"ranges": json.dumps(net.ranges)} if net.ranges else {}
        return codec.write(net.weights, net.layers, net.network, **how, metadata=metadata)

    def _asker(self, pipeline: Pipeline, net: Net, file: bytes) -> Callable[[np.ndarray], np.ndarray]:
        """A function from examples to logits: those of the file as it is read back."""
        if _is_deployed(pipeline):
            return lambda x: deployed.logits(file, x)
        found = codec.contents(file)
        read = Net(found.layers, found.network, found.weights, ranges=found.ranges)
        return lambda x: logits(read, x)

    def _float(self, net: Net) -> bytes:
        return onnx_model(net.layers, net.network, self._experiment.facts.shape, net.values)

    def _recall(self, answers: np.ndarray) -> list[list[float]]:
        """Of each class the share that is recognised, (seeds, classes)."""
        is_right = answers.argmax(-1) == self._data.test_y
        of_class = [is_right[:, self._data.test_y == label].mean(-1) for label in range(answers.shape[-1])]
        return np.stack(of_class, -1).tolist()


def _is_deployed(pipeline: Pipeline) -> bool:
    return bool(pipeline) and isinstance(pipeline[-1], Deploy)


def _speed(onnx: bytes) -> Row:
    """Medians of a call, a number for each repetition, by batch size."""
    timed = {batch: [latency(onnx, batch=batch) for _repeat in range(REPEATS)] for batch in BATCHES}
    on = timed[1][0]
    return {
        "latency_ms": {str(batch): [each.median_ms for each in times] for batch, times in timed.items()},
        "latency_on": f"{on.runtime}, {on.threads} thread, {on.processor}",
    }


def _matrices(pipeline: Pipeline, net: Net, file: bytes) -> list[np.ndarray]:
    """The weights of each layer, as they are used: of a deployed network whole numbers."""
    return deployed.matrices(file) if _is_deployed(pipeline) else [net.values[each] for each in net.names]


def _layers(net: Net, matrices: list[np.ndarray]) -> list[Row]:
    """What each layer's weights are like."""
    return [
        {
            "name": name,
            "kind": layer.kind,
            "shape": list(layer.weight_shape),
            "nonzero": int(np.count_nonzero(weights)),
            "values": len(np.unique(weights)),
        }
        for (name, layer), weights in zip(shapes.names(net.layers, net.network), matrices, strict=True)
    ]
