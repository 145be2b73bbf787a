"""From stage to stage: by hand on twelve leads, by the oracle on hundreds, and what adds up."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given

from data.engine.warehouse import DuckDBWarehouse
from data.errors import MetricError
from metrics.funnel.conversion import stage_conversion
from metrics.funnel.transitions import DETOURS, stage_detours, stage_transitions
from metrics.scope import Basis, Dimension, Filter, Scope, Unit, Viewer
from tests.metrics.facts import DraftWarehouse, Facts
from tests.metrics.observing import Observed
from tests.metrics.oracle.numbers import wilson
from tests.metrics.oracle.stages import STAGES
from tests.metrics.oracle.transitions import entries_of, walked
from tests.metrics.scopes import asked, every_scope
from tests.metrics.test_properties import few, many_shapes, scopes
from tests.metrics.twelve_leads import JANUARY, SEEN, WINTER

OF_LEADS = [
    each
    for each in every_scope()
    if each.unit is not Unit.DEAL and each.basis is Basis.COHORT and not each.window_days
]


def moves(found: pl.DataFrame) -> list[tuple[Any, ...]]:
    return found.select("from_stage", "to_stage", "move", "transitions", "subjects").rows()


def test_transitions_of_twelve_leads_by_hand(twelve: DuckDBWarehouse) -> None:
    found = stage_transitions(twelve, asked(WINTER, SEEN))
    assert moves(found) == [
        (None, "lead", "start", 12, 12),
        ("lead", "mql", "forward", 8, 8),  # L01, L02, L04, L05, L06, L09, L10, L12
        ("lead", "sql", "skip", 1, 1),  # L03
        ("lead", "opportunity", "skip", 1, 1),  # L11, opened before it was created
        ("lead", "disqualified", "exit", 1, 1),  # L08
        ("lead", None, "still there", 1, 1),  # L07
        ("mql", "sql", "forward", 6, 6),  # L01, L04, L05 at last, L06, L09, L10
        ("mql", "opportunity", "skip", 1, 1),  # L02
        ("mql", "recycled", "recycle", 1, 1),  # L05
        ("mql", None, "still there", 2, 2),  # L04, which fell back, and L12
        ("sql", "mql", "regression", 1, 1),  # L04
        ("sql", "opportunity", "forward", 2, 2),  # L01, L09
        ("sql", None, "still there", 4, 4),  # L03, L05, L06, L10
        ("opportunity", "won", "forward", 3, 3),  # L01, L02, L11
        ("opportunity", "lost", "exit", 1, 1),  # L09
        ("won", None, "still there", 3, 3),
        ("disqualified", None, "still there", 1, 1),
        ("lost", None, "still there", 1, 1),
        ("recycled", "mql", "re-entry", 1, 1),  # L05
    ]
    passed = dict(found.filter(move="skip").select("to_stage", "passed_over").iter_rows())
    assert passed == {"sql": "mql", "opportunity": "sql"}
    returns = found.filter(pl.col("returns") > 0).select("from_stage", "to_stage", "returns")
    assert returns.rows() == [("sql", "mql", 1), ("recycled", "mql", 1)]
    skipped = found.row(2, named=True)
    assert (skipped["left"], skipped["share"]) == (11, 1 / 11)
    assert (skipped["share_low"], skipped["share_high"]) == pytest.approx(wilson(1, 11))


def test_detours_of_twelve_leads_by_hand(twelve: DuckDBWarehouse) -> None:
    found = stage_detours(twelve, asked(WINTER, SEEN))
    assert found.select("move", "stage", "transitions", "subjects", "whole").rows() == [
        ("skip", None, 3, 3, 12),
        ("skip", "mql", 2, 2, 12),  # L03, L11
        ("skip", "sql", 2, 2, 12),  # L02, L11
        ("late entry", None, 0, 0, 12),
        ("regression", None, 1, 1, 12),
        ("regression", "mql", 1, 1, 12),
        ("re-entry", None, 1, 1, 12),
        ("re-entry", "mql", 1, 1, 12),
    ]
    assert found["share"][0] == 0.25
    assert (found["share_low"][0], found["share_high"][0]) == pytest.approx(wilson(3, 12))


def test_entries_after_the_last_day_observed_are_not_there(twelve: DuckDBWarehouse) -> None:
    found = stage_transitions(twelve, asked(JANUARY, date(2026, 1, 20)))
    recycled = found.filter(pl.col("to_stage") == "recycled")
    assert recycled.is_empty()  # on 30 January
    assert ("mql", None, "still there", 2, 2) in moves(found)  # L02, L05
    # L11 counts from its deal's opening, ten days before it was created.
    early = stage_transitions(twelve, asked(JANUARY, date(2026, 1, 11)))
    assert ("lead", "opportunity", "skip", 1, 1) in moves(early)


def test_accounts_count_the_moves_of_all_their_leads(twelve: DuckDBWarehouse) -> None:
    found = stage_transitions(twelve, asked(WINTER, SEEN, unit=Unit.ACCOUNT))
    # L08 and L12 are of no account; L01 and L02 of one, and so are L05 and L06.
    assert moves(found)[:2] == [
        (None, "lead", "start", 10, 8),
        ("lead", "mql", "forward", 7, 5),
    ]
    email = asked(
        WINTER, SEEN, unit=Unit.ACCOUNT, filters=(Filter(Dimension.CHANNEL, ("Webinar",)),)
    )
    # A1, by its earliest lead L01: with L02, which came by e-mail. Not for who may not see it.
    assert moves(stage_transitions(twelve, email))[0] == (None, "lead", "start", 7, 5)
    blind = Viewer("Ana", (Filter(Dimension.CHANNEL, ("Webinar",)),))
    seen = asked(WINTER, SEEN, unit=Unit.ACCOUNT, viewer=blind)
    assert moves(stage_transitions(twelve, seen))[0] == (None, "lead", "start", 5, 5)


def test_basis_and_window_change_nothing(twelve: DuckDBWarehouse) -> None:
    plain = stage_transitions(twelve, asked(WINTER, SEEN))
    other = asked(WINTER, SEEN, basis=Basis.FLOW, window_days=7)
    assert stage_transitions(twelve, other).equals(plain)


@pytest.mark.parametrize("metric", [stage_transitions, stage_detours])
def test_deals_are_refused_with_the_reason(twelve: DuckDBWarehouse, metric: Any) -> None:
    with pytest.raises(MetricError, match="no stage to skip; count leads or accounts"):
        metric(twelve, asked(WINTER, SEEN, unit=Unit.DEAL))


def test_nobody_has_no_transitions_and_every_kind_of_detour_at_nought(
    draft: DraftWarehouse,
) -> None:
    draft.hold(Facts())
    assert stage_transitions(draft, asked(WINTER, SEEN)).is_empty()
    found = stage_detours(draft, asked(WINTER, SEEN))
    assert found["move"].to_list() == [each.value for each in DETOURS]
    assert found["subjects"].to_list() == found["whole"].to_list() == [0] * 4
    assert found["share"].null_count() == 4


def test_transitions_are_the_oracles_in_every_way(observed: Observed) -> None:
    entries = {lead_id: entries_of(observed.world, lead_id) for lead_id in observed.world.leads}
    for scope in OF_LEADS:
        expected = walked(observed.world, scope, entries)
        counted = expected.counted()
        found = stage_transitions(observed.warehouse, scope)
        rows = {
            (row["from_stage"], row["to_stage"], row["move"]): row
            for row in found.iter_rows(named=True)
        }
        assert rows.keys() == counted.keys(), scope
        for move, row in rows.items():
            each = counted[move]
            told = (row["transitions"], row["subjects"], row["returns"])
            assert told == (each.transitions, each.subjects, each.returns), (move, scope)
        for row in stage_detours(observed.warehouse, scope).iter_rows(named=True):
            told = (row["transitions"], row["subjects"], row["whole"])
            assert told == (*expected.detour(row["move"], row["stage"]), expected.whole), scope


def test_the_random_leads_do_all_that_is_named(observed: Observed) -> None:
    everything = next(each for each in OF_LEADS if each.period.days > 700 and not each.filters)
    found = stage_transitions(observed.warehouse, everything)
    assert {*DETOURS, "start", "forward", "exit", "recycle", "still there"} == set(found["move"])


@few
@given(facts=many_shapes, scope=scopes())
def test_what_comes_into_a_stage_goes_out_or_is_still_there(
    draft: DraftWarehouse, facts: Facts, scope: Scope
) -> None:
    if scope.unit is Unit.DEAL:
        return
    draft.hold(facts)
    found = stage_transitions(draft, scope)
    into = found.drop_nulls("to_stage").group_by(stage="to_stage").agg(pl.col("transitions").sum())
    out = (
        found.drop_nulls("from_stage").group_by(stage="from_stage").agg(pl.col("transitions").sum())
    )
    assert dict(into.iter_rows()) == dict(out.iter_rows())
    shares = found.drop_nulls("share").group_by("from_stage").agg(pl.col("share").sum())
    assert shares["share"].to_list() == pytest.approx([1.0] * len(shares))
    if scope.unit is Unit.LEAD:
        # One start and one end of each lead that the cohort has, whatever the basis.
        cohort = stage_conversion(draft, asked_as_cohort(scope))["reached"][0]
        for move in ("start", "still there"):
            assert found.filter(move=move)["transitions"].sum() == cohort
        # A lead is in a stage for the first time once.
        firsts = (
            found.filter(pl.col("to_stage").is_in(STAGES))
            .group_by("to_stage")
            .agg(first=(pl.col("transitions") - pl.col("returns")).sum())
        )
        assert all(first <= cohort for first in firsts["first"])


def asked_as_cohort(scope: Scope) -> Scope:
    return asked(scope.period, scope.observed_until, basis=Basis.COHORT, counting=scope.counting)
