"""Words with a meaning of their own, such as placeholders, and text folded so spellings meet."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path

from opencc import OpenCC

_WORDS: dict[str, list[str]] = tomllib.loads(
    Path(__file__).with_name("vocabulary.toml").read_text(encoding="utf-8")
)


PLACEHOLDERS = frozenset(_WORDS["placeholders"])
"""Values that stand for a missing one, in lower case and trimmed."""


NOBODY = frozenset(_WORDS["nobody"])
"""Addresses that stand for none."""


ROLES = frozenset(_WORDS["roles"])
"""Names before the @ of a function, such as sales, not of a person."""


DISPOSABLE = frozenset(_WORDS["disposable"])
"""Domains that give out addresses to be thrown away."""


LEGAL_FORMS = frozenset(_WORDS["legal_forms"])
"""Words at the end of a company's name that say its legal form."""


JOINTS = frozenset(_WORDS["joints"])
"""Words between two legal forms, as in GmbH & Co. KG."""


EASTERN_FORMS = tuple(_WORDS["eastern_forms"])
"""Legal forms at either end of an East Asian name, the longest first."""


LONGEST = 1_000
"""Characters of the longest value that is compared with others. A longer one names nothing."""


def is_too_long(value: str) -> bool:
    """Whether a value is longer than `LONGEST`, so that its parts are not looked at.

    What looks at them, here and in libraries, may need the square of the length.
    """
    return len(value) > LONGEST


def is_placeholder(value: str) -> bool:
    """Whether a value means that nothing is known.

    >>> is_placeholder(" N/A "), is_placeholder("请选择"), is_placeholder("Selectron")
    (True, True, False)
    """
    return value.strip().lower() in PLACEHOLDERS


_CHINESE = re.compile("[\u3400-\u9fff]")

_ACCENTS = re.compile("[\u0300-\u036f]")

_WHOLE_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "æ": "ae", "œ": "oe"})
"""Letters that Unicode does not decompose into a plain letter and a mark."""


def folded(text: str) -> str:
    """Text without case, width and accents, and in simplified Chinese.

    >>> folded("Ｍüller 廣州"), folded("Łódź")
    ('muller 广州', 'lodz')
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    if text.isascii():
        return text
    text = _ACCENTS.sub("", unicodedata.normalize("NFD", text)).translate(_WHOLE_LETTERS)
    text = unicodedata.normalize("NFC", text)
    return _simplified().convert(text) if _CHINESE.search(text) else text


@cache
def _simplified() -> OpenCC:
    return OpenCC("t2s")
