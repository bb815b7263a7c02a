"""Tables: what was measured of each lane, to read; and every epoch of every seed, to take away."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median

import pandas as pd

from kdcore.events import Row, first
from kdcore.experiment import written
from kdcore.figures import cells as told
from kdcore.figures import families, numbers
from kdcore.figures.lines import points
from kdcore.figures.theme import ROLES
from kdcore.interval import interval
from kdcore.words import N_, _, decimal

COLUMNS = {  # field of the finished row: heading, explanation, how its value is written
    "test_accuracy": (
        N_("Test accuracy"),
        N_("Share of test examples answered correctly; ± or brackets: 95 % interval of the mean over seeds."),
        lambda values: numbers.percent(interval(values)),
    ),
    "parameters": (N_("Parameters"), N_("Weights and biases."), numbers.count),
    "size_bytes": (N_("On disk"), N_("Length of the safetensors file, written and read back."), numbers.size),
    "flops": (N_("FLOPs"), N_("Floating-point operations for one example, two per multiply-add."), numbers.count),
    "latency_ms": (
        N_("Latency"),
        N_("Median time for one example in ONNX Runtime, on one thread."),
        lambda value: numbers.seconds(value / 1000),
    ),
    "agreement": (
        N_("Agrees with teacher"),
        N_("Share of test examples on which its top class is that of its teacher, right or wrong."),
        lambda values: numbers.percent(interval(values)),
    ),
    "kl": (
        N_("KL to teacher"),
        N_("Kullback-Leibler divergence, how much of the teacher's opinion it misses; 0 is a perfect copy."),
        lambda values: numbers.nats(interval(values)),
    ),
    "ece": (
        N_("Calibration error"),
        N_("Expected calibration error: how far its confidence is from its accuracy; 0 % is best."),
        lambda values: numbers.percent(interval(values)),
    ),
}


def results(rows: Sequence[Row]) -> pd.DataFrame:
    """One line a lane, one column a measure, written for reading; empty where the run did not finish."""
    finished = first(rows, "finished")
    lines = {
        _(ROLES[line["lane"]].label): {
            _(heading): "–" if line[field] is None else write(line[field])
            for field, (heading, _help, write) in COLUMNS.items()
        }
        for line in (finished["table"] if finished else ())
    }
    return pd.DataFrame.from_dict(lines, orient="index").rename_axis(_("Lane"))


def epochs(rows: Sequence[Row]) -> pd.DataFrame:
    """Every measured number: one line for each lane, seed and epoch. Names are those of the events."""
    measures = ("val_accuracy", "val_loss", "train_loss", "hard", "soft")
    lines = [
        {"lane": row["lane"], "seed": seed, "epoch": row["epoch"]}
        | {name: row[name][seed] for name in measures if row.get(name) is not None}
        for row in rows
        if row["event"] == "epoch"
        for seed in range(len(row["val_accuracy"]))
    ]
    return pd.DataFrame(lines, columns=["lane", "seed", "epoch", *measures])


def variants(rows: Sequence[Row]) -> pd.DataFrame:
    """One line a variant of a compression, one column a measure, written for reading."""
    found = [row for row in rows if row["event"] == "variant"]
    teacher_bytes = interval(found[0]["size_bytes"]).mean if found else 0.0
    lines = {
        row["name"] or _(ROLES["teacher"].label): {
            _("Test accuracy"): numbers.percent(interval(row["test_accuracy"])),
            _("Validation accuracy"): numbers.percent(interval(row["val_accuracy"])),
            _("File"): numbers.size(round(interval(row["size_bytes"]).mean)),
            _("Smaller"): numbers.factor(interval(row["size_bytes"]).mean, teacher_bytes),
            _("Weights not zero"): numbers.count(round(interval(row["nonzero"]).mean)),
            _("FLOPs"): numbers.count(row["flops"]),
            _("One answer"): numbers.seconds(median(row["latency_ms"]["1"]) / 1000),
            _("Training"): numbers.seconds(row["seconds"]),
        }
        for row in found
    }
    return pd.DataFrame.from_dict(lines, orient="index").rename_axis(_("Variant"))


def transferred(rows: Sequence[Row]) -> pd.DataFrame:
    """One line for the teacher of a transfer and one for each family of students, test accuracies written for reading;
    empty where it did not finish."""
    finished = first(rows, "finished")
    return pd.DataFrame([_family(line) for line in (finished["table"] if finished else ())])


def _family(line: Row) -> dict[str, str]:
    accuracy, name = line["test_accuracy"], families.title(line["family"])
    pairs = zip(accuracy.get("distilled", ()), accuracy["labels"], strict=False)
    gain = [taught - alone for taught, alone in pairs]
    return {
        _("Family"): name if gain else _("Teacher: {family}").format(family=name),
        _("From labels"): numbers.percent(interval(accuracy["labels"])),
        _("Taught"): numbers.percent(interval(accuracy["distilled"])) if gain else "–",
        _("Gain over labels"): points(interval(gain)) if gain else "–",
    }


def cells(rows: Sequence[Row]) -> pd.DataFrame:
    """A map to read, a line for each value of y and each panel, a column for each of x: validation accuracy of the
    distilled student, and in brackets its paired gain over the student from labels in points; and so on for an assisted
    one, in lines of its own."""
    axes, found = told.axes(rows), told.cells(rows)
    lines: dict[str, dict[str, str]] = {}
    for lane in told.lanes(rows):
        for place, row in found.items():
            if lane != told.BASELINE and row.get("done"):
                name = ", ".join(_line(place, axes, lane))
                lines.setdefault(name, {})[written(place.x)] = _cell(row, lane)
    return pd.DataFrame.from_dict(lines, orient="index").rename_axis(f"{axes['x'].setting}:")


def _line(place: told.Place, axes: Mapping[str, told.Axis], lane: str) -> Iterator[str]:
    """What the cells of a line have in common."""
    for name in ("panel", "y"):
        if name in axes:
            yield f"{axes[name].setting} {written(getattr(place, name))}"
    yield _(ROLES[lane].label)


def _cell(row: Row, lane: str) -> str:
    accuracy, gain = told.measure(row, "val_accuracy", lane), told.gain(row, lane)
    if accuracy is None or gain is None:
        return "–"
    band = "" if gain.half_width is None else f" ±{decimal(100 * gain.half_width, 1)}"
    return f"{numbers.percent(accuracy.mean)} ({decimal(100 * gain.mean, 1, '+')}{band})"
