"""What stands around a value is no part of it, in whatever script it was typed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.loaders.loading import Loading, loading_in

BLANKS = {
    "space": " ",
    "tab": "\t",
    "line end": "\n",
    "no-break space": "\u00a0",
    "narrow no-break space": "\u202f",
    "thin space": "\u2009",
    "wide space": "\u3000",
    "zero-width space": "\u200b",
    "zero-width joiner": "\u200d",
    "byte-order mark": "\ufeff",
    "word joiner": "\u2060",
    "left-to-right mark": "\u200e",
    "embedding": "\u202a",
}


@pytest.fixture
def loading(tmp_path: Path) -> Iterator[Loading]:
    with loading_in(tmp_path) as loading:
        yield loading


def channels(loading: Loading, *cells: str) -> list[str | None]:
    """What becomes of texts in a column of JSON lines, where each is read as it stands."""
    rows = (
        {"lead_id": f"L{number}", "created_at": "2026-01-01", "channel": cell}
        for number, cell in enumerate(cells)
    )
    loading.load("leads.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    return [channel for (channel,) in loading.rows("lead", "channel")]


@pytest.mark.parametrize("blank", BLANKS.values(), ids=BLANKS)
def test_blanks_around_a_value_are_no_part_of_it(loading: Loading, blank: str) -> None:
    around = f"{blank} {blank}"
    cells = [f"{around}{text}{around}" for text in ("市场活动", "Trade Fair")]
    assert set(channels(loading, *cells)) == {"市场活动", "Trade Fair"}


@pytest.mark.parametrize("blank", BLANKS.values(), ids=BLANKS)
def test_blanks_inside_a_value_stay(loading: Loading, blank: str) -> None:
    text = f"广州{blank}研讨会"
    assert channels(loading, text) == [text]


@pytest.mark.parametrize("blank", BLANKS.values(), ids=BLANKS)
def test_a_cell_of_blanks_or_a_placeholder_among_them_is_missing(
    loading: Loading, blank: str
) -> None:
    cells = (blank * 3, f"{blank}未知{blank}", f"{blank}n/a{blank}", "Email")
    assert channels(loading, *cells) == ["Email", None, None, None]


def test_a_key_is_the_same_with_wide_spaces_around_it(loading: Loading) -> None:
    header = "lead_id,created_at,channel\n"
    loading.load("a.csv", header + "\u3000编号１\u3000,\t2026-01-01\u00a0,\n")
    loading.load("b.csv", header + "编号１,2026-01-01,线上\n")
    assert loading.rows("lead", "lead_id", "channel") == [("编号１", "线上")]


@pytest.mark.parametrize("blank", ["\t", "\u3000", "\u200b"], ids=["tab", "wide space", "no width"])
def test_keys_are_compared_without_the_blanks_around_them(loading: Loading, blank: str) -> None:
    keys = ("V1", f"{blank}V1{blank}", blank * 2, "V2")
    rows = (
        {"interaction_id": key, "occurred_at": "2026-01-01", "action": "page_view"} for key in keys
    )
    outcome = loading.load("events.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    assert loading.rows("interaction", "interaction_id") == [("V1",), ("V2",)]
    assert (outcome.rows_kept, outcome.rows_unchanged, outcome.rows_rejected) == (2, 1, 1)
