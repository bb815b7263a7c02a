"""Loading: the promised rows, the same for the same seed, each class with its share, and pictures read with care."""

import contextlib
import gzip
import hashlib
import io
import struct
from functools import partial

import numpy as np
import pytest
from sklearn.datasets import load_digits

from kdcore.data.catalogue import CATALOGUE
from kdcore.data.download import SOURCES, DataUnavailable, Source
from kdcore.data.load import BLOB_CENTRES, load, read_idx
from kdcore.experiment import Data, Experiment
from kdcore.export import script

HERE = [name for name in CATALOGUE if name not in SOURCES]  # needs no files
PLANE = [name for name in HERE if CATALOGUE[name].is_plane]
PARTS = ("train", "validation", "test")


def assert_as_promised(name, split):
    facts = CATALOGUE[name]
    for part in PARTS:
        x, y = getattr(split, f"{part}_x"), getattr(split, f"{part}_y")
        assert x.shape == (getattr(facts, part), *facts.shape)
        assert y.shape == (getattr(facts, part),)
        assert (x.dtype, y.dtype) == (np.float32, np.int64)
        assert set(y) == set(range(len(facts.classes)))


def assert_equal(one, other):
    for part in PARTS:
        np.testing.assert_array_equal(getattr(one, f"{part}_x"), getattr(other, f"{part}_x"))
        np.testing.assert_array_equal(getattr(one, f"{part}_y"), getattr(other, f"{part}_y"))


@pytest.mark.parametrize("name", HERE)
def test_rows_are_those_of_the_catalogue(name):
    assert_as_promised(name, load(Data(name=name)))


@pytest.mark.parametrize("name", HERE)
def test_same_seed_same_rows_and_another_seed_others(name):
    assert_equal(load(Data(name=name, seed=3)), load(Data(name=name, seed=3)))
    assert (load(Data(name=name, seed=3)).test_x != load(Data(name=name, seed=4)).test_x).any()


@pytest.mark.parametrize("name", HERE)
def test_each_class_has_its_share_in_every_part(name):
    split = load(Data(name=name, seed=1))
    whole = np.bincount(np.concatenate([split.train_y, split.validation_y, split.test_y]))
    for part in PARTS:
        y = getattr(split, f"{part}_y")
        np.testing.assert_allclose(np.bincount(y), whole * len(y) / whole.sum(), atol=1)


def test_label_budget_does_not_change_the_data():
    assert_equal(load(Data(labels=20)), load(Data(labels=None)))


def test_digits_are_all_there_once_with_pixels_between_0_and_1():
    split = load(Data())
    rows = np.concatenate([split.train_x, split.validation_x, split.test_x]).reshape(-1, 64)
    assert sorted(map(tuple, rows * 16)) == sorted(map(tuple, load_digits().data))
    assert (rows.min(), rows.max()) == (0, 1)


def test_upper_moon_is_class_0():
    split = load(Data(name="moons", noise=0))
    assert split.train_x[split.train_y == 0, 1].min() >= 0
    assert split.train_x[split.train_y == 1, 1].max() <= 0.5


def test_outer_circle_is_class_0():
    split = load(Data(name="circles", noise=0))
    radius = np.linalg.norm(split.train_x, axis=1)
    np.testing.assert_allclose(radius, np.where(split.train_y == 0, 1, 0.5), rtol=1e-6)


def test_each_blob_has_its_own_centre():
    split = load(Data(name="blobs", noise=0))
    np.testing.assert_array_equal(split.train_x, np.array(BLOB_CENTRES, dtype=np.float32)[split.train_y])


def test_spiral_arms_lie_a_third_of_a_turn_apart():
    split = load(Data(name="spirals", noise=0))
    radius = np.linalg.norm(split.train_x, axis=1)
    angle = np.arctan2(split.train_x[:, 1], split.train_x[:, 0])
    arm = (angle - 2 * radius) / (2 * np.pi / 3) - split.train_y
    np.testing.assert_allclose(np.abs((arm + 1.5) % 3 - 1.5), 0, atol=1e-5)


@pytest.mark.parametrize("name", PLANE)
def test_noise_blurs(name):
    sharp, blurred = load(Data(name=name, noise=0)), load(Data(name=name, noise=1))
    assert blurred.train_x.std() > 1.2 * sharp.train_x.std()


def test_pictures_are_downloaded_and_read(tiny):
    split = load(Data(name="fashion_mnist"))
    assert_as_promised("fashion_mnist", split)
    np.testing.assert_array_equal(split.test_x[:, 0], tiny.pixels[16:].astype(np.float32) / 255)
    np.testing.assert_array_equal(split.test_y, tiny.labels[16:])
    learned = (np.concatenate([split.train_x, split.validation_x])[:, 0] * 255).round().astype(np.uint8)
    assert {picture.tobytes() for picture in learned} == {picture.tobytes() for picture in tiny.pixels[:16]}


def test_file_with_fewer_rows_than_the_catalogue_says_is_refused(tiny, idx, monkeypatch):
    name = "t10k-labels-idx1-ubyte.gz"
    short = idx(tiny.labels[:3])
    tiny.folder.mkdir(parents=True)
    (tiny.folder / name).write_bytes(short)
    hashes = SOURCES["fashion_mnist"].files | {name: hashlib.md5(short).hexdigest()}
    monkeypatch.setitem(SOURCES, "fashion_mnist", Source(tiny.url, hashes))
    with pytest.raises(DataUnavailable, match=rf"{name} in .* is not the right file \(its header does not promise"):
        load(Data(name="fashion_mnist"))


def test_idx_file_by_hand(tmp_path):
    path = tmp_path / "six.gz"
    path.write_bytes(packed(bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255])))
    np.testing.assert_array_equal(read_idx(path, (2, 3)), [[1, 2, 3], [4, 5, 255]])


packed = partial(gzip.compress, mtime=0)  # the same bytes at any time
HEADER = struct.pack(">3I", 0x0802, 2, 3)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (packed(struct.pack(">3I", 0x0D02, 2, 3) + bytes(6)), "does not promise"),  # floats, not bytes
        (packed(struct.pack(">3I", 0x0802, 2, 4) + bytes(8)), "does not promise"),
        (packed(struct.pack(">3I", 0x0802, 2**32 - 1, 2**32 - 1)), "does not promise"),  # 16 EiB
        (packed(HEADER + bytes(5)), "does not hold the 6 values"),
        (packed(HEADER + bytes(7)), "does not hold the 6 values"),
        (packed(HEADER[:7]), "damaged"),
        (packed(HEADER + bytes(6))[:-9], "damaged"),
        (b"<html>not found</html>", "damaged"),
        (b"", "damaged"),
    ],
)
def test_idx_file_that_is_not_what_it_should_be_is_refused(tmp_path, content, complaint):
    path = tmp_path / "bad.gz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=complaint):
        read_idx(path, (2, 3))


def test_real_mnist(real_mnist):
    split = load(Data(name="mnist"))
    assert_as_promised("mnist", split)
    assert np.bincount(split.test_y).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(np.concatenate([split.train_y, split.validation_y])).tolist() == [
        5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949
    ]  # fmt: skip
    assert split.train_x[:, 0].mean() == pytest.approx(0.1307, abs=2e-4)  # the mean pixel everybody normalises by


def section_2(text: str) -> dict:
    """What the script knows once it has read its data: everything before step 3, run."""
    known: dict = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(text.partition("# 3. ")[0], known)
    return known


@pytest.mark.parametrize("name", HERE)
def test_script_reads_the_same(name):
    assert_script_reads(Data(name=name, seed=5, noise=0.3 if CATALOGUE[name].has_noise else Data().noise))


def test_script_reads_the_same_pictures(tiny):
    assert_script_reads(Data(name="fashion_mnist", labels=12))


def assert_script_reads(data):
    split, known = load(data), section_2(script(Experiment(data=data)))
    np.testing.assert_array_equal(known["x"].numpy(), split.train_x)
    np.testing.assert_array_equal(known["y"].numpy(), split.train_y)
    np.testing.assert_array_equal(known["test_x"].numpy(), split.test_x)
    np.testing.assert_array_equal(known["test_y"].numpy(), split.test_y)
