"""Routes against loops over assignments, by hand, and a backlog that does not look quick."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from data.errors import MetricError
from metrics.period import Period
from metrics.returns.route_costs import UNROUTED, route_costs
from metrics.scope import Dimension, Filter, Scope
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, given, lead
from tests.metrics.random_facts import random_facts
from tests.metrics.twelve_leads import QUARTER, SEEN, TWELVE, at

STATED = TERMS.model_copy(update={"route_costs": {"Inside sales": 90.0, "合作伙伴": 400.0}})


def by_route(warehouse: DraftWarehouse, scope: Scope) -> dict[str, dict[str, Any]]:
    return {row["route"]: row for row in route_costs(warehouse, scope, STATED).rows(named=True)}


def test_twelve_leads_by_hand() -> None:
    found = by_route(DraftWarehouse().hold(TWELVE), Scope(QUARTER, SEEN))
    assert list(found) == ["Inside sales", "Partner", UNROUTED]
    inside, partner, nobody = found.values()
    # L02 was given on: both routes served it, and what came of it is the second one's.
    assert (inside["leads"], inside["assignments"], inside["accepted"]) == (3, 3, 2)
    assert (partner["leads"], partner["assignments"], partner["rejected"]) == (1, 2, 1)
    # L11 was accepted after the day on which the numbers are seen.
    assert (inside["waiting"], partner["waiting"]) == (1, 1)
    assert (inside["response_hours"], inside["response_90_hours"]) == (6, None)
    assert (partner["response_hours"], partner["response_90_hours"]) == (48, None)
    assert (inside["opportunity"], inside["won"], partner["won"]) == (3, 3, 0)
    assert (inside["cost_amount"], inside["cost_per_won"]) == (270, 90)
    assert partner["cost_amount"] is partner["cost_per_won"] is None
    assert (nobody["leads"], nobody["assignments"], nobody["response_hours"]) == (7, 0, None)


@pytest.mark.parametrize("filters", [(), (Filter(Dimension.OWNER, ("李雷",)),)])
def test_routes_are_those_of_loops(
    company: DraftWarehouse, two_years: Scope, filters: tuple[Filter, ...]
) -> None:
    scope = replace(two_years, filters=filters)
    assert by_route(company, scope) == looped(company, scope)


def looped(warehouse: DraftWarehouse, scope: Scope) -> dict[str, dict[str, Any]]:
    """The same from the rows, one assignment after another."""
    seen = scope.observed_until
    entered: dict[str, dict[str, Any]] = {}
    for row in warehouse.table("journey"):
        elsewhere = scope.filters and row["owner"] not in scope.filters[0].values
        if row["lead_on"] is None or elsewhere:
            continue
        known = entered.setdefault(
            row["lead_id"], {"on": row["lead_on"], "opportunity": 0, "won": 0}
        )
        known["on"] = min(known["on"], row["lead_on"])
        for stage in ("opportunity", "won"):
            reached = row[f"{stage}_on"]
            known[stage] |= reached is not None and reached <= seen
    entered = {
        name: known
        for name, known in entered.items()
        if scope.period.start <= known["on"] <= min(scope.period.end, seen)
    }
    given_to = defaultdict(list)
    for row in warehouse.table("assignment"):
        if row["lead_id"] in entered and row["assigned_at"].date() <= seen:
            given_to[row["lead_id"]].append(row)
    found: dict[str, dict[str, Any]] = {}
    times: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    for name, rows in given_to.items():
        rows.sort(key=lambda row: row["assigned_at"])
        for row in rows:
            route = found.setdefault(row["route"], empty(row["route"]))
            answers = [
                (moment, kind)
                for kind in ("accepted", "rejected")
                if (moment := row[f"{kind}_at"]) and moment.date() <= seen
            ]
            at_last = datetime.combine(seen + timedelta(days=1), datetime.min.time())
            moment, kind = min(answers, default=(at_last, "waiting"))
            route["assignments"] += 1
            route[kind] += 1
            hours = hour(moment) - hour(row["assigned_at"])
            times[row["route"]].append((max(hours, 0), kind != "waiting"))
        last = found[rows[-1]["route"]]
        last["leads"] += 1
        for stage in ("opportunity", "won"):
            last[stage] += entered[name][stage]
    for name, route in found.items():
        route["response_hours"] = product_limit(times[name], 0.5)
        route["response_90_hours"] = product_limit(times[name], 0.9)
        cost = STATED.route_costs.get(name)
        if cost is not None:
            route["cost_amount"] = cost * route["assignments"]
            for stage in ("opportunity", "won"):
                if route[stage]:
                    route[f"cost_per_{stage}"] = route["cost_amount"] / route[stage]
    nobody = [known for name, known in entered.items() if name not in given_to]
    if nobody:
        found[UNROUTED] = empty(UNROUTED) | {
            "leads": len(nobody),
            "opportunity": sum(known["opportunity"] for known in nobody),
            "won": sum(known["won"] for known in nobody),
        }
    return found


def empty(route: str) -> dict[str, Any]:
    counts = ("leads", "assignments", "accepted", "rejected", "waiting", "opportunity", "won")
    unknown = ("response_hours", "response_90_hours", "cost_amount", "cost_per_opportunity",
               "cost_per_won")  # fmt: skip
    return {"route": route} | dict.fromkeys(counts, 0) | dict.fromkeys(unknown)


def hour(moment: datetime) -> int:
    return int((moment - datetime(2000, 1, 1)).total_seconds() // 3600)


def product_limit(times: list[tuple[int, bool]], share: float) -> float | None:
    """The first hour by which so many have answered, of those that were still waiting at each."""
    waiting = 1.0
    for now in sorted({hours for hours, _ in times}):
        at_risk = sum(hours >= now for hours, _ in times)
        waiting *= 1 - sum(hours == now and answered for hours, answered in times) / at_risk
        if 1 - waiting >= share * (1 - 1e-12):
            return float(now)
    return None


def test_a_backlog_does_not_make_a_route_look_quicker() -> None:
    quick = [given(f"L{number}", at(1, 5), "Inside", accepted_at=at(1, 6)) for number in range(6)]
    backlog = [given(f"L{number}", at(1, 5), "Inside") for number in range(6, 20)]
    leads = tuple(lead(f"L{number}", at(1, 4)) for number in range(20))
    scope = Scope(QUARTER, SEEN)
    first = Facts(lead=leads, assignment=tuple(quick), as_of=TWELVE.as_of)
    second = replace(first, assignment=(*quick, *backlog))
    assert by_route(DraftWarehouse().hold(first), scope)["Inside"]["response_hours"] == 24
    assert by_route(DraftWarehouse().hold(second), scope)["Inside"]["response_hours"] is None


def test_without_assignments_it_says_what_to_load() -> None:
    warehouse = DraftWarehouse().hold(replace(TWELVE, assignment=()))
    with pytest.raises(MetricError, match=r"load assignments \(lead_id, route, assigned_at"):
        route_costs(warehouse, Scope(QUARTER, SEEN), STATED)


def test_a_period_without_leads_has_no_routes() -> None:
    past = Scope(Period(date(2020, 1, 1), date(2020, 1, 31)), SEEN)
    assert route_costs(DraftWarehouse().hold(TWELVE), past, STATED).is_empty()


def test_facts_have_every_kind_of_answer() -> None:
    rows = random_facts(3).assignment
    assert {row["route"] for row in rows} == {"Inside sales", "合作伙伴", "Self-service"}
    assert any("accepted_at" in row and "rejected_at" in row for row in rows)
