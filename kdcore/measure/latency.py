"""How long one answer takes where the network would be used: ONNX Runtime, one example, one thread."""

import platform
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import onnxruntime

WARM_UP = 20  # first calls allocate and plan; they are not counted
CALLS = 200
REPEATS = 3  # of a whole measurement, so that its spread is seen
BATCHES = (1, 256)


@dataclass(frozen=True)
class Latency:
    """The median time of a call, in ms, and what it was measured on."""

    median_ms: float
    calls: int
    threads: int
    runtime: str  # "onnxruntime 1.31.1"
    processor: str


def latency(model: bytes, calls: int = CALLS, batch: int = 1) -> Latency:
    """Time an ONNX model with one input, whose first axis is the batch. Any values do: the arithmetic is the same."""
    session = one_thread(model)
    (entry,) = session.get_inputs()
    feed = {entry.name: np.random.default_rng(0).random((batch, *entry.shape[1:]), dtype=np.float32)}
    for _call in range(WARM_UP):
        session.run(None, feed)
    times = []
    for _call in range(calls):
        start = perf_counter()
        session.run(None, feed)
        times.append(perf_counter() - start)
    runtime = f"onnxruntime {onnxruntime.__version__}"
    return Latency(1000 * median(times), calls, threads=1, runtime=runtime, processor=processor())


def one_thread(model: bytes) -> onnxruntime.InferenceSession:
    """An ONNX model ready to be asked, on one thread: in a small network others would only wait for one another."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def processor() -> str:
    """This machine's processor, as its maker calls it where the system tells."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
