"""What the literature claims of two ways to compress, and what the variants on this plane say of it."""

import pandas as pd
import streamlit as st

from kdcore.claims import CLAIMS, ORDER, Finding, findings
from kdcore.events import first
from kdcore.figures import numbers
from kdcore.interval import Interval, interval
from kdcore.words import _, decimal
from pages._ui import runs, status
from pages._ui.runs import Shown


def claims(shown: Shown) -> None:
    """A line for each claim of which both ways are on the plane; before it the recorded plane that judges more."""
    found, recorded = findings(shown.rows), runs.recording(ORDER.key)
    st.markdown(
        _(
            "Each claim compares two ways, seed by seed, in test accuracy. It *holds* where the whole 95 % interval of "
            "the difference lies above 0; with few seeds that takes a large difference."
        )
    )
    if recorded and (len(found) < len(CLAIMS) or _seeds(shown) < _seeds(recorded)):
        _table(findings(recorded.rows))
        st.caption(status.origin(recorded))
        st.markdown("**" + _("What the plane above says") + "**")
    if len(found) < len(CLAIMS):
        words = _(
            "Of {count} claims {measured} can be judged here: of the others one way or both are not on this plane."
        )
        st.caption(words.format(count=len(CLAIMS), measured=len(found)))
    if found:
        _table(found)
        st.caption(status.origin(shown))


def _seeds(shown: Shown) -> int:
    return len(first(shown.rows, "started")["seeds"])


def _table(found: list[Finding]) -> None:
    lines = {
        f"{_(each.claim)} ({each.source})": {
            _("It"): _(each.says),
            _("Difference in points"): _points(each.difference),
            _("This way and the other"): _("{this} and {other}").format(
                this=numbers.percent(interval(each.this)), other=numbers.percent(interval(each.other))
            ),
        }
        for each in found
    }
    st.table(pd.DataFrame.from_dict(lines, orient="index").rename_axis(_("Claim")))


def _points(difference: Interval) -> str:
    half = "" if difference.half_width is None else f" ±{decimal(100 * difference.half_width, 1)}"
    return decimal(100 * difference.mean, 1, "+") + half
