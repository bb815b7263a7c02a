"""The language of the screen: gettext catalogues and lessons, a folder of pages/lessons for each language.

    pages/lessons/de/messages.po    the short sentences, read as they are: nothing to compile
    pages/lessons/de/distil.md      the prose of a page

A folder is all that a new language needs. What it has not is shown in English.
"""

import io
import os
import re
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

import streamlit as st
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from kdcore import words

LESSONS = Path(__file__).parents[1] / "lessons"
SOURCE = "en"  # the language that the code is written in


def speak() -> None:
    """Show every sentence in the reader's language, in whichever thread a script or a part of it runs."""
    words.use(lambda: _translations(LESSONS, language()))


def language() -> str:
    """KD_LANG where it is set, else the browser's language; English where there is no folder for it."""
    return _nearest(LESSONS, os.environ.get("KD_LANG") or st.context.locale or SOURCE)


@cache
def _nearest(lessons: Path, wanted: str) -> str:
    """The folder for a language as a browser tells it: that of its country, if there is one."""
    known, short = {folder.name for folder in lessons.iterdir() if folder.is_dir()}, re.split("[-_]", wanted)[0]
    return next((name for name in (wanted.replace("-", "_"), short) if name in known), SOURCE)


def lesson(name: str) -> str:
    """The prose of a page, such as lesson('distil'), in the reader's language or else in English."""
    found = [path for each in (language(), SOURCE) if (path := LESSONS / each / f"{name}.md").is_file()]
    return found[0].read_text(encoding="utf-8")


@cache
def _translations(lessons: Path, name: str) -> NullTranslations:
    """The language's catalogue; sentences as they stand in the code where there is none."""
    catalogue = lessons / name / "messages.po"
    if not catalogue.is_file():
        return NullTranslations()
    compiled = io.BytesIO()
    with catalogue.open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    return GNUTranslations(compiled)
