"""A home for an engine of tests, and a reader of its store."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from engines import use_home

from kdcore import settings
from kdcore.store import Reader


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    use_home(monkeypatch, tmp_path)
    return tmp_path


@pytest.fixture
def reader() -> Iterator[Reader]:
    reader = Reader(settings.store_url())
    yield reader
    reader.close()
