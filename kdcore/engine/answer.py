"""What the engine answers to a command: yes, or a reason why not."""

from dataclasses import dataclass

from kdcore.words import N_, _

REFUSALS = {
    "too_many": N_("You have two runs waiting already. Wait until one begins, or stop one."),
    "store": N_("The run could not be stored, so it was not begun. {detail}"),
    "engine_down": N_("The engine is not there just now; it is started again within seconds."),
    "engine_refuses": N_("The engine cannot work here. {detail}"),
    "no_such_run": N_("There is no such run."),
    "not_running": N_("This run is not under way."),
    "not_yours": N_("This run belongs to others. Press Train to take part in it."),
    "bad_request": N_("The engine did not understand: {detail}"),
}


@dataclass(frozen=True)
class Answer:
    """Whether a command was accepted, where the run stands then, and if not, why not: a code and particulars."""

    accepted: bool
    status: str = ""
    refusal: str | None = None
    detail: str = ""


def refused(code: str, detail: str = "") -> Answer:
    """No, because."""
    return Answer(False, refusal=code, detail=detail)


def sentence(answer: Answer) -> str:
    """Why a command was refused, in the reader's language; nothing for one that was accepted."""
    return _(REFUSALS[answer.refusal]).format(detail=answer.detail).strip() if answer.refusal else ""
