"""Cut, keep, grow or test first: what each kind of evidence leads to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from metrics.estimators.comparing.estimate import Estimate
from metrics.verdicts.evidence import (
    Cost,
    Evidence,
    Experiment,
    Harvest,
    Kind,
    NaturalVariation,
)
from metrics.verdicts.verdict import Call, Grade, verdict, verdicts

OTHERS = Estimate(400.0, 370.0, 440.0)
CHEAP, ALIKE, DEAR = (
    Cost("MQL", Estimate(each, each - 40, each + 40), OTHERS) for each in (300.0, 390.0, 520.0)
)
PAYS, UNSURE, LOSES = (Estimate(each, each - 0.4, each + 0.4) for each in (0.9, 0.1, -0.7))
MORE, AS_MUCH, LESS = (Estimate(each, each - 0.05, each + 0.05) for each in (0.3, 0.2, 0.1))
HARVESTER = Harvest(after_others=0.92, own_brand=0.7)
BEGINS = Harvest(after_others=None, own_brand=None, begins=True)


def known(**other: object) -> Evidence:
    """A channel of a fifth of the spend, about as much credit, and demand of its own."""
    plain = Evidence("Search", 50_000.0, 0.2, AS_MUCH, at_stake=50_000.0, won=30, harvest=BEGINS)
    return replace(plain, **other)  # type: ignore[arg-type]


def experiment(
    incremental: tuple[float, float, float],
    returned: tuple[float, float, float] | None,
    ends_on: date = date(2026, 4, 26),
    problems: tuple[str, ...] = (),
) -> Experiment:
    return Experiment(
        f"to {ends_on}",
        Kind.PERSONS,
        date(2026, 1, 5),
        ends_on,
        "MQLs",
        Estimate(*incremental),
        None if returned is None else Estimate(*returned),
        problems,
    )


@pytest.mark.parametrize(
    ("incremental", "returned", "call"),
    [
        ((40, 13, 67), (1.8, 1.2, 2.4), Call.GROW),
        ((40, 13, 67), (1.1, 0.4, 1.8), Call.KEEP),
        ((9, 1, 17), (0.3, 0.1, 0.6), Call.CUT),
        ((2, -9, 13), (0.1, -0.5, 0.7), Call.CUT),
        ((20, -5, 45), (1.0, -0.3, 2.3), Call.TEST_FIRST),
        ((40, 13, 67), None, Call.KEEP),
        ((-9, -18, 0), None, Call.CUT),
        ((20, -5, 45), None, Call.TEST_FIRST),
    ],
)
def test_an_experiment_decides_whatever_the_credit(
    incremental: tuple[float, float, float], returned: tuple[float, float, float] | None, call: Call
) -> None:
    found = verdict(
        known(
            experiments=(experiment(incremental, returned),),
            romi=LOSES,
            costs=(DEAR,),
            harvest=HARVESTER,
            variation=NaturalVariation("12 regions by 104 weeks", Estimate(3, 2, 4)),
        )
    )
    assert (found.call, found.grade) == (call, Grade.EXPERIMENT)


def test_the_newest_experiment_without_a_problem_counts() -> None:
    old = experiment((40, 13, 67), (1.8, 1.2, 2.4), date(2025, 6, 1))
    new = experiment((4, -3, 11), (0.1, -0.2, 0.6), date(2026, 6, 1))
    spoilt = experiment((90, 60, 120), (3, 2, 4), date(2026, 9, 1), ("control was reached",))
    found = verdict(known(experiments=(new, spoilt, old)))
    assert found.experiment == new
    assert found.call is Call.CUT
    left = verdict(known(experiments=(spoilt,)))
    assert left.grade is Grade.CREDIT
    assert left.experiment is None


@pytest.mark.parametrize(
    ("marginal", "call", "of_a_harvester"),
    [
        ((2.1, 1.3, 2.9), Call.GROW, Call.TEST_FIRST),
        ((1.1, 0.4, 1.8), Call.KEEP, Call.TEST_FIRST),
        ((1.1, -0.4, 2.6), Call.TEST_FIRST, Call.TEST_FIRST),
        ((0.3, -0.2, 0.8), Call.CUT, Call.CUT),
    ],
)
def test_natural_variation_is_believed_of_a_harvester_only_where_it_speaks_against_it(
    marginal: tuple[float, float, float], call: Call, of_a_harvester: Call
) -> None:
    varied = NaturalVariation("12 regions by 104 weeks", Estimate(*marginal))
    found = verdict(known(variation=varied, romi=UNSURE))
    assert (found.call, found.grade) == (call, Grade.NATURAL_VARIATION)
    assert verdict(known(variation=varied, harvest=HARVESTER)).call is of_a_harvester


@pytest.mark.parametrize(
    ("romi", "costs", "credit", "call"),
    [
        (PAYS, (CHEAP,), AS_MUCH, Call.GROW),
        (PAYS, (ALIKE,), MORE, Call.GROW),
        (PAYS, (ALIKE,), AS_MUCH, Call.KEEP),
        (UNSURE, (CHEAP,), AS_MUCH, Call.KEEP),
        (None, (), MORE, Call.KEEP),
        (PAYS, (DEAR,), AS_MUCH, Call.TEST_FIRST),
        (LOSES, (CHEAP,), AS_MUCH, Call.TEST_FIRST),
        (UNSURE, (ALIKE,), AS_MUCH, Call.TEST_FIRST),
        (None, (), AS_MUCH, Call.TEST_FIRST),
        (UNSURE, (DEAR,), AS_MUCH, Call.TEST_FIRST),
        (UNSURE, (DEAR,), LESS, Call.CUT),
        (UNSURE, (DEAR, replace(DEAR, outcome="opportunity")), AS_MUCH, Call.CUT),
        (LOSES, (ALIKE,), AS_MUCH, Call.CUT),
    ],
)
def test_credit_leads_only_where_its_signs_are_sure_and_agree(
    romi: Estimate | None, costs: tuple[Cost, ...], credit: Estimate, call: Call
) -> None:
    found = verdict(known(romi=romi, costs=costs, credit_share=credit))
    assert (found.call, found.grade) == (call, Grade.CREDIT)


@pytest.mark.parametrize("harvest", [None, Harvest(None, None), Harvest(None, 0.2)])
def test_who_may_only_meet_demand_is_not_grown_by_credit(harvest: Harvest | None) -> None:
    plain = known(romi=PAYS, costs=(CHEAP,), credit_share=MORE)
    assert verdict(plain).call is Call.GROW
    assert verdict(replace(plain, harvest=harvest)).call is Call.TEST_FIRST
    # To go on as today takes less.
    assert verdict(known(romi=PAYS, harvest=harvest)).call is Call.KEEP


def test_a_return_on_a_handful_of_won_deals_says_nothing() -> None:
    assert verdict(known(romi=LOSES, won=5)).call is Call.CUT
    assert verdict(known(romi=LOSES, won=4)).call is Call.TEST_FIRST


@pytest.mark.parametrize(
    "harvest", [HARVESTER, Harvest(0.8, None), Harvest(None, 0.5), Harvest(0.1, 0.9)]
)
def test_a_harvester_is_never_kept_or_grown_by_its_credit(harvest: Harvest) -> None:
    for romi, costs, credit in [
        (PAYS, (CHEAP,), MORE),
        (PAYS, (), AS_MUCH),
        (None, (CHEAP,), MORE),
    ]:
        plain = known(romi=romi, costs=costs, credit_share=credit)
        assert verdict(plain).call in {Call.GROW, Call.KEEP}
        assert verdict(replace(plain, harvest=harvest)).call is Call.TEST_FIRST
    assert verdict(known(romi=LOSES, harvest=harvest)).call is Call.CUT


def test_who_brings_demand_of_its_own_is_no_harvester() -> None:
    for harvest in (Harvest(0.79, 0.49), Harvest(None, None)):
        assert verdict(known(romi=PAYS, harvest=harvest)).call is Call.KEEP


def test_verdicts_are_ordered_by_the_money_at_stake() -> None:
    found = verdicts(
        [
            known(channel="Mail", at_stake=10.0),
            known(channel="Fairs", at_stake=500.0),
            known(channel="Direct", spend=0.0, at_stake=9_000.0),
            known(channel="Ads", at_stake=10.0),
        ]
    )
    assert [each.evidence.channel for each in found] == ["Fairs", "Ads", "Mail"]
    with pytest.raises(ValueError, match="nothing to cut"):
        verdict(known(spend=0.0))


def test_costs_alone_cut_nothing_while_the_credit_is_unknown() -> None:
    nobody_knows = Estimate(float("nan"), float("nan"), float("nan"))
    dear = (DEAR, replace(DEAR, outcome="opportunity"))
    assert verdict(known(costs=dear)).call is Call.CUT
    assert verdict(known(costs=dear, credit_share=nobody_knows)).call is Call.TEST_FIRST
    # A return that was surely lost is no matter of costs alone.
    assert verdict(known(costs=dear, credit_share=nobody_knows, romi=LOSES)).call is Call.CUT
    assert verdict(known(costs=(CHEAP,), credit_share=nobody_knows)).call is Call.KEEP
