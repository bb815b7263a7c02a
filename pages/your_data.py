"""Does it work on your data? A table of one's own or points clicked into a plane, for all pages to learn from."""

import streamlit as st

from kdcore.data import own
from kdcore.words import N_, _, ngettext
from pages._ui.language import lesson
from pages._ui.one_of import one_of
from pages._ui.own.kept import kept, told
from pages._ui.own.plane import plane
from pages._ui.own.table import table

HOW = {"file": N_("A table, as a CSV file"), "points": N_("Points, clicked into a plane")}

st.title(_("Does it work on your data?"))
st.session_state.pop("address", None)  # what Distil remembers of its own: it reads the address anew
mine = own.kept()
none = _("Bring a table or click a few points, and every page of the lab learns from them.")
some = ngettext("{n} data set is here to learn from.", "{n} data sets are here to learn from.", len(mine))
st.markdown(f"**{some.format(n=len(mine)) if mine else none}**")
told()
how = st.session_state.setdefault("own.way", "file")
one_of(_("What do you bring?"), HOW, how, "own.how", lambda way: st.session_state.update({"own.way": way}))
if how == "file":
    table()
else:
    plane()
kept(mine)
st.markdown(lesson("your_data"))
