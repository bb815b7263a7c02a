"""Which method for my need? A choice among the variants that were measured: what fits a device, in which order.

Everything is read from the rows of a compression; nothing is known here of methods. Sizes are those of written files,
accuracies are those of validation examples, times are those of the machine that measured. A time is a median of
repetitions, and one is shorter only where all its repetitions are. The effort of learning is counted in operations, as
many networks learned at once. Only the working memory is worked out, as no device was at hand:

    memory = 4 bytes * max over layers (inputs + outputs + weights that have to be unpacked)

Weights in float32, and int8 as deployed, are used where the file lies; codes are unpacked to float32, layer by layer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, prod
from statistics import fmean, median

from kdcore import compression
from kdcore.compression import Compression
from kdcore.events import Row, first
from kdcore.interval import Interval, interval
from kdcore.words import N_

FLOAT = 4  # bytes
PACKED = ("quantize", "share", "code")  # stages after which weights are no plain numbers in the file


@dataclass(frozen=True)
class Device:
    """How much room there is for the file and for working, in bytes."""

    flash_bytes: float
    ram_bytes: float


DEVICES = {  # for orientation: every one of them comes smaller and larger
    "microcontroller": Device(256e3, 64e3),
    "browser": Device(1e6, 50e6),
    "phone": Device(10e6, 200e6),
    "server": Device(inf, inf),
}
PRIORITIES = {
    "size": N_("a small file"),
    "speed": N_("a fast answer"),
    "accuracy": N_("accuracy"),
    "effort": N_("little training"),
}


@dataclass(frozen=True)
class Need:
    """A device, what matters most on it, and how much validation accuracy may be lost to the teacher (a share)."""

    device: Device
    priority: str = "size"
    may_lose: float = 0.01


@dataclass(frozen=True)
class Offer:
    """A variant by the numbers that decide. `lost` is the teacher's accuracy minus its own, paired over seeds."""

    name: str
    size_bytes: float
    ram_bytes: int
    times_ms: tuple[float, ...]  # latency, every repetition
    faster: int  # how many variants are faster
    training_flops: float  # of all stages that led to it, without the teacher's own
    seconds: float  # of training, likewise
    accuracy: Interval
    lost: Interval

    @property
    def latency_ms(self) -> float:
        return median(self.times_ms)

    def rank(self, priority: str) -> tuple[float, ...]:
        """Less is better; what is alike is told apart by accuracy, then by size."""
        measure = {"size": self.size_bytes, "speed": self.faster, "effort": self.training_flops}
        return (measure.get(priority, -self.accuracy.mean), -self.accuracy.mean, self.size_bytes)

    def beats(self, other: "Offer", priority: str) -> bool:
        """Whether it is better in this, and not only by the noise of a clock."""
        if priority == "speed":
            return is_faster(self.times_ms, other.times_ms)
        return self.rank(priority)[0] < other.rank(priority)[0]


@dataclass(frozen=True)
class Advice:
    """What fits, best first; and what does not, each with its reasons: "flash", "ram", "accuracy"."""

    fits: tuple[Offer, ...]
    others: tuple[tuple[Offer, tuple[str, ...]], ...]

    def better(self, chosen: Offer, priority: str) -> Offer | None:
        """What one would rather take for another priority: the measure of what was given up, if anything."""
        ahead = (offer for offer in self.fits if offer.beats(chosen, priority))
        return min(ahead, key=lambda offer: offer.rank(priority), default=None)


def advise(rows: Sequence[Row], need: Need) -> Advice:
    """Every variant measured so far, sorted by what is needed."""
    found = sorted(offers(rows), key=lambda offer: offer.rank(need.priority))
    judged = [(offer, _reasons(offer, need)) for offer in found]
    return Advice(
        tuple(offer for offer, reasons in judged if not reasons),
        tuple((offer, reasons) for offer, reasons in judged if reasons),
    )


def offers(rows: Sequence[Row]) -> list[Offer]:
    """The variants measured so far, the teacher among them."""
    started = first(rows, "started")
    variants = {row["name"]: row for row in rows if row["event"] == "variant"}
    if not started or "" not in variants:
        return []
    shape = Compression.model_validate(started["compression"]).experiment.facts.shape
    return [_offer(name, variants, shape) for name in variants]


def smallest(rows: Sequence[Row], may_lose: float) -> Offer | None:
    """The smallest file that loses no more validation accuracy than this; the teacher's own if there is no other."""
    good = [offer for offer in offers(rows) if offer.lost.mean <= may_lose]
    return min(good, key=lambda offer: offer.rank("size"), default=None)


def is_faster(ours: Sequence[float], theirs: Sequence[float]) -> bool:
    """Whether each repetition took less time than each of the other's. So one slow repetition makes nobody fast."""
    return max(ours) < min(theirs)


def memory(layers: Sequence[Row], shape: tuple[int, ...], is_packed: bool) -> int:
    """Bytes of working memory for one example, see above. `layers` are those of a variant's row."""
    most, spots = 0, prod(shape[1:]) if len(shape) == 3 else 1
    for layer, after in zip(layers, [*layers[1:], None], strict=True):
        outputs, inputs = layer["shape"][:2]
        is_conv = layer["kind"] == "conv"
        room = (inputs + outputs) * (spots if is_conv else 1)
        most = max(most, room + is_packed * prod(layer["shape"]))
        is_half = after and after["kind"] == "conv" and after["shape"][2] == 1  # of a low-rank pair: no pooling
        if is_conv and not is_half:
            spots = _pooled(spots, shape)
    return FLOAT * most


def _pooled(spots: int, shape: tuple[int, ...]) -> int:
    """How many places are left when each side of a picture has been halved once more."""
    height, width = shape[1:]
    while height * width > spots:
        height, width = height // 2, width // 2
    return (height // 2) * (width // 2)


def _offer(name: str, variants: dict[str, Row], shape: tuple[int, ...]) -> Offer:
    row, teacher = variants[name], variants[""]
    is_packed = bool(name) and any(stage.method in PACKED for stage in compression.read(name))
    pairs = zip(teacher["val_accuracy"], row["val_accuracy"], strict=True)
    times = row["latency_ms"]["1"]
    return Offer(
        name,
        fmean(row["size_bytes"]),
        memory(row["layers"], shape, is_packed),
        tuple(times),
        sum(is_faster(other["latency_ms"]["1"], times) for other in variants.values()),
        _sum("training_flops", row, variants),
        _sum("seconds", row, variants),
        interval(row["val_accuracy"]),
        interval([before - after for before, after in pairs]),
    )


def _sum(field: str, row: Row, variants: dict[str, Row]) -> float:
    """What training took in this stage and in those before it; the teacher had to be trained anyway."""
    return row[field] + _sum(field, variants[row["parent"]], variants) if row["name"] else 0


def _reasons(offer: Offer, need: Need) -> tuple[str, ...]:
    """Why it does not fit."""
    too_much = {
        "flash": offer.size_bytes > need.device.flash_bytes,
        "ram": offer.ram_bytes > need.device.ram_bytes,
        "accuracy": offer.lost.mean > need.may_lose,
    }
    return tuple(reason for reason, is_so in too_much.items() if is_so)
