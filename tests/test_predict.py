"""What the networks of a run say without torch is what they said with it."""

import numpy as np
import pytest

from kdcore import drawing, predict
from kdcore.events import LANES, first
from kdcore.experiment import Experiment
from pages._ui import runs
from tests import drawn


@pytest.fixture(scope="module")
def recorded():
    return runs.default()


@pytest.fixture(scope="module")
def networks(recorded):
    return predict.networks(recorded.experiment, recorded.payload)


def test_recorded_networks_repeat_what_they_said_while_they_were_recorded(recorded, networks):
    examples = first(recorded.rows, "snapshot", name="examples")["data"]["rows"]
    for row in examples:
        said = predict.answers(networks, np.reshape(row["x"], row["shape"]))
        assert tuple(said) == LANES
        for lane in LANES:
            assert said[lane] == pytest.approx(np.array(row[lane]), abs=1e-3)


def test_a_lane_without_weights_is_left_out(recorded):
    kept = {"teacher.safetensors": recorded.payload("teacher.safetensors")}
    assert tuple(predict.networks(recorded.experiment, kept.get)) == ("teacher",)
    assert predict.networks(Experiment(), {}.get) == {}


def test_the_recorded_teacher_knows_ten_digits_drawn_by_hand(networks, capsys):
    made = {digit: drawing.picture(drawn.strokes(digit), drawing.PREPARATIONS["digits"]) for digit in drawn.DRAWN}
    said = {digit: predict.answers(networks, x) for digit, x in made.items()}
    right = {lane: sum(int(answers[lane].argmax()) == digit for digit, answers in said.items()) for lane in LANES}
    with capsys.disabled():
        print(f"\nDrawn digits known, of ten: {right}")
    assert len(said) == 10
    assert right["teacher"] >= drawn.ENOUGH
