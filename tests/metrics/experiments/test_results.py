"""Registered experiments: what came in each arm, counted apart, and what stands against them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

import numpy as np
import pytest
from scipy.stats import t as student

from metrics.estimators.comparing.clustering import AccountSums, design_effect
from metrics.estimators.comparing.estimate import Estimate
from metrics.estimators.experiments.control_regions import read_regions
from metrics.estimators.experiments.person_design import holdout_power
from metrics.estimators.experiments.person_holdout import (
    Amounts,
    Arm,
    detectable,
    incremental_conversions,
    incremental_money,
)
from metrics.estimators.experiments.region_design import region_power
from metrics.experiments.results import FEW_AMOUNTS, NO_CONTROL, NO_TEST, experiment_results
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, Row, account, change, lead, touch

STARTS, ENDS = date(2026, 6, 1), date(2026, 7, 26)
SHARES = {"test": 0.3, "control": 0.15}


@pytest.fixture(scope="module")
def warehouse() -> DraftWarehouse:
    return DraftWarehouse()


def experiment(experiment_id: str, kind: object = "persons", **more: object) -> Row:
    known = {"experiment_id": experiment_id, "kind": kind, "channel": "Webinar"}
    days = {"starts_on": STARTS, "ends_on": ENDS}
    return {**known, **days, "spend_amount": Decimal("500.00"), **more}


def arm(experiment_id: str, role: str, *members: str) -> tuple[Row, ...]:
    return tuple({"experiment_id": experiment_id, "role": role, "member": each} for each in members)


def people(role: str, number: int = 60) -> list[str]:
    return [f"crm:{role}-{each}" for each in range(number)]


def mql(name: str, on: date, **more: object) -> tuple[Row, Row]:
    """A lead and the day on which it became an MQL."""
    at = datetime(on.year, on.month, on.day, 9)
    return lead(name, at - timedelta(days=1), **more), change("lead", name, "mql", at)


def hold_out(*arms: tuple[Row, ...], **more: object) -> Facts:
    """Sixty people each, of whom a third or so become MQLs meanwhile; others did so before."""
    entries = []
    for role, share in SHARES.items():
        for place, person in enumerate(people(role)):
            if place < 60 * share:
                entries.append(mql(f"{person} now", date(2026, 7, place + 1), person_id=person))
            if place >= 50:
                entries.append(mql(f"{person} before", date(2026, 5, 31), person_id=person))
                entries.append(mql(f"{person} later", date(2026, 7, 27), person_id=person))
    return Facts(
        lead=tuple(each for each, _ in entries),
        stage_change=tuple(each for _, each in entries),
        experiment=(experiment("X-1", **more),),
        experiment_arm=tuple(row for each in arms for row in each),
    )


BOTH = (arm("X-1", "test", *people("test")), arm("X-1", "control", *people("control")))


def result(warehouse: DraftWarehouse, facts: Facts, experiment_id: str = "X-1") -> Row:
    found = {
        each["experiment_id"]: each for each in experiment_results(warehouse.hold(facts)).to_dicts()
    }
    return found[experiment_id]


def test_people_count_when_they_became_mqls_during_the_experiment(
    warehouse: DraftWarehouse,
) -> None:
    found = result(warehouse, hold_out(*BOTH, name="Webinars for all"))
    assert (found["test_outcome"], found["control_outcome"]) == (18, 9)
    assert (found["test_members"], found["control_members"]) == (60, 60)
    expected = incremental_conversions(Arm(60, 18), Arm(60, 9), 500.0)
    assert found["incremental"] == pytest.approx(9)
    assert found["incremental_low"] == pytest.approx(expected.conversions.low)
    assert found["incremental_high"] == pytest.approx(expected.conversions.high)
    assert found["per_spend_low"] == pytest.approx(expected.per_spend.low)
    assert (found["name"], found["problems"]) == ("Webinars for all", None)


def test_without_spend_there_is_no_effect_per_spend(warehouse: DraftWarehouse) -> None:
    for spend in (None, Decimal(0)):
        found = result(warehouse, hold_out(*BOTH, spend_amount=spend))
        assert found["per_spend"] is None
        assert found["incremental"] == pytest.approx(9)
        assert found["name"] == "X-1"


def test_an_experiment_with_one_arm_says_what_to_load(warehouse: DraftWarehouse) -> None:
    for arms, problem in [(BOTH[:1], NO_CONTROL), (BOTH[1:], NO_TEST)]:
        found = result(warehouse, hold_out(*arms))
        assert found["problems"] == problem
        assert found["incremental"] is None
    neither = result(warehouse, hold_out())
    assert neither["problems"] == f"{NO_CONTROL}; {NO_TEST}"


def test_people_of_the_control_arm_whom_the_channel_reached_are_told(
    warehouse: DraftWarehouse,
) -> None:
    facts = hold_out(*BOTH)
    noon = datetime(2026, 6, 20, 12)
    reached = (
        touch("1", noon, "crm:control-3"),
        touch("2", noon, "crm:control-3"),
        touch("3", noon, "crm:control-4", channel="Email"),
        touch("4", datetime(2026, 5, 31, 12), "crm:control-5"),
        touch("5", datetime(2026, 7, 26, 12), "crm:control-6"),
        touch("6", noon, "crm:test-1"),
    )
    found = result(warehouse, facts.plus(Facts(interaction=reached)))
    assert found["problems"] == (
        "2 of 60 people of the control arm had a touch of Webinar meanwhile"
    )
    assert (found["test_outcome"], found["control_outcome"]) == (18, 9)


def test_members_of_both_arms_count_in_neither(warehouse: DraftWarehouse) -> None:
    found = result(warehouse, hold_out(*BOTH, arm("X-1", "control", *people("test", 2))))
    assert (found["test_members"], found["test_outcome"], found["control_members"]) == (58, 16, 60)
    assert found["problems"] == "2 members are in both arms, and are counted in neither"


def test_an_experiment_that_runs_on_is_told(warehouse: DraftWarehouse) -> None:
    found = result(warehouse, hold_out(*BOTH, ends_on=date(2027, 1, 31)))
    assert found["problems"] == "it runs on after the last day that is loaded"


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        ({"starts_on": ENDS, "ends_on": ENDS}, "it overlaps with Other"),
        ({"starts_on": ENDS + timedelta(1), "ends_on": date(2026, 8, 9)}, None),
        ({"starts_on": date(2026, 4, 1), "ends_on": STARTS - timedelta(1)}, None),
        ({"channel": "Email"}, "it overlaps with Other"),
    ],
)
def test_experiments_at_the_same_time_are_told(
    warehouse: DraftWarehouse, other: Row, problem: str | None
) -> None:
    second = experiment("X-2", **({"name": "Other"} | other))
    shared = arm("X-2", "test", "crm:test-1") if "channel" in other else ()
    facts = hold_out(*BOTH).plus(Facts(experiment=(second,), experiment_arm=shared))
    assert result(warehouse, facts)["problems"] == problem
    if problem and shared:
        apart = Facts(experiment=(second,), experiment_arm=arm("X-2", "test", "crm:nobody"))
        assert result(warehouse, hold_out(*BOTH).plus(apart))["problems"] is None


def weeks_of(seed: int) -> Iterator[tuple[int, str, int]]:
    """MQLs of four regions in 40 weeks before the experiment and the eight of it."""
    random = Random(seed)
    for week in range(-40, 8):
        market = random.choice([3, 5, 7])
        for region in ("North", "South", "East", "West"):
            more = 4 if region in ("North", "South") and week >= 0 else 0
            yield week, region, market + random.choice([0, 1]) + more


def test_regions_are_read_week_by_week(warehouse: DraftWarehouse) -> None:
    entries, tested, control = [], np.zeros(48), np.zeros(48)
    for week, region, number in weeks_of(7):
        for each in range(number):
            on = STARTS + timedelta(days=7 * week + each % 7)
            entries.append(mql(f"{region} {week} {each}", on, region=region))
        (tested if region in ("North", "South") else control)[week + 40] += number
    late = mql("after it", ENDS + timedelta(1), region="North")
    old = lead("a lead before all", datetime(2025, 8, 25, 9))
    facts = Facts(
        lead=(*(each for each, _ in entries), late[0], old),
        stage_change=(*(each for _, each in entries), late[1]),
        experiment=(experiment("X-9", "regions"),),
        experiment_arm=arm("X-9", "test", "North", "South") + arm("X-9", "control", "East", "West"),
    )
    found = result(warehouse, facts, "X-9")
    assert found["problems"] is None
    expected = read_regions(tested, control, 40, 500.0)
    assert expected.effect is not None
    assert found["incremental"] == pytest.approx(expected.effect.total.value)
    assert found["incremental_low"] == pytest.approx(expected.effect.total.low)
    assert found["per_spend_high"] == pytest.approx(expected.effect.per_spend.high)
    assert found["incremental"] == pytest.approx(64, abs=20)
    assert found["test_outcome"] == tested[40:].sum()
    assert (found["test_members"], found["control_members"]) == (2, 2)


def test_regions_that_cannot_be_read_say_why(warehouse: DraftWarehouse) -> None:
    few = mql("L-1", STARTS - timedelta(days=20), region="North")
    facts = Facts(
        lead=(few[0],),
        stage_change=(few[1],),
        experiment=(experiment("X-9", "regions"),),
        experiment_arm=arm("X-9", "test", "North") + arm("X-9", "control", "East"),
    )
    found = result(warehouse, facts, "X-9")
    assert found["problems"] == "too few weeks before the test"
    assert found["incremental"] is None


def test_without_experiments_there_are_no_rows(warehouse: DraftWarehouse) -> None:
    assert experiment_results(warehouse.hold(Facts())).is_empty()


DAYS = {"lead": 0, "mql": 3, "sql": 9, "opportunity": 20, "won": 45}
"""Days from a lead to each stage."""


def reaching(person: str, furthest: str, start: date, **more: object) -> tuple[Row, list[Row]]:
    """A lead, and its entries into all stages up to one."""
    at = datetime(start.year, start.month, start.day, 9)
    stages = list(DAYS)[1 : list(DAYS).index(furthest) + 1]
    moments = [(stage, at + timedelta(days=DAYS[stage])) for stage in stages]
    changes = [change("lead", person, stage, moment) for stage, moment in moments]
    return lead(person, at, person_id=person, **more), changes


@pytest.fixture(scope="module")
def funnels() -> list[tuple[str, str, str, date, float]]:
    """Of 120 people: the arm, the furthest stage, the first day, and what the deal was worth."""
    random = Random(11)
    found: list[tuple[str, str, str, date, float]] = []
    for number in range(120):
        role = "test" if number % 2 else "control"
        furthest = random.choice((*DAYS, "won", "won") if role == "test" else tuple(DAYS))
        start = STARTS + timedelta(days=random.randrange(-30, 50))
        found.append((f"crm:{role}-{number}", role, furthest, start, random.randrange(1, 90)))
    return found


@pytest.mark.parametrize("outcome", ["lead", "sql", "opportunity", "won", "revenue"])
@pytest.mark.parametrize("until", [None, ENDS + timedelta(days=30)])
def test_each_outcome_counts_up_to_its_own_day(
    warehouse: DraftWarehouse,
    funnels: list[tuple[str, str, str, date, float]],
    outcome: str,
    until: date | None,
) -> None:
    """Against the same people, counted one by one."""
    leads, changes, deals = [], [], []
    stage = "won" if outcome == "revenue" else outcome
    came: dict[str, list[float]] = {"test": [], "control": []}
    for person, role, furthest, start, worth in funnels:
        row, entries = reaching(person, furthest, start)
        leads.append(row)
        changes += entries
        reached = start + timedelta(days=DAYS[stage])
        if furthest == "won":
            won = datetime.combine(start, datetime.min.time()) + timedelta(days=DAYS["won"])
            deals.append(
                {"opportunity_id": f"deal {person}", "primary_lead_id": person, "outcome": "won",
                 "created_at": won - timedelta(days=25), "closed_at": won,
                 "original_amount": Decimal(int(worth)), "currency": TERMS.base_currency}
            )  # fmt: skip
        in_time = STARTS <= reached <= (until or ENDS)
        if list(DAYS).index(furthest) >= list(DAYS).index(stage) and in_time:
            came[role].append(worth)
    arms = {role: [each[0] for each in funnels if each[1] == role] for role in came}
    facts = Facts(
        lead=tuple(leads),
        stage_change=tuple(changes),
        opportunity=tuple(deals),
        experiment=(experiment("X-1", outcome=outcome, counts_until=until),),
        experiment_arm=arm("X-1", "test", *arms["test"]) + arm("X-1", "control", *arms["control"]),
    )
    found = result(warehouse, facts)
    assert (found["outcome"], found["problems"]) == (outcome, None)
    assert found["counted_until"] == (until or ENDS)
    people = {role: len(members) for role, members in arms.items()}
    if outcome == "revenue":
        worths = [Amounts(people[role], np.sort(np.array(came[role], float))) for role in came]
        expected, _ = incremental_money(worths[0], worths[1], 500.0, np.random.default_rng(7))
        assert found["test_outcome"] == sum(came["test"])
    else:
        counted = [Arm(people[role], len(came[role])) for role in came]
        expected = incremental_conversions(counted[0], counted[1], 500.0).conversions
        assert found["control_outcome"] == len(came["control"])
    bounds = [found[f"incremental{part}"] for part in ("", "_low", "_high")]
    assert bounds == pytest.approx([expected.value, expected.low, expected.high])
    assert found["detectable"] == pytest.approx(detectable(expected))


def test_people_of_one_account_say_less_than_as_many_alone(warehouse: DraftWarehouse) -> None:
    """Of each account of the test arm all three become MQLs or none."""
    entries, alone = [], []
    for number in range(60):
        if number % 3 == 0 or number // 3 % 3 == 0:
            entries.append((f"crm:test-{number}", number // 3 % 3 == 0, f"A{number // 3}"))
            alone.append((f"crm:test-{number}", number // 3 % 3 == 0, f"B{number}"))
    found = []
    for rows in (entries, alone):
        made = [
            mql(person, date(2026, 7, 1) if became else date(2026, 8, 1), person_id=person,
                account_id=company)
            for person, became, company in rows
        ]  # fmt: skip
        facts = Facts(
            account=tuple(account(each) for each in {company for *_, company in rows}),
            lead=tuple(each for each, _ in made),
            stage_change=tuple(each for _, each in made),
            experiment=(experiment("X-1"),),
            experiment_arm=BOTH[0] + BOTH[1],
        )
        found.append(result(warehouse, facts))
    together, apart = found
    assert together["test_outcome"] == apart["test_outcome"] == 21
    assert together["incremental"] == apart["incremental"]
    # Seven accounts of three that became MQLs together, and 39 people of whom none did.
    effect = design_effect(
        AccountSums.of(np.array([3.0] * 7 + [0.0] * 39), np.array([3.0] * 7 + [1.0] * 39))
    )
    expected = incremental_conversions(Arm(60, 21, effect), Arm(60, 0), 500.0)
    assert together["incremental_low"] == pytest.approx(expected.conversions.low)
    assert together["incremental_low"] < apart["incremental_low"]


def test_revenue_that_cannot_be_read_says_why(warehouse: DraftWarehouse) -> None:
    row, entries = reaching("crm:test-1", "won", STARTS)
    deal = {"opportunity_id": "D", "primary_lead_id": "crm:test-1", "outcome": "won",
            "created_at": datetime(2026, 6, 2), "closed_at": datetime(2026, 7, 16)}  # fmt: skip
    facts = Facts(
        lead=(row,),
        stage_change=tuple(entries),
        opportunity=(deal,),
        experiment=(experiment("X-1", outcome="revenue", counts_until=ENDS - timedelta(days=5)),),
        experiment_arm=BOTH[0] + BOTH[1],
    )
    found = result(warehouse, facts)
    assert found["problems"] == (
        "it counts until a day before its last one: correct counts_until; "
        f"1 won deals have no amount in the base currency; {FEW_AMOUNTS}"
    )
    assert (found["test_outcome"], found["incremental"], found["detectable"]) == (0, None, None)


def test_what_a_test_can_detect_is_found_four_times_in_five() -> None:
    """By the exact power of the same hold-out, and by that of regions."""
    for people, rate in ((4000, 0.05), (12_000, 0.02), (1500, 0.3)):
        even = incremental_conversions(
            Arm(people, round(people * rate)), Arm(people, round(people * rate)), 0.0
        )
        with_it = rate + detectable(even.conversions) / people
        assert holdout_power(people, people, rate, with_it) == pytest.approx(0.8, abs=0.05)
    half = student.ppf(0.975, 50) * 6.0 * np.sqrt((8 + 64 / 52) * (1 + 1 / 49))
    effect = detectable(Estimate(0.0, -half, half)) / 8
    assert region_power(effect, 6.0, 52, 8) == pytest.approx(0.8, abs=0.03)
