"""Recordings: the events of real runs, kept as files, for a first picture before anything was trained here."""

import gzip
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryFile

from kdcore.events import Row, from_line, to_line
from kdcore.words import _


class FolderProblem(Exception):
    """Recordings cannot be kept in a folder; the text is the sentence to show."""


def prepare(folder: Path) -> None:
    """Make the folder and try to write there: better before a run than after it. Raises FolderProblem."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=folder).close()
    except OSError as error:
        advice = _("{folder} cannot be written: {why}")
        raise FolderProblem(advice.format(folder=folder, why=error.strerror)) from error


def keep(folder: Path, rows: list[Row]) -> Path:
    """Write a run's events to `folder`, under its experiment's key; the same events give the same file."""
    path = _path(folder, rows[0]["key"])
    folder.mkdir(parents=True, exist_ok=True)
    lines = "".join(to_line(row) + "\n" for row in rows)
    path.write_bytes(gzip.compress(lines.encode(), mtime=0))
    return path


@lru_cache(maxsize=16)
def recorded(folder: Path, key: str) -> tuple[Row, ...]:
    """The events of a recorded run, payloads included; none where there is no recording of this key."""
    path = _path(folder, key)
    if not path.exists():
        return ()
    return tuple(from_line(line) for line in gzip.decompress(path.read_bytes()).decode().splitlines())


def glimpse(folder: Path, key: str, *events: str) -> list[Row]:
    """The events of these kinds of a recorded run; the others, and all their bytes, are not decoded."""
    begins = tuple(to_line({"event": event})[:-1].encode() for event in events)
    lines = gzip.decompress(_path(folder, key).read_bytes()).splitlines()
    return [from_line(line.decode()) for line in lines if line.startswith(begins)]


def keys(folder: Path) -> list[str]:
    """The keys of all recorded runs."""
    return [path.name.partition(".")[0] for path in sorted(folder.glob("*.jsonl.gz"))]


def _path(folder: Path, key: str) -> Path:
    return folder / f"{key}.jsonl.gz"
