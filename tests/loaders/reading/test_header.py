"""Names of columns differ, and the cells of a header are looked at in proportional time."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.reading.header import column_names, holds, looks_like_header
from tests.growth import check_growth

NUMBER_OR_DATE = re.compile(r"[-+(]?[\d.,:/%\s$€£¥-]*\d[\d.,:/%\s)$€£¥TZ-]*")
"""What is no name: the same as the product's, in up to the square of the time."""

MARKS = "e" + "\u0301\u0316\u0f73\uff9e" * 1_000


def names_one_by_one(cells: list[str]) -> tuple[str, ...]:
    """Names of cells that are not blank, each number tried for each cell."""
    names: list[str] = []
    for cell in cells:
        tried = (cell, *(f"{cell}_{repeat}" for repeat in range(2, len(cells) + 2)))
        taken = {"line", *map(str.casefold, names)}
        names.append(next(name for name in tried if name.casefold() not in taken))
    return tuple(names)


@given(st.lists(st.sampled_from(["a", "A", "a_2", "A_3", "line", "Line_2", "b"]), max_size=12))
@settings(deadline=None)
def test_a_repeated_name_gets_the_first_number_that_is_free(cells: list[str]) -> None:
    assert column_names(cells) == names_one_by_one(cells)


@given(st.text(alphabet="1٣a.,:-+(T )$", min_size=1, max_size=10))
@settings(max_examples=1_000, deadline=None)
def test_a_number_or_a_date_is_no_name(cell: str) -> None:
    folded = " ".join(unicodedata.normalize("NFKC", cell).casefold().split())
    expected = bool(folded) and not NUMBER_OR_DATE.fullmatch(folded)
    assert looks_like_header([cell]) is expected


def test_a_letter_keeps_thirty_of_its_marks() -> None:
    thirty = "e" + "\u0301\u0316" * 15
    assert column_names([thirty, MARKS]) == (thirty, MARKS[:31])
    assert column_names(["…" * 40]) == ("…" * 40,)


@pytest.mark.parametrize(
    "unit",
    ["a", "1", "-", "1-", " ", "(", "\u0301\u0316", "\u0f73", "\uff9e\u0301", "e\u0301\u0316"],
)
def test_a_header_is_looked_at_in_time_proportional_to_its_length(unit: str) -> None:
    check_growth(lambda text: looks_like_header([text, "b"]), unit, "x", length=20_000)
    check_growth(lambda text: holds([text, "b"], ["b"]), unit, "x", length=20_000)
    check_growth(
        lambda text: unicodedata.normalize("NFKC", column_names([text])[0]), unit, length=20_000
    )


def test_equal_names_are_numbered_in_time_proportional_to_them() -> None:
    check_growth(lambda text: column_names(list(text)), "a", length=2_000)
