"""Stage conversion: by hand on twelve leads, by the oracle on hundreds, and where it could trip."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction

import polars as pl
import pytest

from data.engine.warehouse import DuckDBWarehouse
from data.errors import MetricError
from metrics.funnel.conversion import stage_conversion, stage_conversion_by
from metrics.scope import Basis, Counting, Dimension, Filter, Unit, Viewer
from tests.metrics.comparing import assert_rows
from tests.metrics.facts import DraftWarehouse, Facts, Row, account, change, lead, opportunity
from tests.metrics.observing import Observed
from tests.metrics.oracle import numbers as oracle
from tests.metrics.scopes import asked, every_scope
from tests.metrics.twelve_leads import JANUARY, SEEN, at

# One line of a table counted by hand: stage, reached, previous reached, previous converted, and
# the matured part of the step's cohort and of the first stage's.
Line = tuple[str, int, int, int, Fraction | None, Fraction | None]


def counted(found: pl.DataFrame) -> list[Line]:
    """What a frame says, in the words of the hand-written tables; rates follow from the counts."""
    lines: list[Line] = []
    first = found["reached"][0]
    for row in found.rows(named=True)[1:]:
        before, went = row["previous_reached"], row["previous_converted"]
        assert row["rate_previous"] == pytest.approx(went / before if before else None)
        assert row["rate_first"] == pytest.approx(row["reached"] / first if first else None)
        shares = [
            None if row[name] is None else Fraction(row[name]).limit_denominator(20)
            for name in ("matured_share", "matured_share_first")
        ]
        lines.append((row["stage"], row["reached"], before, went, shares[0], shares[1]))
    return lines


NONE, ALL, TEN = Fraction(0), Fraction(1), Fraction(10, 11)


def test_the_cohort_of_twelve_leads_by_hand(twelve: DuckDBWarehouse) -> None:
    found = stage_conversion(twelve, asked(JANUARY, SEEN))
    # Entered in January: all but L10, which came in December.
    assert found["reached"][0] == 11
    assert counted(found) == [
        # Reached MQL: all 11 but L07 and L08. Had 60 days by 31 March: all but L07, 59 days old.
        ("mql", 9, 11, 9, TEN, TEN),
        # Reached SQL: the nine but L12, whose 5 April is not seen. MQL in January: the nine
        # without L12 (30 March) and with L10; all nine went on, L05 in its second episode.
        ("sql", 8, 9, 9, ALL, NONE),
        # Opportunity: L01, L02, L09, L11. SQL in January: L01 L03 L04 L06 L09 L10 L11, for L02
        # was SQL on 1 February and L05 in March. Of them L01, L09, L11 went on.
        ("opportunity", 4, 7, 3, NONE, NONE),
        # Won: L01, L02, L11. Opportunity in January: L09, lost, and L11, won.
        ("won", 3, 2, 1, NONE, NONE),
    ]


def test_the_rate_of_a_cohort_is_the_quotient_of_its_counts(twelve: DuckDBWarehouse) -> None:
    for scope in every_scope():
        cohort = replace(scope, basis=Basis.COHORT)
        found = stage_conversion(twelve, cohort)
        reached = found["reached"].to_list()
        for before, here, rate in zip(reached, reached[1:], found["rate_cohort"][1:], strict=False):
            assert rate == (here / before if before else None)


def test_deals_by_hand(twelve: DuckDBWarehouse) -> None:
    cohort = stage_conversion(twelve, asked(JANUARY, SEEN, unit=Unit.DEAL))
    # Opened in January: O2, O3, and O4, of which no lead is known. O3 and O4 were won.
    assert dict(cohort.select("stage", "reached").iter_rows()) == {"opportunity": 3, "won": 2}
    # By 31 March none has had 180 days.
    assert counted(cohort) == [("won", 2, 3, 2, NONE, NONE)]
    # O4 took 16 days, O3 took 5.
    week = stage_conversion(twelve, asked(JANUARY, SEEN, unit=Unit.DEAL, window_days=7))
    assert counted(week) == [("won", 1, 3, 1, ALL, ALL)]
    flow = stage_conversion(twelve, asked(JANUARY, SEEN, unit=Unit.DEAL, basis=Basis.FLOW))
    assert flow["reached"].to_list() == [3, 1]
    owner = (Filter(Dimension.CHANNEL, ("Unassigned",)),)
    # Without a lead nobody knows the channel of O4 and O5.
    alone = stage_conversion(twelve, asked(JANUARY, SEEN, unit=Unit.DEAL, filters=owner))
    assert alone["reached"].to_list() == [1, 1]


def test_a_deal_without_a_day_of_opening_was_opened_when_it_was_closed(
    draft: DraftWarehouse,
) -> None:
    won = {"outcome": "won", "closed_at": at(1, 9)}
    draft.hold(
        Facts(
            opportunity=(
                opportunity("unknown", None, **won),
                opportunity("later", at(2, 1), **won),
                opportunity("open", None, outcome="open"),
                opportunity("undated", at(1, 5), outcome="won"),
                opportunity("lost", None, outcome="lost", closed_at=at(1, 12)),
            )
        )
    )
    asking = asked(JANUARY, SEEN, unit=Unit.DEAL)
    assert stage_conversion(draft, asking)["reached"].to_list() == [4, 2]
    # In order only what was opened before it was won.
    strict = replace(asking, counting=Counting.STRICT)
    for basis in Basis:
        found = stage_conversion(draft, replace(strict, basis=basis))
        assert found["reached"].to_list() == [1, 0]


def test_a_window_counts_only_what_came_within_it(twelve: DuckDBWarehouse) -> None:
    found = stage_conversion(twelve, asked(JANUARY, SEEN, window_days=30))
    assert found["reached"][0] == 11
    assert counted(found) == [
        # L12 took 74 days. By 31 March all have had 30 days.
        ("mql", 8, 11, 8, ALL, ALL),
        # From the first stage L05 took 65 days; from MQL it took 58.
        ("sql", 7, 9, 8, ALL, ALL),
        # Opportunity from lead: L01 27 days, L02 24, L09 18, L11 none.
        ("opportunity", 4, 7, 3, ALL, ALL),
        # Won from lead: L01 took 55 days, L02 52, L11 5.
        ("won", 1, 2, 1, ALL, ALL),
    ]


def test_strict_counting_by_hand(twelve: DuckDBWarehouse) -> None:
    found = stage_conversion(twelve, asked(JANUARY, SEEN, counting=Counting.STRICT))
    assert found["reached"][0] == 11
    assert counted(found) == [
        # MQL: L01 L02 L04 L05 L06 L09 L12; L03 skipped it.
        ("mql", 7, 11, 7, TEN, TEN),
        # SQL: L01 L04 L05 L06 (same moment) L09; L02 skipped it. MQL in January: the seven
        # without L12 and with L10; all of those but L02 went on.
        ("sql", 5, 7, 6, ALL, NONE),
        # Opportunity: L01, L09. SQL in January: L01 L04 L06 L09 L10.
        ("opportunity", 2, 5, 2, NONE, NONE),
        # Won: L01. Opportunity in January: L09, lost.
        ("won", 1, 1, 0, NONE, NONE),
    ]


def test_flow_by_hand(twelve: DuckDBWarehouse) -> None:
    found = stage_conversion(twelve, asked(JANUARY, SEEN, basis=Basis.FLOW))
    # January's entries, whoever made them: 9 MQL with L10 and without L12, 7 SQL, L09 and L11
    # opportunities, L11 won. A flow is no share of a cohort: it has no rate of one, and nothing to
    # mature. The interval is one of a ratio: of 1 won to 2 opportunities, 0.07 to 3.82.
    assert found["reached"].to_list() == [11, 9, 7, 2, 1]
    assert counted(found) == [
        ("mql", 9, 11, 9, None, None),
        ("sql", 7, 9, 7, None, None),
        ("opportunity", 2, 7, 2, None, None),
        ("won", 1, 2, 1, None, None),
    ]
    assert found.select("^rate_cohort.*$").null_count().row(0) == (5, 5, 5)
    won = found.row(4, named=True)
    assert (won["rate_previous_low"], won["rate_previous_high"]) == pytest.approx(
        (0.0655, 3.8156), abs=1e-4
    )


def test_accounts_by_hand(twelve: DuckDBWarehouse) -> None:
    found = stage_conversion(twelve, asked(JANUARY, SEEN, unit=Unit.ACCOUNT))
    # A1 to A6 and A8; A7 came in December, L08 and L12 have no account.
    assert found["reached"][0] == 7
    assert counted(found) == [
        # All but A5 (L07), the one that is also too young.
        ("mql", 6, 7, 6, Fraction(6, 7), Fraction(6, 7)),
        # A4 was SQL on 14 January through L06. With A7 seven were MQL in January; all went on.
        ("sql", 6, 7, 7, ALL, NONE),
        # A1, A6, A8; the deal of L01 and L02 makes one account.
        ("opportunity", 3, 7, 3, NONE, NONE),
        # A1, A8. Opportunity in January: A6, lost, A8, and A9, of which only deals are known.
        ("won", 2, 3, 2, NONE, NONE),
    ]


def test_channels_by_hand(twelve: DuckDBWarehouse) -> None:
    found = stage_conversion_by(twelve, asked(JANUARY, SEEN), Dimension.CHANNEL)
    reached = {
        name: found.filter(pl.col("channel") == name)["reached"].to_list()
        for name in found["channel"].unique(maintain_order=True)
    }
    # The largest first, the same size by name; what has no channel is shown.
    assert list(reached) == ["Email", "Webinar", "Unassigned", "展会"]
    assert reached == {
        "Email": [5, 4, 4, 2, 2],  # L02 L04 L06 L08 L11; not L08; all four; L02 L11; both
        "Webinar": [5, 4, 4, 2, 1],  # L01 L03 L05 L07 L09; not L07; all four; L01 L09; L01
        "Unassigned": [1, 1, 0, 0, 0],  # L12
        "展会": [0, 0, 0, 0, 0],  # L10 came before the period
    }
    fair = found.filter(pl.col("channel") == "展会")
    # L10 was MQL and SQL in January: it is in the cohorts of the later steps all the same.
    assert fair["previous_reached"].to_list() == [None, 0, 1, 1, 0]
    assert fair["previous_converted"].to_list() == [None, 0, 1, 0, 0]
    assert fair["rate_first"].to_list() == [None] * 5


def test_an_account_is_in_the_segment_of_its_earliest_lead(twelve: DuckDBWarehouse) -> None:
    scope = asked(JANUARY, SEEN, unit=Unit.ACCOUNT)
    found = stage_conversion_by(twelve, scope, Dimension.CHANNEL)
    first = found.filter(pl.col("stage") == "lead")
    # A1 and A4 have leads of both channels; the Webinar ones came first.
    assert dict(first.select("channel", "reached").iter_rows()) == {
        "Webinar": 5,  # A1 A2 A4 A5 A6
        "Email": 2,  # A3 A8
        "展会": 0,
        "Unassigned": 0,  # A9, of which only deals are known
    }


def test_an_account_is_filtered_by_its_earliest_lead(twelve: DuckDBWarehouse) -> None:
    def reached(channel: str, *allowed: str) -> list[int]:
        restrictions = (Filter(Dimension.CHANNEL, allowed),) if allowed else ()
        scope = asked(
            JANUARY,
            SEEN,
            unit=Unit.ACCOUNT,
            filters=(Filter(Dimension.CHANNEL, (channel,)),),
            viewer=Viewer("Ana", restrictions),
        )
        found: list[int] = stage_conversion(twelve, scope)["reached"].to_list()
        return found

    # A1 with its Email lead L02 and A4 with L06 are accounts of the channel Webinar, as a whole.
    assert reached("Webinar") == [5, 4, 4, 2, 1]
    assert reached("Email") == [2, 2, 2, 1, 1]  # A3 A8
    # Who may see Email only sees other accounts: A1 by L02, A4 by L06.
    assert reached("Email", "Email") == [4, 4, 4, 2, 2]
    assert reached("Webinar", "Email") == [0] * 5


def test_a_filter_in_chinese(twelve: DuckDBWarehouse) -> None:
    scope = asked(JANUARY, SEEN, filters=(Filter(Dimension.OWNER, ("王芳",)),))
    assert stage_conversion(twelve, scope)["reached"].to_list() == [2, 2, 2, 2, 2]  # L01, L02


def test_the_viewers_restriction_narrows_like_a_filter(twelve: DuckDBWarehouse) -> None:
    only = Filter(Dimension.CHANNEL, ("Email",))
    filtered = stage_conversion(twelve, asked(JANUARY, SEEN, filters=(only,)))
    restricted = asked(JANUARY, SEEN, viewer=Viewer("Ana", (only,)))
    assert stage_conversion(twelve, restricted).equals(filtered)
    both = replace(restricted, filters=(Filter(Dimension.CHANNEL, ("Webinar",)),))
    assert stage_conversion(twelve, both)["reached"].sum() == 0


def test_the_oracle_counts_the_same(observed: Observed) -> None:
    zone = observed.world.definitions.time_zone
    for scope in every_scope() if zone == "UTC" else every_scope()[::5]:
        expected = oracle.conversion(oracle.subjects(observed.world, scope), scope)
        assert_rows(stage_conversion(observed.warehouse, scope), expected, scope)


@pytest.mark.parametrize(
    "by", [Dimension.CHANNEL, Dimension.CAMPAIGN, Dimension.REGION, Dimension.INDUSTRY]
)
def test_the_oracle_counts_the_same_in_segments(observed: Observed, by: Dimension) -> None:
    for scope in every_scope()[:: 5 + list(Dimension).index(by)]:
        found = stage_conversion_by(observed.warehouse, scope, by)
        expected = oracle.conversion_by(oracle.subjects(observed.world, scope), scope, by)
        ordered = sorted(expected, key=lambda name: (-expected[name][0]["reached"], name))
        rows = [{by.value: name} | row for name in ordered for row in expected[name]]
        assert_rows(found, rows, scope)


def test_an_empty_scope_counts_nothing(draft: DraftWarehouse) -> None:
    for facts in (Facts(), Facts(lead=(lead("L1", datetime(2020, 1, 1)),))):
        draft.hold(facts)
        for scope in every_scope()[::17]:
            found = stage_conversion(draft, scope)
            assert found["reached"].to_list() == [0] * len(scope.unit.stages)
            assert found["rate_previous"].null_count() == found.height
            assert found["rate_first"].null_count() == found.height
            assert stage_conversion_by(draft, scope, Dimension.OWNER)["reached"].sum() == 0


def test_leads_of_which_nothing_else_is_known_are_unassigned(draft: DraftWarehouse) -> None:
    draft.hold(Facts(lead=tuple(lead(f"L{n}", datetime(2026, 1, n)) for n in (1, 2, 3))))
    for by in Dimension:
        found = stage_conversion_by(draft, asked(JANUARY, SEEN), by)
        assert set(found[by.value]) == {"Unassigned"}
        assert found["reached"].to_list() == [3, 0, 0, 0, 0]


def test_everything_at_one_moment_is_in_order(draft: DraftWarehouse) -> None:
    moment = datetime(2026, 1, 5, 9)
    stages = ("won", "sql", "opportunity", "mql", "lead")
    facts = Facts(
        lead=(lead("L1", moment),),
        stage_change=tuple(change("lead", "L1", stage, moment) for stage in stages),
    )
    draft.hold(facts)
    for counting in Counting:
        found = stage_conversion(draft, asked(JANUARY, SEEN, counting=counting, window_days=1))
        assert found["reached"].to_list() == [1] * 5


def test_a_recycled_lead_is_strict_where_one_of_its_episodes_is(draft: DraftWarehouse) -> None:
    def moves(lead_id: str, *path: tuple[str, int]) -> tuple[Row, ...]:
        return tuple(change("lead", lead_id, stage, at(1, day)) for stage, day in path)

    # L1 was MQL before it was recycled and SQL after: two attempts. L2 skipped MQL at first only.
    facts = Facts(
        lead=(lead("L1", at(1, 2)), lead("L2", at(1, 2))),
        stage_change=(
            *moves("L1", ("mql", 3), ("recycled", 4), ("sql", 5)),
            *moves("L2", ("sql", 3), ("recycled", 4), ("mql", 5), ("sql", 6)),
        ),
    )
    scope = asked(JANUARY, SEEN, counting=Counting.STRICT)
    assert stage_conversion(draft.hold(facts), scope)["reached"].to_list() == [2, 2, 1, 0, 0]


def test_what_happened_after_the_day_it_is_seen_on_does_not_count(draft: DraftWarehouse) -> None:
    facts = Facts(
        lead=(lead("L1", datetime(2026, 1, 5)), lead("L2", datetime(2026, 1, 20))),
        stage_change=(change("lead", "L1", "mql", datetime(2026, 1, 15)),),
    )
    draft.hold(facts)
    for basis in Basis:
        for day, expected in ((14, [1, 0]), (15, [1, 1]), (20, [2, 1])):
            found = stage_conversion(draft, asked(JANUARY, date(2026, 1, day), basis=basis))
            assert found["reached"].to_list()[:2] == expected


def test_a_filter_on_what_leads_carry_never_fails(twelve: DuckDBWarehouse) -> None:
    for dimension in Dimension:
        scope = asked(JANUARY, SEEN, filters=(Filter(dimension, ("O'Brien; --",)),))
        assert stage_conversion(twelve, scope)["reached"].sum() == 0


def test_two_records_of_one_company_are_one_account(draft: DraftWarehouse) -> None:
    facts = Facts(
        account=(account("name:acme", "ACME"), account("A1", "Acme"), account("A2", "acme")),
        lead=(
            lead("L1", datetime(2026, 1, 5), account_id="name:acme"),
            lead("L2", datetime(2026, 1, 6), account_id="A1"),
            lead("L3", datetime(2026, 1, 7), account_id="A2"),
            lead("L4", datetime(2026, 1, 8), account_id="A3"),  # not loaded, yet a company
        ),
    )
    draft.hold(facts)
    found = stage_conversion(draft, asked(JANUARY, SEEN, unit=Unit.ACCOUNT))
    assert found["reached"][0] == 2


def test_a_window_of_no_days_is_refused() -> None:
    with pytest.raises(MetricError, match="0 days is too short"):
        asked(JANUARY, SEEN, window_days=0)
