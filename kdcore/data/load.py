"""Reading a data set: training, validation and test examples as plain arrays.

All chance comes from the data's seed. A data set is drawn or read whole, and then split so that each class has the
same share in every part. MNIST and Fashion-MNIST bring their own test examples; there only the rest is split.
"""

import gzip
import struct
import zlib
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits, make_blobs, make_circles, make_classification, make_moons
from sklearn.model_selection import train_test_split

from kdcore.data import own
from kdcore.data.catalogue import CATALOGUE, facts
from kdcore.data.download import SOURCES, DataUnavailable, fetch, place
from kdcore.data.examples import scaled
from kdcore.experiment import Data
from kdcore.words import _

WHITE = {"digits": 16, "mnist": 255, "fashion_mnist": 255}  # the brightest value of a pixel
BLOB_CENTRES = ((0, 0), (-1, -1), (-1, 1), (1, -1), (1, 1))
UNSIGNED_BYTES = 0x0800  # the first four bytes of an idx file, less the number of its axes


@dataclass(frozen=True, eq=False)
class Split:
    """Examples x, float32 (examples, *shape), and labels y, int64 (examples,), in three parts.

    Pixels lie between 0 and 1; points that the lab draws keep their coordinates, and the columns of a person's own data
    are on one scale (`examples.scaled`). Choices look at validation, and test is read once.
    """

    train_x: np.ndarray
    train_y: np.ndarray
    validation_x: np.ndarray
    validation_y: np.ndarray
    test_x: np.ndarray
    test_y: np.ndarray


def load(data: Data) -> Split:
    """The examples that these settings name, as many as the catalogue says. Raises DataUnavailable.

    What is not on this machine is downloaded first; `download.fetch` does that beforehand, with progress.
    """
    if data.name not in CATALOGUE:
        return _own(data)
    known = CATALOGUE[data.name]
    for _progress in fetch(data.name):
        pass
    if data.name in SOURCES:
        x, y = _pictures(data.name, "train", (known.train + known.validation, *known.shape[1:]))
        test_x, test_y = _pictures(data.name, "t10k", (known.test, *known.shape[1:]))
    else:
        x, y = _drawn(data)
        x, test_x, y, test_y = _parted(x, y, known.test, data.seed)
    x, validation_x, y, validation_y = _parted(x, y, known.validation, data.seed)

    def examples(values: np.ndarray) -> np.ndarray:
        return values.reshape(-1, *known.shape).astype(np.float32) / np.float32(WHITE.get(data.name, 1))

    def labels(values: np.ndarray) -> np.ndarray:
        return values.astype(np.int64)

    return Split(examples(x), labels(y), examples(validation_x), labels(validation_y), examples(test_x), labels(test_y))


def _parted(x: np.ndarray, y: np.ndarray, rows: int, seed: int) -> list[np.ndarray]:
    """The other x, x of this many rows, and the same of y; the classes keep their shares."""
    return train_test_split(x, y, test_size=rows, stratify=y, random_state=seed)


def _own(data: Data) -> Split:
    """A person's own examples, which keep as many for validation and test as is known of them."""
    known = facts(data.name)
    try:
        x, y = own.examples(data.name)
    except FileNotFoundError as error:
        raise DataUnavailable("deleted", known.title, own.file(data.name), "") from error
    x, test_x, y, test_y = _parted(x, y, known.test, data.seed)
    x, validation_x, y, validation_y = _parted(x, y, known.validation, data.seed)
    parts = scaled(x, own.numbers(data.name), validation_x, test_x)
    x, validation_x, test_x = (part.astype(np.float32) for part in parts)
    return Split(x, y, validation_x, validation_y, test_x, test_y)


def _drawn(data: Data) -> tuple[np.ndarray, np.ndarray]:
    """The examples of data that need no file."""
    if data.name == "digits":
        return load_digits(return_X_y=True)
    if data.name == "two_classes":
        return make_classification(CATALOGUE[data.name].rows, 10, n_informative=5, random_state=data.seed)
    return _points(data)


def _points(data: Data) -> tuple[np.ndarray, np.ndarray]:
    """Points in the plane, drawn from the data's seed; `noise` is how far they stray, a standard deviation."""
    rows, noise, seed = CATALOGUE[data.name].rows, data.noise, data.seed
    if data.name == "moons":
        return make_moons(rows, noise=noise, random_state=seed)
    if data.name == "circles":
        return make_circles(rows, noise=noise, factor=0.5, random_state=seed)
    if data.name == "blobs":
        return make_blobs(rows, centers=BLOB_CENTRES, cluster_std=2 * noise, random_state=seed)
    return _spirals(rows, noise, seed)


def _spirals(rows: int, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Three arms that wind out from the middle, each a third of a turn behind the one before."""
    random = np.random.default_rng(seed)
    y = np.arange(rows) % 3
    radius = random.uniform(0.2, 2, rows)
    angle = 2 * radius + 2 * np.pi / 3 * y
    x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return x + noise * random.standard_normal(x.shape), y


def _pictures(name: str, part: str, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Pictures and labels of a part ("train" or "t10k") of MNIST or Fashion-MNIST, as unsigned bytes."""
    return _read(name, f"{part}-images-idx3-ubyte.gz", shape), _read(name, f"{part}-labels-idx1-ubyte.gz", shape[:1])


def _read(name: str, file: str, shape: tuple[int, ...]) -> np.ndarray:
    path = place(name, file)
    try:
        return read_idx(path, shape)
    except ValueError as error:
        raise DataUnavailable("wrong", str(error), path, SOURCES[name].url + file) from error


def read_idx(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """The unsigned bytes of a gzipped idx file, which must have this shape. Raises ValueError.

    The format: two zeros, 8 for unsigned bytes, the number of axes; then the length of each axis in four bytes, big
    end first; then the values. The header is checked before anything of the size that it promises is read.
    """
    try:
        with gzip.open(path) as file:
            magic, *promised = struct.unpack(f">{1 + len(shape)}I", file.read(4 + 4 * len(shape)))
            if (magic, *promised) != (UNSIGNED_BYTES + len(shape), *shape):
                raise ValueError(_("its header does not promise {shape}").format(shape=shape))
            values = file.read(prod(shape) + 1)
    except (OSError, EOFError, zlib.error, struct.error) as error:
        raise ValueError(_("it is damaged: {error}").format(error=error)) from error
    if len(values) != prod(shape):
        raise ValueError(_("it does not hold the {count} values that it promises").format(count=prod(shape)))
    return np.frombuffer(values, np.uint8).reshape(shape)
