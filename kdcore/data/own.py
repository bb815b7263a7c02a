"""A person's own data, kept on this machine: a folder of their own in the lab's home, two files for each.

    own/own-0123456789ab.npz     the examples: x, y
    own/own-0123456789ab.json    what they are called, and how many there are

The name is a digest of what is in them: the same data always have the same name, and an address, in which nothing else
stands, finds them again. Where data are deleted the examples go, and the short file of names stays: it says what the
runs that learned from them are about. Workers of a cluster elsewhere need the same home to learn from own data.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable
from functools import lru_cache
from math import ceil
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

import numpy as np

from kdcore import settings
from kdcore.data.examples import DataProblem, Examples, plain
from kdcore.data.facts import Facts
from kdcore.words import _

NAME = re.compile(r"own-[0-9a-f]{12}")
TESTED = 0.2  # the share of the examples that is for the test, and as much for validation


def keep(examples: Examples, title: str) -> str:
    """Keep these examples under this title, and give the name that they have from now on. The same examples again
    only take the new title. Raises DataProblem where they cannot be stored; then nothing is left of them."""
    shown = plain(title)
    if not shown:
        raise DataProblem(_("Give the data a title, so that you will find them again."))
    known = {"shape": examples.x.shape[1:], "classes": examples.classes, "columns": examples.columns}
    known["numbers"] = examples.numbers
    digest = hashlib.sha256(json.dumps(known).encode() + examples.x.tobytes() + examples.y.tobytes())
    name = f"own-{digest.hexdigest()[:12]}"
    told = json.dumps({"title": shown, "rows": len(examples.y)} | known)
    try:
        _folder().mkdir(parents=True, exist_ok=True)
        _write(_rows(name), lambda file: np.savez_compressed(file, x=examples.x, y=examples.y))
        _write(_card(name), lambda file: file.write(told.encode()))
    except OSError as error:
        sentence = _("The data could not be stored in {folder}: {why}.")
        raise DataProblem(sentence.format(folder=_folder(), why=error.strerror or type(error).__name__)) from error
    return name


def facts(name: str) -> Facts:
    """What is known of own data, even where they were deleted. Raises KeyError for those that never were here."""
    return _read(name)[0]


def numbers(name: str) -> int:
    """How many of the features, the first ones, are numbers of all sizes. Raises KeyError."""
    return _read(name)[1]


def is_here(name: str) -> bool:
    """Whether these are own data whose examples are on this machine."""
    return bool(NAME.fullmatch(name)) and _rows(name).exists()


def examples(name: str) -> tuple[np.ndarray, np.ndarray]:
    """x and y as they were kept. Raises FileNotFoundError where they were deleted."""
    with np.load(_rows(name), allow_pickle=False) as file:
        return file["x"], file["y"]


def file(name: str) -> Path:
    """Where the examples lie: a file of numpy, with arrays x and y."""
    return _rows(name)


def kept() -> list[str]:
    """The names of all own data whose examples are here, the newest first."""
    files = sorted(_folder().glob("own-*.npz"), key=lambda path: -path.stat().st_mtime)
    return [path.stem for path in files if _card(path.stem).exists()]


def delete(name: str) -> None:
    """Delete the examples. Data that are not here are no problem."""
    if NAME.fullmatch(name):
        _rows(name).unlink(missing_ok=True)


def _read(name: str) -> tuple[Facts, int]:
    if not NAME.fullmatch(name):
        raise KeyError(name)
    try:
        return _told(_card(name), _card(name).stat().st_mtime_ns)
    except FileNotFoundError:
        raise KeyError(name) from None


@lru_cache(maxsize=256)
def _told(card: Path, _written_ns: int) -> tuple[Facts, int]:
    """Facts, and how many features are numbers, as a file tells them: read again only when it was written again."""
    told = json.loads(card.read_text())
    held_back = ceil(TESTED * told["rows"])
    parts = {"train": told["rows"] - 2 * held_back, "validation": held_back, "test": held_back}
    named = {key: tuple(told[key]) for key in ("shape", "classes", "columns")}
    return Facts(told["title"], **named, **parts), told["numbers"]


def _folder() -> Path:
    return settings.home() / "own"


def _rows(name: str) -> Path:
    return _folder() / f"{name}.npz"


def _card(name: str) -> Path:
    return _folder() / f"{name}.json"


def _write(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file that is there whole or not at all: under another name first."""
    with NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
        try:
            write(part)
            part.close()
            os.replace(part.name, path)
        except BaseException:
            os.unlink(part.name)
            raise
