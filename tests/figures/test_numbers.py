"""Numbers as they stand on the screen."""

import pytest

from kdcore.figures import numbers
from kdcore.interval import Interval


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (numbers.percent(0.964), "96.4 %"),
        (numbers.percent(Interval(0.964, 0.004)), "96.4 ±0.4 %"),
        (numbers.percent(Interval(0.96412, 0.0004)), "96.41 ±0.04 %"),
        (numbers.percent(Interval(0.964, None)), "96.4 %"),
        (numbers.percent(Interval(1.0, 0.0)), "100.0 ±0.0 %"),
        (numbers.percent(Interval(0.369, 0.635)), "36.9 % (0 to 100)"),
        (numbers.percent(Interval(0.95, 0.635)), "95.0 % (31.5 to 100)"),
        (numbers.percent(Interval(0.02, 0.127)), "2.0 % (0 to 14.7)"),
        (numbers.percent(Interval(0.9998, 0.0004)), "99.98 % (99.94 to 100)"),
        (numbers.significant(2.5), "2.5"),
        (numbers.significant(4.0), "4"),
        (numbers.significant(0.03349, 2), "0.033"),
        (numbers.significant(1.24e-7, 2), "1.2e-7"),
        (numbers.significant(0.0, 2), "0"),
        (numbers.nats(Interval(0.3124, 0.02)), "0.312 ±0.020 nats"),
        (numbers.nats(Interval(1.49, 5.49)), "1.490 nats (0 to 6.980)"),
        (numbers.count(2410), "2,410"),
        (numbers.count(99_999), "99,999"),
        (numbers.count(266_000), "266 k"),
        (numbers.count(999_900), "1.0 M"),
        (numbers.count(12_300_000), "12 M"),
        (numbers.size(8_600), "8.6 kB"),
        (numbers.size(950), "950 B"),
        (numbers.size(1_064_000), "1.1 MB"),
        (numbers.size(86_400), "86 kB"),
        (numbers.seconds(0.8), "0.8 s"),
        (numbers.seconds(0.012), "12 ms"),
        (numbers.seconds(0.0015), "1.5 ms"),
        (numbers.seconds(35e-6), "35 µs"),
        (numbers.roughly(2e-7), "a few seconds"),
        (numbers.roughly(4.9), "a few seconds"),
        (numbers.roughly(5), "about 5 s"),
        (numbers.roughly(39.2), "about 40 s"),
        (numbers.roughly(89), "about 90 s"),
        (numbers.roughly(90), "about 2 min"),
        (numbers.roughly(857), "about 14 min"),
        (numbers.roughly(5399), "about 90 min"),
        (numbers.roughly(5400), "about 2 h"),
        (numbers.roughly(36_000), "about 10 h"),
        (numbers.factor(5_000, 120_000), "24x smaller"),
        (numbers.factor(3_000, 2_000), "1.5x larger"),
        (numbers.factor(2_000, 1_000), "2x larger"),
        (numbers.factor(1_000, 1_000), "same size"),
        (numbers.factor(0, 1_000), "–"),
    ],
)
def test_numbers_are_written_as_the_house_writes_them(written, expected):
    assert written == expected
