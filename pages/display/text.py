"""Text from data and from the outside, made safe for the places that would interpret it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")

_INTERPRETED = re.compile(r"[!\"#$*+:;<=>?@\[\\\]^`{|}~]+")

_BLANKS = re.compile(r"[^\S\u00a0]+")

_JOINER = "\u2060"

# These are replaced after Markdown was parsed, where a backslash no longer counts: emoji and icon
# names, addresses that become links, and arrows and signs that become typography.
_LATE = re.compile(r"(?<=:)(?=\S)|(?<=\S)(?=@)|(?<=w)(?=\.)|(?<=[<>~-])(?=[-=>])")


def escape(value: object) -> str:
    r"""Text that a Markdown place of Streamlit shows exactly as it is, as one line.

    Every punctuation mark gets a backslash. Where Streamlit would still replace something, an
    invisible joiner keeps the characters apart.

    >>> escape("50% *off*")
    '50\\% \\*off\\*'
    >>> escape(":smile:") == f"\\:{_JOINER}smile\\:"
    True
    """
    text = _BLANKS.sub(" ", str(value)).strip()
    return _PUNCTUATION.sub(r"\\\1", _LATE.sub(_JOINER, text))


def bullets(sentences: Iterable[object]) -> str:
    r"""Sentences as a Markdown list that shows each exactly as it is.

    >>> bullets(["a; b", "*c*"])
    '- a\\; b\n- \\*c\\*'
    """
    return "\n".join(f"- {escape(each)}" for each in sentences)


def spoken(value: object) -> str:
    """Text for the name of a widget whose label is not shown: a screen reader says it as it is.

    There a backslash would be heard, so what Markdown would interpret is left out instead.

    >>> spoken("close_date"), spoken("![x](http://a.example) *due*")
    ('close_date', 'x (http //a.example) due')
    """
    return _BLANKS.sub(" ", _INTERPRETED.sub(" ", str(value))).strip()


def escape_html(value: object) -> str:
    """Text for a chart's labels and hover, which understand some HTML and links.

    >>> escape_html("<b>A&B</b>")
    '&lt;b&gt;A&amp;B&lt;/b&gt;'
    """
    return html.escape(_BLANKS.sub(" ", str(value)).strip(), quote=False)
