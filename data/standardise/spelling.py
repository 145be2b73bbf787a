"""One spelling of a name: what differs in case, width and blanks only is the same name."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping

_NO_WIDTH = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
"""Marks without width that copied text brings along, and that mean nothing in any script."""

_JOINERS = re.compile("[\u200c\u200d]")
"""Marks without width by which Persian, Hindi and emoji are drawn."""

_WIDTHS = {
    code: chr(int(decomposed.split()[1], 16))
    for code in (0x3000, *range(0xFF01, 0xFFEF))
    if (decomposed := unicodedata.decomposition(chr(code))).startswith(("<wide>", "<narrow>"))
}
"""The usual letter of each full-width Latin and half-width Japanese or Korean one."""

_ANY_I = re.compile("i\u0307|\u0131")
"""What becomes of the Turkish İ in small letters, and ı, which is I in capital ones."""


def plain(text: str) -> str:
    """The text with one plain blank between its words and none around them.

    >>> plain("  Trade\\u00a0 Show\\u200b ")
    'Trade Show'
    """
    return " ".join(_NO_WIDTH.sub("", text).split())


def spelling_key(text: str) -> str:
    """What the spellings of a name have in common that differ in case, width and blanks only.

    Accents tell names apart, and so does whether there is a blank within a name.

    >>> spelling_key("ＬｉｎｋｅｄＩｎ　Ａｄｓ ") == spelling_key("linkedin  ads")
    True
    >>> spelling_key("STRASSE") == spelling_key("Straße"), spelling_key("Müller")
    (True, 'müller')
    """
    if text.isascii():
        return " ".join(text.lower().split())
    usual = unicodedata.normalize("NFC", _JOINERS.sub("", text).translate(_WIDTHS))
    return unicodedata.normalize("NFC", _ANY_I.sub("i", plain(usual).casefold()))


def usual_spellings(rows: Mapping[str, int], named: Iterable[str] = ()) -> dict[str, str]:
    """The spelling to show of each text, by how many rows have it.

    One of the `named` is shown as it is named; of others the most frequent spelling. Of equally
    frequent ones it is one that is neither all small nor all capital, then the first in the order
    of characters, so that nothing depends on which was met first.

    >>> usual_spellings({"webinar": 2, "WEBINAR": 1, "Webinar ": 1, "Fair": 1})
    {'webinar': 'webinar', 'WEBINAR': 'webinar', 'Webinar ': 'webinar', 'Fair': 'Fair'}
    >>> usual_spellings({"webinar": 2, "Webinar": 1}, ["Webinar"])
    {'webinar': 'Webinar', 'Webinar': 'Webinar'}
    """
    counts: Counter[str] = Counter()
    for text, count in rows.items():
        counts[plain(text)] += count
    shown: dict[str, str] = {}
    for text in sorted(counts, key=lambda text: (-counts[text], _is_of_one_case(text), text)):
        shown.setdefault(spelling_key(text), text)
    shown |= {spelling_key(name): name for name in named}
    return {text: shown[spelling_key(text)] for text in rows}


def _is_of_one_case(text: str) -> bool:
    return text in (text.lower(), text.upper())
