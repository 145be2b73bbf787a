"""What a column of a strange file looks like is found in time proportional to its values."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loaders.proposing import roles
from loaders.proposing.evidence import Look, evidence
from loaders.proposing.roles import words
from tests.growth import check_growth

CODE = re.compile(r"[A-Za-z0-9_\-:.]*\d[A-Za-z0-9_\-:.]*|[0-9a-f]{8,}|[A-Za-z0-9+/=_\-]{20,}")
BRACKETS = re.compile(r"[(（\[].*?[)）\]]")
"""The same as the product's, in up to the square of the time."""


@pytest.mark.parametrize("end", ["", "!", "x"])
@pytest.mark.parametrize(
    "unit", ["a", "1", "1,", "1 ", "a@", "a.", "A1", "(", "x ", "0-(1) ", "/", "-", "1 €"]
)
def test_values_are_looked_at_in_time_proportional_to_them(unit: str, end: str) -> None:
    evidence(["first use"])
    check_growth(lambda text: evidence([text]), unit, end, length=10_000)


@pytest.mark.parametrize("unit", ["a", "(", "[（", "(\n", "()", "aB"])
def test_a_header_is_split_into_words_in_time_proportional_to_it(unit: str) -> None:
    check_growth(words.__wrapped__, unit, length=10_000)


@given(st.text(alphabet="aB1٣-!+", min_size=1, max_size=24))
@settings(max_examples=1_000, deadline=None)
@example("1٣")
@example("٣1")
@example("aaaaaaaaaaaaaaaaaaaa٣")
def test_an_id_holds_a_digit_or_is_long(text: str) -> None:
    look = evidence([text]).look
    if look in (Look.CODE, Look.TEXT):
        assert (look is Look.CODE) == bool(CODE.fullmatch(text))


@given(st.text(alphabet="ab(（[)）] \n", max_size=14))
@settings(max_examples=1_000, deadline=None)
@example("((a)")
@example("(a (b) c")
@example("((\n)a")
def test_what_stands_in_brackets_is_no_word(header: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(roles, "_without_brackets", lambda text: BRACKETS.sub(" ", text))
        expected = words.__wrapped__(header)
    assert words.__wrapped__(header) == expected


def test_no_amount_or_date_is_over_a_hundred_characters() -> None:
    assert evidence(["1" * 100]).look is Look.NUMBER
    assert evidence(["1" * 101]).look is Look.CODE
    assert evidence(["2024-01-31"]).look is Look.DATE
    assert evidence(["2024-01-31", "2024-01-31" + " " * 100]).look is Look.TEXT
