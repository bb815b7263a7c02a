"""What a run keeps of its answers, so that they can be looked at long after the networks are gone.

Logits are kept rather than probabilities: they can be softened at any temperature later. There are those of the
exported seed on the first validation examples, at the end and at some epochs on the way; and for data of two
dimensions, what the lanes say all over the plane at those epochs. All of it is one safetensors file of plain arrays.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import safetensors.numpy
from scipy.special import softmax

from kdcore.data.facts import MOST_AREAS
from kdcore.events import LANES
from kdcore.measure.pictures import sides

EXAMPLES = 400  # as many as are kept, the first of the validation set
MOMENTS = 12  # epochs that are kept, about
GRID = 48  # points along each side of the plane
LARGEST = 60_000  # a logit beyond it would not fit 16 bits

Ask = Callable[[np.ndarray], np.ndarray]  # a lane's logits: (examples, *shape) -> (seeds, examples, classes)


@dataclass(frozen=True, eq=False)
class SoftLabels:
    """One seed's answers. Lanes end with `_over` where they are kept for each of `epochs`.

    A grid holds a row of the plane after the other, from low to high: the winning class of each point, and 100 times
    its probability (`sure`). Grids are None unless the data have two dimensions, and few enough classes for colours.
    """

    classes: tuple[str, ...]
    index: np.ndarray  # (examples,) int32, places in the validation set
    x: np.ndarray  # (examples, *shape), uint8 for pictures (255 is white), float32 for points and tables
    label: np.ndarray  # (examples,) uint8
    epochs: np.ndarray  # (moments,) int32, from 0 to the last
    teacher: np.ndarray  # (examples, classes) float32, as the next two: at the end of training
    scratch: np.ndarray
    distilled: np.ndarray
    scratch_over: np.ndarray  # (moments, examples, classes) float16
    distilled_over: np.ndarray
    grid_x: np.ndarray | None = None  # (2,) float32, where the plane begins and ends
    grid_y: np.ndarray | None = None
    teacher_grid: np.ndarray | None = None  # (48, 48) uint8
    teacher_sure: np.ndarray | None = None
    scratch_grid_over: np.ndarray | None = None  # (moments, 48, 48) uint8
    scratch_sure_over: np.ndarray | None = None
    distilled_grid_over: np.ndarray | None = None
    distilled_sure_over: np.ndarray | None = None

    def logits(self, lane: str, epoch_index: int | None = None) -> np.ndarray:
        """A lane's answers (examples, classes), float32: those at the end, or at `epochs[epoch_index]`.

        The teacher had learned all it knows before the students began: its answers are always those at the end.
        """
        if epoch_index is None or lane == "teacher":
            return getattr(self, lane)
        return getattr(self, f"{lane}_over")[epoch_index].astype(np.float32)


def pack(soft: SoftLabels) -> bytes:
    """The answers as a safetensors file; the names of the classes are in its metadata."""
    arrays = {name: np.asarray(array, order="C") for name, array in _arrays(soft).items()}
    return safetensors.numpy.save(arrays, {"classes": json.dumps(soft.classes)})


def unpack(payload: bytes) -> SoftLabels:
    """The answers that `pack` wrote. Raises safetensors.SafetensorError."""
    arrays = safetensors.numpy.load(payload)  # checks the header, so that it can be trusted below
    header = json.loads(payload[8 : 8 + int.from_bytes(payload[:8], "little")])
    return SoftLabels(classes=tuple(json.loads(header["__metadata__"]["classes"])), **arrays)


def moments(last: int) -> list[int]:
    """Epochs to remember: before training, the last, and between them ever fewer, as ever less happens."""
    return sorted({0, *np.geomspace(1, last, MOMENTS - 1).round().astype(int).tolist()})


class Diary:
    """What the students answer while they learn. All seeds are noted, as the best is known only at the end."""

    def __init__(self, x: np.ndarray, labels: np.ndarray, last_epoch: int):
        """x and labels of the validation examples."""
        self.epochs = moments(last_epoch)
        self._x, self._labels = x[:EXAMPLES], labels[:EXAMPLES]
        is_plane = x.shape[1:] == (2,) and len(np.unique(labels)) <= MOST_AREAS
        self._sides = sides(x, GRID) if is_plane else None
        self._logits: dict[str, list[np.ndarray]] = {lane: [] for lane in LANES[1:]}  # (seeds, examples, classes) each
        self._planes: dict[str, list[np.ndarray]] = {lane: [] for lane in LANES[1:]}  # (seeds, 2, 48, 48) each

    def note(self, lanes: Mapping[str, Ask]) -> None:
        """Ask the students once more; to be called at each of `epochs`."""
        for lane in LANES[1:]:
            self._logits[lane].append(lanes[lane](self._x).clip(-LARGEST, LARGEST).astype(np.float16))
            if self._sides:
                self._planes[lane].append(self._plane(lanes[lane]))

    def soft_labels(self, classes: Sequence[str], lanes: Mapping[str, Ask], seed: int) -> SoftLabels:
        """What was noted of one seed, and what its networks answer now."""
        pixels = (255 * self._x).round().astype(np.uint8) if self._x.ndim == 4 else self._x
        arrays = {f"{lane}_over": np.stack(noted)[:, seed] for lane, noted in self._logits.items()}
        if self._sides:
            arrays |= {f"grid_{axis}": side[[0, -1]] for axis, side in zip("xy", self._sides, strict=True)}
            arrays["teacher_grid"], arrays["teacher_sure"] = self._plane(lanes["teacher"])[seed]
            for lane, planes in self._planes.items():
                winners_and_shares = np.stack(planes)[:, seed].swapaxes(0, 1)
                arrays[f"{lane}_grid_over"], arrays[f"{lane}_sure_over"] = winners_and_shares
        return SoftLabels(
            classes=tuple(classes),
            index=np.arange(len(self._x), dtype=np.int32),
            x=pixels,
            label=self._labels.astype(np.uint8),
            epochs=np.array(self.epochs, np.int32),
            **{lane: lanes[lane](self._x)[seed].astype(np.float32) for lane in LANES},
            **arrays,
        )

    def _plane(self, ask: Ask) -> np.ndarray:
        """The winning class of every point of the plane, and 100 times its probability: (seeds, 2, 48, 48) uint8."""
        points = np.stack(np.meshgrid(*self._sides), axis=-1).reshape(-1, 2)
        belief = softmax(ask(points), axis=-1)
        picture = np.stack([belief.argmax(-1), (100 * belief.max(-1)).round()], axis=1)
        return picture.astype(np.uint8).reshape(-1, 2, GRID, GRID)


def _arrays(soft: SoftLabels) -> dict[str, np.ndarray]:
    """What there is, by name."""
    named = {field.name: getattr(soft, field.name) for field in fields(soft) if field.name != "classes"}
    return {name: array for name, array in named.items() if array is not None}
