"""Where each byte of a file goes."""

from kdcore.compress.account import PARTS
from kdcore.figures import files
from tests.figures.compression_rows import CODED, PRUNED, rows, variant


def test_bars_are_bytes_by_part_for_each_way():
    drawn = files.figure(rows(), CODED)
    assert {bar.name: list(bar.x) for bar in drawn.data} == {
        "header": [100, 0, 50],
        "biases": [100, 0, 100],
        "weights": [9_800, 0, 450],
        "places of weights": [0, 0, 300],
        "filler zeros": [0, 0, 100],
        "all in one, zipped": [0, 5_000, 0],
    }
    assert drawn.layout.barmode == "stack"
    assert drawn.layout.xaxis.range[0] == 0


def test_each_bar_is_named_with_its_bytes():
    assert [each.text for each in files.figure(rows(), CODED).layout.annotations] == [
        "<b>float32 (safetensors)</b> 10 kB",
        "<b>float32 (safetensors), zip</b> 5.0 kB, 2x smaller",
        "<b>codes, 5-bit gaps</b> 1.0 kB, 10x smaller",
    ]


def test_every_part_has_a_colour_of_its_own():
    assert files.COLOURS.keys() == PARTS.keys()
    assert len(set(files.COLOURS.values())) == len(PARTS)


def test_the_reading_names_the_smallest_way_and_what_fills_it():
    assert files.reading(rows(), CODED) == (
        "float32 (safetensors) takes 10 kB; the smallest way is codes, 5-bit gaps with 1.0 kB (10x smaller), of which "
        "45.0 % are weights."
    )


def test_what_is_zipped_is_not_told_apart():
    zipped = variant("quantize", ways={"safetensors": {"values": 9_000}, "safetensors+zip": {"zipped": 3_000}})
    assert files.reading([*rows(), zipped], "quantize").endswith("float32 (safetensors), zip with 3.0 kB (3x smaller).")


def test_the_table_has_all_parts():
    table = files.table(rows(), CODED)
    assert list(table["Bytes"]) == [10_000, 5_000, 1_000]
    assert list(table["filler zeros"]) == [0, 0, 100]


def test_without_ways_a_sentence_says_why():
    unfinished, deployed = rows()[:2], [*rows(), variant("deploy")]
    assert files.reading(unfinished, PRUNED) == "This is drawn when the variant is finished."
    assert "an ONNX file" in files.reading(deployed, "deploy")
    for made, name in ((unfinished, PRUNED), (deployed, "deploy")):
        assert files.figure(made, name).layout.annotations[0].text == files.reading(made, name)
        assert files.table(made, name).empty
