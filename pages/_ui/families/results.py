"""All that was measured of the teacher and of each family, a line each, and how soft labels reach them."""

from collections.abc import Sequence
from statistics import fmean

import pandas as pd

from kdcore.events import Row, first
from kdcore.families import MEANS, PARTS, read
from kdcore.figures import cells, families, numbers
from kdcore.figures.cells import BASELINE
from kdcore.figures.families import ARMS, taught, teacher
from kdcore.figures.lines import points
from kdcore.figures.ways import Way
from kdcore.interval import interval
from kdcore.words import N_, _
from pages._ui.families.gist import judged

NOTHING = "–"
TAUGHT = ARMS["distilled"]
EXPLAINED = {
    "val_accuracy": N_(
        "Accuracy and agreement are of validation examples; test examples are looked at when all is over."
    ),
    "test_accuracy": N_("Accuracy and agreement are of test examples, which were looked at when all was over."),
}
WORDS = N_(
    "±: 95 % interval over seeds. Agreement: share of examples on which the taught student names the same class as its "
    "teacher. File: the bytes that keep what a taught student has learned; training: its processor time; both are "
    "means over seeds."
)
MEASURES = ("val_accuracy", "test_accuracy", "val_agreement", "agreement", "size_bytes", "count", "seconds")


def table(rows: Sequence[Row]) -> pd.DataFrame:
    """The teacher, and a line for each family that has learned; empty before the first."""
    found = taught(rows)
    return pd.DataFrame([_teacher(rows), *(_line(way, measured_on(rows)) for way in found)] if found else [])


def words(rows: Sequence[Row]) -> str:
    """Who the teacher is, and what the columns of the table mean."""
    named = _("Teacher: {family}").format(family=families.title(teacher(rows)["family"]))
    return f"{named}. {_(EXPLAINED[measured_on(rows)])} {_(WORDS)}"


def means(rows: Sequence[Row]) -> list[str]:
    """By which means soft labels reach the students, and which families use them: a sentence each."""
    used: dict[str, list[str]] = {}
    for way in taught(rows):
        used.setdefault(way.row["means"], []).append(way.title)
    return [f"**{', '.join(names)}**: {_(MEANS[word])}" for word, names in used.items()]


def students(rows: Sequence[Row]) -> pd.DataFrame:
    """A line for each student, to take away; names are those of settings and events."""
    lines = []
    for way in taught(rows):
        for lane in ARMS.values():
            for seed in range(len(way.row["val_accuracy"][lane])):
                told = {name: way.row[name][lane][seed] for name in MEASURES if name in way.row}
                lines.append({"family": way.text, "lane": lane, "seed": seed, "diverged": False, **told})
    return pd.DataFrame(lines)


def measured_on(rows: Sequence[Row]) -> str:
    """On which examples all that have learned were measured: on test examples once all is over."""
    return "test_accuracy" if first(rows, "finished") else "val_accuracy"


def _teacher(rows: Sequence[Row]) -> dict[str, str]:
    row = teacher(rows)
    named = _("Teacher: {family}").format(family=_(read(row["family"]).title))  # a table has no room for its knobs
    return _told(named, row, measured_on(rows), BASELINE)


def _line(way: Way, measure: str) -> dict[str, str]:
    gain = judged(way, measure)
    told = points(gain.difference)
    is_shown = gain.outcome in ("helps", "hurts")
    return _told(way.title, way.row, measure, TAUGHT) | {
        _("Gain over labels"): told if is_shown else _("none shown ({points})").format(points=told),
    }


def _told(named: str, row: Row, measure: str, lane: str) -> dict[str, str]:
    """What is told of a teacher as well as of students; what it costs is of this lane."""
    agreement = "agreement" if measure == "test_accuracy" else "val_agreement"
    count = numbers.count(round(fmean(row["count"][lane])))
    return {
        _("Family"): named,
        _("From labels"): _percent(row, measure, BASELINE),
        _("Taught"): _percent(row, measure, TAUGHT),
        _("Gain over labels"): NOTHING,
        _("Agreement"): _percent(row, agreement, TAUGHT),
        _("File"): numbers.size(round(fmean(row["size_bytes"][lane]))),
        _("Made of"): f"{count} {_(PARTS[row['parts']])}",
        _("Training"): numbers.seconds(fmean(row["seconds"][lane])),
    }


def _percent(row: Row, measure: str, lane: str) -> str:
    values = cells.values(row, measure, lane)
    return numbers.percent(interval(values)) if values else NOTHING
