"""The page's side of the engine: commands, and what was answered. No Dask and no torch in here."""

import json
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client
from typing import Any

from kdcore.engine import keeper
from kdcore.engine.answer import Answer, refused, sentence
from kdcore.engine.door import greet_engine, read_door
from kdcore.order import Order

__all__ = ["Answer", "control", "sentence", "submit"]

PATIENCE_S = 10  # how long an engine that is there may take to answer


def submit(order: Order, browser: str, speed: float = 0.0, again: bool = False) -> Answer:
    """Ask for a run of this order, at so many epochs per second (0: as fast as it goes), or take part in the one
    that there is, at the speed that it has. `again` runs it even where it has finished before."""
    settings = order.model_dump(mode="json")
    return _ask({"do": "submit", "experiment": settings, "browser": browser, "speed": speed, "again": again})


def control(key: str, browser: str, action: str, value: float | None = None) -> Answer:
    """Change a run: "pause", "resume", "step" (one epoch), "stop", or "speed" with `value` epochs per second."""
    return _ask({"do": "control", "key": key, "browser": browser, "action": action, "value": value})


def _ask(request: dict[str, Any]) -> Answer:
    """One connection, one command, one answer."""
    try:
        address, key = read_door()
        with Client(address) as connection:
            _await(connection)
            greet_engine(connection, key)
            connection.send_bytes(json.dumps(request).encode())
            _await(connection)
            return Answer(**json.loads(connection.recv_bytes()))
    except (OSError, EOFError, ValueError, AuthenticationError):
        return refused("engine_refuses", keeper.last_words) if keeper.last_words else refused("engine_down")


def _await(connection: Any) -> None:
    if not connection.poll(PATIENCE_S):
        raise TimeoutError
