"""What trained networks answer to something new: ONNX Runtime on the weights that a run kept. No torch in here."""

from collections.abc import Callable, Mapping

import numpy as np

from kdcore import export
from kdcore.events import LANES
from kdcore.experiment import Experiment
from kdcore.measure.latency import one_thread

Network = Callable[[np.ndarray], np.ndarray]  # examples (batch, *shape) to logits (batch, classes)


def networks(experiment: Experiment, payload: Callable[[str], bytes | None]) -> dict[str, Network]:
    """A run's networks by lane, ready to be asked from any thread; none for a lane of which no weights were kept.

    `payload` gives the bytes that the run kept under a name. To get ready takes some ms, to answer a fraction of one.
    """
    kept = {lane: payload(f"{lane}.safetensors") for lane in LANES}
    return {lane: network(experiment, lane, weights) for lane, weights in kept.items() if weights}


def network(experiment: Experiment, lane: str, weights: bytes) -> Network:
    """The network of a lane: of the teacher, of whose answer only the student's classes are told, or of a student."""
    who = "teacher" if lane == "teacher" else "student"
    arrays, _about = export.read_safetensors(weights)
    model = export.onnx_model(experiment.layers(who), getattr(experiment, who), experiment.facts.shape, arrays)
    session = one_thread(model)
    told = list(experiment.classes) if who == "teacher" and experiment.classes else slice(None)

    def answer(x: np.ndarray) -> np.ndarray:
        (logits,) = session.run(None, {"x": np.asarray(x, dtype=np.float32)})
        return logits[:, told]

    return answer


def answers(networks: Mapping[str, Network], x: np.ndarray) -> dict[str, np.ndarray]:
    """What each lane says to one example: logits (classes,)."""
    return {lane: network(x[None])[0] for lane, network in networks.items()}
