"""A notebook that draws a sweep from its table: a few cells of plain pandas and Plotly, to be changed at will."""

from collections.abc import Sequence

import nbformat
from nbformat import v4

READ = """\
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

frame = pd.read_csv({file!r})
frame.head()"""

MEANS = """\
# Means over seeds, without those that diverged; a gain is paired: the same seed, with the teacher and without.
axes = {axes!r}  # from left to right, upwards, and a picture each
students = frame[~frame["diverged"]]
accuracy = students.pivot_table(index=[*axes, "seed"], columns="lane", values="val_accuracy", sort=False)
gain = accuracy.sub(accuracy["scratch"], axis=0)
means = accuracy.groupby(level=axes, sort=False).mean()
gains = gain.groupby(level=axes, sort=False).agg(["mean", "std", "count"])
means"""

HEAT = """\
# One panel for each value of the third axis; the lane and what is shown can be changed here.
shown = 100 * means["distilled"]  # or: 100 * gain["distilled"].groupby(level=axes, sort=False).mean()
table = shown.reset_index(name="value")
panels = list(table[axes[2]].unique()) if len(axes) > 2 else [None]
figure = make_subplots(cols=len(panels), subplot_titles=[f"{axes[2]} {each}" for each in panels if each is not None])
for column, each in enumerate(panels, start=1):
    mine = table if each is None else table[table[axes[2]] == each]
    up = axes[1] if len(axes) > 1 else "all"
    grid = mine.assign(all="").pivot_table(index=up, columns=axes[0], values="value", sort=False)
    cells = go.Heatmap(
        z=grid, x=grid.columns.astype(str), y=grid.index.astype(str), coloraxis="coloraxis", texttemplate="%{z:.1f}"
    )
    figure.add_trace(cells, row=1, col=column)
    figure.update_xaxes(title=axes[0], type="category", row=1, col=column)
    figure.update_yaxes(title=up, type="category", row=1, col=column)
figure.update_layout(title="Validation accuracy (%)", coloraxis={"colorscale": "Magenta"})
figure"""

LINES = """\
# One panel for each value of the other axes; bars are 95 % intervals over seeds (Student's t).
from scipy.stats import t

others = axes[1:]
seeds = accuracy.groupby(level=axes, sort=False)
half = 100 * seeds.sem() * t.ppf(0.975, seeds.count() - 1)
table = (100 * means).reset_index()
panels = list(table.groupby(others, sort=False)) if others else [("", table)]
figure = make_subplots(cols=len(panels), subplot_titles=[str(name) for name, _mine in panels], shared_yaxes=True)
for column, (_name, mine) in enumerate(panels, start=1):
    for lane in accuracy.columns:
        bars = {"type": "data", "array": half[lane].loc[[*mine.set_index(axes).index]]}
        line = go.Scatter(x=mine[axes[0]].astype(str), y=mine[lane], error_y=bars, name=lane, legendgroup=lane)
        figure.add_trace(line.update(showlegend=column == 1), row=1, col=column)
    figure.update_xaxes(title=axes[0], type="category", row=1, col=column)
figure.update_layout(title="Validation accuracy (%)")
figure"""

FOREST = """\
# A bar for each value of the first axis: the mean of the paired gains and its 95 % interval (Student's t).
from scipy.stats import t

found = 100 * gain["distilled"].groupby(level=axes[0], sort=False).agg(["mean", "sem", "count"])
half = found["sem"] * t.ppf(0.975, found["count"] - 1)
bars = {"type": "data", "array": half}
names = found.index.astype(str)
figure = go.Figure(go.Scatter(x=found["mean"], y=names, error_x=bars, mode="markers", marker={"size": 10}))
figure.add_vline(0, line_dash="dash")
figure.update_yaxes(autorange="reversed")
figure.update_layout(title="Gain over the student from labels, in points of validation accuracy")
figure"""


def heat(axes: Sequence[str]) -> list[str]:
    """The code that draws a map over these settings."""
    return [MEANS.format(axes=list(axes)), HEAT]


def lines(axes: Sequence[str]) -> list[str]:
    """The code that draws a line for each lane over the first of these settings."""
    return [MEANS.format(axes=list(axes)), LINES]


def forest(axes: Sequence[str]) -> list[str]:
    """The code that draws what each value of the first of these settings gains."""
    return [MEANS.format(axes=list(axes)), FOREST]


def write(title: str, about: str, file: str, code: Sequence[str]) -> str:
    """A notebook that reads the CSV file of this name, beside it, and then runs this code."""
    text = v4.new_markdown_cell(f"# {title}\n\n{about}")
    cells = [v4.new_code_cell(each) for each in (READ.format(file=file), *code)]
    for number, cell in enumerate((text, *cells)):
        cell["id"] = f"cell-{number}"  # the same run gives the same file
    book = v4.new_notebook(cells=[text, *cells])
    nbformat.validate(book)
    return nbformat.writes(book)
