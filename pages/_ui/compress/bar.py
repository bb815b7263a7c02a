"""Compress and stop: what will be made and about how long, and how far that is."""

from kdcore.compression import Compression
from kdcore.events import first
from kdcore.figures import numbers
from kdcore.words import N_, _, ngettext
from pages._ui.expected import seconds
from pages._ui.order_bar import Words, order_bar
from pages._ui.runs import Shown

WORDS = Words(press=N_("Compress"), other=N_("This plane is of other settings. Press Compress to measure yours."))


def bar(chosen: Compression, is_other: bool) -> None:
    """The button is for the chosen plane; `is_other` says that another one is shown until that is there."""

    def of_what() -> str:
        made, guess = len(chosen.variants()) - 1, seconds(chosen)
        variants = ngettext("{count} variant", "{count} variants", made).format(count=made)
        teachers = ngettext("{count} teacher", "{count} teachers", chosen.seeds).format(count=chosen.seeds)
        told = _("{variants} of {teachers} each").format(variants=variants, teachers=teachers)
        return told if guess is None else f"{told}, {numbers.roughly(guess)}"

    order_bar("compress", chosen, is_other, WORDS, of_what, _state)


def _state(mine: Shown) -> str:
    """What is going on."""
    done = sum(row["event"] == "variant" for row in mine.rows)
    planned = len(first(mine.rows, "started")["variants"])
    if not done:
        return _("The teachers learn.")
    return _("{done} of {planned} networks are made and measured.").format(done=done, planned=planned)
