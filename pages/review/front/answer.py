"""Are we on track: the sentence, and the tiles of money, against the plan where one is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from data.terms.glossary import defined
from metrics.forecast.planned import PlannedQuarter, planned_for
from metrics.pipeline.created import pipeline_created
from metrics.scope import Scope, Unit
from metrics.sentences import days_named
from metrics.wording import formats
from pages.controls.kept import notebook
from pages.controls.measure import definitions, measure
from pages.controls.tiles import Kind, Tile
from pages.display.text import escape
from pages.review.front.headline import Row, money_tile

Created = dict[str, Any]

_EACH = {Unit.LEAD: "a lead", Unit.ACCOUNT: "an account", Unit.DEAL: "a deal"}


@dataclass(frozen=True, slots=True)
class Money:
    """The money of a scope: the headline's numbers, the pipeline created, and what was planned."""

    headline: Row
    created: Created
    planned: PlannedQuarter | None


def money_of(scope: Scope, headline: Row) -> Money:
    """The money of a scope whose headline is known, with the newest locked plan of its filters."""
    created = measure(pipeline_created, scope).row(0, named=True)
    return Money(headline, created, planned_for(notebook(), scope.period, scope))


def show_money_answer(now: Money, before: Row, scope: Scope, unknown: str) -> None:
    """What was won, whether that is the plan's, what pipeline was created, and what was spent.

    `unknown` is a sentence on what the data does not tell.
    """
    currency = definitions().base_currency

    def amount(value: Any) -> str:
        return f"**{escape(formats.money(value, currency))}**"

    row = now.headline
    said = (
        f"{escape(days_named(scope))}: {amount(row['won_amount'])} was won in "
        f"{formats.counted(row['won_deals'], 'deal')}"
    )
    if before.get("won_amount") is not None:
        said += f" (was {escape(formats.money(before['won_amount'], currency))})"
    if against := _against_plan(now, scope):
        said += f", {against}"
    parts = []
    if now.created["opened_amount"] is not None:
        parts.append(f"{amount(now.created['opened_amount'])} of pipeline was created")
    if row["spend_amount"] is not None:
        parts.append(f"{amount(row['spend_amount'])} was spent")
    if row["marketing_sourced_share"] is not None:
        share = formats.share(row["marketing_sourced_share"])
        parts.append(f"marketing sourced **{share}** of what was won")
    st.markdown(f"{said}. {_sentence(parts)} {unknown}")


def _sentence(parts: list[str]) -> str:
    if not parts:
        return ""
    listed = formats.listed(parts)
    return f"{listed[:1].upper()}{listed[1:]}."


def _against_plan(now: Money, scope: Scope) -> str:
    """The part of the plan that is won, and how much of its days is gone; nothing without one."""
    plan, currency = now.planned, definitions().base_currency
    if plan is None or plan.currency not in (currency, None):
        return ""
    won = now.headline["won_deals"] if plan.currency is None else now.headline["won_amount"]
    if won is None:
        return ""
    wanted = (
        formats.counted(round(plan.amount), "deal")
        if plan.currency is None
        else formats.money(plan.amount, currency)
    )
    seen = scope.seen.days if scope.seen else 0
    gone = "" if seen == scope.period.days else f" with {seen} of {scope.period.days} days gone"
    return escape(f"{formats.share(float(won) / plan.amount)} of the {wanted} planned{gone}")


def money_tiles(now: Money, before: Money | None, scope: Scope) -> list[Tile]:
    """Won revenue, pipeline created, spend with what came back, and the sourced share."""
    row, old = now.headline, before.headline if before else {}
    won = money_tile("won_amount", row, old, scope.unit)
    spend = money_tile("spend_amount", row, old, scope.unit)
    sourced = money_tile("marketing_sourced_share", row, old, scope.unit)
    against = _against_plan(now, scope)
    return [
        won.noting(f"{against[:1].upper()}{against[1:]}" if against else "No plan of these days"),
        Tile(
            "Pipeline created",
            now.created["opened_amount"],
            defined(
                "Pipeline created",
                f"{formats.counted(now.created['opened_deals'], 'deal')} in all.",
            ),
            Kind.MONEY,
            before.created["opened_amount"] if before else None,
            note=_left_out(now.created),
        ),
        spend.noting(_came_back(row, scope)),
        sourced.noting(
            None
            if row["sourced_amount"] is None
            else escape(
                f"{formats.money(row['sourced_amount'], definitions().base_currency)} in "
                f"{formats.counted(row['sourced_deals'], 'deal')}"
            )
        ),
    ]


def _left_out(created: Created) -> str:
    deals = formats.counted(created["opened_deals"], "deal")
    parts = [
        f"{formats.count(created[name])} {why}"
        for name, why in (("unpriced_deals", "without amount"), ("unconverted_deals", "no rate"))
        if created[name]
    ]
    return f"{deals}, {', '.join(parts)}" if parts else deals


def _came_back(row: Row, scope: Scope) -> str | None:
    """What the sourced revenue is of the spend, and what a lead cost."""
    currency, parts = definitions().base_currency, []
    is_whole = not (row["unconverted_days"] or row["unconverted_deals"])
    if is_whole and row["spend_amount"] and row["sourced_amount"] is not None:
        back = float(row["sourced_amount"]) / float(row["spend_amount"])
        parts.append(f"{formats.times(back)} back")
    if row["cost_per_lead_amount"] is not None:
        cost = formats.money(row["cost_per_lead_amount"], currency)
        parts.append(f"{cost} {_EACH[scope.unit]}")
    return escape(", ".join(parts)) or None
