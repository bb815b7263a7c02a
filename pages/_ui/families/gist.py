"""The answer in a sentence: which family gains most from the teacher, and how many gain at all."""

from collections import Counter
from collections.abc import Sequence

from kdcore.events import ENDS, Row
from kdcore.figures.families import taught
from kdcore.figures.lines import points
from kdcore.figures.ways import Way
from kdcore.measure.verdict import Verdict, sentence, verdict
from kdcore.words import N_, _, ngettext
from pages._ui.methods.gist import OVER_LABELS

SO_FAR = {
    True: N_("Largest gain so far on validation examples: {family}, {gain} points."),
    False: N_("No family has gained on validation examples so far. The nearest to it: {family}, {gain} points."),
}
MOST = {
    True: N_("Largest gain on validation examples: {family}. It was then tested once."),
    False: N_("No family gains on validation examples. The nearest to it, {family}, was then tested once."),
}
ALL = N_("Of all families on test examples {gain}, {lose}, and of {neither} no difference is shown.")
HOW = N_(
    "Each student learns twice, from the same labelled examples: from their labels alone, and with what the teacher "
    "says of them, and of unlabelled ones where there are any. The family that is named is chosen by validation "
    "examples, and judged by test examples, which had no part in choosing. ±: 95 % interval over seeds."
)


def gist(rows: Sequence[Row]) -> str:
    """Nothing before a family has learned."""
    found = taught(rows)
    if not found:
        return ""
    best = max(found, key=lambda way: way.gain("val_accuracy").mean)
    gain = best.gain("val_accuracy")
    if rows[-1]["event"] not in ENDS or best.gain("test_accuracy") is None:
        return _(SO_FAR[gain.mean > 0]).format(family=best.title, gain=points(gain))
    over_labels = sentence(judged(best, "test_accuracy"), OVER_LABELS)
    all_of_them = _all([judged(way, "test_accuracy") for way in found])
    return " ".join([_(MOST[gain.mean > 0]).format(family=best.title), over_labels, all_of_them])


def judged(way: Way, measure: str) -> Verdict:
    """What the paired seeds say of a family's taught students beside those from labels."""
    return verdict(way.values(measure, "scratch"), way.values(measure))


def _all(found: Sequence[Verdict]) -> str:
    """How many gain, how many lose, and of how many neither is shown."""
    count = Counter(each.outcome for each in found)
    gain, lose = count["helps"], count["hurts"]
    return _(ALL).format(
        gain=ngettext("{count} gains", "{count} gain", gain).format(count=gain),
        lose=ngettext("{count} loses", "{count} lose", lose).format(count=lose),
        neither=len(found) - gain - lose,
    )
