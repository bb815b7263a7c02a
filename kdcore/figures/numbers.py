"""How numbers are written on screen: 96.4 %, ±0.4, 8.6 kB, 2,410, 0.8 s, 24x smaller.

Every number goes through `words.decimal`, which writes it with the marks of the reader's language.
"""

from kdcore.interval import Interval
from kdcore.words import _, decimal

HUNDREDTHS_BELOW = 0.1  # percentage points: an interval narrower than this earns a second decimal


def percent(share: float | Interval) -> str:
    """A share as a percentage: 0.964 is '96.4 %', with an interval '96.4 ±0.4 %'.

    No share is below 0 or above 1. Where an interval of few seeds reaches beyond, its bounds are written in place of
    its width, cut off there: '95.0 % (31.5 to 100)'.
    """
    if not isinstance(share, Interval):
        return _("{number} %").format(number=decimal(100 * share, 1))
    hundredfold = Interval(100 * share.mean, None if share.half_width is None else 100 * share.half_width)
    narrow = bool(hundredfold.half_width) and hundredfold.half_width < HUNDREDTHS_BELOW
    digits = 2 if narrow else 1
    if share.low >= 0 and share.high <= 1:
        return _("{number} %").format(number=_with_interval(hundredfold, digits))
    low = decimal(hundredfold.low, digits) if share.low > 0 else "0"
    high = decimal(hundredfold.high, digits) if share.high < 1 else "100"
    return _("{number} % ({low} to {high})").format(number=decimal(hundredfold.mean, digits), low=low, high=high)


def significant(number: float, digits: int = 6) -> str:
    """A number with so many digits that count, but no zeros at its end: '2.5', '0.033', and '1.2e-7' if it is tiny."""
    mantissa, _e, tens = f"{number:.{digits}g}".partition("e")
    written = decimal(float(mantissa), len(mantissa.partition(".")[2]))
    return f"{written}e{int(tens)}" if tens else written


def nats(amount: float | Interval) -> str:
    """A loss or divergence: '0.312 nats', with an interval '0.312 ±0.020 nats'. None is below 0, and so no bound is."""
    if isinstance(amount, Interval) and amount.low < 0:
        return _("{number} nats (0 to {high})").format(number=decimal(amount.mean, 3), high=decimal(amount.high, 3))
    return _("{number} nats").format(number=_with_interval(amount, digits=3))


def count(n: int) -> str:
    """How many: 2,410 in full, from a hundred thousand on rounded, as in '266 k'."""
    if n < 100_000:
        return decimal(n)
    return _shortened(n, (("", 1), ("k", 1e3), ("M", 1e6), ("G", 1e9)))


def size(n_bytes: int) -> str:
    """A file's length, with 1 kB = 1000 bytes: '8.6 kB'."""
    return _shortened(n_bytes, (("B", 1), ("kB", 1e3), ("MB", 1e6), ("GB", 1e9)))


def seconds(duration: float) -> str:
    """A length of time, as it was measured: '35 µs', '12 ms', '0.8 s'."""
    if duration >= 0.1:
        return _("{number} s").format(number=decimal(duration, 1))
    return _shortened(duration * 1e6, (("µs", 1), ("ms", 1e3)))


def roughly(duration: float) -> str:
    """How long something may take, no more exact than a guess can be: 'a few seconds', 'about 40 s', 'about 2 h'."""
    if duration < 5:
        return _("a few seconds")
    if duration < 90:
        return _("about {number} s").format(number=5 * round(duration / 5))
    if duration < 90 * 60:
        return _("about {number} min").format(number=round(duration / 60))
    return _("about {number} h").format(number=round(duration / 3600))


def factor(ours: float, theirs: float) -> str:
    """How ours compares to theirs: 5,000 to 120,000 is '24x smaller'."""
    if not ours or not theirs:
        return "–"
    ratio = max(ours, theirs) / min(ours, theirs)
    ratio = round(ratio, 1) if ratio < 9.95 else round(ratio)
    if ratio == 1:
        return _("same size")
    number = decimal(ratio, digits=int(ratio != int(ratio)))
    return (_("{number}x smaller") if ours < theirs else _("{number}x larger")).format(number=number)


def _with_interval(amount: float | Interval, digits: int) -> str:
    if not isinstance(amount, Interval):
        return decimal(amount, digits)
    band = "" if amount.half_width is None else f" ±{decimal(amount.half_width, digits)}"
    return decimal(amount.mean, digits) + band


def _shortened(amount: float, units: tuple[tuple[str, float], ...]) -> str:
    """The amount in the largest unit that fits, with one decimal below ten, but none in the smallest unit."""
    name, unit = next((u for u in reversed(units) if amount >= 0.9995 * u[1]), units[0])
    number = amount / unit
    return f"{decimal(number, digits=int(number < 9.95 and unit > 1))} {name}".rstrip()
