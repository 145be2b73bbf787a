"""What plans are drawn from, held against loops over the oracle's leads and deals."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pytest

from data.errors import MetricError
from metrics.estimators.age_counts import AgeCounts
from metrics.period import Period
from metrics.plan.draws import draw
from metrics.plan.in_flight import OPEN_DEALS, OTHER_DEALS, WON, in_flight
from metrics.plan.past.entry_steps import OTHERS
from metrics.plan.past.history import History, history
from metrics.scope import Dimension, Filter, Scope, Stage
from tests.metrics.facts import DraftWarehouse, Facts, change, lead, opportunity
from tests.metrics.observing import Observed
from tests.metrics.oracle.numbers import subjects
from tests.metrics.scopes import asked

SEEN = date(2025, 12, 31)
ALL = Period(date(2023, 1, 1), SEEN)


def scope(**more: object) -> Scope:
    return asked(ALL, SEEN, **more)


def total(counts: AgeCounts) -> tuple[int, int]:
    return int(counts.entered.sum()), int(counts.converted.sum())


@pytest.fixture(scope="module")
def known(observed: Observed) -> History:
    return history(observed.warehouse, scope())


def test_entries_and_wins_are_the_oracles(observed: Observed, known: History) -> None:
    world = observed.world
    entered = {
        lead_id
        for lead_id, each in world.leads.items()
        if any(
            (day := world.day(episode.reached[0])) and day <= SEEN and day >= ALL.start
            for episode in each.episodes
        )
    }
    wins: dict[str, date] = {}
    for deal in world.deals:
        day = deal.closed_on
        if deal.outcome == "won" and deal.lead_id in entered and day is not None and day <= SEEN:
            assert deal.lead_id is not None
            wins[deal.lead_id] = min(day, wins.get(deal.lead_id, day))
    assert known.entry is Stage.LEAD
    assert known.pooled.entered.sum() == len(entered)
    # Wins at ages that hardly anyone was followed to stand beyond the horizon.
    assert 0 <= len(wins) - known.wins <= 10


def test_segments_add_up_and_the_rest_is_planned_together(
    observed: Observed, known: History
) -> None:
    by_channel = history(observed.warehouse, scope(), Dimension.CHANNEL)
    assert sum(total(each)[0] for each in by_channel.to_won) == total(known.pooled)[0]
    assert set(by_channel.segments) == {
        each.segments["channel"] for each in subjects(observed.world, scope()) if each.days[0]
    }
    many = history(observed.warehouse, scope(), Dimension.OWNER)
    assert len(many.segments) <= 11
    assert (OTHERS in many.segments) == (len(many.segments) == 11)


def test_open_leads_have_no_deal_and_have_not_left(observed: Observed, known: History) -> None:
    world = observed.world
    expected: Counter[tuple[str, int]] = Counter()
    order = ("lead", "mql", "sql", "opportunity")
    with_deal = {
        lead_id
        for deal in world.deals
        for lead_id in world.deal_leads[deal.opportunity_id]
        if (day := world.day(deal.opened_at) or deal.closed_on) and day <= SEEN
    }
    dated = [each for each in world.leads.values() if each.episodes]
    for subject, each in zip(subjects(world, scope()), dated, strict=True):
        if each.lead_id in with_deal:
            continue
        reached = [
            (day, stage)
            for day, stage in zip(subject.days, order, strict=False)
            if day is not None and day <= SEEN
        ]
        if not reached or subject.days[0] is None or subject.days[0] > SEEN:
            continue
        if subject.left is not None and subject.left <= SEEN:
            continue
        day, stage = reached[-1]
        expected[stage, max(0, (SEEN - day).days)] += 1
    found: Counter[tuple[str, int]] = Counter()
    leads = known.open_leads
    for stage, age, count in zip(leads.stage, leads.age, leads.leads, strict=True):
        found[str(stage), int(age)] += int(count)
    assert found == expected


def test_deals_are_won_lost_open_or_stale_and_counted_once(
    observed: Observed, known: History
) -> None:
    world = observed.world
    opened = [deal for deal in world.deals if (day := world.day(deal.opened_at)) and day <= SEEN]
    dated = [deal for deal in opened if deal.outcome == "open" or deal.closed_on is not None]
    still_open = [
        deal for deal in dated if deal.outcome == "open" or (deal.closed_on or SEEN) > SEEN
    ]
    assert known.deals.open.deals.sum() + known.deals.stale_deals == len(still_open)
    won = [deal for deal in dated if deal.outcome == "won" and (deal.closed_on or SEEN) <= SEEN]
    assert known.deals.won.deals.sum() == len(won)
    assert known.deals.opened.deals.sum() == len(dated)
    without_lead = [deal for deal in dated if deal.lead_id is None]
    assert known.deals.without_lead.deals.sum() == len(without_lead)
    assert known.deals.won.amount.sum() == pytest.approx(
        float(sum((deal.amount or Decimal(0)) for deal in won))
    )


def test_filters_keep_only_what_they_name(observed: Observed) -> None:
    narrow = history(observed.warehouse, scope(filters=(Filter(Dimension.CHANNEL, ("Webinar",)),)))
    wide = history(observed.warehouse, scope())
    assert 0 < narrow.pooled.entered.sum() < wide.pooled.entered.sum()
    assert narrow.deals.won.deals.sum() <= wide.deals.won.deals.sum()


def at(day: int) -> datetime:
    return datetime(2026, 1, day, 9)


ONE_OF_EACH = Facts(
    lead=(lead("A", at(1)), lead("B", at(2)), lead("C", at(3)), lead("D", at(4))),
    stage_change=(
        change("lead", "B", "mql", at(5)),
        change("lead", "D", "disqualified", at(6)),
    ),
    opportunity=(
        opportunity("O1", at(7), primary_lead_id="A", outcome="won", closed_at=at(9),
                    original_amount=Decimal(100), currency="USD"),
        opportunity("O2", at(25), primary_lead_id="C", outcome="open",
                    original_amount=Decimal(50), currency="USD"),
        opportunity("O3", at(8), outcome="won", closed_at=at(20),
                    original_amount=Decimal(70), currency="USD"),
    ),
)  # fmt: skip


def test_nothing_in_flight_is_counted_twice(draft: DraftWarehouse) -> None:
    warehouse = draft.hold(ONE_OF_EACH)
    until = date(2026, 1, 31)
    known = history(warehouse, asked(Period(date(2026, 1, 1), until), until))
    # B is an open MQL. A and C have a deal, D has left; O2 is open.
    assert list(zip(known.open_leads.stage, known.open_leads.leads, strict=True)) == [("mql", 1)]
    assert known.deals.open.deals.tolist() == [1]
    assert known.deals.open.amount.tolist() == [50.0]
    window = Period(date(2026, 1, 1), date(2026, 3, 31))
    found = in_flight(known, draw(known, 200), (window,))
    assert found.deals[WON].max() == found.deals[WON].min() == 2
    assert found.revenue[WON].max() == 170
    assert set(found.deals) == {WON, OPEN_DEALS, "open MQLs", OTHER_DEALS}
    assert found.deals[OPEN_DEALS].max() <= 1
    assert found.deals["open MQLs"].max() <= 1


def test_a_deal_without_activity_for_long_is_stale(draft: DraftWarehouse) -> None:
    old = opportunity(
        "O4", datetime(2025, 6, 1), outcome="open", original_amount=Decimal(900), currency="USD"
    )
    facts = Facts(
        lead=ONE_OF_EACH.lead,
        stage_change=ONE_OF_EACH.stage_change,
        opportunity=(*ONE_OF_EACH.opportunity, old),
    )
    until = date(2026, 1, 31)
    found = history(draft.hold(facts), asked(Period(date(2025, 1, 1), until), until)).deals
    # Won deals took 2 and 12 days.
    assert found.stale_days == 12
    assert (found.stale_deals, found.stale_amount) == (1, 900.0)
    assert found.open.deals.sum() == 1


def test_without_any_win_nothing_can_be_planned(draft: DraftWarehouse) -> None:
    facts = Facts(lead=(lead("A", at(1)),))
    until = date(2026, 1, 31)
    with pytest.raises(MetricError, match=r"was won 1 Jan 2026 to 31 Jan 2026: a plan needs"):
        history(draft.hold(facts), asked(Period(date(2026, 1, 1), until), until))


def test_deals_without_a_day_of_opening_are_named_where_nothing_can_be_learnt() -> None:
    facts = Facts(
        lead=(lead("L1", datetime(2025, 3, 3)), lead("L2", datetime(2025, 3, 4))),
        opportunity=tuple(
            {**opportunity(f"O{number}", datetime(2025, 3, 9), primary_lead_id=f"L{number}",
                           outcome="won", closed_at=datetime(2025, 4, 9)), "created_at": None}
            for number in (1, 2)
        ),
        as_of=datetime(2025, 12, 31, 12),
    )  # fmt: skip
    year = Scope(Period(date(2025, 1, 1), date(2025, 12, 31)), date(2025, 12, 31))
    with pytest.raises(MetricError, match="2 deals have no day of opening, or none of closing"):
        history(DraftWarehouse().hold(facts), year)


def test_deals_alone_are_planned_from_opportunities(draft: DraftWarehouse) -> None:
    facts = Facts(opportunity=ONE_OF_EACH.opportunity[2:])
    until = date(2026, 1, 31)
    known = history(draft.hold(facts), asked(Period(date(2026, 1, 1), until), until))
    assert known.entry is Stage.OPPORTUNITY
    assert total(known.pooled) == (1, 1)
    assert np.flatnonzero(known.pooled.converted).tolist() == [12]


def test_deals_that_get_their_amount_at_close_are_won_like_all(draft: DraftWarehouse) -> None:
    closed = tuple(
        opportunity(
            f"C{number}", at(1), outcome="won" if number % 2 else "lost", closed_at=at(11),
            original_amount=Decimal(100), currency="USD",
        )
        for number in range(40)
    )  # fmt: skip
    # Sixty without an amount have gone stale, thirty are young.
    stale = tuple(opportunity(f"S{number}", at(1), outcome="open") for number in range(60))
    young = tuple(opportunity(f"P{number}", at(20), outcome="open") for number in range(30))
    until = date(2026, 1, 25)
    period = Period(date(2026, 1, 1), until)
    known = history(draft.hold(Facts(opportunity=closed + stale + young)), asked(period, until))
    window = Period(date(2026, 1, 26), date(2026, 3, 31))
    found = in_flight(known, draw(known, 500), (window,))
    # A fifth of all that were followed to the end were won.
    assert 4 < found.deals[OPEN_DEALS].mean() < 9
