"""A search: what may be tried, read from text; trials that repeat; the best on validation, and it alone, tested."""

import json

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from kdcore import cost, many, order, searching
from kdcore.__main__ import main
from kdcore.events import first
from kdcore.experiment import Experiment, unflatten
from kdcore.search import Range, Search
from kdcore.train import fit

SMALL = {"teacher.widths": "16", "student.widths": "8", "teacher_training.epochs": 2, "training.epochs": 3, "seeds": 2}
RANGES = "temperature=0.5..32 log; soft_weight=0..1; training.learning_rate=1e-3..1e-1 log"


def small(settings: str = RANGES, trials: int = 10, base: dict | None = None, **values) -> Search:
    return Search(experiment=unflatten(SMALL | (base or {})), settings=settings, trials=trials, **values)


def run(asked: Search) -> list[dict]:
    return [row for row in searching.search(asked) if row["event"] != "batch"]


def tried(rows: list[dict]) -> list[dict]:
    return sorted((row for row in rows if row["event"] == "trial"), key=lambda row: row["number"])


@pytest.fixture(scope="module")
def rows() -> list[dict]:
    return run(small())


def test_ranges_are_read_from_text():
    temperature, optimizer, labels = Search(
        settings="temperature=0.5 .. 32 log\ntraining.optimizer=adam, sgd;data.labels=20,all;"
    ).settings
    assert temperature == Range(setting="temperature", low=0.5, high=32, log=True)
    assert optimizer.choices == ("adam", "sgd")
    assert labels.choices == ("20", "all")


@given(st.lists(st.floats(0.1, 100), min_size=2, max_size=2).map(sorted), st.booleans(), st.integers(0, 999))
def test_a_search_survives_the_way_through_json_and_the_address(ends: list[float], log: bool, seed: int):
    temperature = Range(setting="temperature", low=ends[0], high=ends[1], log=log)
    asked = small(settings=(temperature, "training.optimizer=adam,sgd"), seed=seed, sampler="random")
    back = order.read(json.loads(asked.model_dump_json()))
    assert (back, back.key) == (asked, asked.key)
    assert Search.from_query(asked.to_query()) == (asked, [])


def test_the_default_search_needs_no_address():
    assert Search().to_query() == {}
    assert Search.from_query({}) == (Search(), [])


def test_what_an_address_says_wrongly_is_told_and_the_rest_is_heard():
    found, ignored = Search.from_query({"trials": "0", "settings": "temperature=1..2", "temprature": "1", "seeds": "2"})
    assert (found.trials, found.settings, found.experiment.seeds) == (
        48,
        Search(settings="temperature=1..2").settings,
        2,
    )
    assert {problem.field for problem in ignored} == {"trials", "temprature"}


def test_equal_searches_have_equal_keys_and_others_do_not():
    assert small(base={"temperature": 9}).key == small().key, "the temperature is searched"
    others = [small(trials=9), small(seed=1), small(sampler="random"), small("soft_weight=0..1"), Search()]
    assert len({asked.key for asked in (*others, small(), Experiment())}) == 7


def test_a_trial_is_an_experiment():
    asked = small("student.width=2..64 log; student.depth=1..3; data.labels=20,all")
    trial = asked.trial({"student.width": 5, "student.depth": 2, "data.labels": "all"})
    assert trial == unflatten(SMALL | {"student.widths": "5-5", "data.labels": None})


@given(st.floats(0.123456, 0.65432))
def test_what_is_tried_can_be_written_in_three_digits_and_lies_between_the_ends(number: float):
    dropout = Range(setting="student.dropout", low=0.123456, high=0.65432)
    assert 0.123456 <= dropout.exact(number) <= 0.65432
    assert dropout.exact(number) == pytest.approx(number, rel=5e-3)
    assert len(str(dropout.exact(0.33333))) == 5


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ("temprature=1..2", "temprature is 1..2: there is no such setting to search; did you mean temperature?"),
        ("seeds=1..2", "seeds is 1..2: there is no such setting to search"),
        ("temperature=4..2", "temperature is 4..2: the lowest value comes first, and then the highest"),
        ("temperature=0.01..2", "temperature is 0.01: a number from 0.1 to 100 was expected"),
        ("training.label_smoothing=0..2", "training.label_smoothing is 2: a number from 0 to 0.9 was expected"),
        ("soft_weight=0..1 log", "soft_weight is 0..1 log: a log scale has no zero"),
        ("training.epochs=1.5..3", "training.epochs is 1.5..3: whole numbers were expected"),
        (
            "training.optimizer=adam,sgdd",
            "training.optimizer is sgdd: choose one of adam, adamw, sgd",
        ),
        ("training.optimizer=1..2", "it has no range; write what it may be, such as training.optimizer=adam,adamw,sgd"),
        ("assistant=0..1", "write what it may be, such as assistant=true,false"),
        ("student.width=8,broad", "student.width is broad: a whole number from 1 to 2048 was expected"),
        ("student.depth=-1..2", "student.depth is -1: a whole number from 0 to 6 was expected"),
        ("student.widths=8,a-b", "student.widths is a-b: up to 6 widths between 1 and 2048 were expected"),
        ("data.labels=10..5000", "data.labels is 5000: digits has 1077 training examples"),
        ("temperature", "settings is temperature: a setting with its values was expected, such as temperature=0.5..32"),
        ("temperature=1..", "settings is temperature=1..: a setting with its values was expected"),
        ("temperature=1..nan", "a setting with its values was expected"),
        ("temperature=a..b", "settings is temperature=a..b: a setting with its values was expected"),
        ("temperature=1..2;temperature=1..3", "temperature is 1..2: it is told twice; write each setting once"),
        ("student.widths=4,8;student.width=4..8", "student.widths is 4,8: width and depth say the same"),
        (" ; ", "settings is 0: between 1 and 8 settings were expected"),
        ([{"setting": "temperature", "low": 1}], "temperature is 1..: a lowest and a highest value were expected"),
        ([{"setting": "temperature", "low": 1, "choices": [2]}], "a range or choices were expected, not both"),
        ([{"setting": "temperature", "from": 1}], "settings.0.from is 1: there is no such setting; choose of setting"),
        (4, "settings is 4: a setting with its values was expected"),
    ],
)
def test_impossible_ranges_are_refused_in_a_sentence(settings: object, sentence: str):
    with pytest.raises(ValidationError) as caught:
        Search(settings=settings)
    (problem,) = order.problems(caught.value)
    assert sentence in str(problem)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"trials": 0}, "trials is 0: a whole number of at least 1 was expected"),
        ({"sampler": "grid"}, "sampler is grid: choose one of tpe, random"),
        ({"trails": 4}, "trails is 4: there is no such setting; choose of experiment, settings, trials"),
        ({"experiment": {"controls": True}}, "controls is true: a search has no lanes for it"),
        ({"experiment": {"seeds": 0}}, "seeds is 0: a whole number from 1 to 16 was expected"),
        ({"trials": 1366}, "students is 4098: 4096 are the most for a search; choose fewer trials or seeds, or raise"),
    ],
)
def test_an_impossible_search_is_refused_in_a_sentence(told: dict, sentence: str):
    with pytest.raises(ValidationError) as caught:
        Search.model_validate(told)
    (problem,) = order.problems(caught.value)
    assert sentence in str(problem)


def test_the_same_search_gives_the_same_rows(rows):
    again = run(small())
    assert [row for row in again if row["event"] == "trial"] == [row for row in rows if row["event"] == "trial"]
    same = ("best", "test_accuracy", "importance")
    assert [again[-1][name] for name in same] == [rows[-1][name] for name in same]
    other = run(small(seed=1, trials=1))
    assert tried(other)[0]["values"] != tried(rows)[0]["values"]


def test_a_trial_equals_the_run_of_its_experiment(rows):
    row = tried(rows)[3]
    single = list(fit(small().trial(row["values"])))
    for lane in ("scratch", "distilled"):
        expected = first(single, "epoch", lane=lane, epoch=3)["val_accuracy"]
        assert row["val_accuracy"][lane] == pytest.approx(expected, abs=2 / 360)


def test_the_best_on_validation_and_it_alone_is_tested(monkeypatch):
    tests, learn = [], many.learn
    monkeypatch.setattr(many, "learn", lambda *given: tests.append((given[1], given[3])) or learn(*given))
    asked = small()
    rows = run(asked)
    best = max(tried(rows), key=lambda row: sum(row["val_accuracy"]["distilled"]))
    assert rows[-1]["best"] == best["number"]
    ((part, _tested),) = [each for each in tests if each[1]]
    assert part.experiments == (asked.trial(best["values"]),)
    assert [len(accuracies) for accuracies in rows[-1]["test_accuracy"].values()] == [2, 2]
    assert not any("test_accuracy" in row for row in tried(rows))


def test_what_lies_on_a_log_scale_is_chosen_by_its_logarithm():
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    width, rate = (
        Range(setting=setting, low=low, high=high, log=True)
        for setting, low, high in (("student.width", 1, 1024), ("training.learning_rate", 1e-4, 1e-2))
    )
    for each, middle in ((width, 32), (rate, 1e-3)):
        found = [searching._chosen(each, study.ask()) for _trial in range(60)]
        assert 0.35 < sum(value < middle for value in found) / 60 < 0.65
        assert each.low <= min(found) < max(found) <= each.high
        assert not each.is_whole or all(isinstance(value, int) for value in found)


def test_later_trials_lie_where_earlier_ones_did_well(monkeypatch):
    """The soft-label share alone decides, and 0.7 is best: trials come closer to it than random ones do."""

    def judged(order, chosen, school):
        for place, values in enumerate(chosen):
            accuracy = {"distilled": [1 - abs(values["soft_weight"] - 0.7)]}
            row = {"event": "trial", "number": place, "values": values, "diverged": [], "progress": 1.0}
            yield row | {"val_accuracy": accuracy}

    monkeypatch.setattr(searching, "_tried", judged)
    monkeypatch.setattr(
        searching._School, "rows", lambda *given, **told: iter([{"event": "cell", "test_accuracy": {}}])
    )

    def asked(sampler: str) -> Search:
        return small("soft_weight=0..1; student.dropout=0..0.5", trials=48, sampler=sampler)

    def away(sampler: str) -> float:
        late = tried(run(asked(sampler)))[24:]
        return sum(abs(row["values"]["soft_weight"] - 0.7) for row in late) / len(late)

    assert away("tpe") < 0.6 * away("random")
    shares = run(asked("random"))[-1]["importance"]
    assert shares["soft_weight"] > 0.8
    assert sum(shares.values()) <= 1.001


def test_teachers_are_trained_once_for_all_trials(monkeypatch):
    calls, teach = [], many.teach
    monkeypatch.setattr(many, "teach", lambda group: calls.append(group) or teach(group))
    monkeypatch.setattr(searching, "AT_ONCE", 2)
    short = {"training.epochs": 1, "seeds": 1}
    run(small(trials=6, base=short))
    assert len(calls) == 1
    calls.clear()
    run(small("teacher.width=4,8; soft_weight=0..1", trials=6, base=short))
    assert len(calls) == 2


def test_a_trial_that_diverged_is_told_as_failed_and_never_the_best():
    wild = {"data.name": "blobs", "training.optimizer": "sgd", "student.widths": "64-64-64", "training.epochs": 20}
    rows = run(small("training.learning_rate=0.01,10", trials=6, base=wild))
    lost = [row for row in tried(rows) if row["diverged"]]
    assert {row["values"]["training.learning_rate"] for row in lost} == {"10"}
    assert tried(rows)[rows[-1]["best"]]["values"] == {"training.learning_rate": "0.01"}
    only = run(small("training.learning_rate=10", trials=2, base=wild))[-1]
    assert (only["best"], only["test_accuracy"], only["importance"]) == (None, None, None)


def test_settings_that_do_not_fit_together_are_told_and_spare_the_others():
    asked = small("student.kind=mlp,cnn; student.widths=4,2-2-2-2,8", trials=8, base={"training.epochs": 1, "seeds": 1})
    found = tried(run(asked))
    lost = [row for row in found if "impossible" in row]
    assert {tuple(row["values"].values()) for row in lost} == {("cnn", "2-2-2-2")}
    assert "has 1 to 3 layers" in lost[0]["impossible"]
    assert all(row["val_accuracy"] for row in found if row not in lost)


def test_of_few_trials_or_equal_ones_nothing_is_said_of_what_matters(rows):
    def told(values: list[float]) -> dict[str, float] | None:
        study, ends = optuna.create_study(), {"temperature": optuna.distributions.FloatDistribution(1, 2)}
        for value in values:
            study.tell(study.ask(ends), value)
        return searching._importance(study, small())

    assert set(rows[-1]["importance"]) == {each.setting for each in small().settings}
    assert told([1.0, 2.0, 3.0]) is None
    assert told([1.0] * 12) is None
    assert told([1.0, 2.0] * 6) is not None


def test_progress_rises_to_one_and_rows_are_json():
    told = list(searching.search(small()))
    progress = [row["progress"] for row in told if "progress" in row]
    assert progress == sorted(progress)
    assert 1 - 1e-9 < progress[-1] <= 1
    json.dumps(told, allow_nan=False)
    assert [row["event"] for row in told if row["event"] != "batch"] == ["started", *["trial"] * 10, "finished"]


def test_what_it_costs_is_known_before():
    assert small().students == 11 * 2 * 2
    assert cost.of_sweep(small(trials=20)) > cost.of_sweep(small(trials=10)) > cost.total(small().experiment)


def test_on_the_command_line_the_trials_are_shown_the_best_first(tmp_path, capsys):
    path = tmp_path / "search.json"
    path.write_text(small(trials=3).model_dump_json())
    assert main(["search", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [json.loads(line) for line in lines if line.startswith("{")]
    heading, best, *_others = lines[len(rows) :]
    assert heading.split()[:2] == ["Trial", "Temperature"]
    assert best.split()[0] == str(rows[-1]["best"])
    assert "2 paired seeds" in lines[-1]
    path.write_text('{"settings": "temprature=1..2"}')
    assert main(["search", str(path)]) == 2
    assert "did you mean temperature?" in capsys.readouterr().err
