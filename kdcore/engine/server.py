"""The engine's ear: takes commands from pages, one a connection, and hands them on with a way to answer."""

import json
from collections.abc import Callable
from dataclasses import asdict
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, Listener
from queue import SimpleQueue
from threading import Thread
from typing import Any

from kdcore.engine.answer import Answer
from kdcore.engine.door import greet_client

LONGEST_COMMAND = 100_000  # bytes

Handle = Callable[[Any, Callable[[Answer], None]], None]


def serve(listener: Listener, key: bytes, handle: Handle) -> None:
    """Listen in a thread of its own; each connection gets one more, so that a slow one holds up nobody."""
    Thread(target=_accept, args=(listener, key, handle), daemon=True).start()


def _accept(listener: Listener, key: bytes, handle: Handle) -> None:
    while True:
        connection = listener.accept()
        Thread(target=_converse, args=(connection, key, handle), daemon=True).start()


def _converse(connection: Connection, key: bytes, handle: Handle) -> None:
    """One command and its answer. Who does not know the key, or hangs up, is not missed."""
    answers: SimpleQueue[Answer] = SimpleQueue()
    try:
        with connection:
            greet_client(connection, key)
            handle(json.loads(connection.recv_bytes(LONGEST_COMMAND)), answers.put)
            connection.send_bytes(json.dumps(asdict(answers.get())).encode())
    except (OSError, EOFError, ValueError, AuthenticationError):
        return
