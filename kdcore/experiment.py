"""An experiment is a value: everything that decides a result, and nothing else.

It is frozen, checked once when it is made, and travels as JSON (files, the store) and as URL parameters
(bookmarks). Equal experiments have equal keys, on every machine; the key is how a run is found again.
"""

import difflib
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod, sqrt
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from kdcore import shapes
from kdcore.data import catalogue, own
from kdcore.data.catalogue import CATALOGUE
from kdcore.data.facts import Facts
from kdcore.events import ASSISTANT, ASSISTED, CONTROLS, LANES
from kdcore.words import N_, _

RECIPE = 1  # part of every key: raise it when a change of code changes the numbers that a run gives
OF_STUDENTS = ("left_out", "controls", "unlabelled", "assistant", "method", "classes", "inputs")  # unseen by teachers
LATER = (*OF_STUDENTS, "label_noise", "teacher_data")  # younger than the first runs: no part of a key where not used

LINEAR = "linear"  # how a network without hidden layers is written
NONE = "none"  # how it is written that no class is left out
SOFT_TARGETS = "soft_targets"  # the method of distillation without more
MOST_FEATURES = 2**27  # numbers of a teacher's hidden layers that are kept while others learn them: half a GiB
LARGEST_COHORT = 50_000_000  # parameters of all members together; more would not fit a small machine's memory


def _read_widths(value: Any) -> Any:
    """Accept '64-32' and 'linear' beside a list of numbers."""
    if not isinstance(value, str):
        return value
    return () if value.strip() == LINEAR else tuple(part.strip() for part in value.split("-"))


def _check_widths(value: tuple[int, ...]) -> tuple[int, ...]:
    if any(not 1 <= width <= 2048 for width in value):
        raise ValueError("each width must lie between 1 and 2048")
    return value


@dataclass(frozen=True)
class Known:
    """The names that a setting may take, beside others that come and go."""

    names: tuple[str, ...]


def _check_data(value: str) -> str:
    """The name of data that are known here: those that come with the lab, or a person's own."""
    if catalogue.is_known(value):
        return value
    if own.NAME.fullmatch(value):
        advice = N_("there are no such data on this machine; add them on the page Your data, or choose others")
        raise misfit("data.name", value, advice)
    raise ValueError("unknown data")


def _check_method(value: str) -> str:
    """The same way to teach as it is always written. `teaching` reads it, which knows experiments' values: it is asked
    for when another method than the usual is named."""
    if value == SOFT_TARGETS:
        return value
    from kdcore import teaching

    return teaching.write(teaching.read(value))


Widths = Annotated[tuple[int, ...], BeforeValidator(_read_widths), AfterValidator(_check_widths)]
DataName = Annotated[str, Known(tuple(CATALOGUE)), AfterValidator(_check_data)]
ClassNumber = Annotated[int, Field(ge=0)]
MethodName = Annotated[str, AfterValidator(_check_method)]
Who = Literal["teacher", "student", "assistant"]


class Value(BaseModel):
    """A frozen group of settings; unknown names, NaN and infinities are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @field_validator("*")
    @classmethod
    def _one_zero(cls, value: Any) -> Any:
        """-0.0 is 0.0, and is written so: what is equal has one key."""
        return value + 0.0 if isinstance(value, float) else value


def _setting(default: Any, title: str, help: str, **limits: Any) -> Any:
    """A setting with its default, its name on screen, one line of explanation, and its bounds."""
    return Field(default, title=title, description=help, **limits)


class Data(Value):
    """Which examples are learned from."""

    name: DataName = _setting("digits", N_("Data"), N_("What the networks learn to tell apart."))
    labels: int | None = _setting(
        100,
        N_("Label budget"),
        N_("How many labelled training examples the student may see; all for no limit. The teacher always sees all."),
        ge=2,
        validate_default=True,
    )
    noise: float = _setting(
        0.2, N_("Noise"), N_("How far points stray from their shape (two-dimensional data only)."), ge=0, le=1
    )
    seed: int = _setting(
        0,
        N_("Data seed"),
        N_("Draws the points, and which examples are for training, validation and test."),
        ge=0,
        le=999_999,
    )

    @field_validator("labels")
    @classmethod
    def _one_all(cls, value: int | None, info: ValidationInfo) -> int | None:
        """As many labels as there are is all of them; of a person's own data, which may be few, so are more."""
        if value is None or "name" not in info.data:
            return value
        name, rows = info.data["name"], catalogue.facts(info.data["name"]).train
        return None if value == rows or (value > rows and name not in CATALOGUE) else value


class Network(Value):
    """The shape of a network: a width for each hidden layer.

    In an MLP (multi-layer perceptron) a width is a number of units, each connected to all of the layer before.
    In a CNN (convolutional network) it is a number of channels: 3x3 filters, followed by 2x2 max-pooling.
    """

    kind: Literal["mlp", "cnn"] = _setting(
        "mlp",
        N_("Kind"),
        N_("MLP: layers of units, each connected to all of the layer before. CNN: small filters slid over an image."),
    )
    widths: Widths = _setting(
        (64,),
        N_("Hidden layers"),
        N_("Units (MLP) or channels (CNN) of each hidden layer, such as 64-32; 'linear' for none."),
        max_length=6,
    )
    activation: Literal["relu", "tanh", "gelu", "sigmoid"] = _setting(
        "relu", N_("Activation"), N_("The bend after each hidden layer. Without it many layers are no more than one.")
    )
    dropout: float = _setting(
        0.0,
        N_("Dropout"),
        N_("Share of hidden units switched off at random in each training step, so that none is relied on."),
        ge=0,
        le=0.9,
    )


class Training(Value):
    """How a network is trained."""

    epochs: int = _setting(
        100, N_("Epochs"), N_("How many times training goes through all its examples."), ge=1, le=500
    )
    batch_size: int = _setting(64, N_("Batch size"), N_("How many examples are averaged for one step."), ge=1, le=4096)
    optimizer: Literal["adam", "adamw", "sgd"] = _setting(
        "adam",
        N_("Optimiser"),
        N_("The rule that turns gradients into steps. SGD has momentum 0.9; AdamW decays weights by 0.01."),
    )
    learning_rate: float = _setting(
        1e-3, N_("Learning rate"), N_("How long each step is. Too high, and training diverges."), ge=1e-5, le=10
    )
    label_smoothing: float = _setting(
        0.0,
        N_("Label smoothing"),
        N_("Share of each label's certainty that is spread evenly over all classes."),
        ge=0,
        le=0.9,
    )


class Experiment(Value):
    """One question to the lab: does this teacher help this student, on these data, trained like this?

    Raises pydantic's ValidationError where a setting is wrong; `problems` turns it into sentences.
    """

    data: Data = Data()
    teacher: Network = Network(widths=(256, 256))
    teacher_training: Training = Training(epochs=30)
    student: Network = Network()
    training: Training = Training(batch_size=16, learning_rate=3e-3)
    temperature: float = _setting(
        4.0,
        N_("Temperature"),
        N_(
            "Divides the logits (the raw scores before softmax). Above 1 it softens the teacher's answer, "
            "so that its second and third guesses can be seen."
        ),
        ge=0.1,
        le=100,
    )
    soft_weight: float = _setting(
        0.9,
        N_("Soft-label share"),
        N_(
            "Share of the loss that asks the student to match the teacher's soft labels "
            "(its probabilities for all classes). The rest asks for the right label."
        ),
        ge=0,
        le=1,
    )
    seeds: int = _setting(
        8,
        N_("Seeds"),
        N_("How often everything is repeated with other random numbers. The spread over seeds gives the interval."),
        ge=1,
        le=16,
    )

    left_out: tuple[ClassNumber, ...] = _setting(
        (),
        N_("Classes left out"),
        N_(
            "Classes of which the students see no example; the teacher sees all. "
            "What they still recognise of these they have from the soft labels of others."
        ),
    )
    controls: bool = _setting(
        False,
        N_("Controls"),
        N_(
            "Trains two more students a seed: one told evenly smoothed labels, one told soft labels with their wrong "
            "classes shuffled. If they do as well, it was not the teacher's sense of likeness that helped."
        ),
    )
    label_noise: float = _setting(
        0.0,
        N_("Wrong labels"),
        N_(
            "Share of the training labels, the teacher's as well, that name another class. "
            "Validation and test examples keep the right ones."
        ),
        ge=0,
        le=0.9,
    )
    unlabelled: int = _setting(
        0,
        N_("Unlabelled examples"),
        N_(
            "How many more examples the distilled student sees, as far as there are any, of which only the teacher "
            "says something. The student from labels takes as many steps, with its own examples repeated."
        ),
        ge=0,
    )
    assistant: bool = _setting(
        False,
        N_("Assistant"),
        N_(
            "Trains a network of a size in between, which learns from the teacher as the student does, "
            "and one more student, which learns from that assistant."
        ),
    )

    method: MethodName = _setting(
        SOFT_TARGETS,
        N_("Method"),
        N_(
            "What the distilled student is asked to do as the teacher does: to say the same of every class "
            "(soft_targets), or another paper's way, with its knobs where they are not as usual, such as dkd:others=4."
        ),
    )

    teacher_data: Literal["same", "mnist_small", "rotated", "noisy", "inverted"] = _setting(
        "same",
        N_("Teacher's data"),
        N_(
            "What the teacher learns from: the same data as the student, MNIST shrunk to the 8x8 pixels of the digits "
            "(it is downloaded when it is first needed), or these pictures turned by up to 45 degrees, full of noise, "
            "or white for black. It explains the student's own data all the same, and is measured on these."
        ),
    )
    classes: tuple[ClassNumber, ...] = _setting(
        (),
        N_("Special student"),
        N_(
            "Classes that the student is to tell apart, of a teacher who knows all: it sees no other examples, and of "
            "the teacher's answer only these classes count. None for all of them."
        ),
    )
    inputs: Literal["own", "unlabelled", "blends", "noise"] = _setting(
        "own",
        N_("Distilled from"),
        N_(
            "What the distilled student learns from: its labelled examples; or as many without a label, of which only "
            "the teacher says something: unlabelled ones, blends of two training examples each, or noise. The "
            "soft-label share is then 1. The student from labels keeps its labelled examples, for comparison."
        ),
    )

    @field_validator("left_out", "classes", mode="before")
    @classmethod
    def _read_classes(cls, value: Any) -> Any:
        """Accept '3', '0-1' and 'none' beside a list of numbers."""
        if not isinstance(value, str):
            return value
        return () if value.strip() == NONE else tuple(part.strip() for part in value.split("-"))

    @field_validator("left_out", "classes")
    @classmethod
    def _in_order(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sorted(set(value)))

    @field_validator("classes")
    @classmethod
    def _one_whole(cls, value: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
        """A student of all classes is no special one."""
        data = info.data.get("data")
        return () if data and value == tuple(range(len(catalogue.facts(data.name).classes))) else value

    @model_validator(mode="after")
    def _fits_together(self) -> "Experiment":
        facts = self.facts
        if self.data.labels is not None and self.data.labels > facts.train:
            advice = N_("{data} has {rows} training examples; choose at most that many, or all")
            raise misfit("data.labels", self.data.labels, advice, data=self.data_called, rows=facts.train)
        if not facts.has_noise and self.data.noise != Data().noise:
            advice = N_("noise belongs to two-dimensional data such as moons, not to {data}")
            raise misfit("data.noise", self.data.noise, advice, data=self.data_called)
        _check_classes(self)
        _check_labels(self)
        _check_source(self)
        _check_network("teacher", self.teacher, facts, members=self.seeds)
        _check_network("student", self.student, facts, members=len(self.students) * self.seeds)
        _check_assistant(self)
        _check_teaching(self)
        return self

    @property
    def key(self) -> str:
        """Sixteen hex digits that name this experiment; equal settings have equal keys everywhere."""
        unused = set(LATER) - used(self, LATER)
        settings = self.model_dump(mode="json", exclude=unused) | {"soft_weight": self.soft_share}
        text = json.dumps([RECIPE, settings], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def facts(self) -> Facts:
        """What is known of this experiment's data."""
        return catalogue.facts(self.data.name)

    @property
    def data_called(self) -> str:
        """The data as a sentence says them: by the name of a setting, and a person's own by their title."""
        return self.facts.title if own.NAME.fullmatch(self.data.name) else self.data.name

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes that students tell apart, and that all lanes are measured by."""
        return tuple(self.facts.classes[number] for number in self.classes) or self.facts.classes

    @property
    def lessons(self) -> int:
        """How many examples the teachers learn from."""
        return (CATALOGUE["mnist"] if self.teacher_data == "mnist_small" else self.facts).train

    @property
    def soft_share(self) -> float:
        """The soft-label share as it acts: all, where the distilled student has no label."""
        return self.soft_weight if self.inputs == "own" else 1.0

    @property
    def labels(self) -> int:
        """How many labelled examples the student sees, unless so many are not left without the classes left out."""
        return self.data.labels or self.facts.train

    @property
    def pool(self) -> int:
        """How many unlabelled examples a student sees beside, unless so many are not left."""
        return min(self.unlabelled, self.facts.train - self.labels)

    @property
    def students(self) -> tuple[str, ...]:
        """The lanes of students, beside that of the teacher."""
        return LANES[1:] + (ASSISTED if self.assistant else ()) + (CONTROLS if self.controls else ())

    @property
    def lanes(self) -> tuple[str, ...]:
        """All lanes, in the order in which they are trained."""
        return LANES[:1] + ((ASSISTANT,) if self.assistant else ()) + self.students

    def network(self, who: Who) -> Network:
        """The teacher, the student, or the assistant, whose size lies in between.

        The assistant has as many hidden layers as the teacher; each width is the geometric mean of the teacher's and
        the student's, whose last one counts for all further layers. The rest of it is as in the student.
        """
        if who != "assistant":
            return getattr(self, who)
        own = self.student.widths or (len(self.class_names),)
        pairs = zip(self.teacher.widths, own + own[-1:] * len(self.teacher.widths), strict=False)
        return self.student.model_copy(update={"widths": tuple(round(sqrt(a * b)) for a, b in pairs)})

    def hidden(self, who: Who) -> list[tuple[int, ...]]:
        """What each hidden layer says of one example, after its activation: (units,), or in a CNN, where it is not yet
        pooled, (channels, height, width)."""
        widths, shape = self.network(who).widths, self.facts.shape
        if self.network(who).kind == "mlp":
            return [(width,) for width in widths]
        return [(width, shape[1] >> n, shape[2] >> n) for n, width in enumerate(widths)]

    def layers(self, who: Who) -> list[shapes.Layer]:
        """The layers with weights of the teacher, the student or the assistant."""
        classes = self.facts.classes if who == "teacher" else self.class_names
        return shapes.layers(self.network(who), self.facts.shape, len(classes))

    def to_query(self) -> dict[str, str]:
        """URL parameters: the settings that differ from the defaults, by dotted name."""
        defaults = flatten(Experiment())
        return {name: written(value) for name, value in flatten(self).items() if value != defaults[name]}

    @classmethod
    def from_query(cls, parameters: Mapping[str, str]) -> "tuple[Experiment, list[Problem]]":
        """The experiment that URL parameters describe, and a problem for each one ignored. Never raises."""
        settings, found = {name: None if text == "all" else text for name, text in parameters.items()}, []
        while True:
            try:
                read = unflatten(settings)
                return read, found + beyond(settings, read.data)
            except ValidationError as error:
                new = problems(error)
                found += new
                guilty = {problem.field for problem in new}
                kept = {name: value for name, value in settings.items() if name not in guilty}
                settings = kept if len(kept) < len(settings) else {}


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the settings: the field by dotted name, the value received, what would work."""

    field: str
    value: Any
    advice: str

    def __str__(self) -> str:
        value = written(self.value)
        shown = value if len(value) <= 40 else value[:37] + "..."
        return _("{field} is {value}: {advice}").format(field=self.field, value=shown, advice=self.advice)


def beyond(told: Mapping[str, Any], data: Data) -> list[Problem]:
    """A label budget that was told, and is more than a person's own data have: all labels are seen."""
    asked, rows = str(told.get("data.labels")), catalogue.facts(data.name).train
    if data.labels is not None or not asked.isdecimal() or int(asked) <= rows:
        return []
    advice = _("{data} has {rows} training examples, and all of them are labelled")
    return [Problem("data.labels", int(asked), advice.format(data=catalogue.facts(data.name).title, rows=rows))]


def used(experiment: Experiment, names: Iterable[str]) -> set[str]:
    """Which of these settings are not at their default."""
    return {name for name in names if getattr(experiment, name) != Experiment.model_fields[name].default}


def problems(error: ValidationError) -> list[Problem]:
    """What is wrong, a sentence each: the field, the value, what would work, the nearest name."""
    return [problem(detail) for detail in error.errors(include_url=False)]


def fields(model: type[Value] = Experiment, prefix: str = "") -> dict[str, FieldInfo]:
    """Every setting by dotted name ('student.widths'), in reading order."""
    found = {}
    for name, info in model.model_fields.items():
        if isinstance(info.annotation, type) and issubclass(info.annotation, Value):
            found |= fields(info.annotation, f"{prefix}{name}.")
        else:
            found[prefix + name] = info
    return found


def choices(info: FieldInfo) -> tuple[str, ...]:
    """The names a setting may take, or nothing where it is a number."""
    if known := next((rule for rule in info.metadata if isinstance(rule, Known)), None):
        return known.names
    return tuple(option for option in get_args(info.annotation) if isinstance(option, str))


def bounds(info: FieldInfo) -> tuple[float | None, float | None]:
    """Smallest and largest value of a numeric setting."""
    limits = {name: getattr(rule, name) for rule in info.metadata for name in ("ge", "le") if hasattr(rule, name)}
    return limits.get("ge"), limits.get("le")


def flatten(value: Value) -> dict[str, Any]:
    """All settings by dotted name, in reading order."""
    flat = {}
    for name, setting in value:
        if isinstance(setting, Value):
            flat |= {f"{name}.{inner}": part for inner, part in flatten(setting).items()}
        else:
            flat[name] = setting
    return flat


def unflatten(settings: Mapping[str, Any]) -> Experiment:
    """The experiment with these settings by dotted name, the rest at their defaults. Raises ValidationError."""
    tree: dict[str, Any] = {}
    for name in sorted(settings, key=lambda name: "." not in name):  # a group's parts, before anything said of it whole
        group, _dot, inner = name.partition(".")
        default = getattr(Experiment(), group, None)
        if inner and isinstance(default, Value):
            tree.setdefault(group, default.model_dump())[inner] = settings[name]
        else:
            tree[name] = settings[name]
    return Experiment.model_validate(tree)


def written(value: Any) -> str:
    """A setting as a person writes it: 64-32, all, linear, true, 0.001."""
    if value is None:
        return "all"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return "-".join(map(str, value)) or LINEAR
    if isinstance(value, float) and float(f"{value:g}") == value:
        return f"{value:g}"
    return str(value)


def _check_classes(experiment: Experiment) -> None:
    """Refuse classes that are not there, fewer than two of them, and to shuffle a single wrong class."""
    data, classes = experiment.data_called, len(experiment.facts.classes)
    for name in ("left_out", "classes"):
        if any(number >= classes for number in getattr(experiment, name)):
            advice = N_("the classes of {data} are numbered from 0 to {last}")
            raise misfit(name, getattr(experiment, name), advice, data=data, last=classes - 1)
    if len(experiment.left_out) > classes - 2:
        advice = N_("two classes must remain, and {data} has {classes}")
        raise misfit("left_out", experiment.left_out, advice, data=data, classes=classes)
    if len(experiment.class_names) < 2:
        advice = N_("a student of one class has nothing to tell apart; choose two classes or more, or none for all")
        raise misfit("classes", experiment.classes, advice)
    if experiment.classes and experiment.left_out:
        advice = N_("the student knows the classes that were chosen, and no other; leave none out, or choose none")
        raise misfit("classes", experiment.classes, advice)
    if experiment.controls and len(experiment.class_names) == 2:
        advice = N_("with two classes only one is wrong, and there is nothing to shuffle; choose data with more")
        raise misfit("controls", True, advice)


def _check_labels(experiment: Experiment) -> None:
    """Refuse what has no meaning where labels are wrong or missing."""
    if experiment.label_noise and experiment.left_out:
        advice = N_("where labels are wrong, nobody knows which examples are of a class; choose 0, or leave out none")
        raise misfit("label_noise", experiment.label_noise, advice)
    if experiment.label_noise and experiment.classes:
        advice = N_("where labels are wrong, nobody knows which examples are of a class; choose 0, or all classes")
        raise misfit("label_noise", experiment.label_noise, advice)
    for name in ("label_noise", "unlabelled"):
        if (value := getattr(experiment, name)) and experiment.controls:
            raise misfit(name, value, N_("controls need the right label of every example; choose 0, or no controls"))


def _check_source(experiment: Experiment) -> None:
    """Refuse a teacher's data that are of no use here, and what needs the labels that the student does not have."""
    if experiment.teacher_data == "mnist_small" and experiment.data.name != "digits":
        advice = N_("MNIST is shrunk to the pictures of digits, and the data are {data}; choose digits, or same")
        raise misfit("teacher_data", experiment.teacher_data, advice, data=experiment.data_called)
    if experiment.teacher_data != "same" and not experiment.facts.is_image:
        advice = N_("only pictures can be altered so, and {data} has none; choose same, or data with pictures")
        raise misfit("teacher_data", experiment.teacher_data, advice, data=experiment.data_called)
    if experiment.inputs != "own" and experiment.controls:
        advice = N_("controls need the right label of every example; choose own, or no controls")
        raise misfit("inputs", experiment.inputs, advice)


def _check_assistant(experiment: Experiment) -> None:
    """Refuse an assistant that would have nothing to lie between, and one larger than the teacher: so memory holds as
    many of them."""
    if not experiment.assistant:
        return
    if experiment.teacher.kind != experiment.student.kind:
        advice = N_("between an MLP and a CNN there is no size; choose the same kind for teacher and student")
        raise misfit("assistant", True, advice)
    count, of_teacher = (shapes.parameters(experiment.layers(who)) for who in ("assistant", "teacher"))
    if count > of_teacher:
        advice = N_(
            "it would have {count:,} parameters, more than the teacher's {of_teacher:,}; "
            "choose a student that is smaller than the teacher"
        )
        raise misfit("assistant", True, advice, count=count, of_teacher=of_teacher)


def _check_teaching(experiment: Experiment) -> None:
    """Refuse a method that cannot teach this student, or would keep too much of the teacher in memory."""
    if experiment.method == SOFT_TARGETS:
        return
    from kdcore import guides, teaching

    method, knobs = teaching.read(experiment.method)
    if experiment.assistant and method.told(knobs) != "term":
        advice = N_("{method} says itself who teaches the student; choose another method, or no assistant")
        raise misfit("assistant", True, advice, method=method.name)
    for helpers in guides.rounds([guides.Course("distilled", experiment)]):
        count, members = shapes.parameters(experiment.layers(helpers.who)), helpers.members(experiment)
        if count * members > LARGEST_COHORT:
            raise misfit("method", experiment.method, TOO_LARGE, **_too_large(count, members))
    classes, seen = len(experiment.class_names), experiment.labels + experiment.pool
    pairs: list[tuple[Who, Who]] = [("student", "teacher")]
    if experiment.assistant:
        pairs += [("assistant", "teacher"), ("student", "assistant")]
    for learner, teacher in pairs:
        own, others = experiment.hidden(learner), experiment.hidden(teacher)
        if found := method.problem(own, others, classes, min(experiment.training.batch_size, seen), knobs):
            raise misfit("method", experiment.method, "{problem}", problem=found)
        count = sum(prod(shape) for shape in others) * seen * experiment.seeds
        if "features" in method.needed(knobs) and count > MOST_FEATURES:
            advice = N_(
                "it would keep {count:,} numbers of the hidden layers of the {who}, more than {limit:,}; "
                "choose fewer labels or seeds, or smaller layers"
            )
            raise misfit("method", experiment.method, advice, count=count, who=teacher, limit=MOST_FEATURES)
    if experiment.inputs != "own" and "labels" in method.needed(knobs):
        advice = N_("{method} asks for the label of every example; choose own, or another method")
        raise misfit("inputs", experiment.inputs, advice, method=method.name)
    if experiment.inputs != "own" and "features" in method.needed(knobs):
        advice = N_("{method} compares hidden layers, and without labels nobody would tell the classes; choose own")
        raise misfit("inputs", experiment.inputs, advice, method=method.name)
    if experiment.pool and "labels" in method.needed(knobs):
        advice = N_("{method} asks for the label of every example; choose 0, or another method")
        raise misfit("unlabelled", experiment.unlabelled, advice, method=method.name)


def _check_network(who: str, network: Network, facts: Facts, members: int) -> None:
    """Refuse a CNN without pictures or with too many layers, and a cohort too large for memory."""
    if network.kind == "cnn" and not facts.is_image:
        advice = N_("a CNN needs pictures; choose mlp, or data with pictures such as digits")
        raise misfit(f"{who}.kind", network.kind, advice)
    deepest = min(facts.shape[-2:]).bit_length() - 1  # each layer of a CNN halves the picture
    if network.kind == "cnn" and not 1 <= len(network.widths) <= deepest:
        advice = N_("a CNN on these pictures has 1 to {deepest} layers, as each halves the picture")
        raise misfit(f"{who}.widths", network.widths, advice, deepest=deepest)
    count = shapes.parameters(shapes.layers(network, facts.shape, len(facts.classes)))
    if count * members > LARGEST_COHORT:
        raise misfit(f"{who}.widths", network.widths, TOO_LARGE, **_too_large(count, members))


TOO_LARGE = N_("{members} networks of {count:,} parameters are more than {limit:,}; choose smaller or fewer seeds")


def _too_large(count: int, members: int) -> dict[str, int]:
    return {"members": members, "count": count, "limit": LARGEST_COHORT}


def misfit(field: str, value: Any, advice: str, **values: Any) -> PydanticCustomError:
    """Two settings that do not fit: an error that knows which field to mend, and how."""
    return PydanticCustomError("misfit", advice, {"field": field, "value": value, "advice": advice, **values})


def problem(detail: Mapping[str, Any]) -> Problem:
    """One pydantic error as the field, the value and the advice."""
    context = detail.get("ctx", {})
    if detail["type"] == "misfit":
        return Problem(context["field"], context["value"], _(context["advice"]).format(**context))
    if not detail["loc"]:
        value = detail["input"].decode(errors="replace") if isinstance(detail["input"], bytes) else str(detail["input"])
        return Problem("experiment", value.strip(), _('settings as JSON were expected, such as {"temperature": 2}'))
    known = fields()
    field = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        return Problem(field, detail["input"], _("there is no such setting") + nearest(field, known))
    if field not in known:  # inside a list of widths the last part of the place is a position
        field = field.rpartition(".")[0] if field.rpartition(".")[0] in known else field
    options = choices(known[field]) if field in known else ()
    return Problem(field, detail["input"], advice(known.get(field)) + nearest(detail["input"], options))


def advice(info: FieldInfo | None) -> str:
    """What a setting would take."""
    if info is None:
        return _("a group of settings was expected")
    if choices(info):
        return _("choose one of {options}").format(options=", ".join(choices(info)))
    if info.annotation in EXPECTED:
        return _(EXPECTED[info.annotation])
    low, high = bounds(info)
    number = _("a number") if info.annotation is float else _("a whole number")
    if high is None:
        return _("{number} of at least {low} was expected").format(number=number, low=written(low))
    limits = {"number": number, "low": written(low), "high": written(high)}
    return _("{number} from {low} to {high} was expected").format(**limits)


EXPECTED = {  # what a setting that is neither a number nor a choice would take
    tuple[int, ...]: N_("up to 6 widths between 1 and 2048 were expected, such as 64-32, or 'linear' for none"),
    tuple[ClassNumber, ...]: N_("numbers of classes were expected, such as 3 or 0-1, or 'none'"),
    bool: N_("true or false was expected"),
    str: N_("the name of a method was expected, such as dkd or dkd:others=4"),
}


def nearest(word: Any, known: Iterable[str]) -> str:
    """'. Did you mean ...?' where a known name is close."""
    close = difflib.get_close_matches(str(word)[:80], list(known), n=1)
    return _("; did you mean {name}?").format(name=close[0]) if close else ""
