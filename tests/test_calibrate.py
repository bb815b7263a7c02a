"""What a run costs on this machine: measured in a moment, and turned into seconds."""

import pytest

from kdcore import calibrate, cost, order, work
from kdcore.calibrate import Calibration
from kdcore.experiment import unflatten
from kdcore.plan import plan


def test_a_calibration_measures_two_numbers_in_a_moment():
    started, *_rows, finished = work.rows(order.read({"calibrate": True}))
    assert (started["key"], finished["event"]) == (Calibration().key, "finished")
    assert 1e-6 < finished["overhead_s"] < 0.1
    assert 1e7 < finished["flops_per_s"] < 1e14
    assert finished["processor_s"] < 3


def test_seconds_by_hand():
    """Two seeds of a linear teacher and student: so many steps of 64 teach, 5 of 20 learn, in each epoch."""
    settings = {"data.name": "digits", "seeds": 2, "teacher.widths": "linear", "student.widths": "linear"}
    settings |= {"teacher_training.epochs": 3, "teacher_training.batch_size": 64}
    settings |= {"training.epochs": 10, "training.batch_size": 20, "data.labels": 100}
    groups = plan([unflatten(settings)])
    experiment = groups[0].experiment
    steps = 3 * -(-experiment.facts.train // 64) + 10 * 5
    assert calibrate.seconds(groups, {"overhead_s": 2.0, "flops_per_s": 1e30}) == pytest.approx(2.0 * steps)
    operations = cost.of_teachers(experiment) + cost.of_part(groups[0].parts[0]) - steps * cost.OVERHEAD_FLOPS
    assert calibrate.seconds(groups, {"overhead_s": 0.0, "flops_per_s": 1e6}) == pytest.approx(operations / 1e6)


def test_an_assistant_takes_its_steps_too():
    settings = {"seeds": 1, "training.epochs": 10, "teacher_training.epochs": 1}
    alone, assisted = (plan([unflatten(settings | {"assistant": value})]) for value in (False, True))
    measured = {"overhead_s": 1.0, "flops_per_s": 1e30}
    steps = 10 * -(-alone[0].experiment.labels // alone[0].experiment.training.batch_size)
    assert calibrate.seconds(assisted, measured) - calibrate.seconds(alone, measured) == pytest.approx(steps)
