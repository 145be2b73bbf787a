"""What open deals are worth, cover and how they slip: by plain Python over the lives of deals."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from metrics.estimators.age_counts import AgeCounts
from metrics.estimators.effective_records import effective_records
from metrics.forecast.planned import PlannedQuarter
from metrics.period import Period
from metrics.pipeline.coverage import pipeline_coverage
from metrics.pipeline.lived import LANDMARKS
from metrics.pipeline.movement import pipeline_movement
from metrics.pipeline.slipping import slipping_deals
from metrics.pipeline.weighted import weighted_pipeline
from metrics.scope import Scope
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, Row, deal_change, opportunity
from tests.metrics.pipeline.pipeline_oracle import Pipeline
from tests.metrics.random_pipeline import random_pipeline
from tests.metrics.scopes import asked

Q4 = Period(date(2025, 10, 1), date(2025, 12, 31))
SEEN = date(2025, 11, 20)
SCOPE = asked(Q4, SEEN)
FACTS = random_pipeline(5, 150)


@pytest.fixture(scope="module")
def whole() -> tuple[DraftWarehouse, Pipeline]:
    warehouse = DraftWarehouse().hold(FACTS)
    return warehouse, Pipeline(FACTS, warehouse.table("deal"))


def band(days: int) -> int:
    return max(each for each in LANDMARKS if each <= days)


def chances(oracle: Pipeline, day: date) -> dict[tuple[str, int], float]:
    """Of each stage and band: what those still in it came to, with two usual deals added."""
    came: dict[tuple[str, int], Counter[tuple[int, str]]] = defaultdict(Counter)
    for name, stage, since, until in oracle.spells(day):
        deal = oracle.deals[name]
        ended: date | None = deal["closed_on"] if deal["outcome"] != "open" else None
        last = ended if ended and ended <= day else None
        fate = deal["outcome"] if last else "open"
        age = ((last or day) - since).days
        for start in LANDMARKS:
            if ((until or day) - since).days >= start:
                came[stage, start][age - start, fate] += 1
    first = [fates for (_, start), fates in came.items() if start == 0]
    won, lost = (sum(n for f in first for (_, fate), n in f.items() if fate == each)
                 for each in ("won", "lost"))  # fmt: skip
    usual = (won + 1) / (won + lost + 2)
    found = {}
    for key, fates in came.items():
        total, oldest = sum(fates.values()), max(age for age, _ in fates)
        enough = max(1.0, min(10, 0.1 * total))
        at_risk = [sum(n for (a, _), n in fates.items() if a >= age) for age in range(oldest + 1)]
        horizon = max(1, max(age for age, n in enumerate(at_risk) if n >= enough))
        columns = {
            each: [fates[age, each] for age in range(horizon + 1)]
            for each in ("won", "lost", "open")
        }
        entered = [total] + [0] * horizon
        counts = AgeCounts(*(np.array(each) for each in (entered, *columns.values())))
        wins, deals = effective_records(counts, horizon)
        found[key] = (wins + 2 * usual) / (deals + 2)
    return found


def test_open_deals_are_worth_what_became_of_those_like_them(
    whole: tuple[DraftWarehouse, Pipeline],
) -> None:
    warehouse, oracle = whole
    found = weighted_pipeline(warehouse, SCOPE)
    known = chances(oracle, SEEN)
    open_now = {name: (stage, since) for name, stage, since, until in oracle.spells(SEEN)
                if until is None}  # fmt: skip
    whens = {
        "period": oracle.due_at(SEEN, Q4),
        "before": oracle.due_at(SEEN, Period(date(2000, 1, 1), Q4.start - timedelta(days=1))),
        "after": oracle.due_at(SEEN, Period(Q4.end + timedelta(days=1), date(2099, 1, 1))),
    }
    expected: dict[tuple[str, str | None, int], list[float]] = defaultdict(lambda: [0, 0.0, 0.0])
    for due, amounts in whens.items():
        for name, amount in amounts.items():
            if name not in open_now:
                continue
            stage, since = open_now[name]
            days = band((SEEN - since).days)
            line = expected[due, stage, days]
            line[0] += 1
            line[1] += float(amount or 0)
            line[2] += float(amount or 0) * known[stage, days]
    lines = {
        (row["due"], row["stage"], row["days_from"]): [
            row["deals"], float(row["amount"]), row["weighted_amount"]]
        for row in found.iter_rows(named=True)
        if row["due"] != "no day" and row["stage"]
    }  # fmt: skip
    assert lines.keys() == expected.keys()
    for key, line in lines.items():
        assert line == pytest.approx(expected[key]), key
    assert len(lines) > 8
    in_period = found.filter(due="period")
    end = pipeline_movement(warehouse, SCOPE).row(-1, named=True)
    assert (in_period["deals"].sum(), in_period["amount"].sum()) == (end["deals"], end["amount"])
    assert (in_period["unpriced_deals"] <= in_period["deals"]).all()


def test_without_history_or_deals_the_usual_rate_stands() -> None:
    opened = datetime(2025, 9, 1)
    facts = Facts(
        opportunity=(
            *tuple(
                opportunity(f"D{n}", opened, outcome="won", closed_at=datetime(2025, 10, 9))
                for n in range(2)
            ),
            opportunity("D9", opened, original_amount=Decimal(100), currency="USD"),
        )
    )
    found = weighted_pipeline(DraftWarehouse().hold(facts), SCOPE)
    (row,) = found.iter_rows(named=True)
    assert (row["due"], row["stage"], row["like_deals"]) == ("no day", None, 0)
    assert row["chance"] == 0.5, "no deal's stage is told, so nothing is known of wins either"
    assert weighted_pipeline(DraftWarehouse().hold(Facts()), SCOPE).is_empty()


@pytest.mark.parametrize(
    ("planned", "coverage", "why"),
    [
        (PlannedQuarter("Plan", 5000.0, "USD"), "due / (5000 - won)", None),
        (PlannedQuarter("Plan", 9.0, None), "due_deals / (9 - won_deals)", None),
        (PlannedQuarter("Plan", 1.0, "USD"), None, "the target is reached"),
        (PlannedQuarter("Plan", 5000.0, "EUR"), None, "in EUR, and amounts are in USD"),
        (None, None, "no locked plan of these filters has all months of 1 Oct 2025"),
    ],
)
def test_coverage_is_what_is_due_over_what_is_still_needed(
    whole: tuple[DraftWarehouse, Pipeline],
    planned: PlannedQuarter | None,
    coverage: str | None,
    why: str | None,
) -> None:
    warehouse, oracle = whole
    movement, weighted = (each(warehouse, SCOPE) for each in (pipeline_movement, weighted_pipeline))
    found = pipeline_coverage(movement, weighted, planned, "USD", SCOPE.period)
    (row,) = found.iter_rows(named=True)
    open_due = oracle.due_at(SEEN, Q4)
    won = [deal for deal in oracle.deals.values() if deal["outcome"] == "won"
           and deal["closed_on"] and Q4.start <= deal["closed_on"] <= SEEN]  # fmt: skip
    known = {
        "due": float(sum(each or 0 for each in open_due.values())),
        "due_deals": len(open_due),
        "won": float(sum(each["amount"] or 0 for each in won)),
        "won_deals": len(won),
    }
    assert (float(row["due_amount"]), row["due_deals"]) == (known["due"], known["due_deals"])
    assert (float(row["won_amount"]), row["won_deals"]) == (known["won"], known["won_deals"])
    if coverage is None:
        assert row["coverage"] is None
        assert why is not None
        assert why in row["why"]
    else:
        assert row["coverage"] == pytest.approx(eval(coverage, {}, known))
        assert row["why"] is None


def pushed(name: str, *days: str, opened: datetime = datetime(2025, 6, 2)) -> tuple[Row, list[Row]]:
    """An open deal of 100 that was due on each of the days in turn, one month after another."""
    record = opportunity(name, opened, original_amount=Decimal(100), currency="USD",
                         expected_close_on=date.fromisoformat(days[-1]), stage="Offer")  # fmt: skip
    moves = [
        deal_change(name, opened + timedelta(days=30 * (n + 1)), "expected_close_on", old=a, new=b)
        for n, (a, b) in enumerate(itertools.pairwise(days))
    ]
    return record, moves


def slipping(scope: Scope, *deals: tuple[Row, list[Row]]) -> dict[str, Row]:
    facts = Facts(
        opportunity=tuple(record for record, _ in deals),
        opportunity_change=tuple(row for _, moves in deals for row in moves),
    )
    found = slipping_deals(DraftWarehouse().hold(facts), scope, TERMS)
    return {row["opportunity_id"]: row for row in found.iter_rows(named=True)}


def test_what_is_put_off_twice_or_past_due_slips() -> None:
    found = slipping(
        SCOPE,
        pushed("twice", "2025-09-30", "2025-12-31", "2026-03-31"),
        pushed("once", "2025-12-01", "2025-12-20"),
        pushed("past", "2025-11-10"),
        pushed("today", "2025-11-20"),
        pushed("to and fro", "2025-12-01", "2026-01-01", "2025-12-05", "2025-12-31"),
        (opportunity("undated", datetime(2025, 1, 1)), []),
    )
    assert found.keys() == {"twice", "past", "to and fro"}
    twice, past = found["twice"], found["past"]
    assert (twice["pushes"], twice["slipped_days"], twice["overdue_days"]) == (2, 182, 0)
    assert twice["why"] == "put off 2 times"
    assert (past["pushes"], past["slipped_days"], past["overdue_days"]) == (0, 10, 10)
    assert past["why"] == "10 days past due"
    assert found["to and fro"]["slipped_days"] == 30
    assert past["idle_days"] == (SEEN - date(2025, 6, 2)).days


def test_what_was_put_off_later_did_not_slip_yet() -> None:
    deal = pushed("twice", "2025-09-30", "2025-12-31", "2026-03-31")
    before = asked(Period(date(2025, 7, 1), date(2025, 7, 10)), SEEN)
    assert slipping(before, deal) == {}
