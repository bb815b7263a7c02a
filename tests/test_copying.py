"""The second article's example: what its networks become, and that each learns as if it were alone."""

import json

import numpy as np
import pytest
import torch
from torch import nn

from kdcore import copying, order, work
from kdcore.__main__ import main
from kdcore.articles import EXAMPLES, RATES, SEEDS, STEPS, Copying
from kdcore.events import LANES, first
from kdcore.experiment import Experiment
from kdcore.figures import copies, one_matrix
from kdcore.recordings import recorded


@pytest.fixture(scope="module")
def rows() -> list[dict]:
    """As the engine runs it."""
    return [row for row in work.rows(order.read(Copying().model_dump())) if row["event"] != "batch"]


@pytest.fixture(scope="module")
def ends(rows) -> dict:
    return {(line["rate"], line["lane"]): line for line in first(rows, "finished")["table"]}


def test_every_rate_and_lane_is_told_from_the_first_step_to_the_last(rows):
    told = {(row["rate"], row["lane"], row["step"]) for row in rows if row["event"] == "copy"}
    assert {(rate, lane, step) for rate in RATES for lane in LANES for step in (0, STEPS)} <= told
    assert rows[0]["key"] == Copying().key


def test_the_student_that_is_told_the_truth_copies_and_the_distilled_one_repeats_its_teacher(ends):
    usual, long = RATES
    assert max(ends[long, "scratch"]["error"]) < 1e-4
    assert ends[long, "distilled"]["error"] == pytest.approx(ends[long, "teacher"]["error"], rel=0.1)
    assert max(ends[long, "distilled"]["to_teacher"]) < 1e-3 < min(ends[long, "distilled"]["error"])
    assert min(ends[usual, "scratch"]["error"]) > 0.1, "a thousand steps are too few"


def test_two_layers_are_the_matrix_that_is_kept(ends):
    assert np.array(ends[RATES[-1], "scratch"]["matrix"]) == pytest.approx(np.eye(10), abs=0.01)
    assert [ends[RATES[0], lane]["parameters"] for lane in LANES] == [430, 220, 220]


def test_a_seed_learns_as_alone_in_the_loop_that_everybody_writes(monkeypatch):
    monkeypatch.setattr(copying, "STEPS", 20)
    teachers, students = copying.untrained("teacher"), copying.untrained("student")
    assert list(copying.train(students, 1e-2, teachers)) == list(range(21))
    torch.manual_seed(3)
    student = nn.Sequential(nn.Linear(10, 10), nn.Linear(10, 10))
    torch.manual_seed(3)
    teacher = nn.Sequential(nn.Linear(10, 20), nn.Linear(20, 10))
    optimizer = torch.optim.Adam(student.parameters(), 1e-2)
    for x in torch.randn(20, 1, 10, generator=torch.Generator().manual_seed(3)):
        optimizer.zero_grad()
        nn.functional.mse_loss(student(x), teacher(x).detach()).backward()
        optimizer.step()
    for own, expected in zip(students, student.parameters(), strict=True):
        torch.testing.assert_close(own[3], expected, atol=1e-5, rtol=0)


def test_pictures_tell_of_both_rates_and_also_while_there_is_little(rows, ends):
    assert len(copies.figure(rows).data) == len(RATES) * len(LANES) * 3
    begun = rows[:3]
    assert "teacher" in copies.reading(begun)
    assert "distilled" not in copies.reading(begun)
    assert copies.figure(begun).data
    assert copies.table(begun).empty
    known = 10 ** np.log10(ends[RATES[0], "distilled"]["error"]).mean()
    assert f"distilled {known:.2g}" in copies.reading(rows)
    assert len(one_matrix.figure(rows).data) == len(LANES)
    off = np.abs(np.array(ends[RATES[0], "scratch"]["matrix"]) - np.eye(10)).mean()
    assert f"by {off:.2g} in the student from labels" in one_matrix.reading(rows)
    assert one_matrix.table(rows)["Number 1"].iloc[-1] == f"{ends[RATES[-1], 'distilled']['matrix'][0][0]:.2g}"


def test_the_command_keeps_it_under_its_key(rows, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(work, "rows", lambda _order: iter(rows))
    assert main(["copy", "--keep", str(tmp_path)]) == 0
    assert "Distance to the teacher" in capsys.readouterr().out
    assert first(recorded(tmp_path, Copying().key), "finished") == json.loads(json.dumps(rows[-1]))


def test_the_order_is_told_from_an_experiment():
    assert order.read({"copying": True}) == Copying()
    assert order.read({"seeds": SEEDS}) == Experiment(seeds=SEEDS)


def test_the_articles_experiments_are_those_of_the_articles():
    (deep, flat), (right, wrong), (structure, both) = ([run.order for run in example.runs] for example in EXAMPLES)
    assert (deep.teacher.widths, deep.student.widths, flat.student.widths) == ((10, 5), (5, 2), (5,))
    assert (deep.labels, deep.facts.test) == (500, 100)
    shapes = {who: [(layer.inputs, layer.outputs) for layer in right.layers(who)] for who in ("teacher", "student")}
    assert shapes == {"teacher": [(784, 10), (10, 5), (5, 10)], "student": [(784, 5), (5, 10)]}
    assert (right.training.batch_size, right.training.epochs, right.training.optimizer) == (64, 10, "adam")
    assert right.model_copy(update={"soft_weight": 0.0}) == wrong
    assert structure.x.values == ("soft_targets", "structure:then=labels")
    assert both.x.values == ("soft_targets", "structure")
