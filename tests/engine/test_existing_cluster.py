"""A cluster that others have started, by its address: a real sweep on it, workers that join and workers that die."""

from collections.abc import Iterator
from itertools import groupby

import psutil
import pytest
from dask_cluster import DaskCluster
from engines import engine_process, use_home, wait_for

from kdcore.engine import client
from kdcore.events import Row
from kdcore.experiment import Experiment, unflatten
from kdcore.grid import Sweep
from kdcore.store import Reader

NOWHERE = ("at", "progress", "machine", "date", "attempt", "seconds")  # what depends on where and when


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    """A scheduler and one worker, with an engine that gives them work."""
    with pytest.MonkeyPatch.context() as patch, DaskCluster(tmp_path_factory.mktemp("dask"), workers=1) as cluster:
        use_home(patch, tmp_path_factory.mktemp("lab"))
        for name, value in cluster.environment.items():
            patch.setenv(name, value)
        with engine_process(fit="kdcore.work:rows") as engine:
            cluster.engine = engine
            yield cluster


def a_map(seed: int) -> Sweep:
    """Two groups of three parts, as students with another batch size are a part of their own."""
    tiny = {"epochs": 20, "batch_size": 50}
    settings = {"data.name": "moons", "data.seed": seed, "data.labels": 50, "teacher.widths": "8", "seeds": 2}
    base = unflatten(settings).model_dump() | {"training": tiny, "teacher_training": tiny}
    x, y = {"setting": "training.batch_size", "values": [10, 25, 50]}, {"setting": "teacher.width", "values": [4, 8]}
    return Sweep(experiment=Experiment.model_validate(base), x=x, y=y)


def rows(reader: Reader, order: Sweep, event: str) -> list[Row]:
    return [row for _n, row in reader.events(order.key) if row["event"] == event]


def ended(reader: Reader, order: Sweep):
    return wait_for(lambda: (run := reader.run(order.key)) and run.ended and run)


def results(rows: list[Row]) -> dict[tuple, Row]:
    """What was measured in the end, of teachers by group and of cells by place."""
    told = [row for row in rows if row["event"] == "teacher" or row.get("done")]
    return {
        (row["group"], row.get("x"), row.get("y")): {k: v for k, v in row.items() if k not in NOWHERE} for row in told
    }


def here(order: Sweep) -> dict[tuple, Row]:
    """The same from this process."""
    from kdcore.sweep import sweep

    return results(list(sweep(order)))


def test_a_sweep_is_what_it_is_in_this_process(cluster: DaskCluster, reader: Reader):
    order = a_map(seed=1)
    assert client.submit(order, "ann").accepted
    expected = here(order)
    assert ended(reader, order).status == "finished"
    found = [row for _n, row in reader.events(order.key)]
    assert (found[0]["event"], found[-1]["event"]) == ("started", "finished")
    assert results(found) == expected
    assert len(expected) == 8, "two groups of teachers, six cells"
    maps = psutil.Process(cluster.engine.pid).memory_maps()
    assert not any("torch" in each.path for each in maps), "what teachers said is no business of the engine's"


def test_the_example_has_parts_to_share_out():
    assert [len(group.parts) for group in a_map(seed=1).groups()] == [3, 3]


def test_a_worker_that_joins_is_used_and_one_that_dies_costs_its_part_only(cluster: DaskCluster, reader: Reader):
    """Every part shows its cell at some epochs; at three of them a second, parts are long enough to be seen."""
    order = a_map(seed=2)
    cluster.join()
    assert client.submit(order, "ann", speed=3).accepted
    wait_for(lambda: is_mixed(rows(reader, order, "cell")))
    cluster.workers[0].kill()
    done = len([row for row in rows(reader, order, "cell") if row.get("done")])
    client.control(order.key, "ann", "speed", 0)
    run = ended(reader, order)
    assert (run.status, run.attempt) == ("finished", 1)
    assert done < 6
    assert results(rows(reader, order, "teacher") + rows(reader, order, "cell")) == here(order)
    firsts = [(row["x"], row["y"]) for row in rows(reader, order, "cell") if row["epoch"] == 1]
    assert len(firsts) <= 7, "only one was begun again"


def is_mixed(cells: list[Row]) -> bool:
    """Whether a part goes on after another's turn."""
    turns = [place for place, _rows in groupby((row["x"], row["y"]) for row in cells)]
    return len(turns) > len(set(turns))
