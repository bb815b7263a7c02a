"""Every string on screen can be translated: in a made-up language, nothing is left of English."""

import inspect
import io

import family_rows
import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po
from visits import MAP, listed, visit

from kdcore.methods import METHODS
from kdcore.transfer import Transfer
from pages._ui import language
from pages._ui.methods import address as address_of_methods
from pages._ui.trade_offs.address import written

FOLDERS = ("kdcore", "pages")


@pytest.fixture
def pseudo(tmp_path, monkeypatch):
    """A language in which every sentence stands between ⟦ and ⟧, made as the README says."""
    catalogue = Catalog(locale="eo")
    for folder in FOLDERS:
        found = extract_from_dir(folder, directory_filter=lambda path: not path.startswith("."))  # _ui too
        for _file, _line, message, _comments, _context in found:
            forms = message if isinstance(message, tuple) else (message,)
            told = tuple(f"⟦{form}⟧" for form in forms)
            catalogue.add(message, told if len(forms) > 1 else told[0])
    assert len(catalogue) > 150
    for name in ("en", "eo"):
        (tmp_path / name).mkdir()
    for lesson in ("distil", "soft_labels", "compress", "trade_offs", "methods", "families", "your_data"):
        (tmp_path / "eo" / f"{lesson}.md").write_text("⟦prose⟧")
    buffer = io.BytesIO()
    write_po(buffer, catalogue)
    (tmp_path / "eo" / "messages.po").write_bytes(buffer.getvalue())
    monkeypatch.setattr(language, "LESSONS", tmp_path)
    monkeypatch.setenv("KD_LANG", "eo")


def test_every_string_on_screen_is_translated(lab, pseudo):
    app = visit(data__name="moons", temperature="-1")
    assert not app.exception
    widgets = [*app.selectbox, *app.slider, *app.select_slider, *app.number_input, *app.text_input, *app.expander]
    widgets += [*app.button_group, *app.toggle]
    labels = [widget.label for widget in widgets] + [button.label for button in app.button]
    labels += app.selectbox(key="data.name").options
    labels += [widget.help for widget in widgets if widget not in app.expander]
    said = [e.value for e in (*app.title, *app.subheader, *app.caption, *app.warning, *app.info, *app.markdown)]
    said = [text for text in said if not text.startswith("####")]  # numbers
    assert len(labels) + len(said) > 60
    assert [text for text in (*labels, *said) if "⟦" not in text] == []


@pytest.mark.parametrize("address", [{"soften": "0"}, {"part": "structure"}, {"part": "training"}, {"seeds": "3"}])
def test_every_string_on_the_page_of_soft_labels_is_translated(lab, pseudo, address):
    app = visit("soft_labels.py", **address)
    assert not app.exception
    widgets = [*app.selectbox, *app.radio, *app.multiselect, *app.expander]
    labels = [widget.label for widget in widgets] + [button.label for button in app.button]
    labels += [option for widget in (*app.radio, app.selectbox(key="soft.sort")) for option in widget.options]
    said = [e.value for e in (*app.title, *app.subheader, *app.caption, *app.warning, *app.info, *app.markdown)]
    assert len(labels) + len(said) > 25
    assert [text for text in (*labels, *said) if "⟦" not in text] == []


@pytest.mark.parametrize(
    "address",
    [{"part": "stages", "against": "x"}, {"part": "changed"}, {"part": "file"}, {"part": "hand"}, {"part": "need"}],
)
def test_every_string_on_the_page_of_compression_is_translated(lab, pseudo, address):
    app = visit("compress.py", **address)
    assert not app.exception
    widgets = [*app.selectbox, *app.radio, *app.slider, *app.expander, *app.text_input, *app.number_input]
    widgets += [*app.checkbox, *app.select_slider]
    labels = [widget.label for widget in widgets] + [button.label for button in app.button]
    labels += [option for widget in (*app.radio, listed(app, "compress.variant")) for option in widget.options]
    labels += [word for table in app.table for word in table.value.columns]
    said = [e.value for e in (*app.title, *app.subheader, *app.caption, *app.warning, *app.info, *app.markdown)]
    assert len(labels) + len(said) > 80
    assert [text for text in (*labels, *said) if "⟦" not in text] == []


@pytest.mark.parametrize(
    "address",
    [
        {},
        {"measure": "kl", "cell": "9,9"},
        {"question": "free", "x": "why"},
        {"question": "size"},
        {"question": "search"},
    ],
)
def test_every_string_on_the_page_of_trade_offs_is_translated(lab, pseudo, map_rows, address):
    lab.put(MAP, map_rows)
    app = visit("trade_offs.py", **(written("map", MAP) if "question" not in address else {}), **address)
    assert not app.exception
    widgets = [*app.selectbox, *app.radio, *app.expander, *app.text_input, *app.number_input, *app.toggle]
    labels = [widget.label for widget in widgets] + [button.label for button in app.button]
    labels += [option for widget in app.radio for option in widget.options]
    labels += [word for table in app.table for word in (*table.value.columns, *table.value.index)]
    said = [e.value for e in (*app.title, *app.subheader, *app.caption, *app.warning, *app.info, *app.markdown)]
    assert len(labels) + len(said) > 15
    assert [text for text in (*labels, *said) if "⟦" not in text] == []


@pytest.mark.parametrize("address", [{}, {"methods": "hints:strength=5,dkdd", "open": "hints"}, {"data.name": "moons"}])
def test_every_string_on_the_page_of_methods_is_translated(lab, pseudo, map_rows, address):
    order = address_of_methods.read(address).chosen
    mine = {"sweep": order.model_dump(mode="json"), "x": order.x.values[0], "y": None}
    lab.put(order, [row | {name: mine[name] for name in mine.keys() & row.keys()} for row in map_rows])
    app = visit("methods.py", **address)
    assert not app.exception
    widgets = [*app.selectbox, *app.radio, *app.expander, *app.checkbox, *app.select_slider, *app.number_input]
    labels = [widget.label for widget in widgets] + [button.label for button in app.button]
    labels += [widget.help for widget in app.checkbox] + app.selectbox(key="methods.open").options
    labels += [word for frame in app.dataframe for word in frame.value.columns]
    said = [e.value for e in (*app.title, *app.subheader, *app.caption, *app.warning, *app.info, *app.markdown)]
    method = METHODS[address.get("open", "soft_targets")]
    own = (*inspect.getdoc(type(method)).split("\n\n"), f"[{method.paper}]({method.link})")  # as they stand in its file
    assert len(labels) + len(said) > 50
    assert [text for text in (*labels, *said) if "⟦" not in text and text not in own] == []


@pytest.mark.parametrize("address", [{}, {"students": "tree:depth=3;net", "open": "2"}, {"teacher": "treee"}])
def test_every_string_on_the_page_of_families_is_translated(lab, pseudo, address):
    lab.put(Transfer.from_query(address)[0], family_rows.small())
    app = visit("families.py", **address)
    assert not app.exception
    widgets = [*app.selectbox, *app.radio, *app.expander, *app.slider, *app.select_slider, *app.number_input]
    widgets += [*app.button_group, *app.text_input]
    labels = [widget.label for widget in widgets] + [button.label for button in app.button]
    labels += [option for widget in (*app.radio, app.selectbox(key="families.open")) for option in widget.options]
    labels += app.button_group(key="families.students").options
    labels += [word for frame in app.dataframe for word in frame.value.columns]
    said = [e.value for e in (*app.title, *app.subheader, *app.caption, *app.warning, *app.info, *app.markdown)]
    assert len(labels) + len(said) > 60
    assert [text for text in (*labels, *said) if "⟦" not in text] == []


@pytest.mark.parametrize("way", ["file", "points"])
def test_every_string_on_the_page_of_own_data_is_translated(lab, pseudo, way):
    app = visit("your_data.py")
    cells = "\n".join(f"{i if i % 7 else ''},{i % 3}{'xy'[i % 2]},{i}th,1,{'xy'[i % 2]}" for i in range(30))
    app.file_uploader(key="own.file").upload("mine.csv", f"number,text,name,same,label\n{cells}\n".encode()).run()
    app.button(key="own.keep").click().run()
    app.radio(key="own.how").set_value(way).run()
    assert not app.exception
    widgets = [*app.selectbox, *app.radio, *app.slider, *app.expander, *app.text_input, *app.file_uploader]
    labels = [widget.label for widget in widgets] + [button.label for button in app.button]
    labels += [widget.help for widget in (*app.file_uploader, *app.selectbox)] + app.radio(key="own.how").options
    said = [e.value for e in (*app.title, *app.subheader, *app.caption, *app.success, *app.markdown)]
    said = [text for text in said if text != "**mine**"]
    assert len(labels) + len(said) > 15
    assert [text for text in (*labels, *said) if "⟦" not in text] == []


def test_without_a_catalogue_it_is_english(lab, monkeypatch):
    monkeypatch.setenv("KD_LANG", "xx")
    assert visit().title[0].value == "Does the teacher help?"


def test_why_a_method_cannot_be_is_told_each_reader_in_their_language(lab, pseudo, monkeypatch):
    for spoken, begins in (("en", "Attention is shared"), ("eo", "⟦Attention is shared")):
        monkeypatch.setenv("KD_LANG", spoken)
        assert f"methods is attention: {begins}" in visit("methods.py", methods="attention").warning[0].value
