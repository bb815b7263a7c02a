"""How the lanes learn: a mean over seeds for each epoch, with its 95 % interval as a band.

While a run is under way the browser adds points by itself. A trace that grows says in `meta` what it shows: lane,
metric, part (low, high, mean) and the scale from a measured value to the axis. The trace of part `held` leads a lane
that has trained for fewer epochs than the others on to the right edge, so that its last level can be compared.
"""

from collections.abc import Sequence
from math import inf, isfinite
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from kdcore.events import Row, compared, first, latest
from kdcore.figures import numbers, theme
from kdcore.interval import interval
from kdcore.words import N_, _

FIELDS = {"accuracy": "val_accuracy", "loss": "val_loss", "hard": "hard", "soft": "soft"}  # metric: field of an event
TERMS = {"hard": (N_("hard"), "dash"), "soft": (N_("soft"), "solid")}  # of the distilled student: label and dash

CHARTS = {  # chart: the question it answers, its axis, and its metrics
    "accuracy": (
        N_("How many does each get right?"),
        N_("Validation accuracy (%)"),
        ("accuracy",),
    ),
    "loss": (
        N_("How surprised is each by the right answer?"),
        N_("Validation loss (nats)"),
        ("loss",),
    ),
    "terms": (
        N_("How far from labels (hard) and teacher (soft)?"),
        N_("Loss term (nats)"),
        tuple(TERMS),
    ),
}


def point(row: Row) -> dict[str, Any]:
    """An epoch's row as the browser gets it: for each metric [mean, low, high] over the seeds, or None."""
    return {"lane": row["lane"], "epoch": row["epoch"]} | {metric: _band(row, metric) for metric in FIELDS}


def figure(rows: Sequence[Row], chart: str = "accuracy", ghost: Sequence[Row] = ()) -> go.Figure:
    """The curves of a run, finished or not, over those of a previous run (`ghost`), which are pale and thin."""
    question, axis, _metrics = CHARTS[chart]
    rows, ghost = latest(rows), latest(ghost)
    curves = _curves(rows, chart)
    started, ghost_started = first(rows, "started") or {}, first(ghost, "started") or {}
    seeds = len(started.get("seeds", ()))
    drawn = theme.blank(_(question), _subtitle(seeds, bool(ghost)))
    drawn.add_traces([_ghost(ghost, lane, metric) for lane, metric in curves if ghost])
    for lane, metric in curves:
        low, high, mean, held = _lines(rows, lane, metric, seeds)
        drawn.add_traces([low, high, mean, held])
        drawn.add_annotation(_label(mean, lane, metric))
    planned = [run.get("epochs", {}).get(lane, 0) for run in (started, ghost_started) for lane, _metric in curves]
    drawn.update_xaxes(title_text=_("Epoch"), rangemode="tozero", range=[0, max(planned)] if any(planned) else None)
    drawn.update_yaxes(title_text=_(axis))
    drawn.update_yaxes({"autorangeoptions": {"clipmax": 100.5}} if chart == "accuracy" else {"rangemode": "tozero"})
    drawn.layout.meta["phone"] |= {"margin.l": 48, "margin.r": 84}
    drawn.layout.meta |= {
        "attempt": f"{started.get('key')}/{started.get('attempt')}",
        "epochs": started.get("epochs", {}),
        "focus": "clipmin" if chart == "accuracy" else "clipmax",  # which end the start of a curve may run out of
    }
    return drawn


def reading(rows: Sequence[Row], chart: str = "accuracy") -> str:
    """The figure in one sentence: where each curve stands now."""
    parts = [
        _("{curve} {value} (epoch {epoch})").format(
            curve=_name(lane, metric), value=_value(done[-1][0], metric), epoch=done[-1][0]["epoch"]
        )
        for lane, metric in reversed(_curves(rows, chart))
        if (done := _epochs(rows, lane, metric))
    ]
    if not parts:
        return _("The curves begin with the first epoch.")
    opening = {
        "accuracy": N_("Right on the validation examples: {parts}."),
        "loss": N_(
            "Loss on the validation examples, in nats, the natural unit of surprise (0.7 is a coin toss): {parts}."
        ),
        "terms": N_(
            "Distance of the distilled student to the teacher (soft, which contains T² with T = {temperature}) and to "
            "the labels (hard), both before they are weighted: {parts}."
        ),
    }[chart]
    temperature = {"temperature": _temperature(rows)} if chart == "terms" else {}
    return _(opening).format(parts=", ".join(parts), **temperature)


def table(rows: Sequence[Row], chart: str = "accuracy") -> pd.DataFrame:
    """The numbers behind the figure: a row for each curve and epoch, with the interval and every seed."""
    return pd.DataFrame(
        [
            {_("Curve"): _name(lane, metric), _("Epoch"): row["epoch"]} | _columns(row, band, metric)
            for lane, metric in _curves(rows, chart)
            for row, band in _epochs(rows, lane, metric)
        ]
    )


def _curves(rows: Sequence[Row], chart: str) -> list[tuple[str, str]]:
    """Each curve of a chart as lane and metric: one for each lane, or each term of the distilled student's loss."""
    started = first(latest(rows), "started") or {}
    lanes = ("distilled",) if chart == "terms" else compared(started.get("epochs", ()))
    return [(lane, metric) for lane in lanes for metric in CHARTS[chart][2]]


def _temperature(rows: Sequence[Row]) -> str:
    """The temperature of the last attempt, as its `started` tells."""
    return numbers.significant(first(latest(rows), "started")["experiment"]["temperature"])


def _epochs(rows: Sequence[Row], lane: str, metric: str) -> list[tuple[Row, list[float]]]:
    """The lane's epochs, in the last attempt, in which this metric was measured and is a number; each with its band."""
    mine = [row for row in latest(rows) if row["event"] == "epoch" and row["lane"] == lane]
    return [(row, band) for row in mine if (band := _band(row, metric))]


def _band(row: Row, metric: str) -> list[float] | None:
    """Mean, low and high over the seeds; None where it was not measured, or is no number in a seed that diverged."""
    values = row.get(FIELDS[metric])
    if values is None or not all(value is not None and isfinite(value) for value in values):
        return None
    found, most = interval(values), 1.0 if metric == "accuracy" else inf
    return [found.mean, max(found.low, 0.0), min(found.high, most)]  # an interval of few seeds may reach beyond


def _lines(rows: Sequence[Row], lane: str, metric: str, seeds: int) -> list[go.Scatter]:
    """Band and mean of one curve, and the line that holds its last level, which the browser draws when it is time."""
    role, scale = theme.ROLES[lane], _scale(metric)
    done = _epochs(rows, lane, metric)
    epochs = [row["epoch"] for row, _numbers in done]
    mean, low, high = ([scale * band[i] for _row, band in done] for i in range(3))
    number, unit = (".1f", " %") if metric == "accuracy" else (".3f", "")
    low_to_high = _("{low} to {high}").format(low=f"%{{customdata[0]:{number}}}", high=f"%{{customdata[1]:{number}}}")
    spread = f" ({low_to_high})" if seeds > 1 else ""

    def trace(part: str, x: list[int], y: list[float], **style: Any) -> go.Scatter:
        meta = {"lane": lane, "metric": metric, "part": part, "scale": scale}
        return go.Scatter(x=x, y=y, mode="lines", name=_name(lane, metric), meta=meta, **style)

    edge = {"line": {"width": 0}, "hoverinfo": "skip"}
    return [
        trace("low", epochs, low, **edge),
        trace("high", epochs, high, fill="tonexty", fillcolor=role.band.light, **edge),
        trace(
            "mean",
            epochs,
            mean,
            line={"color": role.colour.light, "width": role.width, "dash": _dash(lane, metric)},
            customdata=[list(bounds) for bounds in zip(low, high, strict=True)],
            hovertemplate=f"%{{y:{number}}}{unit}{spread}",
        ),
        trace("held", [], [], line={"color": role.colour.light, "width": 1, "dash": "dot"}, hoverinfo="skip"),
    ]


def _ghost(rows: Sequence[Row], lane: str, metric: str) -> go.Scatter:
    """The curve of a previous run."""
    done = _epochs(rows, lane, metric)
    return go.Scatter(
        x=[row["epoch"] for row, _numbers in done],
        y=[_scale(metric) * mean for _row, (mean, _low, _high) in done],
        mode="lines",
        line={"color": theme.ROLES[lane].ghost.light, "width": 1.5, "dash": _dash(lane, metric)},
        hoverinfo="skip",
    )


def _label(mean: go.Scatter, lane: str, metric: str) -> dict[str, Any]:
    """The curve's name at the end of its mean; by `name` the browser finds it, to move it along."""
    role = theme.ROLES[lane]
    return {
        "name": f"{lane} {metric}",
        "text": f"{role.glyph} {_name(lane, metric)}",
        "font": {"color": role.text.light, "size": 13},
        "bgcolor": theme.PAPER.faded(0.8).light,
        "x": mean.x[-1] if mean.x else 0,
        "y": mean.y[-1] if mean.y else 0,
        "visible": bool(mean.x),
        "xanchor": "left",
        "xshift": 4,
        "showarrow": False,
    }


def _subtitle(seeds: int, has_ghost: bool) -> str:
    """What the band and the pale lines are."""
    many = _("mean of {seeds} seeds, band: 95 % interval").format(seeds=seeds)
    parts = [_("one seed") if seeds == 1 else many if seeds else "", _("pale: the run before") if has_ghost else ""]
    return " · ".join(filter(None, parts))


def _name(lane: str, metric: str) -> str:
    return _(TERMS[metric][0] if metric in TERMS else theme.ROLES[lane].label)


def _dash(lane: str, metric: str) -> str:
    return TERMS[metric][1] if metric in TERMS else theme.ROLES[lane].dash


def _scale(metric: str) -> int:
    """A share is drawn in per cent; losses stay as they are."""
    return 100 if metric == "accuracy" else 1


def _value(row: Row, metric: str) -> str:
    """Mean and interval of one epoch, written out."""
    values = row[FIELDS[metric]]
    return numbers.percent(interval(values)) if metric == "accuracy" else numbers.nats(interval(values))


def _columns(row: Row, band: list[float], metric: str) -> dict[str, float]:
    """One epoch of one curve as columns of a table."""
    columns = dict(zip((_("Mean"), _("Low (95 %)"), _("High (95 %)")), band, strict=True))
    return columns | {_("Seed {seed}").format(seed=seed): value for seed, value in enumerate(row[FIELDS[metric]])}
