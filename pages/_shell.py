"""The frame of every page: title, language, and the pages in the order of the lessons."""

import streamlit as st

from kdcore.words import _
from pages._ui import language

st.set_page_config(page_title="Distillery", layout="wide")
language.speak()
st.navigation(
    [
        st.Page("distil.py", title=_("Distil"), default=True),
        st.Page("soft_labels.py", title=_("Soft labels")),
        st.Page("compress.py", title=_("Compress")),
        st.Page("trade_offs.py", title=_("Trade-offs")),
        st.Page("methods.py", title=_("Methods")),
        st.Page("families.py", title=_("Families")),
        st.Page("your_data.py", title=_("Your data")),
    ]
).run()
