"""Verdicts on channels: the evidence is the metrics', and only experiments speak of causes."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from data.errors import MetricError
from metrics.channels.evidence import WEEKS, channel_evidence, weekly_mqls
from metrics.channels.verdicts import channel_verdicts
from metrics.period import Period
from metrics.returns.channel_returns import channel_returns
from metrics.scope import Scope
from metrics.verdicts.evidence import Evidence
from tests.metrics.facts import (
    TERMS,
    DraftWarehouse,
    Facts,
    account,
    lead,
    opportunity,
    spend,
    touch,
)
from tests.metrics.random_facts import random_facts

YEAR = Scope(Period(date(2025, 1, 1), date(2025, 12, 31)), date(2025, 12, 31))
BEGIN = datetime(2025, 1, 6, 9)
WITH_MARGIN = TERMS.model_copy(update={"gross_margin": 0.6})


def company(harvested: int = 60) -> Facts:
    """Fairs begin every path, Search ends it; who comes by Mail alone is never won."""
    accounts, people, leads, deals, touches = [], [], [], [], []
    rng = np.random.default_rng(3)
    for number in range(2 * harvested):
        at = BEGIN + timedelta(days=int(rng.integers(0, 250)))
        name, won = f"{number:04}", number < harvested
        accounts.append(account(f"A{name}", f"Company {name}"))
        people.append({"person_id": f"P{name}", "account_id": f"A{name}"})
        channel = "Fair" if won else "Mail"
        leads.append(lead(f"L{name}", at, person_id=f"P{name}", account_id=f"A{name}",
                          channel=channel))  # fmt: skip
        touches.append(touch(f"I{name}-1", at, f"P{name}", channel=channel, campaign_id=channel))
        if won:
            later = at + timedelta(days=20)
            touches.append(touch(f"I{name}-2", later, f"P{name}", channel="Search",
                                 campaign_id="Search"))  # fmt: skip
            worth = {"outcome": "won", "original_amount": Decimal(1000), "currency": "USD"}
            deals.append(opportunity(f"O{name}", later, account_id=f"A{name}",
                                     primary_lead_id=f"L{name}",
                                     closed_at=later + timedelta(days=30), **worth))  # fmt: skip
    names = ("Fair", "Search", "Mail")
    return Facts(
        account=tuple(accounts),
        person=tuple(people),
        lead=tuple(leads),
        opportunity=tuple(deals),
        interaction=tuple(touches),
        campaign=tuple({"campaign_id": name, "name": name, "channel": name} for name in names),
        campaign_spend=tuple(spend(name, date(2025, 3, 1), "9000") for name in names),
        as_of=datetime(2025, 12, 31, 12),
    )


@pytest.fixture(scope="module")
def warehouse() -> DraftWarehouse:
    return DraftWarehouse().hold(company(), WITH_MARGIN)


def by_channel(warehouse: DraftWarehouse) -> dict[str, Evidence]:
    return {each.channel: each for each in channel_evidence(warehouse, YEAR, WITH_MARGIN)}


def test_evidence_is_what_the_metrics_say(warehouse: DraftWarehouse) -> None:
    found = by_channel(warehouse)
    rows = {
        row["segment"]: row
        for row in channel_returns(warehouse, YEAR, WITH_MARGIN).rows(named=True)
    }
    assert set(found) == {"Fair", "Search", "Mail"}
    assert sum(each.spend_share for each in found.values()) == pytest.approx(1)
    for name, each in found.items():
        row = rows[name]
        assert each.spend == each.at_stake == float(row["spend_amount"])
        assert each.credit_share.value == pytest.approx(float(row["revenue_amount"]) / 60_000)
        # Who touched no won deal has a return of nothing, without bounds.
        assert (each.romi is None) == (name == "Mail")
        assert each.romi is None or each.romi.value == row["romi"]
        assert each.won == row["won_deals"]
    # Half of each won deal is Search's, by the linear model.
    assert found["Search"].credit_share.value == pytest.approx(0.5)


def test_who_only_ends_what_others_began_harvests(warehouse: DraftWarehouse) -> None:
    found = by_channel(warehouse)
    search, fair = found["Search"].harvest, found["Fair"].harvest
    assert search is not None
    assert (search.after_others, search.mostly) == (1.0, True)
    assert fair is not None
    assert (fair.after_others, fair.begins, search.begins) == (None, True, False)
    verdict = (
        channel_verdicts(warehouse, YEAR, WITH_MARGIN).filter(channel="Search").row(0, named=True)
    )
    assert (verdict["call"], verdict["grade"]) == ("test first", "C")
    assert "came only after other channels in 100% of its conversions" in verdict["sentence"]


@pytest.mark.parametrize("won", [6, 60])
def test_a_cheap_harvester_is_not_grown_however_few_it_met(won: int) -> None:
    facts = company(won)
    amounts = {"Fair": "9000", "Search": "9", "Mail": "9000"}
    spent = tuple(spend(name, date(2025, 3, 1), amount) for name, amount in amounts.items())
    cheap = replace(facts, campaign_spend=spent)
    found = channel_verdicts(DraftWarehouse().hold(cheap, WITH_MARGIN), YEAR, WITH_MARGIN)
    search = found.filter(channel="Search").row(0, named=True)
    assert (search["call"], search["grade"]) == ("test first", "C")
    assert "others" in search["sentence"]


def test_below_an_experiment_nothing_is_said_to_be_caused(warehouse: DraftWarehouse) -> None:
    found = channel_verdicts(warehouse, YEAR, WITH_MARGIN)
    assert found["channel"].to_list() == ["Fair", "Mail", "Search"]
    assert set(found["grade"]) == {"C"}
    assert not any("caused" in sentence for sentence in found["sentence"])
    # It touched no won deal: less credit than spend, which alone is not enough to cut it.
    assert found.filter(channel="Mail")["call"].item() == "test first"


def test_a_registered_experiment_decides() -> None:
    facts = company()
    arms = [
        {"experiment_id": "E1", "member": f"P{number:04}", "role": role}
        for number, role in enumerate(["control"] * 60 + ["test"] * 60)
    ]
    moved = tuple(
        {"subject_kind": "lead", "subject_id": f"L{number:04}", "stage": "mql",
         "entered_at": datetime(2025, 11, 5), "inferred_from": "history"}
        for number in range(60, 110)
    )  # fmt: skip
    tested = replace(
        facts,
        stage_change=moved,
        experiment=({"experiment_id": "E1", "name": "No Mail", "channel": "Mail",
                     "kind": "persons", "starts_on": date(2025, 11, 1),
                     "ends_on": date(2025, 11, 30), "spend_amount": Decimal(500)},),
        experiment_arm=tuple(arms),
    )  # fmt: skip
    found = channel_verdicts(DraftWarehouse().hold(tested, WITH_MARGIN), YEAR, WITH_MARGIN)
    row = found.filter(channel="Mail").row(0, named=True)
    assert (row["call"], row["grade"], row["test"]) == ("keep", "A", None)
    assert "“No Mail”" in row["sentence"]
    assert "caused" in row["sentence"]


def test_spend_without_a_touch_on_record_has_no_credit_to_speak_of() -> None:
    facts = company()
    silent = replace(
        facts, interaction=tuple(each for each in facts.interaction if each["channel"] != "Mail")
    )
    found = channel_verdicts(DraftWarehouse().hold(silent, WITH_MARGIN), YEAR, WITH_MARGIN)
    sentence = found.filter(channel="Mail")["sentence"].item()
    assert "nobody knows its credit, since no touch of it is on record" in sentence
    assert not found["sentence"].str.contains("nan").any()


def test_without_spend_there_is_nothing_to_judge() -> None:
    with pytest.raises(MetricError, match="spend"):
        channel_verdicts(
            DraftWarehouse().hold(replace(company(2), campaign_spend=()), TERMS), YEAR, TERMS
        )


def test_money_at_stake_comes_first(warehouse: DraftWarehouse) -> None:
    found = channel_verdicts(warehouse, YEAR, WITH_MARGIN)
    assert found["at_stake_amount"].is_sorted(descending=True)
    tests = found.filter(pl.col("test").is_not_null())
    assert tests["power"].is_not_null().all()


def test_a_test_by_regions_is_of_the_channels_own_mqls() -> None:
    warehouse = DraftWarehouse().hold(random_facts(3, leads=300))
    scope = Scope(Period(date(2025, 1, 1), date(2025, 12, 31)), date(2025, 12, 31))
    first = scope.observed_until - timedelta(days=7 * WEEKS - 1)
    reached: dict[str, tuple[str, str, date]] = {}
    for row in warehouse.table("journey"):
        day = row["mql_on"]
        if day is not None and first <= day <= scope.observed_until:
            reached[f"{row['lead_id']} {day}"] = (row["channel"], row["region"], day)
    expected = Counter(
        (channel, region, (day - first).days // 7) for channel, region, day in reached.values()
    )
    found: Counter[tuple[str, str, int]] = Counter()
    for channel, region, mqls, week in weekly_mqls(warehouse, scope).iter_rows():
        found[channel, region, week] += mqls
    assert found == expected
    assert len({channel for channel, _, _ in found}) > 3
