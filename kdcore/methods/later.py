"""torch, loaded when it is first used: so a page can tell of a method, and show its source, without it."""

from importlib import import_module
from typing import Any


class Later:
    """A module by name, imported when something in it is asked for."""

    def __init__(self, name: str):
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)


torch = Later("torch")
functional = Later("torch.nn.functional")
losses = Later("kdcore.losses")
