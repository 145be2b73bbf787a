"""A newer state of known records is merged as if each of its rows had been staged."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from loaders.outcome import Outcome, Status
from loaders.writing import file as file_load
from tests.loaders.loading import loading_in

HEADER = "currency,rate_on,rate\n"

FIRST = HEADER + "EUR,2026-01-01,1.10\nEUR,2026-01-02,1.11\nCNY,2026-01-01,0.14\nCNY,2026-01-02,\n"

NEWER = {
    "the same, changed, new": "EUR,2026-01-01,1.10\nEUR,2026-01-02,1.25\nEUR,2026-01-03,1.13\n",
    "blanks": " EUR ,2026-01-01, 1.10\nCNY\t,2026-01-01,N/A\n\u00a0CNY,2026-01-02,0.15\n",
    "refused rows": "EUR,2026-01-01,1.2\nEUR,yesterday,1\n,2026-01-02,1\nEUR,2026-01-02,-3\n",
    "a row twice": "EUR,2026-01-01,1.2\nEUR,2026-01-01,1.2\nCNY,2026-01-01,0.14\n",
    "a key twice": "EUR,2026-01-01,1.2\nCNY,2026-01-01,0.14\nEUR,2026-01-01,1.3\n",
}


def told(folder: Path, newer: str, as_of: datetime) -> tuple[Outcome, dict[str, object]]:
    """What became of a newer file, and everything kept after it and after its undo."""
    folder.mkdir()
    with loading_in(folder) as loading:
        loading.load("first.csv", FIRST)
        outcome = loading.load("newer.csv", HEADER + newer, as_of=as_of)
        kept: dict[str, object] = {**loading.everything()}
        loading.undo(outcome.load_id)
        kept["after undo"] = loading.everything()
    return outcome, kept


@pytest.mark.parametrize("as_of", [datetime(2026, 2, 1), datetime(2025, 12, 1)])
@pytest.mark.parametrize("newer", NEWER.values(), ids=NEWER)
def test_the_short_way_gives_what_staging_gives(
    newer: str, as_of: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short, by_short_way = told(tmp_path / "short", newer, as_of)
    monkeypatch.setattr(file_load, "_short_way", lambda *arguments: None)
    staged, by_staging = told(tmp_path / "staged", newer, as_of)
    assert by_short_way == by_staging
    assert short == staged
    assert short.status is Status.LOADED
