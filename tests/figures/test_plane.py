"""Accuracy against cost: what is best for its cost, what was made from what, and what was clicked."""

import json
import re
from math import log10

import pytest

from kdcore.compression import DEFAULT, Compression
from kdcore.compression import name as named
from kdcore.figures import changed, files, plane, scatter, sensitivity, sparsity, stages, theme, weights
from kdcore.figures.points import AGAINST, pareto
from tests.figures.compression_rows import CODED, PRUNED, SHARED, rows, started, variant
from tests.figures.test_weights import AFTER, BEFORE


def markers(drawn):
    """Every point of the plane by the variant's name: cost and errors in per cent."""
    traces = [trace for trace in drawn.data if trace.customdata is not None]
    return {name: (x, y) for trace in traces for name, x, y in zip(trace.customdata, trace.x, trace.y, strict=True)}


def labels(drawn):
    return [each.text for each in drawn.layout.annotations if each.showarrow and each.visible]


def overlaps(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def default_rows():
    """The default plane, as crowded as can be: all near the teacher, one size an octave below the next."""
    names = [named(each) for each in Compression(pipelines=DEFAULT).variants()]
    made = [variant(name, (0.97 - i / 900, 0.98 - i / 900), 80_000 // (1 + i)) for i, name in enumerate(names)]
    return [started(names), *made]


def test_a_point_is_its_mean_cost_and_its_errors():
    assert markers(plane.figure(rows()))[PRUNED] == pytest.approx((10_000, 5.5))
    assert markers(plane.figure(rows(), "flops"))[PRUNED] == pytest.approx((200, 5.5))
    assert markers(plane.figure(rows(), "nonzero"))[PRUNED] == pytest.approx((10, 5.5))


def test_of_times_the_median_is_drawn_with_the_spread_of_its_repetitions():
    drawn = plane.figure(rows(), "latency_ms")
    assert markers(drawn)[PRUNED][0] == 0.02
    (pruned,) = (trace for trace in drawn.data if trace.name == "pruned")
    assert (pruned.error_x.array[0], pruned.error_x.arrayminus[0]) == pytest.approx((0.04, 0.01))
    assert "20 µs (10 µs to 60 µs)" in pruned.hovertext[0]


def test_bars_are_intervals_as_far_as_there_are_errors():
    (pruned,) = (trace for trace in plane.figure(rows()).data if trace.name == "pruned")
    assert pruned.error_y.array[0] == pytest.approx(6.35, abs=0.01)  # 94.5 ±6.4 % of two seeds
    assert 0 < pruned.y[0] - pruned.error_y.arrayminus[0] < 5.5


def test_the_subtitle_tells_bars_upwards_from_bars_sideways():
    assert "mean, 95 % interval; sideways: smallest to largest<br>" in plane.figure(rows()).layout.title.text
    alike = [started(), variant("")]
    assert "mean, 95 % interval<br>" in plane.figure(alike, "flops").layout.title.text
    one_seed = [started(), variant("", (0.9,))]
    assert "one seed<br>" in plane.figure(one_seed, "flops").layout.title.text


def test_upwards_are_fewer_errors_and_the_ticks_tell_the_accuracy():
    axis = plane.figure(rows()).layout.yaxis
    assert axis.range[0] > axis.range[1]
    assert dict(zip(axis.tickvals, axis.ticktext, strict=True))[10.0] == "90"


def test_the_line_is_what_nothing_beats_in_both():
    best = pareto(plane.points(rows(), "size_bytes"))
    assert [point.name for point in best] == [CODED, ""]
    line = next(trace for trace in plane.figure(rows()).data if trace.line.shape == "hv")
    assert line.x[:2] == (1_000, 10_000)


def test_arrows_lead_from_what_a_variant_was_made_from():
    others, chosen = plane.figure(rows(), chosen=SHARED).data[:2]
    assert chosen.x == (10_000, 10_000, None, 10_000, 3_000, None)
    assert others.x == (10_000, 2_000, None, 3_000, 1_000, None)


def test_the_chosen_one_has_a_ring():
    ring = plane.figure(rows(), chosen=SHARED).data[-1]
    assert (ring.x[0], ring.y[0]) == pytest.approx((3_000, 6))
    assert ring.marker.symbol == "circle-open"


def test_only_the_best_and_the_chosen_one_have_labels():
    assert labels(plane.figure(rows())) == ["pruned 90 %<br>+ shared 5 bits<br>+ coded", "teacher"]
    assert labels(plane.figure(rows(), chosen=SHARED))[0] == "pruned 90 %<br>+ shared 5 bits"


@pytest.mark.parametrize("size", [scatter.DESK, scatter.PHONE])
def test_labels_hide_neither_each_other_nor_a_point(size):
    """The placing is told widths between which the figure is drawn; boxes are made anew here from its pixels."""
    drawn = plane.figure(default_rows())
    phone, points = drawn.layout.meta["phone"] if size is scatter.PHONE else {}, markers(drawn).values()
    (left, right), (bottom, top) = drawn.layout.xaxis.range, drawn.layout.yaxis.range
    for width in size.widths:
        spots = [((log10(x) - left) / (right - left), (log10(y) - top) / (bottom - top)) for x, y in points]
        spots = [(x * width, y * size.height) for x, y in spots]
        boxes = []
        for i, label in enumerate(drawn.layout.annotations):
            told = label.to_plotly_json() | {key: phone.get(f"annotations.{i}.{key}", label[key]) for key in PLACE}
            if not told.get("showarrow") or not told["visible"]:
                continue
            x = (label.x - left) / (right - left) * width + told["ax"]
            y = (label.y - top) / (bottom - top) * size.height + told["ay"]
            lines = label.text.split("<br>")
            long, high = 6 * max(map(len, lines)), 14 * len(lines)
            x -= long if told["xanchor"] == "right" else 0
            boxes.append((x, y - high / 2, x + long, y + high / 2))
        assert len(boxes) >= 3
        assert not [1 for i, one in enumerate(boxes) for other in boxes[:i] if overlaps(one, other)]
        assert not [1 for box in boxes for x, y in spots if overlaps(box, (x - 5, y - 5, x + 5, y + 5))]
        assert all(box[0] >= 0 and box[2] <= width and box[1] >= 0 for box in boxes)


PLACE = ("ax", "ay", "xanchor", "visible")


def test_a_coded_file_is_hollow_and_of_the_family_of_its_network():
    (shared,) = (trace for trace in plane.figure(rows()).data if trace.name == "shared")
    assert dict(zip(shared.customdata, shared.marker.symbol, strict=True)) == {SHARED: "hexagon", CODED: "hexagon-open"}


def test_a_click_finds_the_variant_that_is_there():
    for against in AGAINST:
        for name, (x, y) in markers(plane.figure(rows(), against)).items():
            found = plane.nearest(rows(), against, x, y)
            assert markers(plane.figure(rows(), against))[found] == (x, y), name
    assert plane.nearest(rows(), "size_bytes", 1_100, 5.6) == CODED
    assert plane.nearest([], "size_bytes", 1, 1) is None


def test_of_several_at_one_place_a_click_finds_the_one_on_top():
    made = [variant("quantize"), variant(PRUNED), variant("prune:epochs=0"), variant("")]
    assert plane.nearest(made, "flops", 200, 9) == "quantize"  # its family is drawn last
    assert plane.nearest(made[1:], "flops", 200, 9) == "prune:epochs=0"


def test_without_errors_a_variant_is_above_all_others():
    perfect = [variant("", (1.0, 1.0)), variant(PRUNED, (0.99, 0.99))]
    drawn = plane.figure(perfect)
    points = markers(drawn)
    assert 10 ** drawn.layout.yaxis.range[1] < points[""][1] < 0.5 < points[PRUNED][1] == pytest.approx(1)
    assert plane.nearest(perfect, "size_bytes", *points[""]) == ""


def test_chance_and_no_weights_at_all_are_drawn():
    drawn = plane.figure([variant("", (0.9, 0.9)), variant(PRUNED, (0.0, 0.0), nonzero=[0, 0])], "nonzero")
    assert markers(drawn)[PRUNED] == (1, 100)
    assert 10 ** drawn.layout.yaxis.range[0] >= 100


def test_it_fills_in_without_a_jump():
    begun = [plane.figure(rows()[:n]) for n in range(1, 7)]
    assert len({drawn.layout.height for drawn in begun}) == 1
    assert len({drawn.layout.meta["phone"]["height"] for drawn in begun}) == 1
    assert [len(markers(drawn)) for drawn in begun] == [0, 1, 2, 3, 4, 5]
    assert begun[0].layout.annotations[0].text == plane.reading(rows()[:1])
    assert "quantised" in " ".join(each.text for each in begun[0].layout.annotations)


def test_an_earlier_attempt_is_forgotten():
    assert list(markers(plane.figure([*rows(), started(), variant("")]))) == [""]


@pytest.mark.parametrize("against", AGAINST)
def test_numbers_at_the_axes_are_few_and_round(against):
    drawn = plane.figure(default_rows(), against)
    phone = drawn.layout.meta["phone"]
    for axis in ("xaxis", "yaxis"):
        low, high = sorted(10**end for end in drawn.layout[axis].range)
        for ticks in (drawn.layout[axis].tickvals, phone[f"{axis}.tickvals"]):
            assert 2 <= len(ticks) <= 9
            assert all(low <= tick <= high for tick in ticks)


def test_the_reading_names_the_cheapest_that_is_as_good_as_the_teacher():
    reading = plane.reading(rows())
    assert reading.startswith("Of 5 networks 2 are the best for their cost (the line). The cheapest within a point")
    assert "(95.0 ±0.0 %) is pruned 90 % + shared 5 bits + coded: 94.5 ±0.0 %, 1.0 kB instead of 10 kB." in reading
    assert "10 instead of 100 weights not zero" in plane.reading(rows(), "nonzero")
    assert plane.reading(rows(), chosen=CODED) == reading, "it is told once"
    assert plane.reading(rows(), chosen=SHARED).endswith(" Pruned 90 % + shared 5 bits: 94.0 % (81.3 to 100), 3.0 kB.")


def test_the_reading_says_when_nothing_is_cheaper_and_as_good():
    assert "None that costs less than the teacher is within a point" in plane.reading(rows(), "flops")


def test_the_table_is_in_the_order_of_the_cost():
    table = plane.table(rows(), chosen=SHARED)
    assert list(table["File"]) == ["1.0 kB", "2.0 kB", "3.0 kB", "10 kB", "10 kB"]
    assert list(table["Best for its cost"]) == ["●", "", "", "●", ""]
    assert list(table["Chosen"]) == ["", "", "●", "", ""]
    assert plane.table([]).empty


def test_every_colour_of_these_figures_has_a_dark_counterpart():
    drawn = [plane.figure(rows(), chosen=SHARED), plane.figure([]), stages.figure(rows(), CODED)]
    drawn += [weights.figure(BEFORE, AFTER, PRUNED), sparsity.figure(AFTER), files.figure(rows(), CODED)]
    drawn += [sensitivity.figure({"1": [(0.0, 0.9), (0.5, 0.8)]}, "sparsity", "1"), changed.figure(rows(), CODED)]
    for figure in drawn:
        found = set(re.findall(r'"(#[0-9A-Fa-f]{6}|rgba?\([^"]*\))"', json.dumps(figure.to_plotly_json(), default=str)))
        assert found - {"rgba(0, 0, 0, 0)"} <= theme.DARK.keys()
