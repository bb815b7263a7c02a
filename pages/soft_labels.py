"""What does the teacher know beyond the right answer? The stored answers of a run, softened and taken apart."""

import streamlit as st

from kdcore.events import first
from kdcore.experiment import Experiment
from kdcore.words import N_, _
from pages._ui import runs, status
from pages._ui.head import head
from pages._ui.language import lesson
from pages._ui.soft import view
from pages._ui.soft.choice import choice, soft_labels
from pages._ui.soft.experiments import leave_a_class_out, structure_or_smoothing
from pages._ui.soft.explorer import explorer
from pages._ui.soft.training import train_here

settings, _sought = view.split(st.query_params.to_dict())
chosen, ignored = Experiment.from_query(settings)
head(_("What does the teacher know beyond the right answer?"), ignored)
with st.sidebar:
    choice(chosen)

shown = runs.find(chosen.key)
soft = soft_labels(shown)
if soft is None:
    is_over = shown is not None and bool(first(shown.rows, "finished"))
    kept_none = N_("This run kept no soft labels. Train it again, and it will. Until then, here is the recorded run.")
    to_come = N_("These settings have no finished run yet. Until then, here is the recorded one.")
    unread = N_("Until the store can be read, here is the recorded run.")
    st.info(_(unread if runs.problem() else kept_none if is_over else to_come))
    train_here(chosen, "missing", again=is_over)
    shown = runs.default()
    soft = soft_labels(shown)
with st.sidebar:
    st.caption(status.origin(shown))
    st.caption(
        _("Examples and pictures are of seed {seed}.").format(seed=first(shown.rows, "finished")["exported_seed"])
    )
explorer(shown, soft, chosen)
structure_or_smoothing(shown)
leave_a_class_out(shown)
st.markdown(lesson("soft_labels"))
