"""One form for the ways of writing a letter: case, width, accents, traditional characters."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from opencc import OpenCC

_CHINESE = re.compile("[\u3400-\u9fff]")
_ACCENTS = re.compile("[\u0300-\u036f]")
_WHOLE_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "æ": "ae", "œ": "oe"})
"""Letters that Unicode does not take apart into a plain one and a mark."""


def folded(text: str) -> str:
    """Text without case, width, accents and the difference of simplified and traditional.

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
