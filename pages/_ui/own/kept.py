"""Own data that are kept: stored, listed, learned from, taken away and deleted."""

import streamlit as st

from kdcore.data import catalogue, own
from kdcore.data.examples import DataProblem, Examples
from kdcore.data.facts import Facts
from kdcore.words import _, ngettext
from pages._ui.downloads import button


def keep(examples: Examples, title: str) -> None:
    """Store the examples; the page then says so, and what they are called."""
    try:
        name = own.keep(examples, title)
    except DataProblem as problem:
        st.error(str(problem))
        return
    st.session_state["own.told"] = _("“{title}” is kept. All pages can learn from it.").format(
        title=catalogue.facts(name).title
    )
    st.rerun()


def told() -> None:
    """What came of the last button."""
    if words := st.session_state.pop("own.told", ""):
        st.success(words)


def kept(names: list[str]) -> None:
    """All own data, the newest first."""
    if not names:
        return
    st.subheader(_("Your data"))
    for name in names:
        _one(name, catalogue.facts(name))
    st.caption(_("They are kept on the machine that runs this lab, for all who use it, until they are deleted."))


def _one(name: str, facts: Facts) -> None:
    with st.container(border=True):
        st.markdown(f"**{facts.title}**")
        st.caption(_described(facts))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.page_link("distil.py", label=_("Learn from it on Distil"), query_params={"data.name": name})
            button(_("Examples for numpy"), f"{name}.npz", lambda: own.file(name).read_bytes())
            with st.popover(_("Delete")):
                st.markdown(
                    _(
                        "The examples are deleted. Runs that learned from them stay, with a few examples in their "
                        "pictures; they can be run again when the same data are added again."
                    )
                )
                st.button(
                    _("Delete “{title}”").format(title=facts.title),
                    key=f"own.delete.{name}",
                    on_click=lambda: _delete(name, facts),
                )


def _described(facts: Facts) -> str:
    """How much there is of it."""
    words = _("{rows:,} rows: {train:,} for training, {validation:,} for validation, {test:,} for the test")
    rows = words.format(rows=facts.rows, train=facts.train, validation=facts.validation, test=facts.test)
    features = ngettext("{n} feature", "{n} features", facts.features).format(n=facts.features)
    classes = _("{n} classes: {names}").format(n=len(facts.classes), names=", ".join(map(_, facts.classes)))
    return " · ".join([rows, features, classes])


def _delete(name: str, facts: Facts) -> None:
    own.delete(name)
    st.session_state["own.told"] = _("“{title}” is deleted.").format(title=facts.title)
