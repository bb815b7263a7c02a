"""A compression as a value: texts, order of stages, keys, and bad input in sentences."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from kdcore import compression, order
from kdcore.compression import DEFAULT, FOLLOW, STAGES, Compression, Prune, Quantize, Share, name, read
from kdcore.experiment import Experiment


@st.composite
def pipelines(draw) -> str:
    """Methods in a possible order."""
    methods, before = [], ""
    while (options := FOLLOW[before]) and len(methods) < 5 and (not methods or draw(st.booleans())):
        before = draw(st.sampled_from([each for each in options if (each, before) != ("prune", "prune")]))
        methods.append(before)
    return "+".join(methods)


@given(pipelines())
def test_text_and_value_are_two_ways_to_write_the_same(text: str):
    assert name(read(text)) == text


@given(st.floats(0.001, 0.999), st.sampled_from(["layer", "global", "random", "units"]), st.integers(1, 16))
def test_settings_survive_the_way_through_text_and_json(sparsity: float, scope: str, bits: int):
    pipeline = (Prune(sparsity=sparsity, scope=scope, taught=True), Quantize(bits=bits, scheme="affine"))
    assert read(name(pipeline)) == pipeline
    told = Compression(pipelines=(pipeline,))
    assert order.read(json.loads(told.model_dump_json())) == told


def test_settings_of_the_default_are_not_written():
    assert name((Prune(), Share(bits=4))) == "prune+share:bits=4"


def test_variants_are_named_once_and_parents_come_first():
    plane = Compression(pipelines=("prune+share+code", "prune+share", "quantize"))
    assert [name(variant) for variant in plane.variants()] == [
        "",
        "prune",
        "quantize",
        "prune+share",
        "prune+share+code",
    ]


def test_the_default_plane_has_some_thirty_variants_of_every_method():
    variants = Compression().variants()
    assert 30 <= len(variants) <= 40
    assert {variant[-1].method for variant in variants if variant} == set(STAGES)


def test_settings_that_came_later_leave_the_keys_of_before_as_they_were():
    assert Compression().key == "f2e1fa2633106420"
    assert Compression(experiment=Experiment(label_noise=0.1)).key != Compression().key


def test_equal_compressions_have_equal_keys_and_others_do_not():
    keys = {Compression().key, Compression(seeds=2).key, Compression(pipelines=DEFAULT[:1]).key, Experiment().key}
    assert len(keys) == 4
    assert Compression(pipelines=("prune:sparsity=0.9",)).key == Compression(pipelines=("prune",)).key
    assert len(Compression().key) == 16


def test_an_order_is_an_experiment_or_a_compression():
    assert order.read(Experiment(seeds=2).model_dump(mode="json")) == Experiment(seeds=2)
    assert order.read(Compression(seeds=2).model_dump(mode="json")) == Compression(seeds=2)


@pytest.mark.parametrize(
    ("pipeline", "sentence"),
    [
        ("prune:sparsity=0", "prune.sparsity is 0: a number from 0.001 to 0.999 was expected"),
        ("prune:sparsity=1", "prune.sparsity is 1: a number from 0.001 to 0.999 was expected"),
        ("prune:sparsity=nan", "prune.sparsity is nan: a number from 0.001 to 0.999 was expected"),
        ("quantize:bits=0", "quantize.bits is 0: a whole number from 1 to 16 was expected"),
        ("quantize:bits=17", "quantize.bits is 17: a whole number from 1 to 16 was expected"),
        ("share:bits=9", "share.bits is 9: a whole number from 1 to 8 was expected"),
        ("low_rank:keep=2", "low_rank.keep is 2: a number from 0.01 to 1 was expected"),
        ("code+share", "pipeline is code+share: share cannot follow code; after it may come: nothing"),
        ("quantize+prune", "pipeline is quantize+prune: prune cannot follow quantize; after it may come: code"),
        ("prune+distil", "prune+distil: distil cannot follow prune"),
        ("shrink", "pipeline is shrink: choose one of distil, prune, quantize, low_rank, share, code, deploy"),
        ("", "choose one of distil, prune"),
        ("prune:much=1", "prune.much is 1: there is no such setting; choose of sparsity, scope"),
        ("prune:scope=all", "prune.scope is all: choose one of layer, global, 2:4, units, random"),
        ("prune:scope=2:4,sparsity=0.6", "prune.sparsity is 0.6: 2:4 takes two of four; choose at most 0.5"),
        ("prune:scope=units,rewind=start", "prune.rewind is start: units that are cut out cannot begin again"),
        ("prune+prune:sparsity=0.5", "prune.sparsity is 0.5: the second pruning counts from the whole; choose a"),
        ("prune:sparsity=0.9,sparsity=0.5", "prune:sparsity=0.9,sparsity=0.5: write each setting once"),
        ("distil:widths=32,16", "pipeline is distil:widths=32,16: write each setting once"),
        ("distil:widths=0", "distil.widths is 0: up to 6 widths between 1 and 2048 were expected"),
    ],
)
def test_an_impossible_pipeline_is_refused_in_a_sentence(pipeline: str, sentence: str):
    with pytest.raises(ValidationError) as caught:
        read(pipeline)
    (problem,) = compression.problems(caught.value)
    assert sentence in str(problem)
    with pytest.raises(ValidationError) as caught:
        Compression(pipelines=(pipeline,))
    (problem,) = order.problems(caught.value)
    assert sentence in str(problem)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"seeds": 9}, "seeds is 9: the experiment has teachers of 8 seeds; choose at most so many"),
        ({"seeds": 0}, "seeds is 0: a whole number from 1 to 16 was expected"),
        ({"pipelines": ()}, "pipelines is 0: choose between 1 and 64 pipelines"),
        (
            {"pipelines": [f"prune:sparsity={n / 100}" for n in range(1, 70)]},
            "pipelines is 69: choose between 1 and 64",
        ),
        ({"experiment": Experiment(controls=True)}, "classes left out, controls, unlabelled examples and an assistant"),
        ({"experiment": Experiment(unlabelled=9)}, "concern students; compress the run without them"),
        ({"experiment": Experiment(assistant=True)}, "concern students; compress the run without them"),
        ({"pipeline": "prune"}, "there is no such setting; choose of experiment, pipelines, seeds"),
        ({"pipelines": "prune"}, 'pipelines is prune: texts were expected, such as ["prune:'),
        ({"pipelines": 3}, "pipelines is 3: texts were expected"),
        ({"pipelines": [3]}, "pipelines is 3: texts were expected"),
        ({"experiment": {"data": {"name": "mooons"}}}, "data.name is mooons: choose one of digits, moons"),
        ({"experiment": 3}, "experiment is 3: settings as JSON were expected"),
    ],
)
def test_an_impossible_compression_is_refused_in_a_sentence(settings: dict, sentence: str):
    with pytest.raises(ValidationError) as caught:
        Compression(**settings)
    (problem,) = order.problems(caught.value)
    assert sentence in str(problem)


@pytest.mark.parametrize("text", ["x", "[]", "3"])
def test_what_are_no_settings_is_refused_in_a_sentence(text: str):
    with pytest.raises(ValidationError) as caught:
        Compression.model_validate_json(text)
    (problem,) = order.problems(caught.value)
    assert str(problem).startswith(f"experiment is {text}: settings as JSON were expected")
