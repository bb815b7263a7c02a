"""Why T^2 is there."""

import numpy as np
import pytest

from kdcore.figures import gradients
from kdcore.softness import gradients as computed


def test_each_logit_has_a_panel_of_three_lines_and_one_panel_has_their_length(example):
    drawn = gradients.figure(example)
    assert len(drawn.data) == 3 * 4
    steps = np.array(drawn.data[0].x)
    found = computed(example, steps[:, None])
    for line, pull in zip(drawn.data[3:6], found, strict=True):
        assert line.y == pytest.approx(pull[:, 0])
    assert drawn.data[1].y == pytest.approx(np.linalg.norm(found.soft, axis=1))


def test_logits_share_one_scale_that_holds_every_line(example):
    drawn = gradients.figure(example)
    ranges = {drawn.layout[axis].range for axis in ("yaxis2", "yaxis3", "yaxis4")}
    ((low, high),) = ranges
    assert low == -high
    assert all(low <= value <= high for line in drawn.data[3:] for value in line.y)


def test_a_temperature_below_one_is_in_the_picture_too(example):
    drawn = gradients.figure(example._replace(temperature=0.3))
    assert min(drawn.data[0].x) == pytest.approx(0.3)
    assert drawn.layout.shapes[0].x0 == 0.3


def test_the_reading_says_what_would_be_lost_without_it(example):
    hot = computed(example, 20.0)
    reading = gradients.reading(example)
    assert f"to {np.linalg.norm(hot.soft):.2g}, beside {np.linalg.norm(hot.hard):.2g} of the hard term" in reading
    assert f"fade to {np.linalg.norm(hot.without):.2g}, 400 times weaker" in reading


def test_the_table_has_every_gradient_where_the_temperature_stands(example):
    table = gradients.table(example._replace(temperature=3.3))
    line = table[(table["Logit of"] == "b") & (table["Temperature"] == 3.3)].iloc[0]
    assert line["soft"] == pytest.approx(3.3**2 * line["soft without T²"])
    assert line["hard"] == pytest.approx(computed(example, 3.3).hard[1])


def test_lengths_next_to_nothing_do_not_stretch_the_log_scale(example):
    sure = {"teacher_logits": np.array([40.0, 0.0, 0.0]), "student_logits": np.array([30.0, 0.0, 0.0])}
    low, high = gradients.figure(example._replace(**sure, temperature=0.2)).layout.yaxis.range
    assert high - low == pytest.approx(4.4)


def test_a_loss_without_one_of_its_terms_can_be_drawn(example):
    for soft_weight in (0.0, 1.0):
        one_sided = example._replace(soft_weight=soft_weight)
        assert np.isfinite(gradients.figure(one_sided).layout.yaxis.range).all()
        assert "nan" not in gradients.reading(one_sided)
