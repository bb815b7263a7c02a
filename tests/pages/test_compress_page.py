"""The page on compression: opens on a recorded plane, follows its address, fills while one watches."""

import csv
import io
import json

import numpy as np
import onnxruntime
import pytest
import safetensors.numpy
from visits import COARSE, CODED, DEPLOYED, PLANE, PRUNED, STUDENT, listed, said, visit

from kdcore import compression, export
from kdcore.calibrate import Calibration
from kdcore.claims import CLAIMS, ORDER
from kdcore.compress import codec
from kdcore.compress.answers import logits
from kdcore.compress.coded import values
from kdcore.compress.effort import effort
from kdcore.compress.run import compress
from kdcore.compress.stages import Net
from kdcore.compression import DEFAULT, Compression
from kdcore.engine.answer import refused
from kdcore.events import first
from kdcore.experiment import flatten, unflatten
from kdcore.figures import numbers
from kdcore.figures.stages import label
from kdcore.store import Reader, StoreProblem
from pages._ui import expected, runs
from pages._ui.compress import address, examples, file, gist, hand, networks, take
from pages._ui.compress.card import measures
from pages._ui.compress.networks import model

HERE = address.written(PLANE)


def look(query: dict[str, str] = HERE, **more: str):
    """Open the page at an address."""
    app = visit("compress.py", **query, **more)
    assert not app.exception
    return app


@pytest.fixture
def plane(lab, plane_rows):
    """The small plane, finished and stored."""
    lab.put(PLANE, plane_rows)
    return runs.find(PLANE.key)


def test_opens_on_the_recorded_plane_with_an_answer_in_one_sentence(lab):
    app = look({})
    assert app.title[0].value == "How small can it get?"
    assert "x smaller: *" in app.main.markdown[0].value
    assert "Recorded run of" in said(app)
    assert not app.warning
    assert app.query_params == {}


def test_the_answer_is_the_smallest_file_that_loses_little_on_validation(plane_rows):
    rows = {row["name"]: row for row in plane_rows if row["event"] == "variant"}
    good = [
        name
        for name, row in rows.items()
        if np.mean(rows[""]["val_accuracy"]) - np.mean(row["val_accuracy"]) <= gist.MAY_LOSE
    ]
    assert gist.proposed(tuple(plane_rows)) == min(good, key=lambda name: np.mean(rows[name]["size_bytes"]))


def test_without_anything_smaller_the_answer_says_so(plane_rows):
    begun = [row for row in plane_rows if row["event"] == "started" or row.get("name") == ""]
    assert gist.gist(tuple(begun)) == ("Nothing smaller yet that loses at most 1 point of validation accuracy.", "")


def test_the_address_holds_all_that_is_looked_at(plane):
    seen = {"variant": STUDENT, "against": "flops", "part": "need", "device": "own", "flash": "8", "lose": "2.5"}
    app = look(**seen)
    assert app.query_params == HERE | seen
    assert listed(app, "compress.variant").value == STUDENT
    assert app.radio(key="compress.against").value == "flops"
    assert app.number_input(key="compress.flash").value == 8
    assert app.number_input(key="compress.lose").value == 2.5


def test_what_is_changed_goes_into_the_address(plane):
    app = look()
    listed(app, "compress.variant").select(CODED).run()
    app.radio(key="compress.against").set_value("nonzero").run()
    app.radio(key="compress.part").set_value("file").run()
    assert app.query_params == HERE | {"variant": CODED, "against": "nonzero", "part": "file"}
    assert f"Of the variant: {label(CODED)}" in said(app)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("variant", "squash", "a pipeline such as prune:sparsity=0.9+code was expected"),
        ("against", "weight", "one of size_bytes, flops, latency_ms, nonzero was expected"),
        ("part", "<b>", "one of stages, weights, changed, file, hand, need, claims was expected"),
        ("device", "fridge", "one of microcontroller, browser, phone, server, own was expected"),
        ("priority", "x", "one of size, speed, accuracy, effort was expected"),
        ("flash", "-1", "a number from 1 to 100000 was expected"),
        ("ram", "nan", "a number from 1 to 100000 was expected"),
        ("lose", "much", "a number from 0 to 100 was expected"),
        ("teachers", "3", "a whole number from 1 to 2 was expected"),
        ("teachers", "0", "a whole number from 1 to 2 was expected"),
        ("data.labels", "many", "a whole number"),
        (
            "classes",
            "3-5-8",
            "is 3-5-8: it concerns students; the teacher, which is made smaller, knows",
        ),
    ],
)
def test_what_says_nothing_in_the_address_is_ignored_with_a_sentence(lab, name, value, words):
    found = address.read(HERE | {name: value})
    (problem,) = found.ignored
    assert words in str(problem)
    assert address.written(found.chosen, found.view) == HERE


def test_the_page_tells_what_it_ignores(plane):
    app = look(part="x", variant="prune:sparsity=0.123")
    assert "Ignored in the address: part is x: one of stages" in app.warning[0].value
    assert "there is no variant “pruned 12.3 %” on this plane" in app.warning[1].value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("prune:sparsity=0", "prune.sparsity is 0: a number from 0.001 to 0.999 was expected"),
        ("prune:sparsity=1", "prune.sparsity is 1: a number from 0.001 to 0.999 was expected"),
        ("quantize:bits=17", "quantize.bits is 17: a whole number from 1 to 16 was expected"),
        ("low_rank:keep=2", "low_rank.keep is 2: a number from 0.01 to 1 was expected"),
        ("code+share", "share cannot follow code; after it may come: nothing"),
        ("prune+distil", "distil cannot follow prune"),
        ("shrink", "pipeline is shrink: choose one of distil, prune"),
        ("prune:much=1", "there is no such setting; choose of sparsity, scope"),
        ("distil:widths=0", "distil.widths is"),
    ],
)
def test_a_pipeline_that_cannot_be_is_told_in_a_sentence(lab, text, words):
    found = address.read({"pipelines": f"{COARSE};{text}"})
    (problem,) = found.ignored
    assert words in str(problem)
    assert address.written(found.chosen) == {"pipelines": COARSE}, "the others stay"


def test_too_many_pipelines_are_cut_off_with_a_sentence(lab):
    found = address.read({"pipelines": ";".join(f"prune:sparsity=0.{n}" for n in range(100, 180))})
    assert len(found.chosen.pipelines) == 64
    assert "choose between 1 and 64 pipelines" in str(found.ignored[0])


def test_an_address_is_read_as_it_was_written(lab):
    seen = address.View(CODED, "flops", "hand", "own", 12.5, 3.0, "speed", 0.5)
    assert address.read(address.written(PLANE, seen)) == address.Address(PLANE, seen)


def test_what_an_experiment_asks_of_students_is_dropped(lab):
    found = address.read({"left_out": "3", "controls": "true", "unlabelled": "50", "assistant": "true"})
    assert found.chosen == Compression()
    assert address.read({"label_noise": "0.2"}).chosen.experiment.label_noise == 0.2  # teachers are told wrong ones too


def test_ticks_ask_for_another_plane_and_back(lab):
    app = look({})
    app.checkbox(key="compress.tick.quantize").uncheck().run()
    assert len(app.query_params["pipelines"].split(";")) == len(DEFAULT) - 1
    app.checkbox(key="compress.tick.quantize").check().run()
    assert app.query_params == {}, "the same ticks are the same plane"


def test_the_last_tick_stays(lab):
    app = look({"pipelines": COARSE})
    app.checkbox(key=f"compress.tick.{COARSE}").uncheck().run()
    assert app.query_params == {"pipelines": COARSE}
    assert app.checkbox(key=f"compress.tick.{COARSE}").value
    assert "The last variant stays" in app.sidebar.warning[0].value
    assert not app.run().sidebar.warning, "it is told once"


def test_a_pipeline_of_ones_own_is_put_together_and_onto_the_plane(lab):
    app = look({"pipelines": COARSE})
    app.selectbox(key="compress.next").select("prune").run()
    app.selectbox(key="compress.next").select("code").run()
    assert app.text_input(key="compress.own").value == "prune:sparsity=0.9+code:form=index5"
    app.text_input(key="compress.own").set_value("prune:sparsity=0.7+code").run()
    app.button(key="compress.add").click().run()
    assert app.query_params == {"pipelines": f"{COARSE};prune:sparsity=0.7+code"}
    assert "It is on the plane already" in said(app)


def test_a_pipeline_of_ones_own_that_cannot_be_gets_a_sentence(lab):
    app = look({})
    app.text_input(key="compress.own").set_value("code+prune").run()
    assert app.error[0].value == "pipeline is code+prune: prune cannot follow code; after it may come: nothing."


def test_the_teachers_of_any_finished_run_can_be_taken(lab, small_rows):
    other = PLANE.experiment
    lab.put(other, small_rows)
    app = look({"pipelines": COARSE})
    app.selectbox(key="compress.run").select(other.key).run()
    assert app.query_params == other.to_query() | {"pipelines": COARSE}
    app.slider(key="compress.teachers").set_value(1).run()
    assert app.query_params["teachers"] == "1"


def test_settings_that_were_never_measured_can_be_compressed_here(lab):
    app = look()
    assert "This plane is of other settings" in said(app)
    app.button(key="compress").click().run()
    assert lab.commands == [("submit", PLANE, 0)]
    assert app.query_params == HERE, "the address stays"


def test_about_how_long_it_takes_stands_beside_the_button(lab):
    like = "5 variants of 2 teachers each, a few seconds"
    assert like in said(look()), "judged by a recorded run"
    assert lab.calibrations == 1, "this machine's speed is not known"
    lab.put(Calibration(), [{"event": "finished", "overhead_s": 1.0, "flops_per_s": 1e30}])
    runs.reader.cache_clear()
    assert expected.seconds(PLANE) == pytest.approx(effort(PLANE).steps)
    assert f"5 variants of 2 teachers each, about {round(effort(PLANE).steps / 60)} min" in said(look())
    assert lab.calibrations == 1


def test_one_variant_of_one_teacher_is_told_in_the_singular(lab):
    assert "1 variant of 1 teacher each" in said(look({"pipelines": COARSE, "teachers": "1"}))


def test_a_refusal_is_told(lab):
    lab.answer = refused("too_many")
    app = look()
    app.button(key="compress").click().run()
    assert "You have two runs waiting already" in said(app)


def test_a_plane_fills_while_one_watches(lab, plane_rows):
    begun = [row for row in plane_rows if "payload" not in row][:4]
    lab.put(PLANE, begun, "running", progress=0.25)
    app = look()
    assert "3 of 6 networks are made and measured" in app.main.get("progress")[0].proto.text
    assert len(listed(app, "compress.variant").options) == 3
    for part in ("weights", "changed", "hand"):
        app.radio(key="compress.part").set_value(part).run()
        assert "when the run has ended" in said(app)
    app.button(key="compress.stop").click().run()
    assert lab.commands == [(PLANE.key, "stop")]
    lab.put(PLANE, plane_rows[len(begun) :])
    app.run()
    assert len(listed(app, "compress.variant").options) == 6
    assert not app.main.get("progress")


def test_the_first_variant_is_waited_for_beside_the_recorded_plane(lab, plane_rows):
    lab.put(PLANE, plane_rows[:1], "running", progress=0.1)
    app = look(variant=CODED)
    assert "The teachers learn." in app.main.get("progress")[0].proto.text
    assert "Recorded run of" in said(app)
    assert f"The variant “{label(CODED)}” is not measured yet" in app.warning[0].value
    assert app.query_params["variant"] == CODED


def test_a_plane_that_was_stopped_says_so_and_stays(lab, plane_rows):
    rows = [*[row for row in plane_rows if "payload" not in row][:3], {"event": "failed", "reason": "stopped"}]
    lab.put(PLANE, rows, "failed", reason="stopped")
    app = look()
    assert "Stopped. What was measured stays" in app.warning[0].value
    assert len(listed(app, "compress.variant").options) == 2


def test_a_default_plane_that_was_stopped_at_once_leaves_the_recorded_one(lab):
    lab.put(Compression(), [{"event": "failed", "reason": "stopped"}], "failed", reason="stopped")
    app = look({})
    assert "Stopped. What was measured stays" in app.warning[0].value
    assert "Recorded run of" in said(app)


def test_where_nothing_is_there_at_all_the_next_step_is_told(lab, monkeypatch):
    monkeypatch.setattr(runs, "recording", lambda key: None)
    monkeypatch.setattr(runs, "finished", lambda limit=None: [])
    app = look()
    assert "Nothing was measured yet. Press Compress" in app.info[0].value


def test_the_numbers_of_a_variant_stand_beside_those_of_its_teacher(plane):
    table = measures(plane.rows, CODED)
    assert list(table.columns) == ["Variant", "Teacher"]
    row = first(plane.rows, "variant", name=CODED)
    assert table["Variant"]["Weights not zero"] == str(row["nonzero"][0])
    assert table["Teacher"]["KL to teacher"] == "–"
    assert list(measures(plane.rows, "").columns) == ["Teacher"]


def test_learning_time_is_that_of_all_stages(plane):
    table = measures(plane.rows, CODED)
    assert table["Variant"]["Learning time"] == measures(plane.rows, PRUNED)["Variant"]["Learning time"]
    assert measures(plane.rows, COARSE)["Variant"]["Learning time"] == "none"


def test_the_format_of_the_files_is_given_away_with_their_reader(plane):
    labels = [button.proto.label for button in look(variant=CODED).main.get("download_button")]
    assert {"A reader for .kdz", "The format of .kdz"} <= set(labels)
    assert "**The file.**" in codec.__doc__


def test_weights_are_shown_before_and_after(plane):
    words = said(look(variant=COARSE, part="weights"))
    assert "different values" in words
    assert "One stage more" not in words, "what is rounded may not be deployed"
    assert "Not zero: layer 1" in words


def test_weights_that_only_onnx_runtime_knows_are_not_shown(plane):
    words = said(look(variant=DEPLOYED, part="weights"))
    assert "Only ONNX Runtime knows the weights of its file. Look at what it was made from: teacher." in words


def test_what_changed_is_counted_and_drawn(plane):
    app = look(variant=PRUNED, part="changed")
    before, after = (np.array(first(plane.rows, "variant", name=name)["predicted"]) for name in ("", PRUNED))
    changed = int((before != after).sum())
    assert changed
    assert f"**{changed}" not in said(app)
    assert f"{changed} of 360 validation examples are answered otherwise" in said(app)
    assert "These are the networks of one seed" in said(app)
    assert app.main.get("html")[0].proto.body.count("<figure") == min(changed, examples.MOST)


def test_of_what_changed_the_lost_come_first_and_the_won_last():
    label, before, after = np.array([0, 0, 0, 0, 0]), np.array([0, 1, 1, 0, 2]), np.array([0, 0, 2, 1, 2])
    assert examples.order(before, after, label) == [3, 2, 1]


@pytest.fixture
def judged(lab, plane_rows, monkeypatch):
    """A plane on which one claim can be judged; recordings there are none."""
    monkeypatch.setattr(runs, "recording", lambda key: None)
    monkeypatch.setattr(runs, "finished", lambda limit=None: [])
    lab.put(PLANE, [*plane_rows[:-1], *ways(plane_rows, CLAIMS[0], 0.95, 0.85), plane_rows[-1]])


def ways(plane_rows: list[dict], claim: tuple, this: float, other: float) -> list[dict]:
    """Variants that are compared by a claim, and their accuracies with two seeds."""
    like = first(plane_rows, "variant", name=PRUNED)
    measured = zip(claim[1], (this, other), strict=True)
    return [
        like | {"name": compression.name(compression.read(way)), "test_accuracy": [accuracy, accuracy + 0.01]}
        for way, accuracy in measured
    ]


def tables_of_claims(app) -> list[list[dict]]:
    tables = [each.value for each in app.table if each.value.index.name == "Claim"]
    return [each.reset_index().to_dict("records") for each in tables]


def test_claims_are_judged_by_the_seeds_of_the_plane(judged):
    app = look(part="claims")
    assert "Of 6 claims 1 can be judged here" in said(app)
    ((line,),) = tables_of_claims(app)
    assert line["Claim"] == "Pruning the smallest weights keeps more than pruning any. (Han 2015)"
    assert line["Difference in points"] == "+10.0 ±0.0"


def test_the_recorded_plane_that_judges_all_claims_comes_first(judged, plane_rows, monkeypatch):
    recorded = [plane_rows[0], *(row for claim in CLAIMS for row in ways(plane_rows, claim, 0.9, 0.7))]
    planes = {ORDER.key: runs.Shown(ORDER.key, tuple(recorded))}
    monkeypatch.setattr(runs, "recording", planes.get)
    app = look(part="claims")
    first_table, own = tables_of_claims(app)
    assert (len(first_table), len(own)) == (len(CLAIMS), 1)
    assert first_table[0]["Difference in points"] == "+20.0 ±0.0"
    assert "Recorded run of" in said(app)
    assert "What the plane above says" in said(app)


def test_a_plane_of_as_many_claims_and_seeds_needs_no_other(lab, plane_rows, monkeypatch):
    rows = [row for claim in CLAIMS for row in ways(plane_rows, claim, 0.9, 0.7)]
    monkeypatch.setattr(runs, "recording", lambda key: runs.Shown(key, (plane_rows[0], *rows)))
    lab.put(PLANE, [*plane_rows[:-1], *rows, plane_rows[-1]])
    assert len(tables_of_claims(look(part="claims"))) == 1
    five_seeds = plane_rows[0] | {"seeds": [0, 1, 2, 3, 4]}
    monkeypatch.setattr(runs, "recording", lambda key: runs.Shown(key, (five_seeds, *rows)))
    assert len(tables_of_claims(look(part="claims"))) == 2


def test_what_cannot_be_made_of_a_teacher_is_told(lab, plane_rows):
    why = {"event": "impossible", "name": "prune:sparsity=0.999", "detail": "sparsity 0.999 would leave no weight"}
    lab.put(PLANE, [*plane_rows[:-1], why, plane_rows[-1]])
    assert "cannot be made of this teacher: sparsity 0.999 would leave no weight." in said(look())


def test_of_points_a_table_tells_which_changed(lab):
    order = PLANE.model_copy(update={"experiment": unflatten(flatten(PLANE.experiment) | {"data.name": "moons"})})
    lab.put(order, [row for row in compress(order) if row["event"] != "batch"])
    app = look(address.written(order), variant=COARSE, part="changed")
    (table,) = [each.value for each in app.dataframe if "Before" in each.value.columns]
    assert f"{len(table)} of 500 validation examples are answered otherwise" in said(app)
    assert (table["Before"] != table["After"]).all()
    assert set(table["Label"]) <= {"upper", "lower"}


def test_what_is_taken_away_is_what_was_measured(plane):
    x, _label = examples.kept_examples(plane)
    inputs = {"x": x.astype(np.float32) / 255}
    for name in ("", CODED, STUDENT):
        (answers,) = onnxruntime.InferenceSession(take.onnx(plane, name)).run(None, inputs)
        told = first(plane.rows, "variant", name=name)
        assert (answers.argmax(-1) == told["predicted"]).mean() > 0.99
        ending, own = networks.file(plane, name)
        weights, about = export.read_safetensors(take.safetensors(plane, name))
        assert (ending, about["variant"], len(own)) == ("kdz", name, told["size_bytes"][told["seed"]])
        assert {key: array.tobytes() for key, array in weights.items()} == {
            key: array.tobytes() for key, array in values(codec.read(own)).items()
        }
    ending, own = networks.file(plane, DEPLOYED)
    assert (ending, len(onnxruntime.InferenceSession(own).run(None, inputs)[0])) == ("onnx", len(x))


def test_int8_is_a_variants_own_whole_numbers_or_what_onnx_runtime_makes_of_it(plane):
    x, label = examples.kept_examples(plane)
    for name, is_own in ((COARSE, True), (CODED, False), ("", False)):
        found, own, accuracy = take.int8(plane, name)
        (answers,) = onnxruntime.InferenceSession(found).run(None, {"x": examples.inputs(x)})
        assert (own, (answers.argmax(-1) == label).mean()) == (is_own, accuracy)
        assert (answers.argmax(-1) == first(plane.rows, "variant", name=name)["predicted"]).mean() > 0.97
        assert f"and has {100 * accuracy:.1f} % on 360 validation examples" in take.whole_numbers(plane, name)
    assert "holds the whole numbers of the .kdz file" in said(look(variant=COARSE))
    assert "dynamic quantisation makes of it" in said(look(variant=CODED))
    assert "ONNX (int8)" not in said(look(variant=DEPLOYED)), "which is in int8 itself"


@pytest.mark.parametrize("bits", [8, 12])
def test_inputs_of_eight_bits_are_taken_away_with_the_weights(lab, bits):
    name = f"quantize:bits={bits},activations=true" if bits != 8 else "quantize:activations=true"
    order = PLANE.model_copy(update={"pipelines": (compression.read(name),), "seeds": 1})
    lab.put(order, [row for row in compress(order) if row["event"] != "batch"])
    shown = runs.find(order.key)
    _weights, about = export.read_safetensors(take.safetensors(shown, name))
    ranges = json.loads(about["ranges"])
    assert list(ranges) == ["1", "3"]
    x, _label = examples.kept_examples(shown)
    own = networks.contents(shown, name)
    wanted = logits(Net(own.layers, own.network, own.weights, ranges=ranges), examples.inputs(x))
    for taken in (take.onnx(shown, name), *([take.int8(shown, name)[0]] if bits == 8 else [])):
        (found,) = onnxruntime.InferenceSession(taken).run(None, {"x": examples.inputs(x)})
        assert np.mean(np.abs(found - wanted).max(1) < 1e-4) > 0.95, "all but where a code is a tie"
    plain = logits(Net(own.layers, own.network, own.weights), examples.inputs(x))
    assert np.abs(plain - wanted).max() > 1e-3, "it does matter"


def test_measures_are_given_away_by_variant_and_seed(plane):
    lines = list(csv.DictReader(io.StringIO(take.csv(plane.rows))))
    assert len(lines) == 6 * 2
    row = first(plane.rows, "variant", name=CODED)
    (line,) = [each for each in lines if (each["variant"], each["seed"]) == (CODED, "1")]
    assert (int(line["size_bytes"]), float(line["test_accuracy"])) == (row["size_bytes"][1], row["test_accuracy"][1])
    assert line["parent"] == PRUNED


def test_why_a_file_is_not_smaller_and_not_faster_is_told_in_measured_numbers(plane):
    words = said(look(variant=PRUNED, part="file"))
    assert "float32 (safetensors) takes" in words
    assert "80.0 % of its weights are zero. One example takes" in words
    assert f"One stage more puts int8 with calibrated inputs on the plane: `{PRUNED}+deploy`" in words
    assert "Latency was measured with onnxruntime" in words
    assert "Latency was measured" not in said(look(variant="teacher", part="file")), "it is compared to itself"


SLOW, LIKE_THE_TEACHER, FAST = [0.03, 0.031, 0.032], [0.0195, 0.02, 0.021], [0.01, 0.011, 0.012]


@pytest.mark.parametrize(
    ("name", "one", "many", "heading", "words"),
    [
        (DEPLOYED, SLOW, FAST, "And why is it not always faster?", "In int8 each layer's inputs are rounded"),
        (DEPLOYED, FAST, FAST, "And why is it faster?", "In int8 one instruction"),
        (COARSE, LIKE_THE_TEACHER, SLOW, "And why is it not faster?", "Codes are unpacked"),
        (COARSE, FAST, FAST, "And why is it faster?", "this may be luck of the machine"),
        (STUDENT, LIKE_THE_TEACHER, FAST, "And why is it not always faster?", "A call takes time"),
        (STUDENT, FAST, FAST, "And why is it faster?", "less to compute: 1,184 FLOPs instead of 2,368"),
        (PRUNED, LIKE_THE_TEACHER, LIKE_THE_TEACHER, "And why is it not faster?", "A dense kernel multiplies"),
    ],
)
def test_speed_is_explained_by_what_was_measured_and_done(plane_rows, name, one, many, heading, words):
    kept = [60, 60] if name == PRUNED else [592, 592]
    full = {"nonzero": kept, "layers": [{"shape": [16, 37]}]}
    row, teacher = (first(plane_rows, "variant", name=each) | full for each in (name, ""))
    teacher |= {"latency_ms": {"1": [0.02, 0.02, 0.0205], "256": [0.02, 0.02, 0.0205]}}
    found, told = file.speed(row | {"latency_ms": {"1": one, "256": many}}, teacher)
    assert found == heading
    assert words in told


def test_each_time_is_compared_beyond_its_spread(plane_rows):
    row, teacher = (first(plane_rows, "variant", name=name) for name in (PRUNED, ""))
    teacher = teacher | {"latency_ms": {"1": FAST, "256": SLOW}}
    _heading, told = file.speed(row | {"latency_ms": {"1": FAST, "256": FAST}}, teacher)
    assert "One example takes 11 µs, with the teacher 11 µs: no difference beyond the spread" in told
    assert "256 at once take 11 µs, with the teacher 31 µs: faster." in told
    _heading, told = file.speed(row | {"latency_ms": {"1": SLOW, "256": SLOW}}, teacher)
    assert "One example takes 31 µs, with the teacher 11 µs: slower." in told


def test_by_hand_the_accuracy_follows_at_once(plane):
    app = look(part="hand")
    whole = first(plane.rows, "variant", name="")["val_accuracy"]
    assert f"Accuracy {100 * max(whole):.1f} % instead of {100 * max(whole):.1f} % on 360" in said(app)
    app.slider(key="hand.sparsity").set_value(0.5).run()
    assert "this layer has 512 of 1,024 weights that are not zero" in said(app)
    app.select_slider(key="hand.bits").set_value(1).run()
    assert "512 of 1,024 weights that are not zero, and 33 different ones" in said(app), "0, and two for each unit"
    app.radio(key="hand.knob").set_value("bits").run()
    assert "Changed alone, without training" in said(app)


def test_by_hand_the_layer_that_is_changed_stands_out(plane, monkeypatch):
    drawn = []
    monkeypatch.setattr(hand, "still", lambda _module, prepare, *what: drawn.append(prepare(*what)))
    app = look(part="hand")
    app.selectbox(key="hand.layer").select("3").run()
    assert [layer for _measured, _knob, layer in drawn] == ["1", "3"]


def test_a_network_of_ones_own_is_used(plane):
    app = look(part="hand")
    assert "a plane is made of teachers that were trained in the lab" in said(app)
    weights = {
        "1.weight": np.zeros((4, 64)),
        "1.bias": np.zeros(4),
        "3.weight": np.zeros((10, 4)),
        "3.bias": np.zeros(10),
    }
    upload(app, safetensors.numpy.save({name: array.astype(np.float32) for name, array in weights.items()}))
    assert "What follows is of mine.safetensors" in said(app)
    assert "this layer has 0 of 256 weights that are not zero" in said(app)
    assert "layer 1 to 98 %, layer 2 to 98 %" in said(app), "where all is zero, nothing can be lost"


def test_a_file_that_cannot_be_used_is_told_in_a_sentence(plane):
    app = look(part="hand")
    upload(app, b"PK no weights")
    assert app.error[0].value == "mine.safetensors cannot be used: it is no safetensors file."
    assert "this layer has 1,024" in said(app), "the teacher's weights stay"


def upload(app, content: bytes) -> None:
    app.file_uploader(key="hand.file").upload("mine.safetensors", content, "application/octet-stream").run()
    assert not app.exception


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"1.weight": np.zeros((5, 64), np.float32)}, "1.weight of shape (16, 64) was expected, and it holds (5, 64)"),
        ({"1.bias": None}, "1.bias of shape (16,) was expected, and it holds nothing of this name"),
        ({"7.weight": np.zeros(3, np.float32)}, "it holds 7.weight, which this network has not"),
        ({"1.weight": np.zeros((16, 64), np.int64)}, "float32 was expected, and it holds int64"),
        ({"1.bias": np.full(16, np.nan, np.float32)}, "some of its weights are no finite numbers"),
        ({"1.bias": np.full(16, 1e300)}, "some of its weights are no finite numbers"),
    ],
)
def test_weights_that_do_not_fit_are_told_in_a_sentence(plane, change, words):
    weights = {name: array for name, array in (model(plane, "").weights | change).items() if array is not None}
    with pytest.raises(ValueError) as problem:
        hand.read(safetensors.numpy.save(weights), PLANE.experiment)
    assert words in str(problem.value)


def test_too_large_files_and_unknown_numbers_are_refused(monkeypatch):
    header = b'{"a":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}'
    with pytest.raises(ValueError, match="float32 was expected, and it holds BF16"):
        hand.read(len(header).to_bytes(8, "little") + header + b"\0\0", PLANE.experiment)
    monkeypatch.setattr(hand, "LARGEST_MB", 0)
    with pytest.raises(ValueError, match="it has more than 0 MB"):
        hand.read(header, PLANE.experiment)


def test_advice_follows_the_device_and_what_matters(plane):
    app = look(part="need", lose="100")
    assert "For a small file: *" in said(app)
    app.radio(key="compress.priority").set_value("accuracy").run()
    assert "For accuracy: *" in said(app)
    pruned = first(plane.rows, "variant", name=PRUNED)
    learned = f"{numbers.count(pruned['training_flops'])} ({numbers.seconds(pruned['seconds'])})"
    lines = {line["Variant"]: line["FLOPs of learning"] for line in app.main.table[1].value.to_dict("records")}
    assert lines[label(CODED)] == learned, "a code learns nothing more"
    assert lines["teacher"] == "none"
    assert app.query_params["priority"] == "accuracy"
    app.radio(key="compress.device").set_value("own").run()
    app.number_input(key="compress.flash").set_value(2.0).run()
    best = app.main.table[1].value.iloc[0]["File"]
    assert best.endswith(" B") or float(best.split()[0]) <= 2, "it fits into 2 kB"
    app.button(key="compress.look").click().run()
    assert listed(app, "compress.variant").value == app.query_params["variant"]


def test_where_nothing_fits_that_is_said(plane):
    app = look(part="need", device="own", flash="1", ram="1", lose="0")
    assert "None of the 6 variants that were measured fits (file too large: " in said(app)
    lines = {line["Variant"]: line for line in app.main.table[1].value.to_dict("records")}
    assert "file too large" in lines["teacher"].pop("Why not")
    assert list(lines["teacher"]) == ["Variant", "File", "Memory", "Points to the teacher"], "what decides, no more"


def test_a_store_that_is_away_is_told_and_tried_again(plane, monkeypatch):
    def away(*_question) -> None:
        raise StoreProblem("The store is away.")

    with monkeypatch.context() as broken:
        broken.setattr(Reader, "blob", away)
        app = look(part="changed")
        assert "Examples are shown when the run has ended" in said(app)
        assert "The files are there when the run has ended" in said(app)
    app.run()
    assert "validation examples are answered otherwise" in said(app)


def test_from_here_one_comes_with_the_settings_of_any_experiment(lab):
    other = unflatten({"data.name": "moons", "seeds": 1})
    found = address.read(other.to_query())
    assert (found.chosen.experiment, found.chosen.seeds) == (other, 1)
