"""Which method for my need? A device and what matters on it, and what of the measured variants would do."""

from math import isinf

import pandas as pd
import streamlit as st

from kdcore.advice import DEVICES, PRIORITIES, Advice, Device, Need, Offer, advise
from kdcore.events import Row
from kdcore.figures import numbers
from kdcore.figures.stages import label
from kdcore.interval import Interval
from kdcore.words import N_, _, decimal, ngettext
from pages._ui.compress.address import current, look
from pages._ui.compress.view import LIMITS, OWN, View
from pages._ui.one_of import one_of

NAMES = {
    "microcontroller": N_("Microcontroller"),
    "browser": N_("Browser"),
    "phone": N_("Phone"),
    "server": N_("Server"),
    OWN: N_("Own numbers"),
}
WHY_NOT = {
    "flash": N_("file too large"),
    "ram": N_("needs too much memory"),
    "accuracy": N_("loses too much"),
}
BEST = N_(
    "For {priority}: *{variant}*. Its file takes {size}, it works in {memory}, and answers in {latency}. "
    "Beside the teacher its validation accuracy is {difference} points."
)
GIVEN_UP = N_("What is given up for that: {parts}.")
GIVES = {
    "size": N_("{variant} has a file of {size}"),
    "speed": N_("{variant} answers in {latency}"),
    "accuracy": N_("{variant} is right on {accuracy}"),
    "effort": N_("{variant}: FLOPs of learning {effort}"),
}


def need(rows: tuple[Row, ...]) -> None:
    """Ask, judge, and say by which numbers."""
    now = current().view
    wanted = _asked(now)
    found = advise(rows, wanted)
    if not found.fits and not found.others:
        st.info(_("Nothing was measured yet, and so there is nothing to advise."))
        return
    if found.fits:
        _best(found, now.priority)
        st.table(_table(found.fits[:8]), hide_index=True)
    else:
        st.warning(_nothing_fits(found))
    if found.others:
        with st.expander(_("What does not fit ({count})").format(count=len(found.others))):
            why = [", ".join(_(WHY_NOT[reason]) for reason in reasons) for _offer, reasons in found.others]
            lines = _table([offer for offer, _reasons in found.others]).assign(**{_("Why not"): why})
            decisive = [_("Variant"), _("Why not"), _("File"), _("Memory"), _("Points to the teacher")]
            st.table(lines[decisive], hide_index=True)
    words = _(
        "Measured: files as they were written, latency with ONNX Runtime on one thread of the machine that measured, "
        "points of validation accuracy beside the teacher, paired over seeds. A latency counts as shorter where each "
        "of its three repetitions is. Worked out: memory, inputs and outputs of the largest layer as float32, and its "
        "weights where they have to be unpacked first; and the operations of learning after the teacher's, by which "
        "little training is judged."
    )
    st.caption(words)


def _asked(now: View) -> Need:
    """The controls, set to what the address says."""
    left, right = st.columns(2)
    with left:
        one_of(_("Device"), NAMES, now.device, "compress.device", lambda device: look(device=device))
        if now.device == OWN:
            device = Device(1e3 * now.flash, 1e3 * now.ram)
            with st.container(horizontal=True):
                _number("flash", _("Room for the file (kB)"), now)
                _number("ram", _("Memory (kB)"), now)
        else:
            device = DEVICES[now.device]
            st.caption(_room(device))
    with right:
        title = _("What matters most")
        one_of(title, PRIORITIES, now.priority, "compress.priority", lambda priority: look(priority=priority))
        _number("lose", _("It may lose so many points of validation accuracy"), now)
    return Need(device, now.priority, now.lose / 100)


def _number(name: str, title: str, now: View) -> None:
    key, (low, high) = f"compress.{name}", LIMITS[name]
    st.session_state[key] = float(getattr(now, name))
    changed = {"on_change": lambda: look(**{name: st.session_state[key]})}
    st.number_input(title, min_value=low, max_value=high, step=1.0, format="%g", key=key, **changed)


def _room(device: Device) -> str:
    if isinf(device.flash_bytes):
        return _("No limit of room is looked at.")
    words = _("{flash} for the file, {ram} of memory; for orientation, as each comes smaller and larger.")
    return words.format(flash=numbers.size(device.flash_bytes), ram=numbers.size(device.ram_bytes))


def _best(found: Advice, priority: str) -> None:
    best = found.fits[0]
    values = _told(best) | {"difference": _points(best.lost), "priority": _(PRIORITIES[priority])}
    st.markdown(f"**{_(BEST).format(**values)}**")
    others = {other: found.better(best, other) for other in PRIORITIES if other != priority}
    parts = [_(GIVES[other]).format(**_told(offer)) for other, offer in others.items() if offer]
    st.markdown(_(GIVEN_UP).format(parts="; ".join(parts)) if parts else _("Nothing is given up for that."))
    st.button(_("Look at it"), key="compress.look", on_click=look, kwargs={"variant": best.name})


def _told(offer: Offer) -> dict[str, str]:
    return {
        "variant": label(offer.name),
        "size": numbers.size(offer.size_bytes),
        "memory": numbers.size(offer.ram_bytes),
        "latency": numbers.seconds(offer.latency_ms / 1000),
        "effort": _flops(offer),
        "accuracy": numbers.percent(offer.accuracy),
    }


def _nothing_fits(found: Advice) -> str:
    """How many fail at what, so that one knows which wish to drop."""
    count = len(found.others)
    failed = {why: sum(why in reasons for _offer, reasons in found.others) for why in WHY_NOT}
    parts = "; ".join(f"{_(WHY_NOT[why])}: {times}" for why, times in failed.items() if times)
    words = ngettext(
        "The one variant that was measured does not fit ({parts}).",
        "None of the {count} variants that were measured fits ({parts}).",
        count,
    )
    return words.format(count=count, parts=parts)


def _table(offers: tuple[Offer, ...] | list[Offer]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                _("Variant"): label(offer.name),
                _("File"): numbers.size(offer.size_bytes),
                _("Memory"): numbers.size(offer.ram_bytes),
                _("Latency"): numbers.seconds(offer.latency_ms / 1000),
                _("Points to the teacher"): _points(offer.lost),
                _("FLOPs of learning"): _learned(offer),
            }
            for offer in offers
        ]
    )


def _flops(offer: Offer) -> str:
    """How much it learned after its teacher, if it did."""
    return numbers.count(offer.training_flops) if offer.training_flops else _("none")


def _learned(offer: Offer) -> str:
    """The same, and how long that took."""
    return f"{_flops(offer)} ({numbers.seconds(offer.seconds)})" if offer.training_flops else _flops(offer)


def _points(lost: Interval) -> str:
    """Minus what is lost to the teacher, in percentage points with their interval."""
    band = "" if lost.half_width is None else f" ±{decimal(100 * lost.half_width, 1)}"
    return decimal(-100 * lost.mean, 1, "+") + band
