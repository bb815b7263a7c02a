"""A soft tree drawn: filters in their places, the way of an example, what the ends say."""

import json
import re

import numpy as np
import pytest

from kdcore.figures import soft_tree, theme, tree_path


def tree(depth, leaves, filters, arrive, paths):
    return {"depth": depth, "leaves": leaves, "filters": filters, "arrive": arrive, "paths": paths}


@pytest.fixture
def data():
    """A tree of two levels for pictures of 1 x 2 pixels. The example goes right, then left, to leaf 2."""
    turns = [{"node": 0, "goes": "right", "share": 0.75}, {"node": 2, "goes": "left", "share": 0.8}]
    path = {"turns": turns, "leaf": 2, "arrives": 0.6, "mixture": [0.3, 0.3, 0.4]}
    leaves = [[0.9, 0.1, 0.0], [0.0, 0.9, 0.1], [0.1, 0.25, 0.65], [0.8, 0.1, 0.1]]
    filters = {"0": [2.0, -4.0], "1": [0.0, 0.0], "2": [0.1, 0.0]}
    own = tree(2, leaves, filters, [0.5, 0.0, 0.3, 0.2], [path])
    examples = [{"index": 17, "label": 2, "x": [0.0, 1.0]}]
    return {"classes": ["a", "b", "c"], "shape": [1, 1, 2], "examples": examples, "distilled": own, "labels": own}


def pictures(drawn):
    return [trace for trace in drawn.data if trace.type == "heatmap"]


def links(trace):
    """From where to where the lines go, across."""
    x = [place for place in trace.x if place is not None]
    return list(zip(x[::2], x[1::2], strict=True))


def test_filters_stand_in_their_places_each_on_a_scale_of_its_own(data):
    root, left, right = pictures(soft_tree.figure(data, "distilled"))
    assert [each.x0 + each.dx / 2 for each in (root, left, right)] == pytest.approx([1, 0.5, 1.5])
    assert root.y0 > left.y0 == right.y0
    assert np.array(root.z).tolist() == [[0.5, -1]]
    assert np.array(left.z).tolist() == [[0, 0]]
    assert np.array(right.z).tolist() == [[1, 0]]


def test_a_picture_is_drawn_from_its_first_row_down(data):
    data["shape"] = [1, 2, 1]
    root = pictures(soft_tree.figure(data, "distilled"))[0]
    assert np.array(root.z).tolist() == [[0.5], [-1]]
    assert root.dy < 0
    assert root.y0 + root.dy / 2 == pytest.approx(0)


def test_the_way_of_an_example_is_drawn_strong(data):
    others, way = soft_tree.figure(data, "distilled", 0).data[:2]
    assert links(way) == [(1, 1.5), (1.5, 1.25)]
    assert len(links(others)) == 4
    assert way.line.color == theme.ROLES["distilled"].colour.light
    assert links(soft_tree.figure(data, "labels").data[1]) == []


def test_ends_name_what_most_examples_there_are_taken_for(data):
    assert [each.text for each in soft_tree.figure(data, "distilled").layout.annotations] == ["a", "", "c/b", "a"]
    data["classes"] = ["low", "high", "wide"]
    drawn = soft_tree.figure(data, "distilled").layout.annotations
    assert [each.text for each in drawn] == ["low", "", "wide<br>high", "low"], "words stand one under the other"
    data["classes"] = ["a name", "that is", "far too long to be written"]
    assert not soft_tree.figure(data, "distilled").layout.annotations


def test_hover_tells_what_a_node_does_with_all_examples(data):
    root, left, right = (each.hovertemplate for each in pictures(soft_tree.figure(data, "distilled")))
    assert root.startswith("node 0: 100.0 % of all examples arrive, 50.0 % of these go right<br>left: a; right: c/a")
    assert "0.0 % of these go right" in left
    assert "node 2: 50.0 % of all examples arrive, 40.0 % of these go right" in right


def test_only_the_first_levels_are_drawn_of_a_deep_tree(data):
    leaves = np.eye(3)[np.arange(64) % 3].tolist()
    filters = {str(node): [1.0, 0.0] for node in (*range(15), 15, 31)}
    turns = [{"node": node, "goes": "left", "share": 0.9} for node in (0, 1, 3, 7, 15, 31)]
    path = {"turns": turns, "leaf": 0, "arrives": 0.9**6, "mixture": [1, 0, 0]}
    data["labels"] = tree(6, leaves, filters, [1 / 64] * 64, [path])
    drawn = soft_tree.figure(data, "labels", 0)
    assert len(pictures(drawn)) == 15
    assert len(links(drawn.data[1])) == 4  # down to the node whose filter is not drawn
    assert len(pictures(tree_path.figure(data, "labels", 0))) == 1 + 6


def test_the_reading_tells_how_the_root_parts_the_classes(data):
    assert soft_tree.reading(data, "distilled") == (
        "Of 4 leaves 3 are reached by at least 1.0 % of the validation examples. The root sends 50.0 % of all right. "
        "Mostly left are: a; mostly right: b, c."
    )


def test_the_table_has_every_leaf(data):
    table = soft_tree.table(data, "distilled")
    assert list(table["Arrives"]) == [0.5, 0.0, 0.3, 0.2]
    assert list(table["Probability of c"]) == [0.0, 0.1, 0.65, 0.1]


def test_a_path_shows_the_example_its_nodes_and_its_leaf(data):
    drawn = tree_path.figure(data, "distilled", 0)
    assert [np.array(each.z).tolist() for each in pictures(drawn)] == [[[0, 1]], [[0.5, -1]], [[1, 0]]]
    assert list(drawn.data[-1].y) == pytest.approx([10, 25, 65])
    titles = [each.text for each in drawn.layout.annotations]
    assert titles[1:] == ["<b>node 0</b> 75.0 % right", "<b>node 2</b> 80.0 % left", "<b>leaf 2</b> (%)"]


def test_the_numbers_of_a_point_are_written_and_those_of_a_picture_are_not(data):
    assert {each.texttemplate for each in pictures(tree_path.figure(data, "labels", 0))} == {"%{z:.2f}"}
    data["examples"][0]["x"], data["shape"] = [0.0] * 9, [1, 3, 3]
    for arm in soft_tree.WHOSE:
        data[arm]["filters"] = {node: [0.5] * 9 for node in data[arm]["filters"]}
    assert {each.texttemplate for each in pictures(tree_path.figure(data, "labels", 0))} == {None}


def test_a_path_is_told_in_words_and_numbers(data):
    assert tree_path.reading(data, "distilled", 0) == (
        "60.0 % of this example of class c arrives at leaf 2, which says c (65.0 %). All leaves together, each as much "
        "as arrives there, say c (40.0 %)."
    )
    assert list(tree_path.table(data, "distilled", 0)["So far"]) == pytest.approx([0.75, 0.6])


def test_every_colour_has_a_dark_counterpart(data):
    drawn = [soft_tree.figure(data, arm, 0) for arm in soft_tree.WHOSE] + [tree_path.figure(data, "labels", 0)]
    for figure in drawn:
        found = set(re.findall(r'"(#[0-9A-Fa-f]{6}|rgba?\([^"]*\))"', json.dumps(figure.to_plotly_json(), default=str)))
        assert found - {"rgba(0, 0, 0, 0)"} <= theme.DARK.keys()


def test_filters_of_a_table_name_its_columns(data):
    assert "length" not in soft_tree.reading(data, "distilled")
    data |= {"shape": [2], "columns": ("length", "width")}
    root = pictures(soft_tree.figure(data, "distilled"))[0]
    assert np.array(root.text).tolist() == [["length", "width"]]
    assert root.hovertemplate.startswith("%{text}: %{z:.2f}<br>node 0")
    told = "The root weighs most: width -4.00, length +2.00. A filter shows, from left to right: length, width."
    assert soft_tree.reading(data, "distilled").endswith(told)
    example, *filters = pictures(tree_path.figure(data, "distilled", 0))
    assert {each.hovertemplate for each in (example, *filters)} == {"%{text}: %{z:.2f}<extra></extra>"}
    weighed = ["width -4.00, length +2.00", "length +0.10, width +0.00"]
    assert list(tree_path.table(data, "distilled", 0)["Weighs most"]) == weighed
