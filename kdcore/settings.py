"""What the surroundings decide, and no experiment: folders, device, cluster. All from environment variables.

| variable         | what it sets                                  | default                                     |
| ---------------- | --------------------------------------------- | ------------------------------------------- |
| KD_HOME          | folder of store, own data and engine's door   | the user's data folder                      |
| KD_STORE         | address of the store (sqlite or postgresql)   | store.sqlite in KD_HOME                     |
| KD_DATA_DIR      | folder of downloaded data                     | the user's cache folder                     |
| KD_DEVICE        | where training runs: cpu or cuda              | cpu                                         |
| KD_SCHEDULER     | address of a Dask scheduler that runs already | none: the engine brings its own cluster     |
| KD_SLOTS         | jobs at a time on the engine's own cluster    | one fewer than there are cores, from 1 to 4 |
| KD_MOST_STUDENTS | how many may be distilled for one map         | 4096                                        |
"""

import os
from pathlib import Path

import platformdirs

from kdcore.words import _

DEVICES = ("cpu", "cuda")


class SettingProblem(ValueError):
    """An environment variable that cannot be used; its text is the sentence to show."""


def home() -> Path:
    """The folder of the store, of a person's own data, and of the engine's door."""
    return _folder("KD_HOME") or platformdirs.user_data_path("distillery")


def store_url() -> str:
    """The address of the store, as SQLAlchemy writes it."""
    return os.environ.get("KD_STORE") or f"sqlite:///{home() / 'store.sqlite'}"


def data_dir() -> Path:
    """The folder of downloaded data; the default is the one that pooch calls its cache."""
    return _folder("KD_DATA_DIR") or platformdirs.user_cache_path("distillery")


def device() -> str:
    """Where training runs. Raises SettingProblem for anything but cpu and cuda."""
    name = os.environ.get("KD_DEVICE") or "cpu"
    if name not in DEVICES:
        advice = _("KD_DEVICE is {value}: choose one of {options}")
        raise SettingProblem(advice.format(value=name, options=", ".join(DEVICES)))
    return name


def scheduler() -> str | None:
    """The address of an existing Dask scheduler, or None where the engine brings its own cluster."""
    return os.environ.get("KD_SCHEDULER") or None


def slots() -> int:
    """How many jobs the engine's own cluster runs at a time. Raises SettingProblem below 1 and for anything else."""
    return _count("KD_SLOTS") or min(max(1, (os.cpu_count() or 1) - 1), 4)  # a worker takes some 400 MB


def most_students() -> int:
    """How many students may be distilled for one map. Raises SettingProblem below 1 and for anything else."""
    return _count("KD_MOST_STUDENTS") or 4096


def _count(variable: str) -> int | None:
    """The whole number, at least 1, that a variable holds; None where it is not set."""
    text = os.environ.get(variable)
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        advice = _("{variable} is {value}: a whole number of at least 1 was expected")
        raise SettingProblem(advice.format(variable=variable, value=text))
    return int(text)


def _folder(variable: str) -> Path | None:
    """The folder that a variable names, absolute, so that every process finds the same one."""
    text = os.environ.get(variable)
    return Path(text).expanduser().absolute() if text else None
