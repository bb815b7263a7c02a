"""What is known of each data set before it is loaded: shape, classes, rows. Plain values; no examples are read here."""

from kdcore.data import own
from kdcore.data.facts import Facts
from kdcore.words import N_

_DIGITS = tuple("0123456789")
_CLOTHES = (
    *(N_("T-shirt"), N_("trouser"), N_("pullover"), N_("dress"), N_("coat")),
    *(N_("sandal"), N_("shirt"), N_("sneaker"), N_("bag"), N_("boot")),
)
_PLANE = {"shape": (2,), "train": 1000, "validation": 500, "test": 1000, "has_noise": True}

CATALOGUE = {
    "digits": Facts(N_("Digits 8x8 (built in)"), (1, 8, 8), _DIGITS, 1077, 360, 360),
    "moons": Facts(N_("Two moons"), classes=(N_("upper"), N_("lower")), **_PLANE),
    "circles": Facts(N_("Two circles"), classes=(N_("outer"), N_("inner")), **_PLANE),
    "spirals": Facts(N_("Three spirals"), classes=("A", "B", "C"), **_PLANE),
    "blobs": Facts(N_("Five blobs"), classes=("A", "B", "C", "D", "E"), **_PLANE),
    "mnist": Facts(N_("MNIST 28x28"), (1, 28, 28), _DIGITS, 55_000, 5_000, 10_000),
    "fashion_mnist": Facts(N_("Fashion-MNIST 28x28"), (1, 28, 28), _CLOTHES, 55_000, 5_000, 10_000),
    "two_classes": Facts(N_("Two classes, 10 features"), (10,), ("A", "B"), 500, 100, 100),
}


def facts(name: str) -> Facts:
    """What is known of the data of this name: of those that come with the lab, and of a person's own.

    Raises KeyError where there are none.
    """
    return CATALOGUE[name] if name in CATALOGUE else own.facts(name)


def is_known(name: str) -> bool:
    """Whether there are such data, or a person's own were here."""
    try:
        facts(name)
    except KeyError:
        return False
    return True


def names() -> list[str]:
    """All data that can be learned from now: those that come with the lab, then a person's own, the newest first."""
    return [*CATALOGUE, *own.kept()]
