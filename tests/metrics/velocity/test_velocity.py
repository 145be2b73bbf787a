"""Velocity: by hand, by plain Python over journeys, and one with the funnel's incidence."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from metrics.funnel.incidence import step_incidence
from metrics.period import Period
from metrics.scope import Counting, Scope, Stage, Unit
from metrics.velocity.open_ages import BANDS, LABELS, open_ages
from metrics.velocity.pipeline_velocity import pipeline_velocity
from metrics.velocity.stuck_records import stuck_records
from metrics.velocity.time_to_convert import time_to_convert
from tests.metrics.facts import DraftWarehouse, Facts, Row, opportunity
from tests.metrics.random_facts import random_facts
from tests.metrics.scopes import asked

PERIOD, SEEN = Period(date(2024, 1, 1), date(2025, 12, 31)), date(2025, 9, 30)


@pytest.fixture(scope="module")
def warehouse() -> DraftWarehouse:
    return DraftWarehouse().hold(random_facts(6))


UNITS = pytest.mark.parametrize("unit", Unit)


@UNITS
def test_times_are_those_of_the_incidence_and_lie_in_their_bands(
    warehouse: DraftWarehouse, unit: Unit
) -> None:
    scope = asked(PERIOD, SEEN, unit=unit)
    found, steps = time_to_convert(warehouse, scope), step_incidence(warehouse, scope)
    assert found.select(same := [name for name in found.columns if name in steps.columns]).equals(
        steps.select(same)
    )
    told = [row for row in found.iter_rows(named=True) if row["days_half"] is not None]
    assert told
    for row in told:
        assert row["days_half"] <= row["days_most"]
        for name in ("days_half", "days_most"):
            assert row[f"{name}_low"] <= row[f"{name}_high"] <= row["horizon_days"]
        assert row["days_half_low"] <= row["days_half"] <= row["days_half_high"] + 1


def standing(warehouse: DraftWarehouse, scope: Scope) -> dict[str, tuple[str, date]]:
    """Of each open record its latest stage, and since when."""
    rows: list[Row]
    days: dict[str, dict[str, date | None]] = {}
    left: dict[str, date | None] = {}
    if scope.unit is Unit.DEAL:
        for row in warehouse.table("deal"):
            won = row["closed_on"] if row["outcome"] == "won" else None
            opened = min((d for d in (row["opened_on"], won) if d), default=None)
            days[row["opportunity_id"]] = {"opportunity": opened, "won": won}
            left[row["opportunity_id"]] = row["closed_on"] if row["outcome"] == "lost" else None
    else:
        rows = warehouse.table("journey")
        for row in rows:
            mine = days.setdefault(row["lead_id"], {})
            for stage in Stage:
                known = [d for d in (mine.get(stage.value), row[f"{stage.value}_on"]) if d]
                mine[stage.value] = min(known, default=None)
            if row["episode"] == row["episodes"]:
                ended = row["exit_stage"] in ("disqualified", "lost")
                left[row["lead_id"]] = row["exit_on"] if ended else None
    found = {}
    for name, mine in days.items():
        reached = [(s, d) for s, d in mine.items() if d and d <= scope.observed_until]
        gone = left[name]
        is_gone = gone is not None and gone <= scope.observed_until
        if reached and reached[-1][0] != "won" and not is_gone:
            found[name] = reached[-1]
    return {name: (stage, since) for name, (stage, since) in found.items() if since}


@pytest.mark.parametrize("unit", [Unit.LEAD, Unit.DEAL])
def test_ages_and_stuck_records_are_those_of_the_journeys(
    warehouse: DraftWarehouse, unit: Unit
) -> None:
    scope = asked(PERIOD, SEEN, unit=unit)
    expected = standing(warehouse, scope)
    found = open_ages(warehouse, scope)
    assert found["records"].sum() == len(expected) > 10
    for row in found.iter_rows(named=True):
        place = LABELS.index(row["band"])
        last = (*BANDS, 10**6)[place + 1]
        ages = [(SEEN - since).days for stage, since in expected.values() if stage == row["stage"]]
        assert row["of_stage"] == len(ages)
        assert row["records"] == sum(BANDS[place] <= age < last for age in ages)
        if row["days_most"] is not None:
            assert row["older"] == sum(age > row["days_most"] for age in ages)
            assert row["older_share"] == row["older"] / len(ages)
    stuck = stuck_records(warehouse, scope)
    usual = dict(stuck.select("stage", "usual_days").iter_rows())
    long = {
        name for name, (stage, since) in expected.items()
        if stage in usual and (SEEN - since).days > usual[stage]
    }  # fmt: skip
    assert set(stuck["record_id"]) == long
    assert (stuck["days"] > stuck["usual_days"]).all()
    assert len(stuck_records(warehouse, scope, limit=1)) == min(1, len(long))


def test_accounts_and_strict_counting_are_answered(warehouse: DraftWarehouse) -> None:
    for scope in (
        asked(PERIOD, SEEN, unit=Unit.ACCOUNT),
        asked(PERIOD, SEEN, counting=Counting.STRICT),
    ):
        assert open_ages(warehouse, scope)["records"].sum() > 0
        assert stuck_records(warehouse, scope)["record_id"].is_unique().all()


OPENED = datetime(2025, 1, 6)


def ended(name: str, days: int, outcome: str, amount: int) -> Row:
    closed = OPENED + timedelta(days=days)
    return opportunity(name, OPENED, outcome=outcome, closed_at=closed,
                       original_amount=Decimal(amount), currency="USD")  # fmt: skip


def test_velocity_by_hand() -> None:
    """Twenty deals: won on day 10 (4 of them) and 30 (4), lost on day 50 (12); five are open."""
    deals = [
        *(ended(f"W{n}", 10 if n < 4 else 30, "won", 100 + 200 * (n % 2)) for n in range(8)),
        *(ended(f"L{n}", 50, "lost", 50) for n in range(12)),
        *(opportunity(f"O{n}", datetime(2025, 3, 1)) for n in range(5)),
    ]
    scope = asked(Period(date(2025, 1, 1), date(2025, 2, 28)), date(2025, 6, 1))
    facts = Facts(opportunity=tuple(deals))
    (row,) = pipeline_velocity(DraftWarehouse().hold(facts), scope).iter_rows(named=True)
    assert (row["open_deals"], row["average_amount"]) == (5, 200)
    assert row["win_rate"] == row["usual_win_rate"] == pytest.approx(0.4)
    mean = (4 * 10 + 4 * 30 + 12 * 50) / 20
    assert (row["mean_days"], row["usual_median_days"]) == (pytest.approx(mean), 10)
    assert row["velocity_amount"] == pytest.approx(5 * 0.4 * 200 / mean)
    assert row["usual_velocity_amount"] == pytest.approx(5 * 0.4 * 200 / 10)


def test_deals_without_a_day_of_opening_tell_no_time_in_the_pipeline() -> None:
    deals = [
        opportunity(f"O{n}", None, closed_at=datetime(2025, 2, 3), outcome="won") for n in range(9)
    ]
    scope = asked(Period(date(2025, 1, 1), date(2025, 2, 28)), date(2025, 6, 1))
    facts = Facts(opportunity=tuple(deals))
    (row,) = pipeline_velocity(DraftWarehouse().hold(facts), scope).iter_rows(named=True)
    assert (row["win_rate"], row["mean_days"], row["usual_win_rate"]) == (None, None, None)


def test_of_nothing_nothing_is_told() -> None:
    empty = DraftWarehouse().hold(Facts())
    scope = asked(PERIOD, SEEN)
    (row,) = pipeline_velocity(empty, scope).iter_rows(named=True)
    assert row.pop("open_deals") == 0
    assert set(row.values()) == {None}
    assert open_ages(empty, scope).is_empty()
    assert stuck_records(empty, scope).is_empty()
    assert time_to_convert(empty, scope)["days_half"].is_null().all()
