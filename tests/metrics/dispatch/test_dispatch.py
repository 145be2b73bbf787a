"""Dispatch by hand, against loops over assignments, and where sellers' skill is planted."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from statistics import median
from typing import Any

import polars as pl
import pytest

from data.errors import MetricError
from metrics.dispatch.had import NO_OWNER, UNROUTED
from metrics.dispatch.loads import seller_load
from metrics.dispatch.proposals import dispatch_proposals
from metrics.dispatch.rerouting import rerouting
from metrics.dispatch.routes import dispatch_routes
from metrics.dispatch.segments import seller_segments
from metrics.dispatch.unrouted import unrouted, unrouted_leads
from metrics.period import Period
from metrics.scope import Dimension, Filter, Scope
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, account, change, given, lead
from tests.metrics.random_facts import random_facts
from tests.metrics.scopes import asked
from tests.metrics.twelve_leads import QUARTER, SEEN, TWELVE, at

STATED = TERMS.model_copy(update={"route_costs": {"Inside sales": 90.0}})
BEGIN, LAST = datetime(2024, 12, 1, 9), datetime(2026, 6, 30, 9)
PLANTED = asked(Period(datetime(2026, 1, 1).date(), LAST.date()), LAST.date())
RATES = {("Ana", "Software"): 0.6, ("李雷", "Retail"): 0.6}


def planted(seed: int = 1, leads: int = 900, rates: dict[tuple[str, str], float] = RATES) -> Facts:
    """Three sellers, two of whom are good at one segment each, and 30 leads nobody was given."""
    random = Random(seed)
    rows, gifts, changes = [], [], []
    accounts = tuple(
        account(f"crm:A{n}", f"Company {n}", industry=("Software", "Retail")[n % 2])
        for n in range(leads // 2)
    )
    for number in range(leads):
        company = number % len(accounts)
        industry = ("Software", "Retail")[company % 2]
        is_open = number >= leads - 60
        came = LAST - timedelta(days=3) if is_open else BEGIN + timedelta(days=400 * number / leads)
        name = f"crm:L{number}"
        rows.append(lead(name, came, account_id=f"crm:A{company}"))
        seller = random.choice(("Ana", "李雷", "Bo"))
        if is_open:
            if number % 4 < 2:
                gifts.append(given(name, came + timedelta(hours=2), "Inside sales", owner=seller))
            continue
        gifts.append(given(name, came + timedelta(hours=2), "Inside sales", owner=seller))
        if random.random() < rates.get((seller, industry), 0.1):
            changes.append(change("lead", name, "opportunity", came + timedelta(days=20)))
        else:
            changes.append(change("lead", name, "disqualified", came + timedelta(days=90)))
    # A busy spring a year ago leaves everybody room, and all were given something lately.
    gifts += [
        given(f"crm:L{number}", at(6, 1) + timedelta(minutes=number), "Inside sales", owner=seller)
        for number, seller in enumerate(("Ana", "李雷", "Bo"))
    ]
    return Facts(
        account=accounts, lead=tuple(rows), assignment=tuple(gifts), stage_change=tuple(changes),
        as_of=LAST,
    )  # fmt: skip


@pytest.fixture(scope="module")
def skilled() -> DraftWarehouse:
    return DraftWarehouse().hold(planted())


def test_twelve_leads_by_hand() -> None:
    rows = dispatch_routes(DraftWarehouse().hold(TWELVE), asked(QUARTER, SEEN), STATED)
    found = {row["route"]: row for row in rows.iter_rows(named=True)}
    assert list(found) == ["Inside sales", "Partner", UNROUTED]
    inside, partner, nobody = found.values()
    assert (inside["leads"], inside["assignments"], inside["sql"], inside["won"]) == (3, 3, 3, 3)
    assert (partner["leads"], partner["assignments"], nobody["leads"]) == (1, 2, 7)
    # L11 was won before it was given: no rate of the route rests on it.
    assert (inside["ripe"], inside["ripe_sql"], inside["sql_rate"]) == (2, 2, 1.0)
    assert (inside["cost_amount"], inside["cost_per_lead"], inside["cost_per_sql"]) == (270, 90, 90)
    assert partner["cost_amount"] is partner["cost_per_sql"] is None
    assert inside["won_rate"] is None


def test_unrouted_by_hand() -> None:
    warehouse, scope = DraftWarehouse().hold(TWELVE), asked(QUARTER, SEEN)
    rows = unrouted_leads(warehouse, scope)
    assert rows["lead_id"].to_list() == ["L12", "L07"]
    assert rows["age_days"].to_list() == [75, 59]
    whole = unrouted(warehouse, scope).row(0, named=True)
    assert (whole["leads"], whole["mqls"], whole["old"]) == (2, 1, 2)
    assert (whole["median_age_days"], whole["oldest_age_days"]) == (67, 75)
    assert (whole["came"], whole["routed"]) == (11, 4)


@pytest.mark.parametrize("filters", [(), (Filter(Dimension.CHANNEL, ("Webinar", "Email")),)])
def test_routes_and_loads_are_those_of_loops(filters: tuple[Filter, ...]) -> None:
    warehouse = DraftWarehouse().hold(random_facts(3))
    days = Period(datetime(2024, 2, 1).date(), datetime(2025, 12, 31).date())
    scope = asked(days, datetime(2026, 1, 31).date(), filters=filters)
    seen = scope.observed_until
    leads: dict[str, dict[str, Any]] = {}
    for row in warehouse.table("journey"):
        if row["lead_on"] is None or (filters and row["channel"] not in filters[0].values):
            continue
        known = leads.setdefault(row["lead_id"], {"on": row["lead_on"], "sql": None, "out": None})
        known["on"] = min(known["on"], row["lead_on"])
        if row["episode"] == 1:
            known["tier"] = row["tier"]
        if row["episode"] == row["episodes"]:
            known["out"] = row["exit_on"]
        known["sql"] = min((d for d in (known["sql"], row["sql_on"]) if d), default=None)
    given_to: dict[str, list[Any]] = defaultdict(list)
    for row in sorted(warehouse.table("assignment"), key=lambda row: row["assigned_at"]):
        if row["lead_id"] in leads and row["assigned_at"].date() <= seen:
            given_to[row["lead_id"]].append(row)
    routes: Counter[tuple[str, str]] = Counter()
    times: Counter[tuple[str, str]] = Counter()
    lying = []
    for name, known in leads.items():
        if known["on"] > seen:
            continue
        rows = given_to.get(name, [])
        has = known["sql"] is not None and known["sql"] <= seen
        gone = known["out"] is not None and known["out"] <= seen
        if not rows and not has and not gone:
            lying.append((seen - known["on"]).days)
        if scope.period.start <= known["on"] <= scope.period.end:
            routes[known["tier"], rows[-1]["route"] if rows else UNROUTED] += 1
            times.update((known["tier"], row["route"]) for row in rows)
    found = dispatch_routes(warehouse, scope, TERMS)
    there = found.filter(pl.col("leads") > 0).select("level", "route", "leads").rows()
    assert {(level, route): size for level, route, size in there} == dict(routes)
    counted = found.filter(pl.col("assignments") > 0).select("level", "route", "assignments").rows()
    assert {(level, route): size for level, route, size in counted} == dict(times)
    whole = unrouted(warehouse, scope).row(0, named=True)
    assert whole["leads"] == len(lying) == len(unrouted_leads(warehouse, scope))
    assert whole["median_age_days"] == median(lying)
    (load,) = seller_load(warehouse, scope).rows(named=True)
    assert load["seller"] == NO_OWNER
    assert load["given"] >= load["accepted"] + load["rejected"] + load["moved_on"]


def test_a_lead_with_two_owners_lies_with_the_last() -> None:
    facts = Facts(
        lead=(lead("L1", at(1, 4)),),
        assignment=(given("L1", at(1, 5), "Inside", owner="Ana"),
                    given("L1", at(1, 6), "Inside", owner="Bo")),
        as_of=TWELVE.as_of,
    )  # fmt: skip
    rows = seller_load(DraftWarehouse().hold(facts), asked(QUARTER, SEEN)).rows(named=True)
    assert {row["seller"]: (row["open_leads"], row["waiting"]) for row in rows} == {
        "Bo": (1, 1), "Ana": (0, 0),
    }  # fmt: skip


def test_who_passed_a_lead_on_during_the_last_day_has_it_no_more() -> None:
    facts = Facts(
        lead=(lead("L1", at(1, 4)),),
        assignment=(given("L1", datetime(2026, 3, 30, 9), "Inside", owner="Bo"),
                    given("L1", datetime(2026, 3, 31, 9), "Inside", owner="Ana")),
        as_of=TWELVE.as_of,
    )  # fmt: skip
    warehouse = DraftWarehouse().hold(facts)
    for last, owner in ((30, "Bo"), (31, "Ana")):
        scope = asked(QUARTER, datetime(2026, 3, last).date())
        rows = seller_load(warehouse, scope).filter(pl.col("open_leads") > 0)
        assert rows["seller"].to_list() == [owner]
        assert dispatch_routes(warehouse, scope, TERMS)["leads"].sum() == 1


def test_planted_skill_is_found_and_proposed(skilled: DraftWarehouse) -> None:
    found = seller_segments(skilled, PLANTED, TERMS)
    best = found.filter(rank=1).select("segment", "seller").rows()
    assert set(best) == {("Software", "Ana"), ("Retail", "李雷")}
    assert (found["rate_low"] <= found["rate"]).all()
    assert found.group_by("segment").agg(pl.col("share_proposed").sum())[
        "share_proposed"
    ].to_list() == pytest.approx([1, 1])
    whole = rerouting(skilled, PLANTED, TERMS).row(0, named=True)
    # From a third each to all of the best: 0.6 − (0.6 + 0.1 + 0.1) ÷ 3, had they room.
    assert whole["verdict"] == "more than chance"
    assert whole["gain_low"] < whole["gain"] < 0.34
    assert whole["gain_by_weights"] == pytest.approx(whole["gain"], abs=0.05)
    proposals = dispatch_proposals(skilled, PLANTED, TERMS)
    assert set(proposals.select("segment", "proposed_owner").unique().rows()) == set(best)
    assert set(proposals["source_system"]) == {"crm"}
    assert UNROUTED in set(proposals["present_route"])
    assert (proposals["chance"] >= 0.95).all()
    assert (proposals["present_owner"].fill_null("") != proposals["proposed_owner"]).all()


def test_no_proposal_exceeds_the_busiest_month(skilled: DraftWarehouse) -> None:
    proposals = dispatch_proposals(skilled, PLANTED, TERMS)
    loads = {row["seller"]: row for row in seller_load(skilled, PLANTED).rows(named=True)}
    for seller, number in Counter(proposals["proposed_owner"]).items():
        assert number + loads[seller]["recent"] <= loads[seller]["busiest_month"]


def test_where_sellers_do_not_differ_nothing_is_proposed() -> None:
    warehouse = DraftWarehouse().hold(planted(2, rates={}))
    whole = rerouting(warehouse, PLANTED, TERMS).row(0, named=True)
    assert whole["verdict"] != "more than chance"
    assert dispatch_proposals(warehouse, PLANTED, TERMS).is_empty()


def test_of_one_seller_it_says_so() -> None:
    facts = planted(leads=120)
    alone = replace(facts, assignment=tuple(row | {"owner": "Ana"} for row in facts.assignment))
    (row,) = rerouting(DraftWarehouse().hold(alone), PLANTED, TERMS).rows(named=True)
    assert (row["verdict"], row["gain"]) == ("cannot be told", None)
    assert row["because"] == "only one seller or route was given leads: Ana"


def test_without_an_owner_the_route_stands_for_the_seller() -> None:
    facts = planted(leads=120)
    nobody = replace(facts, assignment=tuple(row | {"owner": None} for row in facts.assignment))
    warehouse = DraftWarehouse().hold(nobody)
    assert set(seller_segments(warehouse, PLANTED, TERMS)["seller"]) == {"Inside sales"}
    assert set(seller_load(warehouse, PLANTED)["seller"]) == {NO_OWNER}


def test_without_assignments_it_says_what_to_load() -> None:
    warehouse = DraftWarehouse().hold(replace(TWELVE, assignment=()))
    scope = Scope(QUARTER, SEEN)
    for metric in (unrouted, unrouted_leads, seller_load):
        with pytest.raises(MetricError, match=r"load assignments \(lead_id, route, owner"):
            metric(warehouse, scope)
    for told in (dispatch_routes, seller_segments, rerouting, dispatch_proposals):
        with pytest.raises(MetricError, match=r"load assignments \(lead_id, route, owner"):
            told(warehouse, scope, TERMS)


def test_hours_of_sellers_are_working_hours_of_the_region() -> None:
    """Friday 16:00 to Monday 11:00 UTC is an afternoon and a morning; 华东 works by its own day."""
    friday, monday = datetime(2026, 1, 9, 16), datetime(2026, 1, 12, 11)
    leads = (
        lead("L1", friday - timedelta(days=9)),
        lead("L2", friday - timedelta(days=9), region="华东"),
        lead("L3", friday - timedelta(days=9), account_id="A1", region="Elsewhere"),
        lead("L4", friday - timedelta(days=9)),
    )
    gifts = [
        given(row["lead_id"], friday, "Inside", owner=f"Of {row['lead_id']}", accepted_at=monday)
        for row in leads[:3]
    ]
    gifts.append(given("L4", datetime(2026, 3, 31, 8), "Inside", owner="Of L4"))
    facts = Facts(
        account=(account("A1", "Acme", country="Brazil"),),
        lead=leads,
        assignment=tuple(gifts),
        as_of=datetime(2026, 3, 31, 12),
    )
    rows = seller_load(DraftWarehouse().hold(facts), asked(QUARTER, SEEN)).rows(named=True)
    hours = {row["seller"]: (row["response_hours"], row["no_calendar"]) for row in rows}
    # In Shanghai it was past closing on Friday, and Monday 19:00: one whole day.
    assert hours == {"Of L1": (3, 0), "Of L2": (8, 0), "Of L3": (None, 1), "Of L4": (None, 0)}
