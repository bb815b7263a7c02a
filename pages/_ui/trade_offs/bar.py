"""Train the map: how many students and about how long, how far that is, pause and stop."""

from kdcore.events import first
from kdcore.figures import numbers
from kdcore.words import N_, _, ngettext
from pages._ui.expected import seconds
from pages._ui.order_bar import Words, order_bar
from pages._ui.runs import Shown
from pages._ui.trade_offs import address
from pages._ui.trade_offs.address import MAPS, Address

MAP = Words(press=N_("Train the map"), other=N_("This is of other settings. Press Train the map to measure yours."))
STUDENTS = Words(
    press=N_("Train the students"), other=N_("This is of other settings. Press Train the students to measure yours.")
)
SEARCH = Words(press=N_("Search"), other=N_("This is of other settings. Press Search to run yours."))


def bar(asked: Address, is_other: bool) -> None:
    """The button is for the chosen sweep or search; `is_other` says that another one is shown until that is there."""

    def of_what() -> str:
        words = ngettext("{count} student", "{count} students", asked.chosen.students)
        told, guess = words.format(count=numbers.count(asked.chosen.students)), seconds(asked.chosen)
        return told if guess is None else f"{told}, {numbers.roughly(guess)}"

    words = SEARCH if asked.question == address.SEARCH else MAP if asked.question in MAPS else STUDENTS
    order_bar("trade", asked.chosen, is_other, words, of_what, _state, pauses=True)


def _state(mine: Shown) -> str:
    """What is going on."""
    started = first(mine.rows, "started")
    if "cells" not in started:
        done = sum(row["event"] == "trial" for row in mine.rows)
        return _("{done} of {planned} trials are done.").format(done=done, planned=started["search"]["trials"])
    done = len({(row["x"], row["y"], row["panel"]) for row in mine.rows if row["event"] == "cell" and row.get("done")})
    if not done and not first(mine.rows, "cell"):
        return _("The teachers learn.")
    return _("{done} of {planned} cells are finished.").format(done=done, planned=started["cells"])
