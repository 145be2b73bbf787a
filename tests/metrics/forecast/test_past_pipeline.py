"""The pipeline as it stood: by the oracle, by hand, and without anything of the future."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from data.definitions import Definitions
from metrics.forecast.baselines import TooEarlyError
from metrics.forecast.by_pipeline import ByPipeline, Pipelines, pipelines
from metrics.forecast.past_pipeline import PipelineTold, past_pipeline, pipeline_told
from metrics.period import Period
from metrics.scope import Dimension, Filter
from tests.metrics.facts import DraftWarehouse, Facts, Row, deal_change, opportunity, terms
from tests.metrics.observing import observe
from tests.metrics.oracle import pipeline as oracle
from tests.metrics.random_pipeline import DAYS, FIRST, random_pipeline
from tests.metrics.scopes import asked

UNTIL = (FIRST + timedelta(days=DAYS)).date()
SCOPE = asked(Period(FIRST.date(), UNTIL), UNTIL)
CRM, STAGES = ByPipeline.CRM_PROBABILITY, ByPipeline.STAGE_WEIGHTED


@pytest.mark.parametrize(
    ("seed", "zone"), [(1, "UTC"), (2, "Asia/Shanghai"), (3, "America/Los_Angeles")]
)
def test_it_is_what_the_changes_tell_of_the_day(
    seed: int, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Definitions, "load", lambda: terms(zone))
    observed = observe(random_pipeline(seed), terms(zone))
    expected = oracle.past_pipeline(observed.world, UNTIL)
    assert len({quarter for quarter, _ in expected}) >= 4
    found = past_pipeline(observed.warehouse, SCOPE)
    assert [(row["quarter_on"], row["stage"]) for row in found.iter_rows(named=True)] == sorted(
        expected, key=lambda key: (key[0], key[1] is None, key[1] or "")
    )
    for row in found.iter_rows(named=True):
        line = vars(expected[row["quarter_on"], row["stage"]])
        assert {name: row[name] for name in line} == pytest.approx(line, nan_ok=True)


def moves(name: str, field: str, *steps: tuple[datetime, str]) -> tuple[Row, ...]:
    """The whole history of a field: each value from a moment on."""
    before: str | None = None
    rows = []
    for moment, value in steps:
        rows.append(deal_change(name, moment, field, old=before, new=value))
        before = value
    return tuple(rows)


OPENED, PUSHED, WON = datetime(2025, 1, 7), datetime(2025, 4, 2), datetime(2025, 5, 20)

ONE = Facts(
    opportunity=(
        opportunity("D1", OPENED, original_amount=Decimal(900), currency="USD", stage="Won",
                    probability=1.0, expected_close_on=WON.date(), outcome="won", closed_at=WON),
        opportunity("D2", OPENED, original_amount=Decimal(50), currency="USD", stage="Offer",
                    probability=0.4, expected_close_on=date(2025, 6, 30)),
        opportunity("D3", OPENED, original_amount=Decimal(70), currency="USD", stage="Lost",
                    outcome="lost", closed_at=datetime(2025, 2, 1)),
    ),
    opportunity_change=(
        *moves("D1", "amount", (OPENED, "1000"), (WON, "900")),
        *moves("D1", "stage", (OPENED, "Offer"), (WON, "Won")),
        *moves("D1", "probability", (OPENED, "0.3"), (WON, "1.0")),
        *moves("D1", "expected_close_on", (OPENED, "2025-04-30"), (PUSHED, "2025-08-31"),
               (WON, "2025-05-20")),
        *moves("D3", "stage", (OPENED, "Offer"), (datetime(2025, 2, 1), "Lost")),
    ),
)  # fmt: skip
"""A deal worth 1,000 at 30%, due in April until it is pushed, and one that never changes."""

JUNE = asked(Period(date(2025, 1, 1), date(2025, 6, 30)), date(2025, 6, 30))


def test_a_deal_is_as_it_was_before_it_was_pushed_discounted_and_won(draft: DraftWarehouse) -> None:
    warehouse = draft.hold(ONE)
    (row,) = past_pipeline(warehouse, JUNE).rows(named=True)
    assert row == {
        "quarter_on": date(2025, 4, 1), "quarter_end_on": date(2025, 6, 30), "stage": "Offer",
        "deals": 2, "untold_deals": 0, "due_deals": 2, "unpriced_deals": 0, "unrated_deals": 0,
        "amount": 1050.0, "weighted_amount": 320.0, "closed_deals": 1, "won_deals": 0,
    }  # fmt: skip
    found = pipelines(warehouse, JUNE)
    assert found.point(CRM, date(2025, 4, 1)) == pytest.approx(320)
    assert found.point(STAGES, date(2025, 4, 1)) == pytest.approx(1050 / 3), "one loss: 1 of 3"
    july = replace(JUNE, observed_until=date(2025, 9, 30))
    assert pipelines(warehouse, july).point(CRM, date(2025, 7, 1)) == 0, "nothing was due"


def known_on(facts: Facts, day: date) -> Facts:
    """What of deals that are told from their beginning was on record at the end of a day."""
    changes = tuple(each for each in facts.opportunity_change if each["changed_at"].date() <= day)
    deals = []
    for deal in facts.opportunity:
        if deal["created_at"].date() > day:
            continue
        stood = {
            each["field"]: each["new"]
            for each in sorted(changes, key=lambda each: each["changed_at"])
            if each["opportunity_id"] == deal["opportunity_id"]
        }
        is_closed = deal["closed_at"] is not None and deal["closed_at"].date() <= day
        deals.append(
            deal
            | {
                "original_amount": Decimal(stood["amount"]),
                "stage": stood["stage"],
                "probability": float(stood["probability"]),
                "expected_close_on": date.fromisoformat(stood["expected_close_on"]),
            }
            | ({} if is_closed else {"outcome": "open", "closed_at": None})
        )
    return replace(facts, opportunity=tuple(deals), opportunity_change=changes)


def test_what_happens_later_changes_nothing(draft: DraftWarehouse) -> None:
    """Of deals whose whole life is told, in the base currency."""
    facts = random_pipeline(3, is_whole=True)
    now = past_pipeline(draft.hold(facts), SCOPE)
    for origin in (date(2024, 12, 31), date(2025, 6, 30)):
        end = (origin + timedelta(days=93)).replace(day=1) - timedelta(days=1)
        warehouse = draft.hold(known_on(facts, origin))
        then = past_pipeline(warehouse, asked(SCOPE.period, end))
        same = now.filter(pl.col("quarter_on") <= origin + timedelta(days=1))
        assert same["due_deals"].sum() > 3
        assert_frame_equal(then, same)


def test_a_closed_deal_without_changes_does_not_tell_its_end(draft: DraftWarehouse) -> None:
    """Its stage and probability of today came with the closing, and so may its expected close."""
    silent = opportunity(
        "D9", OPENED, original_amount=Decimal(400), currency="USD", stage="Won", probability=1.0,
        expected_close_on=WON.date(), outcome="won", closed_at=WON,
    )  # fmt: skip
    for close, untold in ((WON.date(), 1), (date(2025, 6, 2), 0)):
        deal = silent | {"expected_close_on": close}
        facts = replace(ONE, opportunity=(*ONE.opportunity, deal))
        rows = past_pipeline(draft.hold(facts), JUNE)
        row = rows.filter(pl.col("stage").is_null()).row(0, named=True)
        assert (row["deals"], row["untold_deals"], row["due_deals"]) == (1, untold, 1 - untold)
        assert (row["unrated_deals"], row["weighted_amount"]) == (1 - untold, None)


def test_a_value_is_not_known_before_a_snapshot_shows_it(draft: DraftWarehouse) -> None:
    """The deal was 10 in the snapshot of May, and 20 in that of July."""
    deal = opportunity(
        "S1", OPENED, original_amount=Decimal(20), currency="USD", stage="Offer", probability=0.5,
        expected_close_on=date(2025, 9, 1),
    )  # fmt: skip
    warehouse = draft.hold(Facts(opportunity=(deal,)))

    def differs(field: str, old: str, new: str, seen: datetime, then: datetime) -> Row:
        return deal_change("S1", then, field, old=old, new=new, seen_before_at=seen)

    may, july = datetime(2025, 5, 1), datetime(2025, 7, 9)
    warehouse.put(
        "opportunity_difference",
        differs("amount", "10", "20", may, july),
        differs("stage", "New", "Offer", may, july),
        differs("expected_close_on", "2025-08-01", "2025-09-01", may, july),
    )
    assert pipeline_told(warehouse) == PipelineTold(may.date(), None, may.date())
    scope = asked(Period(date(2025, 1, 1), date(2025, 9, 30)), date(2025, 9, 30))
    (row,) = past_pipeline(warehouse, scope).rows(named=True)
    assert (row["quarter_on"], row["stage"], row["amount"]) == (date(2025, 7, 1), "New", 10.0)
    # Told as if since January: what the deal was in March no snapshot had shown.
    early = PipelineTold(OPENED.date(), None, OPENED.date())
    april = past_pipeline(warehouse, scope, early).row(0, named=True)
    assert (april["quarter_on"], april["stage"]) == (date(2025, 4, 1), None)
    assert (april["deals"], april["due_deals"]) == (1, 0)


def test_without_history_nothing_is_told_and_the_reason_says_what_to_load(
    draft: DraftWarehouse,
) -> None:
    warehouse = draft.hold(Facts(opportunity=ONE.opportunity))
    assert past_pipeline(warehouse, JUNE).is_empty()
    assert reason(pipelines(warehouse, JUNE), CRM) == (
        "needs the history of the pipeline: load dated changes of probability and expected close"
        " of deals"
    )
    assert "changes of stage and expected close" in reason(pipelines(warehouse, JUNE), STAGES)


def reason(found: Pipelines, baseline: ByPipeline, quarter_on: date = date(2025, 4, 1)) -> str:
    with pytest.raises(TooEarlyError) as refused:
        found.point(baseline, quarter_on)
    return str(refused.value)


def test_a_history_that_lacks_probabilities_tells_stages(draft: DraftWarehouse) -> None:
    changes = tuple(each for each in ONE.opportunity_change if each["field"] != "probability")
    found = pipelines(draft.hold(replace(ONE, opportunity_change=changes)), JUNE)
    assert "load dated changes of probability of deals" in reason(found, CRM)
    assert found.point(STAGES, date(2025, 4, 1)) == pytest.approx(350)


def test_before_the_history_begins_nothing_is_said(draft: DraftWarehouse) -> None:
    found = pipelines(draft.hold(ONE), JUNE)
    assert reason(found, CRM, date(2025, 1, 1)) == (
        "the history of the pipeline begins on 7 Jan 2025"
    )


FULL = {
    "quarter_on": date(2025, 4, 1), "quarter_end_on": date(2025, 6, 30), "stage": "Offer",
    "deals": 20, "untold_deals": 0, "due_deals": 10, "unpriced_deals": 0, "unrated_deals": 0,
    "amount": 100.0, "weighted_amount": 40.0, "closed_deals": 8, "won_deals": 4,
}  # fmt: skip


@pytest.mark.parametrize(
    ("baseline", "more", "why"),
    [
        (CRM, {"untold_deals": 3}, "the expected close that 3 of 20 open deals had then"),
        (CRM, {"unrated_deals": 2}, "2 of 10 deals due then have no probability of that day"),
        (STAGES, {"stage": None}, "10 of 10 deals due then have no stage of that day"),
        (STAGES, {"amount": None, "unpriced_deals": 10}, "no deal due then has an amount"),
    ],
)
def test_too_much_that_is_not_known_is_said(baseline: ByPipeline, more: Row, why: str) -> None:
    told = PipelineTold(*[date(2024, 1, 1)] * 3)
    assert Pipelines.of(told, pl.DataFrame([FULL])).point(baseline, date(2025, 4, 1)) in (40, 50)
    lacking = pl.DataFrame([FULL | more], schema=pl.DataFrame([FULL]).schema)
    assert why in reason(Pipelines.of(told, lacking), baseline)


def test_a_filter_narrows_the_pipeline_and_not_its_history(draft: DraftWarehouse) -> None:
    facts = replace(
        ONE,
        opportunity=tuple(
            each | {"owner": "Ana" if each["opportunity_id"] == "D2" else "Ben"}
            for each in ONE.opportunity
        ),
    )
    warehouse = draft.hold(facts)
    scope = replace(JUNE, filters=(Filter(Dimension.OWNER, ("Ana",)),))
    (row,) = past_pipeline(warehouse, scope).rows(named=True)
    assert (row["deals"], row["amount"], row["closed_deals"]) == (1, 50.0, 0)
