"""The page of one's own data: what cannot be used is said, what can is kept, found on every page, and deleted."""

import numpy as np
import pytest
from streamlit import config
from visits import SMALL, said, visit

from kdcore.compress.run import compress
from kdcore.compression import Compression
from kdcore.data import own, sheet
from kdcore.experiment import flatten, unflatten
from kdcore.train import fit
from pages._ui.compress import hand
from pages._ui.compress.address import written
from pages._ui.own import plane

CSV = "\n".join(
    ["a,b,c,kind", *(f"{i % 7},{i % 5},{i % 3},{['<b>sun</b>', 'moon', 'comet'][i % 3]}" for i in range(80))]
)
PLANE = "\n".join(["x,y,kind", *(f"{np.sin(i)},{i % 9 + i % 2},{'ABC'[i % 3]}" for i in range(90))])


def bring(content: bytes | str, name: str = "mine.csv"):
    content = content.encode() if isinstance(content, str) else content
    app = visit("your_data.py")
    assert not app.exception
    return app.file_uploader(key="own.file").upload(name, content).run()


def test_the_server_takes_all_that_pages_do():
    assert visit("your_data.py").file_uploader(key="own.file").proto.max_upload_size_mb == sheet.LARGEST_MB
    assert max(sheet.LARGEST_MB, hand.LARGEST_MB) <= config.get_option("server.maxUploadSize"), "413 beyond"


def keep(content: str = CSV) -> str:
    app = bring(content)
    app.button(key="own.keep").click().run()
    assert not app.exception
    assert app.success[0].value == "“mine” is kept. All pages can learn from it."
    return own.kept()[0]


def rows(experiment) -> list[dict]:
    return [row for row in fit(experiment) if row["event"] != "batch"]


def small(name: str):
    return unflatten(flatten(SMALL) | {"data.name": name})


def at(experiment) -> dict[str, str]:
    return {name.replace(".", "__"): text for name, text in experiment.to_query().items()}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is empty"),
        (b"PK\x03\x04", "it is a zip file"),
        (CSV.encode("utf-16"), "it is written as UTF-16"),
        (b",".join([b"a"] * 1_000_000), "it has 1,000,000 columns"),
        (CSV.replace("\n3,", "\ninf,"), "“a” holds inf"),
        ("a,kind\n" + "nan,x\nNaN,y\n" * 9, "beside “kind” it has no column to learn from"),
        ("a,kind\n" + "1,x\n" * 9, "There is no second class beside “x”"),
        (CSV + "\n1,1,1,<script>", "Class “‹script›” has 1 of the examples"),
    ],
    ids=["empty", "zip", "UTF-16", "a million columns", "infinite", "NaN", "one class", "seen once"],
)
def test_what_cannot_be_used_is_said_in_a_sentence_and_not_stored(lab, tmp_path, content, why):
    app = bring(content)
    assert not app.exception
    (error,) = app.main.error
    assert why in error.value
    assert [button.key for button in app.button if button.key == "own.keep"] == []
    assert not (tmp_path / "own").exists()


def test_what_becomes_of_the_columns_is_told_before_it_is_kept(lab):
    app = bring(CSV.replace("\n3,", "\nNaN,"))
    assert "11 missing numbers become the median" in said(app)
    assert "80 examples of 3 classes (‹b›sun‹/b›, comet, moon), 3 features each." in said(app)
    assert [list(table.value.columns) for table in app.dataframe] == [["a", "b", "c", "kind"]]
    next(box for box in app.selectbox if box.label == "Label").set_value("a").run()
    assert "80 examples of 6 classes" not in said(app)
    assert "69 examples of 6 classes (0, 1, 2, 4, 5, 6)" in said(app)


def test_a_table_is_kept_and_learned_from_on_distil(lab):
    name = keep()
    app = visit("your_data.py")
    assert "80 rows: 48 for training, 16 for validation, 16 for the test · 3 features" in said(app)
    app = visit()
    app.selectbox(key="data.name").set_value(name).run()
    assert not app.exception
    assert app.query_params == {"data.name": name, "data.labels": "all"}
    assert "mine" in app.selectbox(key="data.name").options
    assert app.select_slider(key="data.labels").value is None, "there are not more labels than that"
    assert "data.noise" not in {slider.key for slider in app.slider}
    app.button(key="train").click().run()
    assert lab.commands == [("submit", unflatten({"data.name": name, "data.labels": None}), 0)]


def test_every_page_shows_a_run_on_a_table(lab):
    experiment = small(keep())
    found = rows(experiment)
    lab.put(experiment, found)
    assert [row for row in found if row.get("name") == "boundary"] == []
    address = at(experiment)
    pareto = {"question": "pareto", "look__data": experiment.data.name}
    for page, where in {"compress.py": address, "methods.py": address, "trade_offs.py": pareto}.items():
        app = visit(page, **where)
        assert not app.exception, page
        assert "Ignored in the address" not in said(app), page
    assert "Compared: 3 networks on mine" in [folded.label for folded in app.expander]
    app = visit("soft_labels.py", **address)
    assert not app.exception
    (row,) = [table.value for table in app.dataframe if "As the networks see it" in table.value.columns]
    assert row["Column"].tolist() == ["a", "b", "c"]


def test_own_data_of_two_columns_are_drawn_with_the_borders_between_classes(lab):
    experiment = small(keep(PLANE))
    found = rows(experiment)
    lab.put(experiment, found)
    assert [row["event"] for row in found if row.get("name") == "boundary"] == ["snapshot"]
    app = visit("soft_labels.py", **at(experiment))
    assert not app.exception
    assert "lie in the area of another class for the teacher" in said(app)


def test_examples_that_compression_changed_are_rows_of_the_table(lab):
    experiment = small(keep(CSV.replace("a,b", "Label,b")))
    order = Compression(experiment=experiment, pipelines=("quantize:bits=1",), seeds=2)
    lab.put(order, [row for row in compress(order) if row["event"] != "batch"])
    address = {key.replace(".", "__"): text for key, text in written(order).items()}
    app = visit("compress.py", **address, part="changed", variant="quantize:bits=1")
    assert not app.exception
    columns = [list(table.value.columns) for table in app.dataframe]
    assert ["Label", "Before", "After", "Label (4)", "b", "c"] in columns


def test_deleted_data_leave_the_list_and_their_runs_stay(lab):
    name = keep()
    experiment = small(name)
    lab.put(experiment, rows(experiment))
    app = visit("your_data.py")
    app.button(key=f"own.delete.{name}").click().run()
    assert app.success[0].value == "“mine” is deleted."
    assert own.kept() == []
    app = visit(**at(experiment))
    assert not app.exception
    assert "paired seeds" in said(app)
    assert app.selectbox(key="data.name").options[-1] == "mine (deleted)"
    assert "mine" not in " ".join(visit().selectbox(key="data.name").options)


def test_data_that_never_were_here_are_told_in_a_sentence(lab):
    app = visit(data__name="own-0123456789ab")
    assert not app.exception
    assert "there are no such data on this machine; add them on the page Your data" in app.main.warning[0].value


def test_points_are_clicked_taken_back_and_kept(lab):
    app = visit("your_data.py")
    app.radio(key="own.how").set_value("points").run()
    assert app.button(key="own.undo").disabled
    app.session_state["own.clicks"] = [(-0.5, 0, 0, 20), (0.5, 0, 1, 20), (0.9, 1, 1, 5)]
    app.run()
    assert "45 points: A 20, B 25." in said(app)
    app.button(key="own.undo").click().run()
    assert "40 points: A 20, B 20." in said(app)
    app.slider(key="own.classes").set_value(3).run()
    assert app.radio(key="own.class").options == ["A", "B", "C"]
    app.button(key="own.points.keep").click().run()
    assert "Class “C” has 0 of the examples" in app.error[0].value
    assert own.kept() == []
    app.slider(key="own.classes").set_value(2).run()
    app.text_input(key="own.points.title").set_value("two heaps").run()
    app.button(key="own.points.keep").click().run()
    assert not app.exception
    facts = own.facts(own.kept()[0])
    assert (facts.title, facts.rows, facts.is_plane) == ("two heaps", 40, True)
    app.button(key="own.clear").click().run()
    assert "0 points: A 0, B 0." in said(app)


def test_points_of_a_click_lie_around_it_and_stay_where_they_are():
    one = plane.scattered([(0.5, 0.25, 1, 1), (-1, 0, 0, 20)])
    assert one[0] == (0.5, 0.25, 1)
    assert len(set(one)) == 21
    assert np.abs(np.array(one)[:, :2]).max() <= 1
    assert plane.scattered([(0.5, 0.25, 1, 1), (-1, 0, 0, 20), (0, 0, 0, 5)])[:21] == one
