"""A run in words: whatever of its settings differs from the default."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from kdcore.experiment import Experiment, fields, flatten, written
from kdcore.words import N_, _

OWNERS = {
    "teacher": N_("teacher"),
    "teacher_training": N_("teacher"),
    "student": N_("student"),
    "training": N_("student"),
}


def differences(settings: Mapping[str, Any]) -> list[str]:
    """Each setting, by dotted name, that is not as usual, as its control calls it; the data are told elsewhere."""
    usual = _usual()
    changed = [name for name, value in settings.items() if name in usual and value != usual[name]]
    return [_told(name, written(settings[name])) for name in changed if name != "data.name"]


@cache
def _usual() -> dict[str, Any]:
    return flatten(Experiment())


@cache
def _titles() -> dict[str, str]:
    return {name: info.title for name, info in fields().items()}


def _told(name: str, text: str) -> str:
    """A setting with its value; those of a network say whose they are."""
    owner = OWNERS.get(name.rpartition(".")[0])
    return " ".join(filter(None, (owner and _(owner), _(_titles()[name]).lower(), text)))
