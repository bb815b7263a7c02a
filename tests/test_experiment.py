"""An experiment is a value: checked once, the same everywhere, and back from JSON and URL unchanged."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from kdcore import order, shapes
from kdcore.data.catalogue import CATALOGUE
from kdcore.experiment import (
    EXPECTED,
    LATER,
    Experiment,
    Network,
    bounds,
    choices,
    fields,
    flatten,
    problems,
    unflatten,
)

DEFAULT_KEY = "5ef882e9cfdb3c4b"
RECORDINGS = Path(__file__).parents[1] / "pages" / "recordings"


def sentence(**settings) -> str:
    """The one sentence that these settings by dotted name earn."""
    with pytest.raises(ValidationError) as caught:
        unflatten({name.replace("__", "."): value for name, value in settings.items()})
    (problem,) = problems(caught.value)
    return str(problem)


networks = st.builds(
    Network,
    widths=st.lists(st.integers(1, 300), max_size=3).map(tuple),
    activation=st.sampled_from(["relu", "tanh"]),
    dropout=st.sampled_from([0.0, 0.25]),
)


def has_room(experiment: Experiment) -> bool:
    """Whether an assistant would not be larger than the teacher."""
    assistant, teacher = (shapes.parameters(experiment.layers(who)) for who in ("assistant", "teacher"))
    return assistant <= teacher


def with_assistant(experiment: Experiment) -> Experiment:
    return unflatten(flatten(experiment) | {"assistant": True}) if has_room(experiment) else experiment


plain_experiments = st.builds(
    lambda name, labels, noise, teacher, student, temperature, soft_weight, seeds, later: unflatten(
        {
            "data.name": name,
            "data.labels": labels,
            **({"data.noise": noise} if CATALOGUE[name].has_noise else {}),
            **{f"teacher.{k}": v for k, v in teacher},
            **{f"student.{k}": v for k, v in student},
            "temperature": temperature,
            "soft_weight": soft_weight,
            "seeds": seeds,
            **(later if len(CATALOGUE[name].classes) > 2 else {}),
        }
    ),
    st.sampled_from(list(CATALOGUE)),
    st.none() | st.integers(2, 500),
    st.floats(0, 1),
    networks,
    networks,
    st.floats(0.1, 100),
    st.floats(0, 1),
    st.integers(1, 16),
    st.fixed_dictionaries({"left_out": st.sampled_from(["none", "2", "1", "1-1"]), "controls": st.booleans()})
    | st.fixed_dictionaries({"label_noise": st.sampled_from([0, 0.3]), "unlabelled": st.integers(0, 99)})
    | st.fixed_dictionaries({"classes": st.sampled_from(["none", "0-2", "0-1-2"]), "unlabelled": st.integers(0, 99)}),
)
experiments = plain_experiments | plain_experiments.map(with_assistant)


@given(experiments)
def test_json_and_url_bring_back_the_same_experiment(experiment):
    assert Experiment.model_validate_json(experiment.model_dump_json()) == experiment
    assert Experiment.from_query(experiment.to_query()) == (experiment, [])
    assert unflatten(flatten(experiment)).key == experiment.key


@given(experiments, experiments)
def test_keys_are_equal_exactly_when_settings_are(one, other):
    assert (one.key == other.key) == (one == other)


def test_the_key_never_changes_by_accident():
    """Stored runs and recordings are found by it. Where numbers change on purpose, RECIPE is raised and this too."""
    assert Experiment().key == DEFAULT_KEY


def test_settings_that_came_later_leave_the_keys_of_before_as_they_were():
    used = {"left_out": (3,), "controls": True, "label_noise": 0.1, "unlabelled": 9, "assistant": True, "method": "dkd"}
    used |= {"teacher_data": "noisy", "classes": (3, 5), "inputs": "noise"}
    assert set(used) == set(LATER)
    assert Experiment(**{name: Experiment.model_fields[name].default for name in LATER}).key == DEFAULT_KEY
    assert len({Experiment(**{name: value}).key for name, value in used.items()} | {DEFAULT_KEY}) == 10


@pytest.mark.parametrize("file", sorted(RECORDINGS.glob("*")), ids=lambda file: file.name[:16])
def test_recordings_are_still_found_by_what_they_were_asked(file):
    with gzip.open(file, "rt") as lines:
        started = json.loads(next(lines))
    kinds = ("experiment", "compression", "sweep", "search", "transfer", "copying")
    asked = next(started[kind] for kind in kinds if kind in started)
    assert order.read(asked).key == started["key"] == file.name[:16]


def test_a_default_experiment_has_an_empty_address():
    assert Experiment().to_query() == {}


def test_an_experiment_cannot_be_changed():
    with pytest.raises(ValidationError):
        Experiment().temperature = 2


def test_out_of_range_names_field_value_and_what_would_work():
    assert sentence(temperature=-1) == "temperature is -1: a number from 0.1 to 100 was expected"
    assert sentence(seeds=17) == "seeds is 17: a whole number from 1 to 16 was expected"
    assert sentence(data__labels=1) == "data.labels is 1: a whole number of at least 2 was expected"


def test_wrong_type_names_field_value_and_what_would_work():
    assert sentence(training__epochs="many") == "training.epochs is many: a whole number from 1 to 500 was expected"


@pytest.mark.parametrize("value", ["nan", float("nan"), float("inf"), "-inf"])
def test_numbers_that_are_none_are_refused(value):
    assert "a number from 0.1 to 100 was expected" in sentence(temperature=value)


def test_unknown_setting_names_the_nearest():
    assert sentence(temprature=4) == "temprature is 4: there is no such setting; did you mean temperature?"
    assert sentence(student__width=4).endswith("did you mean student.widths?")


def test_unknown_choice_names_the_nearest():
    text = sentence(data__name="mnst")
    assert text.startswith("data.name is mnst: choose one of digits, moons")
    assert text.endswith("did you mean mnist?")


def test_more_labels_than_rows():
    assert sentence(data__labels=5000).startswith("data.labels is 5000: digits has 1077 training examples")


def test_cnn_on_points():
    assert sentence(data__name="moons", student__kind="cnn").startswith("student.kind is cnn: a CNN needs pictures")


def test_cnn_with_more_layers_than_the_picture_can_be_halved():
    text = sentence(student__kind="cnn", student__widths="8-8-8-8")
    assert text == "student.widths is 8-8-8-8: a CNN on these pictures has 1 to 3 layers, as each halves the picture"


def test_noise_on_pictures():
    assert sentence(data__noise=0.3).startswith("data.noise is 0.3: noise belongs to two-dimensional data")


@pytest.mark.parametrize("widths", ["64-x", "0", "64--32", "4096", "1-1-1-1-1-1-1", ""])
def test_widths_that_are_none(widths):
    assert "up to 6 widths between 1 and 2048 were expected" in sentence(student__widths=widths)


def test_a_cohort_that_would_not_fit_into_memory():
    assert "choose smaller or fewer seeds" in sentence(teacher__widths="2048-2048-2048-2048-2048", seeds=16)


@pytest.mark.parametrize("text", ["x", "3-", "-1", "", "1.5", "all"])
def test_left_out_classes_that_are_none(text):
    assert sentence(left_out=text).endswith("numbers of classes were expected, such as 3 or 0-1, or 'none'")


def test_left_out_classes_that_the_data_do_not_have():
    assert sentence(left_out="3-10") == "left_out is 3-10: the classes of digits are numbered from 0 to 9"
    assert sentence(data__name="spirals", left_out="3").endswith("the classes of spirals are numbered from 0 to 2")


def test_two_classes_must_remain():
    assert sentence(left_out="0-1-2-3-4-5-6-7-8").endswith("two classes must remain, and digits has 10")
    assert sentence(data__name="moons", left_out="0").endswith("two classes must remain, and moons has 2")
    assert unflatten({"left_out": "0-1-2-3-4-5-6-9"}).left_out == (0, 1, 2, 3, 4, 5, 6, 9)


def test_controls_are_on_or_off_and_need_something_to_shuffle():
    assert sentence(controls="maybe") == "controls is maybe: true or false was expected"
    assert sentence(controls=True, data__name="moons").startswith("controls is true: with two classes only one")
    assert unflatten({"controls": "true"}).to_query() == {"controls": "true"}
    assert unflatten({"controls": "true"}).students == ("scratch", "distilled", "smoothed", "shuffled")


def test_controls_need_right_labels_and_a_class_can_only_be_left_out_where_labels_are_right():
    for name, value in (("label_noise", 0.1), ("unlabelled", 10)):
        text = sentence(controls=True, **{name: value})
        assert text == f"{name} is {value}: controls need the right label of every example; choose 0, or no controls"
    assert sentence(left_out="3", label_noise=0.1).endswith(
        "nobody knows which examples are of a class; choose 0, or leave out none"
    )


def test_label_noise_and_unlabelled_have_bounds():
    assert sentence(label_noise=0.95) == "label_noise is 0.95: a number from 0 to 0.9 was expected"
    assert sentence(unlabelled=-1) == "unlabelled is -1: a whole number of at least 0 was expected"


def test_an_assistant_lies_between_teacher_and_student():
    settings = {"teacher.widths": "256-100-64", "student.widths": "64-9", "assistant": True, "student.dropout": 0.1}
    experiment = unflatten(settings)
    assert experiment.network("assistant") == Network(widths=(128, 30, 24), dropout=0.1)
    assert [layer.outputs for layer in experiment.layers("assistant")] == [128, 30, 24, 10]
    assert experiment.students == ("scratch", "distilled", "assisted")
    assert unflatten(settings | {"student.widths": "linear"}).network("assistant").widths == (51, 32, 25)
    assert unflatten(settings | {"teacher.widths": "65"}).network("assistant").widths == (64,)


def test_an_assistant_larger_than_the_teacher_is_refused():
    text = sentence(assistant=True, teacher__widths="25")
    assert text.startswith("assistant is true: it would have 3,010 parameters, more than the teacher's 1,885; choose a")


def test_between_two_kinds_there_is_no_assistant():
    text = sentence(assistant=True, student__kind="cnn", student__widths="4")
    assert text.startswith("assistant is true: between an MLP and a CNN there is no size")


def test_a_cohort_with_controls_is_twice_as_large():
    largest = {"student.widths": "1800-1200", "seeds": 7}  # 14 networks of it fit, 28 do not
    assert unflatten(largest).seeds == 7
    text = sentence(controls=True, **{name.replace(".", "__"): value for name, value in largest.items()})
    assert "28 networks of" in text


@given(st.dictionaries(st.sampled_from([*fields(), "x", "data", "data.", ".", "__proto__"]), st.text(max_size=30)))
def test_any_address_gives_an_experiment_and_names_what_it_ignored(parameters):
    experiment, found = Experiment.from_query(parameters)
    taken = experiment.to_query()
    for name, text in parameters.items():
        default = Experiment() if name in fields() else None
        kept = name in taken or (default and flatten(experiment)[name] == flatten(default)[name])
        assert kept or any(problem.field == name for problem in found), (name, text)
    assert all(str(problem) for problem in found)


def test_what_is_right_in_an_address_survives_what_is_wrong():
    experiment, found = Experiment.from_query({"temperature": "2", "soft_weight": "<script>", "hack": "1" * 500})
    assert experiment == Experiment(temperature=2)
    assert sorted(problem.field for problem in found) == ["hack", "soft_weight"]
    assert all(len(str(problem)) < 200 for problem in found)


def test_every_setting_explains_itself_and_has_bounds_or_choices():
    for name, info in fields().items():
        assert info.title, name
        assert info.description, name
        assert choices(info) or bounds(info)[0] is not None or info.annotation in EXPECTED, name


@pytest.mark.parametrize(
    ("name", "value", "same"),
    [
        ("soft_weight", -0.0, 0.0),
        ("student.dropout", -0.0, 0.0),
        ("training.label_smoothing", "-0", 0.0),
        ("data.labels", CATALOGUE["digits"].train, None),
        ("data.labels", str(CATALOGUE["digits"].train), None),
        ("left_out", "5-3-5", (3, 5)),
        ("left_out", "none", ()),
        ("controls", "0", False),
    ],
)
def test_two_ways_to_write_a_setting_have_one_key(name, value, same):
    assert unflatten({name: value}).key == unflatten({name: same}).key
    assert unflatten({name: value}).to_query() == unflatten({name: same}).to_query()


def test_all_labels_of_other_data_are_a_number_here():
    assert unflatten({"data.labels": CATALOGUE["moons"].train}).data.labels == CATALOGUE["moons"].train


def test_all_is_what_the_label_budget_says_for_no_limit():
    assert "; all for no limit" in fields()["data.labels"].description
    assert sentence(data__labels=5000).endswith("choose at most that many, or all")
