"""The HTTP routes beside Streamlit's own: the points of a run as JSON, and the scripts that draw them.

Addresses of scripts carry a version, so that browsers keep them for good and still get a new version at once.
"""

import gzip
import re
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import plotly
import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kdcore import settings
from kdcore.events import latest
from kdcore.figures import curves
from kdcore.store import StoreProblem
from pages._ui import runs

SCRIPTS = {path.name: path for path in Path(__file__).with_name("static").glob("*.js")}
SCRIPTS["plotly.min.js"] = Path(plotly.__file__).with_name("package_data") / "plotly.min.js"
FOR_GOOD = {"Cache-Control": "public, max-age=31536000, immutable"}
KEY = re.compile("[0-9a-f]{16}")
LARGEST = 2**53  # the largest whole number that JavaScript counts to


def kd_routes() -> list[Route]:
    """All of them, under server.baseUrlPath."""
    return [
        Route(f"{_base()}/kd/runs/{{key}}/points", points),
        Route(f"{_base()}/kd/static/{{version}}/{{name}}", script),
    ]


def points_address(key: str) -> str:
    """Where the browser asks for a run's points."""
    return f"{_base()}/kd/runs/{key}/points"


def static_address(name: str) -> str:
    """Where the browser finds a script, in the version of this server."""
    return f"{_base()}/kd/static/{_version()}/{name}"


async def points(request: Request) -> Response:
    """GET /kd/runs/<key>/points?since=n: the state of a run, and its epochs after event n."""
    key, since = request.path_params["key"], request.query_params.get("since", "0")
    if not KEY.fullmatch(key):
        return _refusal(400, f"A run's key has 16 hexadecimal digits, not {key[:40]!r}.")
    if not since.isascii() or not since.isdecimal() or int(since[:20]) > LARGEST:
        return _refusal(400, f"'since' is the number of an event, 0 or more, not {since[:40]!r}.")
    try:
        answer = await run_in_threadpool(news, settings.store_url(), key, int(since))
    except StoreProblem as problem:
        return _refusal(503, str(problem))
    return JSONResponse(answer, headers={"Cache-Control": "no-store"}) if answer else _refusal(404, f"No run {key}.")


def news(store: str, key: str, since: int) -> dict[str, Any] | None:
    """What happened in a run after event `since`; None where there is no such run.

    `restarted` says that points of before belong to an earlier attempt: the curves begin again.
    """
    reader = runs.reader(store)
    run = reader.run(key)  # before its events: once it is finished, all of them are there
    if run is None:
        return None
    numbered = reader.events(key, since)
    rows = [row for _n, row in numbered]
    starts = sum(row["event"] == "started" for row in rows)
    return {
        "status": run.status,
        "paused": run.paused,
        "position": run.position,
        "progress": run.progress,
        "next": numbered[-1][0] if numbered else since,
        "restarted": starts > (since == 0),
        "at": rows[-1]["at"] if rows else None,
        "events": sorted({row["event"] for row in rows}),
        "points": [curves.point(row) for row in latest(rows) if row["event"] == "epoch"],
    }


async def script(request: Request) -> Response:
    """GET /kd/static/<version>/<name>: one of our scripts, or Plotly's from its Python package."""
    name, version = request.path_params["name"], request.path_params["version"]
    if name not in SCRIPTS:
        return _refusal(404, f"No script {name[:40]!r}.")
    headers = {"Vary": "Accept-Encoding"} | (FOR_GOOD if version == _version() else {"Cache-Control": "no-cache"})
    content = await run_in_threadpool(_compressed, name)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(content, media_type="text/javascript", headers=headers | {"Content-Encoding": "gzip"})
    return Response(gzip.decompress(content), media_type="text/javascript", headers=headers)


def _refusal(status: int, sentence: str) -> JSONResponse:
    return JSONResponse({"error": sentence}, status)


def _base() -> str:
    """What stands before every path of this server: '' or '/lab'."""
    path = st.get_option("server.baseUrlPath").strip("/")
    return f"/{path}" if path else ""


@cache
def _version() -> str:
    """Changes with any of our scripts and with Plotly."""
    ours = b"".join(path.read_bytes() for name, path in sorted(SCRIPTS.items()) if name != "plotly.min.js")
    return sha256(ours + plotly.__version__.encode()).hexdigest()[:12]


@cache
def _compressed(name: str) -> bytes:
    """Once for all browsers: Plotly's 4.8 MB take a fifth of a second."""
    return gzip.compress(SCRIPTS[name].read_bytes(), compresslevel=6)
