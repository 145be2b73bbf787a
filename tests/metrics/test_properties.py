"""What holds for any data: sums, bounds, and indifference to order and to strangers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any, TypeAlias

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from metrics.funnel.conversion import stage_conversion, stage_conversion_by
from metrics.funnel.trend import stage_trend
from metrics.headline import headline
from metrics.period import Period
from metrics.scope import Basis, Counting, Dimension, Filter, Scope, Unit, Viewer
from tests.metrics.facts import DraftWarehouse, Facts, Row
from tests.metrics.random_facts import DAYS, FIRST, random_facts
from tests.metrics.scopes import asked

Filters: TypeAlias = tuple[Filter, ...]

END = date(2027, 12, 31)
EVERYTHING = Period(date(2020, 1, 1), END)

few = settings(max_examples=10, deadline=None, derandomize=True, database=None)

many_shapes = st.builds(random_facts, seed=st.integers(0, 10**6), leads=st.sampled_from((0, 3, 25)))


@st.composite
def scopes(draw: st.DrawFn) -> Scope:
    """A question about all leads."""
    start = draw(st.integers(0, DAYS // 2))
    end = start + draw(st.sampled_from((0, 30, 100, 400, DAYS)))
    seen = end + draw(st.sampled_from((-20, 0, 90, DAYS)))
    return asked(
        Period((FIRST + timedelta(days=start)).date(), (FIRST + timedelta(days=end)).date()),
        (FIRST + timedelta(days=seen)).date(),
        basis=draw(st.sampled_from(Basis)),
        unit=draw(st.sampled_from(Unit)),
        counting=draw(st.sampled_from(Counting)),
        window_days=draw(st.sampled_from((None, 7, 90))),
    )


COUNTS = ("reached", "previous_reached", "previous_converted")


def counts(found: pl.DataFrame) -> list[tuple[Any, ...]]:
    return found.select(COUNTS).rows()


def added_up(trend: pl.DataFrame) -> dict[str, int]:
    """Of all months that are there, how many reached each stage."""
    return dict(trend.group_by("stage").agg(pl.col("reached").sum()).iter_rows())


def never_more(narrow: pl.DataFrame, wide: pl.DataFrame) -> bool:
    return all(
        (less or 0) <= (more or 0)
        for row, other in zip(counts(narrow), counts(wide), strict=True)
        for less, more in zip(row, other, strict=True)
    )


@few
@given(facts=many_shapes, scope=scopes(), by=st.sampled_from(Dimension))
def test_segments_add_up_to_the_whole(
    draft: DraftWarehouse, facts: Facts, scope: Scope, by: Dimension
) -> None:
    draft.hold(facts)
    whole = stage_conversion(draft, scope)
    segments = stage_conversion_by(draft, scope, by).group_by("stage").agg(pl.col(COUNTS).sum())
    for row in whole.rows(named=True):
        found = segments.filter(pl.col("stage") == row["stage"])
        for name in COUNTS:
            assert (found[name].sum() or 0) == (row[name] or 0)


@few
@given(
    facts=many_shapes,
    scope=scopes(),
    by=st.sampled_from((Dimension.CHANNEL, Dimension.OWNER, Dimension.INDUSTRY)),
    restrictions=st.sampled_from(((), (Filter(Dimension.REGION, ("EMEA", "Unassigned")),))),
)
def test_a_filter_counts_what_its_segment_shows(
    draft: DraftWarehouse, facts: Facts, scope: Scope, by: Dimension, restrictions: Filters
) -> None:
    draft.hold(facts)
    for basis, unit in product(Basis, Unit):
        asking = replace(scope, basis=basis, unit=unit, viewer=Viewer("Ana", restrictions))
        sliced = stage_conversion_by(draft, asking, by)
        for value in (*sliced[by.value].unique(maintain_order=True)[:2], "nobody's"):
            only = replace(asking, filters=(Filter(by, (value,)),))
            found = stage_conversion(draft, only)
            shown = sliced.filter(pl.col(by.value) == value).drop(by.value)
            if shown.is_empty():
                assert found["reached"].sum() == 0
            else:
                assert_frame_equal(found, shown)
                assert counts(found) == counts(shown), only
            if basis is Basis.FLOW:
                # The headline and the months say the same of the period.
                happened = headline(draft, only).select(found["stage"].to_list()).row(0)
                assert list(happened) == found["reached"].to_list()
                months = added_up(stage_trend(draft, only))
                assert [months.get(each, 0) for each in found["stage"]] == list(happened)


@few
@given(facts=many_shapes, scope=scopes(), cut=st.integers(0, 200))
def test_a_narrower_question_never_counts_more(
    draft: DraftWarehouse, facts: Facts, scope: Scope, cut: int
) -> None:
    draft.hold(facts)
    shorter = min(scope.period.end, scope.period.start + timedelta(days=cut))
    month = replace(scope, window_days=30)
    pairs = [
        (replace(scope, window_days=None), month),
        (month, replace(scope, window_days=5)),
        (scope, replace(scope, observed_until=scope.observed_until - timedelta(days=cut))),
        (scope, replace(scope, period=Period(scope.period.start, shorter))),
    ]
    only = (Filter(Dimension.CHANNEL, ("Email",)),)
    pairs.append((scope, replace(scope, filters=only)))
    for wide, narrow in pairs:
        assert never_more(stage_conversion(draft, narrow), stage_conversion(draft, wide)), narrow


@few
@given(facts=many_shapes, scope=scopes(), seed=st.integers(0, 9))
def test_the_order_of_rows_does_not_matter(
    draft: DraftWarehouse, facts: Facts, scope: Scope, seed: int
) -> None:
    def everything() -> list[list[tuple[Any, ...]]]:
        # What metrics read is the same in its own order; so is everything they say.
        sliced: pl.DataFrame = stage_conversion_by(draft, scope, Dimension.CHANNEL)
        keys = {"journey": ["lead_id", "episode"], "deal": ["opportunity_id"]}
        tables = [draft.frame(name).sort(key) for name, key in keys.items()]
        return [sliced.rows(), *(frame.rows() for frame in tables)]

    draft.hold(facts)
    before = everything()
    draft.hold(facts.shuffled(seed))
    assert everything() == before


@few
@given(facts=many_shapes, scope=scopes())
def test_a_cohort_only_shrinks_along_the_funnel(
    draft: DraftWarehouse, facts: Facts, scope: Scope
) -> None:
    draft.hold(facts)
    scope = replace(scope, basis=Basis.COHORT)
    found = stage_conversion(draft, scope)
    reached = found["reached"].to_list()
    assert reached == sorted(reached, reverse=True)
    for row in found.rows(named=True):
        for name in ("rate_cohort", "rate_previous", "rate_first"):
            if row[f"{name}_low"] is not None:
                assert 0 <= row[f"{name}_low"] <= row[name] <= row[f"{name}_high"] <= 1
        assert (row["previous_converted"] or 0) <= (row["previous_reached"] or 0)
    months = added_up(stage_trend(draft, scope))
    assert [months.get(each, 0) for each in found["stage"]] == reached


@few
@given(facts=many_shapes, unit=st.sampled_from(Unit))
def test_strict_never_counts_more_than_reached(
    draft: DraftWarehouse, facts: Facts, unit: Unit
) -> None:
    draft.hold(facts)
    # Over all days: within a period a strict entry, which is later, may be in and the other out.
    reached = asked(EVERYTHING, END, unit=unit)
    strict = replace(reached, counting=Counting.STRICT)
    assert never_more(stage_conversion(draft, strict), stage_conversion(draft, reached))
    # Everything ever observed is the same seen as a cohort or as a flow, which needs a day.
    flow = stage_conversion(draft, replace(reached, basis=Basis.FLOW))
    cohort = stage_conversion(draft, reached)
    assert flow["reached"].to_list() == (cohort["reached"] - cohort["undated"]).to_list()


@few
@given(facts=many_shapes, scope=scopes(), stranger=many_shapes)
def test_strangers_of_another_channel_change_nothing(
    draft: DraftWarehouse, facts: Facts, scope: Scope, stranger: Facts
) -> None:
    scope = replace(scope, filters=(Filter(Dimension.CHANNEL, ("Webinar", "Email")),))

    def everything() -> list[list[tuple[Any, ...]]]:
        found: list[pl.DataFrame] = [stage_conversion(draft, scope), headline(draft, scope)]
        return [frame.rows() for frame in found]

    draft.hold(facts)
    before = everything()
    draft.hold(facts.plus(estranged(stranger)))
    assert everything() == before


def estranged(facts: Facts) -> Facts:
    """The same leads and deals under other names, all of another channel and company."""

    def other(row: Row, *names: str) -> Row:
        return row | {name: f"X{row[name]}" for name in names if row.get(name) is not None}

    strange = {"account_id": "X", "person_id": None}
    return Facts(
        lead=tuple(other(row, "lead_id") | strange | {"channel": "Radio"} for row in facts.lead),
        stage_change=tuple(other(row, "subject_id") for row in facts.stage_change),
        # A deal without any lead is of the channel Unassigned, which is not asked for either.
        opportunity=tuple(
            other(row, "opportunity_id", "primary_lead_id") | {"account_id": "X"}
            for row in facts.opportunity
        ),
        opportunity_lead=tuple(
            other(row, "opportunity_id", "lead_id") for row in facts.opportunity_lead
        ),
    )


@few
@given(facts=many_shapes)
def test_won_money_is_on_journeys_once(draft: DraftWarehouse, facts: Facts) -> None:
    draft.hold(facts)
    deals = [row for row in draft.table("deal") if row["outcome"] == "won"]
    # A lead that came when the deal was open already has not brought it.
    led = [row for row in deals if row["lead_id"] is not None and not row["came_late"]]
    on_leads = sum(row["amount"] or 0 for row in led)
    assert sum(row["won_amount"] or 0 for row in draft.table("journey")) == on_leads
    # The headline of all days has the money of every deal, with a lead or without.
    found = headline(draft, asked(EVERYTHING, END)).row(0, named=True)
    assert found["won_deals"] == len(deals)
    assert (found["won_amount"] or 0) == sum(row["amount"] or 0 for row in deals)


@few
@given(facts=many_shapes, scope=scopes())
def test_accounts_are_never_more_than_leads(
    draft: DraftWarehouse, facts: Facts, scope: Scope
) -> None:
    draft.hold(facts)
    everything = replace(scope, period=EVERYTHING, observed_until=END, window_days=None)
    leads = stage_conversion(draft, replace(everything, unit=Unit.LEAD))
    accounts = stage_conversion(draft, replace(everything, unit=Unit.ACCOUNT))
    assert all(
        fewer <= more for fewer, more in zip(accounts["reached"], leads["reached"], strict=True)
    )
