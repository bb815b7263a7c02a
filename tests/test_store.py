"""The store: what is written is read back, by others and after a kill; what may not be touched is not."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy

from kdcore.store import VERSION, Reader, Run, StoreProblem, Writer

RUN = Run("k1", {"temperature": 4.0}, "queued", "2026-11-21T10:00:00+00:00", browsers=("ann",), position=1)
STARTED, EPOCH = {"event": "started"}, {"event": "epoch", "epoch": 1}


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty store: a file, and a database where KD_TEST_POSTGRESQL names one that may be emptied."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/lab/store.sqlite"
    address = os.environ.get("KD_TEST_POSTGRESQL")
    if not address:
        pytest.skip("KD_TEST_POSTGRESQL names no database to test with")
    with sqlalchemy.create_engine(address).begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS meta, runs, events, blobs")
    return address


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
def writer(url: str) -> Iterator[Writer]:
    with closing(Writer(url)) as writer:
        yield writer


@pytest.fixture
def reader(writer: Writer, url: str) -> Iterator[Reader]:
    with closing(Reader(url)) as reader:
        yield reader


def test_a_store_that_is_not_there_yet_reads_as_empty_and_is_not_made(url: str):
    with closing(Reader(url)) as reader:
        assert (reader.run("k1"), reader.runs(), reader.events("k1"), reader.blob("k1", "w")) == (None, [], [], None)
        with closing(Writer(url)) as writer:
            writer.write([RUN])
            assert reader.run("k1") == RUN


def test_a_run_is_read_as_it_was_written_and_written_again(writer: Writer, reader: Reader):
    writer.write([RUN])
    assert reader.run("k1") == RUN
    later = replace(RUN, status="running", position=None, paused=True, speed=2.5, attempt=2, progress=0.25)
    writer.write([later])
    assert reader.run("k1") == later
    assert reader.run("k2") is None


def test_runs_come_newest_first(writer: Writer, reader: Reader):
    writer.write(replace(RUN, key=key, created=created) for key, created in (("b", "2"), ("c", "3"), ("a", "1")))
    assert [run.key for run in reader.runs()] == ["c", "b", "a"]
    assert [run.key for run in reader.runs(limit=2)] == ["c", "b"]


def test_unfinished_runs_come_oldest_first(writer: Writer):
    stati = {"d": "finished", "c": "queued", "b": "failed", "a": "running"}
    writer.write(replace(RUN, key=key, created=key, status=status) for key, status in stati.items())
    assert [run.key for run in writer.unfinished()] == ["a", "c"]


def test_rows_are_numbered_from_one_within_each_run(writer: Writer, reader: Reader):
    writer.write(rows={"k1": [STARTED, EPOCH], "k2": [STARTED]})
    writer.write(rows={"k1": [{"event": "epoch", "epoch": 2}]})
    assert [(n, row["event"]) for n, row in reader.events("k1")] == [(1, "started"), (2, "epoch"), (3, "epoch")]
    assert [(n, row["epoch"]) for n, row in reader.events("k1", since=2)] == [(3, 2)]
    assert [n for n, _row in reader.events("k2")] == [1]


def test_rows_say_when_they_were_stored(writer: Writer, reader: Reader):
    writer.write(rows={"k1": [STARTED]})
    writer.write(rows={"k1": [EPOCH]})
    (_, first), (_, second) = reader.events("k1")
    assert 1.7e9 < first["at"] <= second["at"]


def test_numbers_that_are_none_are_stored_as_null(writer: Writer, reader: Reader):
    nan, inf = float("nan"), float("inf")
    writer.write(rows={"k1": [{"event": "epoch", "loss": [1.5, nan, -inf], "of": {"seed": (inf, 2)}, "text": "NaN"}]})
    ((_, row),) = reader.events("k1")
    assert row["loss"] == [1.5, None, None]
    assert row["of"] == {"seed": [None, 2]}
    assert row["text"] == "NaN"


def test_of_many_runs_the_fields_of_one_event_are_read(writer: Writer, reader: Reader):
    cells = [{"event": "cell", "x": x, "y": None, "test": {"distilled": [0.5, x]}, "long": "x" * 99} for x in (1, 2)]
    others = [STARTED, EPOCH, {"event": "cell", "x": 3}, {"event": "trial", "test": 1}]
    writer.write(rows={"k1": [*others, *cells], "k2": [cells[1], cells[0]], "k3": [cells[0]], "k4": others})
    first, second = ({"test": {"distilled": [0.5, x]}, "x": x, "y": None} for x in (1, 2))
    found = reader.told(["k1", "k2", "k4", "none"], "cell", "test", "x", "y")
    assert found == {"k1": [first, second], "k2": [second, first], "k4": [], "none": []}


def test_what_is_read_of_many_runs_is_found_by_an_index_that_an_older_store_is_given(file: Path):
    url = f"sqlite:///{file}"
    with closing(Writer(url)) as writer:
        writer.write(rows={"k1": [STARTED, EPOCH]})
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("DROP INDEX events_by_event")
    Writer(url).close()
    asked = []
    with closing(Reader(url)) as reader:
        sqlalchemy.event.listen(reader._engine, "before_cursor_execute", lambda *told: asked.append(told[2:4]))
        assert reader.told(["k1"], "epoch", "epoch") == {"k1": [{"epoch": 1}]}
    with closing(sqlite3.connect(file)) as connection:
        statement, values = asked[-1]
        plan = str(connection.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall())
    assert "SEARCH events USING INDEX events_by_event (run=? AND <expr>=?)" in plan


def test_bytes_are_kept_beside_their_row(writer: Writer, reader: Reader):
    weights = bytes(range(256)) * 1000
    writer.write(rows={"k1": [{"event": "snapshot", "name": "w", "payload": weights}]})
    ((_, row),) = reader.events("k1")
    assert {name: row[name] for name in row if name != "at"} == {"event": "snapshot", "name": "w", "bytes": 256_000}
    assert reader.blob("k1", "w") == weights
    assert reader.blob("k2", "w") is None


def test_a_new_attempt_does_away_with_the_bytes_of_the_last(writer: Writer, reader: Reader):
    kept = [{"event": "snapshot", "name": name, "payload": b"1"} for name in ("a", "b")]
    writer.write(rows={"k1": [STARTED, *kept], "k2": [STARTED, *kept]})
    writer.write(rows={"k1": [STARTED, {"event": "snapshot", "name": "a", "payload": b"2"}]})
    assert (reader.blob("k1", "a"), reader.blob("k1", "b"), reader.blob("k2", "b")) == (b"2", None, b"1")


def test_a_commit_that_fails_leaves_nothing_behind(writer: Writer, reader: Reader):
    with pytest.raises(StoreProblem, match="cannot be used"):
        writer.write([RUN], {"k1": [STARTED, {"event": "epoch", "loss": object()}]})
    assert (reader.run("k1"), reader.events("k1")) == (None, [])


def test_many_readers_in_many_threads(writer: Writer, reader: Reader):
    writer.write([RUN], {"k1": [EPOCH] * 10})
    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(lambda _: (reader.run("k1"), len(reader.events("k1"))), range(200)))
    assert found == [(RUN, 10)] * 200


def test_a_second_writer_is_refused_until_the_first_has_closed(writer: Writer, url: str):
    with pytest.raises(StoreProblem, match="Another lab uses"):
        Writer(url)
    writer.close()
    Writer(url).close()


def test_readers_cannot_write(reader: Reader):
    with pytest.raises(StoreProblem, match=r"read.?only"):
        Writer.write(_as_writer(reader), [RUN])


def _as_writer(reader: Reader) -> Writer:
    pretender = Writer.__new__(Writer)
    pretender.__dict__ = reader.__dict__
    return pretender


def test_what_was_acknowledged_survives_a_kill(file: Path):
    """A process writes and says so, row by row, until it is killed; every row that it has named is there."""
    script = (
        "import sys; from kdcore.store import Writer; writer = Writer(sys.argv[1])\n"
        "for n in range(1, 10**6): writer.write(rows={'k1': [{'event': 'epoch', 'n': n}]}); print(n, flush=True)"
    )
    command = [sys.executable, "-c", script, f"sqlite:///{file}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[1]) as process:
        for _ in range(50):
            process.stdout.readline()
        process.kill()
        acknowledged = 50 + len(process.stdout.readlines())
    with closing(Reader(f"sqlite:///{file}")) as reader:
        stored = [row["n"] for _n, row in reader.events("k1")]
    assert stored == list(range(1, len(stored) + 1))
    assert acknowledged <= len(stored) <= acknowledged + 1


def test_a_store_of_a_newer_lab_is_refused_and_stays_byte_for_byte_as_it_is(file: Path):
    Writer(f"sqlite:///{file}").close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE meta SET version = ?", [VERSION + 1])
        connection.commit()
    before = file.read_bytes()
    for opening in (Writer, lambda url: Reader(url).runs()):
        with pytest.raises(StoreProblem, match=f"newer lab .version {VERSION + 1}; this one knows up to {VERSION}"):
            opening(f"sqlite:///{file}")
    assert file.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_stays_as_it_is(file: Path):
    file.write_text("Dear diary, " * 1000)
    before = file.read_bytes()
    with pytest.raises(StoreProblem, match=r"store.sqlite cannot be used: file is not a database"):
        Writer(f"sqlite:///{file}")
    assert file.read_bytes() == before


def test_another_programs_database_is_refused_and_stays_as_it_is(file: Path):
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE bookmarks (address)")
    before = file.read_bytes()
    with pytest.raises(StoreProblem, match="something else than a store"):
        Writer(f"sqlite:///{file}")
    assert file.read_bytes() == before


def test_an_empty_file_is_a_store_to_be(file: Path):
    file.touch()
    with closing(Reader(f"sqlite:///{file}")) as reader:
        assert reader.runs() == []
        Writer(f"sqlite:///{file}").close()
        assert reader.runs() == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "lab").write_text("a file, not a folder")
    with pytest.raises(StoreProblem, match=r"lab/store\.sqlite cannot be used"):
        Writer(f"sqlite:///{tmp_path}/lab/store.sqlite")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="whoever may write everywhere is not refused")
def test_a_folder_without_leave_to_write_is_named(tmp_path: Path):
    tmp_path.chmod(0o500)
    with pytest.raises(StoreProblem, match=r"store.sqlite cannot be used: .*[Pp]ermission"):
        Writer(f"sqlite:///{tmp_path}/store.sqlite")


@pytest.mark.parametrize("url", ["store.sqlite", "mysql://lab@host/lab", "sqlite://", ""])
def test_an_address_of_no_store_is_refused_with_what_would_work(url: str):
    with pytest.raises(StoreProblem, match=f"KD_STORE is {url}: sqlite:////folder/file or postgresql://"):
        Reader(url)


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])  # one that does not answer, and one that cannot be
def test_a_password_is_not_shown(kind):
    with pytest.raises(StoreProblem) as raised:
        Reader(f"{kind}://lab:secret@127.0.0.1:1/lab").runs()
    assert "secret" not in str(raised.value)
    assert "127.0.0.1" in str(raised.value)
