"""What a transfer has measured so far: its teacher, and each family's students, from labels and taught.

Students of a family are a way of teaching like others: they have a colour and a marker by their place, and what they
gain over the same family from labels alone is paired over seeds.
"""

from collections.abc import Sequence

from kdcore import families
from kdcore.events import Row, first, latest
from kdcore.figures import cells, theme
from kdcore.figures.ways import DASHES, MARKERS, MOST, Way, titled
from kdcore.words import _

ARMS = {"labels": cells.BASELINE, "distilled": "distilled"}  # as rows name them, and the lanes that they are
SEEN_LAST = ("test_accuracy", "agreement")  # what the last row tells of test examples


def asked(rows: Sequence[Row]) -> list[str]:
    """The texts of the families that were asked for: the teacher's, and then the students'."""
    return (first(latest(rows), "started") or {}).get("families", [])


def taught(rows: Sequence[Row]) -> list[Way]:
    """The families of students that have learned so far, in the order in which they were asked for."""
    found = []
    for place, text in enumerate(asked(rows)[1:]):
        if row := _row(rows, text, "student"):
            colour, dash, marker = theme.SERIES[place % MOST], DASHES[place % MOST], MARKERS[place % MOST]
            found.append(Way(text, title(text), colour, dash, *marker, row))
    return found


def teacher(rows: Sequence[Row]) -> Row | None:
    """What was measured of the teachers, in the lane of those from labels; None before they have learned."""
    told = asked(rows)
    return _row(rows, told[0], "teacher") if told else None


def impossible(rows: Sequence[Row]) -> dict[str, str]:
    """Why some of the families could not learn, by their titles."""
    return {title(row["family"]): row["detail"] for row in latest(rows) if row["event"] == "impossible"}


def title(text: str) -> str:
    """A family in words, with what is set of it: 'Random forest (trees 100)'."""
    family = families.read(text)
    return titled(_(family.title), family)


def _row(rows: Sequence[Row], text: str, role: str) -> Row | None:
    """All that was measured of a family, by lane: by itself, and on test examples where these were looked at."""
    told = first(latest(rows), "family", family=text, role=role)
    if told is None:
        return None
    table = (first(latest(rows), "finished") or {}).get("table", ())
    last = next((line for line in table if (line["family"], line["role"]) == (text, role)), {})
    tested = {name: last[name] for name in SEEN_LAST if name in last}
    return {name: _lanes(value) for name, value in (told | tested).items()} | {"done": True, "diverged": []}


def _lanes(value: object) -> object:
    return {ARMS[arm]: each for arm, each in value.items()} if isinstance(value, dict) else value
