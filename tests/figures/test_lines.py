"""Accuracy against an axis of a sweep: where points lie, what is pale, and what is told of them."""

import pytest

from kdcore.experiment import unflatten
from kdcore.figures import lines, placing, theme
from kdcore.figures.cells import Place
from tests.figures.sweep_rows import begun, cell, started, teacher

SIZES = [
    started(("student.width", (2, 16, 64)), ("student.depth", (1, 2))),
    teacher(),
    *(cell(width, depth) for depth in (2, 1) for width in (64, 2)),
    cell(16, 1, distilled=(0.8, 0.8, 0.8)),
    begun(16, 2, epoch=4, accuracy=0.3),
]
TEACHERS = [
    started(
        ("teacher.width", (8, 64)),
        ("teacher_training.epochs", (3, 30)),
        **{"student.widths": "8"},
        assistant=True,
    ),
    *(teacher(group, (0.80 + 0.05 * group, 0.82 + 0.05 * group, 0.84 + 0.05 * group)) for group in range(4)),
    *(
        cell(width, epochs, group=group, lanes=[("assisted", (0.8, 0.81, 0.82))])
        for group, (epochs, width) in enumerate(((3, 8), (3, 64), (30, 8), (30, 64)))
    ),
]
LABELS = [started(("data.labels", (10, 100, "all"))), teacher(), *(cell(x) for x in (10, 100, "all"))]


def drawn(rows, lane, across=lines.VALUE, measure="val_accuracy"):
    """The means of a lane: those of each small picture, and pale ones apart."""
    name = theme.ROLES[lane].label
    return [trace for trace in lines.figure(rows, "?", across, measure).data if trace.name == name]


def test_each_value_of_the_second_axis_has_its_picture_on_the_same_scale():
    figure = lines.figure(SIZES, "How accurate?", lines.VALUE)
    assert [line.named for line in lines.lines(SIZES)] == ["student's depth 1", "student's depth 2"]
    assert figure.layout.yaxis2.matches == "y"
    first, second = drawn(SIZES, "scratch")[:2]
    assert (first.x, first.xaxis, second.xaxis) == ((2, 16, 64), "x", "x2")
    assert first.y == pytest.approx((72, 72, 72))


def test_the_band_is_the_interval_over_seeds():
    """0.80, 0.82, 0.84: half width 4.303 * 0.02 / sqrt(3) = 4.97 points."""
    low, high = [trace for trace in lines.figure(SIZES, "?").data if trace.xaxis == "x" and trace.name is None][-2:]
    assert (low.y[0], high.y[0]) == pytest.approx((82 - 4.97, 82 + 4.97), abs=0.01)


def test_a_cell_that_is_not_done_is_pale_and_says_its_epoch():
    pale = [trace for trace in drawn(SIZES, "distilled") if trace.line.color == theme.ROLES["distilled"].ghost.light]
    assert [(trace.x, trace.xaxis) for trace in pale] == [((16,), "x2")]
    assert "at epoch 4" in pale[0].hovertext[0]
    assert "pale: still learning" in lines.figure(SIZES, "?").layout.title.text
    assert all(trace.line.color == theme.ROLES["teacher"].colour.light for trace in drawn(SIZES, "teacher"))


def test_of_test_examples_nothing_is_drawn_before_a_cell_is_done():
    assert [trace.x for trace in drawn(SIZES, "distilled", measure="test_accuracy")] == [(2, 16, 64), (2, 64)]


@pytest.mark.parametrize(
    ("across", "least", "most", "tick"),
    [("parameters", 160, 4810, "4,810"), ("size_bytes", 640, 19240, "19 kB"), ("flops", 296, 9472, "9,472")],
)
def test_a_size_is_counted_from_the_layers(across, least, most, tick):
    """64 inputs, one hidden layer, 10 classes: 75 w + 10 parameters, 148 w FLOPs."""
    figure = lines.figure(SIZES, "?", across)
    student = drawn(SIZES, "distilled", across)[0]
    assert (student.x[0], student.x[-1]) == (least, most)
    assert figure.layout.xaxis.type == "log"
    assert tick in figure.layout.xaxis.ticktext
    assert "of the student" in figure.layout.xaxis.title.text
    assert figure.layout.xaxis.title.text.endswith("(log scale)")


def test_where_the_teacher_differs_its_size_is_meant():
    teacher_of = unflatten({"teacher.widths": "8-8"}).layers("teacher")
    assert lines.size(TEACHERS, Place(8, 3), "parameters") == sum(layer.parameters for layer in teacher_of)
    assert "of the teacher" in lines.figure(TEACHERS, "?", "flops").layout.xaxis.title.text


def test_against_their_accuracy_all_teachers_are_one_cloud_with_bars():
    figure = lines.figure(TEACHERS, "?", lines.ACCURACY)
    (student,) = drawn(TEACHERS, "assisted", lines.ACCURACY)
    assert student.x == pytest.approx((82, 87, 92, 97))
    assert (student.mode, len(figure.layout.annotations)) == ("markers", 3)  # a key of three lanes
    assert student.error_y.array[0] == pytest.approx(2.48, abs=0.01)
    assert "teacher's width 8, teacher: epochs 3" in student.hovertext[0]


def test_all_labels_are_as_many_as_there_are():
    figure = lines.figure(LABELS, "?")
    assert drawn(LABELS, "scratch")[0].x == (10, 100, 1077)
    assert figure.layout.xaxis.ticktext == ("10", "100", "all")
    assert figure.layout.xaxis.type == "log"


def test_few_steps_are_linear_and_what_is_no_number_comes_in_the_order_told():
    noise = [started(("label_noise", (0, 0.3, 0.6))), teacher(), *(cell(x) for x in (0, 0.3, 0.6))]
    assert lines.figure(noise, "?").layout.xaxis.type == "linear"
    shapes = [started(("student.widths", ("32-32", "16"))), teacher(), cell("16"), cell("32-32")]
    assert lines.figure(shapes, "?").layout.xaxis.ticktext == ("32-32", "16")


def test_the_names_of_all_lanes_fit_over_a_picture_on_a_phone():
    names = [note for note in lines.figure(TEACHERS, "?").layout.annotations if note.yshift == 28]
    assert [note.text.split()[-1] for note in names] == ["teacher", "labels", "distilled", "assisted"]
    assert names[-1].xshift + placing.LETTER * len(names[-1].text) < 390 - 32 - 46


def test_ticks_leave_room_for_their_labels():
    many = [started(("temperature", tuple(range(1, 31)))), teacher(), *(cell(x) for x in range(1, 31))]
    assert len(lines.figure(many, "?").layout.xaxis.tickvals) <= lines.TICKS + 1


def test_hovering_tells_the_paired_gain():
    assert "82.0 ±5.0 %, gain +10.0 ±0.0" in drawn(SIZES, "distilled")[0].hovertext[0]


def test_the_reading_and_the_table_have_the_numbers():
    reading = lines.reading(SIZES, "?")
    assert "With student's depth 1, from student's width 2 to student's width 64: teacher 96.0 ±2.5 %, from" in reading
    table = lines.table(SIZES, "?", "parameters")
    assert table.shape[0] == 6
    assert list(table["Parameters of the student"][:3]) == ["160", "1,210", "4,810"]
    assert table["Distilled student: gain in points"][0] == "+10.0 ±0.0"


def test_before_the_first_cell_there_is_a_figure_that_waits():
    waiting = [SIZES[0]]
    assert lines.later() in lines.figure(waiting, "?").layout.annotations[0].text
    assert lines.reading(waiting, "?") == lines.later()
    assert lines.table(waiting, "?").empty


def test_a_cell_whose_teachers_diverged_has_no_point():
    none = {lane: [None] * 3 for lane in ("scratch", "distilled")}
    rows = [*LABELS[:3], cell(100, diverged=[0, 1, 2], val_accuracy=none, test_accuracy=none)]
    assert drawn(rows, "distilled")[0].x == (10,)
    assert lines.table(rows, "?")["Distilled student"].tolist() == ["82.0 ±5.0 %", "–"]
