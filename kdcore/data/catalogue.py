"""What is known of each data set before it is loaded: shape, classes, rows. Plain values; nothing is read here."""

from dataclasses import dataclass
from math import prod

from kdcore.words import N_


@dataclass(frozen=True)
class Facts:
    """One data set: `shape` of an example, names of the classes, and rows for training, validation and test."""

    title: str
    shape: tuple[int, ...]
    classes: tuple[str, ...]
    train: int
    validation: int
    test: int

    @property
    def is_image(self) -> bool:
        return len(self.shape) == 3

    @property
    def features(self) -> int:
        return prod(self.shape)


_DIGITS = tuple("0123456789")
_CLOTHES = (
    *(N_("T-shirt"), N_("trouser"), N_("pullover"), N_("dress"), N_("coat")),
    *(N_("sandal"), N_("shirt"), N_("sneaker"), N_("bag"), N_("boot")),
)
_PLANE = {"shape": (2,), "train": 1000, "validation": 500, "test": 1000}

CATALOGUE = {
    "digits": Facts(N_("Digits 8x8 (built in)"), (1, 8, 8), _DIGITS, 1077, 360, 360),
    "moons": Facts(N_("Two moons"), classes=(N_("upper"), N_("lower")), **_PLANE),
    "circles": Facts(N_("Two circles"), classes=(N_("outer"), N_("inner")), **_PLANE),
    "spirals": Facts(N_("Three spirals"), classes=("A", "B", "C"), **_PLANE),
    "blobs": Facts(N_("Five blobs"), classes=("A", "B", "C", "D", "E"), **_PLANE),
    "mnist": Facts(N_("MNIST 28x28"), (1, 28, 28), _DIGITS, 55_000, 5_000, 10_000),
    "fashion_mnist": Facts(N_("Fashion-MNIST 28x28"), (1, 28, 28), _CLOTHES, 55_000, 5_000, 10_000),
}
