"""Stages that repeat the one before: by record and day, never by equal counts."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

from data.engine.warehouse import DuckDBWarehouse
from metrics.loaded.repeats import stage_repeats
from metrics.scope import Counting, Dimension, Filter, Scope, Stage, Unit
from tests.metrics.comparing import assert_rows
from tests.metrics.facts import DraftWarehouse, Facts, change, lead
from tests.metrics.observing import Observed
from tests.metrics.oracle import numbers as oracle
from tests.metrics.scopes import asked, every_scope
from tests.metrics.twelve_leads import JANUARY, SEEN


def repeated(warehouse: DuckDBWarehouse | DraftWarehouse, scope: Scope) -> list[str]:
    return stage_repeats(warehouse, scope).filter("repeats")["stage"].to_list()


def at(day: int) -> datetime:
    return datetime(2026, 1, day, 9)


def held(draft: DraftWarehouse, *changes: tuple[str, str, int]) -> DraftWarehouse:
    names = dict.fromkeys(name for name, _, _ in changes)
    told = tuple(change("lead", name, stage, at(day)) for name, stage, day in changes)
    return draft.hold(Facts(lead=tuple(lead(name, at(5)) for name in names), stage_change=told))


def test_no_stage_of_the_twelve_leads_repeats_another(twelve: DuckDBWarehouse) -> None:
    assert repeated(twelve, asked(JANUARY, SEEN)) == []


def test_stages_that_only_a_later_one_tells_of_repeat_each_other(draft: DraftWarehouse) -> None:
    held(draft, ("a", "mql", 5), ("b", "mql", 5), ("a", "won", 9))
    found = stage_repeats(draft, asked(JANUARY, SEEN))
    assert found["records"].to_list() == [2, 2, 1, 1, 1]
    assert found["differing"].to_list() == [None, 0, 2, 0, 0]
    assert repeated(draft, asked(JANUARY, SEEN)) == ["mql", "opportunity", "won"]
    # Before anybody won, three stages have nobody: nothing is said of them.
    assert repeated(draft, asked(JANUARY, at(8).date())) == ["mql"]
    # Strictly, nobody entered SQL.
    strict = asked(JANUARY, SEEN, counting=Counting.STRICT)
    assert repeated(draft, strict) == ["mql"]


def test_the_same_records_on_other_days_are_no_repeat(draft: DraftWarehouse) -> None:
    held(draft, ("a", "mql", 5), ("a", "sql", 9), ("b", "mql", 7))
    assert repeated(draft, asked(JANUARY, SEEN)) == []


def test_equal_counts_of_different_records_are_no_repeat(observed: Observed) -> None:
    for scope in every_scope()[::40]:
        subjects = oracle.subjects(observed.world, scope)
        stages = oracle.stages_of(scope)
        expected = []
        for place, stage in enumerate(stages):
            here = [_seen(each, place, scope) for each in subjects]
            before = [_seen(each, place - 1, scope) for each in subjects] if place else here
            records = sum(each is not None for each in here)
            differing = sum(a != b for a, b in zip(here, before, strict=True)) if place else None
            expected.append(
                {"stage": stage, "records": records, "differing": differing,
                 "repeats": differing == 0 and records > 0}
            )  # fmt: skip
        assert_rows(stage_repeats(observed.warehouse, scope), expected, scope)


def _seen(subject: oracle.Subject, place: int, scope: Scope) -> object:
    """The day by which a stage was reached, as observed, and whether it is the day itself."""
    day = subject.known[place]
    if day is None or day > scope.observed_until:
        return None
    return day, subject.days[place] is None


def test_it_is_the_same_in_every_period(draft: DraftWarehouse) -> None:
    held(draft, ("a", "mql", 5), ("a", "won", 9))
    only = (Filter(Dimension.CHANNEL, ("Unassigned",)),)
    for scope in (asked(JANUARY, SEEN, filters=only), asked(JANUARY, SEEN, window_days=1)):
        assert repeated(draft, scope) == ["mql", "opportunity", "won"]
    deals = stage_repeats(draft, asked(JANUARY, SEEN, unit=Unit.DEAL))
    assert list(deals["stage"]) == [Stage.OPPORTUNITY, Stage.WON]
    assert all(not repeats for _, repeats in pairwise(deals["repeats"]))
