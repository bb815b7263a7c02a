"""What each family gains from a teacher's soft labels, seed by seed: a forest plot."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from kdcore.events import Row
from kdcore.figures import cells, forest
from kdcore.figures.families import asked, taught
from kdcore.words import N_, _

QUESTION = N_("Who gains from the teacher?")


def figure(rows: Sequence[Row], measure: str = "val_accuracy") -> go.Figure:
    """A bar for each family that has learned."""
    return forest.bars(_(QUESTION), taught(rows), cells.seeds(rows), measure, len(asked(rows)[1:]))


def reading(rows: Sequence[Row], measure: str = "val_accuracy") -> str:
    """Every gain, with its interval."""
    return forest.told(taught(rows), measure)


def table(rows: Sequence[Row], measure: str = "val_accuracy") -> pd.DataFrame:
    """A line for each family: its gain, the ends of the interval, and what may be concluded."""
    return forest.lines(taught(rows), measure, _("Family"))
