"""Every strategy of writing that applies to a file gives the same counts and the same tables."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from loaders.outcome import Counts, Outcome, Status
from loaders.writing import write_rows as writing
from loaders.writing.append import append
from loaders.writing.file_rows import FileRows, Strategy
from loaders.writing.merge import merge
from loaders.writing.update import update
from tests.loaders.loading import Loading, loading_in

HEADER = "currency,rate_on,rate\n"

FIRST = HEADER + "EUR,2026-01-01,1.10\nEUR,2026-01-02,1.11\nCNY,2026-01-01,0.14\nCNY,2026-01-02,\n"

KNOWN = {
    "the same, changed, new": "EUR,2026-01-01,1.10\nEUR,2026-01-02,1.25\nEUR,2026-01-03,1.13\n",
    "blanks": " EUR ,2026-01-01, 1.10\nCNY\t,2026-01-01,N/A\n\u00a0CNY,2026-01-02,0.15\n",
    "refused rows": "EUR,2026-01-01,1.2\nEUR,yesterday,1\n,2026-01-02,1\nEUR,2026-01-02,-3\n",
    "a row twice": "EUR,2026-01-01,1.2\nEUR,2026-01-01,1.2\nCNY,2026-01-01,0.14\n",
    "a key twice": "EUR,2026-01-01,1.2\nCNY,2026-01-01,0.14\nEUR,2026-01-01,1.3\n",
    "damaged": "EUR,2026-01-01,1.2\nCNY\nCNY,2026-01-01,0.15\n",
}
"""Files with newer rows of the records of FIRST."""

NEW = {
    "new": "USD,2026-01-01,1\nUSD,2026-01-02,1.0\n",
    "new with blanks": " GBP ,2026-01-01, 1.10\nGBP\t,2026-01-02,N/A\n\u00a0GBP,2026-01-03,0.15\n",
    "new with refused rows": "USD,2026-01-01,1\nUSD,soon,1\n,2026-01-02,1\nUSD,2026-01-02,-3\n",
    "new and damaged": "USD,2026-01-01,1.2\nCNY\nUSD,2026-01-02,0.15\n",
}
"""Files with rows of other records alone."""

TWICE = {"a row twice", "a key twice"}

MOMENTS = [datetime(2026, 2, 1), datetime(2025, 12, 1)]
"""After and before FIRST."""


def applying(name: str, *, first: bool) -> set[Strategy]:
    """The strategies that apply to a file after FIRST, or to it alone."""
    if name in TWICE:
        return {merge}
    return {append, update, merge} if first or name in NEW else {update, merge}


def written(
    folder: Path, strategy: Strategy, text: str, as_of: datetime, *, first: bool
) -> tuple[Outcome, dict[str, object]] | None:
    """What became of a file by one strategy, and all that is kept after it and after its undo.

    None when the strategy does not apply.
    """
    folder.mkdir()
    applied = True

    def only(rows: FileRows) -> Counts:
        nonlocal applied
        before = contents(loading)
        if (counts := strategy(rows)) is not None:
            return counts
        applied = False
        assert contents(loading) == before, "a strategy that does not apply leaves nothing behind"
        return merge(rows)

    with loading_in(folder) as loading, pytest.MonkeyPatch.context() as patch:
        if not first:
            loading.load("first.csv", FIRST)
        patch.setattr(writing, "STRATEGIES", (only,))
        outcome = loading.load("newer.csv", HEADER + text, as_of=as_of)
        kept: dict[str, object] = {**loading.everything()}
        loading.undo(outcome.load_id)
        kept["after undo"] = loading.everything()
    return (outcome, kept) if applied else None


def contents(loading: Loading) -> dict[str, object]:
    """All that is kept, without the refusals, and the temporary tables there are."""
    kept: dict[str, object] = {**loading.everything()}
    kept.pop("rejected_row", None)
    found = loading.draft.query("SELECT table_name FROM duckdb_tables() WHERE temporary")
    return kept | {"temporary": sorted(found["table_name"])}


@pytest.mark.parametrize("as_of", MOMENTS, ids=["later", "earlier"])
@pytest.mark.parametrize("first", [True, False], ids=["first", "second"])
@pytest.mark.parametrize("name", [*KNOWN, *NEW])
def test_all_strategies_that_apply_give_the_same_counts_and_tables(
    name: str, first: bool, as_of: datetime, tmp_path: Path
) -> None:
    results = {
        strategy: result
        for strategy in writing.STRATEGIES
        if (
            result := written(
                tmp_path / strategy.__name__, strategy, (KNOWN | NEW)[name], as_of, first=first
            )
        )
    }
    assert results.keys() == applying(name, first=first)
    outcome, kept = results[merge]
    assert outcome.status is Status.LOADED
    assert all(result == (outcome, kept) for result in results.values())


def test_a_file_is_written_by_the_first_strategy_that_applies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def noted(strategy: Strategy) -> Strategy:
        def note(rows: FileRows) -> Counts | None:
            tried.append(strategy.__name__)
            return strategy(rows)

        return note

    monkeypatch.setattr(writing, "STRATEGIES", tuple(map(noted, writing.STRATEGIES)))
    with loading_in(tmp_path) as loading:
        loading.load("first.csv", FIRST)
        loading.load("known.csv", HEADER + KNOWN["refused rows"])
        loading.load("repeats.csv", HEADER + KNOWN["a key twice"])
    assert tried == ["append", "append", "update", "append", "update", "merge"]
