"""The store, where everybody meets: the engine writes runs, their rows and their bytes; pages read them.

SQLite by default (write-ahead log, one writing connection, readers in `mode=ro`), PostgreSQL by its address. All SQL is
SQLAlchemy's and the same for both; what differs is how a connection is made, in the second half of this file.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from time import time
from typing import Any

import sqlalchemy as sql
from filelock import FileLock, Timeout
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, StatementError
from sqlalchemy.schema import CreateIndex

from kdcore.events import Row, finite
from kdcore.words import _

VERSION = 1  # of the tables below: raise it when they change, so that an older lab leaves a newer store alone

_tables = sql.MetaData()
_meta = sql.Table("meta", _tables, sql.Column("version", sql.Integer, nullable=False))
_runs = sql.Table(
    "runs",
    _tables,
    sql.Column("key", sql.String, primary_key=True),
    sql.Column("experiment", sql.JSON, nullable=False),
    sql.Column("status", sql.String, nullable=False),
    sql.Column("position", sql.Integer),
    sql.Column("wait_s", sql.Float),
    sql.Column("paused", sql.Boolean, nullable=False),
    sql.Column("speed", sql.Float, nullable=False),
    sql.Column("attempt", sql.Integer, nullable=False),
    sql.Column("progress", sql.Float, nullable=False),
    sql.Column("browsers", sql.JSON, nullable=False),
    sql.Column("created", sql.String, nullable=False, index=True),
    sql.Column("reason", sql.String),
)
_events = sql.Table(
    "events",
    _tables,
    sql.Column("run", sql.String, primary_key=True),
    sql.Column("n", sql.Integer, primary_key=True),
    sql.Column("at", sql.Float, nullable=False),
    sql.Column("row", sql.JSON, nullable=False),
)


def _text(field: str) -> sql.ColumnElement[str]:
    """What a row says in this field, as text."""
    return _events.c.row.op("->>", return_type=sql.String())(_quoted(field))


def _quoted(field: str) -> sql.ColumnElement[str]:
    """A field's name in the statement itself, as an index on it would not be found by a parameter."""
    return sql.literal_column(f"'{field}'")


_by_event = sql.Index("events_by_event", _events.c.run, _text("event"), _events.c.n)
_blobs = sql.Table(
    "blobs",
    _tables,
    sql.Column("run", sql.String, primary_key=True),
    sql.Column("name", sql.String, primary_key=True),
    sql.Column("payload", sql.LargeBinary, nullable=False),
)


class StoreProblem(Exception):
    """The store cannot be used; the text is the sentence to show."""


@dataclass(frozen=True)
class Run:
    """One execution of an experiment: where it stands, and who asked for it."""

    key: str
    experiment: dict[str, Any]
    status: str  # "queued", "running", "finished" or "failed"
    created: str  # ISO 8601, UTC
    browsers: tuple[str, ...] = ()
    position: int | None = None  # in the queue; 1 is next
    wait_s: float | None = None  # rough; None where nothing is known yet
    paused: bool = False
    speed: float = 0.0  # epochs per second; 0 is as fast as it goes
    attempt: int = 1
    progress: float = 0.0  # 0 to 1
    reason: str | None = None  # of a failure

    @property
    def ended(self) -> bool:
        return self.status in ("finished", "failed")


class Reader:
    """Reads a store; any number of them, in any thread. A store that does not exist yet reads as empty."""

    _writing = False

    def __init__(self, url: str):
        self._url = _parsed(url)
        self._engine = _engine(self._url, self._writing)
        self._known = False  # that the store is there and of a version that can be read

    def run(self, key: str) -> Run | None:
        """The run of the experiment with this key."""
        return next(iter(self._found(sql.select(_runs).where(_runs.c.key == key))), None)

    def runs(self, limit: int = 50) -> list[Run]:
        """The newest runs, newest first."""
        return self._found(sql.select(_runs).order_by(_runs.c.created.desc()).limit(limit))

    def events(self, key: str, since: int = 0) -> list[tuple[int, Row]]:
        """The rows of a run after row number `since`, each with its number (from 1 on, always rising)."""
        wanted = (_events.c.run == key) & (_events.c.n > since)
        found = self._read(sql.select(_events.c.n, _events.c.at, _events.c.row).where(wanted).order_by(_events.c.n))
        return [(n, row | {"at": at}) for n, at, row in found]

    def told(self, keys: Collection[str], event: str, *fields: str) -> dict[str, list[Row]]:
        """These fields of the rows of an event, of many runs at once, by run and in their order. Nothing else is read;
        rows without the first of the fields are left out."""
        wanted = _events.c.run.in_(keys) & (_text("event") == event) & _text(fields[0]).is_not(None)
        columns = [_events.c.row.op("->", return_type=sql.JSON())(_quoted(name)) for name in fields]
        found: dict[str, list[Row]] = {key: [] for key in keys}
        for key, *values in self._read(sql.select(_events.c.run, *columns).where(wanted).order_by(_events.c.n)):
            found[key].append(dict(zip(fields, values, strict=True)))
        return found

    def blob(self, key: str, name: str) -> bytes | None:
        """The bytes that the last attempt of a run kept under this name."""
        wanted = (_blobs.c.run == key) & (_blobs.c.name == name)
        return next((payload for (payload,) in self._read(sql.select(_blobs.c.payload).where(wanted))), None)

    def close(self) -> None:
        self._engine.dispose()

    def _found(self, query: sql.Select) -> list[Run]:
        found = (row._asdict() for row in self._read(query))
        return [Run(**row | {"browsers": tuple(row["browsers"])}) for row in found]

    def _read(self, query: sql.Select) -> Sequence[sql.Row]:
        with _explained(self._url), suppress(FileNotFoundError), self._engine.connect() as connection:
            self._known = self._known or _is_ours(connection, self._url)
            return connection.execute(query).all() if self._known else []
        return []


class Writer(Reader):
    """Writes a store: the engine has the only one. Raises StoreProblem where it may not, or cannot, write."""

    _writing = True

    def __init__(self, url: str):
        with closing(Reader(url)) as reader:
            reader.runs(0)  # refuses, before anything is touched, a file of another program or of a newer lab
        self._lock = _claimed(_parsed(url))
        super().__init__(url)
        with self._transaction() as connection:
            _tables.create_all(connection)
            connection.execute(CreateIndex(_by_event, if_not_exists=True))  # a store of before has tables without it
            if not connection.execute(sql.update(_meta).values(version=VERSION)).rowcount:
                connection.execute(sql.insert(_meta).values(version=VERSION))

    def write(self, runs: Iterable[Run] = (), rows: Mapping[str, Iterable[Row]] | None = None) -> None:
        """Save runs and append rows, by key, in one commit: all of it is stored, or StoreProblem is raised."""
        with self._transaction() as connection:
            for run in runs:
                _save(connection, run)
            for key, added in (rows or {}).items():
                _append(connection, key, added)

    def unfinished(self) -> list[Run]:
        """The runs that wait or were under way, oldest first."""
        return self._found(sql.select(_runs).where(_runs.c.status.in_(["queued", "running"])).order_by(_runs.c.created))

    def close(self) -> None:
        super().close()
        if self._lock:
            self._lock.release()

    @contextmanager
    def _transaction(self) -> Iterator[sql.Connection]:
        with _explained(self._url), self._engine.begin() as connection:
            yield connection


def _save(connection: sql.Connection, run: Run) -> None:
    """Insert or update. Two statements, because each database has its own word for doing it in one."""
    values = asdict(run)
    if not connection.execute(sql.update(_runs).where(_runs.c.key == run.key).values(values)).rowcount:
        connection.execute(sql.insert(_runs).values(values))


def _append(connection: sql.Connection, key: str, rows: Iterable[Row]) -> None:
    """Number the rows and add them; bytes are kept apart, and a new attempt does away with those of the last."""
    last = connection.scalar(sql.select(sql.func.max(_events.c.n)).where(_events.c.run == key)) or 0
    added = []
    for n, row in enumerate(rows, last + 1):
        if row["event"] == "started":
            connection.execute(sql.delete(_blobs).where(_blobs.c.run == key))
        if "payload" in row:
            connection.execute(sql.insert(_blobs).values(run=key, name=row["name"], payload=row["payload"]))
            row = {name: value for name, value in row.items() if name != "payload"} | {"bytes": len(row["payload"])}
        added.append({"run": key, "n": n, "at": time(), "row": finite(row)})
    if added:
        connection.execute(sql.insert(_events), added)


# ---- How a connection is made: the only place that knows which database it is.


def _parsed(url: str) -> URL:
    shown = url
    with suppress(ArgumentError):
        found = make_url(url)
        if found.database and found.get_backend_name() in ("sqlite", "postgresql"):
            return found
        shown = found.render_as_string(hide_password=True)
    advice = _("KD_STORE is {value}: sqlite:////folder/file or postgresql://user@host/database was expected")
    raise StoreProblem(advice.format(value=shown))


def _path(url: URL) -> Path | None:
    """The file of an SQLite store; None for a database server."""
    return Path(url.database) if url.get_backend_name() == "sqlite" else None


def _engine(url: URL, writing: bool) -> sql.Engine:
    """SQLAlchemy's engine: connections for readers, or the one connection of the writer."""
    options: dict[str, Any] = {"json_serializer": partial(json.dumps, allow_nan=False), "pool_pre_ping": True}
    if writing:
        options |= {"pool_size": 1, "max_overflow": 0}
    try:
        if path := _path(url):
            engine = sql.create_engine(url, creator=partial(_open_sqlite, path, writing), **options)
            sql.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
            return engine
        engine = sql.create_engine(url, **options)
    except (ImportError, ArgumentError) as error:
        advice = _("The store {store} needs a driver that is not there: {reason}")
        raise StoreProblem(advice.format(store=_shown(url), reason=error)) from error
    sql.event.listen(engine, "connect", _claim_server if writing else _only_read)
    return engine


def _open_sqlite(path: Path, writing: bool) -> sqlite3.Connection:
    """A connection in autocommit, so that BEGIN and COMMIT are where SQLAlchemy puts them, also around new tables."""
    if not writing and not path.exists():
        raise FileNotFoundError(path)
    mode = "rwc" if writing else "ro"
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    if writing:
        connection.execute("PRAGMA journal_mode=WAL")
    return connection


def _claimed(url: URL) -> FileLock | None:
    """Make an SQLite store's folder and lock the store for this process. A server's is locked by its connection."""
    path = _path(url)
    if not path:
        return None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(f"{path}.lock")
        lock.acquire(timeout=0)
    except Timeout as error:
        raise StoreProblem(_taken(url)) from error
    except OSError as error:
        raise StoreProblem(_unusable(url, error)) from error
    return lock


def _claim_server(connection: Any, _record: Any) -> None:
    """Hold PostgreSQL's advisory lock for as long as the writing connection lives."""
    cursor = connection.cursor()
    cursor.execute("SELECT pg_try_advisory_lock(hashtext('distillery'))")
    (granted,) = cursor.fetchone()
    connection.commit()
    if not granted:
        connection.close()
        raise StoreProblem(_("Another lab uses this store already; stop it, or set KD_STORE to another one."))


def _only_read(connection: Any, _record: Any) -> None:
    connection.cursor().execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
    connection.commit()


def _is_ours(connection: sql.Connection, url: URL) -> bool:
    """Whether the store has its tables yet. Raises StoreProblem for a newer lab's, and for other people's tables."""
    names = set(sql.inspect(connection).get_table_names())
    if not names:
        return False
    version = connection.scalar(sql.select(_meta.c.version)) if "meta" in names else None
    if version is None:
        advice = _("{store} holds something else than a store of this lab; set KD_STORE to another place.")
        raise StoreProblem(advice.format(store=_shown(url)))
    if version > VERSION:
        advice = _("The store {store} was written by a newer lab (version {found}; this one knows up to {known}). ")
        advice += _("Update the lab, or set KD_STORE to another place.")
        raise StoreProblem(advice.format(store=_shown(url), found=version, known=VERSION))
    return True


@contextmanager
def _explained(url: URL) -> Iterator[None]:
    """Turn what the database says into one sentence."""
    try:
        yield
    except (StatementError, TypeError) as error:  # TypeError: a row that is no JSON, as PostgreSQL's driver says it
        raise StoreProblem(_unusable(url, getattr(error, "orig", error))) from error


def _unusable(url: URL, reason: Any) -> str:
    return _("The store {store} cannot be used: {reason}").format(store=_shown(url), reason=reason)


def _taken(url: URL) -> str:
    advice = _("Another lab uses the store {store} already; stop it, or give this one its own folder with KD_HOME.")
    return advice.format(store=_shown(url))


def _shown(url: URL) -> str:
    """The store as a person would name it, without a password."""
    return str(_path(url) or url.render_as_string(hide_password=True))
