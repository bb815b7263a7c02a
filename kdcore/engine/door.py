"""Where the engine is reached: a file in KD_HOME, for its owner only, says the address and the key.

Both sides prove that they know the key, as `multiprocessing.connection` does it; what is said then is JSON.
"""

import json
import os
import secrets
import socket
from multiprocessing.connection import Connection, Listener, answer_challenge, deliver_challenge
from pathlib import Path

from filelock import FileLock, Timeout

from kdcore import settings
from kdcore.words import _

LONGEST_SOCKET = 100  # bytes; the name of a socket cannot be longer by much


class DoorProblem(Exception):
    """Commands cannot be taken in this KD_HOME; the text is the sentence to show."""


class Door:
    """Listens for commands, on a socket in KD_HOME where the system has them, and writes down where.

    One engine a folder. Raises DoorProblem where there is another, or no place to write.
    """

    def __init__(self) -> None:
        home = settings.home()
        self.key = secrets.token_bytes(32)
        try:
            home.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(home / "engine.lock")
            self._lock.acquire(timeout=0)
            self.listener = _listener(home / "engine.sock")
            _write(json.dumps({"address": self.listener.address, "key": self.key.hex()}))
        except Timeout as error:
            advice = _("Another lab works in {folder} already; stop it, or give this one its own folder with KD_HOME.")
            raise DoorProblem(advice.format(folder=home)) from error
        except OSError as error:
            advice = _("The folder {folder} cannot be used: {reason}")
            raise DoorProblem(advice.format(folder=home, reason=error)) from error

    def close(self) -> None:
        self.listener.close()
        self._lock.release()


def read_door() -> tuple[str | tuple[str, int], bytes]:
    """Address and key of the engine. Raises OSError where there is none."""
    found = json.loads(_file().read_text())
    address = found["address"]
    return tuple(address) if isinstance(address, list) else address, bytes.fromhex(found["key"])


def greet_client(connection: Connection, key: bytes) -> None:
    """The engine's half of the handshake; raises AuthenticationError."""
    deliver_challenge(connection, key)
    answer_challenge(connection, key)


def greet_engine(connection: Connection, key: bytes) -> None:
    """The client's half."""
    answer_challenge(connection, key)
    deliver_challenge(connection, key)


def _listener(path: Path) -> Listener:
    """On this socket, or wherever the system lets one listen."""
    path.unlink(missing_ok=True)
    fits = hasattr(socket, "AF_UNIX") and len(os.fsencode(path)) <= LONGEST_SOCKET
    return Listener(str(path) if fits else None, backlog=64)


def _write(text: str) -> None:
    """Never readable by others, and never half written."""
    new = _file().with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    new.replace(_file())


def _file() -> Path:
    return settings.home() / "engine.json"
