"""Controls made from the experiment's own fields: each knows its title, explanation, bounds and choices.

The settings of a page live in its address. They are read from it when it changes, and written back when a control
moves; so reload, bookmark, the back button and a sent link all show the same.
"""

from typing import Any

import streamlit as st
from pydantic import ValidationError

from kdcore import shapes
from kdcore.data import catalogue, own
from kdcore.data.catalogue import CATALOGUE
from kdcore.experiment import Experiment, Problem, bounds, choices, fields, flatten, problems, unflatten, written
from kdcore.figures import numbers
from kdcore.methods import METHODS
from kdcore.words import N_, _

STOPS = {  # of sliders with unequal steps; a value between them, come by the address, is added
    "temperature": (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 20.0),
    "data.labels": (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000),
}
STEPS = {  # of sliders with equal steps
    "soft_weight": 0.05,
    "seeds": 1,
    "data.noise": 0.05,
    "label_noise": 0.05,
    **{f"{who}.dropout": 0.05 for who in ("teacher", "student")},
    **{f"{training}.label_smoothing": 0.05 for training in ("teacher_training", "training")},
}
OF_CLASSES = ("left_out", "classes")  # settings that are some of the classes
DEFAULTS = flatten(Experiment())
USUAL_WIDTHS = {"teacher": {"mlp": "256-256", "cnn": "16-32"}, "student": {"mlp": "64", "cnn": "4-8"}}
NAMES = {
    "mlp": N_("MLP: layers of units"),
    "cnn": N_("CNN: convolutions"),
    "relu": "ReLU",
    "tanh": "tanh",
    "gelu": "GELU",
    "sigmoid": "sigmoid",
    "adam": "Adam",
    "adamw": "AdamW",
    "sgd": "SGD",
    "same": N_("The student's data"),
    "mnist_small": N_("MNIST, shrunk to 8x8"),
    "rotated": N_("These pictures, turned"),
    "noisy": N_("These pictures, with noise"),
    "inverted": N_("These pictures, inverted"),
    "own": N_("Its labelled examples"),
    "unlabelled": N_("Unlabelled examples"),
    "blends": N_("Blends of two examples"),
    "noise": N_("Noise"),
}


def _network(who: str, training: str) -> tuple[str, ...]:
    """The settings of a network that few need to change."""
    return tuple(name for name in fields() if name.startswith((f"{who}.", f"{training}.")) and name != f"{who}.widths")


GROUPS = {  # heading: settings in sight, and those folded under More
    N_("Data"): (("data.name", "data.labels"), ("data.noise", "data.seed", "label_noise", "unlabelled", "seeds")),
    N_("Teacher"): (("teacher.widths",), ("teacher_data", *_network("teacher", "teacher_training"))),
    N_("Student"): (("student.widths",), ("classes", *_network("student", "training"))),
    N_("Distillation"): (("temperature", "soft_weight"), ("method", "inputs", "left_out", "controls", "assistant")),
}


def experiment() -> tuple[Experiment | None, list[Problem]]:
    """Draw all controls; what they are set to, None where that does not fit, and what of the address was ignored."""
    ignored = _follow_address()
    settings = {name: _value(name) for name in fields() if _applies(name)}
    try:
        chosen, wrong = unflatten(settings), {}
    except ValidationError as error:
        chosen, wrong = None, {problem.field: problem for problem in problems(error)}
    for heading, (in_sight, _folded) in GROUPS.items():
        st.markdown(f"**{_(heading)}**")
        for name in filter(_applies, in_sight):
            _control(name, wrong)
        if chosen and heading in ("Teacher", "Student"):
            st.caption(_cost(chosen, heading.lower()))
    with st.expander(_("More"), expanded=any(name in wrong for _shown, folded in GROUPS.values() for name in folded)):
        for heading, (_in_sight, folded) in GROUPS.items():
            if folded:
                st.markdown(f"**{_(heading)}**")
            for name in filter(_applies, folded):
                _control(name, wrong)
    if chosen:
        _write_address(chosen)
    return chosen, ignored


def _follow_address() -> list[Problem]:
    """Set the controls to what the address says, where it is not what the controls themselves wrote there."""
    query = st.query_params.to_dict()
    if query != st.session_state.get("address"):
        arrived, ignored = Experiment.from_query(query)
        for name, value in flatten(arrived).items():
            st.session_state[name] = _held(name, value)
        st.session_state.update(address=query, arrived=arrived.key, ignored=ignored)
    return st.session_state["ignored"]


def _write_address(chosen: Experiment) -> None:
    query = chosen.to_query()
    if query != st.session_state["address"]:
        st.query_params.from_dict(query)
        st.session_state["address"] = query
    if chosen.key != st.session_state["arrived"]:  # what was ignored is told until something is changed
        st.session_state["ignored"] = []


def _value(name: str) -> Any:
    """What a control is set to; one that was not drawn lately is back at its default."""
    return st.session_state.setdefault(name, _held(name, DEFAULTS[name]))


def _held(name: str, value: Any) -> Any:
    """A setting as its control holds it."""
    if name in OF_CLASSES:
        return list(value)
    return written(value) if name.endswith("widths") else value


def _applies(name: str) -> bool:
    facts = catalogue.facts(_value("data.name"))
    if name == "data.noise":
        return facts.has_noise
    if name == "teacher_data":
        return facts.is_image
    if name == "soft_weight":
        return _value("inputs") == "own"  # without labels it is all
    return name not in (*OF_CLASSES, "controls") or len(facts.classes) > 2


def _control(name: str, wrong: dict[str, Problem]) -> None:
    """The widget of one setting, and under it what is wrong with it."""
    info, value = fields()[name], _value(name)
    common = {"label": _(info.title), "help": _(info.description), "key": name}
    low, high = bounds(info)
    if name.endswith(".kind"):
        st.selectbox(options=choices(info), format_func=_named, on_change=_usual_widths, args=(name,), **common)
    elif name == "data.name":
        known = dict.fromkeys([*catalogue.names(), value])  # what was deleted stays until something else is chosen
        st.selectbox(options=list(known), format_func=data_title, on_change=_other_data, **common)
    elif choices(info):
        st.selectbox(options=choices(info), format_func=_named, **common)
    elif name == "method":
        known = dict.fromkeys([*METHODS, value])  # with knobs of one's own it is typed: dkd:others=4
        st.selectbox(options=list(known), format_func=_method, accept_new_options=True, **common)
    elif name in OF_CLASSES:
        classes = catalogue.facts(_value("data.name")).classes
        named = {"options": range(len(classes)), "format_func": lambda number: _(classes[number])}
        st.pills(selection_mode="multi", **named, **common)  # a multiselect's chips cannot be read in the dark sidebar
    elif isinstance(value, bool):
        st.toggle(**common)
    elif name in STOPS:
        st.select_slider(options=_stops(name, value), format_func=written, **common)
    elif name in STEPS:
        st.slider(min_value=type(value)(low), max_value=type(value)(high), step=STEPS[name], **common)
    elif isinstance(value, str):
        st.text_input(**common)
    elif isinstance(value, float):
        st.number_input(step=1e-3, format="%g", **common)
    else:
        st.number_input(step=1, **common)
    if name in wrong:
        st.error(_("{value}: {advice}").format(value=written(wrong[name].value), advice=wrong[name].advice))


def _stops(name: str, value: float | None) -> list[float | None]:
    """The stops of a slider with unequal steps, and the value itself; the label budget ends with all."""
    if name != "data.labels":
        return sorted({*STOPS[name], value})
    below = {stop for stop in STOPS[name] if stop < catalogue.facts(_value("data.name")).train}
    return [*sorted(below | ({value} - {None})), None]


def _named(choice: str) -> str:
    return _(NAMES[choice])


def data_title(name: str) -> str:
    """What data are called, those of a person's own as they called them."""
    title = _(catalogue.facts(name).title)
    return title if name in CATALOGUE or own.is_here(name) else _("{title} (deleted)").format(title=title)


def _method(text: str) -> str:
    return _(METHODS[text].title) if text in METHODS else text


def _usual_widths(kind: str) -> None:
    """Units are no channels: another kind of network starts with widths that suit it."""
    who = kind.partition(".")[0]
    st.session_state[f"{who}.widths"] = USUAL_WIDTHS[who][st.session_state[kind]]


def _other_data() -> None:
    """Other data have other classes: none of them is left out, nor the student special. Of a person's own, which may be
    few, all labels are told where there are not more than that."""
    st.session_state.update({name: [] for name in OF_CLASSES})
    name, labels = _value("data.name"), _value("data.labels")
    if name not in CATALOGUE and labels is not None and labels >= catalogue.facts(name).train:
        st.session_state["data.labels"] = None


def _cost(chosen: Experiment, who: str) -> str:
    """What a network costs, and the student how much less than the teacher."""
    stack = chosen.layers(who)
    count = shapes.parameters(stack)
    text = _("{count} parameters · {size} of weights · {flops} operations (FLOPs)").format(
        count=numbers.count(count),
        size=numbers.size(count * shapes.BYTES_PER_WEIGHT),
        flops=numbers.count(shapes.flops(stack)),
    )
    if who == "teacher":
        return text
    return (
        text
        + "  \n"
        + _("beside the teacher: {factor}").format(
            factor=numbers.factor(count, shapes.parameters(chosen.layers("teacher")))
        )
    )
