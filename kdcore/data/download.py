"""Fetching the files of MNIST and Fashion-MNIST: only what is missing, and never a file that is not the right one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pooch
from requests import RequestException

from kdcore import settings
from kdcore.words import N_, _

CHUNK = 2**16  # bytes between two reports of progress


@dataclass(frozen=True)
class Source:
    """Where a data set comes from: the address of its folder, and the MD5 of each file."""

    url: str
    files: dict[str, str]


SOURCES = {
    "mnist": Source(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        {
            "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
            "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
            "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
            "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
        },
    ),
    "fashion_mnist": Source(
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
        {
            "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
            "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
            "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
        },
    ),
}

BUILT_IN = Source("", {})

ADVICE = {
    "download": N_("{file} could not be downloaded ({detail}); get it from {url} and put it into {folder} by hand."),
    "wrong": N_("{file} in {folder} is not the right file ({detail}); delete it, or put the one from {url} there."),
    "deleted": N_("“{detail}” was deleted from this machine; add the same data again on the page Your data."),
}


class DataUnavailable(Exception):
    """A data file cannot be had: why ("download", "wrong", "deleted"), in detail, and where it belongs and comes from.

    `values` is all of that as JSON, to make the sentence elsewhere. Where the detail is a sentence of the catalogue
    with gaps, `filling` has what goes there.
    """

    def __init__(self, why: str, detail: str, path: Path, url: str, filling: dict[str, Any] | None = None):
        super().__init__(why, detail, path, url, filling)
        self.values = {"why": why, "detail": detail, "filling": filling or {}, "file": path.name}
        self.values |= {"folder": str(path.parent), "url": url}

    def __str__(self) -> str:
        return advice(**self.values)


def advice(why: str, detail: str, filling: dict[str, Any], **place: str) -> str:
    """What went wrong with a data file and what to do, in the reader's language: from DataUnavailable's `values`."""
    words = _(detail).format(**filling) if filling else _(detail)  # what a system says may have braces of its own
    return _(ADVICE[why]).format(detail=words, **place)


@dataclass(frozen=True)
class Progress:
    """How far the download of one file is. `total_bytes` is 0 where the server does not say."""

    file: str
    done_bytes: int
    total_bytes: int


def fetch(name: str) -> Iterator[Progress]:
    """Download what is missing of a data set, saying how far it is; every file is then there, with the right hash.

    Files already there need no network, nor do data sets that are built in; then nothing is yielded.
    Raises DataUnavailable.
    """
    source = SOURCES.get(name, BUILT_IN)
    for file, md5 in source.files.items():
        path = place(name, file)
        if not path.exists():
            yield from _download(source.url + file, md5, path)
        found = pooch.file_hash(path, alg="md5")
        if found != md5:
            detail = N_("its MD5 is {found}, not {md5}")
            raise DataUnavailable("wrong", detail, path, source.url + file, {"found": found, "md5": md5})


def place(name: str, file: str) -> Path:
    """Where a file of a data set is, or is to be: data folder / name of the data set / file.

    MNIST is also found where the data folder itself holds its files.
    """
    path = settings.data_dir() / name / file
    beside = settings.data_dir() / file
    return beside if name == "mnist" and beside.exists() and not path.exists() else path


def _download(url: str, md5: str, path: Path) -> Iterator[Progress]:
    """Have pooch download and check one file. It calls back, and we yield: so it works in a thread that reports
    through a queue. Whoever stops listening stops the download; half a file is never left behind."""
    meter = _Meter(path.name)
    downloader = pooch.HTTPDownloader(progressbar=meter, chunk_size=CHUNK)
    with ThreadPoolExecutor(1) as thread:
        work = thread.submit(pooch.retrieve, url, f"md5:{md5}", path.name, path.parent, downloader=downloader)
        work.add_done_callback(lambda _work: meter.reports.put(None))
        try:
            yield from iter(meter.reports.get, None)
        finally:
            meter.is_stopped = True
        try:
            work.result()
        except (OSError, ValueError) as error:
            detail, filling = _why(error)
            raise DataUnavailable("download", detail, path, url, filling) from error


@dataclass
class _Meter:
    """What pooch takes for a progress bar."""

    file: str
    total: int = 0
    done: int = 0
    is_stopped: bool = False
    reports: SimpleQueue = field(default_factory=SimpleQueue)

    def update(self, size: int) -> None:
        if self.is_stopped:
            raise InterruptedError
        self.done += size
        self.reports.put(Progress(self.file, min(self.done, self.total or self.done), self.total))

    def reset(self) -> None:
        self.done = 0

    def close(self) -> None:
        """Nothing to close."""


def _why(error: Exception) -> tuple[str, dict[str, Any]]:
    """A few words on what went wrong, and what fills their gaps: the full text of network errors helps nobody."""
    response = getattr(error, "response", None)
    if response is not None:
        return N_("the server answered {status}"), {"status": response.status_code}
    if isinstance(error, RequestException):
        return N_("no connection"), {}
    if isinstance(error, ValueError):
        return N_("what came has another hash"), {}
    return getattr(error, "strerror", None) or type(error).__name__, {}
