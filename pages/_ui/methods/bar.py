"""Compare: how many students and about how long, how far that is, pause and stop."""

from kdcore.events import first
from kdcore.figures import numbers
from kdcore.figures.ways import ways
from kdcore.words import N_, _, ngettext
from pages._ui.expected import seconds
from pages._ui.methods.address import Address
from pages._ui.order_bar import Words, order_bar
from pages._ui.runs import Shown

WORDS = Words(press=N_("Compare"), other=N_("This is another comparison. Press Compare to measure yours."))


def bar(asked: Address, is_other: bool) -> None:
    """The button is for the chosen methods; `is_other` says that another comparison is shown until that is there."""

    def of_what() -> str:
        words = ngettext("{count} student", "{count} students", asked.chosen.students)
        told, guess = words.format(count=numbers.count(asked.chosen.students)), seconds(asked.chosen)
        return told if guess is None else f"{told}, {numbers.roughly(guess)}"

    order_bar("methods", asked.chosen, is_other, WORDS, of_what, _state, pauses=True)


def _state(mine: Shown) -> str:
    """What is going on."""
    found, planned = ways(mine.rows), first(mine.rows, "started")["cells"]
    if not found:
        return _("The teachers learn.")
    done = sum(way.is_done for way in found)
    return _("{done} of {planned} methods are finished.").format(done=done, planned=planned)
