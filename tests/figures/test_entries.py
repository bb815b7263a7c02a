"""Networks of all runs: what each is, what it costs, and what it may be compared with."""

from dataclasses import replace

import pytest

from kdcore.compression import Compression
from kdcore.experiment import Experiment, unflatten
from kdcore.figures.entries import TOLD, comparable, entries, kind
from tests.figures import compression_rows, sweep_rows

RUN = "0123456789abcdef"


def told(rows, of):
    event, needed, *_more = TOLD[of]
    return [row for row in rows if row["event"] == event and needed in row]


def finished(**accuracy):
    """A finished run of which each lane has these accuracies, and costs ten times the lane before."""
    lanes = enumerate(accuracy.items(), 2)
    costs = {lane: {"size_bytes": 10**n, "flops": 2 * 10**n, "latency_ms": n / 100} for n, (lane, _a) in lanes}
    table = [{"lane": lane, "test_accuracy": a, "latency_on": "here"} | costs[lane] for lane, a in accuracy.items()]
    return [{"table": table}]


def swept(x=("temperature", (1, 4)), y=("soft_weight", (0.5, 0.9)), cells=None, **settings):
    started = sweep_rows.started(x, y, **settings)
    rows = [started, *(cells or [sweep_rows.cell(1, 0.5), sweep_rows.cell(4, 0.9)])]
    return entries(RUN, started["sweep"], told(rows, "sweep"))


def test_a_lane_of_an_experiment_is_an_entry():
    order = unflatten({"teacher.widths": "32", "student.widths": "8-4"}).model_dump(mode="json")
    teacher, student = entries(RUN, order, finished(teacher=[0.9, 0.92], distilled=[0.8, 0.8]))
    assert (teacher.id, teacher.label, student.label) == (f"{RUN}:teacher", "teacher 32", "distilled 8-4")
    assert student.point("size_bytes")[:4] == (f"{RUN}:distilled", 1000, 1000, 1000)
    assert teacher.accuracy.mean == pytest.approx(0.91)
    assert (student.is_student, teacher.is_student) == (True, False)


def test_a_variant_of_a_compression_is_an_entry():
    rows = [row | {"latency_on": "here"} for row in compression_rows.rows() if row["event"] == "variant"]
    order = Compression().model_dump(mode="json")
    found = {entry.name: entry for entry in entries(RUN, order, rows)}
    shared = found["prune+share"]
    assert (shared.role, shared.label) == ("shared", "pruned 90 % + shared 5 bits")
    assert shared.point("size_bytes")[1:4] == (3_000, 2_990, 3_010)
    assert shared.point("latency_ms")[1:4] == (0.02, 0.01, 0.06)
    assert found["teacher"].label == "teacher"
    assert not shared.is_student, "it learned on with all labels"


def test_each_lane_of_a_finished_cell_is_an_entry_without_latency():
    found = {entry.name: entry for entry in swept()}
    assert list(found) == ["1,0.5|scratch", "1,0.5|distilled", "4,0.9|scratch", "4,0.9|distilled"]
    cell = found["4,0.9|distilled"]
    assert (cell.settings["temperature"], cell.settings["soft_weight"]) == (4, 0.9)
    assert cell.point("size_bytes").cost == 4 * 1_000
    assert cell.point("latency_ms") is None


def test_cells_on_their_way_and_cells_with_lost_seeds_are_no_entries():
    cells = [sweep_rows.begun(1, 0.5), sweep_rows.cell(4, 0.5, diverged=[2]), sweep_rows.cell(4, 0.9)]
    assert {entry.name.partition("|")[0] for entry in swept(cells=cells)} == {"4,0.9"}


def test_of_a_cell_that_is_told_twice_the_last_counts():
    found = swept(cells=[sweep_rows.cell(1, 0.5), sweep_rows.cell(1, 0.5, distilled=(0.5, 0.5, 0.5))])
    assert [entry.accuracy.mean for entry in found] == pytest.approx([0.71, 0.49])


def test_a_cell_knows_the_layers_that_its_width_and_depth_make():
    cells = [sweep_rows.cell(16.0, 2.0)]
    (_scratch, student) = swept(("student.width", (16.0,)), ("student.depth", (2.0,)), cells)
    assert student.label == "distilled 16-16"


def test_runs_that_cannot_be_compared_have_no_entries():
    assert kind({"experiment": {}, "ranges": []}) is None
    old = Experiment().model_dump(mode="json") | {"alpha": 0.5}
    assert entries(RUN, old, finished(teacher=[0.9])) == []


def test_alike_are_those_of_the_commonest_split_and_students_of_the_commonest_labels():
    base = Experiment().model_dump(mode="json")

    def run(**data):
        return entries(RUN, base | {"data": base["data"] | data}, finished(teacher=[0.9], distilled=[0.8]))

    found = [*run(), *run(), *run(labels=50), *run(seed=1), *run(seed=1, labels=50)]
    assert comparable(found) == [*[True] * 4, True, False, False, False, False, False]
    elsewhere = [run(seed=1, labels=20)[1] for _each in range(3)]
    here = [*run(labels=50), *run(labels=50), *run(labels=30)]
    assert comparable([*elsewhere, *here]) == [*[False] * 3, *[True] * 5, False], "commonest on the commonest split"
    noisy = replace(found[0], settings=found[0].settings | {"label_noise": 0.2})
    assert comparable([*found[:4], noisy])[-1] is False
    assert comparable([]) == []
