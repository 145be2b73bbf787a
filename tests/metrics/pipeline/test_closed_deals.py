"""Win rates and reasons by plain Python, and who is told of new leads."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from metrics.health.people import notices
from metrics.period import Period
from metrics.pipeline.owner_notices import owner_notices
from metrics.pipeline.reasons import win_loss_reasons, win_loss_reasons_by
from metrics.pipeline.win_rates import win_rates, win_rates_by
from metrics.scope import Dimension, Filter
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, account, lead, opportunity
from tests.metrics.pipeline.pipeline_oracle import Pipeline
from tests.metrics.random_facts import random_facts
from tests.metrics.random_pipeline import random_pipeline
from tests.metrics.scopes import asked

Q4 = Period(date(2025, 7, 1), date(2025, 12, 31))
SEEN = date(2025, 11, 20)
SCOPE = asked(Q4, SEEN)
PLAIN = random_pipeline(8, 160)
FACTS = Facts(
    account=tuple(account(f"A{n}", f"Company {n}") for n in range(40)),
    opportunity=tuple(
        row | {
            "account_id": f"A{n % 40}", "owner": ("Ana", "李雷", None)[n % 3],
            "lost_reason": ("Price", "没有预算", None)[n % 3], "win_reason": ("Fit", None)[n % 2],
            "lost_to": ("Siemens", None)[n % 2],
        }
        for n, row in enumerate(PLAIN.opportunity)
    ),
    opportunity_change=PLAIN.opportunity_change, exchange_rate=PLAIN.exchange_rate,
    as_of=PLAIN.as_of,
)  # fmt: skip


@pytest.fixture(scope="module")
def whole() -> tuple[DraftWarehouse, Pipeline]:
    warehouse = DraftWarehouse().hold(FACTS)
    return warehouse, Pipeline(FACTS, warehouse.table("deal"))


def last_change(oracle: Pipeline, name: str, day: date) -> date | None:
    """The last day on which something of a deal was another thing than before."""
    life = oracle.life(name)
    if life is None:
        return None
    last, state, changes = life
    for change in changes:
        field = {"expected_close_on": "due"}.get(change.what, change.what)
        if change.on <= day and (field == "closed" or getattr(state, field) != change.value):
            last = change.on
        if field != "closed":
            setattr(state, field, change.value)
    return last if last <= day else None


def ends(oracle: Pipeline, basis: str) -> dict[str, str]:
    """Of each deal of the basis: won, lost or stale."""
    stale_days = timedelta(days=TERMS.pipeline.stale_days)
    found = {}
    for name, deal in oracle.deals.items():
        opened, closed = deal["opened_on"], deal["closed_on"]
        mine = opened and Q4.start <= opened <= min(Q4.end, SEEN)
        is_closed = deal["outcome"] != "open" and closed is not None and closed <= SEEN
        if is_closed and (mine if basis == "cohort" else Q4.start <= closed <= Q4.end):
            found[name] = deal["outcome"]
        last = last_change(oracle, name, SEEN)
        if not is_closed and last and opened:
            since = last + stale_days
            if (mine and since <= SEEN) if basis == "cohort" else Q4.start <= since <= SEEN:
                found[name] = "stale"
    return found


@pytest.mark.parametrize("basis", ["cohort", "flow"])
def test_rates_are_those_of_the_deals(whole: tuple[DraftWarehouse, Pipeline], basis: str) -> None:
    warehouse, oracle = whole
    found = win_rates(warehouse, SCOPE, TERMS).filter(basis=basis)
    ended = ends(oracle, basis)
    assert set(ended.values()) == {"won", "lost", "stale"}
    for row in found.iter_rows(named=True):
        kept = {n: e for n, e in ended.items() if e != "stale" or row["width"] == "broad"}
        worth = {
            name: 1.0 if row["measure"] == "count" else float(oracle.deals[name]["amount"] or 0)
            for name in kept
        }
        won = sum(worth[name] for name, end in kept.items() if end == "won")
        assert row["won"] == pytest.approx(won)
        assert row["of"] == pytest.approx(sum(worth.values()))
        unpriced = Counter(
            end for name, end in kept.items() if oracle.deals[name]["amount"] is None
        )
        assert row["unpriced"] == (unpriced.total() if row["measure"] == "value" else 0)
        of_each = Counter(kept.values())
        if row["measure"] == "value" and any(10 * unpriced[end] > of_each[end] for end in of_each):
            assert (row["rate"], row["rate_low"], row["rate_high"]) == (None, None, None)
            continue
        assert row["rate"] == pytest.approx(won / sum(worth.values()))
        assert row["rate_low"] < row["rate"] < row["rate_high"]


def test_deals_of_one_account_that_end_alike_say_less() -> None:
    def rates(accounts: int) -> dict[str, Any]:
        deals = tuple(
            opportunity(f"D{n}", datetime(2025, 8, 1), account_id=f"A{n % accounts}",
                        outcome="won" if n % accounts < accounts / 2 else "lost",
                        closed_at=datetime(2025, 9, 1))
            for n in range(40)
        )  # fmt: skip
        facts = Facts(account=tuple(account(f"A{n}") for n in range(accounts)), opportunity=deals)
        return win_rates(DraftWarehouse().hold(facts), SCOPE, TERMS).row(0, named=True)

    alone, together = rates(40), rates(4)
    assert alone["rate"] == together["rate"] == 0.5
    assert together["rate_high"] - together["rate_low"] > 1.5 * (
        alone["rate_high"] - alone["rate_low"]
    )
    assert rates(1)["rate_low"] is None


@pytest.mark.parametrize(("without", "told"), [(1, True), (2, False)])
def test_amounts_that_only_wins_have_make_no_rate(without: int, told: bool) -> None:
    """Ten deals were lost; some have no amount, as where a system keeps none of what was lost."""
    deals = tuple(
        opportunity(
            f"O{n}", datetime(2025, 8, 1), closed_at=datetime(2025, 9, 1), account_id=f"A{n}",
            outcome="won" if n < 10 else "lost", currency="USD",
            original_amount=None if n >= 20 - without else Decimal(100),
        )
        for n in range(20)
    )  # fmt: skip
    found = win_rates(DraftWarehouse().hold(Facts(opportunity=deals)), SCOPE, TERMS)
    rows = found.filter(measure="value", width="narrow")
    assert rows["unpriced"].to_list() == [without] * 2
    assert rows["rate"].is_not_null().to_list() == [told] * 2
    assert rows["rate_low"].is_not_null().to_list() == [told] * 2
    assert found.filter(measure="count", width="narrow")["rate"].to_list() == [0.5, 0.5]


def test_of_nothing_there_is_no_rate() -> None:
    found = win_rates(DraftWarehouse().hold(Facts()), SCOPE, TERMS)
    assert len(found) == 8
    assert found["rate"].is_null().all()
    assert found["of"].sum() == 0


def test_segments_add_up(whole: tuple[DraftWarehouse, Pipeline]) -> None:
    warehouse, _ = whole
    by = win_rates_by(warehouse, SCOPE, Dimension.OWNER, TERMS)
    keys = ["basis", "measure", "width"]
    sums = by.group_by(keys).agg(pl.col("won", "of", "unpriced").sum()).sort(keys)
    alone = win_rates(warehouse, SCOPE, TERMS).sort(keys)
    for name in ("won", "of", "unpriced"):
        assert sums[name].to_list() == pytest.approx(alone[name].to_list())
    anas = win_rates(
        warehouse, asked(Q4, SEEN, filters=(Filter(Dimension.OWNER, ("Ana",)),)), TERMS
    )
    assert by.filter(owner="Ana").drop("owner").equals(anas)


def test_reasons_are_those_that_the_deals_give(whole: tuple[DraftWarehouse, Pipeline]) -> None:
    warehouse, oracle = whole
    expected: Counter[tuple[Any, ...]] = Counter()
    sums: defaultdict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    last_stage: dict[str, str] = {}
    for name, stage, *_ in oracle.spells(SEEN):
        last_stage[name] = stage
    for name, deal in oracle.deals.items():
        if deal["outcome"] == "open" or not Q4.start <= (deal["closed_on"] or SEEN) <= SEEN:
            continue
        record = oracle.records[name]
        reason = record["win_reason" if deal["outcome"] == "won" else "lost_reason"]
        key = (deal["outcome"], reason, record["lost_to"], last_stage.get(name))
        expected[key] += 1
        sums[key] += deal["amount"] or 0
    found = win_loss_reasons(warehouse, SCOPE)
    rows = {
        (row["outcome"], row["reason"], row["competitor"], row["last_stage"]): row
        for row in found.iter_rows(named=True)
    }
    assert {key: row["deals"] for key, row in rows.items()} == expected
    assert {key: row["amount"] for key, row in rows.items()} == sums
    assert found.group_by("outcome").agg(pl.col("share").sum())["share"].to_list() == (
        pytest.approx([1.0, 1.0])
    )
    by = win_loss_reasons_by(warehouse, SCOPE, Dimension.OWNER)
    assert by["deals"].sum() == found["deals"].sum()


def test_new_leads_of_known_companies_are_those_of_data_health() -> None:
    warehouse = DraftWarehouse().hold(random_facts(4))
    period = Period(date(2000, 1, 1), date(2099, 12, 31))
    whole = asked(period, date(2099, 12, 31))
    every = notices(warehouse)
    found = owner_notices(warehouse, whole)
    assert found["lead_id"].to_list() == every["lead_id"].to_list()
    assert len(found) > 3
    assert found["notify_owner"].to_list() == every["notify_owner"].to_list()
    told = found.filter(pl.col("owner") == pl.col("notify_owner"))
    assert told["is_told"].all()
    assert found["is_told"].sum() == len(told)
    half = period.start.replace(year=2025)
    later = owner_notices(warehouse, asked(Period(half, period.end), period.end))
    assert (
        later["lead_id"].to_list() == found.filter(pl.col("lead_on") >= half)["lead_id"].to_list()
    )


def test_a_lead_of_nobody_known_is_no_notice() -> None:
    facts = Facts(lead=(lead("L1", datetime(2025, 8, 1)),))
    assert owner_notices(DraftWarehouse().hold(facts), SCOPE).is_empty()
