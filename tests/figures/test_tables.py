"""Tables: written for reading, and complete for taking away."""

from kdcore.events import CONTROLS, LANES
from kdcore.figures import tables

FINISHED = {
    "event": "finished",
    "table": [
        {
            "lane": "teacher",
            "test_accuracy": [0.9, 0.92],
            "parameters": 85_002,
            "size_bytes": 340_440,
            "flops": 168_960,
            "latency_ms": 0.0101,
            "agreement": None,
            "kl": None,
            "ece": [0.01, 0.03],
        }
    ],
}


def test_results_are_written_for_reading():
    (line,) = tables.results([FINISHED]).to_dict("records")
    assert line["Test accuracy"] == "91.0 % (78.3 to 100)"
    assert line["Parameters"] == "85,002"
    assert line["On disk"] == "340 kB"
    assert line["FLOPs"] == "169 k"
    assert line["Latency"] == "10 µs"
    assert line["Agrees with teacher"] == "–"
    assert line["Calibration error"] == "2.0 % (0 to 14.7)"


def test_controls_have_lines_of_their_own():
    lines = [FINISHED["table"][0] | {"lane": lane} for lane in (*LANES, *CONTROLS)]
    found = tables.results([FINISHED | {"table": lines}])
    assert list(found.index) == ["teacher", "from labels", "distilled", "smoothed", "shuffled"]


def test_results_of_a_run_without_an_end_are_empty():
    assert tables.results([]).empty


def test_every_epoch_of_every_seed_has_a_line():
    row = {"event": "epoch", "lane": "distilled", "epoch": 4, "val_accuracy": [0.5, 0.6], "val_loss": [1.0, None]}
    lines = tables.epochs([row | {"train_loss": None}]).to_dict("records")
    assert [(line["lane"], line["seed"], line["epoch"], line["val_accuracy"]) for line in lines] == [
        ("distilled", 0, 4, 0.5),
        ("distilled", 1, 4, 0.6),
    ]
