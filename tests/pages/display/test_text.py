"""Text from data stays text. How it looks is tested in the browser."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.display.text import escape, escape_html
from tests.pages.hostile import TEXTS

ASCII_PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


def read_back(escaped: str) -> str:
    """What Markdown makes of backslashes, without the invisible joiners."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", escaped).replace("\u2060", "")


@given(st.text(alphabet=st.characters(exclude_characters="\u2060")))
def test_nothing_is_lost_but_blanks(text: str) -> None:
    blanks = r"[^\S\u00a0]+"
    assert read_back(escape(text)) == re.sub(blanks, " ", text).strip()


@given(st.text())
def test_every_punctuation_mark_has_its_backslash(text: str) -> None:
    bare = re.sub(r"\\[!-/:-@\[-`{-~]", "", escape(text))
    assert not set(bare) & set(ASCII_PUNCTUATION)


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_replaced_after_parsing_is_kept_apart(text: str) -> None:
    shown = re.sub(r"\\", "", escape(text))
    assert not re.search(r":[\w+-]+:|https?://|www\.\w|\w@\w|(?:^|\s)(?:<?->|<-|--|[<>~]=)", shown)


def test_one_line_stays_one_line() -> None:
    assert "\n" not in escape("a\n\n# b\r\n- c")


def test_html_is_text_in_a_chart() -> None:
    assert escape_html('<a href="http://evil.example">A&B</a>') == (
        '&lt;a href="http://evil.example"&gt;A&amp;B&lt;/a&gt;'
    )
