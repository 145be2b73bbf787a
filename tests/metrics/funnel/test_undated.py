"""Stages that leads have reached on a day that nobody recorded."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from data.errors import MetricError
from metrics.accounts.half_year_potential import half_year_potential
from metrics.funnel.cohorts import cohort_projection, cohort_table
from metrics.funnel.comparison import segment_incidence
from metrics.funnel.conversion import stage_conversion
from metrics.funnel.incidence import incidence_curve, incidence_curve_by, step_incidence
from metrics.funnel.stability import cohort_stability
from metrics.funnel.trend import stage_trend
from metrics.period import Period
from metrics.plan.past.history import history
from metrics.quality.outcomes import outcomes
from metrics.quality.value import lead_value
from metrics.records import stage_records
from metrics.returns.cohort_returns import cohort_returns
from metrics.scope import Basis, Counting, Dimension, Scope, Stage, Unit
from metrics.velocity.open_ages import open_ages
from metrics.velocity.time_to_convert import time_to_convert
from tests.data.derive.test_derive import at, derived
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, Row, change, lead, opportunity, spend

JANUARY = Period(date(2026, 1, 1), date(2026, 1, 31))

SEEN = date(2026, 3, 31)


def scope(**more: object) -> Scope:
    return Scope(**{"period": JANUARY, "observed_until": SEEN, **more})  # type: ignore[arg-type]


def counts(draft: DraftWarehouse, facts: Facts, **asked: object) -> dict[str, tuple[int, int]]:
    """How many reached each stage, and how many of them on a day that nobody recorded."""
    found = stage_conversion(draft.hold(facts), scope(**asked))
    return {row["stage"]: (row["reached"], row["undated"]) for row in found.iter_rows(named=True)}


STATES = ("lead", "mql", "sql", "opportunity", "won", "disqualified", None)

EXPORT = Facts(
    lead=tuple(
        lead(
            f"{state} {number}",
            at(5 + number),
            stage=state,
            channel="展会",
            account_id=f"A{number}",
        )
        for state in STATES
        for number in range(3)
    )
)
"""One export with a state and no date of it: three leads of each state."""


def test_a_state_without_a_day_is_reached(draft: DraftWarehouse) -> None:
    assert counts(draft, EXPORT) == {
        "lead": (21, 0),
        "mql": (12, 12),
        "sql": (9, 9),
        "opportunity": (6, 6),
        "won": (3, 3),
    }
    # Each of the three accounts has a lead of each state.
    assert counts(draft, EXPORT, unit=Unit.ACCOUNT)["won"] == (3, 3)
    # What is strictly entered was entered on a day.
    assert counts(draft, EXPORT, counting=Counting.STRICT)["mql"] == (0, 0)


def test_what_asks_when_leaves_it_out_and_says_how_many(draft: DraftWarehouse) -> None:
    assert counts(draft, EXPORT, basis=Basis.FLOW) == {
        "lead": (21, 0),
        "mql": (0, 12),
        "sql": (0, 9),
        "opportunity": (0, 6),
        "won": (0, 3),
    }
    by_month = stage_trend(draft, scope()).filter(stage="mql")
    assert by_month.select("reached", "entered").rows() == [(12, 21)]
    # As it stood before the last day of which leads tell anything, nobody knows.
    assert counts(draft, EXPORT, observed_until=date(2026, 1, 6))["mql"] == (0, 0)
    found = stage_conversion(draft, scope()).row(2, named=True)
    assert (found["previous_reached"], found["rate_previous"]) == (0, None)


def test_the_records_are_those_that_are_counted(draft: DraftWarehouse) -> None:
    draft.hold(EXPORT)
    for stage, many in ((Stage.MQL, 12), (Stage.SQL, 9), (Stage.WON, 3)):
        found = stage_records(draft, scope(), stage)
        assert (len(found), found[f"{stage.value}_on"].null_count()) == (many, many)
    left = stage_records(draft, scope(), Stage.LEAD).filter(exit_stage="disqualified")
    assert left["lead_id"].sort().to_list() == [f"disqualified {number}" for number in range(3)]


def test_what_has_a_day_has_it(draft: DraftWarehouse) -> None:
    """A state ahead of the history is a lower bound; one behind it takes nothing back here."""
    facts = Facts(
        lead=(
            lead("Ahead", at(5), stage="sql"),
            lead("Behind", at(5), stage="mql"),
            lead("Recycled", at(5), stage="won"),
            lead("Back", at(5), stage="disqualified"),
        ),
        stage_change=(
            change("lead", "Ahead", "mql", at(9)),
            change("lead", "Behind", "sql", at(9)),
            change("lead", "Recycled", "mql", at(9)),
            change("lead", "Recycled", "recycled", at(10)),
            change("lead", "Recycled", "mql", at(12)),
            change("lead", "Back", "disqualified", at(11)),
        ),
    )
    found = {
        (row["lead_id"], row["episode"]): (row["mql_on"], row["undated_stage"], row["exit_on"])
        for row in derived(draft, "journey", facts)
    }
    assert found == {
        ("Ahead", 1): (date(2026, 1, 9), "sql", None),
        ("Back", 1): (None, None, date(2026, 1, 11)),
        ("Behind", 1): (date(2026, 1, 9), None, None),
        ("Recycled", 1): (date(2026, 1, 9), None, date(2026, 1, 10)),
        ("Recycled", 2): (date(2026, 1, 12), None, None),
    }
    assert counts(draft, facts)["sql"] == (2, 1)


def test_lost_won_and_open_deals_were_opened_whether_or_not_a_day_is_known(
    draft: DraftWarehouse,
) -> None:
    def deal(name: str, **of: object) -> Row:
        return opportunity(name, None, primary_lead_id=f"L {name}", **of)

    closed = datetime(2026, 3, 9)
    names = ("won", "won 2", "lost", "丢单", "verloren", "open", "nothing", "won, no day", "none")
    facts = Facts(
        lead=tuple(lead(f"L {name}", at(10), channel="Webinar") for name in names),
        opportunity=(
            deal("won", outcome="won", closed_at=closed),
            deal("won 2", outcome="won", closed_at=datetime(2026, 3, 12)),
            deal("lost", outcome="lost", closed_at=closed),
            deal("丢单", outcome="lost", closed_at=datetime(2026, 3, 6)),
            deal("verloren", outcome="lost", closed_at=datetime(2026, 3, 20)),
            deal("open", outcome="open", closed_at=datetime(2026, 5, 1)),
            deal("nothing"),
            deal("won, no day", outcome="won"),
        ),
    )
    found = counts(draft, facts)
    assert (found["lead"], found["opportunity"], found["won"]) == ((9, 0), (8, 3), (2, 0))
    of_deals = counts(draft, facts, period=Period(date(2026, 3, 1), SEEN), unit=Unit.DEAL)
    assert of_deals == {"opportunity": (5, 0), "won": (2, 0)}


def test_an_account_has_deals_that_no_lead_is_known_of(draft: DraftWarehouse) -> None:
    """Two colleagues each: nobody knows whose the deals are, and the companies have them."""
    companies = ("Aalto", "恒通", "Older", "Silent")
    facts = Facts(
        lead=tuple(
            lead(f"{name} {number}", at(10 + number), account_id=name, person_id=f"{name} {number}")
            for name in companies
            for number in range(2)
        ),
        opportunity=(
            opportunity("D1", at(20), account_id="Aalto", outcome="won", closed_at=at(28)),
            opportunity("D2", None, account_id="恒通", outcome="lost", closed_at=at(30)),
            opportunity("D3", at(2), account_id="Older", outcome="won", closed_at=at(29)),
            opportunity("D4", at(20), account_id="Only a deal", outcome="won", closed_at=at(28)),
        ),
    )
    assert {stage: count for stage, (count, _) in counts(draft, facts).items()} == {
        "lead": 8, "mql": 0, "sql": 0, "opportunity": 0, "won": 0,
    }  # fmt: skip
    by_account = counts(draft, facts, unit=Unit.ACCOUNT)
    assert {stage: count for stage, (count, _) in by_account.items()} == {
        "lead": 4, "mql": 2, "sql": 2, "opportunity": 2, "won": 1,
    }  # fmt: skip
    events = counts(draft, facts, unit=Unit.ACCOUNT, basis=Basis.FLOW)
    assert {stage: count for stage, (count, _) in events.items()} == {
        "lead": 4, "mql": 2, "sql": 2, "opportunity": 3, "won": 2,
    }  # fmt: skip


TO_MQL = Stage.LEAD, Stage.MQL

UNTOLD = "nobody can tell how soon records get to MQL: {} of the {} that did ha[sv]e? no day"


def test_states_alone_do_not_tell_when(draft: DraftWarehouse) -> None:
    """Neither open nor converted: twelve of the 21 are MQLs, and no share or time is told of it."""
    draft.hold(EXPORT)
    for unit, known in ((Unit.LEAD, (9, 0, 12)), (Unit.ACCOUNT, (0, 0, 3))):
        steps = step_incidence(draft, scope(unit=unit))
        first = steps.row(0, named=True)
        assert (first["records"], first["converted"], first["undated"]) == known
        assert steps.select("final", "rate_30", "days_half", "horizon_days").null_count().row(
            0
        ) == ((5,) * 4)
    times = time_to_convert(draft, scope()).row(0, named=True)
    assert (times["undated"], times["final"], times["days_half_low"]) == (12, None, None)
    for asked in (cohort_table, cohort_projection, cohort_stability, incidence_curve):
        with pytest.raises(MetricError, match=UNTOLD.format(12, 12)):
            asked(draft, scope(), TO_MQL)
    with pytest.raises(MetricError, match="column of days for each"):
        incidence_curve_by(draft, scope(), Dimension.CHANNEL, TO_MQL)
    with pytest.raises(MetricError, match="history of the stages"):
        segment_incidence(draft, scope(), TO_MQL)
    # Nobody stands as a lead who is known to be further on.
    assert open_ages(draft, scope())["of_stage"].unique().to_list() == [9]


def test_states_alone_tell_no_value_and_no_forecast(draft: DraftWarehouse) -> None:
    draft.hold(EXPORT)
    rates = outcomes(draft, scope(), "graded").groups["Unassigned"]
    assert [each.rate for each in rates.values()] == [None, None, None]
    assert lead_value(draft, scope(), TERMS)["win_rate"].null_count() == 4
    whole = half_year_potential(draft, scope()).row(0, named=True)
    assert (whole["accounts"], whole["won_rate"], whole["wins"]) == (3, None, None)
    with pytest.raises(MetricError, match="3 leads are won on a day that nobody recorded: load"):
        history(draft, scope())


def entered(many: int, name: str, **of: object) -> Facts:
    """Leads that became MQLs five days after they came in."""
    leads = tuple(lead(f"{name} {number}", at(5 + number % 5), **of) for number in range(many))
    days = tuple(
        change("lead", row["lead_id"], "mql", at(10 + number % 5))
        for number, row in enumerate(leads)
    )
    return Facts(lead=leads, stage_change=days)


def undated(many: int, name: str, **of: object) -> Facts:
    return Facts(
        lead=tuple(lead(f"{name} {number}", at(6), stage="mql", **of) for number in range(many))
    )


def test_up_to_a_tenth_is_left_out_and_counted(draft: DraftWarehouse) -> None:
    waiting = Facts(lead=tuple(lead(f"wartet {number}", at(7)) for number in range(18)))
    told = entered(18, "商机").plus(waiting)
    draft.hold(told.plus(undated(2, "unbekannt")))
    first = step_incidence(draft, scope()).row(0, named=True)
    assert (first["records"], first["converted"], first["undated"]) == (36, 18, 2)
    assert (first["final"], first["days_half"]) == (0.5, 5)
    cells = cohort_table(draft, scope(), TO_MQL)
    assert cells.select("entered", "converted", "rate").row(0) == (36, 18, 0.5)
    (month,) = cohort_projection(draft, scope(), TO_MQL).rows(named=True)
    assert (month["entered"], month["converted"], month["rate"]) == (36, 18, 0.5)
    # One more is over a tenth.
    draft.hold(told.plus(undated(3, "unbekannt")))
    with pytest.raises(MetricError, match=UNTOLD.format(3, 21)):
        cohort_table(draft, scope(), TO_MQL)
    assert step_incidence(draft, scope()).row(0, named=True)["final"] is None


def test_a_segment_or_month_without_days_is_not_compared(draft: DraftWarehouse) -> None:
    """Of all few have no day, and of one channel and of one month nobody has one."""
    rest = [
        lead(f"open {place}", at(8), channel=("展会", "Messe")[place % 2]) for place in range(80)
    ]
    facts = entered(60, "a", channel="展会").plus(entered(40, "b", channel="Messe"))
    hidden = undated(10, "c", channel="Partner")
    some = tuple(lead(f"p {number}", at(9), channel="Partner") for number in range(30))
    draft.hold(facts.plus(hidden).plus(Facts(lead=(*rest, *some))))
    found = segment_incidence(draft, scope(), TO_MQL).rows(named=True)
    rates = {row["segment"]: (row["rate"], row["others_rate"]) for row in found}
    assert rates["Partner"] == (None, None)
    # The others of one are the other, without those of whom nobody tells.
    assert rates["展会"] == pytest.approx((0.6, 0.5))
    assert rates["Messe"] == pytest.approx((0.5, 0.6))
    curves = incidence_curve_by(draft, scope(), Dimension.CHANNEL, TO_MQL)
    assert set(curves["channel"]) == {"展会", "Messe"}
    december = tuple({**row, "created_at": datetime(2025, 12, 9)} for row in hidden.lead + some)
    draft.hold(facts.plus(Facts(lead=(*rest, *december))))
    both = scope(period=Period(date(2025, 12, 1), date(2026, 1, 31)))
    of_months = cohort_projection(draft, both, TO_MQL).select("entered", "rate", "projected_rate")
    assert of_months.rows() == [(30, None, None), (180, 100 / 180, pytest.approx(100 / 180))]
    assert cohort_table(draft, both, TO_MQL)["rate"].to_list()[0] is None


def test_wins_with_days_are_forecast_where_the_stages_before_have_none(
    draft: DraftWarehouse,
) -> None:
    """States of leads beside deals with days: what is won is told, and not when leads are MQLs."""
    leads = [lead(f"L{number}", at(3), account_id=f"A{number}") for number in range(40)]
    deals = [
        opportunity(
            f"D{number}", at(10), primary_lead_id=f"L{number}", account_id=f"A{number}",
            outcome="won", closed_at=at(25), original_amount=None,
        )
        for number in range(10)
    ]  # fmt: skip
    states = [
        {**row, "stage": "mql"} if 10 <= place < 20 else row for place, row in enumerate(leads)
    ]
    draft.hold(Facts(lead=tuple(states), opportunity=tuple(deals)))
    known = history(draft, scope())
    assert known.wins == 10
    assert list(known.untold) == [Stage.MQL]
    assert Stage.MQL not in known.reached
    assert Stage.LEAD not in known.next_step
    # Wins on unknown days are another thing: they are what is forecast.
    lost = [{**row, "stage": "won"} if 10 <= place < 20 else row for place, row in enumerate(leads)]
    paid = spend("C1", date(2026, 1, 2), "100")
    draft.hold(Facts(lead=tuple(lost), opportunity=tuple(deals), campaign_spend=(paid,)))
    with pytest.raises(MetricError, match="10 of the 20 that did have no day"):
        history(draft, scope())
    (found,) = cohort_returns(draft, scope()).filter(pl.col("lead") > 0).rows(named=True)
    assert (found["lead"], found["won"], found["undated"]) == (40, 20, 10)
    assert found["projected_amount"] is None
