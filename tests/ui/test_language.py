"""A folder is all that a language needs."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from kdcore import words
from kdcore.figures import numbers, theme
from kdcore.words import _
from pages._ui import language

CATALOGUE = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "Distil"
msgstr "Dëstïl"

msgid "{seeds} seed"
msgid_plural "{seeds} seeds"
msgstr[0] "{seeds} Sëme"
msgstr[1] "{seeds} Sëmen"

msgid "."
msgstr ","

msgid ","
msgstr "."

msgid "{number} %"
msgstr "{number} vom Hundert"
"""


@pytest.fixture
def lessons(tmp_path, monkeypatch):
    for name, prose in (("en", "Once upon a time"), ("xx", "Önce")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "distil.md").write_text(prose, encoding="utf-8")
    (tmp_path / "en" / "only_english.md").write_text("Nobody has translated this")
    (tmp_path / "xx" / "messages.po").write_text(CATALOGUE.strip(), encoding="utf-8")
    (tmp_path / "pt_BR").mkdir()
    monkeypatch.setattr(language, "LESSONS", tmp_path)
    monkeypatch.delenv("KD_LANG", raising=False)
    monkeypatch.setattr(words, "_translations", words._translations)  # put back what `speak` changes
    browser_speaks(monkeypatch, None)
    return tmp_path


def browser_speaks(monkeypatch, locale):
    monkeypatch.setattr(language.st, "context", SimpleNamespace(locale=locale))


def said(sentence):
    """The sentence after `speak`, in another thread, as the parts of a page run in threads of their own."""
    language.speak()
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_, sentence).result()


def test_english_needs_no_catalogue(lessons):
    assert language.language() == "en"
    assert said("Distil") == "Distil"
    assert language.lesson("distil") == "Once upon a time"


def test_a_catalogue_is_read_as_it_is(lessons, monkeypatch):
    monkeypatch.setenv("KD_LANG", "xx")
    assert said("Distil") == "Dëstïl"
    assert said("Not in the catalogue") == "Not in the catalogue"
    assert language.lesson("distil") == "Önce"


def test_figures_speak_it_too(lessons, monkeypatch):
    monkeypatch.setenv("KD_LANG", "xx")
    language.speak()
    assert numbers.percent(0.5) == "50,0 vom Hundert"
    assert numbers.count(2410) == "2.410"
    assert theme.blank("").layout.separators == ",."


def test_one_and_many_differ(lessons, monkeypatch):
    language.speak()
    assert [words.ngettext("{seeds} seed", "{seeds} seeds", n) for n in (1, 2)] == ["{seeds} seed", "{seeds} seeds"]
    monkeypatch.setenv("KD_LANG", "xx")
    assert [words.ngettext("{seeds} seed", "{seeds} seeds", n) for n in (1, 2)] == ["{seeds} Sëme", "{seeds} Sëmen"]


def test_a_lesson_that_is_missing_is_shown_in_english(lessons, monkeypatch):
    monkeypatch.setenv("KD_LANG", "xx")
    assert language.lesson("only_english") == "Nobody has translated this"


@pytest.mark.parametrize(
    ("locale", "expected"),
    [("xx", "xx"), ("xx-YY", "xx"), ("pt-BR", "pt_BR"), ("pt-PT", "en"), ("../xx", "en"), ("", "en"), (None, "en")],
)
def test_the_browser_chooses_where_nobody_else_does(lessons, monkeypatch, locale, expected):
    browser_speaks(monkeypatch, locale)
    assert language.language() == expected


def test_the_environment_has_the_last_word(lessons, monkeypatch):
    browser_speaks(monkeypatch, "xx")
    monkeypatch.setenv("KD_LANG", "en")
    assert language.language() == "en"


def test_a_language_without_a_catalogue_is_shown_in_english(lessons, monkeypatch):
    monkeypatch.setenv("KD_LANG", "pt_BR")
    assert said("Distil") == "Distil"
