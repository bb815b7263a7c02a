"""A transfer on the command line, and one asked of the engine."""

import pytest

from kdcore.__main__ import main
from kdcore.engine import worker
from kdcore.events import first
from kdcore.figures import numbers
from kdcore.interval import interval
from kdcore.recordings import recorded
from kdcore.transfer import Transfer
from pages._ui import runs

SMALL = Transfer(data={"name": "moons", "labels": 12}, teacher="forest:trees=3", students="tree", seeds=2)


def test_it_is_run_kept_and_shown_as_a_table(tmp_path, capsys):
    path = tmp_path / "transfer.json"
    path.write_text(SMALL.model_dump_json())
    assert main(["transfer", str(path), "--keep", str(tmp_path)]) == 0
    _heading, teacher, tree = [line for line in capsys.readouterr().out.splitlines() if not line.startswith("{")]
    assert teacher.split()[:3] == ["Teacher:", "Random", "forest"]
    shares = first(recorded(tmp_path, SMALL.key), "finished")["table"][1]["test_accuracy"]
    assert tree.split()[:2] == ["Decision", "tree"]
    assert all(numbers.percent(interval(shares[arm])) in tree for arm in ("labels", "distilled"))


def test_a_wrong_transfer_exits_with_2_and_a_sentence(tmp_path, capsys):
    path = tmp_path / "transfer.json"
    path.write_text('{"teacher": "forest:tree=9"}')
    assert main(["transfer", str(path)]) == 2
    advice = "there is no knob tree; choose of depth, on, trees; did you mean trees?"
    assert capsys.readouterr() == ("", f"teacher is forest:tree=9: {advice}\n")


def test_a_worker_of_the_engine_runs_what_was_dumped():
    rows = list(worker._rows("kdcore.work:rows", SMALL.model_dump(mode="json")))
    assert first(rows, "started")["key"] == SMALL.key
    assert rows[-1]["event"] == "finished"


@pytest.mark.parametrize("unlabelled", [0, 1000])
def test_the_recorded_transfers_are_of_todays_settings(unlabelled):
    shown = runs.recording(Transfer(unlabelled=unlabelled).key)
    assert shown.order == Transfer(unlabelled=unlabelled)
    assert len(first(shown.rows, "finished")["table"]) == 8
