"""The words on screen: every sentence a person may read passes through `_`, which translates it.

A translation is chosen for the current thread of work with `use`; without one the English source is shown.
`N_` marks a sentence for the catalogue where it is defined, to be translated where it is shown.
"""

from contextvars import ContextVar
from gettext import NullTranslations

_current: ContextVar[NullTranslations | None] = ContextVar("translations", default=None)


def use(translations: NullTranslations) -> None:
    """Translate with this catalogue from here on."""
    _current.set(translations)


def _(message: str) -> str:
    """The message in the chosen language."""
    translations = _current.get()
    return translations.gettext(message) if translations else message


def N_(message: str) -> str:
    """The message itself, marked for the catalogue."""
    return message
