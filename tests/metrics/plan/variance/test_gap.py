"""The gap of a kept plan: it adds up to the books, and facts are told from chance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest

from data.engine.warehouse import DuckDBWarehouse
from data.errors import MetricError
from data.notebook.plans import PlanLine
from metrics.headline import headline
from metrics.period import Period
from metrics.plan.attainment.kept_plan import kept_plan
from metrics.plan.variance.gap import revenue_gap, revenue_gap_leaves
from metrics.scope import Dimension, Filter
from tests.metrics.facts import TERMS, DraftWarehouse, store
from tests.metrics.plan.kept import SEEN, company, keep, lines, scope

FEBRUARY = Period(date(2026, 2, 1), date(2026, 2, 28))
QUARTER = Period(date(2026, 1, 1), date(2026, 3, 31))


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBWarehouse]:
    with store(tmp_path_factory.mktemp("steady") / "00001.duckdb", company()) as warehouse:
        yield warehouse


@pytest.fixture(scope="module")
def dearer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBWarehouse]:
    """The euro rises after the plan was made."""
    facts = company(euro_now=Decimal("1.50"))
    with store(tmp_path_factory.mktemp("dearer") / "00001.duckdb", facts) as warehouse:
        yield warehouse


def gap_of(
    warehouse: DuckDBWarehouse, *rows: PlanLine, period: Period | None = None
) -> pl.DataFrame:
    plan = kept_plan(warehouse, scope(), keep(*rows))
    return revenue_gap(warehouse, scope(), plan, TERMS, period)


def amount(frame: pl.DataFrame, part: str) -> Decimal:
    found: Decimal = frame.filter(part=part)["amount"].item()
    return found


@pytest.mark.parametrize("period", [None, FEBRUARY, QUARTER], ids=str)
def test_plan_and_parts_are_the_revenue_of_the_books(
    steady: DuckDBWarehouse, period: Period | None
) -> None:
    frame = gap_of(steady, period=period)
    days = period or Period(date(2026, 1, 1), SEEN)
    (booked,) = headline(steady, scope().__class__(days, SEEN, windows=TERMS.windows))["won_amount"]
    assert amount(frame, "actual") == booked
    assert frame.filter(pl.col("part") != "actual")["amount"].sum() == booked
    assert frame["part"].to_list()[:3] == ["planned", "reserve", "opening"]


def test_the_target_is_the_plans_by_days(steady: DuckDBWarehouse) -> None:
    assert amount(gap_of(steady, period=QUARTER), "planned") == 135_000
    assert amount(gap_of(steady), "planned") == 150_000, "April has ten of thirty days"


def test_a_company_that_goes_on_has_nothing_more_than_chance(steady: DuckDBWarehouse) -> None:
    frame = gap_of(steady)
    tested = frame.filter(pl.col("p_value").is_not_null())
    assert not tested["is_more_than_chance"].any()
    assert (tested["low"] <= tested["high"]).all()
    for fact in ("currency", "restatement"):
        row = frame.filter(part=fact).row(0, named=True)
        assert (row["p_value"], row["is_more_than_chance"]) == (None, None)
        assert row["amount"] == 0
        assert row["reason"]


def test_half_of_what_was_planned_is_missing_volume(steady: DuckDBWarehouse) -> None:
    frame = gap_of(steady, *lines(leads=40.0), period=QUARTER)
    parts = frame.filter(pl.col("part").is_in(["planned", "reserve", "actual"]).not_())
    worst = parts.sort(pl.col("amount").abs(), descending=True).row(0, named=True)
    assert worst["part"] == "volume"
    assert worst["amount"] < 0
    assert worst["is_more_than_chance"]


def test_another_exchange_rate_is_currency_and_not_deal_size(
    steady: DuckDBWarehouse, dearer: DuckDBWarehouse
) -> None:
    before, after = gap_of(steady, period=QUARTER), gap_of(dearer, period=QUARTER)
    more = amount(after, "actual") - amount(before, "actual")
    assert more > 0
    assert float(amount(after, "currency")) == pytest.approx(float(more), abs=0.01)
    sizes = [float(amount(each, "size")) for each in (before, after)]
    assert sizes[1] == pytest.approx(sizes[0], abs=0.02)


def test_what_was_restated_since_the_plan_is_told_apart(draft: DraftWarehouse) -> None:
    draft.hold(company())
    finished = datetime(2026, 3, 15, 9, tzinfo=UTC).replace(tzinfo=None)
    known = {"file_name": "deals.csv", "sha256": "1" * 64, "mapping": "test"}
    counts = dict.fromkeys(("rows_read", "rows_kept", "rows_changed", "rows_rejected"), 0)
    moments = dict.fromkeys(("as_of", "started_at", "finished_at"), finished)
    draft.put("load", {"load_id": "late", **known, **counts, **moments})
    draft.put(
        "restatement",
        {
            "load_id": "late",
            "month_on": date(2026, 1, 1),
            "metric": "won_amount",
            "dimension": "total",
            "segment": "total",
            "before": 28_000.0,
            "after": 30_000.0,
            "cause": "changed rows",
        },
    )
    plan = kept_plan(draft, scope(), keep())
    frame = revenue_gap(draft, scope(), plan, TERMS, QUARTER)
    assert amount(frame, "restatement") == 2_000
    assert frame.filter(pl.col("part") != "actual")["amount"].sum() == amount(frame, "actual")
    earlier = replace(plan, made_at=datetime(2026, 3, 31, 18))
    assert amount(revenue_gap(draft, scope(), earlier, TERMS, QUARTER), "restatement") == 0
    narrow = scope(filters=(Filter(Dimension.REGION, ("Unassigned",)),))
    found = revenue_gap(draft, narrow, plan, TERMS, QUARTER)
    reason = found.filter(part="restatement")["reason"].item()
    assert reason == "restatements are logged by channel, not by region"


def test_the_leaves_add_up_to_their_parts(steady: DuckDBWarehouse) -> None:
    plan = kept_plan(steady, scope(), keep(*lines(leads=30.0)))
    whole = revenue_gap(steady, scope(), plan, TERMS, QUARTER)
    leaves = revenue_gap_leaves(steady, scope(), plan, TERMS, QUARTER)
    assert set(leaves["segment"]) == {"Email", "Webinar", "other segments"}
    for part in ("volume", "mix", "rate_won", "timing", "size"):
        total = leaves.filter(part=part)["amount"].sum()
        assert total == pytest.approx(float(amount(whole, part)), abs=0.02)


def test_a_plan_of_which_nothing_has_come_yet_is_refused(steady: DuckDBWarehouse) -> None:
    later = PlanLine(date(2026, 5, 1), "all", "lead", 20.0)
    plan = replace(kept_plan(steady, scope(), keep(later)), won_from=date(2026, 5, 1))
    with pytest.raises(MetricError, match="nothing of what is asked has come yet"):
        revenue_gap(steady, scope(), plan, TERMS)
    wins = kept_plan(steady, scope(), keep(PlanLine(date(2026, 1, 1), "all", "won", 3.0)))
    with pytest.raises(MetricError, match="has no lines of leads, MQLs"):
        revenue_gap(steady, scope(), wins, TERMS)
