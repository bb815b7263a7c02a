"""A tiny Fashion-MNIST, and a server on this machine that hands out its files."""

import gzip
import hashlib
import os
import struct
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from kdcore.data import download
from kdcore.data.catalogue import CATALOGUE, Facts

TINY = Facts("tiny", (1, 28, 28), ("even", "odd"), train=12, validation=4, test=6)


def idx(values: np.ndarray) -> bytes:
    """Unsigned bytes as a gzipped idx file."""
    header = struct.pack(f">{1 + values.ndim}I", 0x0800 + values.ndim, *values.shape)
    return gzip.compress(header + values.tobytes())


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """A data set of 22 pictures under the name fashion_mnist, on a server, with an empty data folder here.

    `files` are on the server, `folder` is where they belong, `asked` lists what the server was asked for.
    """
    pixels = np.random.default_rng(0).integers(0, 256, (22, 28, 28), dtype=np.uint8)
    labels = np.arange(22, dtype=np.uint8) % 2
    names = list(download.SOURCES["fashion_mnist"].files)
    files = dict(zip(names, map(idx, (pixels[:16], labels[:16], pixels[16:], labels[16:])), strict=True))
    served, home = tmp_path / "served", tmp_path / "data"
    served.mkdir()
    for name, content in files.items():
        (served / name).write_bytes(content)
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            asked.append(Path(self.path).name)

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=served))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/"
    hashes = {name: hashlib.md5(content).hexdigest() for name, content in files.items()}
    monkeypatch.setitem(download.SOURCES, "fashion_mnist", download.Source(url, hashes))
    monkeypatch.setitem(CATALOGUE, "fashion_mnist", TINY)
    monkeypatch.setenv("KD_DATA_DIR", str(home))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield SimpleNamespace(
        pixels=pixels, labels=labels, files=files, served=served, folder=home / "fashion_mnist", asked=asked, url=url
    )
    server.shutdown()
    server.server_close()


@pytest.fixture
def real_mnist(monkeypatch):
    """The data folder with the real MNIST files: KD_DATA_DIR, or shared/data beside this checkout."""
    beside = Path(__file__).parents[3] / "shared" / "data"
    folder = Path(os.environ.get("KD_DATA_DIR") or beside)
    if not (folder / "mnist" / "train-images-idx3-ubyte.gz").exists():
        pytest.skip(f"no MNIST files in {folder}; KD_DATA_DIR names their folder")
    monkeypatch.setenv("KD_DATA_DIR", str(folder))


@pytest.fixture(name="idx")
def _idx():
    return idx
