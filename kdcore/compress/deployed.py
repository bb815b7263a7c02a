"""int8 as one would use it: ONNX Runtime's own quantisation of the exported model, dynamic or static (QDQ)."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import numpy as np
import onnx
from onnx import numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static

from kdcore.measure.latency import one_thread
from kdcore.words import _

CALIBRATED_ON = 500  # examples, in one batch


def int8(model: bytes, kind: Literal["dynamic", "static"], x: np.ndarray) -> bytes:
    """The model with int8 weights, one scale a channel; ranges of activations are found while it runs (dynamic) or on
    the validation examples x (static). Raises ValueError where there are none to calibrate with."""
    if not len(x):
        raise ValueError(_("calibration was given 0 examples: it needs at least one"))
    with TemporaryDirectory() as folder:
        source, target = Path(folder) / "float.onnx", Path(folder) / "int8.onnx"
        source.write_bytes(model)
        types = {"weight_type": QuantType.QInt8, "per_channel": True}
        with _without_advice():
            if kind == "dynamic":
                quantize_dynamic(source, target, **types)
            else:
                quantize_static(source, target, _Examples(x[:CALIBRATED_ON]), quant_format=QuantFormat.QDQ, **types)
        return target.read_bytes()


def logits(model: bytes, x: np.ndarray) -> np.ndarray:
    """What ONNX Runtime answers: x (examples, *shape) -> (examples, classes)."""
    return one_thread(model).run(["logits"], {"x": x})[0]


def matrices(model: bytes) -> list[np.ndarray]:
    """The int8 weights of each layer of a model that `int8` made."""
    arrays = map(numpy_helper.to_array, onnx.load_from_string(model).graph.initializer)
    return [array for array in arrays if array.dtype == np.int8 and array.ndim > 1]


@contextmanager
def _without_advice() -> Iterator[None]:
    """ONNX Runtime's quantisation logs the same warning in every call; afterwards all others are heard again."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


class _Examples(CalibrationDataReader):
    def __init__(self, x: np.ndarray):
        self._feeds: Iterator[dict[str, np.ndarray]] = iter([{"x": x}])

    def get_next(self) -> dict[str, np.ndarray] | None:
        return next(self._feeds, None)
