"""A table of segments: by hand on twelve leads, by the oracle on hundreds, and what adds up."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import islice, product
from math import isnan

import numpy as np
import polars as pl
import pytest

from data.definitions import Definitions
from data.engine.warehouse import DuckDBWarehouse
from data.errors import MetricError, MissingRateError
from metrics.chance import Verdict
from metrics.estimators.comparing.clustering import AccountSums, design_effect, design_effects
from metrics.estimators.comparing.difference import p_value
from metrics.funnel.conversion import stage_conversion, stage_conversion_by
from metrics.headline import headline
from metrics.scope import Basis, Counting, Dimension, Filter, Scope, Stage, Unit
from metrics.segments.columns import UNTESTED_FLOW
from metrics.segments.judging import ALONE, ONE_ACCOUNT, TOO_FEW
from metrics.segments.measures import Kind, Measure, measures_of
from metrics.segments.segment_table import segment_table
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, Row, change, lead, opportunity
from tests.metrics.observing import Observed
from tests.metrics.oracle import numbers
from tests.metrics.oracle.numbers import Subject, entered, stages_of, went_on, wilson
from tests.metrics.oracle.segments import Member
from tests.metrics.oracle.segments import design_effect as oracle_effect
from tests.metrics.scopes import FILTERS, PERIODS, asked, every_scope
from tests.metrics.twelve_leads import JANUARY, QUARTER, SEEN, at

MARGIN = Definitions.model_validate(TERMS.model_dump() | {"gross_margin": 0.5})


def cells(found: pl.DataFrame, measure: Measure, *by: Dimension) -> dict[tuple[str, ...], float]:
    """The value of each segment."""
    rows = found.filter(measure=measure.value).select(*(each.value for each in by), "value").rows()
    return {tuple(row[:-1]): row[-1] for row in rows}


def test_a_rate_of_few_records_does_not_lead(draft: DraftWarehouse) -> None:
    many = [lead(f"L{number:02}", at(1, 5), channel="Email") for number in range(20)]
    rows = (*many, lead("L20", at(1, 5), channel="Webinar"))
    went_on_too = [change("lead", f"L{number}", "sql", at(1, 9)) for number in (10, 11, 20)]
    draft.hold(Facts(lead=rows, stage_change=tuple(went_on_too)))
    found = segment_table(draft, asked(JANUARY, SEEN), TERMS, measures=[Measure.LEAD_TO_SQL])
    assert found.select("channel", "value", "records").rows() == [
        ("Email", 0.1, 20),
        ("Webinar", 1.0, 1),
    ]


def test_channels_of_twelve_leads_by_hand(twelve: DuckDBWarehouse) -> None:
    found = segment_table(twelve, asked(JANUARY, SEEN), TERMS)
    # As in the tests of step_segments: SQL of January are L01 to L06, L09 and L11 of the eleven.
    leads = cells(found, Measure.LEAD, Dimension.CHANNEL)
    assert leads == {("Email",): 5, ("Webinar",): 5, ("Unassigned",): 1}
    rate = found.filter(measure="lead_to_sql", channel="Email").row(0, named=True)
    assert (rate["value"], rate["records"]) == (0.8, 5)
    assert (rate["others"], rate["others_records"]) == (4 / 6, 6)
    # 3.2 of 4 effective records.
    assert (rate["low"], rate["high"]) == pytest.approx(wilson(3.2, 4))
    assert (rate["chance"], rate["reason"]) == (Verdict.TOO_FEW.value, TOO_FEW)
    alone = found.filter(measure="lead_to_sql", channel="Unassigned").row(0, named=True)
    assert (alone["low"], alone["chance"], alone["reason"]) == (None, "untested", ONE_ACCOUNT)
    # Largest first; of equals by name.
    assert found["channel"].unique(maintain_order=True).to_list() == [
        "Email",
        "Webinar",
        "Unassigned",
    ]


def test_money_of_twelve_leads_by_hand(twelve: DuckDBWarehouse) -> None:
    found = segment_table(twelve, asked(QUARTER, SEEN), MARGIN)
    whole = headline(twelve, asked(QUARTER, SEEN)).row(0, named=True)
    won = cells(found, Measure.WON_AMOUNT, Dimension.CHANNEL)
    assert sum(value or 0 for value in won.values()) == pytest.approx(float(whole["won_amount"]))
    assert won["Unassigned",] is None, "O4 is won, and nothing says for how much"
    spend = cells(found, Measure.SPEND_AMOUNT, Dimension.CHANNEL)
    assert sum(value or 0 for value in spend.values()) == pytest.approx(1240)
    per_lead = cells(found, Measure.COST_PER_LEAD, Dimension.CHANNEL)
    leads = cells(found, Measure.LEAD, Dimension.CHANNEL)
    romi = cells(found, Measure.ROMI, Dimension.CHANNEL)
    for channel, spent in spend.items():
        assert per_lead[channel] == (spent / leads[channel] if spent and leads[channel] else None)
        if spent and won[channel] is not None:
            assert romi[channel] == pytest.approx(won[channel] * 0.5 / spent - 1)
    without = segment_table(twelve, asked(QUARTER, SEEN), TERMS, measures=[Measure.ROMI])
    assert without["value"].null_count() == len(without)
    assert "no gross margin is stated in the definitions" in without["reason"].to_list()


SCOPES = [
    asked(period, seen, basis=basis, unit=unit, counting=counting, filters=filters)
    for (period, seen), filters, (basis, unit, counting) in zip(
        PERIODS * 7,
        FILTERS[:2] * 10,
        list(product(Basis, Unit, Counting)) * 2,
        strict=False,
    )
][:20]


def test_rows_add_up_to_funnel_and_overview_in_twenty_scopes(observed: Observed) -> None:
    assert len(SCOPES) == 20
    # Each of the three worlds is asked a third of them.
    mine = ("UTC", "Asia/Shanghai", "Europe/Berlin").index(observed.world.definitions.time_zone)
    for number, scope in list(enumerate(SCOPES))[mine::3]:
        by = tuple(islice((*Dimension, *Dimension), number % 19, number % 19 + 1 + number % 3))
        by = tuple(dict.fromkeys(by))
        try:
            whole = headline(observed.warehouse, scope).row(0, named=True)
        except MissingRateError:
            with pytest.raises(MissingRateError):
                segment_table(observed.warehouse, scope, TERMS, by)
            continue
        reached = dict(
            stage_conversion(observed.warehouse, scope).select("stage", "reached").iter_rows()
        )
        counted = [each for each in measures_of(scope.unit) if each.kind is Kind.COUNT]
        money = [Measure.WON_AMOUNT, Measure.PIPELINE_AMOUNT]
        found = segment_table(observed.warehouse, scope, TERMS, by, [*counted, *money])
        sums = dict(found.group_by("measure").agg(pl.col("value").sum()).iter_rows())
        for each in counted:
            assert sums.get(each.value, 0) == reached[each.value], (scope, by)
        assert sums.get("won_amount", 0) == pytest.approx(float(whole["won_amount"] or 0))
        records = found.filter(measure="won_amount")["records"].sum()
        assert records == whole["won_deals"]
        if whole["spend_amount"] is not None:
            by_channel = segment_table(
                observed.warehouse, scope, TERMS, measures=[Measure.SPEND_AMOUNT]
            )
            assert by_channel["value"].sum() == pytest.approx(float(whole["spend_amount"]))


def test_counts_and_rates_are_those_of_the_funnel_by_segment(observed: Observed) -> None:
    for scope in every_scope()[::11]:
        measures = [
            each for each in measures_of(scope.unit) if each.kind in (Kind.COUNT, Kind.RATE)
        ]
        found = segment_table(observed.warehouse, scope, TERMS, Dimension.OWNER, measures)
        funnel = stage_conversion_by(observed.warehouse, scope, Dimension.OWNER)
        kind = "rate_cohort" if scope.basis is Basis.COHORT else "rate_previous"
        for row in funnel.filter(pl.col("reached") > 0).iter_rows(named=True):
            own = found.filter(owner=row["owner"])
            assert own.filter(measure=row["stage"])["value"].to_list() == [row["reached"]]
            stages = [stage.value for stage in scope.unit.stages]
            if row[kind] is not None:
                before = stages[stages.index(row["stage"]) - 1]
                (rate,) = own.filter(measure=f"{before}_to_{row['stage']}")["value"]
                assert rate == pytest.approx(row[kind])


def _members(found: list[Subject], scope: Scope, way: tuple[Stage, Stage]) -> list[Member]:
    """Of the cohort those who reached the first stage, and whether the second."""
    first, last = (stages_of(scope).index(each.value) for each in way)
    return [
        Member(
            number if each.account_id is None else each.account_id,
            each.segments,
            "",
            went_on(each.days[0], each.known[last], scope),
        )
        for number, each in enumerate(found)
        if entered(each.days[0], scope) and went_on(each.days[0], each.known[first], scope)
    ]


@pytest.mark.parametrize("unit", Unit)
def test_rates_are_the_oracles(observed: Observed, unit: Unit) -> None:
    by = (Dimension.CHANNEL, Dimension.REGION)
    rate = Measure.OPPORTUNITY_TO_WON if unit is Unit.DEAL else Measure.LEAD_TO_SQL
    for (period, seen), window in product(PERIODS, (None, 30)):
        scope = asked(period, seen, unit=unit, window_days=window)
        found = segment_table(observed.warehouse, scope, TERMS, by, [rate])
        everyone = _members(numbers.subjects(observed.world, scope), scope, rate.way)
        rows: dict[tuple[str, ...], Row] = {
            (row["channel"], row["region"]): row for row in found.iter_rows(named=True)
        }
        size = Counter(tuple(each.segments[one.value] for one in by) for each in everyone)
        assert {cell: row["records"] for cell, row in rows.items() if row["records"]} == size
        for cell in size:
            own: list[Member] = []
            others: list[Member] = []
            for each in everyone:
                inside = tuple(each.segments[one.value] for one in by) == cell
                (own if inside else others).append(each)
            _assert_row(rows[cell], own, others)


def _assert_row(row: Row, own: list[Member], others: list[Member]) -> None:
    converted = sum(each.converted for each in own)
    assert row["value"] == converted / len(own)
    assert row["others_records"] == len(others)
    effect = oracle_effect(own, lambda each: each.converted)
    if effect is None:
        assert row["low"] is None
    else:
        expected = wilson(converted / effect, len(own) / effect)
        assert (row["low"], row["high"]) == pytest.approx(expected, abs=1e-9)
    effect_of_others = oracle_effect(others, lambda each: each.converted) if others else None
    if not others:
        assert row["reason"] == ALONE
    elif effect is None or effect_of_others is None:
        assert (row["chance"], row["reason"]) == ("untested", ONE_ACCOUNT)
    elif row["p_value"] is not None:
        parts = (
            converted / effect,
            len(own) / effect,
            sum(each.converted for each in others) / effect_of_others,
            len(others) / effect_of_others,
        )
        # Corrected for many, so never smaller than by itself.
        alone = p_value(*(np.array([part]) for part in parts))[0]
        assert row["p_value"] >= alone - 1e-9


def test_a_planted_difference_is_found_and_no_other(draft: DraftWarehouse) -> None:
    rows = []
    deals = []
    for number in range(900):
        channel = ("Webinar", "Email", "展会")[number % 3]
        rows.append(
            lead(f"L{number}", at(1, 2), channel=channel, account_id=f"A{number}", owner="Ana")
        )
        if number // 3 % 10 < (6 if channel == "Webinar" else 3):
            deals.append(opportunity(f"O{number}", at(1, 9), primary_lead_id=f"L{number}"))
    draft.hold(Facts(lead=tuple(rows), opportunity=tuple(deals)))
    rate = Measure.LEAD_TO_OPPORTUNITY
    found = segment_table(draft, asked(JANUARY, SEEN), TERMS, measures=[rate])
    said = {row["channel"]: (row["value"], row["chance"]) for row in found.iter_rows(named=True)}
    assert said["Webinar"] == (0.6, Verdict.MORE_THAN_CHANCE.value)
    assert {said["Email"][0], said["展会"][0]} == {0.3}
    one = segment_table(draft, asked(JANUARY, SEEN), TERMS, Dimension.OWNER, [rate])
    assert one["reason"].to_list() == [ALONE]


def test_a_flow_is_not_tested_and_says_why(twelve: DuckDBWarehouse) -> None:
    scope = asked(JANUARY, SEEN, basis=Basis.FLOW)
    found = segment_table(twelve, scope, TERMS, measures=[Measure.MQL_TO_SQL])
    assert found["chance"].unique().to_list() == ["untested"]
    assert found["reason"].unique().to_list() == [UNTESTED_FLOW]


def test_spend_is_silent_by_what_it_is_not_recorded_by(twelve: DuckDBWarehouse) -> None:
    scope = asked(QUARTER, SEEN)
    found = segment_table(
        twelve, scope, TERMS, (Dimension.CHANNEL, Dimension.PERSONA), [Measure.COST_PER_LEAD]
    )
    assert found["value"].null_count() == len(found)
    assert found["reason"].unique().to_list() == ["spend is not recorded by persona"]
    filtered = replace(scope, filters=(Filter(Dimension.OWNER, ("Ana",)),))
    (reason,) = (
        segment_table(twelve, filtered, TERMS, measures=[Measure.LEAD, Measure.SPEND_AMOUNT])
        .filter(measure="spend_amount")["reason"]
        .unique()
    )
    assert reason == "spend is not recorded by owner"


def test_nothing_in_scope_has_no_row(draft: DraftWarehouse) -> None:
    draft.hold(Facts(lead=(lead("L1", at(1, 2)),)))
    later = asked(QUARTER, JANUARY.start)
    assert segment_table(draft, later, TERMS).is_empty()
    one = segment_table(draft, asked(JANUARY, SEEN), TERMS)
    assert cells(one, Measure.LEAD, Dimension.CHANNEL) == {("Unassigned",): 1}
    assert "no deal is loaded" in one["reason"].to_list()
    assert "no spend is loaded" in one["reason"].to_list()


@pytest.mark.parametrize(
    ("by", "measures", "message"),
    [
        ((), None, "by one to 3 different dimensions, not by none"),
        ((Dimension.OWNER, Dimension.OWNER), None, "not by owner, owner"),
        (tuple(Dimension)[:4], None, "by one to 3"),
        (Dimension.OWNER, (), "needs at least one measure"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    twelve: DuckDBWarehouse,
    by: Dimension | tuple[Dimension, ...],
    measures: tuple[Measure, ...] | None,
    message: str,
) -> None:
    with pytest.raises(MetricError, match=message):
        segment_table(twelve, asked(JANUARY, SEEN), TERMS, by, measures)


def test_a_deal_has_no_mql(twelve: DuckDBWarehouse) -> None:
    with pytest.raises(MetricError, match="a deal has no mql: it has opportunity"):
        segment_table(twelve, asked(JANUARY, SEEN, unit=Unit.DEAL), TERMS, measures=[Measure.MQL])


def test_many_design_effects_are_each_of_them() -> None:
    random = np.random.default_rng(1)
    sums = []
    for _ in range(50):
        reached = random.integers(0, 4, 8).astype(float)
        converted = random.binomial(reached.astype(int), 0.4).astype(float)
        sums.append(AccountSums.of(converted, reached))
    sums.append(AccountSums.of(np.zeros(0), np.zeros(0)))
    names = (
        "accounts", "reached", "converted", "reached_squared", "converted_squared",
        "converted_by_reached",
    )  # fmt: skip
    many = design_effects(*(np.array([float(getattr(s, name)) for s in sums]) for name in names))
    for one, found in zip(sums, many.tolist(), strict=True):
        expected = design_effect(one) if one.reached else float("nan")
        assert found == pytest.approx(expected) or (isnan(found) and isnan(expected))
