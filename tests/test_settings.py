"""Environment variables: defaults, and one sentence for what cannot be used."""

from pathlib import Path

import pooch
import pytest

from kdcore import settings
from kdcore.settings import SettingProblem


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch):
    for name in ("HOME", "STORE", "DATA_DIR", "DEVICE", "SCHEDULER", "SLOTS", "MOST_STUDENTS"):
        monkeypatch.delenv(f"KD_{name}", raising=False)


def test_without_variables_everything_has_a_default():
    assert settings.home().name == "distillery"
    assert settings.store_url() == f"sqlite:///{settings.home()}/store.sqlite"
    assert settings.data_dir() == Path(pooch.os_cache("distillery"))
    assert settings.device() == "cpu"
    assert settings.scheduler() is None
    assert settings.slots() >= 1
    assert settings.most_students() == 4096


def test_variables_are_read_when_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("KD_HOME", str(tmp_path))
    monkeypatch.setenv("KD_DATA_DIR", "~/pictures")
    monkeypatch.setenv("KD_DEVICE", "cuda")
    monkeypatch.setenv("KD_SCHEDULER", "tcp://10.0.0.1:8786")
    monkeypatch.setenv("KD_SLOTS", "3")
    monkeypatch.setenv("KD_MOST_STUDENTS", "10000")
    assert settings.store_url() == f"sqlite:///{tmp_path}/store.sqlite"
    assert settings.data_dir() == Path.home() / "pictures"
    assert settings.device() == "cuda"
    assert settings.scheduler() == "tcp://10.0.0.1:8786"
    assert settings.slots() == 3
    assert settings.most_students() == 10_000


def test_a_relative_folder_is_the_same_for_every_process(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KD_HOME", "lab")
    assert settings.home() == Path.cwd() / "lab"


def test_slots_follow_the_cores_from_one_to_four(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    assert settings.slots() == 1
    monkeypatch.setattr("os.cpu_count", lambda: 64)
    assert settings.slots() == 4


@pytest.mark.parametrize("name", ["slots", "most_students"])
@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5", "²", " 3"])
def test_a_count_must_be_a_positive_whole_number(monkeypatch: pytest.MonkeyPatch, name: str, value: str):
    monkeypatch.setenv(f"KD_{name.upper()}", value)
    with pytest.raises(SettingProblem, match=f"KD_{name.upper()} is {value}: a whole number of at least 1"):
        getattr(settings, name)()


def test_an_unknown_device_is_named_with_what_would_work(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KD_DEVICE", "gpu")
    with pytest.raises(SettingProblem, match="KD_DEVICE is gpu: choose one of cpu, cuda"):
        settings.device()
