"""What the questions on size, teachers, labels and noise answer: from pairs, and honest where nothing is shown."""

import pytest
from visits import visit

from kdcore.grid import Sweep
from kdcore.measure.equivalent import Equivalent
from pages._ui.trade_offs import address, capacity, guess, labels, pairs, size
from tests.figures.sweep_rows import begun, cell, started, teacher

INF = float("inf")
LUCK = (-0.01, 0.0, 0.01)
APART = (0.002, 0.0, -0.002)
LEVELS = {4: 0.60, 8: 0.70, 16: 0.80, 32: 0.90}


def near(level, *more):
    return tuple(level + sum(each) for each in zip(LUCK, *more, strict=True))


def sizes(gains, depth=None):
    """Students of which those from labels know 10 points more with each doubling."""
    return [
        cell(width, depth, scratch=near(level), distilled=near(level + gain, APART))
        for (width, level), gain in zip(LEVELS.items(), gains, strict=True)
    ]


ONE = [started(("student.width", tuple(LEVELS))), teacher()]


def test_a_factor_in_size_is_told_in_units():
    """5 points are half a doubling, at 4, 8 and 16 units; nothing is larger than 32."""
    told = size.sentence((*ONE, *sizes([0.05] * 4)), "parameters", "val_accuracy")
    assert "is shown at 3 of 3 sizes" in told
    assert "8 units distilled = 11 units from labels: a factor of 1.4 in parameters (95 % interval 1.4 to 1.5)" in told


def test_without_a_difference_no_factor_is_told():
    rows = (*ONE, *sizes([0.001] * 4))
    assert "no factor in size is shown: at each of 3 sizes its interval contains 1." in size.sentence(
        rows, "parameters", "val_accuracy"
    )
    assert set(size.table(rows, "flops", "val_accuracy")["Factor"]) == {"none shown", "nothing larger measured"}


def test_beyond_the_largest_it_is_at_least_a_factor():
    told = size.sentence((*ONE, *sizes([0.0, 0.0, 0.2, 0.0])), "parameters", "val_accuracy")
    assert "16 units distilled do better than all from labels, up to 32 units: a factor of at least 2.0" in told
    told = size.sentence((*ONE, *sizes([0.0, -0.2, 0.0, 0.0])), "flops", "val_accuracy")
    assert "8 units distilled do worse than all from labels, from 4 units on: a factor of at most 0.5" in told


def test_bounds_that_are_open_say_so():
    assert size.bounds(Equivalent(8, 12, 10, INF, 4, 16)) == "1.2 or more"
    assert size.bounds(Equivalent(8, 5, 0, 6, 4, 16)) == "0.8 or less"
    assert size.factor(Equivalent(8, 0, 0, 4, 4, 16)) == "at most 0.5"
    assert size.bounds(Equivalent(8, 12, None, None, 4, 16)) == "–"


def test_each_depth_has_its_own_factor_and_sizes_that_are_not_done_none():
    begin = [started(("student.width", tuple(LEVELS)), ("student.depth", (1, 2))), teacher()]
    rows = (*begin, *sizes([0.05] * 4, 1), *sizes([0.0] * 4, 2)[:3], begun(32, 2))
    lines = size.sentence(rows, "parameters", "val_accuracy").splitlines()
    assert lines[0].startswith("* **Student's depth 1**: a factor in size is shown at 3 of 3")
    assert lines[1].startswith("* **Student's depth 2**: no factor in size is shown: at each of 2")


def test_where_sizes_do_not_differ_there_is_no_factor():
    rows = (started(("temperature", (1, 4))), teacher(), cell(1), cell(4), {"event": "finished"})
    assert "does not differ" in size.sentence(rows, "parameters", "val_accuracy")
    assert size.table(rows, "parameters", "val_accuracy").empty


def teachers(*students, assisted=None):
    """Teachers ever more accurate, with students that know this more than those from labels."""
    widths = tuple(8 * 2**i for i in range(len(students)))
    settings = {"student.widths": "4", "assistant": assisted is not None}  # smaller than any of these teachers
    rows = [started(("teacher.width", widths), **settings)]
    for group, (width, level) in enumerate(zip(widths, students, strict=True)):
        rows.append(teacher(group, near(0.90 + 0.02 * group)))
        lanes = [] if assisted is None else [("assisted", near(level + assisted, APART, APART))]
        rows.append(cell(width, scratch=near(0.7), distilled=near(level, APART), group=group, lanes=lanes))
    return rows


def related(rows):
    return capacity.relation(rows, [row for row in rows if row["event"] == "cell"])


def test_the_relation_is_told_for_each_value_of_a_second_axis():
    """With few epochs better teachers have better students, with many it is the other way round."""
    rows = [started(("teacher.width", (8, 16, 32)), ("teacher_training.epochs", (3, 30)))]
    for group, (epochs, width, level) in enumerate(
        [(3, 8, 0.7), (3, 16, 0.72), (3, 32, 0.74), (30, 8, 0.9), (30, 16, 0.88), (30, 32, 0.86)]
    ):
        rows.append(teacher(group, near(0.6 + 0.02 * group)))
        rows.append(cell(width, epochs, scratch=near(0.7), distilled=near(level, APART), group=group))
    told = capacity.sentences(rows)
    assert "over 6 cells" in told[0]
    assert told[1].startswith("*Teacher: epochs 3*")
    assert "rank correlation +1.00 over 3 cells" in told[1]
    assert told[2].startswith("*Teacher: epochs 30*")
    assert "rank correlation -1.00 over 3 cells" in told[2]


def test_the_most_accurate_teacher_may_be_the_best():
    told = "\n".join(capacity.sentences(teachers(0.80, 0.82, 0.84)))
    assert "the most accurate teacher taught best: teacher's width 32 (teacher 94.0" in told
    assert related(teachers(0.80, 0.82, 0.84)).difference.mean == pytest.approx(1)


def test_a_less_accurate_teacher_may_be_better():
    rows = [*teachers(0.80, 0.84, 0.80)]
    best, top, difference = capacity.compared(rows)
    assert (best["x"], top["x"], difference.outcome) == (16, 32, "no_difference")  # all seeds agree: no spread
    rows[4]["test_accuracy"]["distilled"] = [0.83, 0.84, 0.845]
    assert capacity.compared(rows)[2].outcome == "helps"
    assert capacity._measured(*capacity.compared(rows)) == "less"


def test_no_relation_is_shown_where_seeds_disagree():
    rows = teachers(0.80, 0.82, 0.84)
    for row in rows[2::2]:
        row["test_accuracy"]["distilled"][0] = 0.9 - row["test_accuracy"]["distilled"][0]
    assert related(rows).outcome == "no_difference"
    assert "No relation is shown" in capacity.sentences(rows)[0]
    assert "(95 % interval -1.00 to +1.00 over 3 seeds)" in capacity.sentences(rows)[0]


def test_the_assistant_adds_what_its_student_has_over_the_teachers():
    assert (
        "adds, on average over 2 cells, on test examples: +3.0 ±0.5 points."
        in capacity.sentences(teachers(0.80, 0.82, assisted=0.03))[-1]
    )
    assert "no difference shown (+0.1 ±0.5 points)" in capacity.sentences(teachers(0.80, 0.82, assisted=0.001))[-1]


def test_ranks_share_places_of_equals():
    assert capacity._ranks([3, 1, 3, 2]).tolist() == [2.5, 0, 2.5, 1]


def by_labels(*gains, pool=0.0):
    counts = (10, 100, "all")
    rows = [started(("data.labels", counts), ("unlabelled", (0, 500))), teacher()]
    for more in (0, 500):
        for x, gain in zip(counts, gains, strict=True):
            level = 0.6 + gain + (pool if more else 0)
            ours = near(level, APART, APART if more else (0, 0, 0))
            rows.append(cell(x, more, scratch=near(0.6), distilled=ours))
    return rows


def test_it_is_told_where_distillation_helps_and_where_nothing_is_shown():
    told = labels.sentences(by_labels(0.1, 0.05, 0.001), "val_accuracy")
    assert told[0] == (
        "**Unlabelled examples 0**, by label budget: distillation helps at 10, 100; no difference shown at all."
    )


def test_the_pool_adds_nothing_to_all_labels():
    told = labels.sentences(by_labels(0.1, 0.05, 0.001, pool=0.02), "val_accuracy")
    assert told[-1] == (
        "unlabelled examples 500 instead of unlabelled examples 0: +2.0 ±0.5 points for the distilled student, "
        "mean of 2 cells; it helps at 10, 100."
    )


def test_how_the_gain_changes_along_x_is_paired():
    rows = by_labels(0.1, 0.05, 0.02)
    rows[2]["val_accuracy"]["distilled"] = list(near(0.7, APART, APART))
    assert labels.sentences(rows, "val_accuracy")[2] == (
        "From label budget 10 to label budget all what the teacher adds goes from +10.0 ±1.0 to +2.0 ±0.5 points; "
        "the change: -8.0 ±0.5 points."
    )


def test_of_one_seed_nothing_is_claimed():
    one = [
        started(("label_noise", (0, 0.5)), seeds=1) | {"seeds": [0]},
        teacher(accuracy=(0.9,)),
        cell(0, scratch=(0.6,), distilled=(0.8,)),
        cell(0.5, scratch=(0.5,), distilled=(0.5,)),
    ]
    told = labels.sentences(one, "val_accuracy")
    assert told[0] == "Wrong labels: no difference shown at 0, 0.5."
    assert "of one seed only" in told[1]
    assert pairs.judged({}) is None


@pytest.mark.parametrize(
    ("question", "rows", "says"),
    [
        ("size", [*ONE, *sizes([0.05] * 4)], "8 units distilled = 11 units"),
        ("capacity", teachers(0.80, 0.82, assisted=0.03), "The assistant adds"),
        ("labels", by_labels(0.1, 0.05, 0.001), "distillation helps at 10, 100"),
        ("noise", [started(("label_noise", (0, 0.5))), teacher(), cell(0), cell(0.5)], "Wrong labels: no difference"),
    ],
)
def test_a_question_shows_its_answer_and_takes_a_guess(lab, question, rows, says):
    order = Sweep.model_validate(rows[0]["sweep"])
    lab.put(order, [rows[0] | {"key": order.key}, *rows[1:], {"event": "finished", "processor_s": 1.0}])
    app = visit("trade_offs.py", **address.written(question, order))
    assert not app.exception
    assert not app.warning
    assert says in "\n".join(each.value for each in app.main.markdown)
    (asked,) = (radio for radio in app.radio if radio.label.startswith("Say first"))
    asked.set_value(asked.options[0]).run()
    assert "easured" in "\n".join(each.value for each in app.caption)


def test_capacity_may_be_drawn_against_the_accuracy_of_teachers(lab):
    rows = teachers(0.80, 0.82, assisted=0.03)
    order = Sweep.model_validate(rows[0]["sweep"])
    lab.put(order, [rows[0] | {"key": order.key}, *rows[1:]])
    app = visit("trade_offs.py", **address.written("capacity", order), **{"look.across": "accuracy"})
    assert not app.exception
    assert "(teacher" in "\n".join(each.value for each in app.main.markdown)
    across = next(radio for radio in app.radio if radio.label == "Across")
    assert across.value == "accuracy"
    across.set_value("flops").run()
    assert app.query_params["look.across"] in ("flops", ["flops"])


def test_a_guess_is_answered_when_it_is_measured():
    options = {"more": "grows", "less": "shrinks"}
    assert guess.answer(options, "more", None) == "This is not measured yet."
    assert guess.answer(options, "more", "more").startswith("That is what was measured")
    assert guess.answer(options, "more", "less") == "Something else was measured, as far as these seeds show: shrinks."
