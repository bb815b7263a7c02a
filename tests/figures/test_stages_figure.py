"""A pipeline in words and in bytes."""

import pytest

from kdcore.compression import DEFAULT, STAGES, Compression, read
from kdcore.compression import name as named
from kdcore.figures import stages
from tests.figures.compression_rows import CODED, PRUNED, rows, variant


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("", "teacher"),
        ("prune:sparsity=0.95,scope=layer,taught=true", "pruned 95 %, per layer, taught"),
        ("prune:epochs=0", "pruned 90 %, not tuned"),
        ("prune:rounds=4,rewind=start", "pruned 90 %, 4 rounds, rewound"),
        ("quantize:bits=1,epochs=1", "quantised 1 bit, 1 epoch"),
        ("quantize:bits=2,levels=ternary", "quantised 2 bits, ternary"),
        ("low_rank:keep=0.125,by=energy", "low rank 12.5 %, of the energy"),
        ("distil:widths=32-16+code:form=csr,last=plain", "student 32-16 + coded, CSR, plain"),
        ("deploy:kind=dynamic", "int8 dynamic"),
        ("prune+share+code", "pruned 90 % + shared 5 bits + coded"),
    ],
)
def test_a_pipeline_in_words(name, label):
    assert stages.label(name) == label


def test_no_two_pipelines_are_called_alike():
    """Every choice of every knob, one at a time, beside the default plane."""
    names = {named(each) for each in Compression(pipelines=DEFAULT).variants()}
    for method, stage in STAGES.items():
        for knob, field in stage.model_json_schema()["properties"].items():
            choices = field.get("enum", [])
            choices += {"integer": [3, 4], "number": [0.25, 0.75], "boolean": ["true", "false"]}.get(field["type"], [])
            more = ",sparsity=0.5" if "2:4" in choices else ""  # of which it takes no more
            names |= {named(read(f"{method}:{knob}={choice}{more}")) for choice in choices}
    assert len({stages.label(name) for name in names}) == len(names) > 60


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("", "teacher"),
        ("code", "teacher"),
        ("distil", "distilled"),
        ("distil+quantize+code", "quantised"),
        ("prune", "pruned"),
        ("low_rank", "low_rank"),
        ("prune+share+code", "shared"),
        ("deploy", "deployed"),
    ],
)
def test_a_variant_looks_like_the_last_stage_that_changed_the_network(name, role):
    assert stages.family(name) == role


def test_a_bar_for_every_stage_and_pale_what_it_took_away():
    drawn = stages.figure(rows(), CODED)
    bars = [(bar.y[0], bar.x[0], bar.base and bar.base[0]) for bar in drawn.data]
    left, taken = [(0, 10_000), (1, 10_000), (2, 3_000), (3, 1_000)], [(2, 7_000, 3_000), (3, 2_000, 1_000)]
    assert sorted(bars, key=lambda bar: bar[:2]) == sorted([*((*each, None) for each in left), *taken])
    assert drawn.layout.annotations[3].text == "<b>⬢ coded</b> 1.0 kB, 10x smaller"
    assert drawn.layout.annotations[1].text == "<b>▲ pruned 90 %</b> 10 kB, same size"


def test_a_file_that_grew_has_nothing_pale():
    drawn = stages.figure([variant(""), variant("code:form=csr", size_bytes=12_000)], "code:form=csr")
    assert [bar.x[0] for bar in drawn.data] == [10_000, 12_000]
    assert drawn.layout.xaxis.range[1] > 12_000


def test_the_reading_names_the_stage_that_saves_most():
    assert stages.reading(rows(), CODED) == "From 10 kB to 1.0 kB (10x smaller); shared 5 bits takes most away, 7.0 kB."
    assert stages.reading(rows(), PRUNED) == "From 10 kB to 10 kB (same size): no stage takes bytes away."
    assert stages.reading(rows(), "") == "The teacher's file takes 10 kB."


def test_the_table_has_every_stage():
    table = stages.table(rows(), CODED)
    assert list(table["Stage"]) == ["teacher", "pruned 90 %", "shared 5 bits", "coded"]
    assert list(table["To the teacher"]) == ["same size", "same size", "3.3x smaller", "10x smaller"]
    assert list(stages.table([variant("", seconds=0.0)], "")["Learning time"]) == ["–"]
    assert list(table["Weights not zero"]) == ["100", "10", "100", "100"]


def test_a_variant_that_is_not_finished_has_a_sentence_in_its_place():
    assert stages.figure(rows()[:2], CODED).layout.annotations[0].text == stages.reading(rows()[:2], CODED)
    assert stages.table(rows()[:2], CODED).empty
