"""Softmax with a temperature, step by step with the numbers of one example; and the loss that comes of it.

z   ->   z / T   ->   exp(z / T)   ->   p = exp(z / T) / sum_j exp(z_j / T)
"""

import re
from collections.abc import Sequence
from math import exp, floor, log
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from kdcore.figures import numbers, panels, theme
from kdcore.softness import Example, divergence, log_soften, soften, target, terms
from kdcore.words import N_, _

QUESTION = N_("How do logits become probabilities?")
STEPS = (N_("logit z"), N_("z / T"), N_("exp(z / T)"), N_("/ their sum (%)"))
ROW, FEWEST_ROWS, ABOVE = 28, 4, 60  # pixels of a class; rows at least; pixels above a further row of panels
ROOM = 0.45  # beside the bars for numbers, as a share of the longest
PLAIN = 9.0  # powers up to exp(9) are written in full
PROBABILITY = ".5g"  # how one is written whose logarithm is taken


def figure(example: Example) -> go.Figure:
    """Four panels, a step each; every class is a row, with a bar and its number for the teacher and for the student."""
    names = [_(name) for name in example.names]
    drawn = theme.blank(_(QUESTION), _subtitle(example), axes=len(STEPS))
    left = 20 + 7 * max(map(len, names))
    names[example.label] = f"<b>{names[example.label]}</b>"
    steps = _steps(example)
    for i, title in enumerate(STEPS):
        pair = panels.number(i)
        drawn.add_traces([_bars(lane, *step[i], names, pair) for lane, step in steps.items()])
        panels.add_title(drawn, pair, _(title))
        drawn.update_layout({f"xaxis{pair}.range": _range([step[i][0] for step in steps.values()])})
        drawn.update_layout({f"yaxis{pair}.showticklabels": i == 0})
        drawn.layout.meta["phone"][f"yaxis{pair}.showticklabels"] = i % 2 == 0
    theme.add_key(drawn, steps, above=26)
    rows = max(len(names), FEWEST_ROWS)
    drawn.update_xaxes(showticklabels=False, showgrid=False, zeroline=True, zerolinecolor=theme.GRID.light)
    drawn.update_yaxes(type="category", showgrid=False, autorange="reversed", showline=False)
    drawn.update_layout(margin={"l": left, "r": 10, "t": 110, "b": 14}, hovermode="closest", bargap=0.2)
    panels.arrange(drawn, len(STEPS), columns=4, phone_columns=2, panel=ROW * rows, above=ABOVE)
    return drawn


def reading(example: Example) -> str:
    """The loss terms of this example."""
    cost = terms(example)
    sentence = _(
        "At T = {temperature} this example costs the student {hard} for the label (hard) and {soft} for the teacher's "
        "opinion (soft); weighted, {hard_weight} and {soft_weight}, that is {total}."
    )
    weights = {"hard_weight": 1 - example.soft_weight, "soft_weight": example.soft_weight}
    amounts = {name: numbers.nats(amount) for name, amount in cost._asdict().items()}
    written = {name: numbers.significant(weight, 3) for name, weight in weights.items()}
    return sentence.format(temperature=numbers.significant(example.temperature), **written, **amounts)


def table(example: Example) -> pd.DataFrame:
    """A line a class with every step, and what the class adds to the divergence: p (log p - log q)."""
    columns: dict[str, Any] = {_("Class"): [_(name) for name in example.names]}
    for lane, logits in _lanes(example).items():
        title = _(theme.ROLES[lane].title)
        scaled = np.asarray(logits, dtype=float) / example.temperature
        columns[f"{title}, z"] = logits
        columns[f"{title}, z / T"] = scaled
        columns[f"{title}, exp(z / T)"] = [power(each) for each in scaled]
        columns[_("{lane}, probability").format(lane=title)] = soften(logits, example.temperature)
    log_p, log_q = (log_soften(logits, example.temperature) for logits in _lanes(example).values())
    return pd.DataFrame(columns | {"p (log p - log q)": np.exp(log_p) * (log_p - log_q)})


def lines(example: Example) -> list[str]:
    """The formulas with this example's numbers, in LaTeX: the teacher's second guess, and the terms of the loss."""
    teacher_logits, student_logits, _label, names, temperature, soft_weight, _smoothing = example
    second = int(np.argsort(teacher_logits)[-2])
    z, name = float(teacher_logits[second]), _text(_(names[second]))
    powers = np.asarray(teacher_logits, dtype=float) / temperature
    total = float(np.logaddexp.reduce(powers))
    share = soften(teacher_logits, temperature)[second]
    cost = terms(example)
    apart = float(divergence(teacher_logits, student_logits, temperature))
    t, hard, soft, sum_of_powers = f"{temperature:g}", _number(cost.hard), _number(cost.soft), _latex(power(total))
    return [
        rf"p_{{{name}}} = \frac{{e^{{z/T}}}}{{\sum_j e^{{z_j/T}}}} = \frac{{e^{{{z:.2f}/{t}}}}}{{{sum_of_powers}}}"
        rf" = \frac{{{_latex(power(z / temperature))}}}{{{sum_of_powers}}} = {_number(share)}",
        _hard_line(example, hard),
        rf"{_text(_('soft'))} = T^2 \sum_c p_c (\log p_c - \log q_c) = {t}^2 \cdot {_number(apart)} = {soft}",
        rf"{_text(_('loss'))} = {1 - soft_weight:.3g} \cdot {hard} + {soft_weight:.3g} \cdot {soft}"
        rf" = {_number(cost.total)}",
    ]


def _hard_line(example: Example, hard: str) -> str:
    """The hard term. Smoothed labels ask for a little of every class, so that all their logarithms are in it."""
    told, surprises = target(example), -log_soften(example.student_logits, 1)
    is_label = np.arange(len(told)) == example.label
    if not example.label_smoothing:
        name, surprise = _text(_(example.names[example.label])), surprises[example.label]
        return rf"{_text(_('hard'))} = -\log \mathrm{{softmax}}(z_s)_{{{name}}}{_logarithm(-surprise)} = {hard}"
    ours, others = surprises[example.label], surprises[~is_label].sum()
    return (
        rf"{_text(_('hard'))} = -\sum_c y_c \log \mathrm{{softmax}}(z_s)_c = {_number(told[example.label])} \cdot"
        rf" {_number(ours)} + {_number(example.label_smoothing / len(told))} \cdot {_number(others)} = {hard}"
    )


def _logarithm(log_p: float) -> str:
    """' = -log p' with the number p, unless rounded as it is written (to 1 or 0, say) it has another logarithm."""
    p = f"{exp(log_p):{PROBABILITY}}"
    is_true = float(p) > 0 and _number(-log(float(p))) == _number(-log_p)
    return rf" = -\log {_latex(p)}" if is_true else ""


def power(exponent: float) -> str:
    """exp(exponent), written so that it fits however large it is: '0.0123', '812', '2.4e41'."""
    if -PLAIN <= exponent <= PLAIN:
        return f"{exp(exponent):.3g}" if exponent < log(100) else f"{exp(exponent):.0f}"
    tens = floor(exponent / log(10))
    mantissa, _e, more = f"{10 ** (exponent / log(10) - tens):.1e}".partition("e")  # 9.97 is 1.0e+01
    return f"{mantissa}e{tens + int(more)}"


def _latex(written: str) -> str:
    """A number in LaTeX: '2.4e41' as a power of ten."""
    mantissa, _e, tens = written.partition("e")
    return rf"{mantissa} \cdot 10^{{{int(tens)}}}" if tens else mantissa


def _number(amount: float) -> str:
    return _latex(f"{amount:.3g}")


def _text(words: str) -> str:
    """Words inside a formula."""
    return r"\text{" + re.sub(r"([_%$#&{}])", r"\\\1", words) + "}"


def _subtitle(example: Example) -> str:
    """The temperature, and which class is the label."""
    return _("T = {temperature}; bold: label").format(temperature=numbers.significant(example.temperature))


def _lanes(example: Example) -> dict[str, np.ndarray]:
    """Who is taken apart."""
    return {"teacher": example.teacher_logits, "distilled": example.student_logits}


def _steps(example: Example) -> dict[str, list[tuple[np.ndarray, list[str]]]]:
    """Of each lane and step the bars and their numbers. Powers are drawn relative to the largest."""
    lanes, temperature = _lanes(example), example.temperature
    most = max(np.max(logits) for logits in lanes.values()) / temperature
    steps = {}
    for lane, logits in lanes.items():
        z = np.asarray(logits, dtype=float)
        scaled, shares = z / temperature, 100 * soften(z, temperature)
        steps[lane] = [
            (z, [f"{each:.1f}" for each in z]),
            (scaled, [f"{each:.2f}" for each in scaled]),
            (np.exp(scaled - most), [power(each) for each in scaled]),
            (shares, [f"{each:.1f}" for each in shares]),
        ]
    return steps


def _bars(lane: str, lengths: np.ndarray, written: list[str], names: Sequence[str], pair: str) -> go.Bar:
    """One lane's bars of a step, each with its number at its end."""
    role = theme.ROLES[lane]
    writing = {"text": written, "textposition": "outside", "textangle": 0, "constraintext": "none"}
    writing |= {"textfont": {"color": role.text.light, "size": 11}, "cliponaxis": False}
    hover = {"name": _(role.label), "hovertemplate": f"{_(role.label)}, %{{y}}: %{{text}}<extra></extra>"}
    place = {"x": lengths, "y": names, "xaxis": f"x{pair}", "yaxis": f"y{pair}", "offsetgroup": lane}
    return go.Bar(orientation="h", marker={"color": role.colour.light}, **writing, **hover, **place)


def _range(bars: list[np.ndarray]) -> list[float]:
    """From the shortest to the longest bar, with room for numbers on the sides that have bars."""
    low, high = min(0.0, *map(np.min, bars)), max(0.0, *map(np.max, bars))
    room = ROOM * (high - low)
    return [low - room * (low < 0), high + room]
