"""Own data: a table or points, what becomes of them, where they are kept, and what they are loaded as."""

import contextlib
import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from kdcore.data import columns, own, sheet
from kdcore.data.download import DataUnavailable, advice
from kdcore.data.examples import FEWEST, DataProblem, of_points, plain, scaled
from kdcore.data.load import load
from kdcore.experiment import Data, Experiment, unflatten
from kdcore.export import script
from kdcore.grid import Sweep
from kdcore.transfer import Transfer

NAN = float("nan")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KD_HOME", str(tmp_path))
    return tmp_path / "own"


def table(text: str, label: str = "label"):
    return columns.prepared(sheet.read(text.encode()), label)


def lines(*heads: str, rows: int = 20) -> str:
    """A table of `rows` rows: each column's cells in turn, such as 'a: 1 2 3'."""
    names, cells = zip(*(head.split(": ") for head in heads), strict=True)
    turns = [each.split(" ") for each in cells]
    return "\n".join([",".join(names), *(",".join(turn[i % len(turn)] for turn in turns) for i in range(rows))])


PLAIN = lines("a: 1 2 3", "b: 0.5 7 -2 4 1", "label: x y")


def keep(text: str = PLAIN, title: str = "mine") -> str:
    return own.keep(table(text), title)


@pytest.mark.parametrize("read", [Experiment.from_query, Transfer.from_query])
def test_an_address_that_tells_more_labels_than_there_are_is_told_so(read):
    name = keep()
    found, (problem,) = read({"data.name": name, "data.labels": "500"})
    assert (found.data.labels, str(problem)) == (
        None,
        "data.labels is 500: mine has 12 training examples, and all of them are labelled",
    )
    for fitting in ("12", "all", "8"):
        assert read({"data.name": name, "data.labels": fitting})[1] == []
    assert read({"data.name": name})[1] == []


def test_a_table_by_hand():
    found = table("a,kind,label\n" + "1,red,no\n,blue,yes\n3,,no\n4,red,\n" * 5)
    np.testing.assert_array_equal(found.x[:3], [[1, 1, 0], [NAN, 0, 1], [3, 0, 0]])
    assert found.y.tolist() == [0, 1, 0] * 5
    assert (found.classes, found.columns, found.numbers) == (("no", "yes"), ("a", "kind = red", "kind = blue"), 1)
    assert found.notes == (
        "5 rows have no label and are left out.",
        "“a”: 5 missing numbers become the median of the column.",
        "“kind”: text, now a column of 0 and 1 for each of its 2 values.",
    )


def test_columns_that_say_nothing_are_left_out_and_told():
    found = table(lines("a: 1 2", "same: 7", "word: always", "none: NA ?", "label: x y"))
    assert found.columns == ("a",)
    assert [note.split(":")[0] for note in found.notes] == [
        "“same” is left out", "“word” is left out", "“none” is left out"
    ]  # fmt: skip
    ids = "\n".join(["id,a,label", *(f"<i>{i},{i},{'xy'[i % 2]}" for i in range(30))])
    assert table(ids).notes == ("“id” is left out: text with 30 different values, such as “‹i›0”.",)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_what_stands_between_columns_is_seen_and_a_decimal_comma_is_read(separator):
    text = PLAIN.replace(",", separator)
    np.testing.assert_array_equal(table(text).x, table(PLAIN).x)
    if separator == ";":
        np.testing.assert_array_equal(table(text.replace(".", ",")).x, table(PLAIN).x)


def test_the_mark_that_some_programs_put_before_the_text_is_no_part_of_a_name():
    assert sheet.read(b'\xef\xbb\xbf"a",b,label\n1,2,x\n').names == ("a", "b", "label")


def test_labels_stand_in_the_order_in_which_one_counts():
    assert table(lines("a: 1 2 3 4", "label: 10 b 9 a")).classes == ("9", "10", "a", "b")


def test_names_are_shown_as_text():
    found = table(lines("<script>: 1 2", "a*[x](y): 3 4", "a*[x](y): 5 6 7", ": 1 2 3", "label: <b> $y$"))
    assert found.columns == ("‹script›", "a∗❲x❳(y)", "a∗❲x❳(y) (3)", "column 4")
    assert found.classes == ("＄y＄", "‹b›")
    assert plain("two\nlines\t" + 60 * "x") == "two lines " + 30 * "x"


def test_long_labels_that_begin_alike_stay_apart():
    assert len(set(table(lines("a: 1 2 3", f"label: {50 * 'x'}1 {50 * 'x'}2")).classes)) == 2


BAD = {
    "it is empty": b" \n",
    "it has more than 5 MB": b"a,label\n" + 5_000_000 * b"1",
    "it is a zip file, as those of Excel are, too; save the table as CSV": b"PK\x03\x04" + bytes(50),
    "it is packed with gzip; unpack it first": b"\x1f\x8b\x08",
    "it is written as UTF-16; save it as CSV in UTF-8": PLAIN.encode("utf-16"),
    "it is no text; save the table as CSV": PLAIN.encode("utf-16-le"),
    "it is no text in UTF-8; save it as CSV in UTF-8": b"a,label\n\xe4,x\n",
    "it has 1,000,000 columns, and at most 200 are read": b",".join([b"a"] * 1_000_000),
    "it has one column, and needs a label and at least one more, with commas between them": b"label\nx\n",
    "it has a first line with the names of the columns, and no other": b"a,label\n",
    "the number of cells in line 3 is 3, and the first line names 2 columns": b"a,label\n1,x\n1,2,x\n",
    "it has more than 50,000 rows": b"a,label\n" + 50_001 * b"1,x\n",
    "line 2 cannot be read (unexpected end of data)": b'a,label\n"1,x\n',
    "“a” holds inf, and numbers must lie between -1e+30 and 1e+30": lines("a: 1 inf", "label: x y").encode(),
    "“a” holds -1e+300, and numbers must lie between -1e+30 and 1e+30": lines("a: -1e300 1", "label: x y").encode(),
    "beside “label” it has no column to learn from": lines("a: nan NaN", "label: x y").encode(),
}


@pytest.mark.parametrize(("why", "content"), BAD.items(), ids=list(BAD))
def test_what_is_no_table_is_refused_in_a_sentence(why, content):
    with pytest.raises(DataProblem) as caught:
        columns.prepared(sheet.read(content), "label")
    assert str(caught.value) == f"This file cannot be used: {why}."


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (lines("a: 1 2", "label: x"), "There is no second class beside “x”: at least two"),
        (lines("a: 1 2", "label: NA"), "No example has a label in this column; choose another as the label."),
        (lines("a: 1 2", "label: x y") + "\n1,z", "Class “z” has 1 of the examples, and each needs at least 5"),
        ("a,label\n" + "\n".join(f"1,{i}" for i in range(300)), "The label has 300 different values, and at most 20"),
        (
            lines(*(f"c{i}: {' '.join('abcdefghijklmnopqrst')}" for i in range(11)), "label: x y", rows=40),
            "This file cannot be used: with its text as columns of 0 and 1 it has 220 columns; at most 200",
        ),
    ],
)
def test_labels_that_nothing_can_be_learned_from_are_refused_in_a_sentence(text, why):
    with pytest.raises(DataProblem) as caught:
        table(text)
    assert str(caught.value).startswith(why)


def test_points_are_examples():
    found = of_points([(0.5, -1, 0), (0.25, 1, 1)] * FEWEST, 2)
    np.testing.assert_array_equal(found.x[:2], [[0.5, -1], [0.25, 1]])
    assert (found.y[:2].tolist(), found.classes, found.numbers) == ([0, 1], ("A", "B"), 2)
    for points in ([], [(0, 0, 0)] * 9):
        with pytest.raises(DataProblem, match="each needs at least 5"):
            of_points(points, 2)


def test_the_scale_is_learned_from_training_examples_alone():
    train = np.array([[1, 5, 0], [3, 5, 1], [NAN, 5, 1], [2, 5, 0]])
    whole, other = scaled(train, 2, np.array([[NAN, 7, 1], [9, NAN, 0]]))
    spread = np.sqrt(0.5)
    np.testing.assert_allclose(whole, [[-1 / spread, 0, 0], [1 / spread, 0, 1], [0, 0, 1], [0, 0, 0]])
    np.testing.assert_allclose(other, [[0, 2, 1], [7 / spread, 0, 0]])
    np.testing.assert_array_equal(scaled(np.array([[NAN], [NAN]]), 1, np.array([[3.0]]))[1], [[3]])


def test_what_is_kept_is_named_by_what_is_in_it_and_found_again(home):
    name = keep(title="<b>mine</b>")
    assert own.NAME.fullmatch(name)
    assert own.kept() == [name]
    known = own.facts(name)
    assert (known.title, known.classes, known.columns) == ("‹b›mine‹/b›", ("x", "y"), ("a", "b"))
    assert (known.train, known.validation, known.test) == (12, 4, 4)
    assert known.is_plane
    uneven = own.facts(keep(lines("a: 1 2 3", "label: x y", rows=62)))
    assert (uneven.train, uneven.validation, uneven.test) == (36, 13, 13)
    assert keep(title="another") == name
    assert own.facts(name).title == "another"
    assert keep(PLAIN.replace("-2", "-3")) != name
    assert len(own.kept()) == 3
    assert {path.suffix for path in home.iterdir()} == {".npz", ".json"}


def test_without_a_title_nothing_is_kept(home):
    with pytest.raises(DataProblem, match="Give the data a title"):
        keep(title=" \n")
    assert not home.exists()


def test_nothing_is_stored_half(home, monkeypatch):
    def full(file, **_arrays):
        file.write(b"a beginning")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(DataProblem, match=r"could not be stored in .*: No space left on device"):
        keep()
    assert list(home.iterdir()) == []
    assert own.kept() == []


def test_own_data_are_loaded_in_parts_on_one_scale():
    name = keep("a,kind,label\n" + "1,red,no\n,blue,yes\n3,,no\n4,red,\n" * 20)
    split = load(Data(name=name, seed=3))
    assert [len(y) for y in (split.train_y, split.validation_y, split.test_y)] == [36, 12, 12]
    assert (split.train_x.dtype, split.train_y.dtype) == (np.float32, np.int64)
    assert split.train_x[:, 0].mean() == pytest.approx(0, abs=1e-6)
    assert split.train_x[:, 0].std() == pytest.approx(1, abs=1e-6)
    assert set(np.unique(split.train_x[:, 1:])) == {0, 1}
    assert np.isfinite(np.concatenate([split.train_x, split.validation_x, split.test_x])).all()
    assert (load(Data(name=name, seed=4)).test_x != split.test_x).any()


@given(st.lists(st.integers(FEWEST, 40), min_size=2, max_size=20), st.integers(0, 999))
def test_every_part_has_every_class(counts, seed):
    y = np.repeat(np.arange(len(counts)), counts)
    held_back = int(np.ceil(own.TESTED * len(y)))
    rest, test = train_test_split(y, test_size=held_back, stratify=y, random_state=seed)
    train, validation = train_test_split(rest, test_size=held_back, stratify=rest, random_state=seed)
    for part in (train, validation, test):
        assert len(set(part)) == len(counts)


def test_deleted_data_are_still_known_but_not_loaded():
    name = keep(title="the <secret>")
    own.delete(name)
    assert own.kept() == []
    assert own.facts(name).title == "the ‹secret›"
    with pytest.raises(DataUnavailable) as caught:
        load(Data(name=name))
    values = json.loads(json.dumps(caught.value.values))
    assert advice(**values).startswith("“the ‹secret›” was deleted from this machine; add the same data again")
    assert keep(title="the <secret>") == name
    assert len(load(Data(name=name)).train_y) == 12


@pytest.mark.parametrize("name", ["own-0123456789ab", "own-../../etc", "own-", "OWN-0123456789AB", "../own"])
def test_a_name_that_never_was_here_is_a_problem_of_the_address(name, home):
    experiment, ignored = Experiment.from_query({"data.name": name, "temperature": "2"})
    assert (experiment.data.name, experiment.temperature) == ("digits", 2)
    (problem,) = map(str, ignored)
    is_own = name == "own-0123456789ab"
    assert ("there are no such data on this machine" if is_own else "choose one of digits, moons") in problem
    own.delete(name)  # is no problem either
    assert not home.exists()


def test_another_way_to_a_file_is_no_name_of_it():
    name = keep()
    for way in (f"../own/{name}", f"./{name}", f"{name}\0", f"{name}.json/../{name}"):
        with pytest.raises(KeyError):
            own.facts(way)
        assert Experiment.from_query({"data.name": way})[0].data.name == "digits"
        assert not own.is_here(way)
        own.delete(way)
    assert own.kept() == [name]


def test_an_experiment_on_own_data_has_an_address_that_says_nothing_of_what_is_in_them():
    name = keep(title="secret")
    experiment, ignored = Experiment.from_query({"data.name": name})
    assert ignored == []
    assert experiment.data.labels is None, "more labels than there are are all of them"
    assert experiment.to_query() == {"data.name": name, "data.labels": "all"}
    assert Data(name=name).labels is None
    assert unflatten({"data.name": name, "data.labels": 5}).labels == 5


def test_what_does_not_fit_own_data_is_said_of_their_title():
    name = keep(title="two wines")
    _experiment, ignored = Experiment.from_query({"data.name": name, "left_out": "0"})
    (problem,) = map(str, ignored)
    assert problem.endswith("two classes must remain, and two wines has 2")


def test_no_map_has_two_budgets_that_are_all_labels():
    name = keep()  # with 12 examples for training
    base, _ignored = Experiment.from_query({"data.name": name})
    sweep = Sweep(experiment=base, x={"setting": "data.labels", "values": "5, 10, 12, 200, 500, all"})
    assert sweep.x.values == (5, 10, "all")
    assert [cell.experiment.data.labels for cell in sweep.cells()] == [5, 10, None]


def test_the_script_reads_the_same(home):
    name = keep("a,kind,c,label\n" + "1,red,8,no\n,blue,9,yes\n3,,8.5,no\n4,red,0,\n" * 20)
    data, known = Data(name=name, seed=5), {}
    with contextlib.chdir(home), contextlib.redirect_stdout(io.StringIO()):
        exec(script(Experiment(data=data)).partition("# 3. ")[0], known)
    split = load(data)
    np.testing.assert_array_equal(known["x"].numpy(), split.train_x)
    np.testing.assert_array_equal(known["y"].numpy(), split.train_y)
    np.testing.assert_array_equal(known["test_x"].numpy(), split.test_x)
