"""The tables of a report in words: each month against the plan, and the credit of channels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from metrics.attribution.bounds import UNATTRIBUTED
from metrics.period import days_in_month, in_words
from metrics.report import amounts
from metrics.report.amounts import short, span
from metrics.report.content import ChannelShare, Credit, PlannedMonth, ReportContent
from metrics.wording import formats

MOST_CHANNELS = 7
"""So many channels have a line; the smaller ones share the last."""


@dataclass(frozen=True, slots=True)
class WrittenTable:
    """A table; all columns but the first are numbers. The last row is a total if `has_total`."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str
    has_total: bool = False


def plan_table(content: ReportContent) -> WrittenTable | None:
    """Each month of the plan, and the quarter where it lands; None without a plan."""
    plan = content.plan
    if plan is None:
        return None

    def amount(value: float | None) -> str:
        return amounts.amount(value, is_money=plan.is_money, currency=content.currency)

    def ends(month: PlannedMonth) -> str:
        if month.projected_low is None or month.projected_high is None:
            return formats.NOTHING
        return span(amount(month.projected_low), amount(month.projected_high))

    rows = [
        (
            f"{month.month_on:%b %Y}",
            amount(month.target),
            amount(month.actual),
            formats.share(month.actual / month.target)
            if month.actual is not None and month.target
            else formats.NOTHING,
            ends(month),
            _chance(month, content.seen_until),
        )
        for month in plan.months
    ]
    note = plan.explained or ""
    if plan.won_from.day != 1:
        note = f"Wins count from {in_words(plan.won_from)}. {note}".strip()
    unit = "Won" if plan.is_money else "Won deals"
    heads = ("Month", "Plan", unit, "Of plan", "Ends at, 8 of 10", "Chance")
    total = _plan_total(content)
    return WrittenTable(heads, (*rows, *([total] if total else [])), note, bool(total))


def _chance(month: PlannedMonth, seen_until: date) -> str:
    """How likely the month reaches its plan; of one that is over, whether it has."""
    if month.month_on.replace(day=days_in_month(month.month_on)) <= seen_until:
        return "reached" if month.hit_chance == 1 else "missed"
    return formats.share(month.hit_chance)


def _plan_total(content: ReportContent) -> tuple[str, ...] | None:
    """The quarter's row, where the landing is that of the report's quarter and in its unit."""
    plan, found = content.plan, content.landing
    if plan is None or found is None or found.target is None:
        return None
    if found.quarter != content.period or found.is_money != plan.is_money:
        return None

    def amount(value: float) -> str:
        return amounts.amount(value, is_money=found.is_money, currency=content.currency)

    return (
        found.quarter.name,
        amount(found.target),
        amount(found.won_so_far),
        formats.share(found.won_so_far / found.target),
        span(amount(found.low), amount(found.high)),
        formats.share(found.hit_chance),
    )


def credit_table(credit: Credit, currency: str) -> WrittenTable:
    """The largest channels, the smaller ones in one line, and what no touch earned."""
    channels = [each for each in credit.channels if each.channel != UNATTRIBUTED]
    untouched = [each for each in credit.channels if each.channel == UNATTRIBUTED]
    room = MOST_CHANNELS if len(channels) > MOST_CHANNELS + 1 else len(channels)
    shown, rest = channels[:room], channels[room:]
    rows = [_channel(each, currency) for each in shown]
    if rest:
        money, share = sum(each.credit for each in rest), sum(each.share for each in rest)
        name = f"{formats.count(len(rest))} others"
        rows.append((name, formats.money(money, currency), formats.share(share), ""))
    rows += [_channel(each, currency) for each in untouched if each.credit]
    return WrittenTable(
        ("Channel", "Credit", "Share", "Across models"),
        tuple(rows),
        "Credit says which touches were there, not what they caused.",
    )


def _channel(each: ChannelShare, currency: str) -> tuple[str, ...]:
    return (
        short(each.channel),
        formats.money(each.credit, currency),
        formats.share(each.share),
        span(formats.share(each.share_low), formats.share(each.share_high)),
    )
