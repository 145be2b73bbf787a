"""The forecast: what is certain is forecast as such, and every record counts in one place."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from metrics.forecast.forecast import TOTAL, forecast, forecast_of
from metrics.forecast.landing import Landing, entries_to_come, landing
from metrics.forecast.quarters import quarter_name
from metrics.plan.calendar import months_ahead
from metrics.plan.draws import draw
from metrics.plan.in_flight import OPEN_DEALS, OTHER_DEALS, WON
from metrics.plan.past.deals import ByDay, OpenDeals
from metrics.plan.past.entry_steps import EVERYTHING
from metrics.plan.past.history import Entries, History, OpenLeads
from metrics.scope import Stage
from tests.metrics.facts import DraftWarehouse, Facts, lead
from tests.metrics.plan.histories import TODAY, counts, some_deals, some_history
from tests.metrics.scopes import asked
from tests.metrics.twelve_leads import SEEN, TWELVE, WINTER, at

MANY = 10_000_000
DRAWS = 2_000
TO_COME = "leads to come"
OPEN_LEADS = "open leads"


def landed(history: History, seed: int = 1) -> Landing:
    return landing(history, draw(history, DRAWS, seed))


def open_deals(*deals: tuple[int, int, float]) -> OpenDeals:
    """Open deals of an amount band: how old, how many, and their amount."""
    ages, numbers, amounts = zip(*deals, strict=True)
    return OpenDeals(
        np.full(len(deals), 2),
        np.array(ages),
        np.array(numbers),
        np.array(amounts, dtype=float),
        np.full(len(deals), False),
    )


def open_leads(stage: Stage, age: int, leads: int) -> OpenLeads:
    return OpenLeads(
        np.zeros(1, dtype=np.int64), np.array([stage.value]), np.array([age]), np.array([leads])
    )


def means(found: Landing, source: str) -> list[float]:
    return [round(float(each), 6) for each in found.deals[source].mean(axis=1)]


def test_an_open_deal_that_is_surely_won_is_won_in_its_quarter() -> None:
    """Every deal is won on its hundredth day; the data ends on 31 December."""
    deals = some_deals(
        ages=counts(MANY, {100: MANY}), open_deals=open_deals((50, 1, 900.0), (5, 2, 70.0))
    )
    found = landed(some_history(counts(MANY, {400: 1}, {0: MANY - 1}), deals=deals))
    assert [quarter_name(each) for each in found.quarters] == [
        "Q1 2027", "Q2 2027", "Q3 2027", "Q4 2027",
    ]  # fmt: skip
    # After 50 more days on 19 February, and after 95 on 5 April.
    assert means(found, OPEN_DEALS) == [1, 2, 0, 0]
    assert found.revenue[OPEN_DEALS].max(axis=1).tolist() == [900, 140, 0, 0]
    assert found.revenue[OPEN_DEALS].min(axis=1).tolist() == [900, 140, 0, 0]


def test_leads_that_all_win_at_once_bring_as_many_deals_as_enter() -> None:
    found = landed(some_history(counts(MANY, {0: MANY}), deals=some_deals(amounts=(250.0,))))
    # A hundred a month, by days; each month enters as one of the past months did, by its days.
    assert means(found, TO_COME) == pytest.approx([296, 299, 302, 303], abs=6)
    assert (found.revenue[TO_COME] == 250 * found.deals[TO_COME]).all()


def test_planned_months_enter_as_planned_and_the_others_as_usual() -> None:
    history = some_history(counts(MANY, {0: MANY}))
    planned = {date(2027, 1, 1): 70.0, date(2027, 2, 1): 0.0, date(2027, 3, 1): 0.5}
    found = landing(history, draw(history, DRAWS), planned)
    assert set(np.unique(found.deals[TO_COME][0])) == {70, 71}
    assert means(found, TO_COME)[0] == pytest.approx(70.5, abs=0.05)
    assert means(found, TO_COME)[1:] == pytest.approx([299, 302, 303], abs=6)
    # Of a month that has begun, the days that are left.
    begun = some_history(counts(MANY, {0: MANY}), observed_until=date(2027, 1, 21))
    found = landing(begun, draw(begun, DRAWS), dict.fromkeys(planned, 31.0))
    assert means(found, TO_COME)[0] == 10 + 31 + 31


def test_an_open_lead_goes_on_from_its_stage_and_age() -> None:
    """An SQL has its deal after 30 days and wins 100 days later."""
    steps = {Stage.SQL: counts(MANY, {30: MANY})}
    wins = {Stage.SQL: counts(MANY, {130: MANY}), Stage.OPPORTUNITY: counts(MANY, {100: MANY})}
    history = some_history(
        counts(MANY, {700: 1}, {0: MANY - 1}),
        open_leads=open_leads(Stage.SQL, 20, 7),
        next_step=steps,
        won_from=wins,
    )
    assert means(landed(history), "open SQLs") == [0, 7, 0, 0]


def test_what_is_won_is_certain_and_counts_in_its_quarter_alone() -> None:
    won = ByDay((date(2026, 9, 30), date(2026, 11, 3)), np.array([5, 2]), np.array([500.0, 80.0]))
    history = some_history(
        counts(MANY, {0: MANY}), deals=some_deals(won=won), observed_until=date(2026, 11, 20)
    )
    found = landed(history)
    assert quarter_name(found.quarters[0]) == "Q4 2026"
    assert means(found, WON) == [2, 0, 0, 0]
    assert found.revenue[WON][0].tolist() == [80.0] * DRAWS


def test_deals_without_a_lead_are_forecast_from_those_opened_and_not_counted_twice() -> None:
    """Ten a month are opened and win after a hundred days; the open ones are a source already."""
    opened = ByDay(
        tuple(date(2026, month, 15) for month in range(1, 13)), np.full(12, 10), np.full(12, 1.0)
    )
    won = ByDay((date(2026, 12, 24),), np.array([90]), np.array([9_000.0]))
    deals = some_deals(
        ages=counts(MANY, {100: MANY}),
        open_deals=open_deals((16, 10, 50.0), (46, 10, 50.0), (77, 10, 50.0)),
        won=won,
        opened=opened,
        without_lead=opened,
    )
    found = landed(some_history(counts(MANY, {700: 1}, {0: MANY - 1}), deals=deals))
    assert means(found, OPEN_DEALS) == [30, 0, 0, 0]
    # Of those to be opened, the ones of the first 90 days win in the second quarter.
    first, second, *_ = means(found, OTHER_DEALS)
    assert first == 0
    assert second == pytest.approx(30 * 81 / 90, abs=2)


@pytest.fixture(scope="module")
def usual() -> History:
    """Everything at once: wins over half a year, open deals and leads, deals without a lead."""
    ages = counts(300, {30: 40, 80: 40, 200: 20}, {50: 150})
    steps = {Stage.LEAD: counts(900, {10: 300, 40: 100}, {20: 300})}
    wins = {Stage.LEAD: counts(900, {90: 50}, {20: 600}), Stage.MQL: counts(400, {90: 60}, {9: 99})}
    won = ByDay((date(2026, 1, 3), date(2026, 12, 3)), np.array([1, 2]), np.array([90.0, 80.0]))
    return some_history(
        counts(900, {60: 20, 90: 30, 200: 40}, {20: 600}),
        deals=some_deals(
            ages=ages,
            open_deals=open_deals((3, 20, 40.0), (100, 9, 300.0)),
            won=won,
            opened=won,
            without_lead=ByDay((date(2026, 3, 3),), np.array([30]), np.array([900.0])),
            amounts=(10.0, 10.0, 10.0, 10.0, 1_000.0),
        ),
        open_leads=open_leads(Stage.LEAD, 15, 60),
        next_step=steps,
        won_from=wins,
    )


def test_no_record_wins_twice(usual: History) -> None:
    found = landed(usual)
    assert found.deals[OPEN_DEALS].sum(axis=0).max() <= 29
    assert found.deals[OPEN_LEADS].sum(axis=0).max() <= 60
    assert found.deals[OPEN_DEALS].sum(axis=0).mean() > 5
    # Of those to come, a tenth of 1,200 wins in the end.
    assert found.deals[TO_COME].sum(axis=0).mean() < 150


def test_a_total_is_the_sum_of_its_sources_in_every_draw(usual: History) -> None:
    found = landed(usual)
    assert set(found.deals) == {WON, OPEN_DEALS, OPEN_LEADS, OTHER_DEALS, TO_COME}
    assert (found.total_deals == sum(found.deals.values())).all()
    assert np.allclose(found.total_revenue, sum(found.revenue.values()), rtol=1e-12)
    rows = forecast_of(found)
    for quarter in rows.partition_by("quarter_on"):
        parts = quarter.filter(pl.col("source") != TOTAL)
        total = quarter.filter(source=TOTAL)
        assert quarter["source"].to_list()[-1] == TOTAL
        for name in ("deals_mean", "revenue_mean"):
            assert parts[name].sum() == pytest.approx(total[name].item(), rel=1e-9)
        # The percentiles do not: sources are not all low at once.
        assert parts["deals_p90"].sum() > total["deals_p90"].item()


def test_percentiles_are_those_of_the_draws(usual: History) -> None:
    found = landed(usual)
    row = forecast_of(found).filter(source=TOTAL).row(1, named=True)
    inside = (found.total_revenue[1] >= row["revenue_p10"]) & (
        found.total_revenue[1] <= row["revenue_p90"]
    )
    assert inside.mean() == pytest.approx(0.8, abs=0.01)
    assert row["revenue_p50"] == pytest.approx(float(np.median(found.total_revenue[1])))


def test_where_deals_turn_out_small_they_do_so_in_every_source_and_quarter(usual: History) -> None:
    """A draw may find the one large deal as usual as the four small ones."""
    found = landed(usual)
    enough = (found.deals[TO_COME][2:].min(axis=0) >= 10) & (
        found.deals[OPEN_LEADS].sum(axis=0) >= 3
    )
    third, fourth = found.revenue[TO_COME][2:, enough] / found.deals[TO_COME][2:, enough]
    open_deals = np.maximum(found.deals[OPEN_LEADS].sum(axis=0), 1)
    of_open = (found.revenue[OPEN_LEADS].sum(axis=0) / open_deals)[enough]
    assert np.corrcoef(third, fourth)[0, 1] > 0.7
    assert np.corrcoef(third, of_open)[0, 1] > 0.5


def test_the_same_seed_gives_the_same_forecast(usual: History) -> None:
    assert forecast_of(landed(usual)).equals(forecast_of(landed(usual)))
    assert not forecast_of(landed(usual)).equals(forecast_of(landed(usual, seed=2)))


def test_entries_to_come_are_as_many_and_as_uneven_as_in_the_past() -> None:
    months = tuple(date(2026, month, 1) for month in range(1, 13))
    volumes = np.array([[10, 40] * 6], dtype=np.int64).T
    history = some_history(counts(900, {60: 20}))
    uneven = History(
        **{name: getattr(history, name) for name in History.__slots__ if name != "entries"},
        entries=Entries(months, {Stage.LEAD: volumes}),
    )
    ahead = months_ahead(TODAY, date(2027, 12, 31))
    found = entries_to_come(uneven, ahead, 20_000, np.random.default_rng(1))
    # The first month may be partial, so eleven count: five of 10 and six of 40.
    assert found.mean() == pytest.approx(290 / 11, rel=0.02)
    assert set(np.unique(found)) <= {*range(8, 14), *range(34, 47)}
    # A year's mean varies by its own months and by those the usual volume is known from.
    assert found.mean(axis=1).std() == pytest.approx(15 * np.sqrt(1 / 12 + 1 / 12), rel=0.1)


def test_without_a_full_month_entries_vary_by_chance_alone() -> None:
    history = some_history(counts(900, {60: 20}), observed_until=date(2026, 1, 31))
    found = entries_to_come(
        history,
        months_ahead(date(2026, 1, 31), date(2026, 2, 28)),
        20_000,
        np.random.default_rng(1),
    )
    assert found.var() == pytest.approx(found.mean(), rel=0.05)


def test_a_history_of_deals_alone_forecasts_opportunities_to_come() -> None:
    deals = some_deals(ages=counts(90, {20: 50}, {9: 40}), amounts=())
    history = some_history(counts(90, {20: 50}, {9: 40}), deals=deals)
    of_deals = History(
        **{
            name: getattr(history, name)
            for name in History.__slots__
            if name not in ("entry", "entries", "segments")
        },
        entry=Stage.OPPORTUNITY,
        entries=Entries(history.entries.months, {Stage.OPPORTUNITY: np.full((12, 1), 10)}),
        segments=(EVERYTHING,),
    )
    found = landed(of_deals)
    assert list(found.deals) == [WON, OPEN_DEALS, "opportunities to come"]
    rows = forecast_of(found)
    assert rows["revenue_p50"].null_count() == rows.height
    assert rows["reason"].unique().to_list() == ["no won deal has an amount"]
    assert (rows.filter(source=TOTAL)["deals_p50"] > 0).all()


def test_the_twelve_leads_have_a_forecast_from_their_own_quarter_on() -> None:
    twelve = DraftWarehouse().hold(TWELVE)
    rows = forecast(twelve, asked(WINTER, SEEN), draws=500)
    assert rows["quarter_on"].unique(maintain_order=True).to_list() == [
        date(2026, 4, 1), date(2026, 7, 1), date(2026, 10, 1), date(2027, 1, 1),
    ]  # fmt: skip
    assert rows.filter(source=WON)["deals_mean"].to_list() == [0, 0, 0, 0]
    # A quarter that is not over has what is won in it already.
    early = forecast(twelve, asked(WINTER, date(2026, 2, 15)), draws=500)
    (first, *_) = early.filter(source=WON).rows(named=True)
    assert (first["quarter_on"], first["deals_p10"], first["deals_p90"]) == (
        date(2026, 1, 1), 2, 2,
    )  # fmt: skip
    assert first["revenue_p50"] == pytest.approx(770)


def test_without_a_win_the_forecast_says_why_it_says_nothing() -> None:
    warehouse = DraftWarehouse().hold(Facts(lead=(lead("L1", at(1, 5)),)))
    rows = forecast(warehouse, asked(WINTER, SEEN))
    assert rows["source"].to_list() == [TOTAL] * 4
    assert rows["deals_p50"].null_count() == 4
    assert "needs at least one win" in rows["reason"][0]
