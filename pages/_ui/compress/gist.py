"""The page's answer in a sentence: how small it got, and at what price."""

from kdcore.advice import smallest
from kdcore.events import Row, first
from kdcore.figures import numbers
from kdcore.figures.stages import label
from kdcore.interval import interval
from kdcore.words import N_, _, ngettext

POINTS = 1
MAY_LOSE = POINTS / 100  # of validation accuracy
FOUND = N_(
    "{factor}: *{variant}* takes {size} instead of {whole}. It answers {accuracy} of the test examples correctly, the "
    "teacher {teacher}."
)


def proposed(rows: tuple[Row, ...]) -> str:
    """The variant that is looked at first: the smallest that is about as good as its teacher."""
    found = smallest(rows, MAY_LOSE)
    return found.name if found else ""


def gist(rows: tuple[Row, ...]) -> tuple[str, str]:
    """The sentence, and how its variant was chosen."""
    name = proposed(rows)
    lose = ngettext("{lose} point of validation accuracy", "{lose} points of validation accuracy", POINTS)
    lose = lose.format(lose=POINTS)
    if not name:
        return _("Nothing smaller yet that loses at most {lose}.").format(lose=lose), ""
    teacher, row = (first(rows, "variant", name=each) for each in ("", name))
    ours, theirs = (interval(each["size_bytes"]).mean for each in (row, teacher))
    sentence = _(FOUND).format(
        factor=numbers.factor(ours, theirs),
        variant=label(name),
        size=numbers.size(ours),
        whole=numbers.size(theirs),
        accuracy=numbers.percent(interval(row["test_accuracy"])),
        teacher=numbers.percent(interval(teacher["test_accuracy"])),
    )
    return sentence, _("The smallest file that loses at most {lose}; ±: 95 % interval over seeds.").format(lose=lose)
