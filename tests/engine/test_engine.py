"""The engine as a process: wishes go in by the client, rows come out of the store, and what goes wrong ends well."""

import json
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client
from pathlib import Path

import psutil
import pytest
from distributed import LocalCluster
from engines import PATIENCE_S, ROOT, engine_process, use_home, wait_for
from fakes import FOUR_MB, WEIGHTS, wish

from kdcore import settings
from kdcore.compression import Compression
from kdcore.engine import client
from kdcore.engine.client import Answer
from kdcore.engine.worker import GIVES_WAY
from kdcore.events import Row, latest
from kdcore.experiment import Experiment, Training
from kdcore.store import VERSION, Reader, Run


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen]:
    """One engine with two slots for all tests that leave it as it was."""
    with pytest.MonkeyPatch.context() as patch:
        use_home(patch, tmp_path_factory.mktemp("lab"), slots=2)
        with engine_process() as engine:
            yield engine


def train(reader: Reader, experiment: Experiment, browser: str = "ann") -> Run:
    """Ask for a run and wait for its end."""
    assert client.submit(experiment, browser).accepted
    return wait_for_end(reader, experiment)


def wait_for_end(reader: Reader, experiment: Experiment) -> Run:
    return wait_for(lambda: (run := reader.run(experiment.key)) and run.ended and run)


def rows(reader: Reader, experiment: Experiment) -> list[Row]:
    return [row for _n, row in reader.events(experiment.key)]


def epochs(reader: Reader, experiment: Experiment) -> list[tuple[int, str]]:
    return [(row["epoch"], row["lane"]) for row in rows(reader, experiment) if row["event"] == "epoch"]


def stop(experiment: Experiment, browser: str = "ann") -> None:
    assert client.control(experiment.key, browser, "stop").accepted


# ---- what goes well


def test_every_row_arrives_in_order_and_once(engine, reader: Reader):
    experiment = wish("short")
    assert train(reader, experiment).status == "finished"
    found = rows(reader, experiment)
    assert [row["event"] for row in found] == ["started"] + 8 * ["epoch"] + ["snapshot", "finished"]
    assert epochs(reader, experiment) == [(n, lane) for n in range(4) for lane in ("scratch", "distilled")]
    assert found[0]["attempt"] == 1
    assert found[1]["val_accuracy"] == [0.5, None]
    assert reader.blob(experiment.key, "distilled.safetensors") == WEIGHTS


def test_a_worker_keeps_the_memory_that_every_step_asks_for_again(engine, reader: Reader):
    experiment = wish("hungry")
    train(reader, experiment)
    assert rows(reader, experiment)[-1]["pages"] < FOUR_MB / 4096  # what one of the hundred steps takes


def test_workers_give_way_to_pages(engine, reader: Reader):
    train(reader, wish("short", 2))
    children = psutil.Process(engine.pid).children(recursive=True)
    assert max(child.nice() for child in children) == psutil.Process(engine.pid).nice() + GIVES_WAY


def test_rows_are_in_the_store_while_the_run_goes_on(engine, reader: Reader):
    experiment = wish("endless", 1)
    client.submit(experiment, "ann")
    wait_for(lambda: len(epochs(reader, experiment)) > 20)
    assert reader.run(experiment.key).status == "running"
    stop(experiment)


def test_the_same_wish_is_answered_from_the_store(engine, reader: Reader):
    experiment = wish("short", 1)
    train(reader, experiment)
    before = rows(reader, experiment)
    assert client.submit(experiment, "bob") == Answer(True, "finished")
    assert rows(reader, experiment) == before


def test_two_browsers_share_a_run_until_the_last_one_stops_it(engine, reader: Reader):
    experiment = wish("endless", 2)
    client.submit(experiment, "ann")
    client.submit(experiment, "bob")
    stop(experiment, "ann")
    assert reader.run(experiment.key).browsers == ("bob",)
    seen = len(rows(reader, experiment))
    wait_for(lambda: len(rows(reader, experiment)) > seen)
    stop(experiment, "bob")
    assert reader.run(experiment.key).reason == "stopped"


def test_a_stopped_run_ends_in_its_worker_too_and_can_be_started_again(engine, reader: Reader):
    """Each of more runs than there are slots can only begin if the workers of those before are free again."""
    for number in (3, 4, 5, 3, 4):
        experiment = wish("endless", number)
        seen = len(epochs(reader, experiment))
        assert client.submit(experiment, "ann").accepted
        wait_for(lambda experiment=experiment, seen=seen: len(epochs(reader, experiment)) > seen)
        stop(experiment)


def test_a_paused_run_stands_still_steps_by_epochs_and_goes_on(engine, reader: Reader):
    experiment = wish("endless", 6)
    client.submit(experiment, "ann")
    wait_for(lambda: len(epochs(reader, experiment)) > 4)
    client.control(experiment.key, "ann", "pause")
    assert reader.run(experiment.key).paused
    reached = standing_still(reader, experiment)
    for n in (1, 2):
        client.control(experiment.key, "ann", "step")
        wait_for(lambda n=n: epochs(reader, experiment)[-1] == (reached + n, "distilled"))
    assert standing_still(reader, experiment) == reached + 2
    client.control(experiment.key, "ann", "resume")
    wait_for(lambda: epochs(reader, experiment)[-1][0] > reached + 5)
    stop(experiment)


def standing_still(reader: Reader, experiment: Experiment) -> int:
    """The epoch at which a run that goes through a hundred in a second has stood for longer than that takes."""
    seen: list[int] = []

    def same() -> bool:
        seen.append(len(epochs(reader, experiment)))
        return seen.count(seen[-1]) > 50

    wait_for(same)
    return epochs(reader, experiment)[-1][0]


def test_a_run_can_be_slowed_down_and_let_go(engine, reader: Reader):
    experiment = wish("half_a_second")
    client.submit(experiment, "ann")
    client.control(experiment.key, "ann", "speed", 0.01)
    reached = standing_still(reader, experiment)
    assert reached < 24
    client.control(experiment.key, "ann", "speed", 0)
    assert wait_for_end(reader, experiment).status == "finished"


def test_more_runs_than_slots_wait_with_a_position(engine, reader: Reader):
    experiments = {browser: wish("endless", 10 + n) for n, browser in enumerate(("ann", "bob", "cid", "dan"))}
    for browser, experiment in experiments.items():
        client.submit(experiment, browser)
    found = [reader.run(experiment.key) for experiment in experiments.values()]
    assert [(run.status, run.position) for run in found] == [
        ("running", None),
        ("running", None),
        ("queued", 1),
        ("queued", 2),
    ]
    for browser, experiment in reversed(experiments.items()):
        stop(experiment, browser)


# ---- what goes wrong in a run


def test_a_killed_worker_means_a_second_attempt_by_itself(engine, reader: Reader):
    experiment = wish("frail_once")
    run = train(reader, experiment)
    assert (run.status, run.attempt) == ("finished", 2)
    found = rows(reader, experiment)
    assert [row["attempt"] for row in found if row["event"] == "started"] == [1, 2]
    assert [row["event"] for row in latest(found)] == ["started"] + 8 * ["epoch"] + ["snapshot", "finished"]


def test_after_two_killed_workers_a_run_has_failed_and_the_next_goes_well(engine, reader: Reader):
    run = train(reader, wish("frail"))
    assert (run.status, run.reason, run.attempt) == ("failed", "worker_lost", 2)
    assert train(reader, wish("short", 2)).status == "finished"


@pytest.mark.parametrize(
    ("behaviour", "reason", "detail"),
    [("broken", "error", "ZeroDivisionError: the learning rate is 0"), ("without_data", "data", "t10k.gz could not")],
)
def test_an_exception_is_told_as_the_last_row(engine, reader: Reader, behaviour: str, reason: str, detail: str):
    experiment = wish(behaviour)
    assert train(reader, experiment).reason == reason
    assert detail in rows(reader, experiment)[-1]["detail"]


# ---- what goes wrong around it


def test_only_who_knows_the_key_is_heard(engine):
    door = settings.home() / "engine.json"
    assert stat.S_IMODE(door.stat().st_mode) == 0o600
    address = json.loads(door.read_text())["address"]
    with pytest.raises(AuthenticationError):
        Client(address, authkey=b"guess")
    with Client(address):
        assert client.control("none", "ann", "stop").refusal == "no_such_run"  # one who says nothing holds up nobody


def test_a_second_lab_in_the_same_folder_is_refused(engine):
    assert "Another lab uses the store" in refusal()


def test_a_second_lab_with_a_store_of_its_own_is_refused_in_the_same_folder(engine, monkeypatch, tmp_path: Path):
    monkeypatch.setenv("KD_STORE", f"sqlite:///{tmp_path}/other.sqlite")
    assert "Another lab works in" in refusal()


def refusal() -> str:
    """What an engine says that does not start here."""
    with engine_process() as engine:
        assert engine.wait(PATIENCE_S) == 2
        return engine.stdout.read()


def test_without_an_engine_commands_are_refused(home: Path):
    answer = client.submit(wish("short"), "ann")
    assert answer.refusal == "engine_down"
    assert "started again within seconds" in client.sentence(answer)


def test_what_a_killed_engine_left_behind_is_no_engine(home: Path):
    with engine_process() as engine:
        engine.kill()
        engine.wait()
        assert client.submit(wish("short"), "ann").refusal == "engine_down"


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("KD_SLOTS", "none", "KD_SLOTS is none: a whole number of at least 1 was expected"),
        ("KD_DEVICE", "abacus", "KD_DEVICE is abacus: choose one of cpu, cuda"),
        ("KD_STORE", "oracle://x/y", "KD_STORE is oracle://x/y: "),
    ],
)
def test_a_bad_setting_is_refused_in_a_sentence(home: Path, monkeypatch, variable: str, value: str, sentence: str):
    monkeypatch.setenv(variable, value)
    assert sentence in refusal()


def test_a_scheduler_that_does_not_answer_is_named(home: Path, monkeypatch):
    monkeypatch.setenv("KD_SCHEDULER", "tcp://127.0.0.1:9")
    assert "KD_SCHEDULER is tcp://127.0.0.1:9: no Dask scheduler answers there" in refusal()


def test_a_store_of_a_newer_lab_is_refused(home: Path):
    with closing(sqlite3.connect(home / "store.sqlite")) as connection:
        connection.execute("CREATE TABLE meta (version INTEGER)")
        connection.execute("INSERT INTO meta VALUES (?)", [VERSION + 1])
        connection.commit()
    assert "written by a newer lab" in refusal()


@pytest.mark.skipif(not hasattr(psutil.Process, "rlimit"), reason="this system cannot limit the size of files")
def test_a_full_disk_fails_the_run_and_refuses_the_next_but_the_engine_lives(home: Path, reader: Reader):
    """The disk is full for this engine from some size of file on, and then it is not."""
    with engine_process() as engine:
        experiment = wish("endless")
        client.submit(experiment, "ann")
        wait_for(lambda: len(rows(reader, experiment)) > 20)
        process = psutil.Process(engine.pid)
        _soft, most = process.rlimit(psutil.RLIMIT_FSIZE)
        process.rlimit(psutil.RLIMIT_FSIZE, (20_000, most))
        wait_for(lambda: client.control(experiment.key, "ann", "pause").refusal == "not_running")
        answer = client.submit(wish("short"), "bob")
        assert answer.refusal == "store"
        assert "store.sqlite cannot be used" in client.sentence(answer)
        process.rlimit(psutil.RLIMIT_FSIZE, (most, most))
        assert wait_for_end(reader, experiment).reason == "store"
        assert rows(reader, experiment)[-1]["event"] == "failed"
        assert train(reader, wish("short")).status == "finished"


# ---- ends and new beginnings


def family(process: psutil.Process) -> list[psutil.Process]:
    return process.children(recursive=True)


def gone(processes: list[psutil.Process]) -> bool:
    return not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes)


def test_an_engine_whose_input_closes_ends_with_all_its_processes_and_loses_no_run(home: Path, reader: Reader):
    with engine_process() as engine:
        experiment = wish("endless")
        client.submit(experiment, "ann")
        wait_for(lambda: len(rows(reader, experiment)) > 20)
        processes = family(psutil.Process(engine.pid))
        assert processes
        engine.stdin.close()
        assert engine.wait(PATIENCE_S) == 0
        engine.stdin = None
        wait_for(lambda: gone(processes))
    assert (reader.run(experiment.key).status, reader.run(experiment.key).attempt) == ("queued", 1)
    with engine_process():
        wait_for(lambda: reader.run(experiment.key).status == "running")
        stop(experiment)


def test_an_engine_may_also_be_told_to_end_by_a_signal(home: Path):
    with engine_process() as engine:
        wait_for(lambda: client.control("none", "ann", "stop").refusal == "no_such_run")
        engine.terminate()
        assert engine.wait(PATIENCE_S) == 0


SERVER = """
import asyncio
from kdcore.engine.keeper import kept_engine

async def serve():
    async with kept_engine("--fit", "fakes:fit"):
        await asyncio.get_running_loop().run_in_executor(None, input)

asyncio.run(serve())
"""


@pytest.fixture
def server(home: Path) -> Iterator[psutil.Popen]:
    """A server that keeps an engine, until its input closes."""
    server = psutil.Popen([sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT)
    processes = []
    try:
        wait_for((home / "engine.json").exists)
        processes = family(server)
        yield server
    finally:
        server.communicate()
        for process in filter(psutil.Process.is_running, processes):
            process.kill()


def engine_of(server: psutil.Popen) -> psutil.Process | None:
    return next((child for child in server.children() if "kdcore.engine" in child.cmdline()), None)


def test_a_killed_engine_is_started_again_and_tries_its_run_again(server: psutil.Popen, reader: Reader):
    finished, under_way = wish("short"), wish("half_a_second")
    train(reader, finished)
    before = rows(reader, finished)
    client.submit(under_way, "ann")
    wait_for(lambda: rows(reader, under_way))
    engine = engine_of(server)
    processes = [engine, *family(engine)]
    engine.kill()
    shown = rows(reader, under_way)
    run = wait_for_end(reader, under_way)
    assert (run.status, run.attempt) == ("finished", 2)
    assert rows(reader, under_way)[: len(shown)] == shown
    assert [row["attempt"] for row in rows(reader, under_way) if row["event"] == "started"] == [1, 2]
    assert rows(reader, finished) == before
    assert gone(processes)


def test_a_killed_server_leaves_no_orphans(server: psutil.Popen, reader: Reader):
    client.submit(wish("endless"), "ann")
    wait_for(lambda: rows(reader, wish("endless")))
    processes = family(server)
    assert len(processes) >= 2
    server.kill()
    wait_for(lambda: gone(processes))


def test_a_server_that_ends_takes_its_engine_along(server: psutil.Popen):
    processes = family(server)
    server.stdin.write(b"\n")
    server.stdin.flush()
    server.wait(PATIENCE_S)
    assert gone(processes)


def test_why_an_engine_refuses_is_told_to_who_asks_for_it(home: Path, monkeypatch):
    monkeypatch.setenv("KD_STORE", "oracle://x/y")
    script = (
        "import asyncio; from kdcore.engine import keeper\n"
        "async def serve():\n"
        "    async with keeper.kept_engine():\n"
        "        while not keeper.last_words: await asyncio.sleep(0.01)\n"
        "        from kdcore.engine.client import control, sentence\n"
        "        print(sentence(control('key', 'ann', 'stop')))\n"
        "asyncio.run(serve())"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, timeout=PATIENCE_S)
    assert "KD_STORE is oracle://x/y" in done.stdout
    assert "again within seconds" not in done.stdout, "it will not be there then either"


# ---- other surroundings


def test_an_existing_cluster_serves_as_well_and_a_killed_worker_there_too(home: Path, reader: Reader, monkeypatch):
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None, worker_dashboard_address=None) as dask:
        monkeypatch.setenv("KD_SCHEDULER", dask.scheduler_address)
        with engine_process():
            assert train(reader, wish("short")).status == "finished"
            run = train(reader, wish("frail_once"))
            assert (run.status, run.attempt) == ("finished", 2)


def test_a_real_run_from_wish_to_verdict(home: Path, reader: Reader):
    tiny = Training(epochs=2)
    experiment = Experiment(data={"name": "moons"}, seeds=2, training=tiny, teacher_training=tiny)
    with engine_process(fit="kdcore.work:rows"):
        assert train(reader, experiment).status == "finished"
        compression = Compression(experiment=experiment, pipelines=("prune:sparsity=0.5,epochs=1",), seeds=2)
        assert train(reader, compression).status == "finished"
    found = rows(reader, experiment)
    assert found[0]["event"] == "started"
    assert {row["lane"] for row in found if row["event"] == "epoch"} == {"teacher", "scratch", "distilled"}
    assert [line["lane"] for line in found[-1]["table"]] == ["teacher", "scratch", "distilled"]
    assert reader.blob(experiment.key, "distilled.safetensors")
    assert [row["name"] for row in rows(reader, compression) if row["event"] == "variant"] == [
        "",
        "prune:sparsity=0.5,epochs=1",
    ]
    assert reader.blob(compression.key, "teacher.kdz")


def test_the_benchmark_of_latency_runs_by_itself(home: Path):
    command = [sys.executable, "tests/benchmarks/event_latency.py", "--smoke"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 4, "a heading and three paces"
