"""Transfer: how many models and about how long, how far that is, pause and stop."""

from kdcore.events import first
from kdcore.figures import families, numbers
from kdcore.transfer import Transfer
from kdcore.words import N_, _, ngettext
from pages._ui.families.address import Address
from pages._ui.order_bar import Words, order_bar
from pages._ui.runs import Shown

WORDS = Words(press=N_("Teach them"), other=N_("This is of other settings. Press Teach them to measure yours."))


def bar(asked: Address, shown: Shown | None) -> None:
    """The button is for the chosen transfer; another one may be `shown` until that is there."""

    def of_what() -> str:
        chosen = asked.chosen
        count = chosen.seeds * (1 + 2 * len(chosen.students))
        told = ngettext("{count} model", "{count} models", count).format(count=numbers.count(count))
        return f"{told}, {numbers.roughly(seconds(chosen, shown))}"

    is_other = shown is not None and shown.key != asked.chosen.key
    order_bar("families", asked.chosen, is_other, WORDS, of_what, _state, pauses=True)


def seconds(chosen: Transfer, like: Shown | None) -> float:
    """How long it may take, if it takes as much longer or shorter than was reckoned as what is shown did."""
    took_s = (first(like.rows, "finished") or {}).get("processor_s") if like else None
    return chosen.seconds * (took_s / like.order.seconds if took_s else 1)


def _state(mine: Shown) -> str:
    """What is going on."""
    if families.teacher(mine.rows) is None:
        return _("The teachers learn.")
    done = len(families.taught(mine.rows)) + len(families.impossible(mine.rows))
    return _("{done} of {planned} families are done.").format(done=done, planned=len(mine.order.students))
