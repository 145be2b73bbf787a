"""A value of any length is standardised in proportional time, or kept as too long for a name."""

from __future__ import annotations

import re
from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.standardise import companies as company_names
from data.standardise import places
from data.standardise.companies import companies, name_key
from data.standardise.people import emails, names, phones
from data.standardise.places import cities, countries
from data.standardise.text import LONGEST
from data.standardise.titles import Role, industry_of, role_of
from tests.growth import check_growth

KEY = b"k" * 32

WORK: dict[str, Callable[[str], object]] = {
    "company": name_key,
    "city": lambda text: cities(pl.Series([text])),
    "country": lambda text: countries(pl.Series([text])),
    "address": lambda text: emails(pl.Series([text]), KEY),
    "number": lambda text: phones(pl.Series([text]), KEY, "CN"),
    "name": lambda text: names(pl.Series([text]), KEY),
    "title": role_of,
    "industry": industry_of,
}

IN_BRACKETS_LAST = re.compile(r"^(.*\S)\s*\(([^()]+)\)\W*$")
SPREAD_FORMS = (
    r"\b(?:sp\.?|spolka)\s*z\s*\.?\s*o\.?\s*o\b\.?",
    r"\b(?:spol\.?\s+)?s\.?\s*r\.\s*o\b\.?",
)
SEPARATORS = r"\s+-\s+|[,;/|·()]+"
"""The same as the product's, in up to the square of the time."""


@pytest.mark.parametrize("kind", WORK)
@pytest.mark.parametrize(
    "unit",
    ["a", "a@", "e\u0301\u0316", "\u0301\u0316", "广东省", " ", "(!)", "s. r. ", "1", "a - "],
)
def test_a_long_value_takes_time_in_proportion(kind: str, unit: str) -> None:
    WORK[kind]("first use")
    check_growth(WORK[kind], unit, "x")


@pytest.mark.parametrize(
    ("unit", "end"),
    [("(!)", "x"), ("sp z", " " * 9_000), (" ", "z"), ("a(", ")"), ("a ", "("), ("s r. ", "o")],
)
def test_no_pattern_for_companies_and_places_goes_back(unit: str, end: str) -> None:
    patterns = [
        company_names._IN_BRACKETS_LAST,
        places._SEPARATORS,
        *(form for form, _ in company_names._SPREAD_FORMS),
    ]
    for pattern in patterns:
        check_growth(pattern.split, unit, end)
        check_growth(pattern.match, unit, end)


def test_what_is_too_long_for_a_name_is_no_name() -> None:
    long = "Acme " * LONGEST
    values = pl.Series([long, f"{long}@acme.com", "1" * (LONGEST + 1)])
    assert companies(values)["name_key"].to_list() == [None] * 3
    assert names(values, KEY)["name_key"].to_list() == [None] * 3
    assert set(emails(values, KEY)["email_state"]) == {"invalid"}
    assert set(phones(values, KEY, "CN")["phone_state"]) == {"invalid"}
    assert cities(values)["city"].to_list()[0] == long.strip()
    assert countries(values)["country"].to_list()[0] == long.strip()
    assert role_of(f"CEO {long}") == Role(None, None, None)
    assert industry_of(long) == long.strip()


def test_the_longest_value_is_looked_at() -> None:
    longest = ("Acme " * LONGEST)[: LONGEST - 5] + " GmbH"
    assert len(longest) == LONGEST
    assert (name_key(longest) or "").endswith("acme")
    assert role_of("CEO".ljust(LONGEST, "!")).seniority is not None


@given(st.text(alphabet="a (!)\n", max_size=12))
@settings(max_examples=1_000, deadline=None)
def test_what_stands_in_brackets_last_is_found(text: str) -> None:
    expected = IN_BRACKETS_LAST.match(text)
    found = company_names._IN_BRACKETS_LAST.match(text)
    if found and company_names._LETTER.search(text, found.end()):
        found = None
    assert (found and found.groups()) == (expected and expected.groups())


@given(st.lists(st.sampled_from([*"szor. -,", "sp", "spol", "\n", "a"]), max_size=14).map("".join))
@settings(max_examples=1_000, deadline=None)
def test_separators_and_legal_forms_are_found(text: str) -> None:
    assert places._SEPARATORS.split(text) == re.split(SEPARATORS, text)
    for (form, _), expected in zip(company_names._SPREAD_FORMS, SPREAD_FORMS, strict=True):
        assert form.sub("#", text) == re.sub(expected, "#", text)
