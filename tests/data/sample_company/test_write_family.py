"""The exports of a company of a family tell what its arrays tell, once they are loaded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from data.__main__ import main
from data.definitions import Definitions
from data.derive.rebuild import rebuild
from data.sample_company.families.nature import CHANNELS, Family
from data.sample_company.families.records import DEAL_STAGES, NEVER, Exit, Stage
from data.sample_company.families.snapshot import Snapshot
from data.sample_company.manifest import is_of_sample
from data.sample_company.write import SampleSize
from data.sample_company.write_family import company_of
from tests.loaders.loading import Loading, loading_in

UNTIL = date(2026, 6, 30)
SIZE = SampleSize(leads=2_500, until=UNTIL, seed=7, months=30)
FILES = ["lead.csv", "opportunity.csv", "opportunity_change.csv", "stage_change.csv"]


@dataclass(frozen=True)
class Loaded:
    """A company that was written by the command, loaded and derived, and its arrays."""

    folder: Path
    loading: Loading
    seen: Snapshot

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.loading.draft.query(sql).rows()


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    folder = tmp_path_factory.mktemp("family")
    command = "sample --family zombies --seed 7 --as-of 2026-06-30 --leads 2500 --out"
    assert main([*command.split(), str(folder)]) == 0
    with loading_in(tmp_path_factory.mktemp("store")) as loading:
        for name in FILES:
            outcome = loading.load_path(folder / name)
            assert (outcome.rows_rejected, outcome.mapping) == (0, f"generic_{name[:-4]}")
        rebuild(loading.draft, Definitions.load())
        yield Loaded(folder, loading, company_of(Family.ZOMBIES, SIZE).seen_on(UNTIL))


def test_stages_are_reached_by_as_many_on_the_same_days(loaded: Loaded) -> None:
    names = [stage.name.lower() for stage in Stage]
    columns = ", ".join(f"{name}_on" for name in names)
    found = loaded.rows(f"SELECT {columns} FROM journey ORDER BY lead_id")
    start, entered = loaded.seen.life.start, loaded.seen.records.entered
    days = [[NEVER if day is None else (day - start).days for day in row] for row in found]
    assert np.array_equal(np.array(days), entered)


def test_exits_are_the_same(loaded: Loaded) -> None:
    found = loaded.rows(
        "SELECT exit_stage, count(*) FROM journey WHERE exit_stage IS NOT NULL GROUP BY ALL"
    )
    kinds = loaded.seen.records.exit
    assert dict(found) == {
        kind.name.lower(): (kinds == kind).sum() for kind in Exit if kind is not Exit.NONE
    }


def test_channels_and_accounts_are_the_same(loaded: Loaded) -> None:
    found = loaded.rows("SELECT channel, count(*) FROM journey GROUP BY ALL")
    counts = np.bincount(loaded.seen.records.channel)
    assert dict(found) == dict(zip(CHANNELS, counts.tolist(), strict=True))
    (accounts,) = loaded.rows("SELECT count(DISTINCT account_id) FROM journey")[0]
    assert accounts == len(np.unique(loaded.seen.records.account))


def test_won_revenue_and_open_pipeline_are_the_same(loaded: Loaded) -> None:
    seen = loaded.seen
    found = loaded.rows("SELECT outcome, count(*), sum(amount) FROM deal GROUP BY outcome")
    masks = {"won": seen.is_won, "open": seen.is_open, "lost": ~seen.is_won & ~seen.is_open}
    assert {(name, count, amount) for name, count, amount in found} == {
        (name, mask.sum(), Decimal(int(seen.amount[mask].sum()))) for name, mask in masks.items()
    }
    (won,) = loaded.rows("SELECT sum(won_amount) FROM journey")[0]
    assert won == int(seen.amount[seen.is_won].sum())


def test_open_deals_stand_as_their_sellers_say(loaded: Loaded) -> None:
    seen = loaded.seen
    found = loaded.rows(
        "SELECT stage, probability, expected_close_on FROM opportunity"
        " WHERE outcome = 'open' ORDER BY opportunity_id"
    )
    still = seen.is_open
    assert found == [
        (DEAL_STAGES[stage], pytest.approx(probability), seen.life.date_of(int(close)))
        for stage, probability, close in zip(
            seen.deal_stage[still], seen.probability[still], seen.expected_close[still], strict=True
        )
    ]


def test_changes_lead_to_the_deals_as_they_stand(loaded: Loaded) -> None:
    last = """
        SELECT opportunity_id, arg_max(new, changed_at) AS new FROM opportunity_change
        WHERE field = '{}' GROUP BY opportunity_id
    """
    for field, column in (
        ("amount", "CAST(CAST(original_amount AS BIGINT) AS VARCHAR)"),
        ("stage", "stage"),
        ("expected_close_on", "CAST(expected_close_on AS VARCHAR)"),
    ):
        (pairs,) = loaded.rows(
            f"SELECT list(({column}, new)) FROM opportunity"
            f" JOIN ({last.format(field)}) USING (opportunity_id) WHERE outcome = 'open'"
        )[0]
        assert len(pairs) >= 10
        assert all(left == right for left, right in (tuple(pair.values()) for pair in pairs))


def test_the_truth_beside_the_exports_goes_on_after_the_day(loaded: Loaded) -> None:
    truth = json.loads((loaded.folder / "truth.json").read_text(encoding="utf-8"))
    months = truth["won_by_month"]
    told = [each["amount"] for month, each in months.items() if month <= str(UNTIL)]
    assert sum(told) == truth["seen"]["won_amount"] > 0
    assert list(months)[-1] == "2027-06-01"
    assert sum(each["deals"] for month, each in months.items() if month > str(UNTIL)) > 0
    assert truth["seen"]["reached"]["lead"] == len(loaded.seen.records.account)
    assert truth["planted"]["family"] == "zombies"


def test_the_exports_are_known_for_made_up_and_as_of_the_day(loaded: Loaded) -> None:
    digests = json.loads((loaded.folder / "manifest.json").read_text(encoding="utf-8"))["sha256"]
    assert sorted(digests) == FILES
    for name, digest in digests.items():
        path = loaded.folder / name
        assert is_of_sample(path, digest)
        assert datetime.fromtimestamp(path.stat().st_mtime, UTC).date() == UNTIL


def test_a_company_has_about_as_many_leads_as_were_asked_for(loaded: Loaded) -> None:
    assert len(loaded.seen.records.account) == pytest.approx(2_500, rel=0.2)


LATER = date(2026, 9, 30)


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exports of the same life three months later."""
    folder = tmp_path_factory.mktemp("later")
    command = "sample --family zombies --seed 7 --until 2026-06-30 --leads 2500"
    assert main([*command.split(), "--seen-on", str(LATER), "--out", str(folder)]) == 0
    return folder


def test_what_was_told_of_a_day_is_found_on_every_later_one(loaded: Loaded, later: Path) -> None:
    for name, moment in (
        ("lead", "created_at"),
        ("stage_change", "entered_at"),
        ("opportunity_change", "changed_at"),
    ):
        early, late = (
            pl.read_csv(folder / f"{name}.csv", infer_schema=False)
            for folder in (loaded.folder, later)
        )
        by_then = late.filter(pl.col(moment).str.to_date("%Y-%m-%dT%H:%M:%SZ") <= UNTIL)
        assert 0 < len(early) < len(late)
        assert_frame_equal(early, by_then, check_row_order=False)


def test_deals_of_a_day_have_moved_on_later_and_none_is_ahead_of_it(
    loaded: Loaded, later: Path
) -> None:
    key = "opportunity_id"
    early, late = (
        pl.read_csv(folder / "opportunity.csv", try_parse_dates=True)
        for folder in (loaded.folder, later)
    )
    assert (
        early.select(pl.max_horizontal(pl.col("created_at", "closed_at").dt.date().max())).item()
        <= UNTIL
    )
    assert set(early[key]) == set(late.filter(pl.col("created_at").dt.date() <= UNTIL)[key])
    both = early.join(late, on=key, suffix="_late")
    closed = both.filter(pl.col("outcome") != "open")
    assert (closed["closed_at"] == closed["closed_at_late"]).all()
    assert (closed["amount"] == closed["amount_late"]).all()
    moved = both.filter(outcome="open").filter(pl.col("outcome_late") != "open")
    assert len(moved) > 10
    assert (moved["closed_at_late"].dt.date() > UNTIL).all()


def test_the_truth_of_a_life_is_the_same_on_every_day(loaded: Loaded, later: Path) -> None:
    early, late = (
        json.loads((folder / "truth.json").read_text(encoding="utf-8"))
        for folder in (loaded.folder, later)
    )
    assert (early["seen"].pop("until"), late["seen"].pop("until")) == (str(UNTIL), str(LATER))
    assert early.pop("seen") != late.pop("seen")
    assert early == late


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--family stable --seen-on 2027-07-01", "known from 2024-01-01 to 2027-06-30"),
        ("--family stable --seen-on 2023-12-31", "2023-12-31 is outside"),
        ("--seen-on 2026-09-30", "that --family makes"),
    ],
)
def test_a_day_that_no_life_tells_of_is_refused(
    options: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = f"sample --until 2026-06-30 --leads 100 {options} --out"
    assert main([*command.split(), str(tmp_path / "exports")]) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "exports").exists()
