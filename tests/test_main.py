"""The command line: the same run without a screen, and one sentence for whatever is wrong with the settings."""

import json

import pytest

from kdcore import work
from kdcore.__main__ import main
from kdcore.compression import Compression
from kdcore.data import download
from kdcore.events import first, from_line
from kdcore.experiment import Experiment, unflatten
from kdcore.figures import numbers
from kdcore.figures.theme import ROLES
from kdcore.grid import QUESTIONS
from kdcore.interval import interval
from kdcore.recordings import recorded
from kdcore.train import fit

SMALL = unflatten(
    {"teacher.widths": "16", "student.widths": "4", "teacher_training.epochs": 2, "training.epochs": 3, "seeds": 2}
)


def fit_file(tmp_path, text, *more):
    path = tmp_path / "experiment.json"
    path.write_text(text)
    return main(["fit", str(path), *more])


def test_prints_the_events_and_then_the_table(tmp_path, capsys):
    assert fit_file(tmp_path, SMALL.model_dump_json()) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [from_line(line) for line in lines if line.startswith("{")]
    assert [row["event"] for row in rows] == [row["event"] for row in fit(SMALL) if row["event"] != "batch"]
    table = "\n".join(line for line in lines if not line.startswith("{"))
    shares = first(rows, "finished")["table"][2]["test_accuracy"]
    assert numbers.percent(interval(shares)) in table
    assert "paired seeds" in lines[-1]


def test_same_key_same_numbers_as_anywhere(tmp_path, capsys):
    fit_file(tmp_path, SMALL.model_dump_json())
    printed = [from_line(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    assert printed[0]["key"] == SMALL.key
    assert [row for row in printed if row["event"] == "epoch"] == [row for row in fit(SMALL) if row["event"] == "epoch"]


def test_a_kept_run_is_found_by_its_key(tmp_path, capsys):
    fit_file(tmp_path, SMALL.model_dump_json(), "--keep", str(tmp_path))
    rows = recorded(tmp_path, SMALL.key)
    assert first(rows, "started")["experiment"] == SMALL.model_dump(mode="json")
    assert len(first(rows, "snapshot", name="distilled.safetensors")["payload"]) > 300
    assert recorded(tmp_path, "0" * 16) == ()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"temprature": 4}', "temprature is 4: there is no such setting; did you mean temperature?"),
        ('{"temperature": -1}', "temperature is -1: a number from 0.1 to 100 was expected"),
        ('{"seeds": "many"}', "seeds is many: a whole number from 1 to 16 was expected"),
        ('{"data": {"labels": 5000}}', "data.labels is 5000: digits has 1077 training examples"),
        ('{"data": {"name": "moons"}, "student": {"kind": "cnn"}}', "student.kind is cnn: a CNN needs pictures"),
        ("nope", "experiment is nope: settings as JSON were expected"),
        ("[1]", "experiment is [1]: settings as JSON were expected"),
    ],
)
def test_wrong_settings_exit_with_2_and_a_sentence(tmp_path, capsys, text, sentence):
    assert fit_file(tmp_path, text) == 2
    assert capsys.readouterr().err.startswith(sentence)


def test_a_file_that_is_not_there(tmp_path, capsys):
    assert main(["fit", str(tmp_path / "none.json")]) == 2
    assert "none.json cannot be read" in capsys.readouterr().err


def test_data_that_cannot_be_had_say_where_to_put_them(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("KD_DATA_DIR", str(tmp_path / "data"))
    nowhere = {name: download.Source("http://127.0.0.1:9/", source.files) for name, source in download.SOURCES.items()}
    monkeypatch.setattr(download, "SOURCES", nowhere)
    assert fit_file(tmp_path, json.dumps({"data": {"name": "mnist"}})) == 1
    assert str(tmp_path / "data") in capsys.readouterr().err


def test_divergence_exits_with_1(tmp_path, capsys):
    wild = {"teacher.widths": "64-64-64", "teacher_training.optimizer": "sgd", "teacher_training.learning_rate": 10}
    assert fit_file(tmp_path, unflatten(wild | {"data.name": "blobs"}).model_dump_json()) == 1
    lines = capsys.readouterr().out.splitlines()
    assert json.loads(lines[-1])["reason"] == "diverged"
    assert None in json.loads(lines[-2])["train_loss"], "the loss that is no number"
    assert "NaN" not in "".join(lines)


def test_without_a_file_it_runs_the_default(monkeypatch):
    seen = []
    monkeypatch.setattr(work, "rows", lambda experiment: seen.append(experiment) or iter(()))
    assert main(["fit"]) == 1, "a run without an end has failed"
    assert seen == [Experiment()]


def refuse_to_run(_experiment):
    raise AssertionError("nothing was to be trained")


def test_a_wrong_device_exits_with_2_and_a_sentence(monkeypatch, capsys):
    monkeypatch.setenv("KD_DEVICE", "abacus")
    assert main(["fit"]) == 2
    assert capsys.readouterr() == ("", "KD_DEVICE is abacus: choose one of cpu, cuda\n")


def test_a_folder_that_cannot_be_written_is_told_before_the_run(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(work, "rows", refuse_to_run)
    (tmp_path / "notes").write_text("a file where the folder should be")
    assert main(["fit", "--keep", str(tmp_path / "notes" / "runs")]) == 2
    assert capsys.readouterr().err == f"{tmp_path}/notes/runs cannot be written: Not a directory\n"


def test_a_folder_that_is_there_but_takes_no_file_is_told_before_the_run(tmp_path, monkeypatch, capsys):
    def refuse(*_arguments, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(work, "rows", refuse_to_run)
    monkeypatch.setattr("kdcore.recordings.TemporaryFile", refuse)
    assert main(["fit", "--keep", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"{tmp_path} cannot be written: Permission denied\n"


def test_a_compression_is_run_kept_and_shown_as_a_table(tmp_path, capsys):
    order = Compression(experiment=SMALL, pipelines=("prune:sparsity=0.5,epochs=1+code",), seeds=2)
    path = tmp_path / "compression.json"
    path.write_text(order.model_dump_json())
    assert main(["compress", str(path), "--keep", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    names = [from_line(line)["name"] for line in lines if line.startswith("{") and '"variant"' in line]
    assert names == ["", "prune:sparsity=0.5,epochs=1", "prune:sparsity=0.5,epochs=1+code"]
    table = [line for line in lines if not line.startswith("{")]
    assert table[-1].startswith("prune:sparsity=0.5,epochs=1+code")
    assert first(recorded(tmp_path, order.key), "variant", name=names[2])["size_bytes"]


def test_a_wrong_compression_exits_with_2_and_a_sentence(tmp_path, capsys):
    path = tmp_path / "compression.json"
    path.write_text('{"pipelines": ["code+share"]}')
    assert main(["compress", str(path)]) == 2
    assert capsys.readouterr() == ("", "pipeline is code+share: share cannot follow code; after it may come: nothing\n")


def test_a_map_is_run_kept_and_shown_as_a_table(tmp_path, capsys):
    told = SMALL.model_dump(mode="json"), {"setting": "temperature", "values": [4, 1, 1]}
    path = tmp_path / "sweep.json"
    path.write_text(
        json.dumps({"experiment": told[0], "x": told[1], "y": {"setting": "soft_weight", "values": [0, 1]}})
    )
    assert main(["sweep", str(path), "--keep", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    assert printed.err == "x: each value is taken once, in order: 1, 4\n"
    lines = printed.out.splitlines()
    key = from_line(lines[0])["key"]
    heading, _name, without, taught = lines[-4:]
    assert heading.split() == ["1", "4"]
    assert without.startswith("soft_weight 0")
    assert without.count("(+0.0 ±0.0)") == 2
    cell = first(recorded(tmp_path, key), "cell", done=True, x=4.0, y=1.0)
    assert taught.startswith("soft_weight 1")
    assert numbers.percent(interval(cell["val_accuracy"]["distilled"]).mean) in taught


def test_a_map_with_panels_and_assistants_has_lines_of_their_own(tmp_path, capsys):
    told = (SMALL.model_dump(mode="json") | {"assistant": True}, {"setting": "temperature", "values": [1]})
    path = tmp_path / "sweep.json"
    panel = {"setting": "training.optimizer", "values": "adam, sgd"}
    path.write_text(json.dumps({"experiment": told[0], "x": told[1], "panel": panel}))
    assert main(["sweep", str(path)]) == 0
    printed = capsys.readouterr()
    assert printed.err == "x has one value, 1: nothing differs along it\n"
    lines = [line for line in printed.out.splitlines() if line.startswith("training.optimizer")]
    assert [line.split()[1].strip(",") for line in lines] == ["adam", "sgd", "adam", "sgd"]
    assert sum(ROLES["assisted"].label in line for line in lines) == 2


def test_without_a_file_the_default_map_is_drawn(monkeypatch):
    seen = []
    monkeypatch.setattr(work, "rows", lambda order: seen.append(order) or iter(()))
    assert main(["sweep"]) == 1
    assert seen == [QUESTIONS["map"].sweep]


def test_a_wrong_map_exits_with_2_and_a_sentence(tmp_path, capsys):
    path = tmp_path / "sweep.json"
    path.write_text('{"x": {"setting": "temperature", "values": [0]}}')
    assert main(["sweep", str(path)]) == 2
    assert capsys.readouterr() == ("", "x.values is 0: as temperature, a number from 0.1 to 100 was expected\n")
