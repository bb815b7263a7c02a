"""A compression is a value: which experiment's teacher is made smaller, and in which ways.

A way is a pipeline: stages in order. Each stage makes a variant of what it was given, and pipelines that begin alike
share the variants they have in common. In an address a pipeline is a line of text, such as
'prune:sparsity=0.9,scope=global+share:bits=5+code'.
"""

import hashlib
import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from kdcore.experiment import OF_STUDENTS, Experiment, Problem, Value, Widths, advice, misfit, problem, used, written
from kdcore.words import N_, _

RECIPE = 1  # part of every key: raise it when a change of code changes the numbers
YOUNGER = (  # settings of an experiment unknown to the first keys
    *("label_noise", "unlabelled", "assistant", "method"),
    *("teacher_data", "classes", "inputs"),
)
MOST_PIPELINES = 64


def _knob(default: Any, title: str, help: str, **limits: Any) -> Any:
    return Field(default, title=title, description=help, **limits)


def _epochs(default: int) -> Any:
    return _knob(default, N_("Epochs"), N_("How long it learns on after this step; 0 for not at all."), ge=0, le=200)


TAUGHT = (
    False,
    N_("Taught by the teacher"),
    N_("Whether it learns on from the soft labels of the uncompressed teacher, rather than from labels alone."),
)


class Distil(Value):
    """Train a smaller network from the teacher's soft labels and the labels, as the distilled lane of Distil."""

    method: Literal["distil"] = "distil"
    widths: Widths = _knob((32,), N_("Hidden layers"), N_("Units of each hidden layer."), max_length=6)
    epochs: int = _knob(60, N_("Epochs"), N_("How long the student learns."), ge=1, le=500)


class Prune(Value):
    """Set weights to zero, or remove units."""

    method: Literal["prune"] = "prune"
    sparsity: float = _knob(0.9, N_("Sparsity"), N_("Share of the weights (or units) that go."), ge=0.001, le=0.999)
    scope: Literal["layer", "global", "2:4", "units", "random"] = _knob(
        "global",
        N_("Which go"),
        N_(
            "layer: the smallest of each layer. global: the smallest of all layers together. 2:4: the two smallest of "
            "any four neighbours (sparsity 0.5). units: whole units or channels, which are cut out. "
            "random: any, for comparison."
        ),
    )
    rounds: int = _knob(1, N_("Rounds"), N_("In how many steps, each followed by learning on."), ge=1, le=20)
    epochs: int = _epochs(10)
    taught: bool = _knob(*TAUGHT)
    rewind: Literal["no", "start", "fresh"] = _knob(
        "no",
        N_("Rewind"),
        N_(
            "start: in each round the weights that stay begin again where the teacher began (the lottery ticket). "
            "fresh: the last time they begin with other random weights, for comparison."
        ),
    )

    @model_validator(mode="after")
    def _fits_together(self) -> "Prune":
        if self.scope == "2:4" and self.sparsity > 0.5:
            raise misfit("prune.sparsity", self.sparsity, N_("2:4 takes two of four; choose at most 0.5"))
        if self.scope == "units" and self.rewind != "no":
            advice = N_("units that are cut out cannot begin again; choose no, or prune weights")
            raise misfit("prune.rewind", self.rewind, advice)
        return self


class Quantize(Value):
    """Write weights with few bits. With epochs it learns on while it is rounded (quantisation-aware)."""

    method: Literal["quantize"] = "quantize"
    bits: int = _knob(8, N_("Bits"), N_("How many bits a weight takes, from 1 (two levels) to 16."), ge=1, le=16)
    levels: Literal["even", "ternary"] = _knob(
        "even", N_("Levels"), N_("even: evenly spaced, as many as the bits allow. ternary: -a, 0 and a (2 bits).")
    )
    scheme: Literal["symmetric", "affine"] = _knob(
        "symmetric",
        N_("Scheme"),
        N_("symmetric: 2^bits - 1 levels around 0. affine: 2^bits, from smallest to largest weight."),
    )
    per: Literal["tensor", "channel"] = _knob(
        "channel", N_("Scale"), N_("One scale for each layer (tensor) or for each of its outputs (channel).")
    )
    activations: bool = _knob(
        False, N_("Activations too"), N_("Whether the layers' inputs are written with 8 bits, too.")
    )
    epochs: int = _epochs(0)
    taught: bool = _knob(*TAUGHT)


class LowRank(Value):
    """Replace a layer by two thin ones: the best of their rank (singular value decomposition)."""

    method: Literal["low_rank"] = "low_rank"
    keep: float = _knob(0.25, N_("Keep"), N_("Share of the energy, or of the weights, that stays."), ge=0.01, le=1)
    by: Literal["energy", "budget"] = _knob(
        "budget", N_("Rank by"), N_("energy: of the singular values. budget: weights.")
    )
    epochs: int = _epochs(10)
    taught: bool = _knob(*TAUGHT)


class Share(Value):
    """Give the weights of a layer few values in common, found by k-means; then tune these values."""

    method: Literal["share"] = "share"
    bits: int = _knob(5, N_("Bits"), N_("A layer's weights have at most 2^bits values."), ge=1, le=8)
    epochs: int = _epochs(5)
    taught: bool = _knob(*TAUGHT)


class Code(Value):
    """Write the file with a code that takes fewer bytes; the network stays the same."""

    method: Literal["code"] = "code"
    form: Literal["dense", "csr", "index4", "index5", "index8"] = _knob(
        "index5",
        N_("Form"),
        N_("dense: every weight. csr: non-zero weights with column numbers. index: with gaps of so many bits."),
    )
    last: Literal["plain", "huffman", "zip"] = _knob(
        "huffman", N_("Then"), N_("huffman: frequent codes get fewer bits. zip: the whole file through zlib.")
    )


class Deploy(Value):
    """Turn it into int8 with ONNX Runtime, as one would to use it."""

    method: Literal["deploy"] = "deploy"
    kind: Literal["dynamic", "static"] = _knob(
        "static", N_("Kind"), N_("static: ranges of activations are measured beforehand. dynamic: while it runs.")
    )


Stage = Annotated[Distil | Prune | Quantize | LowRank | Share | Code | Deploy, Field(discriminator="method")]
Pipeline = tuple[Stage, ...]
STAGES: dict[str, type[Value]] = {
    stage.model_fields["method"].default: stage for stage in (Distil, Prune, Quantize, LowRank, Share, Code, Deploy)
}
FOLLOW = {  # what may come after what; "" is the teacher
    "": tuple(STAGES),
    "distil": ("prune", "quantize", "low_rank", "share", "code", "deploy"),
    "low_rank": ("prune", "quantize", "share", "code", "deploy"),
    "prune": ("prune", "quantize", "share", "code", "deploy"),
    "quantize": ("code",),
    "share": ("code",),
    "code": (),
    "deploy": (),
}
DEFAULT = (  # the plane that a page begins with
    *(f"prune:sparsity={share},scope={scope}" for scope in ("global", "layer") for share in ("0.8", "0.9", "0.95")),
    "prune:sparsity=0.9,epochs=0",
    "prune:sparsity=0.9,scope=random",
    "prune:sparsity=0.9,taught=true",
    "prune:sparsity=0.95,rounds=4",
    "prune:sparsity=0.5,scope=2:4",
    "prune:sparsity=0.5,scope=units",
    "prune:sparsity=0.75,scope=units",
    *(f"quantize:bits={bits}" for bits in (8, 4, 3, 2)),
    *(f"quantize:bits={bits},epochs=10" for bits in (3, 2, 1)),
    "quantize:bits=2,levels=ternary,epochs=10",
    "quantize:bits=4,per=tensor",
    "low_rank:keep=0.25",
    "low_rank:keep=0.1",
    "share:bits=4",
    "distil:widths=64",
    "distil:widths=32",
    "distil:widths=16",
    "prune:sparsity=0.9+code",
    "prune:sparsity=0.9+share:bits=5+code",
    "distil:widths=32+quantize:bits=4,epochs=10+code:form=dense",
    "deploy:kind=dynamic",
    "deploy:kind=static",
)


class Compression(Value):
    """One plane: the teachers of an experiment, and what is made of them."""

    experiment: Experiment = Experiment()
    pipelines: tuple[Pipeline, ...] = Field(default_factory=lambda: tuple(read(text) for text in DEFAULT))
    seeds: int = _knob(
        3,
        N_("Seeds"),
        N_("How many of the experiment's teachers are compressed; each gives a variant of its own."),
        ge=1,
        le=16,
    )

    @field_validator("pipelines", mode="before")
    @classmethod
    def _read_pipelines(cls, value: Any) -> Any:
        """Accept each pipeline as text, too."""
        if not isinstance(value, list | tuple):
            return value
        return tuple(read(each) if isinstance(each, str) else each for each in value)

    @field_validator("pipelines")
    @classmethod
    def _possible(cls, value: tuple[Pipeline, ...]) -> tuple[Pipeline, ...]:
        if not 1 <= len(value) <= MOST_PIPELINES:
            raise misfit("pipelines", len(value), N_("choose between 1 and {most} pipelines"), most=MOST_PIPELINES)
        for pipeline in value:
            check_order(pipeline)
        return tuple(dict.fromkeys(value))

    @model_validator(mode="after")
    def _fits_together(self) -> "Compression":
        if used(self.experiment, OF_STUDENTS):
            raise misfit(
                "experiment",
                self.experiment.key,
                N_(
                    "special classes, other inputs, methods, classes left out, controls, unlabelled examples and an "
                    "assistant concern students; compress the run without them"
                ),
            )
        if self.seeds > self.experiment.seeds:
            advice = N_("the experiment has teachers of {most} seeds; choose at most so many")
            raise misfit("seeds", self.seeds, advice, most=self.experiment.seeds)
        return self

    @property
    def key(self) -> str:
        """Sixteen hex digits that name this compression."""
        unused = set(YOUNGER) - used(self.experiment, YOUNGER)
        settings = self.model_dump(mode="json", exclude={"experiment": unused})
        text = json.dumps(["compression", RECIPE, settings], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def variants(self) -> list[Pipeline]:
        """Every variant, named by the stages that lead to it: parents before children, the teacher, (), first."""
        found: dict[Pipeline, None] = {(): None}
        for pipeline in self.pipelines:
            found |= {pipeline[:n]: None for n in range(1, len(pipeline) + 1)}
        return sorted(found, key=len)


def check_order(pipeline: Pipeline) -> None:
    """Raise pydantic's error where a stage cannot follow the one before."""
    for before, stage in pairwise((None, *pipeline)):
        method = before.method if before else ""
        if stage.method not in FOLLOW[method]:
            advice = N_("{stage} cannot follow {before}; after it may come: {options}")
            options = ", ".join(FOLLOW[method]) or _("nothing")
            raise misfit("pipeline", name(pipeline), advice, stage=stage.method, before=method, options=options)
        if stage.method == method == "prune" and before.scope != "units" and stage.sparsity <= before.sparsity:
            advice = N_("the second pruning counts from the whole; choose a sparsity above {before}")
            raise misfit("prune.sparsity", stage.sparsity, advice, before=written(before.sparsity))


def read(text: str) -> Pipeline:
    """The pipeline that a text such as 'prune:sparsity=0.9+code' describes. Raises ValidationError."""
    return _ADAPTER.validate_python(text)


def _parts(told: Any) -> Any:
    return [_told(part) for part in told.split("+")] if isinstance(told, str) else told


def _checked(pipeline: Pipeline) -> Pipeline:
    check_order(pipeline)
    return pipeline


def problems(error: ValidationError) -> list[Problem]:
    """What is wrong with a compression or a pipeline, a sentence each."""
    return [_problem(detail) for detail in error.errors(include_url=False)]


def name(pipeline: Sequence[Value]) -> str:
    """The text that `read` reads: each stage with its settings that are not the default; "" for the teacher."""
    return "+".join(_named(stage) for stage in pipeline)


_ADAPTER: TypeAdapter[Pipeline] = TypeAdapter(Annotated[Pipeline, BeforeValidator(_parts), AfterValidator(_checked)])


def _told(text: str) -> dict[str, str]:
    """The settings of a stage that is written as text. Raises pydantic's error where it is not written so."""
    method, _colon, knobs = text.strip().partition(":")
    pairs = [knob.partition("=") for knob in knobs.split(",") if knob]
    told = {knob.strip(): value.strip() for knob, _equals, value in pairs}
    if not all(equals for _knob, equals, _value in pairs) or len(told) < len(pairs):
        raise misfit("pipeline", text, N_("write each setting once, such as prune:sparsity=0.9,scope=layer"))
    return {"method": method} | told


def _named(stage: Value) -> str:
    defaults = type(stage)()
    knobs = [f"{knob}={written(value)}" for knob, value in stage if value != getattr(defaults, knob)]
    return stage.method + (":" if knobs else "") + ",".join(knobs)


def _problem(detail: dict[str, Any]) -> Problem:
    """One pydantic error as the setting, its value and what would work. What is wrong with the experiment is told as of
    any experiment."""
    if detail["type"] == "misfit" or not detail["loc"]:
        return problem(detail)
    if detail["loc"][0] == "experiment":
        return problem(detail | {"loc": detail["loc"][1:]})
    if detail["type"].startswith("union_tag"):
        told = detail["input"].get("method", "") if isinstance(detail["input"], dict) else detail["input"]
        return Problem("pipeline", told, _("choose one of {options}").format(options=", ".join(STAGES)))
    method, knob = ["", *(part for part in detail["loc"] if isinstance(part, str))][-2:]
    known = (STAGES.get(method) or Compression).model_fields
    if knob == "pipelines":
        return Problem(knob, detail["input"], _('texts were expected, such as ["prune:sparsity=0.9+code", "share"]'))
    field = f"{method}.{knob}" if method in STAGES else knob
    if detail["type"] != "extra_forbidden":
        return Problem(field, detail["input"], advice(known.get(knob)))
    options = ", ".join(each for each in known if each != "method")
    return Problem(field, detail["input"], _("there is no such setting; choose of {options}").format(options=options))
