"""Which runs are wanted: comparisons of settings, and words."""

import pytest

from kdcore.experiment import flatten, unflatten
from kdcore.wanted import read

SETTINGS = flatten(unflatten({"temperature": 4, "student.widths": "64-32", "data.labels": None, "controls": False}))


def fits(text, said="distilled 64-32"):
    wanted, ignored = read(text)
    assert not ignored
    return wanted.fits(SETTINGS, lambda: said)


@pytest.mark.parametrize(
    "text",
    [
        *("", "temperature>2", "temperature >= 4", "temperature=4.0", "temperature!=2 seeds<9"),
        *("student.widths=64-32", "data.labels>1000", "labels=all", "training.optimizer=adam"),
        *("DISTILLED", "distilled temperature<5 64", "controls=false"),
    ],
)
def test_everything_that_is_asked_for_is_true(text):
    assert fits(text)


@pytest.mark.parametrize(
    "text",
    [
        *("temperature>4", "temperature!=4", "temperature<=3.9 distilled", "teacher", "distilled teacher"),
        *("student.widths>3", "student.widths=64", "data.labels<2000", "training.optimizer>a", "temperature=nan"),
    ],
)
def test_anything_that_is_not_true_is_enough(text):
    assert not fits(text)


def test_a_comparison_that_says_nothing_is_told_with_what_would():
    wanted, ignored = read("tempratur>2 widths=16 seeds=8")
    assert [condition.setting for condition in wanted.conditions] == ["seeds"]
    assert [str(problem) for problem in ignored] == [
        "tempratur is 2: there is no such setting; the nearest name is temperature",
        "widths is 16: several settings are called so: teacher.widths, student.widths",
    ]


def test_what_is_said_of_a_run_is_asked_for_words_alone():
    wanted, _ignored = read("temperature>2")
    assert wanted.fits(SETTINGS, lambda: pytest.fail("nobody asked"))
