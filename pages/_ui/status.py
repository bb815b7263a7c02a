"""Where a run stands, in a sentence: what it waits for, how far it is, or why it ended."""

from kdcore import cost
from kdcore.data.download import advice
from kdcore.events import first
from kdcore.experiment import Experiment
from kdcore.figures import numbers
from kdcore.figures.theme import ROLES
from kdcore.measure.verdict import ASSISTED, sentence, verdict
from kdcore.words import N_, _, ngettext
from pages._ui import runs
from pages._ui.runs import Shown

RECENT = 40  # epochs, of all lanes, that tell how fast a run is
LEARNERS = {"teacher": N_("The teachers learn"), "assistant": N_("The assistants learn")}
FAILURES = {
    "diverged": N_(
        "Diverged: at epoch {epoch} the loss of the lane “{lane}” was no longer a number (seeds {seeds}). "
        "Try a lower learning rate; now it is {rate}."
    ),
    "stopped": N_("Stopped. Press Train to run it from the start."),
    "worker_lost": N_("The process that trained this run was lost twice. Press Train to try again."),
    "data": N_("The data could not be had. {detail}"),
    "store": N_("The run could not be stored. {detail}"),
    "error": N_("The run failed: {detail}"),
}


def headline(shown: Shown) -> str:
    """The verdict; before there is one, what is going on."""
    if finished := first(shown.rows, "finished"):
        accuracy = {line["lane"]: line["test_accuracy"] for line in finished["table"]}
        found = sentence(verdict(accuracy["scratch"], accuracy["distilled"]))
        if "assisted" in accuracy:
            found += " " + sentence(verdict(accuracy["distilled"], accuracy["assisted"]), ASSISTED)
        return found
    if failed := first(reversed(shown.rows), "failed"):
        return _failure(failed, shown)
    if shown.run.status == "queued":
        return _waiting(shown)
    if shown.rows and (newest := shown.rows[-1])["event"] == "download":
        return _downloading(newest)
    epochs = [row for row in shown.rows if row["event"] == "epoch"]
    if not epochs:
        return _("Getting ready: reading the data …")
    newest = epochs[-1]
    who = _(LEARNERS.get(newest["lane"], N_("The students learn, with and without teacher")))
    planned = first(shown.rows, "started")["epochs"][newest["lane"]]
    return _("{who}: epoch {epoch} of {planned}.").format(who=who, epoch=newest["epoch"], planned=planned)


def origin(shown: Shown) -> str:
    """Where and when the numbers were measured."""
    started = first(shown.rows, "started")
    if not started:
        return _("Nothing was measured.")
    words = _("Recorded run of {date}") if shown.is_recorded else _("Trained here on {date}")
    seeds = len(started["seeds"])
    seeds = ngettext("{seeds} seed", "{seeds} seeds", seeds).format(seeds=seeds)
    parts = (words.format(date=started["date"]), seeds, started["machine"], attempt(shown))
    return " · ".join(part for part in parts if part)


def attempt(shown: Shown) -> str:
    """What is to be said of an attempt that is not the first."""
    started = first(shown.rows, "started")
    is_first = not started or started.get("attempt", 1) == 1
    return "" if is_first else _("second attempt, with the same seeds, as the process of the first was lost")


def expected(chosen: Experiment) -> str:
    """How long a run may take, judged by the last one that was trained here, or else by a recorded one."""
    for like in map(runs.find, (experiment.key for experiment in runs.finished(limit=10))):
        if took_s := (first(like.rows, "finished") or {}).get("processor_s"):
            time = numbers.roughly(cost.seconds(chosen, like.experiment, took_s))
            here, there = _("It may take {time}."), _("It may take {time}, judged by a run on another machine.")
            return (there if like.is_recorded else here).format(time=time)
    return ""


def time_left(shown: Shown) -> str:
    """A guess from the last epochs, so that a pause or a change of speed is soon forgotten."""
    epochs = [row for row in shown.rows if row["event"] == "epoch"][-RECENT:]
    if not epochs or not (done := epochs[-1]["progress"] - epochs[0]["progress"]):
        return ""
    left = (1 - shown.run.progress) * (epochs[-1]["at"] - epochs[0]["at"]) / done
    return _("{time} left").format(time=numbers.roughly(left))


def _downloading(row: dict) -> str:
    done, total = numbers.size(row["done_bytes"]), numbers.size(row["total_bytes"]) if row["total_bytes"] else "?"
    return _("Downloading {file}: {done} of {total}.").format(file=row["file"], done=done, total=total)


def _failure(failed: dict, shown: Shown) -> str:
    detail = advice(**failed["data"]) if "data" in failed else failed.get("detail", "")
    values = {"detail": detail, "epoch": failed.get("epoch")}
    if failed["reason"] == "diverged":
        own = shown.experiment
        training = own.teacher_training if failed["lane"] == "teacher" else own.training
        seeds = ", ".join(map(str, failed["seeds"]))
        values |= {"lane": _(ROLES[failed["lane"]].label), "rate": f"{training.learning_rate:g}", "seeds": seeds}
    return _(FAILURES[failed["reason"]]).format(**values)


def _waiting(shown: Shown) -> str:
    if shown.run.wait_s is None:
        return _("Waiting for a free slot: number {position} in the queue.").format(position=shown.run.position)
    return _("Waiting for a free slot: number {position} in the queue, {time}.").format(
        position=shown.run.position, time=numbers.roughly(shown.run.wait_s)
    )
