"""Verdicts in words: their figures, and that only an experiment speaks of a cause."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.estimators.comparing.estimate import Estimate
from metrics.estimators.experiments.person_design import PersonTest
from metrics.estimators.experiments.region_design import RegionTest
from metrics.verdicts.deciding import DecidingTest, People, deciding_test
from metrics.verdicts.evidence import (
    Cost,
    Evidence,
    Experiment,
    Harvest,
    Kind,
    NaturalVariation,
)
from metrics.verdicts.verdict import Call, Grade, verdict
from metrics.verdicts.words import CREDIT_IS_NOT_EFFECT, deciding_sentence, sentence

PEOPLE = DecidingTest(PersonTest(1854, 1854, 0.04, 0.06, 4635.0, 0.8))
REGIONS = DecidingTest(
    RegionTest((0, 3, 7), 8, 52, 0.15, 12_000.0, 0.83), ("Bavaria", "Hesse", "Saxony"), 9
)


def money(value: float) -> str:
    return f"€{value:,.0f}"


def numbers(low: float = -3.0, high: float = 5.0) -> st.SearchStrategy[Estimate]:
    bounds = st.tuples(*[st.floats(low, high)] * 3).map(sorted)
    return bounds.map(lambda each: Estimate(each[1], each[0], each[2]))


CAUSES = ("caus", "because", "thanks to", "led to", "due to", "drove", "driven", "generated",
          "produced", "effect of", "result of", "responsible")  # fmt: skip
"""What says that something is a channel's doing."""

SHARES = st.floats(0, 1)
PARTS = st.one_of(st.none(), SHARES)
VARIED = st.builds(
    NaturalVariation, observed=st.just("12 regions by 104 weeks"), marginal_return=numbers()
)
CREDITED = st.builds(
    Evidence,
    channel=st.sampled_from(["Brand search", "Fairs"]),
    spend=st.floats(1, 1e6),
    spend_share=SHARES,
    credit_share=numbers(0, 1),
    at_stake=st.floats(0, 1e6),
    costs=st.lists(
        st.builds(Cost, st.sampled_from(["MQL", "opportunity"]), numbers(1, 900), numbers(1, 900)),
        max_size=2,
    ).map(tuple),
    romi=st.one_of(st.none(), numbers()),
    won=st.integers(0, 40),
    harvest=st.one_of(st.none(), st.builds(Harvest, PARTS, PARTS, st.booleans())),
    variation=st.one_of(st.none(), VARIED),
    deciding=st.sampled_from([None, PEOPLE, REGIONS]),
)


@given(CREDITED)
def test_below_an_experiment_nothing_is_said_to_be_caused(evidence: Evidence) -> None:
    found = verdict(evidence)
    assert found.grade is not Grade.EXPERIMENT
    said = sentence(found, money)
    for words in (said, deciding_sentence(found, money) or ""):
        assert not any(word in words.lower() for word in CAUSES)
    assert said.endswith(".")
    assert said.count(". ") == 0
    assert evidence.channel in said
    assert "nan" not in said


@given(CREDITED)
def test_credit_alone_grows_only_who_surely_begins_demand(evidence: Evidence) -> None:
    found = verdict(replace(evidence, variation=None))
    harvest = evidence.harvest
    if found.call is Call.GROW:
        assert harvest is not None
        assert harvest.begins
        assert not harvest.mostly
    if harvest is not None and harvest.mostly:
        assert found.call in {Call.TEST_FIRST, Call.CUT}


def test_credit_itself_is_not_called_a_cause() -> None:
    assert "caus" not in CREDIT_IS_NOT_EFFECT.lower()


@given(CREDITED, numbers(-90, 90), st.one_of(st.none(), numbers()))
def test_only_a_sound_experiment_speaks_of_a_cause(
    evidence: Evidence, incremental: Estimate, returned: Estimate | None
) -> None:
    days = date(2026, 1, 5), date(2026, 4, 26)
    for problems in ((), ("people of the control arm were reached",)):
        test = Experiment("Spring", Kind.REGIONS, *days, "MQLs", incremental, returned, problems)
        found = verdict(
            Evidence(
                evidence.channel,
                evidence.spend,
                evidence.spend_share,
                evidence.credit_share,
                evidence.at_stake,
                harvest=evidence.harvest,
                experiments=(test,),
            )
        )
        assert ("caused" in sentence(found, money)) == (not problems)


def test_an_experiment_of_revenue_speaks_of_money() -> None:
    days = date(2026, 1, 5), date(2026, 4, 26)
    added, returned = Estimate(9e4, 3e4, 15e4), Estimate(1.8, 0.6, 3.0)
    test = Experiment("Spring", Kind.PERSONS, *days, "of revenue", added, returned, is_money=True)
    credit = Estimate(0.3, 0.2, 0.4)
    found = verdict(Evidence("Fairs", 5e4, 0.3, credit, 5e4, experiments=(test,)))
    assert sentence(found, money).endswith(
        "shows that it caused €90,000 (€30,000 to €150,000) of revenue, which returned 1.8 (0.6 to"
        " 3.0) times its spend."
    )


def test_a_planted_harvester_of_brand_search_is_to_be_tested_first() -> None:
    test = deciding_test(
        0.4, People(30_000, 0.05, spend_per_person=0.5), None, np.random.default_rng(1)
    )
    found = verdict(
        Evidence(
            "Brand search",
            9_000.0,
            0.09,
            Estimate(0.31, 0.27, 0.35),
            at_stake=9_000.0,
            costs=(Cost("MQL", Estimate(40, 35, 46), Estimate(400, 370, 440)),),
            romi=Estimate(6.2, 4.1, 8.8),
            won=61,
            harvest=Harvest(after_others=0.91, own_brand=0.97),
            deciding=test,
        )
    )
    assert (found.call, found.grade) == (Call.TEST_FIRST, Grade.CREDIT)
    assert sentence(found, money) == (
        "Test Brand search first: for 9% of the spend (€9,000) it is credited with 31% (27% to 35%)"
        " of the conversions, with a ROMI of 620% (410% to 880%) on 61 won deals, €40 (€35 to"
        " €46) per MQL against €400 (€370 to €440) elsewhere; but it came only after other channels"
        " in 91% of its conversions and 97% of its spend is on the company's own name, so others"
        " may have made this demand."
    )
    said = deciding_sentence(found, money)
    assert said is not None
    assert said.startswith("A hold-out would decide it: keep it from ")
    assert "a rate of 5.0% with it against 3.0% without it" in said


def test_an_experiment_is_named_with_its_days_and_figures() -> None:
    days = date(2026, 1, 5), date(2026, 4, 26)
    test = Experiment(
        "Spring", Kind.PERSONS, *days, "MQLs", Estimate(40, 13, 67), Estimate(1.8, 1.2, 2.4)
    )
    plain = Evidence("Social", 1e4, 0.1, Estimate(0.1, 0.05, 0.2), 1e4, experiments=(test,))
    assert sentence(verdict(plain), money) == (
        "Grow Social: the hold-out of people “Spring” (5 Jan 2026 to 26 Apr 2026) shows that it"
        " caused 40 (13 to 67) MQLs, which returned 1.8 (1.2 to 2.4) times its spend."
    )
    assert deciding_sentence(verdict(plain), money) is None


def test_an_experiment_that_found_nothing_says_what_it_leaves_open() -> None:
    days = date(2026, 1, 5), date(2026, 4, 26)
    test = Experiment("Spring", Kind.REGIONS, *days, "MQLs", Estimate(20, -5, 45))
    plain = Evidence(
        "Social", 1e4, 0.1, Estimate(0.1, 0.05, 0.2), 1e4, experiments=(test,), deciding=REGIONS
    )
    found = verdict(plain)
    assert sentence(found, money) == (
        "Test Social first: the test by regions “Spring” (5 Jan 2026 to 26 Apr 2026) leaves open"
        " what it caused, −5 to 45 MQLs."
    )
    assert deciding_sentence(found, money) == (
        "A test by regions would decide it: change it in Bavaria, Hesse and Saxony for 8 weeks and"
        " leave the 9 others as they are; a lift of 15% would be found in 83% of cases, for"
        " €12,000."
    )


@pytest.mark.parametrize(
    ("credit", "romi", "tail"),
    [
        (Estimate(0.3, 0.25, 0.35), Estimate(-0.5, -0.8, -0.1), "; these disagree."),
        (Estimate(0.1, 0.05, 0.15), None, "; that alone is not enough to cut it."),
        (Estimate(0.2, 0.1, 0.3), Estimate(0.1, -0.4, 0.6), "; none of that is more than chance."),
    ],
)
def test_what_is_to_be_tested_says_why(credit: Estimate, romi: Estimate | None, tail: str) -> None:
    found = verdict(Evidence("Fairs", 1e4, 0.2, credit, at_stake=1e4, romi=romi, won=20))
    assert found.call is Call.TEST_FIRST
    assert sentence(found, money).endswith(tail)


def test_what_looks_worth_growing_and_may_only_harvest_says_so() -> None:
    pays = Estimate(0.9, 0.5, 1.3)
    found = verdict(
        Evidence("Fairs", 1e4, 0.1, Estimate(0.4, 0.3, 0.5), at_stake=1e4, romi=pays, won=20)
    )
    assert found.call is Call.TEST_FIRST
    assert sentence(found, money).endswith(
        "; but it is not sure that it begins demand, and does not only meet what others began."
    )


def test_a_cost_without_an_upper_bound_is_at_least_so_much() -> None:
    without_end = float("inf")
    none = Cost("MQL", Estimate(without_end, 90.0, without_end), Estimate(40, 35, 45))
    one = Cost("opportunity", Estimate(900.0, 160.0, without_end), Estimate(400, 350, 450))
    found = verdict(Evidence("Fairs", 1e3, 0.2, Estimate(0.2, 0.1, 0.3), 1e3, costs=(none, one)))
    said = sentence(found, money)
    assert "at at least" not in said
    assert ", €90 or more per MQL against €40 (€35 to €45) elsewhere" in said
    assert ", €900 (€160 or more) per opportunity against €400 (€350 to €450) elsewhere" in said


def test_a_test_that_could_not_find_it_says_so() -> None:
    weak = PersonTest(500, 501, 0.04, 0.06, 1250.0, 0.29)
    short = RegionTest((0,), 26, 52, 0.02, 9e4, 0.3)
    for test, said in [
        (DecidingTest(weak), "even with all 1,001 people"),
        (DecidingTest(short, ("Hesse",), 5), "even 26 weeks in Hesse"),
    ]:
        plain = Evidence("Fairs", 1e4, 0.2, Estimate(0.2, 0.1, 0.3), 1e4, deciding=test)
        found = deciding_sentence(verdict(plain), money)
        assert found is not None
        assert said in found
        assert "would decide it:" in found.replace("No ", "")


def test_costs_that_do_not_cut_say_that_the_credit_is_unknown() -> None:
    nobody_knows = Estimate(float("nan"), float("nan"), float("nan"))
    costs = tuple(
        Cost(each, Estimate(900.0, 850.0, 950.0), Estimate(300.0, 290.0, 310.0))
        for each in ("MQL", "opportunity")
    )
    found = verdict(Evidence("Fairs", 9_000.0, 0.3, nobody_knows, at_stake=9_000.0, costs=costs))
    said = sentence(found, money)
    assert said.startswith("Test Fairs first: ")
    assert "nobody knows its credit, since no touch of it is on record" in said
    assert said.endswith("its credit is unknown, its costs alone are not enough to cut it.")
