"""Half-year potential against plain Python, and against what was planted."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

import numpy as np
import polars as pl
import pytest

from data.errors import MetricError, MissingRateError
from metrics.accounts.expected_wins import Group, Pooled, expectation, total
from metrics.accounts.half_year_potential import GROUPED_BY, half_year_potential
from metrics.funnel.ages import ALWAYS, told_days
from metrics.period import Period
from metrics.scope import Dimension, Filter, Scope, Stage, Unit
from tests.metrics.accounts.conftest import OF_REGION, PLAIN, Company
from tests.metrics.facts import DraftWarehouse, Facts, account, lead, opportunity
from tests.metrics.oracle.numbers import subjects
from tests.metrics.scopes import asked
from tests.metrics.twelve_leads import SEEN, WINTER

HALF = 183

Dimensions = tuple[Dimension, ...]


@dataclass(frozen=True)
class Fate:
    """One account: its age when it came under observation, and how and when it left."""

    came: int
    left: int
    how: str


Key = tuple[str, str | None]


def key_of(segments: dict[str, str], by: Dimensions) -> Key:
    """The group of an account or a deal."""
    values = [segments[each.value] for each in by]
    return values[0], values[1] if len(values) > 1 else None


def fates(company: Company, scope: Scope, by: Dimensions, stage: Stage) -> dict[Key, list[Fate]]:
    """Of each group; who had left before anything was told of it is not there."""
    oracle = company.oracle(scope)
    told = told_days(company.warehouse).get(stage, ALWAYS)
    ever = replace(
        scope, unit=Unit.ACCOUNT, period=Period(date(1900, 1, 1), oracle.until),
        observed_until=oracle.until,
    )  # fmt: skip
    found: dict[Key, list[Fate]] = {}
    for each in subjects(oracle.world, ever):
        first, reached = each.days[0], each.days[list(Stage).index(stage)]
        if first is None or first > oracle.until:
            continue
        ends = [
            (day, how) for day, how in ((reached, "converted"), (each.left, "exited"))
            if day is not None and day <= oracle.until
        ]  # fmt: skip
        if reached is not None and reached <= oracle.until:
            ends = ends[:1]
        day, how = ends[0] if ends else (oracle.until, "open")
        if day >= told:
            came, left = (max(0, (end - first).days) for end in (told, day))
            found.setdefault(key_of(each.segments, by), []).append(Fate(came, left, how))
    return found


def curve(all_fates: list[Fate]) -> tuple[list[float], list[float]]:
    """F and S by age, until the last age with enough at risk: Aalen and Johansen."""
    oldest = max(each.left for each in all_fates)
    at_risk = [
        sum(each.came <= age <= each.left for each in all_fates) for age in range(oldest + 1)
    ]
    enough = max(1.0, min(10.0, 0.1 * max(at_risk)))
    horizon = max(age for age, count in enumerate(at_risk) if count >= enough)
    shares, still_open, share, rest = [], [], 0.0, 1.0
    for age in range(horizon + 1):
        leaving = Counter(each.how for each in all_fates if each.left == age)
        n = max(1, at_risk[age])
        share += rest * leaving["converted"] / n
        rest *= 1 - (leaving["converted"] + leaving["exited"]) / n
        shares.append(share)
        still_open.append(rest)
    return shares, still_open


def chance(age: int, told: tuple[list[float], list[float]]) -> float:
    shares, still_open = told
    last = len(shares) - 1
    if age > last or still_open[age] < 1e-9:
        return 0.0
    return (shares[min(age + HALF, last)] - shares[age]) / still_open[age]


@pytest.mark.parametrize(
    ("scope", "by"),
    [
        (PLAIN, GROUPED_BY[:1]),
        (OF_REGION, GROUPED_BY[4:5]),
        (PLAIN, (GROUPED_BY[4], GROUPED_BY[0])),
    ],
)
def test_each_group_is_as_the_oracle_says(company: Company, scope: Scope, by: Dimensions) -> None:
    oracle = company.oracle(scope)
    to_won = fates(company, scope, by, Stage.WON)
    to_deal = fates(company, scope, by, Stage.OPPORTUNITY)
    whole, *rows = half_year_potential(company.warehouse, scope, *by).rows(named=True)
    assert {(row["segment"], row["second"]) for row in rows} == set(to_won)
    amounts: dict[Key, list[float]] = {}
    for deal in oracle.world.deals:
        is_won = deal.outcome == "won" and (deal.closed_on or date.max) <= oracle.until
        passes = all(deal.segments[each.dimension.value] in each.values for each in scope.filters)
        if is_won and passes and deal.amount is not None:
            amounts.setdefault(key_of(deal.segments, by), []).append(float(deal.amount))
    every = [each for group in to_won.values() for each in group]
    own_ones = set()
    for row in rows:
        key = row["segment"], row["second"]
        group, paid = to_won[key], amounts.get(key, [])
        still_open = [each.left for each in group if each.how == "open"]
        won = sum(each.how == "converted" for each in group)
        is_own = won >= 5 and len(paid) >= 5
        own_ones.add(is_own)
        assert (row["accounts"], row["open_accounts"]) == (len(group), len(still_open))
        assert row["is_own"] is is_own
        told = curve(group if is_own else every)
        paid = paid if is_own else [each for group in amounts.values() for each in group]
        expected = sum(chance(age, told) for age in still_open)
        assert row["wins"] == pytest.approx(expected, abs=1e-9)
        assert row["usual_amount"] == pytest.approx(sum(paid) / len(paid))
        assert row["amount"] == pytest.approx(expected * sum(paid) / len(paid), abs=1e-6)
        assert row["wins_low"] <= row["wins_high"]
        assert row["amount_low"] <= row["amount_high"]
        for name, known in (("won", group), ("opportunity", to_deal[key])):
            shares, _ = curve(known)
            if len(shares) > HALF:
                assert row[f"{name}_rate"] == pytest.approx(shares[HALF])
                assert row[f"{name}_rate_low"] <= shares[HALF] <= row[f"{name}_rate_high"]
            else:
                assert row[f"{name}_rate"] is None
    assert own_ones
    assert (whole["is_total"], whole["segment"]) == (True, None)
    assert whole["accounts"] == len(every)
    for name in ("open_accounts", "wins", "amount"):
        assert whole[name] == pytest.approx(sum(row[name] for row in rows))
    shares, _ = curve(every)
    assert whole["won_rate"] == pytest.approx(shares[HALF])


def test_the_total_is_as_unsure_as_its_groups_are_together(company: Company) -> None:
    """At least as sums of independent groups are, at most as of groups that move as one."""
    found = half_year_potential(company.warehouse, PLAIN, Dimension.SIZE_BAND)
    (whole,), groups = (found.filter(is_total=each).to_dicts() for each in (True, False))
    widths = [row["amount_high"] - row["amount_low"] for row in groups]
    width = whole["amount_high"] - whole["amount_low"]
    assert 0.85 * math.hypot(*widths) < width < sum(widths)
    assert whole["amount_low"] < whole["amount"] < whole["amount_high"]
    both = half_year_potential(company.warehouse, PLAIN, Dimension.SIZE_BAND, Dimension.INDUSTRY)
    of_band = both.filter(~pl.col("is_total")).group_by("segment").agg(pl.col("accounts").sum())
    assert dict(of_band.iter_rows()) == {row["segment"]: row["accounts"] for row in groups}


def test_groups_without_a_curve_of_their_own_rise_and_fall_together() -> None:
    """The chance of all is unsure; of ten groups with one curve the total is unsurer by far."""
    ages = pl.DataFrame(
        [("lead", "won", age, 0, won, 0, 0) for age, won in ((30, 6), (90, 5))]
        + [("lead", "won", 200, 0, 0, 20, 0), ("lead", "won", 10, 0, 0, 0, 400)],
        schema=["from_stage", "to_stage", "age_days", "records", "converted", "exited", "open"],
        orient="row",
    ).with_columns(records=pl.sum_horizontal("converted", "exited", "open"), undated=0)
    pooled = Pooled.of(Group.of(ages, pl.Series([10.0] * 6)), np.random.default_rng(1))
    part = ages.filter(pl.col("open") > 0).with_columns(pl.lit(40).alias("open"))
    group = Group.of(part, pl.Series([], dtype=pl.Float64))
    shared = [expectation(group, pooled, np.random.default_rng(seed)) for seed in range(10)]
    apart = [
        expectation(
            group,
            Pooled.of(pooled.group, np.random.default_rng(seed + 50)),
            np.random.default_rng(seed),
        )
        for seed in range(10)
    ]
    assert total(shared).wins == pytest.approx(total(apart).wins)
    spreads = [float(np.std(each.drawn)) for each in (total(shared), total(apart)) if
               each.drawn is not None]  # fmt: skip
    assert spreads[0] > 1.7 * spreads[1]


UNTIL = date(2025, 12, 31)
SHARES = {"1-50": (0.2, 200), "51-200": (0.6, 200), "201-500": (0.6, 6)}


@pytest.fixture(scope="module")
def planted() -> DraftWarehouse:
    """Accounts of two years, of which a known share is won, 10 to 150 days after they came in."""
    random = Random(3)
    rows, leads, deals = [], [], []
    for size_band, (share, accounts) in SHARES.items():
        for number in range(accounts):
            key = f"{size_band} {number}"
            came = datetime(2024, 1, 1, 9) + timedelta(days=random.randint(0, 729))
            rows.append(account(key, f"{key} Ltd", size_band=size_band))
            leads.append(lead(f"L {key}", came, account_id=key))
            closed = came + timedelta(days=random.randint(10, 150))
            if random.random() < share and closed.date() <= UNTIL:
                deals.append(
                    opportunity(
                        f"O {key}", closed - timedelta(days=5), account_id=key,
                        primary_lead_id=f"L {key}", outcome="won", closed_at=closed,
                        original_amount=Decimal(1000), currency="USD",
                    )
                )  # fmt: skip
    facts = Facts(account=tuple(rows), lead=tuple(leads), opportunity=tuple(deals))
    return DraftWarehouse().hold(facts)


def test_young_accounts_do_not_make_a_group_look_bad(planted: DraftWarehouse) -> None:
    scope = asked(Period(date(2025, 10, 1), UNTIL), UNTIL)
    found = half_year_potential(planted, scope, Dimension.SIZE_BAND)
    rows = {row["segment"]: row for row in found.filter(~pl.col("is_total")).rows(named=True)}
    for segment, (share, accounts) in SHARES.items():
        row = rows[segment]
        assert row["is_own"] is (accounts > 6), "few wins have the chances of all"
        assert row["usual_amount"] == 1000
        assert row["amount_low"] <= row["amount"] <= row["amount_high"]
        if row["is_own"]:
            assert row["won_rate_low"] <= share <= row["won_rate_high"]
            naive = 1 - row["open_accounts"] / row["accounts"]
            assert naive < row["won_rate"]
    assert rows["51-200"]["amount"] > 2 * rows["1-50"]["amount"]
    assert found.equals(half_year_potential(planted, scope, Dimension.SIZE_BAND))


def test_nothing_is_expected_where_nobody_was_followed_for_so_long(
    planted: DraftWarehouse, nothing: DraftWarehouse
) -> None:
    scope = asked(Period(date(2024, 1, 1), date(2024, 3, 31)), UNTIL)
    found = half_year_potential(planted, scope)
    assert found.select("won_rate", "wins", "amount").row(0) == (None, None, None)
    assert half_year_potential(nothing, scope).is_empty()


def test_segments_add_up_to_all_accounts(company: Company) -> None:
    counts = {
        by: int(half_year_potential(company.warehouse, PLAIN, by)["accounts"][1:].sum())
        for by in GROUPED_BY[:3]
    }
    assert len(set(counts.values())) == 1
    narrow = replace(PLAIN, filters=(Filter(Dimension.REGION, ("EMEA",)),))
    assert half_year_potential(company.warehouse, narrow)["accounts"].sum() < max(counts.values())


def test_what_does_not_group_accounts_is_refused(company: Company) -> None:
    with pytest.raises(MetricError, match="not grouped by channel: use one of industry, size band"):
        half_year_potential(company.warehouse, PLAIN, Dimension.CHANNEL)
    with pytest.raises(MetricError, match="grouped by region already: take another second one"):
        half_year_potential(company.warehouse, PLAIN, Dimension.REGION, Dimension.REGION)


def test_an_amount_without_a_rate_is_refused(without_rate: DraftWarehouse) -> None:
    with pytest.raises(MissingRateError, match="1 won deals cannot be converted"):
        half_year_potential(without_rate, asked(WINTER, SEEN))
