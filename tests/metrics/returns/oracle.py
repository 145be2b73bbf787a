"""Returns a second time: loops over the derived tables, and credit from attribution's oracle."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from data.schema.contract import UNASSIGNED
from metrics.attribution.question import Question
from metrics.attribution.usual import usual_days
from metrics.period import Period
from metrics.scope import Dimension, Scope, Stage
from tests.metrics.attribution import oracle as attribution
from tests.metrics.facts import DraftWarehouse, Row

UNATTRIBUTED = "Unattributed"


def rows(warehouse: DraftWarehouse, table: str) -> list[Row]:
    return warehouse.table(table)


def in_period(scope: Scope, day: date | None) -> bool:
    return (
        day is not None
        and scope.period.start <= day <= scope.period.end
        and day <= scope.observed_until
    )


def spend(warehouse: DraftWarehouse, scope: Scope, by: Dimension) -> dict[str, Decimal]:
    """By segment of which any spend is loaded."""
    found: dict[str, Decimal] = {}
    for row in rows(warehouse, "spend"):
        cost = row["cost_amount"] if in_period(scope, row["spend_on"]) else Decimal(0)
        segment = segment_of_spend(row, by)
        found[segment] = found.get(segment, Decimal(0)) + cost
    return found


def segment_of_spend(row: Row, by: Dimension) -> str:
    if by is Dimension.REGION:
        return row["campaign_region"] or "Of no region"
    return str(row[by.value])


def leads(warehouse: DraftWarehouse, scope: Scope, by: Dimension) -> dict[str, dict[str, int]]:
    """By segment, how many leads of the period reached each stage."""
    episodes: dict[str, list[Row]] = {}
    for row in rows(warehouse, "journey"):
        episodes.setdefault(row["lead_id"], []).append(row)
    found: dict[str, dict[str, int]] = {}
    for of_lead in episodes.values():
        entered = min((row["lead_on"] for row in of_lead if row["lead_on"]), default=None)
        if not in_period(scope, entered):
            continue
        stages = [stage.value for stage in Stage]
        counts = found.setdefault(of_lead[0][by.value], dict.fromkeys(stages, 0))
        for stage in stages:
            days = [row[f"{stage}_on"] for row in of_lead if row[f"{stage}_on"]]
            counts[stage] += bool(days) and min(days) <= scope.observed_until
    return found


def cohort_money(warehouse: DraftWarehouse, scope: Scope, by: Dimension) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    entered: dict[str, date] = {}
    for row in rows(warehouse, "journey"):
        if row["lead_on"]:
            entered[row["lead_id"]] = min(
                row["lead_on"], entered.get(row["lead_id"], row["lead_on"])
            )
    for row in rows(warehouse, "journey"):
        won = row["won_on"] is not None and row["won_on"] <= scope.observed_until
        if in_period(scope, entered.get(row["lead_id"])) and row["is_primary"] and won:
            found[row[by.value]] = found.get(row[by.value], Decimal(0)) + (row["won_amount"] or 0)
    return found


def new_customers(warehouse: DraftWarehouse, scope: Scope, by: Dimension) -> dict[str, int]:
    first: dict[str, Row] = {}
    won = [row for row in rows(warehouse, "deal") if row["outcome"] == "won" and row["closed_on"]]
    for row in sorted(won, key=lambda row: (row["closed_on"], row["opportunity_id"])):
        if row["closed_on"] <= scope.observed_until:
            who = row["account_id"] or f"deal {row['opportunity_id']}"
            first.setdefault(who, row)
    found: dict[str, int] = {}
    for row in first.values():
        if in_period(scope, row["closed_on"]):
            found[row[by.value]] = found.get(row[by.value], 0) + 1
    return found


def credit(
    warehouse: DraftWarehouse, scope: Scope, by: Dimension, model: str, event: Stage = Stage.WON
) -> list[Row]:
    """One row per deal of the period and touch: day of either, segment, units."""
    segment_of_touch = by in (Dimension.CHANNEL, Dimension.CAMPAIGN)
    question = Question(scope, event=event, by=by if segment_of_touch else Dimension.CHANNEL)
    usual = usual_days(warehouse, question).row(0, named=True)
    question = replace(question, lookback_days=usual["lookback_days"])
    units = attribution.credit_units(warehouse, question, usual["half_life_days"] or 1)
    touches = {row["interaction_id"]: row for row in rows(warehouse, "touch")}
    deals = {row["opportunity_id"]: row for row in rows(warehouse, "deal")}
    everyone = attribution.conversions(warehouse, question)
    found = []
    for conversion in attribution.in_period(question, everyone):
        own = deals[conversion["id"]]
        earned: list[tuple[Row | None, int | None]] = [
            (touches[interaction], part)
            for (name, subject, interaction), part in units.items()
            if name == model and subject == conversion["id"]
        ]
        for touch, part in earned or [(None, conversion["units"])]:
            segment = (
                (touch[by.value] if touch else UNATTRIBUTED) if segment_of_touch else own[by.value]
            )
            found.append(
                {
                    "segment": segment or UNASSIGNED,
                    "deal": conversion["id"],
                    "converted_on": conversion["day"],
                    "touched_on": touch["occurred_on"] if touch else None,
                    "units": part,
                    "worth": conversion["units"],
                }
            )
    return found


def realised(warehouse: DraftWarehouse, scope: Scope, by: Dimension, model: str) -> list[Row]:
    """The credit of the period's touches for deals won until now."""
    until_now = replace(
        scope, period=Period(scope.period.start, max(scope.period.end, scope.observed_until))
    )
    return [
        row
        for row in credit(warehouse, until_now, by, model)
        if in_period(scope, row["touched_on"])
    ]


def money(found: list[Row]) -> dict[str, Decimal | None]:
    """By segment; None where no deal has an amount."""
    sums: dict[str, Decimal | None] = {}
    for row in found:
        if row["units"] is None:
            sums.setdefault(row["segment"], None)
        else:
            sums[row["segment"]] = (sums.get(row["segment"]) or Decimal(0)) + Decimal(
                row["units"]
            ) / 100
    return sums
