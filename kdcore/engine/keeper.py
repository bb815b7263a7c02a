"""Keeps the engine alive: the page's server starts it as a child, again when it dies, and stops it at the end.

The child's input is a pipe that nobody writes to. When the server goes, however suddenly, the pipe closes, and the
engine goes too.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import monotonic

import kdcore

SHORTEST_S, LONGEST_S = 0.25, 3.0  # between the end of one engine and the start of the next
HEALTHY_S = 30.0  # an engine that has lived so long did not die of its start
STOP_S = 5.0  # that an engine may take to end

last_words = ""  # why the last engine refused to work, for whoever finds none


@asynccontextmanager
async def kept_engine(*arguments: str) -> AsyncIterator[None]:
    """An engine, as long as this context lasts. The arguments are those of `python -m kdcore.engine`."""
    keeping = asyncio.create_task(_keep(arguments))
    try:
        yield
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping


async def _keep(arguments: tuple[str, ...]) -> None:
    pause_s = SHORTEST_S
    while True:
        began = monotonic()
        await _one_life(arguments)
        pause_s = SHORTEST_S if monotonic() - began > HEALTHY_S else min(2 * pause_s, LONGEST_S)
        await asyncio.sleep(pause_s)


async def _one_life(arguments: tuple[str, ...]) -> None:
    """Start an engine and wait for its end. Its output is its last words, and empty if it means to work."""
    global last_words
    command = (sys.executable, "-m", "kdcore.engine", *arguments)
    paths = [str(Path(kdcore.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))},
        start_new_session=True,  # so that Ctrl-C in the terminal reaches the server, and the engine through the pipe
    )
    try:
        words = (await process.stdout.readline()).decode().strip()
        if words and words != last_words:
            print(words, file=sys.stderr)
        last_words = words
        await process.wait()
    finally:
        process.stdin.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), STOP_S)
        if process.returncode is None:
            process.kill()
            await process.wait()
