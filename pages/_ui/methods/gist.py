"""The answer in a sentence: who is best on validation examples, and what that is worth on test examples."""

from collections.abc import Sequence

from kdcore.events import ENDS, Row
from kdcore.experiment import SOFT_TARGETS
from kdcore.figures import cells, numbers
from kdcore.figures.ways import LANE, Way, ways
from kdcore.interval import interval
from kdcore.measure.verdict import Verdict, sentence
from kdcore.words import N_, _
from pages._ui.trade_offs import pairs

SO_FAR = N_("Best so far of {done} finished methods on validation examples: {method}, {accuracy} right.")
BEST = N_("Best of {methods} methods on validation examples: {method}. It was then tested once: {accuracy} right.")
HOW = N_(
    "The method is chosen by validation examples. Chosen among many it looks a little better there than it is, and so "
    "the numbers told here are of test examples, which had no part in choosing. ±: 95 % interval over seeds."
)
OVER_LABELS = {
    "helps": N_(
        "It gains {difference} points over labels alone, on {seeds} paired seeds (95 % interval {low} to {high})."
    ),
    "hurts": N_(
        "It loses to labels alone: {difference} points, on {seeds} paired seeds (95 % interval {low} to {high})."
    ),
    "no_difference": N_(
        "No difference to labels alone is shown: {difference} points, on {seeds} paired seeds "
        "(95 % interval {low} to {high})."
    ),
    "no_spread": N_("No difference to labels alone is shown: {difference} points on each of {seeds} paired seeds."),
    "one_seed": N_("Over labels alone it has {difference} points on one seed, which may be luck."),
}
OVER_SOFT_TARGETS = {
    "helps": N_("It gains {difference} points over soft targets (95 % interval {low} to {high})."),
    "hurts": N_("It loses to soft targets: {difference} points (95 % interval {low} to {high})."),
    "no_difference": N_("No difference to soft targets is shown: {difference} points (95 % interval {low} to {high})."),
    "no_spread": N_("No difference to soft targets is shown: {difference} points on each seed."),
    "one_seed": N_("Over soft targets it has {difference} points."),
}


def gist(rows: Sequence[Row]) -> str:
    """Nothing before a method is finished."""
    best = cells.best(rows)
    if best is None:
        return ""
    found = ways(rows)
    way = next(each for each in found if each.row is best)
    if rows[-1]["event"] not in ENDS:
        done = sum(each.is_done for each in found)
        accuracy = numbers.percent(interval(way.values("val_accuracy")))
        return _(SO_FAR).format(done=done, method=way.title, accuracy=accuracy)
    accuracy = numbers.percent(interval(way.values("test_accuracy")))
    told = [_(BEST).format(methods=len(found), method=way.title, accuracy=accuracy)]
    told.append(sentence(pairs.judged(pairs.gain(way.row, "test_accuracy")), OVER_LABELS))
    if over := over_soft_targets(way, found, "test_accuracy"):
        told.append(sentence(over, OVER_SOFT_TARGETS))
    return " ".join(told)


def over_soft_targets(way: Way, found: Sequence[Way], measure: str) -> Verdict | None:
    """What the paired seeds say of a way beside distillation without more; None where that is not compared."""
    plain = next((each for each in found if each.text == SOFT_TARGETS), None)
    if plain is None or plain is way:
        return None
    own, other = (pairs.measured(each.row, measure, LANE) for each in (way, plain))
    return pairs.judged(pairs.minus(own, other))
