"""Which weights are left, cell by cell."""

import numpy as np
import pytest

from kdcore.figures import sparsity

SMALL = {"1.weight": np.array([[0.0, 2.0, 0.0], [0.0, 0.0, -1.0]], np.float32), "1.bias": np.zeros(2, np.float32)}


def shares(heat_map):
    """In per cent."""
    return np.array(heat_map.customdata)[..., 1].astype(float)


def test_a_small_layer_is_shown_weight_by_weight():
    (heat_map,) = sparsity.figure(SMALL).data
    assert shares(heat_map).tolist() == [[0, 100, 0], [0, 0, 100]]
    assert list(heat_map.x) == [-0.5, 0.5, 1.5, 2.5]
    assert heat_map.customdata[1][2][0] == "output 1, input 2"


def test_a_large_layer_is_shown_in_cells_with_the_share_that_is_left():
    layer = np.zeros((128, 200), np.float32)
    layer[0, 0] = 1
    layer[126:, 197:] = 1
    (heat_map,) = sparsity.figure({"1.weight": layer}).data
    cells = shares(heat_map)
    assert cells.shape == (64, 64)
    assert cells[0, 0] == pytest.approx(100 / 6)  # one of 2 x 3
    assert cells[-1, -1] == pytest.approx(75)  # 3 of 4 inputs, 196 to 199
    assert cells.sum() == pytest.approx(100 / 6 + 75)
    assert heat_map.customdata[-1][-1][0] == "output 126 to 127, input 196 to 199"


def test_cells_hold_every_weight_once():
    layer = np.random.default_rng(0).normal(size=(100, 1000)) > 1
    edges = sparsity._layer(layer)
    sizes = np.outer(np.diff(edges.outputs), np.diff(edges.inputs))
    assert sizes.sum() == layer.size
    assert (edges.shares * sizes).sum() == pytest.approx(layer.sum())


def test_colour_goes_by_the_root():
    layer = np.zeros((1, 6400), np.float32)
    layer[0, 0] = 1
    drawn = sparsity.figure({"1.weight": layer})
    assert drawn.data[0].z[0][0] == pytest.approx(1)  # one of a hundred: a tenth of the scale
    assert drawn.layout.coloraxis.cmax == 10
    assert dict(zip(drawn.layout.coloraxis.colorbar.ticktext, drawn.layout.coloraxis.colorbar.tickvals, strict=True))[
        "100"
    ] == pytest.approx(10)


def test_a_convolution_is_seen_with_its_filters_in_a_row():
    drawn = sparsity.figure({"0.weight": np.ones((4, 2, 3, 3), np.float32)})
    assert shares(drawn.data[0]).shape == (4, 18)
    assert drawn.layout.annotations[0].text == "<b>layer 1</b><br>4 x 18, 100.0 % not zero"


def test_the_reading_and_the_table_count_what_is_left():
    assert sparsity.reading(SMALL) == "Not zero: layer 1 33.3 %."
    (line,) = sparsity.table(SMALL).to_dict("records")
    assert (line["Not zero"], line["Silent outputs"], line["Silent inputs"]) == (2, 0, 1)
