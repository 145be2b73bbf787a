"""Attribution in plain Python, deal by deal and touch by touch, from the derived tables."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from data.engine.warehouse import Warehouse
from data.sql import Query, Step
from metrics.attribution.models import Rule
from metrics.attribution.question import PathKind, Question, Sharing, Touched, Worth
from metrics.scope import Stage

Row = dict[str, Any]


def rows(warehouse: Warehouse, table: str) -> list[Row]:
    """All rows of a derived table."""
    return warehouse.query(Query(Step("everything", f"SELECT * FROM {table}"))).to_dicts()


def conversions(warehouse: Warehouse, question: Question) -> list[Row]:
    """All conversions up to the last day, of any period, with their worth in whole units."""
    scope, found = question.scope, []
    journeys = rows(warehouse, "journey")
    of_leads: dict[str, list[Row]] = defaultdict(list)
    for row in journeys:
        of_leads[row["lead_id"]].append(row)
    if question.event in (Stage.OPPORTUNITY, Stage.WON):
        for deal in rows(warehouse, "deal"):
            won = question.event is Stage.WON
            day = deal["closed_on"] if won else deal["opened_on"]
            if day is None or day > scope.observed_until or (won and deal["outcome"] != "won"):
                continue
            lead = min(
                of_leads.get(deal["lead_id"], []), key=lambda row: row["episode"], default=None
            )
            created = None
            if lead and lead["lead_at"]:
                early = lead["lead_on"] <= day if won else lead["lead_at"] <= deal["opened_at"]
                created = lead["lead_at"] if early else None
            found.append(
                {
                    "id": deal["opportunity_id"],
                    "account": deal["account_id"],
                    "person": lead["person_id"] if lead else None,
                    "moment": day if won else deal["opened_at"],
                    "day": day,
                    "lead_at": created,
                    "opened_at": deal["opened_at"],
                    "worth": deal["amount"],
                    "row": deal,
                }
            )
    else:
        name = question.event.value
        for lead_id, episodes in of_leads.items():
            reached = [
                row
                for row in episodes
                if row[f"{name}_on"] is not None and row[f"{name}_on"] <= scope.observed_until
            ]
            if not reached:
                continue
            moment = min(row[f"{name}_at"] for row in reached)
            opened = min(
                (row["opportunity_at"] for row in reached if row["opportunity_at"]), default=None
            )
            found.append(
                {
                    "id": lead_id,
                    "account": reached[0]["account_id"],
                    "person": reached[0]["person_id"],
                    "moment": moment,
                    "day": min(row[f"{name}_on"] for row in reached),
                    "lead_at": min(
                        (row["lead_at"] for row in reached if row["lead_at"]), default=None
                    ),
                    "opened_at": opened if opened and opened <= moment else None,
                    "worth": sum(
                        row["won_amount"] or 0
                        for row in reached
                        if row["is_primary"]
                        and row["won_on"]
                        and row["won_on"] <= scope.observed_until
                    ),
                    "row": reached[0],
                }
            )
    for each in found:
        if question.worth is Worth.COUNT:
            each["units"] = 1_000_000
        else:
            each["units"] = None if each["worth"] is None else round(each["worth"] * 100)
    return found


def who(question: Question, conversion: Row) -> tuple[str, str] | None:
    """Whose earlier conversions use up touches."""
    if question.touched is Touched.ACCOUNT and conversion["account"]:
        return "account", conversion["account"]
    return ("person", conversion["person"]) if conversion["person"] else None


def path(question: Question, conversion: Row, everyone: list[Row], touches: list[Row]) -> list[Row]:
    """The touches that may earn the conversion's credit, in order."""
    moment = conversion["moment"]
    earlier: list[date | datetime] = []
    if question.sharing is Sharing.RESET and who(question, conversion):
        earlier = [
            each["moment"]
            for each in everyone
            if who(question, each) == who(question, conversion) and each["moment"] < moment
        ]
    after = max(earlier, default=None)
    kept: dict[tuple[str, str, date], Row] = {}
    for touch in sorted(touches, key=lambda row: (row["occurred_at"], row["interaction_id"])):
        mine = touch["person_id"] is not None and touch["person_id"] == conversion["person"]
        ours = touch["account_id"] is not None and touch["account_id"] == conversion["account"]
        if not (mine or (ours and question.touched is Touched.ACCOUNT)):
            continue
        at = touch["occurred_on"] if question.event is Stage.WON else touch["occurred_at"]
        if at > moment or (after is not None and at <= after):
            continue
        days = (conversion["day"] - touch["occurred_on"]).days
        if question.lookback_days is not None and days > question.lookback_days:
            continue
        segment = touch[question.by.value]
        kept.setdefault((touch["person_id"], segment, touch["occurred_on"]), touch)
    ordered = list(kept.values())
    segments = [row[question.by.value] for row in ordered]
    if question.path is PathKind.COLLAPSED:
        return [
            row
            for place, row in enumerate(ordered)
            if place == 0 or segments[place] != segments[place - 1]
        ]
    if question.path is PathKind.FIRST_OF_EACH:
        return [row for place, row in enumerate(ordered) if segments[place] not in segments[:place]]
    if question.path is PathKind.LAST_OF_EACH:
        return [
            row for place, row in enumerate(ordered) if segments[place] not in segments[place + 1 :]
        ]
    return ordered


def shares(
    rule: Rule, question: Question, conversion: Row, touches: list[Row], half_life_days: float
) -> list[Fraction]:
    """The share of each touch, adding up to 1."""
    last = len(touches) - 1
    marks: dict[str, int | None] = {"first": 0, "last": last}
    for name in ("lead", "deal"):
        moment = conversion["lead_at" if name == "lead" else "opened_at"]
        before = [
            place
            for place, touch in enumerate(touches)
            if moment is not None and touch["occurred_at"] <= moment
        ]
        marks[name] = before[-1] if before else None
    raw = [Fraction(0)] * len(touches)
    named = set()
    for name, place in marks.items():
        share = Fraction(getattr(rule, name))
        if share and place is not None:
            raw[place] += share
            named.add(place)
    others = [place for place in range(len(touches)) if place not in named]
    for place in others:
        raw[place] += Fraction(rule.rest) / len(others)
    if rule.non_direct:
        known = [place for place, touch in enumerate(touches) if touch["channel"] != "Direct"]
        raw[known[-1] if known else last] += Fraction(rule.non_direct)
    if rule.decay:
        weights = [
            Fraction(2 ** (-(conversion["day"] - touch["occurred_on"]).days / half_life_days))
            for touch in touches
        ]
        for place, weight in enumerate(weights):
            raw[place] += Fraction(rule.decay) * weight / sum(weights)
    if rule.unique:
        segments = [touch[question.by.value] for touch in touches]
        for place, segment in enumerate(segments):
            raw[place] += Fraction(rule.unique) / len(set(segments)) / segments.count(segment)
    if not sum(raw):
        return [Fraction(1, len(touches))] * len(touches)
    return [each / sum(raw) for each in raw]


def credit_units(
    warehouse: Warehouse, question: Question, half_life_days: float
) -> dict[tuple[str, str, str], int | None]:
    """Whole units by model, conversion and interaction."""
    everyone, touches = conversions(warehouse, question), rows(warehouse, "touch")
    earned: dict[tuple[str, str, str], int | None] = {}
    for conversion in in_period(question, everyone):
        found = path(question, conversion, everyone, touches)
        for rule in question.rules:
            units = conversion["units"]
            if units is None:
                earned |= {
                    (rule.name, conversion["id"], each["interaction_id"]): None for each in found
                }
                continue
            if not found:
                continue
            exact = [
                units * each for each in shares(rule, question, conversion, found, half_life_days)
            ]
            whole = [int(round(each, 6)) for each in exact]
            order = sorted(
                range(len(found)),
                key=lambda place: (
                    -(round(exact[place], 6) - whole[place]),
                    found[place]["interaction_id"],
                ),
            )
            for place in order[: units - sum(whole)]:
                whole[place] += 1
            for touch, part in zip(found, whole, strict=True):
                earned[rule.name, conversion["id"], touch["interaction_id"]] = part
    return earned


def in_period(question: Question, everyone: list[Row]) -> list[Row]:
    """The conversions that are asked about."""
    scope = question.scope
    return [
        each
        for each in everyone
        if scope.period.start <= each["day"] <= scope.period.end
        and all(each["row"][one.dimension.value] in one.values for one in scope.filters)
    ]
