"""The words on screen: every sentence a person may read passes through `_`, which translates it.

Pages say with `use` how the reader's language is found; without that, the English source is shown. `N_` marks a
sentence for the catalogue where it is defined, to be translated where it is shown.
"""

from collections.abc import Callable
from gettext import NullTranslations

_ENGLISH = NullTranslations()
_translations: Callable[[], NullTranslations] = lambda: _ENGLISH  # noqa: E731 - replaced by `use`


def use(translations: Callable[[], NullTranslations]) -> None:
    """Translate with the catalogue that this function gives; it is asked anew for every sentence, in any thread."""
    global _translations
    _translations = translations


def _(message: str) -> str:
    """The message in the reader's language."""
    return _translations().gettext(message)


def ngettext(one: str, many: str, count: int) -> str:
    """The message for so many, in the reader's language, which may know more forms than these two."""
    return _translations().ngettext(one, many, count)


def decimal(number: float, digits: int = 0, sign: str = "-") -> str:
    """A number with so many decimals, such as '2,410.5', with the catalogue's marks for the point and the comma.

    With '+' as `sign` a positive one is told to be positive.
    """
    text = f"{number:{sign}z,.{digits}f}"
    return text.translate({ord("."): _("."), ord(","): _(",")})


def N_(message: str) -> str:
    """The message itself, marked for the catalogue."""
    return message
