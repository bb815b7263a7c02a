"""All networks on one plane: who shares the line, what is marked, pinned, left out and told."""

import re
from itertools import pairwise

import pytest

from kdcore.experiment import flatten, unflatten
from kdcore.figures import pareto, theme
from kdcore.figures.entries import Entry


def entry(name, cost, accuracy, kind="experiment", role="distilled", machine="here", latency=True, **settings):
    costs = {"size_bytes": (cost, cost, cost), "flops": (2 * cost, 2 * cost, 2 * cost)}
    costs |= {"latency_ms": (cost / 100, cost / 200, cost / 50)} if latency else {}
    own = flatten(unflatten(settings))
    return Entry("0123456789abcdef", kind, name, role, own, (accuracy - 0.01, accuracy + 0.01), costs, machine)


def few():
    return (
        entry("teacher", 1000, 0.97, role="teacher"),
        entry("small", 100, 0.965),
        entry("poor", 500, 0.90, role="scratch"),
        entry("split", 50, 0.99, **{"data.seed": 1}),
        entry("1,2|distilled", 80, 0.95, kind="sweep", latency=False, temperature=1),
    )


def traces(drawn):
    return [trace for trace in drawn.data if trace.customdata is not None]


def symbols(drawn):
    pairs = [(trace.customdata, trace.marker.symbol) for trace in traces(drawn)]
    return {id.partition(":")[2]: symbol for ids, symbols in pairs for id, symbol in zip(ids, symbols, strict=True)}


def names(ids):
    return [id.partition(":")[2] for id in ids]


def test_only_those_that_have_seen_the_same_share_the_line_and_others_are_hollow():
    assert names(pareto.best(few(), "size_bytes")) == ["1,2|distilled", "small", "teacher"]
    drawn = pareto.figure(few())
    assert [name for name, symbol in symbols(drawn).items() if symbol.endswith("-open")] == ["split"]
    line = next(trace for trace in drawn.data if trace.line.shape == "hv")
    assert line.x[:3] == (80, 100, 1000)
    assert "hollow: other labels or split" in [each.text for each in drawn.layout.annotations]


def test_points_of_sweeps_are_small_and_under_the_others():
    sizes = [(trace.marker.size, len(trace.customdata)) for trace in traces(pareto.figure(few()))]
    assert sizes[0] == (pareto.SMALL, 1)
    assert {size for size, _count in sizes[1:]} == {pareto.MARKER}


def test_the_best_and_the_pinned_have_their_intervals():
    pins = [(few()[2].id, "")]
    bars = next(trace for trace in pareto.figure(few(), pins=pins).data if trace.error_y.array is not None)
    assert bars.x == (80, 100, 1000, 500)


def test_a_pin_is_a_ring_and_a_label_that_is_no_markup():
    pins = [(few()[1].id, "<b>mine</b> & <a href='x'>"), (few()[2].id, ""), ("0123456789abcdef:gone", "gone")]
    drawn = pareto.figure(few(), pins=pins)
    labels = [each.text for each in drawn.layout.annotations if each.showarrow]
    assert labels == ["&lt;b&gt;mine&lt;/b&gt; &amp; &lt;a href=&#x27;x&#x27;&gt;", "from labels 64"]
    rings = [trace for trace in drawn.data if trace.marker.symbol == "circle-open"]
    assert [ring.x for ring in rings] == [(100,), (500,)]


def test_every_pin_has_its_label_however_crowded_it_is():
    crowd = tuple(entry(str(i), 100 + i % 40, 0.5 + i / 2000) for i in range(800))
    drawn = pareto.figure(crowd, pins=[(each.id, "") for each in crowd[400:412]])
    assert [each.visible for each in drawn.layout.annotations if each.showarrow] == [True] * 12


def test_a_click_finds_what_is_drawn_there():
    drawn = pareto.figure(few())
    for trace in traces(drawn):
        for id, x, y in zip(trace.customdata, trace.x, trace.y, strict=True):
            assert pareto.clicked(few(), "size_bytes", (), x, y) == id
    assert pareto.clicked((), "size_bytes", (), 1, 1) is None


def test_the_reading_names_the_best_and_what_to_beware_of():
    reading = pareto.reading(few())
    assert reading.startswith(
        "Of 5 networks 3 are the best for their cost (the line). The most accurate is teacher 256-256: "
    )
    assert "The cheapest within a point of it is distilled 64: 96.5 % (83.8 to 100), 100 B." in reading
    assert "1 is hollow: it saw other labels or another split" in reading
    assert "A sweep writes no files: 4 bytes are counted for each parameter." in reading


def test_what_has_no_latency_is_not_on_the_plane_of_latency_and_that_is_told():
    assert "1,2|distilled" not in symbols(pareto.figure(few(), "latency_ms"))
    reading = pareto.reading(few(), "latency_ms")
    assert "1 network of sweeps is not here" in reading
    assert "measured in" not in reading
    other = (*few(), entry("there", 70, 0.8, machine="elsewhere"))
    assert "Latency was measured in 2 ways" in pareto.reading(other, "latency_ms")
    alone = few()[-1:]
    assert pareto.figure(alone, "latency_ms").layout.annotations[0].text == pareto.reading(alone, "latency_ms")


def test_without_any_network_it_says_so():
    assert pareto.figure(()).layout.annotations[0].text == "No network that was measured is as asked for."
    assert pareto.table(()).empty


def test_more_than_can_be_drawn_are_thinned_but_for_the_best_and_the_pinned(monkeypatch):
    monkeypatch.setattr(pareto, "MOST", 10)
    cells = [entry(f"{i}|distilled", 100 + i, 0.5 + i / 100, "sweep", latency=False) for i in range(30)]
    lanes = [entry(f"lane{i}", 200 + i, 0.6) for i in range(8)]
    drawn = pareto.figure((*cells, *lanes), pins=[(cells[3].id, "")])
    assert sum(len(trace.x) for trace in traces(drawn)) == 10
    assert "3|distilled" in symbols(drawn)
    assert "Of these 10 are drawn" in pareto.reading((*cells, *lanes))


def test_the_table_has_the_best_and_then_the_pinned_and_the_file_has_all():
    table = pareto.table(few(), pins=[(few()[2].id, "")])
    assert list(table["Best for its cost"]) == ["●", "●", "●", ""]
    assert list(table["Pinned"]) == ["", "", "", "●"]
    assert list(table["Latency"]) == ["–", "1.0 ms", "10 ms", "5.0 ms"]
    frame = pareto.frame(few())
    assert list(frame["name"]) == [each.name for each in few()]
    assert (frame["latency_ms"].isna().sum(), frame["data.seed"].tolist()) == (1, ["0", "0", "0", "1", "0"])
    assert frame.loc[0, ["low", "high"]].tolist() == pytest.approx([0.8429, 1.0971], abs=1e-3)


def test_the_key_names_the_roles_that_are_there_in_lines_that_fit():
    drawn = pareto.figure(few())
    key = [each for each in drawn.layout.annotations if not each.showarrow]
    assert [each.text for each in key[:3]] == [
        f"{theme.ROLES[role].glyph} {theme.ROLES[role].label}" for role in ("teacher", "scratch", "distilled")
    ]
    assert all(one.xshift < other.xshift or one.yshift > other.yshift for one, other in pairwise(key))


def test_every_colour_has_a_dark_counterpart():
    told = pareto.figure(few(), pins=[(few()[1].id, "")]).to_json()
    found = set(re.findall(r'"(#[0-9A-Fa-f]{6}|rgba?\([^"]*\))"', told))
    assert found - {"rgba(0, 0, 0, 0)"} <= theme.DARK.keys()
