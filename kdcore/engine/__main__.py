"""`python -m kdcore.engine`: the engine itself. It ends when its input closes, which is how its keeper stops it."""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread, Timer

from kdcore import settings
from kdcore.engine.door import Door, DoorProblem
from kdcore.engine.lab import Lab
from kdcore.engine.server import serve
from kdcore.settings import SettingProblem
from kdcore.store import StoreProblem, Writer

logger = logging.getLogger("kdcore")

CRASHED, REFUSED = 1, 2  # exit codes: of a defect, and of an engine that may not, or cannot, work here
LAST_S = 4.0  # that the end may take; then it is cut short

Inbox = SimpleQueue[Callable[[], None]]  # what the lab is to do, one after the other


class Stop(Exception):
    """The engine is to end; the text says why, if there is a reason."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m kdcore.engine", description=__doc__)
    parser.add_argument("--fit", default="kdcore.work:rows", help="what a run is: module:function")
    arguments = parser.parse_args()
    logger.addHandler(logging.StreamHandler())  # ours only: Dask has a great deal to say
    last_words = os.dup(1)
    os.dup2(2, 1)  # what anything prints goes to the log; the output is for the keeper, and for one line
    try:
        _work(arguments.fit)
    except (StoreProblem, SettingProblem, DoorProblem, Stop) as reason:
        if str(reason):
            os.write(last_words, f"{reason}\n".encode())
            return REFUSED
    except Exception:
        logger.exception("the engine ends")
        return CRASHED
    return 0  # it was told to end


def _work(fit: str) -> None:
    """Open store and door, start the cluster beside, and take turns until told to stop."""
    inbox: Inbox = SimpleQueue()
    settings.device()
    lab = Lab(Writer(settings.store_url()), settings.slots())
    door = Door()
    serve(door.listener, door.key, lambda request, reply: inbox.put(partial(lab.command, request, reply)))
    Thread(target=_start_cluster, args=(fit, lab, inbox), daemon=True).start()
    Thread(target=_watch_input, args=(inbox,), daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: inbox.put(_stop))
    try:
        _take_turns(lab, inbox)
    finally:
        Timer(LAST_S, os._exit, [CRASHED]).start()
        door.close()
        lab.close()


def _take_turns(lab: Lab, inbox: Inbox) -> None:
    """Sleep until something comes or a turn is due; a turn takes all that has come by then."""
    due = lab.turn([])
    while True:
        due = lab.turn(_received(inbox, due))


def _received(inbox: Inbox, timeout: float | None) -> list[Callable[[], None]]:
    try:
        first = inbox.get(timeout=timeout)
    except Empty:
        return []
    return [first, *(inbox.get() for _ in range(inbox.qsize()))]


def _start_cluster(fit: str, lab: Lab, inbox: Inbox) -> None:
    """Takes a second or more, in which commands are answered already."""
    try:
        from kdcore.engine.cluster import Cluster  # here, because Dask alone takes half of that second

        cluster = Cluster(fit, lab, inbox.put)
    except Exception as problem:
        inbox.put(partial(_stop, str(problem) or type(problem).__name__))
    else:
        inbox.put(partial(lab.ready, cluster))


def _watch_input(inbox: Inbox) -> None:
    """Whoever started the engine holds the other end: when it closes, they are gone."""
    while os.read(0, 1024):
        pass
    inbox.put(_stop)


def _stop(reason: str = "") -> None:
    raise Stop(reason)


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)  # without waiting for threads
