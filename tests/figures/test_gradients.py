"""Why T^2 is there."""

import numpy as np
import pytest

from kdcore.figures import gradients
from kdcore.figures.numbers import significant
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


def test_the_axes_reach_a_temperature_beyond_the_stops(example):
    drawn = gradients.figure(example._replace(temperature=100.0))
    assert max(drawn.data[0].x) == pytest.approx(100)
    assert drawn.layout.xaxis.range[1] == drawn.layout.xaxis4.range[1] == pytest.approx(2)


def test_the_reading_says_what_would_be_lost_without_it(example):
    assert gradients.reading(example).startswith(
        "From T = 10 to T = 20 the soft term's pull on the logits (its length) goes from 0.25 to 0.25 with T² and from "
        "0.0025 to 0.00062 without, beside 0.073 of the hard term: "
    )


def test_the_reading_claims_no_more_than_its_numbers_where_the_pull_still_grows(example):
    """A teacher and a student who are both certain: T is not yet large beside their logits."""
    sure = {"teacher_logits": np.array([60.0, 0.0, 0.0]), "student_logits": np.array([45.0, 0.0, 0.0])}
    certain = example._replace(**sure)
    low, high = (np.linalg.norm(computed(certain, t).soft) for t in (10.0, 20.0))
    assert high > 5 * low
    reading = gradients.reading(certain)
    assert f"from {significant(low, 2)} to {significant(high, 2)} with T²" in reading
    assert "once T is large beside the logits" in reading
    assert "keeps the balance" not in reading


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
